"""Firth's penalised logistic regression: finite estimates, also where events are separated."""

from __future__ import annotations

import numpy as np
from scipy import linalg, optimize, special, stats

from rewire.numerics.estimates import OK, SINGULAR, FloatArray
from rewire.numerics.likelihood import (
    RegressionFit,
    Slopes,
    Summit,
    climb,
    complete_rows,
    empty_fit,
)
from rewire.numerics.logistic import logistic_slopes, refuse_other_events, unfit_for_events

_WIDEST = 60.0
"""Standard errors from the estimate within which the end of a profile interval is looked for."""


def fit_firth(design: FloatArray, event: FloatArray, confidence: float = 0.95) -> RegressionFit:
    """Fit a logistic regression whose likelihood is penalised by Jeffreys' prior.

    Parameters
    ----------
    design
        Shape (n, k), with its intercept. Rows with a NaN are left out.
    event
        1 or 0, NaN where unknown, shape (n,).
    confidence
        Level of the intervals.

    Returns
    -------
    RegressionFit
        Log odds ratios. ``p`` is of the penalised likelihood ratio, ``statistic`` its signed
        root, the interval is of the profile penalised likelihood: NaN on a side on which it does
        not end. ``se`` is from the information, as logistf gives it.

    Raises
    ------
    ValueError
        If an event is neither 0 nor 1.

    Notes
    -----
    The penalised log-likelihood is ``l(b) + log det I(b) / 2`` (Firth 1993,
    10.1093/biomet/80.1.27); test and interval as in Heinze and Schemper 2002
    (10.1002/sim.1047). A coefficient is tested with the penalty of the whole model.

    Examples
    --------
    Two groups: the estimate is that of a table with half a person added to each cell.

    >>> arm = np.repeat([0.0, 1.0], 10)
    >>> event = np.r_[np.zeros(10), np.ones(4), np.zeros(6)]
    >>> fit = fit_firth(np.column_stack([np.ones(20), arm]), event)
    >>> float(np.exp(fit.estimate[1]).round(6)), round((4.5 / 6.5) / (0.5 / 10.5), 6)
    (14.538462, 14.538462)
    """
    refuse_other_events(event)
    known = complete_rows(design, event)
    x, y = design[known], event[known]
    n, k = x.shape
    reason = unfit_for_events(x, y)
    if reason:
        return empty_fit(k, n, reason)
    top = climb(lambda b: _slopes(x, y, b), np.zeros(k))
    if top.status != OK:
        return empty_fit(k, n, top.status, steps=top.steps)
    se = np.sqrt(np.diag(linalg.inv(top.information)))
    parts = [_profile(x, y, top, (j, float(se[j])), confidence) for j in range(k)]
    root, low, high = np.array(parts).T
    return RegressionFit(
        estimate=top.at,
        se=se,
        ci_low=low,
        ci_high=high,
        statistic=root,
        p=np.asarray(stats.chi2.sf(root**2, 1)),
        infinite=np.zeros(k, dtype=np.bool_),
        log_likelihood=top.height,
        dispersion=np.nan,
        n=n,
        steps=top.steps,
        status=OK,
    )


def _slopes(x: FloatArray, y: FloatArray, at: FloatArray) -> Slopes:
    height, _, information = logistic_slopes(x, y, at)
    sign, log_det = np.linalg.slogdet(information)
    if sign <= 0.0 or not np.isfinite(log_det):
        return -np.inf, np.zeros(len(at)), information
    chance = special.expit(x @ at)
    weight = chance * (1.0 - chance)
    root = x * np.sqrt(weight)[:, None]
    leverage = np.einsum("ij,ji->i", root, np.linalg.solve(information, root.T))
    score = x.T @ (y - chance + leverage * (0.5 - chance))
    return height + 0.5 * float(log_det), score, information


def _profile(
    x: FloatArray, y: FloatArray, top: Summit, column: tuple[int, float], confidence: float
) -> tuple[float, float, float]:
    """Return the signed root of the likelihood ratio of a coefficient, and its interval."""
    j, se = column
    best = float(top.at[j])
    drop = 2.0 * (top.height - _held(x, y, top, j, 0.0))
    root = np.sign(best) * np.sqrt(max(drop, 0.0))
    limit = top.height - 0.5 * float(stats.chi2.ppf(confidence, 1))

    def above(value: float) -> float:
        return _held(x, y, top, j, value) - limit

    ends = []
    for side in (-1.0, 1.0):
        reach = 2.0 * se
        while above(best + side * reach) > 0.0 and reach < _WIDEST * se:
            reach *= 1.5
        outside = above(best + side * reach)
        if not outside <= 0.0:
            ends.append(np.nan)
            continue
        ends.append(float(optimize.brentq(above, best, best + side * reach, xtol=1e-9)))
    return float(root), ends[0], ends[1]


def _held(x: FloatArray, y: FloatArray, top: Summit, j: int, value: float) -> float:
    """Return the highest penalised log-likelihood with one coefficient held."""
    free = np.arange(len(top.at)) != j
    whole = top.at.copy()
    whole[j] = value
    if not free.any():
        return _slopes(x, y, whole)[0]

    def slopes(b: FloatArray) -> Slopes:
        at = whole.copy()
        at[free] = b
        height, score, information = _slopes(x, y, at)
        return height, score[free], information[np.ix_(free, free)]

    moved = top.information[np.ix_(free, [j])][:, 0] * (value - top.at[j])
    start = top.at[free] - linalg.solve(top.information[np.ix_(free, free)], moved)
    found = climb(slopes, start)
    if found.status == SINGULAR or not np.isfinite(found.height):
        found = climb(slopes, top.at[free])
    return found.height if found.status == OK else np.nan
