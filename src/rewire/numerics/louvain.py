"""Modules of a network: the Louvain method on a dense matrix of gains, many restarts in one call.

:func:`maximise_gain` takes any symmetric matrix of gains, so that other null models (signed,
Potts, distance, several layers) need no optimiser of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics import louvain_kernel as kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Communities:
    """What the restarts of the Louvain method found.

    Parameters
    ----------
    quality
        Quality reached by each restart; float64, shape (runs,). NaN where the network has no
        weight at all.
    labels
        Module of each node in the best restart, numbered from 0 in order of first appearance;
        int64, shape (nodes,).
    """

    quality: FloatArray
    labels: IntArray


def _seeds(shape: int | tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.uint64]:
    return rng.integers(0, 2**64, size=shape, dtype=np.uint64)


def _in_order(labels: IntArray) -> IntArray:
    """Number modules by first appearance."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def maximise_gain(gains: FloatArray, runs: int, rng: np.random.Generator) -> Communities:
    """Find the partition with the largest sum of gains inside modules.

    Parameters
    ----------
    gains
        What it is worth to have two nodes in one module; float64, shape (nodes, nodes), symmetric
        and finite. The diagonal counts whatever the partition.
    runs
        Number of restarts, each with random orders of its own.
    rng
        Source of the orders.

    Returns
    -------
    Communities
        ``quality`` is the sum of ``gains[i, j]`` over ordered pairs in one module, the diagonal
        included, of each restart.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric and finite, or there is no restart.

    Notes
    -----
    Blondel et al. 2008 (10.1088/1742-5468/2008/10/P10008): nodes move one at a time to the module
    that gains most, to a module of their own included, until none gains; modules become nodes;
    and so on until nothing moves.

    Examples
    --------
    >>> gains = np.array([[0.0, 1.0, -1.0], [1.0, 0.0, -1.0], [-1.0, -1.0, 0.0]])
    >>> found = maximise_gain(gains, 3, np.random.default_rng(0))
    >>> found.quality.tolist(), found.labels.tolist()
    ([2.0, 2.0, 2.0], [0, 0, 1])
    """
    matrix = np.array(gains, dtype=np.float64, order="C")
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or runs < 1:
        raise ValueError(f"gains are {matrix.shape}, runs {runs}; need a square matrix and a run")
    scale = float(np.abs(matrix).max(initial=0.0))
    if not np.isfinite(scale) or not np.allclose(matrix, matrix.T, atol=1e-12 * scale):
        raise ValueError("gains must be finite and symmetric; leave out nodes without data")
    alone = float(np.trace(matrix))
    np.fill_diagonal(matrix, 0.0)
    n = len(matrix)
    room = np.empty((n + 1, n)), np.empty((2, n * n))
    tolerance = kernel.TOLERANCE * scale * n
    totals, best = kernel.restarts(matrix, _seeds(runs, rng), tolerance, *room)
    return Communities(totals + alone, _in_order(best))


def louvain(
    weights: FloatArray, runs: int, rng: np.random.Generator, gamma: float = 1.0
) -> Communities:
    """Find the modules of a network by maximising modularity.

    Parameters
    ----------
    weights
        Non-negative weights; float64, shape (nodes, nodes), finite. A diagonal counts as self
        loops. Where the matrix is not symmetric, the gains are symmetrised.
    runs
        Number of restarts.
    rng
        Source of the orders in which nodes are visited.
    gamma
        Resolution: above 1 gives more and smaller modules.

    Returns
    -------
    Communities
        ``quality`` is Q of each restart (a pure number), NaN where there is no weight.

    Raises
    ------
    ValueError
        If the matrix is not square, holds a NaN, an infinity or a negative weight, or there is no
        restart.

    Notes
    -----
    ``Q = 1/s sum_ij (W_ij - gamma k_i k_j / s) [c_i = c_j]`` with ``s = sum_ij W_ij`` (Newman
    2006, 10.1073/pnas.0601602103).

    Examples
    --------
    >>> pairs = np.kron(np.eye(2), np.ones((2, 2))) - np.eye(4)
    >>> found = louvain(pairs, 5, np.random.default_rng(0))
    >>> float(found.quality.max()), found.labels.tolist()
    (0.5, [0, 0, 1, 1])
    """
    stack = _checked(np.asarray(weights, dtype=np.float64)[None], runs)
    quality, labels = kernel.networks(stack, _seeds((1, runs), rng), float(gamma))
    return Communities(quality[0], _in_order(labels))


def louvain_quality(
    stack: FloatArray, runs: int, rng: np.random.Generator, gamma: float = 1.0
) -> FloatArray:
    """Return the modularity that each restart reaches on each network of a stack.

    Parameters
    ----------
    stack
        Non-negative weights; float64, shape (networks, nodes, nodes), finite.
    runs
        Number of restarts on each network.
    rng
        Source of the orders in which nodes are visited.
    gamma
        Resolution.

    Returns
    -------
    FloatArray
        Q, shape (networks, runs); NaN where a network has no weight.

    Raises
    ------
    ValueError
        As :func:`louvain`.

    Examples
    --------
    >>> pairs = np.kron(np.eye(2), np.ones((2, 2))) - np.eye(4)
    >>> louvain_quality(np.stack([pairs, 0 * pairs]), 2, np.random.default_rng(0)).tolist()
    [[0.5, 0.5], [nan, nan]]
    """
    networks = _checked(np.asarray(stack, dtype=np.float64), runs)
    return np.asarray(
        kernel.networks(networks, _seeds((len(networks), runs), rng), float(gamma))[0]
    )


def _checked(stack: FloatArray, runs: int) -> FloatArray:
    if stack.ndim != 3 or stack.shape[1] != stack.shape[2] or runs < 1:
        raise ValueError(f"weights are {stack.shape[1:]}, runs {runs}; need a square and a run")
    if stack.size and not (stack.min() >= 0.0 and stack.max() < np.inf):
        raise ValueError("weights must be finite and not negative; leave out nodes without data")
    return np.ascontiguousarray(stack)
