"""Climbing a likelihood by Newton steps, and what a regression fitted that way gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg, special, stats

from rewire.numerics.estimates import OK, SINGULAR, BoolArray, FloatArray

SEPARATED = "separated: an estimate is infinite"
NOT_CONVERGED = "not converged"
TOO_FEW_ROWS = "too few people"
ONE_OUTCOME = "everybody has the same outcome"

_MOST_STEPS = 100
_MOST_HALVINGS = 40
_GRADIENT = 1e-9
_FLAT = 1e-12

Slopes = tuple[float, FloatArray, FloatArray]
"""Log-likelihood, its gradient and the information (minus its curvature, or the expected)."""


@dataclass(frozen=True, slots=True, eq=False)
class Summit:
    """Where a climb ended.

    Parameters
    ----------
    at
        Parameters, shape (k,).
    height
        Log-likelihood there.
    information
        Shape (k, k).
    status
        ``ok``, ``singular model`` or ``not converged``.
    steps
        Newton steps taken.
    """

    at: FloatArray
    height: float
    information: FloatArray
    status: str
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class RegressionFit:
    """A regression with one row a coefficient; arrays have shape (k,).

    Parameters
    ----------
    estimate
        On the scale of the link (log odds, log rate); NaN where there is none.
    se
        From the information at the estimate.
    ci_low, ci_high
        Two-sided interval.
    statistic, p
        Signed root of the test statistic that the fit uses, referred to a normal distribution.
    infinite
        Which coefficients have no finite estimate of maximum likelihood.
    log_likelihood
        At the estimate, penalised where the fit is.
    dispersion
        Theta of a negative-binomial fit (variance mu + mu^2/theta), else NaN.
    n
        Rows used.
    steps
        Newton steps taken.
    status
        ``ok`` or why there are no numbers.
    """

    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    statistic: FloatArray
    p: FloatArray
    infinite: BoolArray
    log_likelihood: float
    dispersion: float
    n: int
    steps: int
    status: str


def climb(slopes: Callable[[FloatArray], Slopes], start: FloatArray) -> Summit:
    """Maximise a log-likelihood by Newton steps, each halved until the likelihood does not fall.

    Parameters
    ----------
    slopes
        Gives log-likelihood, gradient and information at a point; a log-likelihood that is not
        finite is a place that cannot be entered.
    start
        Shape (k,).

    Returns
    -------
    Summit
        Converged when the gain that Newton predicts is below 1e-9 of a log-likelihood unit.

    Examples
    --------
    >>> def parabola(b):
    ...     return -float((b[0] - 3.0) ** 2), -2.0 * (b - 3.0), np.array([[2.0]])
    >>> climb(parabola, np.zeros(1)).at.round(9).tolist()
    [3.0]
    """
    at = np.asarray(start, dtype=np.float64)
    height, gradient, information = slopes(at)
    for taken in range(_MOST_STEPS):
        step = _newton(gradient, information)
        if step is None:
            return Summit(at, height, information, SINGULAR, taken)
        gain = float(gradient @ step)
        if abs(gain) < _GRADIENT**2 * (1.0 + abs(height)):
            return Summit(at, height, information, OK, taken)
        for halving in range(_MOST_HALVINGS):
            reached = at + step * 0.5**halving
            there = slopes(reached)
            if np.isfinite(there[0]) and there[0] >= height - _FLAT * (1.0 + abs(height)):
                break
        else:
            settled = OK if abs(gain) < _GRADIENT * (1.0 + abs(height)) else NOT_CONVERGED
            return Summit(at, height, information, settled, taken)
        at = reached
        height, gradient, information = there
    settled = OK if abs(gain) < _GRADIENT * (1.0 + abs(height)) else NOT_CONVERGED
    return Summit(at, height, information, settled, _MOST_STEPS)


def wald_fit(
    summit: Summit, n: int, confidence: float, dispersion: float = np.nan
) -> RegressionFit:
    """Return a summit as a fit with Wald intervals and tests.

    Parameters
    ----------
    summit
        Anything but a status of ``ok`` gives NaN throughout.
    n
        Rows used.
    confidence
        Level of the interval.
    dispersion
        Theta of a negative-binomial fit.
    """
    k = len(summit.at)
    if summit.status != OK:
        return empty_fit(k, n, summit.status, steps=summit.steps)
    covariance = linalg.inv(summit.information)
    variance = np.diag(covariance)
    if not (np.isfinite(variance).all() and (variance > 0.0).all()):
        return empty_fit(k, n, SINGULAR, steps=summit.steps)
    se = np.sqrt(variance)
    half = float(special.ndtri(0.5 + confidence / 2.0)) * se
    statistic = summit.at / se
    return RegressionFit(
        estimate=summit.at,
        se=se,
        ci_low=summit.at - half,
        ci_high=summit.at + half,
        statistic=statistic,
        p=normal_p(statistic),
        infinite=np.zeros(k, dtype=np.bool_),
        log_likelihood=summit.height,
        dispersion=dispersion,
        n=n,
        steps=summit.steps,
        status=OK,
    )


def empty_fit(
    k: int, n: int, status: str, infinite: BoolArray | None = None, steps: int = 0
) -> RegressionFit:
    """Return a fit of NaN with the reason.

    Examples
    --------
    >>> empty_fit(2, 5, NOT_CONVERGED).estimate.tolist()
    [nan, nan]
    """
    nan = np.full(k, np.nan)
    runs = np.zeros(k, dtype=np.bool_) if infinite is None else infinite
    return RegressionFit(nan, nan, nan, nan, nan, nan, runs, np.nan, np.nan, n, steps, status)


def normal_p(statistic: FloatArray) -> FloatArray:
    """Return two-sided p of standard normal statistics; NaN where they are NaN.

    Examples
    --------
    >>> normal_p(np.array([1.959964])).round(6).tolist()
    [0.05]
    """
    return np.asarray(2.0 * stats.norm.sf(np.abs(statistic)), dtype=np.float64)


def complete_rows(*columns: FloatArray) -> BoolArray:
    """Return which rows have a number in every column.

    Parameters
    ----------
    columns
        Shape (n,) or (n, k).
    """
    finite = [np.isfinite(c) if c.ndim == 1 else np.isfinite(c).all(axis=1) for c in columns]
    return np.asarray(np.logical_and.reduce(finite), dtype=np.bool_)


def full_rank(design: FloatArray) -> bool:
    """Return whether no column of a design follows from the others; columns are scaled first."""
    if design.shape[1] == 0 or len(design) < design.shape[1]:
        return bool(design.shape[1] == 0)
    length = np.sqrt((design**2).sum(axis=0))
    if not (length > 0.0).all():
        return False
    return bool(np.linalg.matrix_rank(design / length, tol=1e-9) == design.shape[1])


def _newton(gradient: FloatArray, information: FloatArray) -> FloatArray | None:
    if not np.isfinite(information).all():
        return None
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    if not (scale > 0.0).all():
        return None
    try:
        factor = linalg.cho_factor(information / np.outer(scale, scale))
    except linalg.LinAlgError:
        return None
    if np.diag(factor[0]).min() < 1e-7:
        return None
    return np.asarray(linalg.cho_solve(factor, gradient / scale) / scale, dtype=np.float64)
