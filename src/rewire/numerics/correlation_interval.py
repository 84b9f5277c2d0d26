"""The exact distribution of Pearson's r under bivariate normality, and intervals from it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special
from scipy.interpolate import CubicSpline

from rewire.numerics.estimates import FloatArray

_FEW = 48
_STEPS = 30
_CLOSE = 1e-8
_TABLE_END = 8.0
_TABLE_NODES = 241
_PANELS = 12
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def correlation_survival(r: FloatArray, rho: FloatArray, n: int) -> FloatArray:
    """Return the probability that a sample correlation exceeds r.

    The density is Hotelling's (1953, 10.1111/j.2517-6161.1953.tb00135.x),
    (n-2) G(n-1) / (sqrt(2 pi) G(n-1/2)) (1-rho^2)^((n-1)/2) (1-r^2)^((n-4)/2)
    (1-rho r)^(3/2-n) 2F1(1/2, 1/2; n-1/2; (1+rho r)/2), integrated over atanh(r).

    Parameters
    ----------
    r
        Sample correlation, inside (-1, 1).
    rho
        Population correlation, inside (-1, 1); of the same shape.
    n
        Pairs, at least 4 (less one for each covariate where r is partial).

    Returns
    -------
    ndarray
        Probability, of the shape of ``r``.

    Examples
    --------
    >>> correlation_survival(np.array([0.0]), np.array([0.0]), 10).round(6).tolist()
    [0.5]
    """
    return _survival(np.arctanh(r), np.arctanh(rho), n)


def correlation_interval(
    r: FloatArray, n: int, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return the exact equal-tailed interval for a population correlation.

    The limits are the rho under which a sample correlation at least (at most) as large as r has
    probability (1 - confidence) / 2. Beyond 48 values they are interpolated from a table of the
    limit for this n (cubic spline in atanh; error below 1e-7).

    Parameters
    ----------
    r
        Sample correlations, shape (cells,); NaN gives NaN.
    n
        Pairs, less one for each covariate where r is partial; below 4 everything is NaN.
    confidence
        Level of the interval.

    Returns
    -------
    low, high
        Each of shape (cells,); NaN where |r| is 1 or there are too few pairs.

    Examples
    --------
    >>> low, high = correlation_interval(np.array([0.639]), 16)
    >>> bool(0.18 < low[0] < 0.22), bool(0.83 < high[0] < 0.87)
    (True, True)
    """
    usable = np.isfinite(r) & (np.abs(r) < 1.0)
    low, high = np.full(r.shape, np.nan), np.full(r.shape, np.nan)
    if n < 4 or not usable.any():
        return low, high
    tail = (1.0 - confidence) / 2.0
    z = np.arctanh(r[usable])
    if z.size > _FEW:
        shift = _limit_table(n, tail)
        inside = np.clip(np.stack([z, -z]), -_TABLE_END, _TABLE_END)
        below, above = np.stack([z, -z]) + shift(inside)
    else:
        below, above = _lower_limit(z, n, tail), _lower_limit(-z, n, tail)
    low[usable], high[usable] = np.tanh(below), -np.tanh(above)
    return low, high


def _survival(start: FloatArray, centre: FloatArray, n: int) -> FloatArray:
    spread = 1.0 / np.sqrt(max(n - 3, 0.5))
    # the density over z falls like a normal near its middle and like exp(-(n-2)|z|) far away
    reach = np.maximum(centre + 9.0 * spread, start) + 40.0 / (n - 2)
    low = np.maximum(start, centre - 9.0 * spread - 40.0 / (n - 2))
    edges = low[..., None] + (reach - low)[..., None] * _panel_edges()
    half = np.diff(edges, axis=-1) / 2.0
    z = (edges[..., :-1] + half)[..., None] + half[..., None] * _NODES
    density = np.exp(_log_density(z, centre[..., None, None], n))
    return np.asarray((density @ _WEIGHTS * half).sum(axis=-1), dtype=np.float64)


def _panel_edges() -> FloatArray:
    # narrow panels at the start, where the survival integral has its mass
    return np.linspace(0.0, 1.0, _PANELS + 1) ** 1.5


def _log_density(z: FloatArray, centre: FloatArray, n: int) -> FloatArray:
    r, rho = np.tanh(z), np.tanh(centre)
    constant = np.log(n - 2.0) + special.gammaln(n - 1.0) - special.gammaln(n - 0.5) - _HALF_LOG_2PI
    series = special.hyp2f1(0.5, 0.5, n - 0.5, (1.0 + rho * r) / 2.0)
    # 1 - rho r = cosh(z - centre) / (cosh z cosh centre), which stays exact near 1
    log_one_minus = _log_cosh(z - centre) - _log_cosh(z) - _log_cosh(centre)
    return np.asarray(
        constant
        - (n - 1.0) * _log_cosh(centre)
        - (n - 2.0) * _log_cosh(z)
        - (n - 1.5) * log_one_minus
        + np.log(series),
        dtype=np.float64,
    )


_HALF_LOG_2PI = 0.5 * np.log(2.0 * np.pi)


def _log_cosh(x: FloatArray) -> FloatArray:
    size = np.abs(x)
    return np.asarray(size + np.log1p(np.exp(-2.0 * size)) - np.log(2.0), dtype=np.float64)


def _lower_limit(z: FloatArray, n: int, tail: float) -> FloatArray:
    """Solve survival(r; rho) = tail for atanh(rho) by the secant method on the normal scale."""
    target = special.ndtri(tail)
    width = 1.0 / np.sqrt(max(n - 3, 0.5))
    old = z + target * width - np.tanh(z) / (2.0 * (n - 1.0))
    new = old + 0.1 * width
    miss_old, miss_new = _miss(z, old, n, target), _miss(z, new, n, target)
    for _ in range(_STEPS):
        open_ = np.abs(miss_new) >= _CLOSE
        if not open_.any():
            break
        rise = (miss_new - miss_old)[open_]
        flat = rise == 0.0
        step = -miss_new[open_] * (new - old)[open_] / np.where(flat, 1.0, rise)
        step = np.clip(np.where(flat, width, step), -2.0 * width, 2.0 * width)
        old[open_], miss_old[open_] = new[open_], miss_new[open_]
        new[open_] += step
        miss_new[open_] = _miss(z[open_], new[open_], n, target)
    return np.where(np.abs(miss_new) < 1e-5, new, np.nan)


def _miss(z: FloatArray, centre: FloatArray, n: int, target: float) -> FloatArray:
    chance = np.clip(_survival(z, centre, n), 1e-300, 1.0 - 1e-16)
    return np.asarray(special.ndtri(chance) - target, dtype=np.float64)


@lru_cache(maxsize=256)
def _limit_table(n: int, tail: float) -> CubicSpline:
    z = np.linspace(-_TABLE_END, _TABLE_END, _TABLE_NODES)
    return CubicSpline(z, _lower_limit(z, n, tail) - z)
