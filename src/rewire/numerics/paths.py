"""Shortest paths of a network, in hops or in lengths, and what is made of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewire.numerics import path_kernel as kernel

FloatArray = npt.NDArray[np.float64]


def hop_distances(adjacency: FloatArray) -> FloatArray:
    """Return the number of edges on the shortest path between any two nodes.

    Parameters
    ----------
    adjacency
        Symmetric, float64, shape (nodes, nodes); what is not 0 is an edge, the diagonal is not
        used.

    Returns
    -------
    FloatArray
        Shape (nodes, nodes), 0 on the diagonal, infinite where there is no path.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric and finite.

    Examples
    --------
    >>> hop_distances(np.array([[0.0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]))[0]
    array([ 0.,  1.,  2., inf])
    """
    return np.asarray(kernel.hop_distances(kernel.pack(checked(adjacency))))


def path_distances(weights: FloatArray) -> FloatArray:
    """Return the length of the shortest path between any two nodes, an edge being 1 / weight long.

    Parameters
    ----------
    weights
        Symmetric, non-negative; float64, shape (nodes, nodes); the diagonal is not used.

    Returns
    -------
    FloatArray
        Shape (nodes, nodes), in the inverse of the weights' unit; 0 on the diagonal, infinite
        where there is no path.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric, finite and non-negative.

    Examples
    --------
    >>> path_distances(np.array([[0.0, 1.0, 0.1], [1.0, 0.0, 0.5], [0.1, 0.5, 0.0]]))[0].tolist()
    [0.0, 1.0, 3.0]
    """
    lengths = edge_lengths(weights)
    np.fill_diagonal(lengths, 0.0)
    kernel.shorten(lengths, np.empty(len(lengths)))
    return lengths


def edge_lengths(weights: FloatArray) -> FloatArray:
    """Return 1 / weight, infinite where there is no edge and on the diagonal.

    Parameters
    ----------
    weights
        As in :func:`path_distances`.

    Returns
    -------
    FloatArray
        Shape (nodes, nodes).

    Raises
    ------
    ValueError
        As :func:`path_distances`.

    Examples
    --------
    >>> edge_lengths(np.array([[0.0, 4.0], [4.0, 0.0]])).tolist()
    [[inf, 0.25], [0.25, inf]]
    """
    matrix = _positive(weights)
    lengths = np.full(matrix.shape, np.inf)
    np.divide(1.0, matrix, out=lengths, where=matrix > 0.0)
    np.fill_diagonal(lengths, np.inf)
    return lengths


def characteristic_path_length(distances: FloatArray) -> float:
    """Return the mean distance of two nodes, over pairs with a path between them.

    Parameters
    ----------
    distances
        From :func:`hop_distances` or :func:`path_distances`.

    Returns
    -------
    float
        In the unit of the distances; NaN where no two nodes are connected. Read it with
        :func:`reachable`, as a network in pieces looks compact.

    Examples
    --------
    >>> characteristic_path_length(np.array([[0.0, 2.0, np.inf], [2.0, 0.0, np.inf], [np.inf] * 3]))
    2.0
    """
    known = np.isfinite(distances) & ~np.eye(len(distances), dtype=bool)
    return float(distances[known].mean()) if known.any() else float("nan")


def reachable(distances: FloatArray) -> float:
    """Return the share of pairs of nodes that a path connects.

    Parameters
    ----------
    distances
        From :func:`hop_distances` or :func:`path_distances`.

    Returns
    -------
    float
        1 for a network in one piece; NaN with fewer than two nodes.

    Examples
    --------
    >>> reachable(np.array([[0.0, np.inf], [np.inf, 0.0]]))
    0.0
    """
    n = len(distances)
    return float((np.isfinite(distances).sum() - n) / (n * (n - 1))) if n > 1 else float("nan")


def global_efficiency(distances: FloatArray) -> float:
    """Return the mean inverse distance of two nodes, 0 for pairs without a path.

    Parameters
    ----------
    distances
        From :func:`hop_distances` or :func:`path_distances`.

    Returns
    -------
    float
        In the inverse unit of the distances; NaN with fewer than two nodes.

    Notes
    -----
    Latora and Marchiori 2001 (10.1103/PhysRevLett.87.198701).

    Examples
    --------
    >>> global_efficiency(np.array([[0.0, 0.5, np.inf], [0.5, 0.0, 1.0], [np.inf, 1.0, 0.0]]))
    1.0
    """
    n = len(distances)
    if n < 2:
        return float("nan")
    apart = distances[~np.eye(n, dtype=bool)]
    return float((1.0 / apart).sum() / (n * (n - 1)))


def local_efficiency(adjacency: FloatArray) -> FloatArray:
    """Return the efficiency of the network of each node's neighbours, in hops.

    Parameters
    ----------
    adjacency
        As in :func:`hop_distances`.

    Returns
    -------
    FloatArray
        Between 0 and 1, shape (nodes,); NaN for nodes with fewer than two neighbours.

    Raises
    ------
    ValueError
        As :func:`hop_distances`.

    Notes
    -----
    Latora and Marchiori 2001 (10.1103/PhysRevLett.87.198701). Paths stay among the neighbours.

    Examples
    --------
    >>> local_efficiency(np.ones((3, 3))).tolist()
    [1.0, 1.0, 1.0]
    """
    return np.asarray(kernel.local_hops(kernel.pack(checked(adjacency))))


def weighted_local_efficiency(weights: FloatArray) -> FloatArray:
    """Return the efficiency of the network of each node's neighbours, weighted.

    Parameters
    ----------
    weights
        As in :func:`path_distances`; at most 1 for an efficiency of at most 1.

    Returns
    -------
    FloatArray
        ``sum_jh (w_ij w_ih)^(1/3) / d_jh / (k (k - 1))``, shape (nodes,), where d is the shortest
        path among the neighbours of i with edges ``w^(-1/3)`` long; NaN for nodes with fewer
        than two neighbours.

    Raises
    ------
    ValueError
        As :func:`path_distances`.

    Notes
    -----
    Rubinov and Sporns 2010 (10.1016/j.neuroimage.2009.10.003) as corrected by Wang et al. 2017
    (10.1093/cercor/bhw226), so that with weights of 1 it is :func:`local_efficiency`.

    Examples
    --------
    >>> weighted_local_efficiency(np.full((3, 3), 0.125)).round(12).tolist()
    [0.125, 0.125, 0.125]
    """
    roots = np.cbrt(_positive(weights))
    return np.asarray(kernel.local_lengths(np.ascontiguousarray(roots)))


def checked(matrix: FloatArray) -> FloatArray:
    """Return a contiguous matrix, or say what is wrong with it.

    Parameters
    ----------
    matrix
        Float64, shape (nodes, nodes).

    Returns
    -------
    FloatArray
        The matrix.

    Raises
    ------
    ValueError
        If it is not square, symmetric and finite.

    Examples
    --------
    >>> checked(np.eye(2)).shape
    (2, 2)
    """
    found = np.ascontiguousarray(matrix, dtype=np.float64)
    if found.ndim != 2 or found.shape[0] != found.shape[1]:
        raise ValueError(f"weights are {found.shape}; need a square matrix")
    if not np.isfinite(found).all() or not np.array_equal(found, found.T):
        raise ValueError("weights must be finite and symmetric; leave out nodes without data")
    return found


def _positive(weights: FloatArray) -> FloatArray:
    found = checked(weights)
    if (found < 0.0).any():
        raise ValueError("weights must not be negative: they have no length")
    return found
