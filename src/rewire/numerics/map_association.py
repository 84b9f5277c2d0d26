"""Maps held against maps: correlations, and their p over thousands of null maps at once.

A kernel and what it calls stay in this file: numba's cache does not notice a change elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numba
import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

FloatArray = npt.NDArray[np.float64]
MapStatistic = Literal["pearson", "spearman"]

_HELD = 1 << 21
_TIE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class MapTest:
    """Correlations of one map with many, and their p over null maps; shapes (targets,).

    Parameters
    ----------
    r
        Correlation; NaN where a target does not vary.
    p
        Share of null maps at least as far from 0, with the observed map counted among them, so
        never 0.
    p_max
        Against the most extreme of all targets in each null map (max-T), each less its mean over
        null maps and over its standard deviation there, so that a smooth target does not decide
        for all; it holds the chance of any false positive among them.
    null_mean, null_sd
        Of the correlation over null maps.
    """

    r: FloatArray
    p: FloatArray
    p_max: FloatArray
    null_mean: FloatArray
    null_sd: FloatArray


def assess_maps(
    values: FloatArray, nulls: FloatArray, targets: FloatArray, statistic: MapStatistic = "pearson"
) -> MapTest:
    """Correlate a map with many others and hold each against null maps.

    Ranks are taken within each null map, not carried over from the map: a spun map that lost
    some values and repeats others has ranks of its own. Ties count as extreme, within 1e-9.

    Parameters
    ----------
    values
        The map, shape (regions,), without NaN.
    nulls
        Null maps, shape (draws, regions), without NaN.
    targets
        The other maps, shape (regions, targets), without NaN.
    statistic
        Which correlation.

    Returns
    -------
    MapTest
        Two-sided p, (1 + b) / (1 + draws) (Phipson and Smyth 2010, 10.2202/1544-6115.1585).

    Raises
    ------
    ValueError
        If shapes differ or a value is missing.

    Examples
    --------
    >>> line = np.arange(12.0)
    >>> found = assess_maps(line, np.random.default_rng(0).random((99, 12)), line[:, None])
    >>> float(found.r[0].round(12)), float(found.p[0])
    (1.0, 0.01)
    """
    regions = len(values)
    if nulls.shape[1:] != (regions,) or len(targets) != regions:
        raise ValueError("map, null maps and targets must have the same regions")
    if not (np.isfinite(values).all() and np.isfinite(nulls).all() and np.isfinite(targets).all()):
        raise ValueError("a value is missing; leave the region out of all maps")
    against = standardised(targets.T, statistic).T
    return assess_products(
        standardised(values[None], statistic)[0],
        np.nan_to_num(standardised(nulls, statistic)),
        against,
    )


def assess_products(values: FloatArray, nulls: FloatArray, directions: FloatArray) -> MapTest:
    """Hold products of a map with many directions against those of null maps.

    Parameters
    ----------
    values
        The map, less its mean and of unit length, shape (regions,).
    nulls
        Null maps in the same way, shape (draws, regions), without NaN.
    directions
        Shape (regions, targets): unit maps for correlations, or their means over a gene set for
        mean correlations. NaN throughout a column that has no direction.

    Returns
    -------
    MapTest
        As :func:`assess_maps`, with products for correlations.
    """
    r = values @ directions
    known = np.isfinite(r)
    fixed = np.ascontiguousarray(directions[:, known])
    mean = nulls.mean(axis=0) @ fixed
    square = np.einsum("it,it->t", (nulls.T @ nulls / len(nulls)) @ fixed, fixed)
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    scale = 1.0 / np.where(spread > _TIE, spread, np.inf)
    beyond = np.zeros(len(mean), dtype=np.int64)
    largest = np.empty(len(nulls))
    held = max(1, _HELD // max(1, len(mean)))
    for start in range(0, len(nulls), held):
        part = slice(start, min(start + held, len(nulls)))
        _tally(nulls[part] @ fixed, np.abs(r[known]) - _TIE, mean, scale, beyond, largest[part])
    largest.sort()
    furthest = np.abs(r[known] - mean) * scale - _TIE
    above = len(largest) - np.searchsorted(largest, furthest, side="left")
    columns = (1.0 + beyond, 1.0 + above, mean * (1.0 + len(nulls)), spread * (1.0 + len(nulls)))
    full = np.full((4, len(r)), np.nan)
    full[:, known] = np.stack(columns) / (1.0 + len(nulls))
    return MapTest(r, *full)


def standardised(maps: FloatArray, statistic: MapStatistic = "pearson") -> FloatArray:
    """Return maps less their mean, of length 1, so that products are correlations.

    Parameters
    ----------
    maps
        Shape (maps, regions).
    statistic
        ``spearman`` ranks each map first, ties sharing their mean rank.

    Returns
    -------
    ndarray
        Shape (maps, regions); NaN for a map that does not vary.
    """
    held = rankdata(maps, axis=1) if statistic == "spearman" else maps
    centred = held - held.mean(axis=1, keepdims=True)
    size = np.sqrt(np.einsum("ij,ij->i", centred, centred))[:, None]
    flat = size <= 1e-12 * np.maximum(1.0, np.abs(held).max(axis=1, keepdims=True))
    return np.asarray(centred / np.where(flat, np.nan, size))


def correlate_maps(
    maps: FloatArray, targets: FloatArray, statistic: MapStatistic = "pearson"
) -> FloatArray:
    """Return the correlation of each map with each target.

    Parameters
    ----------
    maps
        Shape (maps, regions).
    targets
        Shape (regions, targets).
    statistic
        Which correlation.

    Returns
    -------
    ndarray
        Shape (maps, targets); NaN where one of both does not vary.
    """
    return np.asarray(standardised(maps, statistic) @ standardised(targets.T, statistic).T)


# without NaN (see assess_maps), so that the loop runs on whole vectors; no sum is reordered
@numba.njit(cache=True, fastmath={"nnan", "nsz"})
def _tally(product: Any, own: Any, mean: Any, scale: Any, beyond: Any, largest: Any) -> None:
    """Count null correlations that reach the observed, and keep each null map's furthest."""
    for d in range(product.shape[0]):
        most = 0.0
        for t in range(product.shape[1]):
            value = product[d, t]
            beyond[t] += np.int64(abs(value) >= own[t])
            most = max(most, abs(value - mean[t]) * scale[t])
        largest[d] = most
