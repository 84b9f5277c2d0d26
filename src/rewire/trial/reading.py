"""Reading a trial's folder: who, when, what was scored, and where the scans lie."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pandas as pd

from rewire.core.errors import Fault, TrialError
from rewire.core.exclusion import Exclusion
from rewire.core.types import Trial
from rewire.plan.parts import ImageChoice
from rewire.trial.adverse_events import read_adverse_events
from rewire.trial.bids import index_trial
from rewire.trial.described import read_described
from rewire.trial.description import description_at
from rewire.trial.faults import standing
from rewire.trial.participants import Participants, read_participants, with_unlisted
from rewire.trial.scan import ScanLoader
from rewire.trial.scores import Scores, read_scores
from rewire.trial.sessions import (
    SessionTables,
    Told,
    days_ascend,
    doubtful_labels,
    order_sessions,
    read_session_tables,
    session_frame,
    time_of,
)
from rewire.trial.sources import Sources, Wanted, found_scans
from rewire.trial.tables import listed, shown
from rewire.trial.tabulated import read_tabulated


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A trial as its folder tells it.

    Parameters
    ----------
    trial
        Everybody and everything that was found, including what a plan leaves out: the
        participant flow counts them. No scan is loaded yet.
    faults
        What was seen to be wrong on the way, exclusions heeded. Judging scans and comparing
        tables is left to :func:`rewire.trial.check.check_trial`, which repeats these.
    """

    trial: Trial
    faults: tuple[Fault, ...]

    def stop_on_errors(self) -> Trial:
        """Return the trial, or raise TrialError if any fault is an error."""
        if any(f.severity == "error" for f in self.faults):
            raise TrialError(self.faults)
        return self.trial


def read_trial(
    root: Path,
    exclusions: Sequence[Exclusion] = (),
    *,
    atlas: str | None = None,
    images: ImageChoice | None = None,
    kept: Path | None = None,
) -> Reading:
    """Read the tables of a trial and find its scans.

    Parameters
    ----------
    root
        The trial's folder, or a ``trial.toml``; a folder that holds one is read through it.
    exclusions
        Whom and what a plan leaves out; their faults are passed over.
    atlas
        The atlas to use, by name, where the scans come in several.
    images
        Whether images are read, and how; None for parcellated series.
    kept
        Where averages of images over regions are kept between runs; None keeps none.

    Returns
    -------
    Reading
        The trial and every fault seen so far.

    Raises
    ------
    TrialError
        If there is no such folder, or nobody in it, or its ``trial.toml`` cannot be used.
    """
    root = Path(root)
    wanted = Wanted(tuple(exclusions), atlas, images or ImageChoice(), kept)
    file = description_at(root)
    if file is not None:
        return _put_together(read_described(file, wanted), exclusions)
    if not root.is_dir():
        what = "there is no such folder." if not root.exists() else "is not a folder."
        remedy = "Give the folder that holds participants.tsv and the sub-* folders."
        raise TrialError([Fault("error", "no-trial", str(root), what, remedy)])
    return _put_together(_read_folder(root.resolve(), wanted), exclusions)


def _read_folder(root: Path, wanted: Wanted) -> Sources:
    scans = found_scans(index_trial(root), wanted, root)
    told = read_session_tables(root, scans.index.session_tables)
    tabulated = read_tabulated(root)
    known = {r.session for r in scans.index.scans} | {t.session for t in told.rows}
    scores = read_scores(root, known | set(tabulated.frame["session_id"]))
    people = read_participants(root)
    adverse = read_adverse_events(root, people)
    return Sources(_name(root), root, scans, people, told, scores, tabulated, adverse)


def _put_together(sources: Sources, exclusions: Sequence[Exclusion]) -> Reading:
    root, scans, scores = sources.root, sources.scans, sources.scores
    people = _everybody(sources)
    if people.table.empty:
        raise TrialError([*people.faults, _nobody(root)])
    sessions, disorder = _sessions(sources)
    trial = Trial(
        name=sources.name,
        participants=_with_personal(people.table, scores),
        sessions=sessions,
        scores=scores.frame(),
        tabulated=sources.tabulated.frame,
        scans=scans.selection.scans,
        atlases=scans.atlases.found,
        scales=scores.scales(),
        load=ScanLoader(scans.atlases.found, root),
        root=root,
        files=sources.files,
        adverse_events=sources.adverse.frame,
    )
    faults = [*people.faults, *scans.index.faults, *scans.selection.faults, *scans.atlases.faults]
    faults += [
        *scans.faults,
        *sources.faults,
        *sources.told.faults,
        *scores.faults,
        *sources.tabulated.faults,
        *sources.adverse.faults,
    ]
    faults += [*disorder, *_nothing_to_analyse(trial)]
    return Reading(trial, standing(dict.fromkeys(faults), exclusions))


