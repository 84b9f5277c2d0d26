"""Agreement between repeated scans of the same people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from rewire.numerics.association import correlate_columns
from rewire.numerics.estimates import (
    NO_VARIANCE,
    OK,
    BoolArray,
    FloatArray,
    IntArray,
    TextArray,
    empty_estimates,
    no_spread,
    patterns,
)


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Intraclass correlations of each cell; every array has shape (cells,).

    Parameters
    ----------
    n
        People with all repeats.
    icc21, icc21_low, icc21_high
        Absolute agreement of single scans, two-way random effects, with its interval.
    icc31, icc31_low, icc31_high
        Consistency of single scans, two-way mixed effects, with its interval.
    minimal_detectable_change
        In the unit of the measure: the change in one person that exceeds retest error at the
        level asked for. It says nothing about the mean of a group.
    status
        ``ok`` or why there is no value; all numbers but ``n`` are then NaN.
    """

    n: IntArray
    icc21: FloatArray
    icc21_low: FloatArray
    icc21_high: FloatArray
    icc31: FloatArray
    icc31_low: FloatArray
    icc31_high: FloatArray
    minimal_detectable_change: FloatArray
    status: TextArray


@dataclass(frozen=True, slots=True, eq=False)
class SplitHalf:
    """Reliability from two halves of each cell; every array has shape (cells,).

    Parameters
    ----------
    n
        People with both halves.
    r, r_low, r_high
        Correlation of the halves, with its exact interval.
    reliability, reliability_low, reliability_high
        Of the whole, by Spearman and Brown, with the interval of r carried over. Negative where
        r is, and then without a lower bound; it is not cut off at 0.
    status
        ``ok`` or why there is no value; all numbers but ``n`` are then NaN.
    """

    n: IntArray
    r: FloatArray
    r_low: FloatArray
    r_high: FloatArray
    reliability: FloatArray
    reliability_low: FloatArray
    reliability_high: FloatArray
    status: TextArray


@dataclass(frozen=True, slots=True, eq=False)
class _MeanSquares:
    people: FloatArray
    repeats: FloatArray
    error: FloatArray
    n: int
    k: int


def intraclass(values: FloatArray, confidence: float = 0.95) -> Agreement:
    """Return ICC(2,1), ICC(3,1) and the minimal detectable change of each cell.

    With mean squares R between people, C between repeats and E left over, n people and k repeats:
    ICC(2,1) = (R-E) / (R + (k-1)E + k(C-E)/n), ICC(3,1) = (R-E) / (R + (k-1)E) (Shrout and Fleiss
    1979, 10.1037/0033-2909.86.2.420); intervals from F (McGraw and Wong 1996,
    10.1037/1082-989X.1.1.30). Minimal detectable change = z sqrt(2 E) (Weir 2005,
    10.1519/15184.1).

    Parameters
    ----------
    values
        Shape (people, repeats, cells); a person with a NaN is left out of that cell.
    confidence
        Level of the intervals and of the minimal detectable change.

    Returns
    -------
    Agreement
        NaN with a status below three people or where nothing varies.

    Examples
    --------
    >>> scans = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 4.0], [4.0, 5.1]])[:, :, None]
    >>> found = intraclass(scans)
    >>> found.icc31.round(2).tolist(), found.icc21.round(2).tolist()
    ([1.0], [0.77])
    """
    blank = empty_estimates(values.shape[2])
    a, b, c, d, e, f, g = np.full((7, values.shape[2]), np.nan)
    found = Agreement(blank.n, a, b, c, d, e, f, g, blank.status)
    for pattern in patterns(np.asarray(np.isfinite(values).all(axis=1))):
        cells = pattern.cells
        found.n[cells] = len(pattern.rows)
        if len(pattern.rows) < 3 or values.shape[1] < 2:
            continue
        part = values[pattern.rows][:, :, cells]
        squares = _mean_squares(part)
        size = len(part) - 1.0
        people = size * squares.people
        error = size * (squares.k - 1) * squares.error
        flat = no_spread(people, part.reshape(-1, len(cells)))
        flat |= no_spread(error, part.reshape(-1, len(cells)))
        found.status[cells] = np.where(flat, NO_VARIANCE, OK)
        columns = (*_absolute(squares, flat, confidence), *_consistent(squares, flat, confidence))
        for into, column in zip((a, b, c, d, e, f), columns, strict=True):
            into[cells] = column
        z = special.ndtri(0.5 + confidence / 2.0)
        g[cells] = np.where(flat, np.nan, z * np.sqrt(2.0 * squares.error))
    return found


