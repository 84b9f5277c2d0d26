"""Connectivity in sliding windows and at single volumes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_PERFECT = 1.0 - 1e-12


def window_starts(volumes: int, length: int, step: int) -> IntArray:
    """Return the first volume of every whole window.

    Parameters
    ----------
    volumes
        Length of the scan.
    length, step
        Length of a window and distance between the starts of two, in volumes, at least 1.

    Examples
    --------
    >>> window_starts(10, 4, 3).tolist()
    [0, 3, 6]
    """
    return np.arange(0, max(volumes - length + 1, 0), step, dtype=np.int64)


def taper_weights(length: int, spread: float) -> FloatArray:
    """Return the weights of a window whose edges are blurred by a Gaussian.

    Parameters
    ----------
    length
        Volumes, at least 1.
    spread
        Standard deviation of the Gaussian in volumes; 0 gives a rectangle.

    Returns
    -------
    FloatArray
        Shape (length,), symmetric, largest in the middle, sum 1.

    Notes
    -----
    A rectangle as long as the window convolved with a Gaussian (Allen et al. 2014,
    10.1093/cercor/bhs352), cut off at the window's ends.

    Examples
    --------
    >>> taper_weights(4, 0.0).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    if not spread > 0.0:
        return np.full(length, 1.0 / length)
    at = np.arange(length) - (length - 1) / 2.0
    weights = ndtr((at + length / 2.0) / spread) - ndtr((at - length / 2.0) / spread)
    return np.asarray(weights / weights.sum())


def windowed_connectivity(
    series: FloatArray, usable: BoolArray, starts: IntArray, weights: FloatArray
) -> FloatArray:
    """Correlate every pair of regions in every window.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit; usable volumes are finite.
    usable
        Which volumes count, bool, shape (volumes,).
    starts
        First volume of each window; see :func:`window_starts`.
    weights
        Weight of each volume in a window, shape (length,).

    Returns
    -------
    FloatArray
        Fisher z, shape (windows, pairs), pairs in the order of ``np.triu_indices(regions, 1)``.
        NaN where a region is constant in the window or the correlation is perfect; a window that
        has lost half its weight or has fewer than four usable volumes is NaN throughout.

    Examples
    --------
    >>> series = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0], [4.0, 5.0], [5.0, 4.0]])
    >>> everything = np.ones(5, dtype=bool)
    >>> z = windowed_connectivity(series, everything, np.array([0, 1]), taper_weights(4, 0.0))
    >>> np.tanh(z).round(3).tolist()
    [[0.832], [0.832]]
    """
    upper = np.triu_indices(series.shape[1], 1)
    found = np.full((len(starts), len(upper[0])), np.nan)
    for number, start in enumerate(starts):
        part = slice(start, start + len(weights))
        own = usable[part]
        weight = weights[own]
        if own.sum() < 4 or weight.sum() < 0.5 * weights.sum():
            continue
        weight = weight / weight.sum()
        values = series[part][own]
        centred = values - weight @ values
        size = np.abs(values).max(axis=0)
        centred *= np.sqrt(weight)[:, None]
        norm = np.sqrt((centred**2).sum(axis=0))
        centred /= np.where(norm > 1e-12 * size, norm, np.nan)
        r = (centred.T @ centred)[upper]
        found[number] = np.arctanh(np.where(np.abs(r) < _PERFECT, r, np.nan))
    return found


def connectivity_dynamics(windowed: FloatArray) -> FloatArray:
    """Correlate the connectivity of every window with that of every other.

    Parameters
    ----------
    windowed
        Connectivity, float64, shape (windows, pairs); see :func:`windowed_connectivity`. Windows
        without values, and then pairs with a NaN, are left out.

    Returns
    -------
    FloatArray
        The FCD matrix of Hansen et al. 2015 (10.1016/j.neuroimage.2014.11.001): Pearson's r,
        shape (windows, windows); NaN in rows and columns of windows without values.

    Examples
    --------
    >>> windowed = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 2.0, 1.0]])
    >>> connectivity_dynamics(windowed).round(12).tolist()
    [[1.0, 1.0, -1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]
    """
    matrix = np.full((len(windowed), len(windowed)), np.nan)
    there = np.isfinite(windowed).any(axis=1)
    values = windowed[there]
    values = values[:, np.isfinite(values).all(axis=0)]
    if values.shape[1] < 2:
        return matrix
    centred = values - values.mean(axis=1, keepdims=True)
    norm = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    centred /= np.where(norm > 0.0, norm, np.nan)
    matrix[np.ix_(there, there)] = np.clip(centred @ centred.T, -1.0, 1.0)
    return matrix


