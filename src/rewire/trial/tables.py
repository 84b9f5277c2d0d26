"""The tables of a trial: tab-separated text in, text and numbers out, nothing guessed.

Whatever stands in a table was typed by somebody else. It is kept as text, never becomes part of
a path, and is shortened and freed of control characters before it enters a message.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rewire.core.errors import Fault
from rewire.core.types import FloatArray

MISSING: frozenset[str] = frozenset({"", "n/a", "na", "nan", "."})
"""What stands for a value that is not there, in lower case."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Table:
    """A table as its author typed it, cells stripped of surrounding space.

    Parameters
    ----------
    stem
        File name without its ending.
    where
        Path within the trial, for messages.
    columns
        Names in the header.
    rows
        Cells, as many in each row as there are columns.
    lines
        Line of the file that each row stands on; the header is line 1.
    """

    stem: str
    where: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> tuple[str, ...]:
        """Return the cells of one column, empty strings where the table lacks it."""
        if name not in self.columns:
            return ("",) * len(self.rows)
        at = self.columns.index(name)
        return tuple(row[at] for row in self.rows)

    def ids(self) -> Iterator[tuple[int, str, str]]:
        """Yield row number (from 0), participant and session (an empty string for none)."""
        people, sessions = self.column("participant_id"), self.column("session_id")
        for i, (participant, session) in enumerate(zip(people, sessions, strict=True)):
            yield i, participant, session_label(session)


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table, or None where it could not be read, and what was wrong with it."""

    table: Table | None
    faults: tuple[Fault, ...]


def read_table(path: Path, root: Path) -> ReadTable:
    r"""Read a tab-separated table with a header.

    Parameters
    ----------
    path
        The file.
    root
        The trial's folder; messages name the file relative to it.

    Returns
    -------
    ReadTable
        The table, or an ``unreadable-table`` error in its place.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "bdi.tsv").write_text("participant_id\tbdi\nsub-01\t12\n")
    >>> read_table(folder / "bdi.tsv", folder).table.column("bdi")
    ('12',)
    """
    where = relative(path, root)
    try:
        text = path.read_text(encoding="utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return _unreadable(where, f"cannot be read ({shown(str(error))}).")
    filled = [(i, [c.strip() for c in row]) for i, row in enumerate(lines, 1) if any(row)]
    if not filled:
        what, remedy = "is empty and was passed over.", "Fill it or remove it."
        return ReadTable(None, (Fault("warning", "empty-table", where, what, remedy),))
    columns = tuple(filled[0][1])
    if len(set(columns)) != len(columns):
        return _unreadable(where, f"has two columns of one name: {listed(columns)}.")
    for line, row in filled[1:]:
        if len(row) != len(columns):
            return _unreadable(
                where, f"line {line} has {len(row)} fields, the header has {len(columns)}."
            )
    rows = tuple(tuple(row) for _, row in filled[1:])
    numbers = tuple(line for line, _ in filled[1:])
    return _with_prefixes(Table(path.stem, where, columns, rows, numbers))


def repeated_rows(table: Table) -> tuple[frozenset[int], tuple[Fault, ...]]:
    """Return which rows repeat a participant and session, and an error for each."""
    first: dict[tuple[str, str], int] = {}
    again: set[int] = set()
    faults = []
    for i, participant, session in table.ids():
        key = (participant, session)
        if key not in first:
            first[key] = i
            continue
        again.add(i)
        who = shown(" ".join(k for k in key if k))
        faults.append(
            Fault(
                "error",
                "duplicate-session",
                table.where,
                f"{who} stands on line {table.lines[first[key]]} and again on line "
                f"{table.lines[i]}.",
                "Keep one row for each participant and session.",
                participant,
                session or None,
            )
        )
    return frozenset(again), tuple(faults)


def number(text: str) -> float | None:
    """Return the number that a cell holds: NaN for a missing one, None for anything else.

    Examples
    --------
    >>> number("3.5"), number("n/a"), number("3,5")
    (3.5, nan, None)
    """
    if text.lower() in MISSING:
        return float("nan")
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None


def numbers(texts: Sequence[str]) -> FloatArray | None:
    """Return a column as float64, shape (rows,), NaN where missing; None if it is not numeric.

    A column without any value is not numeric.
    """
    read = [number(text) for text in texts]
    values = np.array([np.nan if v is None else v for v in read], dtype=np.float64)
    return None if any(v is None for v in read) or np.isnan(values).all() else values


def plain(text: str) -> str:
    """Return a text cell, empty where it stands for a missing value."""
    return "" if text.lower() in ("n/a", "nan") else text


def session_label(text: str) -> str:
    """Return a session with its ``ses-``, or an empty string where none is given.

    Examples
    --------
    >>> session_label("baseline"), session_label("ses-week1"), session_label("n/a")
    ('ses-baseline', 'ses-week1', '')
    """
    text = plain(text)
    return text if not text or text.startswith("ses-") else f"ses-{text}"


def shown(text: str) -> str:
    """Return text from a file as it may stand in a message: printable and not long."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return clean if len(clean) <= _SHOWN else clean[: _SHOWN - 3] + "..."


def listed(names: Iterable[str], most: int = 5) -> str:
    """Return names with commas, the first few where there are many.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    every = list(names)
    text = ", ".join(shown(n) for n in every[:most])
    return text if len(every) <= most else f"{text} and {len(every) - most} more"


def relative(path: Path, root: Path) -> str:
    """Return a path as messages name it: within the trial, with forward slashes."""
    try:
        text = path.relative_to(root).as_posix()
    except ValueError:
        text = path.as_posix()
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _with_prefixes(table: Table) -> ReadTable:
    """Read ids such as ``01`` as ``sub-01``, which is what the folders are called."""
    if "participant_id" not in table.columns:
        return ReadTable(table, ())
    at = table.columns.index("participant_id")
    bare = [row[at] for row in table.rows if row[at].isalnum()]
    if not bare:
        return ReadTable(table, ())
    rows = tuple(
        (*row[:at], f"sub-{row[at]}", *row[at + 1 :]) if row[at].isalnum() else row
        for row in table.rows
    )
    what = f"{listed(tuple(dict.fromkeys(bare)))} are read as sub-{shown(bare[0])} and so on."
    remedy = "Write participant_id with its sub-."
    fault = Fault("warning", "participant-prefix", table.where, what, remedy)
    return ReadTable(replace(table, rows=rows), (fault,))


def _unreadable(where: str, what: str) -> ReadTable:
    remedy = "Save it as tab-separated UTF-8 text with one header line."
    return ReadTable(None, (Fault("error", "unreadable-table", where, what, remedy),))
