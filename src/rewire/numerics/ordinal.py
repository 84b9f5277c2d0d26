"""Proportional-odds regression of ordered categories, and a test of proportionality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, special, stats

from rewire.numerics.estimates import OK, SINGULAR, FloatArray, IntArray
from rewire.numerics.likelihood import (
    ONE_OUTCOME,
    SEPARATED,
    TOO_FEW_ROWS,
    RegressionFit,
    Slopes,
    climb,
    complete_rows,
    empty_fit,
    full_rank,
    wald_fit,
)
from rewire.numerics.separation import runaway_terms


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalFit:
    """A proportional-odds model.

    Parameters
    ----------
    terms
        Coefficients of the design; above 0 means higher categories.
    cuts
        Thresholds, one fewer than the categories that occur, ascending.
    levels
        The categories that occur, ascending.
    score, df, p_proportional
        Score test of proportional odds: chi-square, its degrees of freedom and p; NaN where
        there are only two categories or the test cannot be made.
    """

    terms: RegressionFit
    cuts: FloatArray
    levels: FloatArray
    score: float
    df: int
    p_proportional: float


def fit_ordinal(design: FloatArray, level: FloatArray, confidence: float = 0.95) -> OrdinalFit:
    """Fit ``logit P(level <= k) = cut[k] - design @ b`` by maximum likelihood.

    Parameters
    ----------
    design
        Shape (n, k), without an intercept. Rows with a NaN are left out.
    level
        Ordered category as a number, shape (n,); NaN where unknown. Only order matters.
    confidence
        Level of the Wald intervals.

    Returns
    -------
    OrdinalFit
        Log odds ratios. Separated categories give no numbers; ``terms.infinite`` says which
        coefficients run off.

    Notes
    -----
    McCullagh 1980 (10.1111/j.2517-6161.1980.tb01109.x); signs as MASS::polr. The test compares
    with a coefficient of its own at each cut, by the score at the proportional fit and the
    expected information (Peterson and Harrell 1990, 10.2307/2347760).

    Examples
    --------
    With two categories it is a logistic regression: the odds ratio is (8/2) / (4/6) = 6.

    >>> arm = np.repeat([0.0, 1.0], 10)[:, None]
    >>> fit = fit_ordinal(arm, np.r_[np.ones(4), np.zeros(6), np.ones(8), np.zeros(2)])
    >>> float(np.exp(fit.terms.estimate[0]).round(6)), fit.df
    (6.0, 0)
    """
    known = complete_rows(design, level)
    x = design[known]
    levels, found = np.unique(level[known], return_inverse=True)
    code = np.asarray(found, dtype=np.int64).reshape(-1)
    n, k = x.shape
    cuts = len(levels) - 1
    reason = _unfit(x, cuts)
    if reason:
        return _none(empty_fit(k, n, reason), levels)
    upper, lower = _bounds(x, code, cuts)
    rising = np.concatenate([upper[code < cuts], -lower[code > 0]])
    runs = runaway_terms(rising)
    if runs.any():
        return _none(empty_fit(k, n, SEPARATED, runs[cuts:]), levels)
    below = np.cumsum(np.bincount(code))[:-1] / n
    start = np.concatenate([special.logit(below), np.zeros(k)])
    top = climb(lambda at: _slopes((upper, lower, code), at), start)
    whole = wald_fit(top, n, confidence)
    if whole.status != OK:
        return _none(empty_fit(k, n, whole.status, steps=top.steps), levels)
    score, df = _proportionality(x, code, top.at)
    p = float(stats.chi2.sf(score, df)) if df else np.nan
    return OrdinalFit(_last(whole, cuts), top.at[:cuts], levels, score, df, p)


def _unfit(x: FloatArray, cuts: int) -> str:
    if cuts < 1:
        return ONE_OUTCOME if len(x) else TOO_FEW_ROWS
    if len(x) <= x.shape[1] + cuts:
        return TOO_FEW_ROWS
    return "" if full_rank(np.column_stack([np.ones(len(x)), x])) else SINGULAR


def _none(terms: RegressionFit, levels: FloatArray) -> OrdinalFit:
    return OrdinalFit(terms, np.full(max(len(levels) - 1, 0), np.nan), levels, np.nan, 0, np.nan)


def _last(fit: RegressionFit, first: int) -> RegressionFit:
    return RegressionFit(
        fit.estimate[first:],
        fit.se[first:],
        fit.ci_low[first:],
        fit.ci_high[first:],
        fit.statistic[first:],
        fit.p[first:],
        fit.infinite[first:],
        fit.log_likelihood,
        fit.dispersion,
        fit.n,
        fit.steps,
        fit.status,
    )


def _bounds(x: FloatArray, code: IntArray, cuts: int) -> tuple[FloatArray, FloatArray]:
    """Return rows that give the upper and lower end of each row's category; 0 at an open end."""
    n, k = x.shape
    upper, lower = np.zeros((n, cuts + k)), np.zeros((n, cuts + k))
    for rows, ends in ((upper, code), (lower, code - 1)):
        closed = (ends >= 0) & (ends < cuts)
        rows[closed, ends[closed]] = 1.0
        rows[closed, cuts:] = -x[closed]
    return upper, lower


def _slopes(model: tuple[FloatArray, FloatArray, IntArray], at: FloatArray) -> Slopes:
    upper, lower, code = model
    cuts = int(code.max())
    high = np.where(code < cuts, upper @ at, np.inf)
    low = np.where(code > 0, lower @ at, -np.inf)
    chance = np.where(
        low > 0.0,
        special.expit(-low) - special.expit(-high),
        special.expit(high) - special.expit(low),
    )
    if not (chance > 0.0).all():
        return -np.inf, np.zeros(len(at)), np.eye(len(at))
    f_high, f_low = (special.expit(v) * special.expit(-v) for v in (high, low))
    pull = (f_high[:, None] * upper - f_low[:, None] * lower) / chance[:, None]
    bend_high = f_high * (special.expit(-high) - special.expit(high)) / chance
    bend_low = f_low * (special.expit(-low) - special.expit(low)) / chance
    information = pull.T @ pull - (upper.T * bend_high) @ upper + (lower.T * bend_low) @ lower
    return float(np.log(chance).sum()), pull.sum(axis=0), information


def _proportionality(x: FloatArray, code: IntArray, at: FloatArray) -> tuple[float, int]:
    """Return the score statistic of a coefficient of its own at each cut, and its df."""
    n, k = x.shape
    cuts = len(at) - k
    df = k * (cuts - 1)
    if not df:
        return float("nan"), 0
    eta = at[:cuts][None, :] - (x @ at[cuts:])[:, None]
    density = special.expit(eta) * special.expit(-eta)
    reached = np.column_stack([np.zeros(n), special.expit(eta), np.ones(n)])
    chance = np.diff(reached, axis=1)
    size = cuts * (1 + k)
    slope = np.zeros((cuts, n, size))
    for cut in range(cuts):
        slope[cut, :, cut] = density[:, cut]
        own = cuts + cut * k
        slope[cut, :, own : own + k] = -density[:, cut, None] * x
    edges = np.concatenate([np.zeros((1, n, size)), slope, np.zeros((1, n, size))])
    steps = np.diff(edges, axis=0)
    score = (steps[code, np.arange(n)] / chance[np.arange(n), code][:, None]).sum(axis=0)
    information = np.einsum("cni,cnj,nc->ij", steps, steps, 1.0 / chance, optimize=True)
    try:
        return float(score @ linalg.solve(information, score, assume_a="pos")), df
    except linalg.LinAlgError:
        return float("nan"), df