def split_half(first: FloatArray, second: FloatArray, confidence: float = 0.95) -> SplitHalf:
    """Return the correlation of two halves and the reliability of the whole of each cell.

    Parameters
    ----------
    first, second
        Shape (people, cells); a person with a NaN in either is left out of that cell.
    confidence
        Level of the intervals, exact for r under bivariate normality.

    Returns
    -------
    SplitHalf
        NaN with a status below four people or where nothing varies.

    Examples
    --------
    >>> halves = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([[2.0], [1.0], [4.0], [3.0]])
    >>> split_half(*halves).reliability.round(2).tolist()
    [0.75]
    """
    found = correlate_columns(first, second, confidence=confidence)
    r, low, high = found.estimate, found.ci_low, found.ci_high
    whole = spearman_brown(r), spearman_brown(low), spearman_brown(high)
    return SplitHalf(found.n, r, low, high, *whole, found.status)


def spearman_brown(r: FloatArray, times: float = 2.0) -> FloatArray:
    """Return the reliability of a record so many times as long, k r / (1 + (k - 1) r).

    Spearman 1910 and Brown 1910 (10.1111/j.2044-8295.1910.tb00206.x, ...tb00207.x).

    Parameters
    ----------
    r
        Reliability of the shorter record, above -1.
    times
        How much longer the record is, k.

    Examples
    --------
    >>> spearman_brown(np.array([0.0, 0.5])).round(3).tolist()
    [0.0, 0.667]
    """
    return np.asarray(times * r / (1.0 + (times - 1.0) * r))


def _mean_squares(values: FloatArray) -> _MeanSquares:
    n, k, _ = values.shape
    people, repeats = values.mean(axis=1), values.mean(axis=0)
    grand = people.mean(axis=0)
    left = values - people[:, None] - repeats[None] + grand
    return _MeanSquares(
        k * ((people - grand) ** 2).sum(axis=0) / (n - 1),
        n * ((repeats - grand) ** 2).sum(axis=0) / (k - 1),
        (left**2).sum(axis=(0, 1)) / ((n - 1) * (k - 1)),
        n,
        k,
    )


def _consistent(
    squares: _MeanSquares, flat: BoolArray, confidence: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    k, upper = squares.k, 0.5 + confidence / 2.0
    df1 = squares.n - 1.0
    df2 = df1 * (k - 1)
    ratio = squares.people / np.where(flat, np.nan, squares.error)
    low = ratio / special.fdtri(df1, df2, upper)
    high = ratio * special.fdtri(df2, df1, upper)
    first, second, third = ((f - 1.0) / (f + k - 1.0) for f in (ratio, low, high))
    return first, second, third


def _absolute(
    squares: _MeanSquares, flat: BoolArray, confidence: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    n, k, upper = squares.n, squares.k, 0.5 + confidence / 2.0
    R, C, E = squares.people, squares.repeats, np.where(flat, np.nan, squares.error)
    icc = (R - E) / (R + (k - 1) * E + k * (C - E) / n)
    # Satterthwaite's degrees of freedom of the denominator
    weight = n * (1.0 + (k - 1) * icc) - k * icc
    top = (k - 1) * (n - 1) * (k * icc * C / E + weight) ** 2
    bottom = (n - 1) * (k * icc * C / E) ** 2 + weight**2
    df = top / bottom
    below = special.fdtri(n - 1.0, df, upper)
    above = special.fdtri(df, n - 1.0, upper)
    rest = k * C + (k * n - k - n) * E
    low = n * (R - below * E) / (below * rest + n * R)
    high = n * (above * R - E) / (rest + n * above * R)
    return icc, low, high
