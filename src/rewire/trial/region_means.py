"""Means over the voxels or grayordinates of each region, a block of volumes at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from rewire.core.types import FloatArray

BLOCK_VALUES = 16_000_000
"""Values of an image that are held at once: 128 MB as float64."""

Blocks = Callable[[], Iterator[npt.NDArray[np.floating]]]
"""Starts over at the first volume whenever it is called; yields (elements, volumes) arrays."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionMeans:
    """An image reduced to regions.

    Parameters
    ----------
    series
        Mean of each region's elements with a signal, float64, shape (volumes, regions); NaN
        where a region has none.
    coverage
        Share of each region's elements that have a signal and lie in the brain mask, shape
        (regions,); 0 for a region that the atlas image lacks, NaN where it is not known.
    """

    series: FloatArray
    coverage: FloatArray


def average_regions(
    blocks: Blocks, region: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]
) -> RegionMeans:
    """Average the elements of each region.

    Parameters
    ----------
    blocks
        The values of those elements that lie in a region and in the brain.
    region
        Which region each of these elements belongs to, shape (elements,).
    sizes
        Elements of each region in the atlas, those outside the brain too; shape (regions,).

    Returns
    -------
    RegionMeans
        An element has a signal where it varies and every value is finite.

    Examples
    --------
    >>> values = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 5.0]])
    >>> found = average_regions(lambda: iter([values]), np.array([0, 0, 0]), np.array([4]))
    >>> found.series.ravel(), found.coverage
    (array([2., 4.]), array([0.5]))
    """
    weights = sparse.csr_array(
        (np.ones(len(region)), (region, np.arange(len(region)))), shape=(len(sizes), len(region))
    )
    broken = np.zeros(len(region), dtype=np.bool_)
    passed = _pass(blocks, weights, broken)
    again = passed.broken & passed.varies
    if again.any():  # it was in the sums of some volumes and not of others
        broken = passed.broken
        passed = _pass(blocks, weights, broken)
    signal = passed.varies & ~passed.broken & ~broken
    constant = np.where(passed.varies, 0.0, passed.first)
    counts = weights @ signal.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (passed.sums - (weights @ constant)[:, None]) / counts[:, None]
        coverage = np.where(sizes > 0, counts / sizes, 0.0)
    means[counts == 0] = np.nan
    return RegionMeans(np.ascontiguousarray(means.T), coverage)


@dataclass(frozen=True, slots=True, eq=False)
class _Passed:
    """What one pass over the volumes gave."""

    sums: FloatArray
    first: FloatArray
    varies: npt.NDArray[np.bool_]
    broken: npt.NDArray[np.bool_]


def _pass(blocks: Blocks, weights: sparse.csr_array, left_out: npt.NDArray[np.bool_]) -> _Passed:
    elements = weights.shape[1]
    first: FloatArray | None = None
    varies = np.zeros(elements, dtype=np.bool_)
    broken = np.zeros(elements, dtype=np.bool_)
    sums = []
    for raw in blocks():
        block = np.asarray(raw, dtype=np.float64)
        bad = ~np.isfinite(block)
        if bad.any() or left_out.any():
            broken |= bad.any(axis=1)
            block = np.where(bad | left_out[:, None], 0.0, block)
        if first is None:
            first = block[:, 0].copy()
        varies |= (block != first[:, None]).any(axis=1)
        sums.append(weights @ block)
    whole = np.concatenate(sums, axis=1) if sums else np.empty((weights.shape[0], 0))
    return _Passed(whole, np.zeros(elements) if first is None else first, varies, broken)
