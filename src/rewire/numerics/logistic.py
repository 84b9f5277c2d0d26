"""Logistic regression by maximum likelihood; separation is found and named."""

from __future__ import annotations

import numpy as np
from scipy import special

from rewire.numerics.estimates import SINGULAR, FloatArray
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


def fit_logistic(design: FloatArray, event: FloatArray, confidence: float = 0.95) -> RegressionFit:
    """Fit a logistic regression by maximum likelihood.

    Parameters
    ----------
    design
        Shape (n, k), with its intercept. Rows with a NaN are left out.
    event
        1 or 0, NaN where unknown, shape (n,).
    confidence
        Level of the Wald intervals.

    Returns
    -------
    RegressionFit
        Log odds ratios. Where the events are separated no numbers are given, and ``infinite``
        says which coefficients have no finite estimate; :func:`rewire.numerics.firth.fit_firth`
        has one.

    Raises
    ------
    ValueError
        If an event is neither 0 nor 1.

    Examples
    --------
    Of 10 people 8 have the event in one group and 4 in the other: the odds ratio is 6.

    >>> arm = np.repeat([0.0, 1.0], 10)
    >>> event = np.r_[np.ones(4), np.zeros(6), np.ones(8), np.zeros(2)]
    >>> fit = fit_logistic(np.column_stack([np.ones(20), arm]), event)
    >>> np.exp(fit.estimate[1]).round(6).item()
    6.0
    """
    refuse_other_events(event)
    known = complete_rows(design, event)
    x, y = design[known], event[known]
    n, k = x.shape
    reason = unfit_for_events(x, y)
    if reason:
        return empty_fit(k, n, reason)
    runs = runaway_terms(np.where(y[:, None] == 1.0, x, -x))
    if runs.any():
        return empty_fit(k, n, SEPARATED, runs)
    return wald_fit(climb(lambda b: logistic_slopes(x, y, b), np.zeros(k)), n, confidence)


def refuse_other_events(event: FloatArray) -> None:
    """Raise ValueError if an event is neither 0 nor 1 nor NaN."""
    known = event[np.isfinite(event)]
    if not np.isin(known, (0.0, 1.0)).all():
        raise ValueError("an event is 1 or 0, NaN where it is not known")


def unfit_for_events(design: FloatArray, event: FloatArray) -> str:
    """Return why no model of events can be fitted, empty where one can."""
    if len(design) <= design.shape[1]:
        return TOO_FEW_ROWS
    if not full_rank(design):
        return SINGULAR
    return ONE_OUTCOME if len(np.unique(event)) < 2 else ""


def logistic_slopes(design: FloatArray, event: FloatArray, at: FloatArray) -> Slopes:
    """Return log-likelihood, gradient and information of a logistic regression.

    Examples
    --------
    >>> height, gradient, information = logistic_slopes(np.ones((2, 1)), np.ones(2), np.zeros(1))
    >>> round(height, 6), gradient.tolist(), information.tolist()
    (-1.386294, [1.0], [[0.5]])
    """
    eta = design @ at
    chance = special.expit(eta)
    height = float((event * special.log_expit(eta) + (1.0 - event) * special.log_expit(-eta)).sum())
    weight = chance * special.expit(-eta)
    return height, design.T @ (event - chance), (design.T * weight) @ design
