"""Correlation between regions' time series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_PERFECT = 1.0 - 1e-12
"""Beyond this a correlation differs from 1 by rounding alone."""


@dataclass(frozen=True, slots=True, eq=False)
class PartialCorrelation:
    """Partial correlations and how far the covariance behind them was shrunk.

    Parameters
    ----------
    matrix
        Float64, shape (regions, regions), unit diagonal; NaN for regions without signal.
    shrinkage
        Weight of the target, 0 (none) to 1 (regions independent); NaN where it is undefined.
    """

    matrix: FloatArray
    shrinkage: float


def has_signal(series: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell which regions vary and are complete.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit. Volumes in which every region is NaN are
        taken as missing and do not count against a region.

    Returns
    -------
    NDArray of bool
        Shape (regions,); False where a region is constant to rounding, holds a NaN or an infinity
        in a volume that is not missing, or has fewer than two volumes.

    Examples
    --------
    >>> series = np.array([[1.0, 5.0, np.nan], [2.0, 5.0, 1.0], [4.0, 5.0, 2.0]])
    >>> has_signal(series).tolist()
    [True, False, False]
    """
    values = _recorded(series)
    if len(values) < 2:
        return np.zeros(values.shape[1], dtype=bool)
    finite = np.isfinite(values).all(axis=0)
    filled = np.where(finite, values, 0.0)
    spread = np.abs(filled - filled.mean(axis=0)).max(axis=0)
    return np.asarray(finite & (spread > 1e-12 * np.abs(filled).max(axis=0)))


def pearson_matrix(series: FloatArray) -> FloatArray:
    """Correlate every pair of regions.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit. Volumes in which every region is NaN are
        left out.

    Returns
    -------
    FloatArray
        Pearson's r, shape (regions, regions), exactly symmetric with a unit diagonal; rows and
        columns of regions without signal (see :func:`has_signal`) are NaN.

    Examples
    --------
    >>> series = np.array([[1.0, 3.0, 7.0], [2.0, 2.0, 7.0], [3.0, 1.0, 7.0]])
    >>> pearson_matrix(series).round(12).tolist()
    [[1.0, -1.0, nan], [-1.0, 1.0, nan], [nan, nan, nan]]
    """
    live = has_signal(series)
    matrix = np.full((len(live), len(live)), np.nan)
    if live.any():
        values = _recorded(series)[:, live]
        centred = values - values.mean(axis=0)
        centred /= np.sqrt((centred**2).sum(axis=0))
        inner = np.clip(centred.T @ centred, -1.0, 1.0)
        inner = (inner + inner.T) / 2.0
        np.fill_diagonal(inner, 1.0)
        matrix[np.ix_(live, live)] = inner
    return matrix


def fisher_z(r: FloatArray) -> FloatArray:
    """Transform correlations to Fisher's z.

    Parameters
    ----------
    r
        Correlations between -1 and 1, any shape.

    Returns
    -------
    FloatArray
        ``atanh(r)``, same shape; NaN where r is NaN or a perfect correlation (as on a diagonal),
        whose z is not finite;
        perfect is what differs from 1 or -1 by less than 1e-12.

    Notes
    -----
    Fisher 1915 (10.1093/biomet/10.4.507).

    Examples
    --------
    >>> fisher_z(np.array([0.0, 0.5, 1.0])).round(4).tolist()
    [0.0, 0.5493, nan]
    """
    values = np.asarray(r, dtype=np.float64)
    inside = np.abs(values) < _PERFECT
    z = np.full(values.shape, np.nan)
    np.arctanh(values, out=z, where=inside)
    return z


