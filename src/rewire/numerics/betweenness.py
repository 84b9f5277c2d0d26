"""Betweenness: the share of shortest paths, in hops or in lengths, that lead through each node."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewire.numerics import betweenness_kernel as kernel
from rewire.numerics.paths import checked

FloatArray = npt.NDArray[np.float64]


def hop_betweenness(adjacency: FloatArray) -> FloatArray:
    """Return the share of shortest paths, in hops, that lead through each node.

    Parameters
    ----------
    adjacency
        Symmetric, float64, shape (nodes, nodes); what is not 0 is an edge, the diagonal is not
        used.

    Returns
    -------
    FloatArray
        As :func:`path_betweenness`.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric and finite.

    Examples
    --------
    >>> hop_betweenness(np.diag([1.0, 1.0], 1) + np.diag([1.0, 1.0], -1)).tolist()
    [0.0, 1.0, 0.0]
    """
    edges = (checked(adjacency) != 0.0).astype(np.float64)
    np.fill_diagonal(edges, 0.0)
    n = len(edges)
    return np.asarray(kernel.hop_between(edges) / ((n - 1) * (n - 2))) if n > 2 else _nothing(n)


def path_betweenness(distances: FloatArray, lengths: FloatArray) -> FloatArray:
    """Return the share of shortest paths that lead through each node.

    Parameters
    ----------
    distances
        From :func:`rewire.numerics.paths.path_distances`.
    lengths
        Length of each edge from :func:`rewire.numerics.paths.edge_lengths`.

    Returns
    -------
    FloatArray
        Between 0 and 1, shape (nodes,): the sum over pairs of other nodes of the share of their
        shortest paths through the node, over the number of such pairs. A pair without a path
        counts as 0. NaN with fewer than three nodes.

    Notes
    -----
    Brandes 2001 (10.1080/0022250X.2001.9990249). Paths whose lengths differ by less than 1e-12
    of them are equally long.

    Examples
    --------
    >>> from rewire.numerics.paths import edge_lengths, path_distances
    >>> path = np.diag([1.0, 1.0], 1) + np.diag([1.0, 1.0], -1)
    >>> path_betweenness(path_distances(path), edge_lengths(path)).tolist()
    [0.0, 1.0, 0.0]
    """
    n = len(distances)
    if n < 3:
        return _nothing(n)
    through = kernel.between(np.ascontiguousarray(distances), np.ascontiguousarray(lengths))
    return np.asarray(through / ((n - 1) * (n - 2)))


def _nothing(nodes: int) -> FloatArray:
    return np.full(nodes, np.nan)
