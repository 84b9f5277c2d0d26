"""What the columns of a spreadsheet hold: ids, sessions, arms, factors, scores."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rewire.core.errors import Fault
from rewire.core.scales import Scale, find_instrument
from rewire.trial.matching_ids import IdMatching, match_ids
from rewire.trial.session_names import spoken_time
from rewire.trial.spreadsheet import Worksheet
from rewire.trial.tables import MISSING, Table, listed, number, shown

_IDS = re.compile(r"(participant|subject|patient|subj|sub|pid|ppt|record|study|case|pseudonym)\w*")
_ID_ENDS = re.compile(r"\w*(id|code|nr|no|number)")
_SESSIONS = re.compile(
    r"(session|ses|visit|time|timepoint|tp|event|assessment|wave|week|day|month|redcapeventname)\w*"
)
_ARMS = re.compile(
    r"(arm|group|treatment|allocation|randomi[sz]\w*|condition|drug|intervention)\w*"
)
_FACTORS = re.compile(r"(site|cent(re|er)|clinic|hospital|sex|gender|age|strat\w*|block)(at\w*)?")
_PERSONAL = re.compile(r"(age|date|dob|sex|gender|site|id|comment|note)\w*")
_MOST_ARMS = 6
_MOST_SESSIONS = 20
_ENOUGH = 0.5
_REPEATING = 0.3
_DISTINCT = 0.9


@dataclass(frozen=True, slots=True)
class IdColumn:
    """The worksheet and its column of ids, and how they fit the folders."""

    worksheet: Worksheet
    column: str
    matching: IdMatching


@dataclass(frozen=True, slots=True)
class ScoreColumns:
    """Where one score stands.

    Parameters
    ----------
    name
        A lower-case name for it.
    scale
        The built-in instrument, or None.
    columns
        Column by the sheet's name of the session; one entry under an empty name in a long sheet.
    """

    name: str
    scale: Scale | None
    columns: dict[str, str]


def find_id_column(
    sheets: Sequence[Worksheet], folders: Sequence[str]
) -> tuple[IdColumn | None, tuple[Fault, ...]]:
    """Find the worksheet and column whose values fit the participants' folders.

    Parameters
    ----------
    sheets
        Worksheets that hold rows.
    folders
        Such as ``sub-001``.

    Returns
    -------
    column, faults
        None with an error where no column of any worksheet looks like ids.
    """
    best: tuple[tuple[bool, int, int], IdColumn] | None = None
    for sheet in sheets:
        for column in sheet.table.columns:
            cells = [c for c in sheet.table.column(column) if c.lower() not in MISSING]
            ids = list(dict.fromkeys(cells))
            hint = _is_id(column)
            if not ids or not (hint or len(ids) >= _DISTINCT * len(sheet.table.rows)):
                continue
            matching = match_ids(folders, ids)
            fitting = len(matching.pairs)
            if fitting < max(1, _ENOUGH * min(len(folders), len(ids))):
                continue
            rank = (hint, fitting, len(sheet.table.rows))
            if best is None or rank > best[0]:
                best = (rank, IdColumn(sheet, column, matching))
    if best is not None:
        return best[1], ()
    return None, tuple(_no_ids(sheet.table, folders) for sheet in sheets)


def find_joined(sheets: Sequence[Worksheet], main: IdColumn) -> tuple[tuple[Worksheet, str], ...]:
    """Return further worksheets with one row a person and the same ids, and their id columns."""
    wanted = set(main.worksheet.table.column(main.column)) - MISSING
    found = []
    for sheet in sheets:
        for column in sheet.table.columns if sheet is not main.worksheet else ():
            ids = [c for c in sheet.table.column(column) if c.lower() not in MISSING]
            if len(set(ids)) == len(ids) and len(wanted & set(ids)) >= _ENOUGH * len(wanted):
                found.append((sheet, column))
                break
    return tuple(found)


def find_session_column(table: Table, ids: str) -> tuple[str, tuple[Fault, ...]]:
    """Return the column of sessions of a long sheet, an empty string for a wide one.

    Returns
    -------
    column, faults
        An error for every id that stands there twice for no reason.
    """
    names = table.column(ids)
    counts = Counter(n for n in names if n.lower() not in MISSING)
    repeating = sum(n > 1 for n in counts.values()) > _REPEATING * len(counts)
    candidates = [
        c for c in table.columns if c != ids and _could_be_sessions(table, c) and repeating
    ]
    hinted = [c for c in candidates if _SESSIONS.fullmatch(_spelled(c))]
    column = next(iter(hinted or candidates), "")
    where: dict[tuple[str, str], list[int]] = {}
    for name, session, line in zip(names, table.column(column), table.lines, strict=True):
        if name.lower() not in MISSING:
            where.setdefault((name, session.casefold()), []).append(line)
    faults = tuple(
        Fault(
            "error",
            "duplicate-session",
            table.where,
            f"{shown(' '.join(k for k in key if k))} stands on lines "
            f"{listed([str(line) for line in lines], 10)}.",
            f"Keep one row for each person{' and session' if column else ''}"
            + ("." if column or not repeating else ", or add a column that names the session."),
        )
        for key, lines in where.items()
        if len(lines) > 1
    )
    return column, faults


def find_arm_column(table: Table, ids: str, taken: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Return the column of arms, else an empty string and the columns that it may be."""
    few = [
        c
        for c in table.columns
        if c not in taken and _constant(table, ids, c) and 1 < len(_values(table, c)) <= _MOST_ARMS
    ]
    named = [c for c in few if _ARMS.fullmatch(_spelled(c))]
    if len(named) == 1:
        return named[0], ()
    return "", tuple(named or (c for c in few if not _FACTORS.fullmatch(_spelled(c))))


