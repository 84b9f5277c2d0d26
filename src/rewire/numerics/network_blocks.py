"""Means over the pairs of regions that two networks make."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def block_means(values: FloatArray, network: Sequence[str], names: Sequence[str]) -> FloatArray:
    """Average a symmetric matrix over pairs of regions, one in each network.

    Parameters
    ----------
    values
        Float64, shape (regions, regions), symmetric; pairs that are NaN do not count, as a region
        with itself should be.
    network
        Network of each region, length regions.
    names
        The networks wanted.

    Returns
    -------
    FloatArray
        Shape (networks, networks), symmetric; NaN where no pair has a value.

    Examples
    --------
    >>> values = np.array([[np.nan, 1.0, 2.0], [1.0, np.nan, 4.0], [2.0, 4.0, np.nan]])
    >>> block_means(values, ["X", "X", "Y"], ["X", "Y"]).tolist()
    [[1.0, 3.0], [3.0, nan]]
    """
    member = np.array([[own == name for own in network] for name in names], dtype=np.float64)
    member = member.reshape(len(names), len(values))
    known = np.isfinite(values)
    pairs = member @ known.astype(np.float64) @ member.T
    means = np.full(pairs.shape, np.nan)
    total = member @ np.where(known, values, 0.0) @ member.T
    np.divide(total, pairs, out=means, where=pairs > 0)
    return np.asarray((means + means.T) / 2.0)
