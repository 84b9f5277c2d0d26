"""Bayes factors of a null against a stated prior: standardised means and correlations."""

from __future__ import annotations

import numpy as np
from scipy import special

from rewire.numerics.estimates import FloatArray

CAUCHY_SCALE = float(np.sqrt(0.5))
"""Width of the Cauchy prior on a standardised mean: half of it lies within this."""

_STEP = 0.05
_START = -8.0
_REACH = 45.0
_TERMS = 100


def bayes_factor_t(
    statistic: FloatArray, df: FloatArray, scale: FloatArray, prior: float = CAUCHY_SCALE
) -> FloatArray:
    """Return BF01 of a t statistic: no effect against delta ~ Cauchy(0, prior).

    With N = scale^2 and g ~ inverse gamma(1/2, 1/2), BF01 = (1 + t^2/v)^(-(v+1)/2) over the
    integral of (1 + N p^2 g)^(-1/2) (1 + t^2 / ((1 + N p^2 g) v))^(-(v+1)/2) over g (Rouder et
    al. 2009, 10.3758/PBR.16.2.225). It is summed over log g, where the integrand is smooth and as
    wide whatever n is, in logarithms.

    Parameters
    ----------
    statistic, df
        t and its degrees of freedom, shape (cells,).
    scale
        What turns a standardised effect into t: sqrt(n) for one sample, sqrt(n1 n2 / (n1 + n2))
        for two.
    prior
        Scale of the Cauchy prior.

    Returns
    -------
    ndarray
        Shape (cells,); above 1 speaks for no effect. NaN where something is not known; the
        smallest or largest number where it would be 0 or infinite.

    Examples
    --------
    >>> t, n = np.array([0.0, 2.03]), np.array([80.0, 80.0])
    >>> bayes_factor_t(t, n - 1, np.sqrt(n), prior=1.0).round(2).tolist()
    [11.35, 1.56]
    """
    t2, v, n = (np.asarray(a, dtype=np.float64)[..., None] for a in (statistic**2, df, scale**2))
    end = _REACH + float(np.log1p(np.nanmax(np.append(t2 / v, 0.0))))
    u = np.arange(_START, end, _STEP)
    g = np.exp(u)
    with np.errstate(over="ignore"):
        wide = 1.0 + n * prior**2 * g
    log_alone = -(v + 1.0) / 2.0 * np.log1p(t2 / v)
    log_wide = -0.5 * np.log(wide) - (v + 1.0) / 2.0 * np.log1p(t2 / (wide * v))
    log_prior = -0.5 * np.log(2.0 * np.pi) - 0.5 * u - 0.5 / g
    log_bf10 = special.logsumexp(log_wide + log_prior, axis=-1) + np.log(_STEP)
    return _finite(log_alone[..., 0] - log_bf10)


def bayes_factor_correlation(r: FloatArray, n: FloatArray, kappa: float = 1.0) -> FloatArray:
    """Return BF01 of a Pearson correlation: none against a stretched beta(1/kappa, 1/kappa).

    BF10 = 2^((k-2)/k) sqrt(pi) / B(1/k, 1/k) G((2 + k(n-1)) / 2k) / G((2 + kn) / 2k)
    2F1((n-1)/2, (n-1)/2; (2 + kn) / 2k; r^2) (Ly, Verhagen and Wagenmakers 2016,
    10.1016/j.jmp.2015.06.004, equation 25). Euler's transformation takes the power of 1 - r^2 out
    of the series, which then stays small whatever n is.

    Parameters
    ----------
    r
        Sample correlations, shape (cells,).
    n
        Pairs, less one for each covariate where r is partial.
    kappa
        Width of the prior; 1 is uniform from -1 to 1.

    Returns
    -------
    ndarray
        Shape (cells,), as from :func:`bayes_factor_t`; NaN below three pairs or where |r| is 1.

    Examples
    --------
    >>> bayes_factor_correlation(np.array([0.0, 0.6]), np.array([20.0, 20.0])).round(3).tolist()
    [3.613, 0.094]
    """
    usable = (np.abs(r) < 1.0) & (n >= 3.0)
    z, size = np.where(usable, r**2, np.nan), np.where(usable, n, np.nan)
    inverse = 1.0 / kappa
    end = inverse + size / 2.0
    constant = (1.0 - 2.0 * inverse) * np.log(2.0) + 0.5 * np.log(np.pi)
    constant -= float(special.betaln(inverse, inverse))
    gammas = special.gammaln(inverse + (size - 1.0) / 2.0) - special.gammaln(end)
    series = _series(inverse + 0.5, end, z)
    log_bf10 = constant + gammas + (inverse + 1.0 - size / 2.0) * np.log1p(-z) + np.log(series)
    return _finite(-np.asarray(log_bf10))


def _series(a: float, c: FloatArray, z: FloatArray) -> FloatArray:
    """Return 2F1(a, a; c; z), by its terms where c is so large that they vanish quickly."""
    total, term = np.ones_like(z), np.ones_like(z)
    for k in range(_TERMS):
        term = term * (a + k) ** 2 / ((c + k) * (k + 1.0)) * z
        total = total + term
    return np.where(c > _TERMS, total, special.hyp2f1(a, a, np.minimum(c, _TERMS), z))


def _finite(log_bf01: FloatArray) -> FloatArray:
    return np.asarray(np.exp(np.clip(log_bf01, -700.0, 700.0)), dtype=np.float64)
