"""Correlation within people who were measured several times."""

from __future__ import annotations

import numpy as np

from rewire.numerics.correlation_interval import correlation_interval
from rewire.numerics.estimates import (
    LEAST_DF,
    NO_VARIANCE,
    OK,
    Estimates,
    FloatArray,
    IntArray,
    empty_estimates,
    fill,
    no_spread,
    p_of_t,
    patterns,
)


def correlate_within(
    x: FloatArray, y: FloatArray, person: IntArray, confidence: float = 0.95
) -> Estimates:
    """Correlate two variables over repeated records, differences between people taken out.

    Each person's mean is subtracted from both; r of what is left has N - P - 1 degrees of freedom
    for N records of P people (Bland and Altman 1995, 10.1136/bmj.310.6977.446), and its interval is
    the exact one for N - P + 1 pairs.

    Parameters
    ----------
    x
        Shape (records,).
    y
        Shape (records, cells).
    person
        Whose record it is, shape (records,).
    confidence
        Level of the interval.

    Returns
    -------
    Estimates
        ``estimate`` and ``effect_size`` are r, ``n`` counts the records of people who have at
        least two. NaN with a status where too few are left or nothing varies.

    Examples
    --------
    >>> x, person = np.array([0.0, 1.0, 5.0, 6.0, 9.0, 10.0]), np.array([0, 0, 1, 1, 2, 2])
    >>> y = np.array([[1.0], [2.0], [0.0], [1.0], [-9.0], [-9.0]])
    >>> correlate_within(x, y, person).estimate.round(4).tolist()
    [0.8165]
    """
    found = empty_estimates(y.shape[1])
    for pattern in patterns(np.isfinite(y) & np.isfinite(x)[:, None]):
        rows, cells = pattern.rows, pattern.cells
        _, own, count = np.unique(person[rows], return_inverse=True, return_counts=True)
        repeated = count[own] > 1
        rows = rows[repeated]
        _, own = np.unique(person[rows], return_inverse=True)
        found.n[cells] = len(rows)
        people = int(own.max(initial=-1)) + 1
        df = len(rows) - people - 1
        if df < LEAST_DF:
            continue
        dx = _centred(x[rows][:, None], own, people)
        dy = _centred(y[rows][:, cells], own, people)
        xx, yy = (dx**2).sum(axis=0), (dy**2).sum(axis=0)
        flat = no_spread(xx, x[rows][:, None]) | no_spread(yy, y[rows][:, cells])
        r = (dx * dy).sum(axis=0) / np.where(flat, np.nan, np.sqrt(xx * yy))
        flat |= 1.0 - np.abs(np.where(flat, 1.0, r)) < 1e-14
        status = np.where(flat, NO_VARIANCE, OK).astype(found.status.dtype)
        columns = _columns(np.where(flat, np.nan, r), df, confidence)
        fill(found, cells, len(rows), status, columns)
    return found


def _centred(values: FloatArray, own: IntArray, people: int) -> FloatArray:
    total = np.zeros((people, values.shape[1]))
    np.add.at(total, own, values)
    mean = total / np.bincount(own, minlength=people)[:, None]
    return np.asarray(values - mean[own])


def _columns(r: FloatArray, df: int, confidence: float) -> tuple[FloatArray, ...]:
    degrees = np.where(np.isfinite(r), float(df), np.nan)
    se = np.sqrt((1.0 - r**2) / df)
    statistic = r / np.where(se > 0.0, se, np.nan)
    low, high = correlation_interval(r, df + 2, confidence)
    p = p_of_t(statistic, degrees, "two-sided")
    return r, se, low, high, r, statistic, degrees, p
