"""The report made again from what a run kept, as it was or as a copy that can be shared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from plotly.offline import get_plotlyjs

from rewire.core import provenance, store
from rewire.core.errors import DataError, UsageError
from rewire.pipeline.inputs import digest_inputs
from rewire.pipeline.outputs import PLAN, PROVENANCE
from rewire.pipeline.preparing import Request, read_and_check
from rewire.pipeline.run import estimate_contents
from rewire.pipeline.selection import Labels
from rewire.report.contents import Contents
from rewire.report.page import render_report
from rewire.report.private_words import names_found
from rewire.report.sharing import share_contents
from rewire.trial.described import folders_apart

SMALLEST = 5
"""Groups of fewer people are not shown in a shared copy, unless the call says otherwise."""

_README = """\
This folder holds a report of a clinical trial that was made to be shared.

People have no labels in it. Groups of fewer than {n} people are not drawn, and counts below {n} are
written <{n} or as a range. Sizes of larger groups are exact, so that how many people lack data at a
time point can be worked out, but not who or why. Tables and warnings about single people, the
plan's exclusions, free text and exact values outside figures were removed. What is about
suicidality is never drawn person by person. Marks in figures are single people all the same:
whoever knows a person's exact scores may find that person there, so share it as the ethics
approval of the trial allows.

Open report.html in a browser; it needs no network.
"""
_OURS = ("README.txt", "report.html")


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the report for people outside the trial's team.

    Attributes
    ----------
    folder
        Where it is written: a new or empty folder, or one that holds an earlier copy.
    smallest
        The smallest group that is shown.
    """

    folder: Path
    smallest: int = SMALLEST


def repeat_report(root: Path, request: Request, copy: Copy | None = None) -> Path:
    """Render a finished run's report again, from its plan and the results that it kept.

    Parameters
    ----------
    root
        The trial's folder.
    request
        ``out`` is the folder of the finished run; its plan and labels are taken from there.
    copy
        Where a copy to be shared goes; None renders ``report.html`` of the run again.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    UsageError
        If the folder holds no finished run, or the copy's folder is somebody else's.
    TrialError
        If the trial's folder has errors.
    DataError
        If the copy would name a person; nothing is written then.
    """
    _refuse_unfinished(request.out)
    if copy is not None:
        _refuse_folder(copy, (*(folders_apart(root) or (root,)), request.out))
    contents = _contents_again(root, request)
    if copy is None:
        page = request.out / "report.html"
        store.write_text(page, render_report(contents))
        return page
    page = copy.folder / "report.html"
    text = shared_page(contents, copy.smallest)
    store.write_text(copy.folder / "README.txt", _README.format(n=copy.smallest))
    store.write_text(page, text)
    return page


def shared_page(contents: Contents, smallest: int) -> str:
    """Return the page of a shared copy, after a search of it for every label there is.

    Raises
    ------
    DataError
        If a label of a person or a scan is found.
    """
    text = render_report(share_contents(contents, smallest))
    found = names_found(text.replace(get_plotlyjs(), ""), contents)
    if found:
        raise DataError(
            f"The shared copy would hold labels ({', '.join(found[:5])}). Nothing was written. "
            "Look for them in names of the trial, arms, questions or regions, and rename those."
        )
    return text


def _contents_again(root: Path, request: Request) -> Contents:
    """Return the contents of a finished run, with its own plan and labels."""
    again = replace(request, plan=str(request.out / PLAN), settings={}, labels=_labels(request.out))
    prepared = read_and_check(root, again)
    history = provenance.read_plan_history(request.out / PROVENANCE)
    digests = digest_inputs(prepared.bound.trial)
    return estimate_contents(prepared, again, history, digests)[0]


def _labels(out: Path) -> Labels:
    """Return what the finished run was narrowed to."""
    run = provenance.read_run(out / PROVENANCE)
    people, sessions = run.get("participant_label", []), run.get("session_label", [])
    return Labels(tuple(map(str, people)), tuple(map(str, sessions)))


def _refuse_unfinished(out: Path) -> None:
    lacking = [n for n in (PLAN, PROVENANCE) if not (out / n).is_file()]
    if lacking or provenance.read_state(out / PROVENANCE) != "finished":
        raise UsageError(f"{out} holds no finished run; give the OUT of `rewire run TRIAL OUT`.")


def _refuse_folder(copy: Copy, taken: tuple[Path, ...]) -> None:
    folder = copy.folder
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; give a folder for the shared copy.")
    inside = [t for t in taken if folder.resolve().is_relative_to(t.resolve())]
    if inside:
        raise UsageError(f"{folder} lies in {inside[0]}; a shared copy needs a folder of its own.")
    others = [p.name for p in folder.iterdir() if p.name not in _OURS] if folder.is_dir() else []
    if others:
        raise UsageError(f"{folder} holds other files ({sorted(others)[0]}); give an empty folder.")
