"""Which participants a condition means, and which arm each is in, whatever type a column has."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.questions import Design

_MOST_VALUES = 12


def holds(column: pd.Series, value: str) -> npt.NDArray[np.bool_]:
    """Return which rows of a column hold a value: as numbers where both are, else as text.

    Parameters
    ----------
    column
        Text or numbers; a missing value matches nothing.
    value
        As a plan writes it.

    Returns
    -------
    ndarray
        Shape (rows,).

    Examples
    --------
    >>> holds(pd.Series([1.0, 2.0, float("nan")]), "1").tolist()
    [True, False, False]
    >>> holds(pd.Series(["01", "b"]), "b").tolist()
    [False, True]
    """
    wanted = _number(value)
    found = [
        not _missing(held)
        and (
            str(held) == value
            if math.isnan(wanted) or math.isnan(_number(held))
            else _number(held) == wanted
        )
        for held in column
    ]
    return np.array(found, dtype=np.bool_)


def chosen(table: pd.DataFrame, where: Sequence[tuple[str, str]]) -> npt.NDArray[np.bool_]:
    """Return which participants meet every condition, shape (participants,)."""
    met = np.ones(len(table), dtype=np.bool_)
    for column, value in where:
        met &= holds(table[column], value)
    return met


def nobody_met(table: pd.DataFrame, where: Sequence[tuple[str, str]]) -> str:
    """Return why no participant meets the conditions; an empty string where somebody does.

    Examples
    --------
    >>> nobody_met(pd.DataFrame({"site": [1.0, 2.0]}), [("site", "3")])
    'no participant has site = 3 (there are: 1, 2)'
    """
    if not where or chosen(table, where).any():
        return ""
    for column, value in where:
        if not holds(table[column], value).any():
            return f"no participant has {column} = {value} (there are: {_listed(table[column])})"
    wanted = " and ".join(f"{column} = {value}" for column, value in where)
    return f"no participant has {wanted} together"


def exchange_blocks(
    table: pd.DataFrame, people: Sequence[str], column: str
) -> npt.NDArray[np.int64] | None:
    """Return within what each person is exchanged, shape (people,); None for everybody.

    Parameters
    ----------
    table
        Participants.
    people
        Ids of those who are asked about.
    column
        Of the table; empty for none. A person of whom it is not known is exchanged with nobody.

    Examples
    --------
    >>> table = pd.DataFrame({"participant_id": ["a", "b", "c"], "site": ["x", "y", "x"]})
    >>> exchange_blocks(table, ["a", "b", "c"], "site").tolist()
    [0, 1, 0]
    """
    if not column:
        return None
    held = dict(zip(table["participant_id"].astype(str), table[column], strict=True))
    number: dict[object, int] = {}
    labels = [(p, "") if _missing(held[p]) else _plain(held[p]) for p in people]
    return np.array([number.setdefault(label, len(number)) for label in labels], dtype=np.int64)


def arm_labels(table: pd.DataFrame, design: Design) -> list[str]:
    """Return the arm of each participant, spelt as the design spells it.

    Examples
    --------
    >>> people = pd.DataFrame({"site": [1.0, 2.0, 3.0]})
    >>> arm_labels(people, Design("parallel", "site", ("1", "2"), "2", False))
    ['1', '2', '3']
    """
    column = table[design.factor]
    labels = ["" if _missing(held) else _plain(held) for held in column]
    for arm in design.arms:
        labels = [arm if met else x for met, x in zip(holds(column, arm), labels, strict=True)]
    return labels


def _listed(column: pd.Series) -> str:
    values = sorted({_plain(held) for held in column if not _missing(held)}, key=_rank)
    shown = ", ".join(values[:_MOST_VALUES]) or "none"
    return f"{shown} and {len(values) - _MOST_VALUES} more" if len(values) > _MOST_VALUES else shown


def _rank(text: str) -> tuple[bool, float, str]:
    number = _number(text)
    return (True, 0.0, text) if math.isnan(number) else (False, number, text)


def _plain(held: object) -> str:
    if isinstance(held, float) and held.is_integer():
        return str(int(held))
    return str(held)


def _missing(held: object) -> bool:
    return held is None or held is pd.NA or (isinstance(held, float) and math.isnan(held))


def _number(held: object) -> float:
    try:
        return float(str(held))
    except ValueError:
        return math.nan
