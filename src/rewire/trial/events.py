"""Task runs: which ``_events.tsv`` belongs to which run, and what it says.

BIDS keeps events beside the raw recording, not beside what was derived from it: copy them next to
the parcellated series, or (where every run had the same timing) once into the trial's folder as
``task-X_events.tsv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from rewire.core.events import Events
from rewire.core.types import FloatArray, ScanRecord
from rewire.trial.bids import BidsName, parse_name, scan_id
from rewire.trial.faults import ScanFaults
from rewire.trial.tables import MISSING, Table, listed, number, read_table, shown

LEAD = 24.0
"""Seconds before the first volume after which the response to an event is over."""

_REST = "rest"
_SUFFIX = "events"
_UNNAMED = "event"


def with_events(scans: Sequence[ScanRecord], tables: Sequence[Path]) -> tuple[ScanRecord, ...]:
    """Return the scans, those of tasks that have events as kind ``task`` with their table.

    Parameters
    ----------
    scans
        As the walk found them: every series is of kind ``bold``.
    tables
        The ``_events.tsv`` files. One applies to a run where its entities are among the run's and
        its folder holds the run; the nearest counts, and of several there the most specific.

    Returns
    -------
    tuple of ScanRecord
        A run without events of a task that has some elsewhere is of kind ``task`` too, so that it
        is missed and not taken for a scan at rest. Runs at rest stay as they were.
    """
    names = {path: parse_name(path.name) for path in tables}
    by_folder: dict[Path, list[Path]] = {}
    for path in tables:
        by_folder.setdefault(path.parent, []).append(path)
    found: dict[int, Path] = {}
    for i, record in enumerate(scans):
        if record.kind == "bold" and record.task not in ("", _REST):
            table = _nearest(record, by_folder, names)
            if table is not None:
                found[i] = table
    timed = {scans[i].task for i in found}
    return tuple(
        _as_task(record, found.get(i)) if record.kind == "bold" and record.task in timed else record
        for i, record in enumerate(scans)
    )


def _nearest(
    record: ScanRecord, by_folder: dict[Path, list[Path]], names: dict[Path, BidsName]
) -> Path | None:
    scan = parse_name(record.path.name)
    for folder in record.path.parents:
        fitting = [p for p in by_folder.get(folder, ()) if _applies(names[p], scan)]
        if fitting:
            return max(fitting, key=lambda p: len(names[p].entities))
    return None


def _applies(table: BidsName, scan: BidsName) -> bool:
    return (
        table.suffix == _SUFFIX
        and bool(table.get("task"))
        and all(scan.get(key) == label for key, label in table.entities)
    )


def _as_task(record: ScanRecord, table: Path | None) -> ScanRecord:
    task = replace(record, kind="task", events=table)
    return replace(task, id=scan_id(task, record.task))


def read_events(record: ScanRecord, seconds: float, faults: ScanFaults) -> Events | None:
    """Read the events of a task run.

    Parameters
    ----------
    record
        The run.
    seconds
        How long its series lasts; NaN where unknown.
    faults
        Receives a ``no-events`` warning where there is no table, an ``events-table`` error for one
        that cannot be used, and warnings for events that were left out or lie outside the run.

    Returns
    -------
    Events or None
        In order of onset, those without onset, duration or type left out; None without a usable
        table. Events outside the run are kept: a measure leaves them out.
    """
    if record.events is None:
        what = f"a run of task {shown(record.task)} without _events.tsv, which others have."
        remedy = "Add its events; until then it has no task measures."
        faults.add("warning", "no-events", what, remedy)
        return None
    read = read_table(record.events, record.events.parent)
    table = read.table
    if table is None:
        for fault in read.faults:
            _refuse(faults, f"{fault.where} {fault.what}")
        return None
    lacking = [c for c in ("onset", "duration") if c not in table.columns]
    if lacking:
        held = listed(table.columns)
        _refuse(faults, f"{table.where} has no column {listed(lacking)}; it has {held}.")
        return None
    onset = _seconds(table, "onset", faults)
    duration = _seconds(table, "duration", faults)
    if onset is None or duration is None:
        return None
    events = _usable(table, (onset, duration), record.task, faults)
    _judge(events, seconds, table.where, faults)
    return events


def _seconds(table: Table, column: str, faults: ScanFaults) -> FloatArray | None:
    cells = table.column(column)
    values = [number(cell) for cell in cells]
    wrong = [i for i, v in enumerate(values) if v is None or (column == "duration" and v < 0)]
    for i in wrong[:3]:
        _refuse(faults, f"{table.where} line {table.lines[i]}: {column} is '{shown(cells[i])}'.")
    return None if wrong else np.array(values, dtype=np.float64)


def _usable(
    table: Table, times: tuple[FloatArray, FloatArray], task: str, faults: ScanFaults
) -> Events:
    onset, duration = times
    typed = table.column("trial_type")
    if "trial_type" not in table.columns:
        typed = (_UNNAMED,) * len(onset)
        what = f"{table.where} has no trial_type: all events count as one condition."
        faults.add("warning", "events-unnamed", what, "Add the column to tell conditions apart.")
    named = np.array([t.lower() not in MISSING for t in typed], dtype=np.bool_)
    whole = np.isfinite(onset) & np.isfinite(duration) & named
    if not whole.all():
        what = f"{int((~whole).sum())} of {len(whole)} events lack an onset, duration or type."
        faults.add("warning", "events-incomplete", what, "They are left out.")
    kept = [int(i) for i in np.argsort(onset, kind="stable") if whole[i]]
    labels = tuple(_label(typed[i]) for i in kept)
    return Events(onset[kept], duration[kept], labels, task)


def _label(text: str) -> str:
    """Return a condition's name without what separates names in the effects table."""
    return shown(text).replace(";", ",").replace("=", "-")


def _judge(events: Events, seconds: float, where: str, faults: ScanFaults) -> None:
    if len(events) == 0:
        faults.add("warning", "no-events", f"{where} holds no event.", "It has no task measures.")
        return
    late, early = events.onset >= seconds, events.onset < -LEAD
    if late.any():
        what = (
            f"{int(late.sum())} of {len(events)} events in {where} begin after the last volume "
            f"(at {seconds:.0f} s), the last at {events.onset.max():.0f} s."
        )
        remedy = "They are left out; compare the repetition time and the length with the events."
        faults.add("warning", "events-outside", what, remedy)
    if early.any():
        what = (
            f"{int(early.sum())} of {len(events)} events in {where} begin more than {LEAD:.0f} s "
            "before the first volume."
        )
        remedy = "They are left out; onsets count in seconds from the first volume of the file."
        faults.add("warning", "events-outside", what, remedy)


def _refuse(faults: ScanFaults, what: str) -> None:
    remedy = "Write onset and duration in seconds, or exclude the run."
    faults.add("error", "events-table", what, remedy)
