"""Welch's comparison of two groups whose variances may differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewire.numerics.estimates import (
    NO_VARIANCE,
    OK,
    Alternative,
    BoolArray,
    Estimates,
    FloatArray,
    empty_estimates,
    fill,
    hedges_correction,
    no_spread,
    p_of_t,
    patterns,
    t_quantile,
)


@dataclass(frozen=True, slots=True, eq=False)
class WelchModel:
    """Responses of two groups.

    Parameters
    ----------
    response
        Shape (participants, cells).
    group
        1 in the group of interest, 0 in the reference, NaN for those who are in neither.
    """

    response: FloatArray
    group: FloatArray

    @property
    def valid(self) -> BoolArray:
        """Who can be used in which cell, shape (participants, cells)."""
        valid: BoolArray = np.isfinite(self.response) & np.isfinite(self.group)[:, None]
        return valid


def estimate_welch(
    model: WelchModel, alternative: Alternative = "two-sided", confidence: float = 0.95
) -> Estimates:
    """Compare the means of two groups without assuming equal variances (Welch 1947).

    Parameters
    ----------
    model
        Responses and groups.
    alternative
        The side of the test.
    confidence
        Level of the interval, which is two-sided in any case.

    Returns
    -------
    Estimates
        The estimate is group 1 minus group 0; the effect size is Hedges' g over the pooled
        standard deviation; NaN with a status where a group has fewer than two people or nobody
        differs.

    Examples
    --------
    >>> y = np.array([[1.0], [2.0], [3.0], [4.0], [6.0], [8.0]])
    >>> found = estimate_welch(WelchModel(y, np.array([0.0, 0, 0, 1, 1, 1])))
    >>> found.estimate.tolist(), found.statistic.round(3).tolist(), found.df.round(3).tolist()
    ([4.0], [3.098], [2.941])
    """
    found = empty_estimates(model.response.shape[1])
    for pattern in patterns(model.valid):
        group = model.group[pattern.rows] == 1.0
        n, ones = len(group), int(group.sum())
        found.n[pattern.cells] = n
        if min(ones, n - ones) < 2:
            continue
        values = model.response[pattern.rows][:, pattern.cells]
        columns, flat = _compare(values, group, alternative, confidence)
        status = np.where(flat, NO_VARIANCE, OK).astype(found.status.dtype)
        fill(found, pattern.cells, n, status, columns)
    return found


def _compare(
    values: FloatArray, group: BoolArray, alternative: Alternative, confidence: float
) -> tuple[tuple[FloatArray, ...], BoolArray]:
    one, zero = values[group], values[~group]
    n1, n0 = len(one), len(zero)
    ss1 = ((one - one.mean(axis=0)) ** 2).sum(axis=0)
    ss0 = ((zero - zero.mean(axis=0)) ** 2).sum(axis=0)
    flat = no_spread(ss1 + ss0, values)
    v1, v0 = ss1 / ((n1 - 1) * n1), ss0 / ((n0 - 1) * n0)
    difference = one.mean(axis=0) - zero.mean(axis=0)
    variance = np.where(flat, np.nan, v1 + v0)
    se = np.sqrt(variance)
    df = variance**2 / (v1**2 / (n1 - 1) + np.where(flat, 1.0, v0**2 / (n0 - 1)))
    statistic = difference / se
    half = t_quantile(df, confidence) * se
    pooled = np.sqrt(np.where(flat, np.nan, ss1 + ss0) / (n1 + n0 - 2))
    size = difference / pooled * hedges_correction(np.array(n1 + n0 - 2.0))
    p = p_of_t(statistic, df, alternative)
    return (difference, se, difference - half, difference + half, size, statistic, df, p), flat
