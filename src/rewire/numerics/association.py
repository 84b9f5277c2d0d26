"""Pearson correlations, partial or not, with exact intervals."""

from __future__ import annotations

import numpy as np

from rewire.numerics.correlation_interval import correlation_interval
from rewire.numerics.estimates import (
    LEAST_DF,
    NO_VARIANCE,
    OK,
    Alternative,
    Estimates,
    FloatArray,
    IntArray,
    empty_estimates,
    fill,
    no_spread,
    p_of_t,
    patterns,
)
from rewire.numerics.linear import TermModel
from rewire.numerics.terms import fit_term


def estimate_association(
    model: TermModel, alternative: Alternative = "two-sided", confidence: float = 0.95
) -> Estimates:
    """Correlate a variable with the response of every cell, covariates held constant.

    t = r sqrt(df / (1 - r^2)) with df = n - 2 - k for k covariates; the interval is exact under
    bivariate normality (see :func:`~rewire.numerics.correlation_interval.correlation_interval`),
    with n - k in the place of n where the correlation is partial (Fisher 1924).

    Parameters
    ----------
    model
        From :func:`~rewire.numerics.linear.slope_model`.
    alternative
        The side of the test.
    confidence
        Level of the interval, which is two-sided in any case.

    Returns
    -------
    Estimates
        ``estimate`` and ``effect_size`` are r, ``se`` is sqrt((1 - r^2) / df); NaN with a status
        where there is no correlation, as when every point lies on a line.

    Examples
    --------
    >>> from rewire.numerics.linear import slope_model
    >>> y = np.array([[1.0], [2.0], [3.0], [5.0]])
    >>> found = estimate_association(slope_model(y, np.array([0.0, 1.0, 2.0, 3.0])))
    >>> found.estimate.round(4).tolist()
    [0.9827]
    """
    fit = fit_term(model)
    found = empty_estimates(len(fit.r))
    for pattern in patterns(model.valid):
        cells = pattern.cells
        r, df = fit.r[cells], fit.df[cells]
        columns = _columns(r, df, alternative, confidence)
        fill(found, cells, len(pattern.rows), fit.status[cells], columns)
    return found


def correlate_columns(
    x: FloatArray, y: FloatArray, alternative: Alternative = "two-sided", confidence: float = 0.95
) -> Estimates:
    """Correlate each column of one array with the same column of another.

    Parameters
    ----------
    x, y
        Shape (participants, cells); a NaN in either leaves the participant out of that cell.
    alternative, confidence
        As in :func:`estimate_association`.

    Returns
    -------
    Estimates
        As from :func:`estimate_association`.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> y = np.array([[1.0], [2.0], [3.0], [5.0]])
    >>> correlate_columns(x, y).estimate.round(4).tolist()
    [0.9827]
    """
    found = empty_estimates(x.shape[1])
    for pattern in patterns(np.isfinite(x) & np.isfinite(y)):
        rows, cells = pattern.rows, pattern.cells
        found.n[cells] = len(rows)
        if len(rows) - 2 >= LEAST_DF:
            _correlate(x[rows][:, cells], y[rows][:, cells], cells, found, alternative, confidence)
    return found


def _correlate(
    x: FloatArray,
    y: FloatArray,
    cells: IntArray,
    into: Estimates,
    alternative: Alternative,
    confidence: float,
) -> None:
    n = len(x)
    dx, dy = x - x.mean(axis=0), y - y.mean(axis=0)
    xx, yy = (dx**2).sum(axis=0), (dy**2).sum(axis=0)
    flat = no_spread(xx, x) | no_spread(yy, y)
    r = (dx * dy).sum(axis=0) / np.where(flat, np.nan, np.sqrt(xx * yy))
    flat |= 1.0 - np.abs(np.where(flat, 1.0, r)) < 1e-14
    status = np.where(flat, NO_VARIANCE, OK).astype(into.status.dtype)
    r = np.where(flat, np.nan, r)
    columns = _columns(r, np.full(len(cells), n - 2.0), alternative, confidence)
    fill(into, cells, n, status, columns)


def _columns(
    r: FloatArray, df: FloatArray, alternative: Alternative, confidence: float
) -> tuple[FloatArray, ...]:
    se = np.sqrt((1.0 - r**2) / df)
    statistic = r / np.where(se > 0.0, se, np.nan)
    known = df[np.isfinite(df)]
    pairs = int(known[0]) + 2 if len(known) else 0
    low, high = correlation_interval(r, pairs, confidence)
    return r, se, low, high, r, statistic, df, p_of_t(statistic, df, alternative)
