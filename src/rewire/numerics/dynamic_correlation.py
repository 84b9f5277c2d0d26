"""Dynamic conditional correlation: a correlation for every volume, by maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, logit

from rewire.numerics import dynamic_correlation_kernel as kernel

FloatArray = npt.NDArray[np.float64]

LEAST_VOLUMES = 50
"""With fewer volumes five parameters are not worth fitting."""
_GRID = tuple((a, b) for a in (0.01, 0.04, 0.12, 0.3) for b in (0.5, 0.8, 0.95) if a + b < 1)


@dataclass(frozen=True, slots=True, eq=False)
class Garch:
    """Variances that follow their own past, one model a region.

    Parameters
    ----------
    residuals
        Series over their conditional standard deviation, float64, shape (volumes, regions).
    omega, alpha, beta
        Parameters, each of shape (regions,); omega in squared units of the series.
    loglik
        Log-likelihood of each region, without ``-n/2 log(2 pi)``; shape (regions,).
    """

    residuals: FloatArray
    omega: FloatArray
    alpha: FloatArray
    beta: FloatArray
    loglik: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class DynamicCorrelation:
    """Conditional correlations of every pair, summed up over volumes.

    Parameters
    ----------
    mean, variance
        Of each pair's correlation over volumes, float64, shape (regions, regions), symmetric;
        NaN on the diagonal and for pairs that are perfectly correlated.
    a, b
        How much of the last volume's product, and how much of the last estimate, enters the next.
    loglik
        Composite log-likelihood of the correlations: the mean over pairs, less what uncorrelated
        residuals would have.
    garch
        The first stage.
    """

    mean: FloatArray
    variance: FloatArray
    a: float
    b: float
    loglik: float
    garch: Garch


def innovations(series: FloatArray, order: int) -> FloatArray:
    """Return what a region's own past does not predict.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit.
    order
        How many volumes back; 0 only removes the mean.

    Returns
    -------
    FloatArray
        Residuals of an autoregression with an intercept, fitted to each region by least squares;
        shape (volumes - order, regions), same unit.

    Examples
    --------
    >>> bool(np.allclose(innovations(np.array([[1.0], [2.0], [4.0], [8.0]]), 1), 0.0))
    True
    """
    values = np.asarray(series, dtype=np.float64)
    left = np.empty((len(values) - order, values.shape[1]))
    for i, column in enumerate(values.T):
        past = [column[order - lag : len(column) - lag] for lag in range(1, order + 1)]
        design = np.column_stack([np.ones(len(left)), *past])
        wanted = column[order:]
        left[:, i] = wanted - design @ np.linalg.lstsq(design, wanted, rcond=None)[0]
    return left


def fit_garch(series: FloatArray) -> Garch:
    """Fit GARCH(1, 1) to each region.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit; every region varies.

    Returns
    -------
    Garch
        Maximum-likelihood fits.

    Notes
    -----
    ``h_t = omega + alpha e_(t-1)^2 + beta h_(t-1)``, e the series less its mean, h at the first
    volume the sample variance; normal likelihood; alpha, beta >= 0, alpha + beta < 1 (Bollerslev
    1986, 10.1016/0304-4076(86)90063-1).

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal((400, 1))
    >>> found = fit_garch(noise)
    >>> bool(abs(found.residuals.std() - 1.0) < 0.05)
    True
    """
    centred = np.asarray(series, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0))
    scaled = np.ascontiguousarray((centred / spread).T)
    parameters, h = kernel.fit_variances(scaled)
    residuals = np.ascontiguousarray((scaled / np.sqrt(h)).T)
    loglik = -0.5 * (np.log(h) + scaled**2 / h).sum(axis=1) - len(series) * np.log(spread)
    return Garch(
        residuals, parameters[:, 0] * spread**2, parameters[:, 1], parameters[:, 2], loglik
    )


def fit_dcc(series: FloatArray) -> DynamicCorrelation:
    """Fit dynamic conditional correlations with dynamics common to all pairs.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit, evenly sampled; every region varies. At
        least two regions and :data:`LEAST_VOLUMES` volumes.

    Returns
    -------
    DynamicCorrelation
        With two regions it is the bivariate model by maximum likelihood. With more, a and b are
        the same for all pairs and maximise the sum of all pairs' likelihoods, which stays defined
        with more regions than volumes and costs no more than one fit of each pair.

    Raises
    ------
    ValueError
        If the series are too few or too short, or no pair has a correlation to follow.

    Notes
    -----
    Engle 2002 (10.1198/073500102288618487): GARCH(1, 1) residuals u, then
    ``Q_t = (1 - a - b) S + a u_(t-1) u_(t-1)' + b Q_(t-1)``, S the mean of u u' and the first Q,
    and ``R_t = Q_t`` scaled to unit diagonal. Common a and b by composite likelihood: Pakel,
    Shephard, Sheppard and Engle 2021 (10.1080/07350015.2020.1713795). In resting fMRI: Lindquist
    et al. 2014 (10.1016/j.neuroimage.2014.06.052).

    Examples
    --------
    >>> series = np.random.default_rng(0).standard_normal((300, 3))
    >>> found = fit_dcc(series)
    >>> bool(np.nanmax(found.variance) < 0.05)
    True
    """
    values = np.asarray(series, dtype=np.float64)
    if values.shape[1] < 2 or len(values) < LEAST_VOLUMES:
        raise ValueError(f"two regions and {LEAST_VOLUMES} volumes at least, got {values.shape}")
    garch = fit_garch(values)
    u = garch.residuals
    target = u.T @ u / len(u)
    size = np.sqrt(np.diag(target))
    counts = np.abs(target / np.outer(size, size)) < 1.0 - 1e-9
    pairs = int(np.triu(counts, 1).sum())
    if pairs == 0:
        raise ValueError("every pair of regions is perfectly correlated")

    def cost(at: FloatArray) -> float:
        a, b = _parameters(at)
        return float(kernel.composite_cost(u, target, counts, a, b)) / pairs

    best = _search(cost)
    a, b = _parameters(best)
    mean, variance = kernel.path_moments(u, target, a, b)
    undefined = ~counts | np.eye(len(target), dtype=bool)
    mean[undefined], variance[undefined] = np.nan, np.nan
    return DynamicCorrelation(mean, variance, a, b, -cost(best), garch)


def conditional_correlations(found: DynamicCorrelation) -> FloatArray:
    """Return the correlation of every pair at every volume.

    Parameters
    ----------
    found
        A fit; meant for few regions, since the result has volumes x regions x regions numbers.

    Returns
    -------
    FloatArray
        Shape (volumes, regions, regions), unit diagonal.

    Examples
    --------
    >>> found = fit_dcc(np.random.default_rng(0).standard_normal((100, 2)))
    >>> path = conditional_correlations(found)
    >>> bool(np.isclose(path[:, 0, 1].var(), found.variance[0, 1]))
    True
    """
    u = found.garch.residuals
    target = u.T @ u / len(u)
    q = target.copy()
    path = np.empty((len(u), *target.shape))
    for t in range(len(u)):
        size = np.sqrt(np.diag(q))
        path[t] = q / np.outer(size, size)
        q = (1.0 - found.a - found.b) * target + found.a * np.outer(u[t], u[t]) + found.b * q
    return path


def _parameters(at: FloatArray) -> tuple[float, float]:
    """Turn two free numbers into a, b >= 0 with a + b < 1: their sum, and the share of a."""
    total, share = expit(at)
    return float(total * share), float(total * (1.0 - share))


def _search(cost: Callable[[FloatArray], float]) -> FloatArray:
    """Minimise from the best point of a grid."""
    grid = [np.array([logit(a + b), logit(a / (a + b))]) for a, b in _GRID]
    start = min(grid, key=cost)
    simplex = start + np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]])
    found = minimize(
        cost,
        start,
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-8, "maxiter": 200},
    )
    return np.asarray(found.x)
