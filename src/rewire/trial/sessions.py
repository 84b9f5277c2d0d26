"""Sessions: who was seen when, in which order, and what was given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from rewire.core.errors import Fault
from rewire.core.schema import SESSION_COLUMNS
from rewire.trial.tables import (
    Table,
    listed,
    number,
    plain,
    read_table,
    repeated_rows,
    shown,
)

PHASES: tuple[str, ...] = ("baseline", "preparation", "dosing", "integration", "follow-up")
"""The phases of a trial that rewire knows."""

_COLUMNS = {
    "phase": ("phase",),
    "drug": ("drug", "treatment", "condition"),
    "dose_mg": ("dose_mg", "dose"),
    "setting": ("setting",),
    "therapist": ("therapist",),
    "days": ("days", "days_since_infusion", "days_since_dosing", "days_from_dosing", "day"),
}
_NUMERIC = ("dose_mg", "days")
_LABEL = re.compile(r"(ses-[A-Za-z0-9+]+)?")
_UNITS = {"d": 1.0, "day": 1.0, "w": 7.0, "wk": 7.0, "week": 7.0, "m": 30.4, "mo": 30.4}
_UNITS |= {"month": 30.4, "y": 365.25, "yr": 365.25, "year": 365.25}
_TIMED = re.compile(r"(d|day|w|wk|week|m|mo|month|y|yr|year)s?0*(\d+)")
_TIMED_AFTER = re.compile(r"0*(\d+)(d|day|w|wk|week|m|mo|month|y|yr|year)s?")
_VISIT = re.compile(r"(?:visit|v|session|tp|timepoint|scan)?0*(\d+)")
_BEFORE = ("screening", "screen", "baseline", "base", "bl", "b0", "pre", "pretreatment", "before")


@dataclass(frozen=True, slots=True)
class Told:
    """What a session table says of one participant's session, or of a session of everybody's.

    Parameters
    ----------
    participant
        An empty string where the row is about everybody.
    session
        With its ``ses-``.
    text
        ``phase``, ``drug``, ``setting`` and ``therapist`` as far as the table has them.
    dose_mg, days
        NaN where the table does not say.
    """

    participant: str
    session: str
    text: dict[str, str] = field(default_factory=dict)
    dose_mg: float = float("nan")
    days: float = float("nan")


@dataclass(frozen=True, slots=True)
class SessionTables:
    """What all session tables say, in the order of their rows, and what is wrong with them."""

    rows: tuple[Told, ...]
    faults: tuple[Fault, ...]


def read_session_tables(root: Path, own: Sequence[Path]) -> SessionTables:
    """Read ``sessions.tsv`` at the root and the ``sub-XX_sessions.tsv`` of each participant.

    Parameters
    ----------
    root
        The trial's folder.
    own
        The participants' own tables.

    Returns
    -------
    SessionTables
        A participant's own row stands against one about everybody.
    """
    paths = [p for p in (root / "sessions.tsv",) if p.is_file()]
    rows: list[Told] = []
    faults: list[Fault] = []
    for path in [*paths, *own]:
        read = read_table(path, root)
        faults += read.faults
        if read.table is None:
            continue
        if "session_id" not in read.table.columns:
            faults.append(_no_session_column(read.table))
            continue
        participant = path.name.removesuffix("_sessions.tsv") if path.parent != root else ""
        told, wrong = _rows(read.table, participant)
        rows += told
        faults += wrong
    return SessionTables(tuple(rows), tuple(faults))


def time_of(session: str) -> float | None:
    """Return the time that a session's name speaks of, or None where it speaks of none.

    Baseline and its like come before everything, ``post`` right after dosing; numbered visits
    count visits, the others days.

    Examples
    --------
    >>> sorted(["ses-month3", "ses-week6", "ses-baseline", "ses-week1"], key=time_of)
    ['ses-baseline', 'ses-week1', 'ses-week6', 'ses-month3']
    >>> time_of("ses-psilocybin") is None
    True
    """
    name = session.removeprefix("ses-").lower()
    if name in _BEFORE:
        return float(_BEFORE.index(name) - len(_BEFORE))
    if name in ("post", "after"):
        return 0.5
    if name in ("followup", "fu"):
        return float("inf")
    timed, after, visit = (p.fullmatch(name) for p in (_TIMED, _TIMED_AFTER, _VISIT))
    if timed:
        return _UNITS[timed[1]] * float(timed[2])
    if after:
        return _UNITS[after[2]] * float(after[1])
    return float(visit[1]) if visit else None


def order_sessions(told: Sequence[Told], lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return all sessions in order of time.

    Parameters
    ----------
    told
        What the session tables say. Days decide unless the table already lists them in order
        for each drug, as a crossover with days since each infusion does.
    lists
        Sessions of each further table in order of appearance. Where there are no days, names
        such as ``week2`` and ``month6`` decide, then the order of appearance, baseline first.

    Returns
    -------
    tuple of str
        Every session once.
    """
    listing = [t.session for t in told]
    appeared = _merged([listing, *lists])
    days = {s: _median_day(told, s) for s in appeared}
    spoken = {s: time_of(s) for s in appeared}
    if any(d is not None for d in days.values()):
        if days_ascend(told, {s: i for i, s in enumerate(appeared)}):
            return _baseline_first(appeared)
        return tuple(sorted(appeared, key=lambda s: _day_key(s, days)))
    if all(time is not None for time in spoken.values()):
        return tuple(sorted(appeared, key=lambda s: spoken[s] or 0.0))
    return _baseline_first(appeared)


