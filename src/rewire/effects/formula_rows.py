"""The rows that a formula is fitted to: what is left out and why, levels, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.formula import MixedFormula, names_in


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that are not in a model because a column of theirs is empty.

    Parameters
    ----------
    column
        The column.
    rows
        How many rows lack it; a row that lacks two columns counts for both.
    """

    column: str
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class FormulaRows:
    """The rows of a model.

    Parameters
    ----------
    frame
        Columns of the formula without missing values; text as categories, the reference first.
    kept
        Position of each row in the table that was given, shape (rows,).
    left_out
        What was missing elsewhere.
    """

    frame: pd.DataFrame
    kept: npt.NDArray[np.int64]
    left_out: tuple[LeftOut, ...]


def formula_rows(
    formula: MixedFormula,
    table: pd.DataFrame,
    reference: Mapping[str, str],
    faults: list[str],
) -> FormulaRows:
    """Return the rows in which every column of a formula has a value.

    Parameters
    ----------
    formula
        What is to be fitted.
    table
        One row an observation.
    reference
        Level that the others are compared with, by column; the first in order of text elsewhere
        (of a categorical column, in its own order).
    faults
        What is wrong is added to it, all that can be seen at once.
    """
    wanted = (formula.response, *(c for c in formula.columns() if c != formula.response))
    faults += [_unknown(c, table) for c in wanted if c not in table]
    columns = [c for c in wanted if c in table]
    read = {c: _read(table[c]) for c in columns}
    missing = {c: column.isna().to_numpy(dtype=bool) for c, column in read.items()}
    none = np.zeros(len(table), dtype=np.bool_)
    kept = np.flatnonzero(~np.any([none, *missing.values()], axis=0)).astype(np.int64)
    left = tuple(LeftOut(c, int(gone.sum())) for c, gone in missing.items() if gone.any())
    frame = pd.DataFrame(
        {c: column.iloc[kept].reset_index(drop=True) for c, column in read.items()}
    )
    if not len(frame):
        faults.append("no row has a value in every column: " + ", ".join(columns))
        return FormulaRows(frame, kept, left)
    groupings = {name for part in formula.random for name in part.groups}
    inside = [names_in(part.coefficients) for part in formula.random]
    terms = {*names_in(formula.fixed), *(name for names in inside for name in names)}
    for name in columns:
        if not _numeric(frame[name]):
            frame[name] = _categories(frame[name], reference.get(name, ""), faults)
        elif name in reference:
            faults.append(f"{name} holds numbers and has no reference level {reference[name]!r}")
    faults += [
        f"reference: {name} is not in the formula" for name in reference if name not in wanted
    ]
    faults += _response_faults(formula, frame, terms | groupings)
    faults += [f for name in columns if name in terms for f in _level_faults(frame[name])]
    faults += _grouping_faults(formula, frame)
    return FormulaRows(frame, kept, left)


def group_codes(frame: pd.DataFrame, groups: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the group of each row from 0, in the order of their first row."""
    return np.asarray(
        frame.groupby(list(groups), sort=False, observed=True).ngroup(), dtype=np.int64
    )


def _read(column: pd.Series) -> pd.Series:
    """Return a column with numbers as float, and text that says nothing as missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    if column.dtype == bool or str(column.dtype) == "boolean":
        return column.map({True: "True", False: "False"}).astype(object)
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return pd.Series(np.where(np.isfinite(values), values, np.nan), index=column.index)
    told = [None if _says_nothing(v) else v for v in column]
    known = [v for v in told if v is not None]
    if known and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in known):
        return pd.Series([np.nan if v is None else float(v) for v in told], index=column.index)
    texts = [None if v is None else str(v) for v in told]
    return pd.Series(texts, index=column.index, dtype=object)


def _says_nothing(value: object) -> bool:
    return value is None or value is pd.NA or value != value or str(value).strip() in ("", "n/a")


def _numeric(column: pd.Series) -> bool:
    return bool(pd.api.types.is_float_dtype(column))


def _categories(column: pd.Series, reference: str, faults: list[str]) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        present = set(column)
        levels = [str(c) for c in column.cat.categories if c in present]
        column = column.astype(str)
    else:
        levels = sorted(set(column))
    if reference and reference not in levels:
        faults.append(
            f"{column.name} has no level {reference!r} to compare with; it has {', '.join(levels)}"
        )
    elif reference:
        levels = [reference, *(level for level in levels if level != reference)]
    return pd.Series(pd.Categorical(column, categories=levels), name=column.name)


def _unknown(name: str, table: pd.DataFrame) -> str:
    held = [str(c) for c in table.columns]
    near = get_close_matches(name, held, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(held)}"
    return f"{name!r} is no column of the table{hint}"


def _response_faults(formula: MixedFormula, frame: pd.DataFrame, right: set[str]) -> Iterator[str]:
    name = formula.response
    if name in right:
        where = [p.name for p in formula.random if name in (*p.groups, *names_in(p.coefficients))]
        place = f"the random term of {where[0]}" if where else "the right-hand side"
        yield f"the response {name} also stands in {place}"
    if name in frame and not _numeric(frame[name]):
        yield f"the response {name} holds text, not numbers"
    elif name in frame and frame[name].nunique() == 1:
        yield f"the response {name} has the same value in all {len(frame)} rows"


def _level_faults(column: pd.Series) -> Iterator[str]:
    if _numeric(column):
        if column.nunique() == 1:
            yield f"{column.name} has the same value in every row"
        return
    counts = column.value_counts(sort=False)
    if len(counts) == 1:
        yield f"{column.name} has one level, {counts.index[0]!r}"
    elif (counts == 1).any():
        alone = [repr(str(level)) for level, n in counts.items() if n == 1]
        yield f"{column.name} has one row at {', '.join(alone)}: leave it out or join levels"


def _grouping_faults(formula: MixedFormula, frame: pd.DataFrame) -> Iterator[str]:
    for groups in dict.fromkeys(part.groups for part in formula.random):
        if not set(groups) <= set(frame.columns):
            continue
        name, levels = ":".join(groups), int(group_codes(frame, groups).max()) + 1
        if levels == 1:
            yield f"the grouping {name} has one level"
        elif levels >= len(frame):
            yield f"the grouping {name} has as many levels as there are rows ({levels})"
