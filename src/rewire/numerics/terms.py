"""Fits of the tested term: its estimate, interval, effect size and parametric p."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewire.numerics.estimates import (
    NO_VARIANCE,
    OK,
    Alternative,
    Estimates,
    FloatArray,
    IntArray,
    Pattern,
    TextArray,
    empty_estimates,
    fill,
    hedges_correction,
    no_spread,
    p_of_t,
    patterns,
    t_quantile,
)
from rewire.numerics.linear import Reduced, TermModel, reduce_model


@dataclass(frozen=True, slots=True, eq=False)
class TermFit:
    """The tested term in each cell; every array has shape (cells,).

    Parameters
    ----------
    n, estimate, se, statistic, df, status
        As in :class:`~rewire.numerics.estimates.Estimates`.
    r
        Partial correlation of term and response; t / sqrt(t^2 + df).
    """

    n: IntArray
    estimate: FloatArray
    se: FloatArray
    statistic: FloatArray
    df: FloatArray
    r: FloatArray
    status: TextArray


def fit_term(model: TermModel) -> TermFit:
    """Fit the tested term by ordinary least squares in every cell.

    Parameters
    ----------
    model
        Response, term and covariates.

    Returns
    -------
    TermFit
        NaN with a status where it could not be fitted.

    Examples
    --------
    >>> y = np.array([[1.0], [2.0], [3.0], [5.0]])
    >>> x = np.array([0.0, 1.0, 2.0, 3.0])
    >>> fit_term(TermModel(y, x, np.empty((4, 0)), None, "slope")).estimate.round(3).tolist()
    [1.3]
    """
    return fit_parts(model, reduce_model(model))


def fit_parts(model: TermModel, parts: Sequence[Reduced]) -> TermFit:
    """Fit a model that has been reduced; see :func:`fit_term`.

    Parameters
    ----------
    model
        Response, term and covariates.
    parts
        From :func:`~rewire.numerics.linear.reduce_model`; their status is written.
    """
    blank = empty_estimates(model.response.shape[1])
    fit = TermFit(
        blank.n, blank.estimate, blank.se, blank.statistic, blank.df, blank.p, blank.status
    )
    fit.n[:] = model.valid.sum(axis=0)
    for part in parts:
        product = part.product()
        good = part.status == OK
        length2 = np.where(good, part.term_length**2, np.nan)
        slope = product / length2
        rest = _rest(part, np.where(good, slope, 0.0))
        flat = good & no_spread(rest, model.response[part.rows][:, part.cells])
        part.status[flat] = NO_VARIANCE
        spread = np.where(flat, np.nan, np.sqrt(rest / part.df))
        se = spread / np.sqrt(length2)
        fit.estimate[part.cells] = np.where(flat, np.nan, slope)
        fit.se[part.cells] = se
        fit.statistic[part.cells] = slope / se
        fit.df[part.cells] = np.where(np.isfinite(se), part.df, np.nan)
        statistic = fit.statistic[part.cells]
        fit.r[part.cells] = statistic / np.sqrt(statistic**2 + part.df)
        fit.status[part.cells] = part.status
    return fit


def estimate_term(
    model: TermModel, alternative: Alternative = "two-sided", confidence: float = 0.95
) -> Estimates:
    """Test a mean or a difference between groups by its t statistic.

    The effect size of a mean is d, the mean over the standard deviation. That of a difference is
    Hedges' g: the (adjusted) difference over the pooled standard deviation of the response within
    groups, times the correction of :func:`~rewire.numerics.estimates.hedges_correction` for
    n - 2 degrees of freedom.

    Parameters
    ----------
    model
        From :func:`~rewire.numerics.linear.mean_model` (paired t) or
        :func:`~rewire.numerics.linear.group_model` (pooled-variance t, or ANCOVA where covariates
        or ``own`` are given).
    alternative
        The side of the test.
    confidence
        Level of the interval, which is two-sided in any case.

    Returns
    -------
    Estimates
        NaN with a status where a cell cannot be estimated.

    Examples
    --------
    >>> change = np.array([[-1.0], [-2.0], [-3.0], [-2.0]])
    >>> from rewire.numerics.linear import mean_model
    >>> found = estimate_term(mean_model(change))
    >>> found.estimate.tolist(), found.statistic.round(3).tolist(), found.df.tolist()
    ([-2.0], [-4.899], [3.0])
    """
    fit = fit_term(model)
    half = t_quantile(fit.df, confidence) * fit.se
    good = fit.status == OK
    found = empty_estimates(len(good))
    for pattern in patterns(model.valid):
        part = pattern.cells
        columns = (
            fit.estimate[part],
            fit.se[part],
            fit.estimate[part] - half[part],
            fit.estimate[part] + half[part],
            fit.estimate[part] / _spread(model, pattern),
            fit.statistic[part],
            fit.df[part],
            p_of_t(fit.statistic[part], fit.df[part], alternative),
        )
        fill(found, part, len(pattern.rows), fit.status[part], columns)
    return found


def _rest(part: Reduced, slope: FloatArray) -> FloatArray:
    left = part.residual - np.multiply.outer(part.term, slope)
    if part.own.shape[1]:
        left += part.own * (part.term_on_own * slope)
    return np.asarray(np.einsum("ij,ij->j", left, left), dtype=np.float64)


def _spread(model: TermModel, pattern: Pattern) -> FloatArray:
    values = model.response[pattern.rows][:, pattern.cells]
    n = len(values)
    if model.role == "mean":
        ss = ((values - values.mean(axis=0)) ** 2).sum(axis=0) if n else np.zeros(values.shape[1])
        return np.sqrt(np.where(ss > 0, ss, np.nan) / max(n - 1, 1))
    group = model.term[pattern.rows]
    ss = np.zeros(values.shape[1])
    for level in (0.0, 1.0):
        part = values[group == level]
        if len(part):
            ss += ((part - part.mean(axis=0)) ** 2).sum(axis=0)
    df = float(max(n - 2, 1))
    return np.sqrt(np.where(ss > 0, ss, np.nan) / df) / hedges_correction(np.array(df))