def days_ascend(told: Sequence[Told], order: dict[str, int]) -> bool:
    """Return whether days never fall along the order, for each participant and drug."""
    series: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for t in told:
        if np.isfinite(t.days):
            key = (t.participant, t.text.get("drug", ""))
            series.setdefault(key, []).append((order[t.session], t.days))
    return all(
        a[1] <= b[1]
        for rows in series.values()
        for a, b in zip(sorted(rows), sorted(rows)[1:], strict=False)
    )


def session_frame(
    pairs: Iterable[tuple[str, str]], told: Sequence[Told], order: Sequence[str]
) -> pd.DataFrame:
    """Return the sessions of a trial, one row a participant and session.

    Parameters
    ----------
    pairs
        Who was seen at which session.
    told
        What the session tables say.
    order
        All sessions in order of time.

    Returns
    -------
    pandas.DataFrame
        Columns of :data:`rewire.core.schema.SESSION_COLUMNS`, in order of time and within it as
        the pairs came.
    """
    said = {(t.participant, t.session): t for t in told}
    at = {session: i for i, session in enumerate(order)}
    rows = []
    for participant, session in dict.fromkeys(pairs):
        t = said.get((participant, session), said.get(("", session), Told("", session)))
        texts = [t.text.get(c, "") for c in ("phase", "drug")]
        place = [t.text.get(c, "") for c in ("setting", "therapist")]
        rows.append((participant, session, at[session], *texts, t.dose_mg, *place, t.days))
    frame = pd.DataFrame(rows, columns=list(SESSION_COLUMNS))
    frame = frame.astype({"order": np.int64, "dose_mg": np.float64, "days": np.float64})
    return frame.sort_values("order", kind="stable", ignore_index=True)


def doubtful_labels(sessions: Iterable[str], where: str) -> list[Fault]:
    """Return a warning for every session whose label has more than letters and digits."""
    return [
        Fault(
            "warning",
            "session-name",
            where,
            f"'{shown(s)}' is not of the form ses-<letters and digits>.",
            "It is kept as text.",
            session=s,
        )
        for s in sorted(set(sessions))
        if not _LABEL.fullmatch(s)
    ]


def _rows(table: Table, participant: str) -> tuple[list[Told], list[Fault]]:
    again, repeated = repeated_rows(table)
    faults = list(repeated)
    used = {k: next((n for n in names if n in table.columns), "") for k, names in _COLUMNS.items()}
    columns = {key: table.column(name) for key, name in used.items() if name}
    rows = []
    for i, named, session in table.ids():
        cells = {key: plain(texts[i]) for key, texts in columns.items()}
        cells["phase"] = _phase(cells.get("phase", ""))
        if cells["phase"] not in ("", *PHASES):
            faults.append(_unknown_phase(table, session, cells["phase"]))
        values = {key: number(cells.get(key, "")) for key in _NUMERIC}
        if i not in again and session:
            rows.append(
                Told(
                    named or participant,
                    session,
                    {k: v for k, v in cells.items() if k not in _NUMERIC},
                    **{k: float("nan") if v is None else v for k, v in values.items()},
                )
            )
    return rows, faults


def _phase(text: str) -> str:
    text = text.lower().replace("_", " ").strip()
    return "follow-up" if text in ("followup", "follow up") else text


def _merged(lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Merge orders of appearance: what one list adds goes after what precedes it there."""
    merged: list[str] = []
    for names in lists:
        last = -1
        for name in names:
            if name in merged:
                last = merged.index(name)
            else:
                last += 1
                merged.insert(last, name)
    return tuple(merged)


def _median_day(told: Sequence[Told], session: str) -> float | None:
    days = [t.days for t in told if t.session == session and np.isfinite(t.days)]
    return float(np.median(days)) if days else None


def _day_key(session: str, days: dict[str, float | None]) -> tuple[float, float]:
    day, spoken = days[session], time_of(session)
    if day is not None:
        return (day, 0.0)
    return (-np.inf if spoken is not None and spoken < 0 else np.inf, spoken or 0.0)


def _baseline_first(sessions: Sequence[str]) -> tuple[str, ...]:
    def key(session: str) -> float:
        return min(time_of(session) or 0.0, 0.0)

    return tuple(sorted(sessions, key=key))


def _no_session_column(table: Table) -> Fault:
    what = f"has no column session_id; it has {listed(table.columns)}."
    return Fault("error", "unreadable-table", table.where, what, "Name the sessions' column so.")


def _unknown_phase(table: Table, session: str, phase: str) -> Fault:
    return Fault(
        "warning",
        "unknown-phase",
        table.where,
        f"{shown(session)} has the phase '{shown(phase)}'.",
        f"Known phases are {', '.join(PHASES)}.",
    )
