"""Symptom scores from ``phenotype/``: long tables and wide ones, each value with its table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from rewire.core.errors import Fault
from rewire.core.scales import Scale, find_scale
from rewire.core.schema import SCORE_COLUMNS
from rewire.core.types import FloatArray
from rewire.trial.declared import declared_scales
from rewire.trial.sessions import time_of
from rewire.trial.tables import (
    Table,
    listed,
    number,
    numbers,
    read_table,
    repeated_rows,
    session_label,
    shown,
)

_KEYS = ("participant_id", "session_id")


@dataclass(frozen=True, slots=True)
class WideColumn:
    """A column that holds one scale at one session."""

    name: str
    scale: str
    session: str


@dataclass(slots=True)
class Scores:
    """Scores as they are read, table by table.

    Attributes
    ----------
    rows
        Participant, session, scale, value and table, in the order of the files.
    personal
        Numeric columns that belong to no session and no known scale: they describe the person.
        Participant and value, by column.
    faults
        What is wrong with the tables.
    declared
        Instruments that the tables' own data dictionaries describe, by column name.
    described
        Scores that a ``trial.toml`` names, by column name; it stands against what is built in. None
        for a plain number whose direction nobody knows.
    """

    rows: list[tuple[str, str, str, float, str]] = field(default_factory=list)
    personal: dict[str, dict[str, float]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    declared: dict[str, Scale] = field(default_factory=dict)
    described: dict[str, Scale | None] = field(default_factory=dict)

    def scale(self, name: str) -> Scale | None:
        """Return the instrument of that name: described, built in or declared; None where none."""
        if name.lower() in self.described:
            return self.described[name.lower()]
        return find_scale(name) or self.declared.get(name.lower())

    def frame(self) -> pd.DataFrame:
        """Return the scores, columns of :data:`rewire.core.schema.SCORE_COLUMNS`."""
        frame = pd.DataFrame(self.rows, columns=list(SCORE_COLUMNS), dtype=object)
        return frame.astype({"value": np.float64})

    def scales(self) -> dict[str, Scale]:
        """Return the instruments among the scores that are known, by column name."""
        names = dict.fromkeys(scale for _, _, scale, _, _ in self.rows)
        found = ((name, self.scale(name)) for name in names)
        return {name: scale for name, scale in found if scale is not None}


def read_scores(root: Path, sessions: Iterable[str]) -> Scores:
    """Read every table in ``phenotype/``.

    A table is long where it has a ``session_id``; else a column such as ``bdi_week1`` or
    ``bdi_ses-week1`` holds the scale before the session's name.

    Parameters
    ----------
    root
        The trial's folder.
    sessions
        Sessions known from elsewhere, which a wide table's column may name.

    Returns
    -------
    Scores
        With an error for a score outside its scale's range or one that is no number.
    """
    scores = Scores()
    scores.declared, scores.faults = declared_scales(root)
    known = frozenset(sessions)
    for path in sorted((root / "phenotype").glob("*.tsv")):
        read = read_table(path, root)
        scores.faults += read.faults
        if read.table is None:
            continue
        if "participant_id" not in read.table.columns:
            scores.faults.append(_skipped(read.table))
            continue
        again, repeated = repeated_rows(read.table)
        scores.faults += repeated
        if "session_id" in read.table.columns:
            add_long(read.table, again, scores)
        else:
            _read_wide(read.table, again, (known, scores))
    return scores


def wide_columns(columns: Iterable[str], sessions: frozenset[str]) -> tuple[WideColumn, ...]:
    """Return the columns that hold a scale at a session.

    A bare number is a session only if the trial has it: ``bdi_3`` is as likely an item.

    Examples
    --------
    >>> wide_columns(["bdi_week1", "age", "madrs_total_ses-b"], frozenset())[1]
    WideColumn(name='madrs_total_ses-b', scale='madrs_total', session='ses-b')
    """
    found = []
    for name in columns:
        parts = [] if find_scale(name) else name.split("_")
        for cut in range(1, len(parts)):
            scale, session = "_".join(parts[:cut]).lower(), "_".join(parts[cut:])
            if _names_session(session, sessions):
                found.append(WideColumn(name, scale, session_label(session)))
                break
    return tuple(found)


def _names_session(text: str, sessions: frozenset[str]) -> bool:
    if text.startswith("ses-") or session_label(text) in sessions:
        return True
    return time_of(text) is not None and not text.isdigit()


def add_long(table: Table, again: frozenset[int], scores: Scores) -> None:
    """Add the scores of a table with a row for each participant and session.

    Parameters
    ----------
    table
        With ``participant_id`` and ``session_id``; every other column of numbers is a score.
    again
        Rows that repeat others and are passed over.
    scores
        Receives rows and faults.
    """
    unknown = []
    for name in table.columns:
        if name in _KEYS:
            continue
        values = _values(table, name, scores)
        if values is None:
            continue
        if scores.scale(name.lower()) is None:
            unknown.append(name)
        for i, participant, session in table.ids():
            if i not in again:
                scores.rows.append(
                    (participant, session, name.lower(), float(values[i]), table.stem)
                )
        _refuse_out_of_range(table, WideColumn(name, name.lower(), ""), values, scores)
    if unknown:
        scores.faults.append(_unknown(table, unknown))


def _read_wide(table: Table, again: frozenset[int], reading: tuple[frozenset[str], Scores]) -> None:
    sessions, scores = reading
    wide = {c.name: c for c in wide_columns(table.columns, sessions)}
    unknown = []
    for name in table.columns:
        if name in _KEYS:
            continue
        column = wide.get(name, WideColumn(name, name.lower(), ""))
        known = scores.scale(column.scale) is not None
        values = _values(table, name, scores, known)
        if values is None:
            continue
        kept = [(p, float(values[i])) for i, p, _ in table.ids() if i not in again]
        if name not in wide and not known:
            scores.personal.setdefault(name, {}).update(kept)
            continue
        if not known:
            unknown.append(column.scale)
        scores.rows += [(p, column.session, column.scale, v, table.stem) for p, v in kept]
        _refuse_out_of_range(table, column, values, scores)
    if unknown:
        scores.faults.append(_unknown(table, dict.fromkeys(unknown)))


def _values(table: Table, name: str, scores: Scores, known: bool = False) -> FloatArray | None:
    """Return a column of numbers; of a known scale even where some cells hold text."""
    texts = table.column(name)
    values = numbers(texts)
    named = known or name.lower() in scores.described
    if values is not None or not (named or scores.scale(name.lower())):
        return values
    read = [number(text) for text in texts]
    for i, participant, session in table.ids():
        if read[i] is None:
            what = f"{_who(participant, session)}: {shown(name)} is '{shown(texts[i])}', no number."
            scores.faults.append(_row_fault(table, i, "score-unreadable", what))
    return np.array([np.nan if v is None else v for v in read], dtype=np.float64)


def _refuse_out_of_range(
    table: Table, column: WideColumn, values: FloatArray, scores: Scores
) -> None:
    scale = scores.scale(column.scale)
    if scale is None:
        return
    rows = list(table.ids())
    for i in np.flatnonzero((values < scale.low) | (values > scale.high)):
        _, participant, session = rows[int(i)]
        what = (
            f"{_who(participant, column.session or session)}: {shown(column.name)} is "
            f"{values[i]:g}, outside {scale.low:g} to {scale.high:g} ({scale.label})."
        )
        scores.faults.append(_row_fault(table, int(i), "score-range", what, column.session))


def _who(participant: str, session: str) -> str:
    return shown(f"{participant} {session}".strip())


def _row_fault(table: Table, row: int, code: str, what: str, session: str = "") -> Fault:
    _, participant, own = list(table.ids())[row]
    return Fault(
        "error",
        code,
        f"{table.where} line {table.lines[row]}",
        what,
        "Correct the value, or exclude the participant or session.",
        participant,
        session or own or None,
    )


def _skipped(table: Table) -> Fault:
    what = f"has no column participant_id; it has {listed(table.columns)}."
    remedy = "It is not read; name the column of ids so."
    return Fault("warning", "table-skipped", table.where, what, remedy)


def _unknown(table: Table, names: Iterable[str]) -> Fault:
    return Fault(
        "warning",
        "unknown-scale",
        table.where,
        f"no built-in scale is called {listed(names)}.",
        "It is read, but its range and direction are unknown; its table's JSON file, or the "
        "trial.toml, may give them.",
    )
