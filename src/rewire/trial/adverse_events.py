"""Adverse events: ``adverse_events.tsv`` in the trial's folder, one row an event of a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rewire.core.errors import Fault
from rewire.core.schema import ADVERSE_EVENT_COLUMNS
from rewire.trial.participants import Participants
from rewire.trial.tables import MISSING, Table, listed, number, read_table, session_label, shown

ADVERSE_EVENTS = "adverse_events.tsv"

_NEEDED = ("participant_id", "event")
_ANSWERS = ("yes", "no")
_WORDS = {
    "severity": ("mild", "moderate", "severe"),
    "serious": _ANSWERS,
    "suicidality": _ANSWERS,
}
_CODE = "adverse-events"


@dataclass(frozen=True, slots=True, eq=False)
class AdverseEvents:
    """The adverse events of a trial, and what is wrong with their table.

    Parameters
    ----------
    frame
        Columns of :data:`rewire.core.schema.ADVERSE_EVENT_COLUMNS`; no rows where there is no
        table. A person in ``participants.tsv`` without a row had no event.
    recorded
        Whether there is a table that could be read; without one nobody is known to have had none.
    faults
        Everything that is wrong with it.
    """

    frame: pd.DataFrame
    recorded: bool
    faults: tuple[Fault, ...]


def read_adverse_events(root: Path, people: Participants) -> AdverseEvents:
    """Read ``adverse_events.tsv``, if there is one.

    Parameters
    ----------
    root
        The folder that may hold it.
    people
        Whoever is in the trial: a person with an event has to be listed, and whoever is listed
        and has no row had no event.

    Returns
    -------
    AdverseEvents
        Days as float64, NaN where they are not given; text as written, words in lower case. An
        answer that is not one of those allowed is a fault and is left empty.
    """
    path = root / ADVERSE_EVENTS
    if not path.is_file():
        return AdverseEvents(_frame([]), False, ())
    read = read_table(path, root)
    if read.table is None:
        return AdverseEvents(_frame([]), False, read.faults)
    table = read.table
    lacking = [name for name in _NEEDED if name not in table.columns]
    if lacking:
        what = f"has no column {' or '.join(lacking)}; it has {listed(table.columns)}."
        remedy = "Name the columns of ids and of events so."
        fault = Fault("error", "unreadable-table", table.where, what, remedy)
        return AdverseEvents(_frame([]), False, (*read.faults, fault))
    faults = (*read.faults, *_faults(table, people))
    rows = [_row(table, i) for i in range(len(table.rows))]
    return AdverseEvents(_frame([r for r in rows if r[0] and r[2]]), True, faults)


def _frame(rows: list[tuple[str, str, str, float, str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(ADVERSE_EVENT_COLUMNS), dtype=object)
    return frame.astype({"days": np.float64})


def _row(table: Table, i: int) -> tuple[str, str, str, float, str, str, str]:
    cell = {name: table.column(name)[i] for name in ADVERSE_EVENT_COLUMNS}
    days = number(cell["days"])
    severity, serious, suicidality = (
        word if (word := cell[name].lower()) in allowed else "" for name, allowed in _WORDS.items()
    )
    return (
        cell["participant_id"],
        session_label(cell["session_id"]),
        "" if cell["event"].lower() in MISSING else " ".join(cell["event"].split()),
        float("nan") if days is None else days,
        severity,
        serious,
        suicidality,
    )


def _faults(table: Table, people: Participants) -> Iterator[Fault]:
    if people.listed is None:
        what = "is there, but participants.tsv is not: nobody can be known to have had no event."
        remedy = "Add participants.tsv with everybody who took part."
        yield Fault("error", _CODE, table.where, what, remedy)
    unknown: dict[str, int] = {}
    for line, who, event, days in zip(
        table.lines,
        table.column("participant_id"),
        table.column("event"),
        table.column("days"),
        strict=True,
    ):
        at = f"line {line}"
        if who.lower() in MISSING:
            yield _wrong(table, f"{at} names nobody.", "Give the participant_id.")
        elif people.listed is not None and who not in people.listed:
            unknown.setdefault(who, line)
        if event.lower() in MISSING:
            yield _wrong(table, f"{at} names no event.", "Name it, or remove the row.", who)
        if number(days) is None:
            what = f"{at}: days is '{shown(days)}', which is no number."
            yield _wrong(table, what, "Give days after the first dose, or leave it empty.", who)
    yield from _words(table)
    for who, line in unknown.items():
        what = f"{shown(who)} on line {line} is not in participants.tsv."
        remedy = "Add a row with the arm to participants.tsv, or correct the id."
        yield _wrong(table, what, remedy, who)


def _words(table: Table) -> Iterator[Fault]:
    ids = table.column("participant_id")
    for name, allowed in _WORDS.items():
        for line, who, text in zip(table.lines, ids, table.column(name), strict=True):
            if text.lower() not in MISSING and text.lower() not in allowed:
                what = f"line {line}: {name} is '{shown(text)}'."
                remedy = f"Write {', '.join(allowed)}, or leave it empty."
                yield _wrong(table, what, remedy, who)


def _wrong(table: Table, what: str, remedy: str, who: str = "") -> Fault:
    return Fault("error", _CODE, table.where, what, remedy, who or None)
