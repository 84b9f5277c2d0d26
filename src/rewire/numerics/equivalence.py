"""Two one-sided tests: whether an effect as large as a stated bound can be ruled out."""

from __future__ import annotations

import numpy as np
from scipy import special

from rewire.numerics.correlation_interval import correlation_survival
from rewire.numerics.estimates import FloatArray, p_of_t


def equivalence_raw(
    estimate: FloatArray, se: FloatArray, df: FloatArray, bound: FloatArray
) -> FloatArray:
    """Return p of the two one-sided t tests against bounds in the unit of the estimate.

    Schuirmann 1987 (10.1007/BF01068419): the larger p of the tests that the effect is at least
    +bound and that it is at most -bound. It serves a mean, a difference (Welch's too, by its own
    df) and a term of a linear model.

    Parameters
    ----------
    estimate, se, df
        Shape (cells,).
    bound
        Above 0, shape (cells,).

    Returns
    -------
    ndarray
        Shape (cells,); small says that effects as large as the bound are ruled out. NaN where
        something is not known or a bound is not above 0.

    Examples
    --------
    >>> one = np.ones(1)
    >>> equivalence_raw(0.0 * one, 1.0 * one, 20.0 * one, 2.0 * one).round(4).tolist()
    [0.0296]
    """
    limit = np.where(np.asarray(bound) > 0.0, bound, np.nan)
    above = p_of_t((estimate - limit) / se, df, "less")
    below = p_of_t((estimate + limit) / se, df, "greater")
    return np.asarray(np.maximum(above, below))


def equivalence_standardised(
    statistic: FloatArray, df: FloatArray, scale: FloatArray, bound: float
) -> FloatArray:
    """Return p of the two one-sided tests against bounds in standard deviations.

    At a standardised effect of +-bound, t follows noncentral t with noncentrality +-bound x
    scale, so that no bound has to be multiplied by a standard deviation which is itself an
    estimate (Serlin and Lapsley 1985, 10.1037/0003-066X.40.1.73). Exact for one sample and for
    two of equal variance; approximate for Welch's t and for an adjusted difference.

    Parameters
    ----------
    statistic, df
        Shape (cells,).
    scale
        What turns a standardised effect into t: sqrt(n) for one sample, sqrt(n1 n2 / (n1 + n2))
        for two.
    bound
        Above 0, in standard deviations.

    Returns
    -------
    ndarray
        Shape (cells,), as from :func:`equivalence_raw`.

    Examples
    --------
    >>> one = np.ones(1)
    >>> equivalence_standardised(0.0 * one, 39.0 * one, np.sqrt(40.0) * one, 0.5).round(4).tolist()
    [0.0008]
    """
    nc = bound * scale
    # t is mirrored rather than 1 - p taken, which would lose the small ones
    above = special.nctdtr(df, nc, statistic)
    below = special.nctdtr(df, nc, -statistic)
    return np.asarray(np.maximum(above, below), dtype=np.float64)


def equivalence_correlation(r: FloatArray, n: FloatArray, bound: float) -> FloatArray:
    """Return p of the two one-sided tests that |rho| is below a bound, from r's exact law.

    Parameters
    ----------
    r
        Pearson correlations, shape (cells,).
    n
        Pairs, less one for each covariate where r is partial; NaN below 4.
    bound
        Between 0 and 1.

    Returns
    -------
    ndarray
        Shape (cells,), as from :func:`equivalence_raw`; by Hotelling's law of r under bivariate
        normality (see :func:`~rewire.numerics.correlation_interval.correlation_survival`).

    Examples
    --------
    >>> equivalence_correlation(np.array([0.0]), np.array([100.0]), 0.3).round(4).tolist()
    [0.0012]
    """
    p = np.full(np.shape(r), np.nan)
    usable = np.isfinite(r) & (np.abs(r) < 1.0) & (n >= 4.0)
    for pairs in np.unique(n[usable]):
        cells = usable & (n == pairs)
        at = np.full(int(cells.sum()), bound)
        # mirrored: that R falls below r at the bound is that it exceeds -r at minus the bound
        above = correlation_survival(-r[cells], -at, int(pairs))
        below = correlation_survival(r[cells], -at, int(pairs))
        p[cells] = np.minimum(np.maximum(above, below), 1.0)
    return p


def equivalence_ranked(r: FloatArray, n: FloatArray, bound: float) -> FloatArray:
    """Return the same for rank correlations, whose atanh has variance (1 + rho^2 / 2) / (n - 3).

    The variance is that at the bound (Bonett and Wright 2000, 10.1007/BF02294183).

    Parameters
    ----------
    r
        Spearman correlations, shape (cells,).
    n
        Pairs, less one for each covariate; NaN below 4.
    bound
        Between 0 and 1.

    Examples
    --------
    >>> equivalence_ranked(np.array([0.0]), np.array([100.0]), 0.3).round(4).tolist()
    [0.0014]
    """
    usable = np.isfinite(r) & (np.abs(r) < 1.0) & (n >= 4.0)
    z = np.arctanh(np.where(usable, r, np.nan))
    se = np.sqrt((1.0 + bound**2 / 2.0) / np.where(usable, n - 3.0, np.nan))
    limit = np.arctanh(bound)
    return np.asarray(special.ndtr((np.abs(z) - limit) / se), dtype=np.float64)
