"""Tables of the page: typed cells with what is read and what is sorted by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rewire.core.types import Timepoint
from rewire.report import names, numbers
from rewire.report.rows import EffectRow

_COUNTS = ("n", "volumes", "retained", "regions_without_signal", "scans", "silent", "regions")
MOST_ROWS = 500
"""Rows of a table that the page holds; the files hold them all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is read, what it sorts by (empty: the text), and whether it is a number."""

    text: str
    key: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; ``detail`` columns are folded away until asked for."""

    name: str
    numeric: bool = False
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page.

    Parameters
    ----------
    id
        Unique on the page.
    caption
        What it holds, in a phrase.
    columns
        Headings.
    rows
        Cells, each row as long as the columns.
    total
        Rows there are, of which the page may hold fewer.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int


def words(text: Any) -> Cell:
    """Return a cell of text; a missing value is an empty cell."""
    return Cell("" if text is None or text != text else str(text))


def number(value: float, text: str = "") -> Cell:
    """Return a cell of a number, formatted by its size unless the text is given."""
    key = "" if math.isnan(value) else f"{float(value):.9g}"
    return Cell("" if math.isnan(value) and not text else text or numbers.plain(value), key, True)


def whole(value: float) -> Cell:
    """Return a cell of a whole number."""
    return number(value, "" if math.isnan(value) else f"{value:,.0f}")


def p_cell(p: float) -> Cell:
    """Return a cell of a p value."""
    return number(p, "" if math.isnan(p) else numbers.p_value(p))


def build(
    identity: str,
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[tuple[Cell, ...]],
    total: int | None = None,
) -> Table:
    """Return a table; ``total`` is the number of rows there are where some are not shown."""
    shown = tuple(rows[:MOST_ROWS])
    return Table(identity, caption, tuple(columns), shown, len(rows) if total is None else total)


def from_frame(identity: str, caption: str, frame: pd.DataFrame, headings: dict[str, str]) -> Table:
    """Return a table of a frame's columns, in the order of the headings.

    Columns that hold nothing anywhere are left out; columns called ``p`` or beginning with
    ``p_`` or ending in ``_p`` are written as p values.
    """
    used = [c for c in headings if c in frame and not _empty(frame[c])]
    numeric = {c: pd.api.types.is_numeric_dtype(frame[c]) for c in used}
    columns = [Column(headings[c], numeric[c]) for c in used]
    rows = []
    for values in frame[used].head(MOST_ROWS).itertuples(index=False):
        rows.append(
            tuple(_cell(c, v, numeric=numeric[c]) for c, v in zip(used, values, strict=True))
        )
    return build(identity, caption, columns, rows, len(frame))


def _empty(column: pd.Series[Any]) -> bool:
    return bool((column.isna() | (column.astype(str) == "")).all())


def _cell(name: str, value: Any, *, numeric: bool) -> Cell:
    if not numeric:
        if name == "level":
            return words(names.level_label(str(value)))
        return words(names.time_label(str(value)) if name == "session" else value)
    if name == "p" or name.startswith("p_") or name.endswith("_p"):
        return p_cell(float(value))
    if name in _COUNTS or isinstance(value, int):
        return whole(float(value))
    return number(float(value))


_EFFECT_HEADINGS = (
    Column("Question"),
    Column("Response"),
    Column("Time"),
    Column("Arm or contrast"),
    Column("Where"),
    Column("Level"),
    Column("n", numeric=True),
    Column("Estimate", numeric=True),
    Column("Interval", numeric=True),
    Column("p", numeric=True),
    Column("p adjusted", numeric=True),
    *(Column(name, detail=True) for name in ("Kind", "Measure", "Outcome", "Session")),
    *(Column(name, detail=True) for name in ("Acquisition", "Term", "Moderator", "Side")),
    *(Column(name, numeric=True, detail=True) for name in ("SE", "Effect size")),
    Column("Size is", detail=True),
    *(Column(name, numeric=True, detail=True) for name in ("Statistic", "df", "p permutation")),
    *(Column(name, detail=True) for name in ("Method", "Status")),
)


def effects_table(rows: Sequence[EffectRow]) -> Table:
    """Return the effects table: all rows in order, or the smallest p where there are too many."""
    chosen = list(rows)
    if len(chosen) > MOST_ROWS:
        order = sorted(range(len(chosen)), key=lambda i: (_or_inf(chosen[i].p), i))[:MOST_ROWS]
        chosen = [chosen[i] for i in sorted(order)]
    cells = [_effect_cells(row) for row in chosen]
    return build("effects-table", "Every test of this run", _EFFECT_HEADINGS, cells, len(rows))


def _or_inf(p: float) -> float:
    return math.inf if math.isnan(p) else p


def _effect_cells(row: EffectRow) -> tuple[Cell, ...]:
    response = " ~ ".join(part for part in (row.measure, row.outcome) if part)
    time = names.time_label(str(Timepoint(row.session, row.acquisition)))
    who = names.who_label(row.arm, row.sides)
    level = names.level_label(row.level)
    places = numbers.decimals_for(row.ci_high - row.ci_low)
    between = numbers.interval(row.ci_low, row.ci_high, bounded=False, decimals=places)
    coded = (row.kind, row.measure, row.outcome, row.session, row.acquisition)
    return (
        *(words(text) for text in (row.question, response, time, who, row.place, level)),
        words(row.told_n) if row.withheld else whole(row.n),
        number(row.estimate),
        number(row.ci_low, "" if math.isnan(row.ci_low) else between),
        p_cell(row.p),
        p_cell(row.p_adjusted),
        *(words(text) for text in (*coded, row.term, row.moderator, row.alternative)),
        number(row.se),
        number(row.effect_size),
        words(row.effect_size_kind),
        number(row.statistic),
        number(row.df, "" if math.isnan(row.df) else numbers.degrees(row.df)),
        p_cell(row.p_permutation),
        words(row.method),
        words(row.status),
    )
