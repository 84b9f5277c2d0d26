"""Which of the scans that lie in a folder belong to the trial: one atlas, one task, none twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rewire.core.errors import Fault
from rewire.core.exclusion import Exclusion
from rewire.core.types import ScanRecord
from rewire.trial.faults import included
from rewire.trial.tables import listed, relative, shown

_REST = "rest"


@dataclass(frozen=True, slots=True)
class Selection:
    """The scans of a trial, and what stood in the way of choosing them."""

    scans: tuple[ScanRecord, ...]
    faults: tuple[Fault, ...]


def select_scans(
    scans: Sequence[ScanRecord], atlas: str | None, exclusions: Sequence[Exclusion], root: Path
) -> Selection:
    """Keep the scans of one atlas and, where rest stands beside tasks without events, of rest.

    Task runs with events (kind ``task``) stay: measures that need them ask for them.

    Parameters
    ----------
    scans
        All that were found.
    atlas
        The atlas to keep, by name; None where there is only one.
    exclusions
        Scans left out count neither as duplicates nor as a reason to choose.
    root
        The trial's folder.

    Returns
    -------
    Selection
        Of scans that claim the same place the first is kept, with a ``duplicate-session`` error.
        Several atlases and no choice give an error that lists them, and all scans.
    """
    kept = included(scans, exclusions)
    names = sorted({record.atlas for record in kept})
    faults: list[Fault] = []
    chosen = list(scans)
    if atlas is not None:
        chosen = [record for record in scans if record.atlas == atlas]
        if not chosen:
            faults.append(_no_such_atlas(atlas, names))
    elif len(names) > 1:
        faults.append(_several_atlases(names))
    chosen, passed = _rest_alone(chosen)
    return _without_repeats(chosen, exclusions, root, [*faults, *passed])


def _rest_alone(scans: list[ScanRecord]) -> tuple[list[ScanRecord], list[Fault]]:
    tasks = Counter(record.task for record in scans if record.kind == "bold")
    if _REST not in tasks or len(tasks) == 1:
        return scans, []
    others = sorted(task for task in tasks if task != _REST)
    what = (
        f"{sum(tasks[t] for t in others)} scans of task {listed(t or '(none)' for t in others)} "
        "stand beside those at rest, and no _events.tsv says what was done in them."
    )
    remedy = "Only the scans at rest are read; add the events to have the task measured."
    fault = Fault("warning", "several-tasks", "scans", what, remedy)
    return [r for r in scans if r.kind != "bold" or r.task == _REST], [fault]


def _without_repeats(
    scans: list[ScanRecord], exclusions: Sequence[Exclusion], root: Path, faults: list[Fault]
) -> Selection:
    covered = {id(r) for r in scans} - {id(r) for r in included(scans, exclusions)}
    first: dict[str, ScanRecord] = {}
    for record in scans:
        earlier = first.setdefault(record.id, record)
        if earlier is record or id(record) in covered:
            continue
        what = f"is a second file for {shown(record.label)}, after {relative(earlier.path, root)}."
        faults.append(
            Fault(
                "error",
                "duplicate-session",
                relative(record.path, root),
                what,
                "Keep one of them.",
                record.participant,
                record.session or None,
            )
        )
    return Selection(tuple(first.values()), tuple(faults))


def _no_such_atlas(atlas: str, names: Sequence[str]) -> Fault:
    what = f"no scan was reduced to '{shown(atlas)}'; there are {listed(names) or 'none'}."
    return Fault("error", "atlas-choice", "scans", what, "Name one of these atlases.")


def _several_atlases(names: Sequence[str]) -> Fault:
    what = f"the scans come in {len(names)} atlases: {listed(names, most=50)}."
    return Fault(
        "error",
        "atlas-choice",
        "scans",
        what,
        f"Say --set atlas={names[0]}, or write atlas in the plan.",
    )
