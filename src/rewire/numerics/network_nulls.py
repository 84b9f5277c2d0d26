"""Random networks that keep a network's degrees or strengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.graph import strengths, without_diagonal
from rewire.numerics.rewiring_kernel import rewire
from rewire.numerics.strength_kernel import reassign_weights

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RewiredNetworks:
    """Networks with edges swapped.

    Parameters
    ----------
    weights
        Float64, shape (networks, nodes, nodes).
    swaps_per_edge
        Swaps made over edges, float64, shape (networks,). Near 0 the network is still the one it
        was made from; NaN where there is no edge.
    """

    weights: FloatArray
    swaps_per_edge: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class StrengthNetworks:
    """Networks with edges swapped and weights reassigned.

    Parameters
    ----------
    weights
        Float64, shape (networks, nodes, nodes), symmetric with a zero diagonal.
    swaps_per_edge
        As in :class:`RewiredNetworks`.
    strength_correlation
        Pearson correlation of each network's strengths with the original ones, shape (networks,);
        NaN where all strengths are equal.
    """

    weights: FloatArray
    swaps_per_edge: FloatArray
    strength_correlation: FloatArray


def rewire_degree_preserving(
    weights: FloatArray, networks: int, rng: np.random.Generator, rounds: int = 1
) -> RewiredNetworks:
    """Swap the ends of random pairs of edges, so that every node keeps its number of edges.

    Parameters
    ----------
    weights
        Symmetric weights, float64, shape (nodes, nodes), finite. A diagonal entry counts as an
        edge from a node to itself.
    networks
        How many to make.
    rng
        Source of randomness.
    rounds
        Swaps to try for each edge.

    Returns
    -------
    RewiredNetworks
        With a diagonal in the input the networks are *not* symmetric; see the notes.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric and finite.

    Notes
    -----
    Maslov and Sneppen 2002 (10.1126/science.1065103), step for step as ``randmio_und`` of the
    Brain Connectivity Toolbox: edges (a, b) and (c, d) become (a, d) and (c, b) unless one of
    these exists; each of k edges has up to ``round(k / (n - 1)) + 1`` attempts. Three traps. In a
    dense network hardly any attempt succeeds and the null is the data, as ``swaps_per_edge``
    tells. Strengths are not kept. And swapping a self loop (a, a) moves the one entry ``W_aa``
    to ``W_ad`` and leaves ``W_da`` empty, so that the published use, with a unit diagonal, gives
    networks that are not symmetric; :func:`rewire_off_diagonal` does not.

    Examples
    --------
    >>> ring = np.roll(np.eye(8), 1, axis=0) + np.roll(np.eye(8), -1, axis=0)
    >>> made = rewire_degree_preserving(ring, 3, np.random.default_rng(0))
    >>> bool((made.weights.sum(axis=1) == 2).all())
    True
    """
    matrix = np.ascontiguousarray(weights, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"weights are {matrix.shape}; need a square matrix")
    if not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T):
        raise ValueError("weights must be finite and symmetric; leave out nodes without data")
    if len(matrix) < 2:
        return RewiredNetworks(np.repeat(matrix[None], networks, 0), np.full(networks, np.nan))
    seeds = rng.integers(0, 2**64, size=networks, dtype=np.uint64)
    # Narrow types keep what the inner loop reads in the processor's first cache.
    index = np.empty(0, np.uint16 if len(matrix) <= 256 else np.uint32)
    edge = np.empty(0, np.uint32 if len(matrix) <= 256 else np.uint64)
    nulls, swaps, edges = rewire(matrix, rounds, seeds, index, edge)
    return RewiredNetworks(nulls, swaps / edges if edges else np.full(networks, np.nan))


def rewire_off_diagonal(
    weights: FloatArray, networks: int, rng: np.random.Generator, rounds: int = 1
) -> RewiredNetworks:
    """Swap the ends of random pairs of edges, self loops left out.

    Parameters
    ----------
    weights
        Symmetric weights, float64, shape (nodes, nodes); the diagonal is not used.
    networks
        How many to make.
    rng
        Source of randomness.
    rounds
        Swaps to try for each edge.

    Returns
    -------
    RewiredNetworks
        Symmetric, zero diagonal, every node with its number of edges, weights permuted.

    Raises
    ------
    ValueError
        As :func:`rewire_degree_preserving`.

    Examples
    --------
    >>> full = np.ones((5, 5))  # nowhere to move an edge
    >>> made = rewire_off_diagonal(full, 2, np.random.default_rng(0))
    >>> made.swaps_per_edge.tolist(), made.weights[0, 0].tolist()
    ([0.0, 0.0], [0.0, 1.0, 1.0, 1.0, 1.0])
    """
    return rewire_degree_preserving(without_diagonal(weights), networks, rng, rounds)


def strength_preserving(
    weights: FloatArray, networks: int, rng: np.random.Generator, proposals: int = 10
) -> StrengthNetworks:
    """Make random networks with the nodes' degrees, the weights, and nearly the nodes' strengths.

    Parameters
    ----------
    weights
        Symmetric, non-negative weights, float64, shape (nodes, nodes), finite; the diagonal is
        not used. They may be as dense as can be.
    networks
        How many to make.
    rng
        Source of randomness.
    proposals
        Exchanges of two weights proposed for each edge.

    Returns
    -------
    StrengthNetworks
        With the strength correlation that was reached.

    Raises
    ------
    ValueError
        As :func:`rewire_degree_preserving`.

    Notes
    -----
    Edges are swapped as in :func:`rewire_off_diagonal` as far as density allows, the weights are
    dealt out to the edges at random, and pairs of edges then exchange weights wherever this lowers
    ``sum_i (s_i - s_i*)^2``. That keeps degrees and weights exactly and strengths closely, the
    aim of Rubinov and Sporns 2011 (10.1016/j.neuroimage.2011.03.069), by annealing at zero
    temperature. It works where no edge
    can move, since it moves weights.

    Examples
    --------
    >>> full = np.add.outer(np.arange(30.0), np.arange(30.0))
    >>> made = strength_preserving(full, 2, np.random.default_rng(0))
    >>> bool((made.strength_correlation > 0.999).all())
    True
    """
    rewired = rewire_off_diagonal(weights, networks, rng)
    target = strengths(without_diagonal(weights))
    reassign_weights(rewired.weights, target, proposals, rng)
    reached = rewired.weights.sum(axis=2)
    correlation = np.full(networks, np.nan)
    if len(target) > 1 and np.ptp(target) > 0.0:
        centred = reached - reached.mean(axis=1, keepdims=True)
        aim = target - target.mean()
        scale = np.sqrt((centred**2).sum(axis=1) * (aim**2).sum())
        np.divide(centred @ aim, scale, out=correlation, where=scale > 0.0)
    return StrengthNetworks(rewired.weights, rewired.swaps_per_edge, correlation)
