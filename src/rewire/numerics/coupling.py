"""Baseline against change: what regression to the mean and arithmetic alone would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewire.numerics.association import correlate_columns
from rewire.numerics.estimates import Estimates, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class BaselineChange:
    """Baseline against change in each cell.

    Parameters
    ----------
    observed
        Correlation of baseline with change.
    own_retest_r
        Correlation of baseline with after, shape (cells,).
    expected_r
        What mathematical coupling alone predicts for ``observed``, shape (cells,).
    oldham
        Correlation of change with the mean of before and after.
    """

    observed: Estimates
    own_retest_r: FloatArray
    expected_r: FloatArray
    oldham: Estimates


def baseline_against_change(
    before: FloatArray,
    after: FloatArray,
    retest_r: FloatArray | None = None,
    confidence: float = 0.95,
) -> BaselineChange:
    """Correlate baseline with change, and say what coupling alone predicts.

    Parameters
    ----------
    before, after
        Shape (participants, cells); NaN leaves a participant out of that cell.
    retest_r
        Retest correlation without treatment, shape (cells,); None (or NaN for a cell) takes the
        correlation of before with after at hand.
    confidence
        Level of the intervals.

    Returns
    -------
    BaselineChange
        Oldham's r uses the mean of both in the place of the baseline, which is free of coupling
        where variances are equal (Oldham 1962, 10.1016/0021-9681(62)90116-9; Tu and Gilthorpe
        2007, 10.1002/sim.2538).

    Examples
    --------
    >>> before = np.array([[3.0], [2.0], [1.0], [2.5], [1.5]])
    >>> after = np.array([[2.0], [2.1], [1.9], [2.2], [1.8]])
    >>> found = baseline_against_change(before, after)
    >>> bool(found.observed.estimate[0] < found.expected_r[0] < 0)
    True
    """
    both = np.isfinite(before) & np.isfinite(after)
    x, y = np.where(both, before, np.nan), np.where(both, after, np.nan)
    own = correlate_columns(x, y, confidence=confidence).estimate
    known = own if retest_r is None else np.where(np.isfinite(retest_r), retest_r, own)
    return BaselineChange(
        correlate_columns(x, y - x, confidence=confidence),
        own,
        expected_coupling(known),
        correlate_columns((x + y) / 2.0, y - x, confidence=confidence),
    )


def expected_coupling(retest_r: FloatArray) -> FloatArray:
    """Return the correlation of baseline with change that a retest correlation implies.

    -sqrt((1 - r) / 2), which is corr(x, y - x) for variables x, y of equal variance and
    correlation r (Oldham 1962; Tu and Gilthorpe 2007).

    Parameters
    ----------
    retest_r
        Any shape; NaN stays NaN.

    Examples
    --------
    >>> expected_coupling(np.array([0.21, 0.54])).round(2).tolist()
    [-0.63, -0.48]
    """
    return np.asarray(-np.sqrt((1.0 - retest_r) / 2.0), dtype=np.float64)
