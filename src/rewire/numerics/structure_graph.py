"""A structural connectome as a network: which connections count, what they weigh, how long."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from rewire.numerics.graph import without_diagonal
from rewire.numerics.paths import checked, edge_lengths

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Transform = Literal["log1p", "none", "rank"]
LengthRule = Literal["inverse", "log"]

_FREE = 1e-9
"""Length of the strongest connection under ``log``: above 0, or walking back and forth is free."""


def both_ways(matrix: FloatArray) -> FloatArray:
    """Return a connectome averaged over both directions, without its diagonal.

    Parameters
    ----------
    matrix
        Weights, float64, shape (regions, regions); NaN where unknown.

    Returns
    -------
    FloatArray
        Exactly symmetric, shape (regions, regions); NaN where either direction is.

    Examples
    --------
    >>> both_ways(np.array([[9.0, 1.0], [3.0, 9.0]])).tolist()
    [[0.0, 2.0], [2.0, 0.0]]
    """
    values = np.asarray(matrix, dtype=np.float64)
    return without_diagonal((values + values.T) / 2.0)


def connected(weights: FloatArray) -> BoolArray:
    """Tell which regions have known connections.

    Parameters
    ----------
    weights
        Symmetric with a diagonal of 0, float64, shape (regions, regions); NaN where unknown.

    Returns
    -------
    NDArray of bool
        Shape (regions,). False for a region without a connection, and for one with an unknown
        weight to a region that is left.

    Examples
    --------
    >>> connected(np.array([[0.0, 2, 1, 0], [2, 0, 3, 0], [1, 3, 0, 0], [0, 0, 0, 0]])).tolist()
    [True, True, True, False]
    """
    known = np.isfinite(weights)
    alive: BoolArray = np.asarray((np.where(known, weights, 0.0) > 0.0).any(axis=1))
    while True:  # a region whose gaps are all towards regions that drop out may stay
        gaps = (~known & alive[None, :]).sum(axis=1) * alive
        if not gaps.any():
            return np.asarray(alive)
        alive = alive & (gaps < gaps.max())


def keep_strongest(weights: FloatArray, share: float) -> FloatArray:
    """Keep the strongest connections, as many as make up a share of all pairs.

    Parameters
    ----------
    weights
        Symmetric, not negative; float64, shape (regions, regions); the diagonal is not used.
    share
        Share of all pairs, above 0 and up to 1; 1 keeps every connection.

    Returns
    -------
    FloatArray
        The weights kept and 0 elsewhere. Fewer than the share where fewer are above 0, and more
        where the weakest that is kept has equals: these are kept too, so that the order of
        regions plays no part.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric and finite, or the share is out of range.

    Examples
    --------
    >>> w = np.array([[0.0, 3.0, 2.0], [3.0, 0.0, 1.0], [2.0, 1.0, 0.0]])
    >>> keep_strongest(w, 0.667).tolist()
    [[0.0, 3.0, 2.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]]
    """
    matrix = without_diagonal(checked(weights))
    if not 0.0 < share <= 1.0:
        raise ValueError(f"the share of connections is {share}; it must be above 0 and up to 1")
    values = np.sort(matrix[np.triu_indices(len(matrix), 1)])[::-1]
    count = int(np.floor(share * len(values) + 0.5 + 1e-9))
    least = values[count - 1] if 0 < count <= len(values) else np.inf
    return np.where((matrix >= least) & (matrix > 0.0), matrix, 0.0)


def transformed(weights: FloatArray, transform: Transform) -> FloatArray:
    """Change the scale of the weights; absent connections stay 0.

    Parameters
    ----------
    weights
        Symmetric, not negative; float64, shape (regions, regions).
    transform
        ``log1p``: log(1 + w), for counts; ``rank``: rank among the connections that are there
        over their number, equals sharing the mean; ``none``: as it is.

    Returns
    -------
    FloatArray
        Shape (regions, regions).

    Examples
    --------
    >>> transformed(np.array([[0.0, 7.0, 0.0], [7.0, 0.0, 9.0], [0.0, 9.0, 0.0]]), "rank")[1]
    array([0.5, 0. , 1. ])
    """
    values = np.asarray(weights, dtype=np.float64)
    if transform == "log1p":
        return np.asarray(np.log1p(values))
    if transform == "none":
        return values.copy()
    there = np.triu(values, 1) > 0.0
    ranks = np.zeros(values.shape)
    if there.any():
        ranks[there] = rankdata(values[there]) / there.sum()
    return ranks + ranks.T


def connection_lengths(weights: FloatArray, rule: LengthRule) -> FloatArray:
    """Return how long each connection is for shortest paths: the stronger the shorter.

    Parameters
    ----------
    weights
        Symmetric, not negative; float64, shape (regions, regions).
    rule
        ``inverse``: 1 / w; ``log``: -log(w / largest w), so that the shortest path is the one
        with the largest product of weights; the strongest connection is then 1e-9 long.

    Returns
    -------
    FloatArray
        Shape (regions, regions); infinite where there is no connection, 0 on the diagonal.

    Notes
    -----
    Both as in Rubinov and Sporns 2010 (10.1016/j.neuroimage.2009.10.003) and Goni et al. 2014
    (10.1073/pnas.1315529111).

    Examples
    --------
    >>> connection_lengths(np.array([[0.0, 4.0], [4.0, 0.0]]), "inverse").tolist()
    [[0.0, 0.25], [0.25, 0.0]]
    """
    lengths = edge_lengths(weights)
    if rule == "log":
        there = np.isfinite(lengths)
        largest = float(weights[there].max()) if there.any() else 1.0
        lengths[there] = np.maximum(-np.log(weights[there] / largest), _FREE)
    np.fill_diagonal(lengths, 0.0)
    return lengths
