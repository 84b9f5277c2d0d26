"""What a test of one term gives for many cells at once, and what it shares with other tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[np.str_]
Alternative = Literal["two-sided", "greater", "less"]

OK = "ok"
TOO_FEW = "too few participants"
NO_VARIANCE = "no variance"
SINGULAR = "singular model"

LEAST_DF = 2
"""Residual degrees of freedom below which nothing is estimated."""

_STATUS_TYPE = "<U24"
_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """One test for each cell (a region, an edge, a measure); every array has shape (cells,).

    Parameters
    ----------
    n
        Participants used, int64.
    estimate
        In the unit of the response, or a correlation; NaN where there is none.
    se
        Standard error.
    ci_low, ci_high
        Two-sided interval, whatever the side of the test.
    effect_size
        Standardised effect; each test says which.
    statistic
        Test statistic with the sign of the estimate.
    df
        Residual degrees of freedom.
    p
        Parametric p on the side that was asked for; never 0.
    status
        ``ok`` or why the cell has no estimate; all numbers but ``n`` are then NaN.
    """

    n: IntArray
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    effect_size: FloatArray
    statistic: FloatArray
    df: FloatArray
    p: FloatArray
    status: TextArray


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Cells in which the same participants have data.

    Parameters
    ----------
    rows
        Indices of those participants, ascending.
    cells
        Indices of the cells.
    """

    rows: IntArray
    cells: IntArray


def empty_estimates(cells: int) -> Estimates:
    """Return estimates of NaN for this many cells, ``too few participants`` each.

    Examples
    --------
    >>> empty_estimates(2).status.tolist()
    ['too few participants', 'too few participants']
    """
    a, b, c, d, e, f, g, h = np.full((8, cells), np.nan)
    status: TextArray = np.full(cells, TOO_FEW, dtype=_STATUS_TYPE)
    return Estimates(np.zeros(cells, dtype=np.int64), a, b, c, d, e, f, g, h, status)


def fill(
    into: Estimates,
    cells: IntArray,
    n: int,
    status: TextArray,
    columns: tuple[FloatArray, ...],
) -> None:
    """Write the results of some cells, NaN where their status is not ``ok``.

    Parameters
    ----------
    into
        Written in place; meant for the function that has just made it.
    cells
        Indices of the cells.
    n
        Participants used in these cells.
    status
        Shape (len(cells),).
    columns
        estimate, se, ci_low, ci_high, effect_size, statistic, df, p; each of shape (len(cells),).
    """
    fields = ("estimate", "se", "ci_low", "ci_high", "effect_size", "statistic", "df", "p")
    good = status == OK
    for name, column in zip(fields, columns, strict=True):
        getattr(into, name)[cells] = np.where(good, column, np.nan)
    into.n[cells] = n
    into.status[cells] = status


def patterns(valid: BoolArray) -> tuple[Pattern, ...]:
    """Gather the cells in which the same participants have data.

    Parameters
    ----------
    valid
        Whether a participant has all that a cell needs; shape (participants, cells).

    Returns
    -------
    tuple of Pattern
        In order of their first cell.

    Examples
    --------
    >>> valid = np.array([[True, True, False], [True, True, True]])
    >>> [(p.rows.tolist(), p.cells.tolist()) for p in patterns(valid)]
    [([0, 1], [0, 1]), ([1], [2])]
    """
    if valid.shape[1] == 0:
        return ()
    keys = np.ascontiguousarray(np.packbits(valid, axis=0).T)
    if (keys == keys[0]).all():
        return (Pattern(np.flatnonzero(valid[:, 0]), np.arange(valid.shape[1])),)
    _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    which = which.reshape(-1)
    return tuple(
        Pattern(np.flatnonzero(valid[:, first[i]]), np.flatnonzero(which == i))
        for i in np.argsort(first)
    )


def p_of_t(statistic: FloatArray, df: FloatArray, alternative: Alternative) -> FloatArray:
    """Return p of a t statistic; the smallest positive number where it would round to 0.

    Parameters
    ----------
    statistic, df
        Of one shape, or broadcast; NaN stays NaN.
    alternative
        The side of the test.

    Examples
    --------
    >>> p_of_t(np.array([-2.870]), np.array([15.0]), "two-sided").round(4).tolist()
    [0.0117]
    """
    if alternative == "two-sided":
        p = 2.0 * special.stdtr(df, -np.abs(statistic))
    elif alternative == "greater":
        p = special.stdtr(df, -statistic)
    else:
        p = special.stdtr(df, statistic)
    return np.asarray(np.maximum(p, _TINY), dtype=np.float64)


def t_quantile(df: FloatArray, confidence: float) -> FloatArray:
    """Return the t that bounds a two-sided interval of this confidence."""
    return np.asarray(special.stdtrit(df, 0.5 + confidence / 2.0), dtype=np.float64)


def hedges_correction(df: FloatArray) -> FloatArray:
    """Return the factor that makes a standardised mean difference unbiased.

    J = Gamma(df/2) / (sqrt(df/2) Gamma((df-1)/2)), Hedges 1981 (10.3102/10769986006002107);
    NaN for df below 2.

    Examples
    --------
    >>> hedges_correction(np.array([2.0])).round(4).tolist()
    [0.5642]
    """
    usable = np.where(np.asarray(df) >= 2.0, df, np.nan)
    log_j = special.gammaln(usable / 2) - special.gammaln((usable - 1) / 2)
    return np.asarray(np.exp(log_j) / np.sqrt(usable / 2), dtype=np.float64)


def no_spread(sum_of_squares: FloatArray, values: FloatArray) -> BoolArray:
    """Return where a residual sum of squares is rounding error beside the values themselves.

    Parameters
    ----------
    sum_of_squares
        Shape (cells,).
    values
        What was fitted, shape (participants, cells).
    """
    size = np.abs(values).max(axis=0, initial=0.0)
    limit = len(values) * (1e-12 * size) ** 2
    return np.asarray(sum_of_squares <= limit, dtype=np.bool_)
