"""Surrogate maps with the variogram of a map, for places that lie on no sphere.

A kernel and what it calls stay in this file: numba's cache does not notice a change elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_REACH = 2.68


@dataclass(frozen=True, slots=True)
class VariogramRules:
    """How surrogates are matched (Burt et al. 2020, 10.1016/j.neuroimage.2020.117038).

    Parameters
    ----------
    shares
        Shares of a region's neighbours that a permuted map is smoothed over; the one that
        matches best is taken, surrogate by surrogate.
    distance_share
        Share of the smallest distances over which variograms are compared.
    bins
        Distances at which a variogram is estimated.
    """

    shares: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    distance_share: float = 0.25
    bins: int = 25


def variogram_surrogates(
    values: FloatArray,
    distances: FloatArray,
    draws: int,
    rng: np.random.Generator,
    rules: VariogramRules = VariogramRules(),
) -> FloatArray:
    """Return random maps whose variogram is about that of a map.

    The map is permuted, smoothed with an exponential kernel over its nearest neighbours, and
    scaled with noise added so that its variogram fits the map's by least squares.

    Parameters
    ----------
    values
        The map, shape (regions,), without NaN.
    distances
        Distances between regions in mm, shape (regions, regions), symmetric.
    draws
        Surrogates.
    rng
        Source of the random numbers.
    rules
        How surrogates are matched.

    Returns
    -------
    ndarray
        Shape (draws, regions). Their ranks are their own: they hold other values than the map.

    Raises
    ------
    ValueError
        If there are fewer than ten regions, or shapes differ, or a value is missing.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> places = rng.standard_normal((30, 3))
    >>> apart = np.linalg.norm(places[:, None] - places, axis=2)
    >>> variogram_surrogates(places[:, 0], apart, 5, rng).shape
    (5, 30)
    """
    n = len(values)
    if n < 10 or distances.shape != (n, n) or not np.isfinite(values).all():
        raise ValueError("a variogram needs ten regions or more, a value and a place for each")
    if not np.isfinite(distances).all():
        raise ValueError("a variogram needs the distance of every pair of regions")
    pairs, weights = _binning(distances, rules)
    target = weights @ _halved_squares(values, pairs)
    order = np.argsort(distances, axis=1, kind="stable")[:, 1:]
    apart = np.take_along_axis(distances, order, axis=1)
    counts = np.unique(np.maximum(1, np.array([int(s * (n - 1)) for s in rules.shares])))
    permuted = np.argsort(rng.random((draws, n)), axis=1)
    noise = rng.standard_normal((draws, n))
    kernels = np.ascontiguousarray(_kernels(apart, counts))
    centred = values - values.mean()
    found: FloatArray = _surrogates(
        centred, (order, kernels, counts), (permuted, noise), (pairs, weights, target)
    )
    return found + float(values.mean())


def variogram(
    values: FloatArray, distances: FloatArray, rules: VariogramRules = VariogramRules()
) -> FloatArray:
    """Return the variogram of a map: half the mean squared difference, by distance.

    Parameters
    ----------
    values
        Shape (regions,).
    distances
        Shape (regions, regions), mm.
    rules
        Its bins.

    Returns
    -------
    ndarray
        Shape (bins,), in squared units of the map.
    """
    pairs, weights = _binning(distances, rules)
    return np.asarray(weights @ _halved_squares(values, pairs))


def _binning(
    distances: FloatArray, rules: VariogramRules
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return the pairs of regions that are near, and how much each counts in each bin."""
    first, second = np.triu_indices(len(distances), 1)
    apart = distances[first, second]
    near = apart <= np.quantile(apart, rules.distance_share)
    kept = apart[near]
    centres = np.linspace(kept.min(), kept.max(), rules.bins)
    width = 3.0 * (centres[1] - centres[0]) if centres[-1] > centres[0] else 1.0
    weights = np.exp(-((_REACH * (centres[:, None] - kept[None, :]) / width) ** 2) / 2.0)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.column_stack([first[near], second[near]]), np.ascontiguousarray(weights)


def _halved_squares(values: FloatArray, pairs: npt.NDArray[np.int64]) -> FloatArray:
    return np.asarray(0.5 * (values[pairs[:, 0]] - values[pairs[:, 1]]) ** 2)


def _kernels(apart: FloatArray, counts: npt.NDArray[np.int64]) -> FloatArray:
    """Return the weight of each neighbour, shape (counts, regions, neighbours); sums are 1."""
    kernels = np.zeros((len(counts), *apart.shape))
    for i, k in enumerate(counts):
        farthest = np.maximum(apart[:, k - 1 : k], 1e-12)
        weights = np.exp(-apart[:, :k] / farthest)
        kernels[i, :, :k] = weights / weights.sum(axis=1, keepdims=True)
    return kernels


@numba.njit(cache=True)
def _surrogates(values: Any, neighbours: Any, drawn: Any, bins: Any) -> Any:
    """Return one surrogate a draw: the smoothing that fits best, scaled, and noise."""
    permuted, noise = drawn
    counts = neighbours[2]
    draws, n = permuted.shape
    found = np.empty((draws, n))
    smooth = np.empty(n)
    best_map = np.empty(n)
    for d in range(draws):
        least, best_slope, best_start = np.inf, 0.0, 0.0
        for c in range(counts.shape[0]):
            _smooth(values, permuted[d], neighbours, c, smooth)
            slope, start, error = _fit(smooth, bins)
            if error < least:
                least, best_slope, best_start = error, slope, start
                best_map[:] = smooth
        scale, jitter = np.sqrt(best_slope), np.sqrt(best_start)
        for i in range(n):
            found[d, i] = scale * best_map[i] + jitter * noise[d, i]
    return found


@numba.njit(cache=True)
def _smooth(values: Any, permuted: Any, neighbours: Any, c: int, smooth: Any) -> None:
    """Write the permuted map, smoothed over so many neighbours as the c-th share says."""
    order, kernels, counts = neighbours
    for i in range(values.shape[0]):
        total = 0.0
        for j in range(counts[c]):
            total += kernels[c, i, j] * values[permuted[order[i, j]]]
        smooth[i] = total


@numba.njit(cache=True)
def _fit(smooth: Any, bins: Any) -> Any:
    """Return the line from the smoothed map's variogram to the target, and its squared error."""
    pairs, weights, target = bins
    squares = np.empty(pairs.shape[0])
    for p in range(pairs.shape[0]):
        gap = smooth[pairs[p, 0]] - smooth[pairs[p, 1]]
        squares[p] = 0.5 * gap * gap
    own = np.dot(weights, squares)
    mean_own, mean_target = own.mean(), target.mean()
    across, spread = 0.0, 0.0
    for b in range(target.shape[0]):
        across += (own[b] - mean_own) * (target[b] - mean_target)
        spread += (own[b] - mean_own) ** 2
    slope = across / spread if spread > 0.0 else 0.0
    start = mean_target - slope * mean_own
    if start < 0.0:  # noise can only add: fit through the origin
        slope, start = np.dot(own, target) / np.dot(own, own), 0.0
    elif slope < 0.0:
        slope, start = 0.0, mean_target
    error = 0.0
    for b in range(target.shape[0]):
        error += (target[b] - start - slope * own[b]) ** 2
    return slope, start, error
