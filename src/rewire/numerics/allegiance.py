"""Which nodes share modules over time, and how networks recruit and integrate them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def allegiance(labels: IntArray) -> FloatArray:
    """Return how often each pair of nodes is in one module.

    Parameters
    ----------
    labels
        Modules, int64, shape (..., layers, nodes): any number of repeats.

    Returns
    -------
    FloatArray
        Share of layers and repeats, between 0 and 1, shape (nodes, nodes), unit diagonal.

    Notes
    -----
    Bassett et al. 2015 (10.1038/nn.3993).

    Examples
    --------
    >>> allegiance(np.array([[0, 0, 1], [0, 1, 1]])).tolist()
    [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]]
    """
    flat = np.asarray(labels).reshape(-1, np.shape(labels)[-1])
    n = flat.shape[1]
    together = np.zeros((n, n))
    for row in flat:
        _, module = np.unique(row, return_inverse=True)
        member = np.zeros((n, module.max(initial=0) + 1))
        member[np.arange(n), module] = 1.0
        together += member @ member.T
    return together / max(len(flat), 1)


def by_network(pairs: FloatArray, member: FloatArray) -> FloatArray:
    """Average a matrix over pairs of different nodes, one in each network.

    Parameters
    ----------
    pairs
        Float64, shape (nodes, nodes), symmetric.
    member
        1 where a node belongs to a network, else 0; shape (nodes, networks).

    Returns
    -------
    FloatArray
        Shape (networks, networks), symmetric; NaN where there is no pair. A node with itself does
        not count.

    Examples
    --------
    >>> member = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> by_network(np.array([[1.0, 0.5, 0.1], [0.5, 1.0, 0.3], [0.1, 0.3, 1.0]]), member).tolist()
    [[0.5, 0.2], [0.2, nan]]
    """
    off = np.array(pairs, dtype=np.float64)
    np.fill_diagonal(off, 0.0)
    size = member.sum(axis=0)
    count = np.outer(size, size) - member.T @ member
    total = member.T @ off @ member
    means = np.full(count.shape, np.nan)
    np.divide(total, count, out=means, where=count > 0)
    return np.asarray((means + means.T) / 2.0)


def network_allegiance(pairs: FloatArray, member: FloatArray) -> FloatArray:
    """Return recruitment and integration: allegiance by network over what chance would give.

    Parameters
    ----------
    pairs
        Allegiance, shape (nodes, nodes).
    member
        1 where a node belongs to a network, else 0; shape (nodes, networks).

    Returns
    -------
    FloatArray
        Shape (networks, networks), pure numbers: recruitment on the diagonal, integration beside
        it; 1 is what labels put on nodes at random give on average. NaN where there is no pair or
        no pair of nodes ever shares a module.

    Notes
    -----
    The mean over all permutations of the labels is the mean over all pairs of different nodes,
    so that none needs drawing; :func:`sampled_network_allegiance` draws them as published.

    Examples
    --------
    >>> member = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> pairs = np.array([[1.0, 0.6, 0.1], [0.6, 1.0, 0.2], [0.1, 0.2, 1.0]])
    >>> network_allegiance(pairs, member).round(12).tolist()
    [[2.0, 0.5], [0.5, nan]]
    """
    expected = by_network(pairs, np.ones((len(pairs), 1)))[0, 0]
    observed = by_network(pairs, member)
    return np.asarray(observed / expected if expected > 0.0 else np.full_like(observed, np.nan))


def sampled_network_allegiance(
    pairs: FloatArray, member: FloatArray, permutations: int, rng: np.random.Generator
) -> FloatArray:
    """Return recruitment and integration against permutations that are drawn, as published.

    Parameters
    ----------
    pairs
        Allegiance, shape (nodes, nodes).
    member
        1 where a node belongs to a network, else 0; shape (nodes, networks).
    permutations
        How many to draw.
    rng
        Source of the permutations.

    Returns
    -------
    FloatArray
        As :func:`network_allegiance`, to which it tends with the number of permutations.

    Examples
    --------
    >>> member = np.array([[1.0], [1.0], [0.0]])
    >>> pairs = np.array([[1.0, 0.6, 0.1], [0.6, 1.0, 0.2], [0.1, 0.2, 1.0]])
    >>> found = sampled_network_allegiance(pairs, member, 2000, np.random.default_rng(0))
    >>> bool(abs(found[0, 0] - 2.0) < 0.1)
    True
    """
    total = np.zeros((member.shape[1], member.shape[1]))
    for _ in range(permutations):
        total += by_network(pairs, member[rng.permutation(len(member))])
    expected = total / permutations
    ratio = np.full(expected.shape, np.nan)
    np.divide(by_network(pairs, member), expected, out=ratio, where=expected > 0.0)
    return ratio
