"""Whether a link differs between two groups: slopes, and correlations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from rewire.numerics.correlation_interval import correlation_interval
from rewire.numerics.estimates import (
    OK,
    Alternative,
    Estimates,
    FloatArray,
    IntArray,
    Pattern,
    empty_estimates,
    fill,
    p_of_t,
    patterns,
    t_quantile,
)
from rewire.numerics.linear import TermModel, slope_model
from rewire.numerics.terms import TermFit, fit_term


@dataclass(frozen=True, slots=True, eq=False)
class CorrelationDifference:
    """The difference of two independent correlations; every array has shape (cells,).

    Parameters
    ----------
    difference
        First less second.
    ci_low, ci_high
        Interval of the difference.
    statistic
        Difference of atanh over its standard error.
    p
        Two-sided, from the normal distribution.
    """

    difference: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    statistic: FloatArray
    p: FloatArray


def slope_difference_model(
    response: FloatArray, x: FloatArray, group: FloatArray, covariates: FloatArray
) -> TermModel:
    """Return the model in which group x variable is tested beside group and variable.

    Parameters
    ----------
    response
        Shape (participants, cells).
    x
        The variable, shape (participants,).
    group
        1 in the group of interest, 0 in the reference, NaN for those in neither.
    covariates
        Shape (participants, k).

    Examples
    --------
    >>> x, group = np.tile(np.arange(4.0), 2), np.repeat([0.0, 1.0], 4)
    >>> y = np.where(group == 1, 3.0 * x, x) + np.array([0, 0.1, 0.1, 0, 0.1, 0, 0, 0.1])
    >>> model = slope_difference_model(y[:, None], x, group, np.empty((8, 0)))
    >>> fit_term(model).estimate.round(3).tolist()
    [2.0]
    """
    return slope_model(response, group * x, np.column_stack([group, x, covariates]))


def estimate_slope(
    model: TermModel, alternative: Alternative = "two-sided", confidence: float = 0.95
) -> Estimates:
    """Return the slope of a term with its ordinary standard error.

    Parameters
    ----------
    model
        From :func:`slope_difference_model` or :func:`~rewire.numerics.linear.slope_model`.
    alternative
        The side of the test.
    confidence
        Level of the interval, which is two-sided in any case.

    Returns
    -------
    Estimates
        ``estimate`` in units of the response for one unit of the term; ``effect_size`` is the
        partial r; NaN with a status where there is no slope.
    """
    fit = fit_term(model)
    return _estimates(model, fit, fit.se, (alternative, confidence))


def estimate_slope_robust(
    model: TermModel, alternative: Alternative = "two-sided", confidence: float = 0.95
) -> Estimates:
    """Return the slope of a term with a standard error that survives unequal spread (HC3).

    With w the row of the pseudo-inverse that gives the slope, e the residuals and h the
    leverages, se^2 = sum w^2 e^2 / (1 - h)^2 (MacKinnon and White 1985,
    10.1016/0304-4076(85)90158-7; Long and Ervin 2000, 10.1080/00031305.2000.10474549), with t on
    the residual degrees of freedom.

    Parameters
    ----------
    model, alternative, confidence
        As in :func:`estimate_slope`; the model has no ``own``.

    Returns
    -------
    Estimates
        As from :func:`estimate_slope`; NaN standard error where somebody alone decides a
        parameter (leverage 1).

    Examples
    --------
    >>> y = np.array([[1.0], [2.0], [2.5], [5.0]])
    >>> model = slope_model(y, np.arange(4.0))
    >>> estimate_slope_robust(model).estimate.round(2).tolist()
    [1.25]
    """
    fit = fit_term(model)
    se = np.full(len(fit.r), np.nan)
    for pattern in patterns(model.valid):
        se[pattern.cells] = _robust_se(model, pattern)
    return _estimates(model, fit, np.where(fit.status == OK, se, np.nan), (alternative, confidence))


def compare_correlations(
    r: tuple[FloatArray, FloatArray], n: tuple[IntArray, IntArray], confidence: float = 0.95
) -> CorrelationDifference:
    """Return the difference of the correlations of two groups of other people.

    z = (atanh r1 - atanh r2) / sqrt(1/(n1-3) + 1/(n2-3)) (Fisher 1925); the interval joins the
    exact intervals of both correlations (Zou 2007, 10.1037/1082-989X.12.4.399).

    Parameters
    ----------
    r
        Pearson correlations of the groups, each of shape (cells,).
    n
        Pairs of each, less one for each covariate; NaN below 4.
    confidence
        Level of the interval.

    Examples
    --------
    >>> two = np.array([0.5]), np.array([0.0])
    >>> found = compare_correlations(two, (np.array([43]), np.array([43])))
    >>> found.statistic.round(3).tolist(), found.p.round(4).tolist()
    ([2.457], [0.014])
    """
    sizes = [np.where(np.asarray(m) >= 4, m, np.nan).astype(np.float64) for m in n]
    z = [np.arctanh(np.where(np.abs(one) < 1.0, one, np.nan)) for one in r]
    statistic = (z[0] - z[1]) / np.sqrt(sum(1.0 / (m - 3.0) for m in sizes))
    known = np.isfinite(statistic)
    low1, high1 = _intervals(r[0], sizes[0], confidence)
    low2, high2 = _intervals(r[1], sizes[1], confidence)
    difference = np.where(known, r[0] - r[1], np.nan)
    return CorrelationDifference(
        difference,
        difference - np.sqrt((r[0] - low1) ** 2 + (high2 - r[1]) ** 2),
        difference + np.sqrt((high1 - r[0]) ** 2 + (r[1] - low2) ** 2),
        np.asarray(statistic),
        np.asarray(2.0 * special.ndtr(-np.abs(statistic))),
    )


def _intervals(r: FloatArray, n: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    low, high = np.full(r.shape, np.nan), np.full(r.shape, np.nan)
    for pairs in np.unique(n[np.isfinite(n)]):
        cells = n == pairs
        low[cells], high[cells] = correlation_interval(r[cells], int(pairs), confidence)
    return low, high


def _robust_se(model: TermModel, pattern: Pattern) -> FloatArray:
    rows = pattern.rows
    columns = [np.ones(len(rows)), *model.covariates[rows].T, model.term[rows]]
    design = np.column_stack(columns)
    size = np.sqrt((design**2).sum(axis=0))
    design = design / np.where(size > 0.0, size, 1.0)
    inverse = np.linalg.pinv(design)
    leverage = np.einsum("ij,ji->i", design, inverse)
    if leverage.max(initial=0.0) > 1.0 - 1e-9:
        return np.full(len(pattern.cells), np.nan)
    response = model.response[rows][:, pattern.cells]
    left = (response - design @ (inverse @ response)) / (1.0 - leverage)[:, None]
    return np.asarray(np.sqrt(inverse[-1] ** 2 @ left**2) / size[-1], dtype=np.float64)


def _estimates(
    model: TermModel, fit: TermFit, se: FloatArray, how: tuple[Alternative, float]
) -> Estimates:
    alternative, confidence = how
    found = empty_estimates(len(fit.r))
    statistic = fit.estimate / se
    half = t_quantile(fit.df, confidence) * se
    low, high = fit.estimate - half, fit.estimate + half
    p = p_of_t(statistic, fit.df, alternative)
    whole = (fit.estimate, se, low, high, fit.r, statistic, fit.df, p)
    for pattern in patterns(model.valid):
        part = pattern.cells
        status = fit.status[part]
        fill(found, part, len(pattern.rows), status, tuple(column[part] for column in whole))
    return found
