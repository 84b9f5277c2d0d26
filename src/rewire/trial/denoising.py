"""Taking noise out of series of regions: regression, filter and scrubbing, done by nilearn.

Regression and filter are linear in the series, so cleaning the mean of a region's voxels gives the
mean of its cleaned voxels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from rewire.core.imaging import Denoising
from rewire.core.types import FloatArray
from rewire.trial.confounds import Confounds


@dataclass(frozen=True, slots=True)
class Denoised:
    """What denoising took from one scan.

    Parameters
    ----------
    strategy
        Its name.
    columns
        The regressors, by their names in fMRIPrep's table.
    degrees_of_freedom
        Retained volumes, scaled by the share of frequencies that pass the filter, less the rank
        of the regressors; NaN where it is not known.
    """

    strategy: str
    columns: tuple[str, ...]
    degrees_of_freedom: float


def denoise(
    series: FloatArray, confounds: Confounds, denoising: Denoising, repetition_time: float
) -> FloatArray:
    """Return the series without what the regressors and the filter take out.

    Parameters
    ----------
    series
        Means of regions, float64, shape (volumes, regions). A region with NaN stays as it is.
    confounds
        The regressors, and which volumes stay.
    denoising
        The filter.
    repetition_time
        Seconds between volumes.

    Returns
    -------
    FloatArray
        Shape (volumes, regions), NaN in the volumes that were left out. The result is free of
        each region's mean and linear trend unless the strategy is ``none`` without a filter.

    Notes
    -----
    :func:`nilearn.signal.clean` (0.14) fills volumes that scrubbing leaves out by a cubic spline
    before it filters, but not where the volume as far from the other end is left out as well; and
    where the first or last volumes are left out, it may cut off others in their place. So they are
    filled, and the ends cut off, in the same way here beforehand.
    """
    kept = confounds.kept
    whole = np.full(series.shape, np.nan)
    if denoising.untouched:
        whole[kept] = series[kept]
        return whole
    from nilearn.signal import clean

    usable = np.flatnonzero(np.isfinite(series).all(axis=0))
    if not len(usable):
        return whole
    first, last = np.flatnonzero(kept)[[0, -1]]
    span = slice(int(first), int(last) + 1)
    within = kept[span]
    signals, regressors = series[span][:, usable], confounds.values[span]
    if denoising.filtered:
        signals, regressors = _filled(signals, within), _filled(regressors, within)
    cleaned = clean(
        signals,
        detrend=True,
        standardize=None,
        sample_mask=None if within.all() else np.flatnonzero(within),
        confounds=regressors if regressors.shape[1] else None,
        filter="butterworth" if denoising.filtered else False,
        high_pass=denoising.high_pass or None,
        low_pass=denoising.low_pass or None,
        t_r=repetition_time,
    )
    whole[np.ix_(kept, usable)] = cleaned
    return whole


def degrees_left(confounds: Confounds, denoising: Denoising, repetition_time: float) -> float:
    """Return how many degrees of freedom a series keeps.

    Parameters
    ----------
    confounds, denoising, repetition_time
        As for :func:`denoise`.

    Returns
    -------
    float
        ``n f - r``: retained volumes n, share f of the frequencies up to Nyquist that the filter
        lets pass (an approximation), rank r of the regressors with mean and trend.
    """
    kept = confounds.kept
    count = float(np.count_nonzero(kept))
    if denoising.untouched:
        return count
    trend = np.linspace(-1.0, 1.0, len(kept))[kept]
    scale = np.abs(confounds.values[kept]).max(axis=0, initial=0.0)
    scaled = confounds.values[kept] / np.where(scale > 0, scale, 1.0)
    design = np.column_stack([np.ones(len(trend)), trend, scaled])
    nyquist = 0.5 / repetition_time
    passing = min(denoising.low_pass or nyquist, nyquist) - min(denoising.high_pass, nyquist)
    return count * passing / nyquist - float(np.linalg.matrix_rank(design))


def above_nyquist(denoising: Denoising, repetition_time: float) -> bool:
    """Return whether the filter asks for frequencies that the scan cannot hold."""
    limit = max(denoising.high_pass, denoising.low_pass)
    return math.isfinite(repetition_time) and limit >= 0.5 / repetition_time


def _filled(values: FloatArray, kept: npt.NDArray[np.bool_]) -> FloatArray:
    """Return values with those that are left out between others taken from a cubic spline."""
    at, inner = np.flatnonzero(kept), np.flatnonzero(~kept)
    if not len(inner) or not values.shape[1]:
        return values
    filled = values.copy()
    filled[inner] = CubicSpline(at, values[at])(inner)
    return filled