def find_factors(table: Table, ids: str, taken: Iterable[str]) -> dict[str, str]:
    """Return columns about people, such as site, sex and age, by the names that they get."""
    return {
        _name(c): c
        for c in table.columns
        if c not in taken and _FACTORS.fullmatch(_spelled(c)) and _constant(table, ids, c)
    }


def find_scores(
    table: Table, ids: str, sessions: str, taken: Iterable[str]
) -> tuple[ScoreColumns, ...]:
    """Return the scores of a sheet: known instruments, and other numbers at two or more sessions.

    Parameters
    ----------
    table
        The worksheet.
    ids
        Its column of ids.
    sessions
        Its column of sessions, an empty string where columns tell sessions apart.
    taken
        Columns that hold something else.
    """
    numeric = [c for c in table.columns if c not in taken and _numeric(table, c)]
    found: dict[str, ScoreColumns] = {}
    for column in numeric:
        split = (column, "") if sessions else split_column(column)
        if split is None:
            continue
        text, session = split
        scale = find_instrument(text)
        key = scale.name if scale else _name(text)
        lasting = bool(sessions) and _constant(table, ids, column)
        if scale is None and (lasting or _PERSONAL.fullmatch(_spelled(text))):
            continue
        earlier = found.get(key)
        if earlier is not None and session in earlier.columns:
            key, scale = _name(text) + "_2", scale
        held = found.setdefault(key, ScoreColumns(key, scale, {}))
        held.columns.setdefault(session, column)
    return tuple(s for s in found.values() if s.scale or sessions or len(s.columns) > 1)


def split_column(name: str) -> tuple[str, str] | None:
    """Return score and session of a wide sheet's column, or None where it names no session.

    Examples
    --------
    >>> split_column("QIDS-SR16 wk 6"), split_column("Baseline BDI"), split_column("HAMD_17")
    (('QIDS SR16', 'wk 6'), ('BDI', 'Baseline'), None)
    """
    parts = [p for p in re.split(r"[\W_]+", name) if p]
    cuts = [(parts[:i], parts[i:]) for i in range(1, len(parts))]
    both = [*cuts, *((b, a) for a, b in cuts)]
    timed = [
        (" ".join(score), " ".join(session))
        for score, session in both
        if spoken_time("".join(session)) is not None and not "".join(session).isdigit()
    ]
    known = [pair for pair in timed if find_instrument(pair[0])]
    return next(iter(known or timed), None)


def _could_be_sessions(table: Table, column: str) -> bool:
    values = _values(table, column)
    if not 1 < len(values) <= _MOST_SESSIONS or "" in table.column(column):
        return False
    if _SESSIONS.fullmatch(_spelled(column)):
        return True
    return all(spoken_time(v) is not None and not v.isdigit() for v in values)


def _constant(table: Table, ids: str, column: str) -> bool:
    seen: dict[str, str] = {}
    for name, cell in zip(table.column(ids), table.column(column), strict=True):
        if (
            cell.lower() not in MISSING
            and seen.setdefault(name, cell.casefold()) != cell.casefold()
        ):
            return False
    return True


def _values(table: Table, column: str) -> set[str]:
    return {c.casefold() for c in table.column(column) if c.lower() not in MISSING}


def _numeric(table: Table, column: str) -> bool:
    """Say whether most filled cells are numbers; a wrong one among them is for the check."""
    cells = [c for c in table.column(column) if c.lower() not in MISSING]
    return bool(cells) and sum(number(c) is not None for c in cells) > _ENOUGH * len(cells)


def _is_id(column: str) -> bool:
    spelled = _spelled(column)
    return bool(_IDS.fullmatch(spelled) or _ID_ENDS.fullmatch(spelled))


def _spelled(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _name(text: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return name if name[:1].isalpha() else f"x_{name}"


def _no_ids(table: Table, folders: Sequence[str]) -> Fault:
    what = (
        f"no column looks like ids of {listed(folders, 3)}; the columns are "
        f"{listed(table.columns, 30)}."
    )
    remedy = "Give a sheet whose ids share a number or a name with the folders."
    return Fault("error", "no-id-column", table.where, what, remedy)