def distant_pairs(dynamics: FloatArray, starts: IntArray, length: int) -> FloatArray:
    """Return the entries of an FCD matrix whose two windows share no volume.

    Parameters
    ----------
    dynamics
        FCD matrix, shape (windows, windows).
    starts
        First volume of each window.
    length
        Length of a window in volumes.

    Returns
    -------
    FloatArray
        Shape (pairs,), each pair once, without NaN. Windows that overlap resemble each other
        whatever the brain does; they are left out.

    Examples
    --------
    >>> matrix = np.array([[1.0, 0.9, 0.2], [0.9, 1.0, 0.8], [0.2, 0.8, 1.0]])
    >>> distant_pairs(matrix, np.array([0, 2, 4]), 3).tolist()
    [0.2]
    """
    first, second = np.triu_indices(len(starts), 1)
    apart = starts[second] - starts[first] >= length
    values = dynamics[first[apart], second[apart]]
    return np.asarray(values[np.isfinite(values)])


def kolmogorov_smirnov(a: FloatArray, b: FloatArray) -> float:
    """Return the largest distance between two distributions, as for comparing FCD matrices.

    Parameters
    ----------
    a, b
        Samples, shape (n,) and (m,), without NaN.

    Returns
    -------
    float
        Between 0 (the same) and 1 (no overlap); NaN where a sample is empty.

    Examples
    --------
    >>> kolmogorov_smirnov(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 4.0, 5.0, 6.0]))
    0.5
    """
    if not (len(a) and len(b)):
        return float("nan")
    everywhere = np.concatenate([a, b])
    below_a = np.searchsorted(np.sort(a), everywhere, side="right") / len(a)
    below_b = np.searchsorted(np.sort(b), everywhere, side="right") / len(b)
    return float(np.abs(below_a - below_b).max())


def cofluctuation(series: FloatArray) -> FloatArray:
    """Return how strongly all pairs of regions move together at each volume.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions); every region varies.

    Returns
    -------
    FloatArray
        Root of the mean over pairs of ``(z_i z_j)^2`` at each volume; shape (volumes,). NaN with
        fewer than two regions.

    Notes
    -----
    The edge time series ``z_i z_j`` is that of Faskowitz et al. 2020
    (10.1038/s41593-020-00719-y), its root sum of squares, here divided by the root of the number
    of pairs, that of Zamani Esfahlani et al. 2020 (10.1073/pnas.2005531117). No edge is formed:
    the sum over pairs is ``((sum z^2)^2 - sum z^4) / 2``.

    Examples
    --------
    >>> cofluctuation(np.array([[1.0, -1.0], [-1.0, 1.0]])).tolist()
    [1.0, 1.0]
    """
    regions = series.shape[1]
    if regions < 2:
        return np.full(len(series), np.nan)
    squares = _standard(series) ** 2
    doubled = squares.sum(axis=1) ** 2 - (squares**2).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(doubled, 0.0) / (regions * (regions - 1))))


def edge_variance(series: FloatArray) -> FloatArray:
    """Return how much the edge time series of every pair varies over the scan.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions); every region varies.

    Returns
    -------
    FloatArray
        Variance over volumes of ``z_i z_j``, shape (regions, regions), symmetric. For two normal
        signals without dynamics it is ``1 + r^2``, with r their correlation.

    Notes
    -----
    ``mean(z_i^2 z_j^2) - r_ij^2``, so that no edge time series is formed.

    Examples
    --------
    >>> made = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
    >>> edge_variance(made).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    z = _standard(series)
    squares = z**2
    volumes = len(series)
    return np.asarray(squares.T @ squares / volumes - (z.T @ z / volumes) ** 2)


def _standard(series: FloatArray) -> FloatArray:
    centred = series - series.mean(axis=0)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=0)))
