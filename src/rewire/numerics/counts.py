"""Poisson and negative-binomial regression of counts, with time at risk as an offset."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special, stats

from rewire.numerics.estimates import OK, SINGULAR, FloatArray
from rewire.numerics.likelihood import (
    NOT_CONVERGED,
    SEPARATED,
    TOO_FEW_ROWS,
    RegressionFit,
    Slopes,
    Summit,
    climb,
    complete_rows,
    empty_fit,
    full_rank,
    wald_fit,
)
from rewire.numerics.separation import runaway_terms

NO_OVERDISPERSION = "no more variation than Poisson: no dispersion to estimate"

_LARGEST_THETA = 1e6
_LONGEST_ETA = 700.0


def fit_poisson(
    design: FloatArray, count: FloatArray, exposure: FloatArray, confidence: float = 0.95
) -> RegressionFit:
    """Fit a Poisson regression of counts by maximum likelihood.

    Parameters
    ----------
    design
        Shape (n, k), with its intercept. Rows with a NaN are left out.
    count
        Whole numbers from 0, NaN where unknown, shape (n,).
    exposure
        Time at risk, above 0, shape (n,).
    confidence
        Level of the Wald intervals.

    Returns
    -------
    RegressionFit
        Log rate ratios, of maximum likelihood; where one is infinite, as for a group without
        events, no numbers are given and ``infinite`` says which.

    Raises
    ------
    ValueError
        If a count is below 0 or broken, or an exposure not above 0.

    Examples
    --------
    6 events in 3 years against 4 in 4 years: the rate ratio is 2.

    >>> arm = np.array([0.0, 0.0, 1.0, 1.0])
    >>> design = np.column_stack([np.ones(4), arm])
    >>> fit = fit_poisson(design, np.array([1.0, 3, 2, 4]), np.array([2.0, 2, 1, 2]))
    >>> np.exp(fit.estimate[1]).round(6).item()
    2.0
    """
    x, y, offset, reason = _ready(design, count, exposure)
    n, k = x.shape
    if reason:
        return empty_fit(k, n, reason)
    runs = runaway_terms(-x[y == 0.0], x[y > 0.0])
    if runs.any():
        return empty_fit(k, n, SEPARATED, runs)
    return wald_fit(_climb_poisson(x, y, offset), n, confidence)


def fit_negative_binomial(
    design: FloatArray, count: FloatArray, exposure: FloatArray, confidence: float = 0.95
) -> RegressionFit:
    """Fit a negative-binomial regression by maximum likelihood of coefficients and dispersion.

    Parameters
    ----------
    design, count, exposure, confidence
        As for :func:`fit_poisson`.

    Returns
    -------
    RegressionFit
        Log rate ratios; ``dispersion`` is theta of the variance ``mu + mu**2 / theta``. Standard
        errors are from the expected information of the coefficients, as MASS::glm.nb's are. Counts
        that vary no more than Poisson's have no theta, and no numbers.

    Raises
    ------
    ValueError
        As :func:`fit_poisson`.

    Notes
    -----
    Lawless 1987 (10.2307/3314912). Coefficients and log theta are climbed together; they are
    orthogonal in the expected information, which is why the coefficients need no more than their
    own block.
    """
    x, y, offset, reason = _ready(design, count, exposure)
    n, k = x.shape
    if reason:
        return empty_fit(k, n, reason)
    runs = runaway_terms(-x[y == 0.0], x[y > 0.0])
    if runs.any():
        return empty_fit(k, n, SEPARATED, runs)
    start = _climb_poisson(x, y, offset)
    if start.status != OK:
        return empty_fit(k, n, start.status, steps=start.steps)
    mean = np.exp(x @ start.at + offset)
    if float(((y - mean) ** 2 - y).sum()) <= 0.0:
        return empty_fit(k, n, NO_OVERDISPERSION, steps=start.steps)
    first = float((mean**2).sum() / ((y - mean) ** 2 - y).sum())
    return _alternate(x, y, offset, (start.at, first), confidence)


def overdispersion(design: FloatArray, count: FloatArray, exposure: FloatArray) -> float:
    """Return Pearson's chi-square over its degrees of freedom of a Poisson fit; NaN without one.

    About 1 where counts vary as Poisson's do; above it, Poisson's intervals are too narrow.
    """
    x, y, offset, reason = _ready(design, count, exposure)
    if reason or runaway_terms(-x[y == 0.0], x[y > 0.0]).any():
        return float("nan")
    top = _climb_poisson(x, y, offset)
    if top.status != OK:
        return float("nan")
    mean = np.exp(x @ top.at + offset)
    return float(((y - mean) ** 2 / mean).sum() / (len(y) - x.shape[1]))


def _ready(
    design: FloatArray, count: FloatArray, exposure: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, str]:
    known = complete_rows(design, count, exposure)
    x, y, time = design[known], count[known], exposure[known]
    if (y < 0.0).any() or (y != np.floor(y)).any():
        raise ValueError("a count is a whole number from 0, NaN where it is not known")
    if (time <= 0.0).any():
        raise ValueError("time at risk is above 0, NaN where it is not known")
    reason = ""
    if len(x) <= x.shape[1]:
        reason = TOO_FEW_ROWS
    elif not full_rank(x):
        reason = SINGULAR
    elif not y.any():
        reason = "nobody has an event"
    return x, y, np.log(time), reason


def _climb_poisson(x: FloatArray, y: FloatArray, offset: FloatArray) -> Summit:
    constant = float(special.gammaln(y + 1.0).sum())

    def slopes(b: FloatArray) -> Slopes:
        eta = x @ b + offset
        mean = np.exp(np.minimum(eta, _LONGEST_ETA))
        height = float(y @ eta - mean.sum()) - constant
        return height, x.T @ (y - mean), (x.T * mean) @ x

    start = np.linalg.lstsq(x, np.log(y + 0.5) - offset, rcond=None)[0]
    return climb(slopes, np.asarray(start, dtype=np.float64))


def _alternate(
    x: FloatArray,
    y: FloatArray,
    offset: FloatArray,
    start: tuple[FloatArray, float],
    confidence: float,
) -> RegressionFit:
    n, k = x.shape
    at, theta = start
    before = -np.inf
    for _ in range(200):
        top = climb(_slopes_at(x, y, offset, theta), at)
        if top.status != OK:
            return empty_fit(k, n, top.status, steps=top.steps)
        at = top.at
        theta = _theta(y, np.exp(x @ at + offset), theta)
        if not 0.0 < theta < _LARGEST_THETA:
            return empty_fit(k, n, NO_OVERDISPERSION, steps=top.steps)
        height = _slopes_at(x, y, offset, theta)(at)[0]
        if height - before < 1e-12 * (1.0 + abs(height)):
            last = climb(_slopes_at(x, y, offset, theta), at)
            return wald_fit(last, n, confidence, theta)
        before = height
    return empty_fit(k, n, NOT_CONVERGED, steps=200)


def _slopes_at(
    x: FloatArray, y: FloatArray, offset: FloatArray, theta: float
) -> Callable[[FloatArray], Slopes]:
    """Return the slopes with theta held; the information is the expected one."""
    shape = special.gammaln(y + theta) - special.gammaln(y + 1.0) - special.gammaln(theta)
    constant = float(shape.sum())

    def slopes(b: FloatArray) -> Slopes:
        mean = np.exp(np.minimum(x @ b + offset, _LONGEST_ETA))
        share = mean / (mean + theta)
        height = constant + float((y * np.log(share) - theta * np.log1p(mean / theta)).sum())
        spread = 1.0 + mean / theta
        return height, x.T @ ((y - mean) / spread), (x.T * (mean / spread)) @ x

    return slopes


def _theta(y: FloatArray, mean: FloatArray, start: float) -> float:
    """Return the theta of maximum likelihood with the means held, by Newton on its logarithm."""

    def slopes(b: FloatArray) -> Slopes:
        t = float(np.exp(b[0]))
        if not 0.0 < t < 1e12:
            return -np.inf, np.zeros(1), np.ones((1, 1))
        height = float(np.sum(stats.nbinom.logpmf(y, t, t / (t + mean))))
        slope = special.digamma(y + t) - special.digamma(t) + np.log(t / (t + mean))
        first = float(np.sum(slope + (mean - y) / (t + mean)))
        bend = special.polygamma(1, y + t) - special.polygamma(1, t) + 1.0 / t
        second = float(np.sum(bend - 2.0 / (mean + t) + (y + t) / (mean + t) ** 2))
        curve = -(t * first + t * t * second)
        safe = curve if curve > 1e-8 else abs(t * first) + 1e-8
        return height, np.array([t * first]), np.array([[safe]])

    return float(np.exp(climb(slopes, np.array([np.log(start)])).at[0]))
