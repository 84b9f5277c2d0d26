"""Adjustment of p for the number of tests in a family."""

from __future__ import annotations

from typing import Literal

import numpy as np

from rewire.numerics.estimates import FloatArray

Adjustment = Literal["fdr_bh", "holm", "bonferroni", "nbs", "tfnbs", "none"]


def adjust_p(p: FloatArray, method: Adjustment) -> FloatArray:
    """Return p adjusted over all tests that have one.

    ``fdr_bh`` is Benjamini and Hochberg's step-up (1995, 10.1111/j.2517-6161.1995.tb02031.x),
    ``holm`` Holm's step-down (1979), ``bonferroni`` p times the number of tests.

    Parameters
    ----------
    p
        Shape (tests,); NaN is passed through and does not count as a test.
    method
        How to adjust.

    Raises
    ------
    ValueError
        For ``nbs`` and ``tfnbs``, which need relabellings and no p; see
        :mod:`rewire.numerics.networks`.

    Returns
    -------
    ndarray
        Adjusted p, at most 1; NaN where p is NaN.

    Examples
    --------
    >>> adjust_p(np.array([0.01, np.nan, 0.04, 0.03]), "fdr_bh").tolist()
    [0.03, nan, 0.04, 0.04]
    """
    if method in ("nbs", "tfnbs"):
        raise ValueError(f"'{method}' is made from relabelled statistics, and not from p")
    adjusted = np.full(p.shape, np.nan)
    real = np.isfinite(p)
    values = p[real]
    if method == "fdr_bh":
        adjusted[real] = _step_up(values)
    elif method == "holm":
        adjusted[real] = _step_down(values)
    elif method == "bonferroni":
        adjusted[real] = np.minimum(values * len(values), 1.0)
    else:
        adjusted[real] = values
    return adjusted


def _step_up(p: FloatArray) -> FloatArray:
    order = np.argsort(p, kind="stable")
    scaled = p[order] * (len(p) / np.arange(1, len(p) + 1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return np.minimum(adjusted, 1.0)


def _step_down(p: FloatArray) -> FloatArray:
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1.0)