def _everybody(sources: Sources) -> Participants:
    told, scores, tabulated = sources.told, sources.scores, sources.tabulated
    index = sources.scans.index
    seen: dict[str, str] = {}
    for folder in index.folders:
        seen.setdefault(folder, folder)
    for record in index.scans:
        seen.setdefault(record.participant, record.path.name)
    for row in told.rows:
        seen.setdefault(row.participant, "the session tables")
    for participant, _, _, _, table in scores.rows:
        seen.setdefault(participant, f"phenotype/{table}.tsv")
    for participant, table in zip(
        tabulated.frame["participant_id"], tabulated.frame["table"], strict=True
    ):
        seen.setdefault(participant, f"measures/{table}.tsv")
    seen.pop("", None)
    return with_unlisted(sources.people, seen)


def _sessions(sources: Sources) -> tuple[pd.DataFrame, list[Fault]]:
    told, scores, tabulated = sources.told, sources.scores, sources.tabulated
    scans = sources.scans.selection.scans
    measured = tabulated.frame[~tabulated.frame["change"]]
    scored = [(p, s) for p, s, _, value, _ in scores.rows if s or value == value]
    tabled = list(zip(measured["participant_id"], measured["session_id"], strict=True))
    scanned = [(r.participant, r.session) for r in scans]
    own = [(t.participant, t.session) for t in told.rows if t.participant]
    pairs = [*own, *scanned, *tabled, *scored]
    if any(session for _, session in pairs):
        sessionless = {pair for pair in scanned if not pair[1]}
        pairs = [pair for pair in pairs if pair[1] or pair in sessionless]
    lists = [list(dict.fromkeys(s for _, s in part)) for part in (scored, tabled, scanned)]
    order = sources.order or order_sessions(told.rows, lists)
    frame = session_frame(pairs, told.rows, order)
    return frame, [*doubtful_labels(order, "sessions"), *_disorder(told, order)]


def _disorder(told: SessionTables, order: Sequence[str]) -> list[Fault]:
    faults = []
    timed = [(time, s) for s in order if (time := time_of(s)) is not None]
    backward = [(b[1], a[1]) for a, b in pairwise(timed) if b[0] < a[0]]
    for later, earlier in backward:
        what = f"{shown(later)} comes after {shown(earlier)}, against what the names say."
        remedy = "Correct the days in the session tables, or the names."
        faults.append(Fault("warning", "session-order", "sessions", what, remedy))
    at = {session: i for i, session in enumerate(order)}
    by_person: dict[str, list[Told]] = {}
    for row in told.rows:
        by_person.setdefault(row.participant, []).append(row)
    for participant, rows in by_person.items():
        if days_ascend(rows, at):
            continue
        who = shown(participant) or "sessions.tsv"
        what = f"{who}: days do not rise along {listed(order, most=12)}."
        remedy = "Correct the days, or the order of the sessions."
        faults.append(
            Fault("warning", "session-order", "sessions", what, remedy, participant or None)
        )
    return faults


def _with_personal(people: pd.DataFrame, scores: Scores) -> pd.DataFrame:
    added = people.copy()
    for name, values in scores.personal.items():
        if name not in added:
            added[name] = [values.get(str(p), float("nan")) for p in added["participant_id"]]
    return added


def _name(root: Path) -> str:
    try:
        told = json.loads((root / "dataset_description.json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return root.name
    name = told.get("Name") if isinstance(told, dict) else None
    return name if isinstance(name, str) and name.strip() else root.name


def _nobody(root: Path) -> Fault:
    return Fault(
        "error",
        "no-participants",
        root.name,
        "there is nobody in it: no participants.tsv with rows, no sub-* folder, no table.",
        "Give the folder that holds participants.tsv and the sub-* folders.",
    )


def _nothing_to_analyse(trial: Trial) -> Iterable[Fault]:
    if not trial.scans and trial.scores.empty and trial.tabulated.empty:
        what = "there are no parcellated scans, no phenotype/ scores and no measures/ tables."
        remedy = "Add *_timeseries.tsv files with a seg- label, tables, or images with a strategy."
        yield Fault("error", "nothing-to-analyse", "the folder", what, remedy)