def positive_weights(r: FloatArray, diagonal: float = 0.0) -> FloatArray:
    """Turn correlations into network weights: Fisher's z of the positive ones.

    Parameters
    ----------
    r
        Pearson correlations, float64, shape (regions, regions).
    diagonal
        What to write on the diagonal; the published pipeline writes 1.

    Returns
    -------
    FloatArray
        Non-negative, shape (regions, regions); 0 where r is not positive or is NaN. A perfect
        correlation of two regions counts as r = 1 - 1e-12, so that weights are finite.

    Notes
    -----
    Daws et al. 2022 (10.1038/s41591-022-01744-z).

    Examples
    --------
    >>> r = np.array([[1.0, 0.5, -0.2], [0.5, 1.0, np.nan], [-0.2, np.nan, 1.0]])
    >>> positive_weights(r).round(4).tolist()
    [[0.0, 0.5493, 0.0], [0.5493, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    values = np.asarray(r, dtype=np.float64)
    kept = np.where(values > 0.0, values, 0.0)
    weights: FloatArray = np.arctanh(np.minimum(kept, _PERFECT))
    np.fill_diagonal(weights, diagonal)
    return weights


def ledoit_wolf_shrinkage(series: FloatArray) -> float:
    """Estimate how far a covariance should be shrunk towards a multiple of the identity.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), complete and finite.

    Returns
    -------
    float
        Between 0 and 1; NaN for fewer than two volumes or where nothing varies.

    Notes
    -----
    ``min(b2, d2) / d2`` with ``S = X'X / t``, ``m = tr(S) / n``, ``d2 = ||S - m I||^2`` and
    ``b2 = t^-2 sum_k ||x_k x_k' - S||^2`` (Ledoit and Wolf 2004, 10.1016/S0047-259X(03)00096-4).

    Examples
    --------
    >>> ledoit_wolf_shrinkage(np.array([[1.0, 1.0], [-1.0, -1.0]]))
    0.0
    """
    values = np.asarray(series, dtype=np.float64)
    volumes, regions = values.shape
    if volumes < 2:
        return float("nan")
    centred = values - values.mean(axis=0)
    covariance = centred.T @ centred / volumes
    mean_variance = np.trace(covariance) / regions
    distance = (covariance**2).sum() - regions * mean_variance**2
    if not mean_variance > 0.0:
        return float("nan")
    if distance <= 1e-15 * (covariance**2).sum():  # already a multiple of the identity
        return 1.0
    fourth = ((centred**2).sum(axis=1) ** 2).sum()
    error = (fourth / volumes - (covariance**2).sum()) / volumes
    return float(min(max(error, 0.0), distance) / distance)


def partial_correlation(series: FloatArray) -> PartialCorrelation:
    """Correlate every pair of regions with all other regions held constant.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit: regions are standardised first, so that
        shrinkage does not favour those with large units. Volumes in which every region is NaN are
        left out, as are regions without signal.

    Returns
    -------
    PartialCorrelation
        NaN throughout where the shrunk covariance cannot be inverted.

    Notes
    -----
    ``r_ij = -P_ij / sqrt(P_ii P_jj)`` with P the inverse of the covariance shrunk as
    :func:`ledoit_wolf_shrinkage` says.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal((500, 3))
    >>> chain = noise.cumsum(axis=1)  # 0 -> 1 -> 2
    >>> found = partial_correlation(chain).matrix
    >>> bool(abs(found[0, 2]) < 0.1 < found[0, 1])
    True
    """
    live = has_signal(series)
    matrix = np.full((len(live), len(live)), np.nan)
    values = _recorded(series)[:, live]
    if not live.any():
        return PartialCorrelation(matrix, float("nan"))
    scores = (values - values.mean(axis=0)) / values.std(axis=0)
    shrinkage = ledoit_wolf_shrinkage(scores)
    covariance = (1.0 - shrinkage) * (scores.T @ scores / len(scores))
    covariance[np.diag_indices_from(covariance)] += shrinkage
    if np.linalg.cond(covariance) > 1e12:
        return PartialCorrelation(matrix, shrinkage)
    precision = np.linalg.inv(covariance)
    root = np.sqrt(np.diag(precision))
    inner = -precision / np.outer(root, root)
    inner = (inner + inner.T) / 2.0
    np.fill_diagonal(inner, 1.0)
    matrix[np.ix_(live, live)] = inner
    return PartialCorrelation(matrix, shrinkage)


def _recorded(series: FloatArray) -> FloatArray:
    """Leave out volumes in which every region is NaN."""
    values = np.asarray(series, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"series are {values.shape}; need (volumes, regions)")
    return values[~np.isnan(values).all(axis=1)] if values.shape[1] else values
