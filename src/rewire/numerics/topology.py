"""Triangles, mixing and small worlds: what a network's wiring looks like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.lattice_kernel import latticise
from rewire.numerics.network_nulls import rewire_off_diagonal
from rewire.numerics.path_kernel import profiles
from rewire.numerics.paths import checked

FloatArray = npt.NDArray[np.float64]

_ROUNDS = 10  # swaps for each edge of a random network
_ATTEMPTS = 100  # swaps for each edge of a lattice: most of the late ones make no edge shorter


@dataclass(frozen=True, slots=True)
class SmallWorld:
    """A network next to random ones and to lattices with the same degrees.

    Parameters
    ----------
    sigma
        ``(C / C_random) / (L / L_random)``: about 1 for a random network, above 1 for a small
        world. It grows with the number of nodes.
    omega
        ``L_random / L - C / C_lattice``: near 0 for a small world, towards 1 for a random
        network, towards -1 for a lattice.
    swaps_per_edge
        Swaps made over edges in the random networks, on average; near 0 the network is still
        itself.
    """

    sigma: float
    omega: float
    swaps_per_edge: float


def proportional_threshold(weights: FloatArray, density: float) -> FloatArray:
    """Keep the strongest edges, as many as make up a density.

    Parameters
    ----------
    weights
        Symmetric, float64, shape (nodes, nodes); the diagonal is not used.
    density
        Share of all pairs to keep, from 0 to 1.

    Returns
    -------
    FloatArray
        The weights kept and 0 elsewhere, shape (nodes, nodes). NaN throughout where fewer weights
        are positive than the density asks for.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric and finite, or the density is not in range.

    Notes
    -----
    As many edges as the density times the number of pairs, rounded half up. Of equal weights
    those of the first rows and columns are kept.

    Examples
    --------
    >>> w = np.array([[0.0, 3.0, 2.0], [3.0, 0.0, 2.0], [2.0, 2.0, 0.0]])
    >>> proportional_threshold(w, 0.667).tolist()
    [[0.0, 3.0, 2.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]]
    """
    matrix = checked(weights)
    if not 0.0 <= density <= 1.0:
        raise ValueError(f"the density is {density}; it must be from 0 to 1")
    i, j = np.triu_indices(len(matrix), 1)
    values = matrix[i, j]
    count = int(np.floor(density * len(values) + 0.5 + 1e-9))
    if np.count_nonzero(values > 0.0) < count:
        return np.full(matrix.shape, np.nan)
    strongest = np.argsort(-values, kind="stable")[:count]
    kept = np.zeros(matrix.shape)
    kept[i[strongest], j[strongest]] = values[strongest]
    return kept + kept.T


def clustering(weights: FloatArray) -> FloatArray:
    """Return how strongly the neighbours of each node are connected with one another.

    Parameters
    ----------
    weights
        Symmetric; float64, shape (nodes, nodes); the diagonal is not used. With weights of 0 and
        1 the result is the binary clustering coefficient; weights of at most 1 keep it in range.

    Returns
    -------
    FloatArray
        ``sum_jh (w_ij w_jh w_hi)^(1/3) / (k (k - 1))``, shape (nodes,); NaN for nodes with fewer
        than two neighbours.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric and finite.

    Notes
    -----
    Onnela et al. 2005 (10.1103/PhysRevE.71.065103).

    Examples
    --------
    >>> clustering(np.full((3, 3), 0.5)).round(12).tolist()
    [0.5, 0.5, 0.5]
    """
    found, pairs = _triangles(weights)
    share = np.full(len(pairs), np.nan)
    np.divide(found, pairs, out=share, where=pairs > 0.0)
    return share


def transitivity(weights: FloatArray) -> float:
    """Return the intensity of all triangles over the number of pairs of neighbours.

    Parameters
    ----------
    weights
        As in :func:`clustering`.

    Returns
    -------
    float
        Between 0 and 1 for weights of at most 1; NaN where no node has two neighbours.

    Raises
    ------
    ValueError
        As :func:`clustering`.

    Notes
    -----
    Newman 2003 (10.1137/S003614450342480), weighted as in Onnela et al. 2005. Unlike in the mean
    of :func:`clustering`, nodes with few neighbours do not dominate it.

    Examples
    --------
    >>> kite = np.ones((4, 4))
    >>> kite[0, 1:3] = kite[1:3, 0] = 0.0  # a triangle with a tail
    >>> transitivity(kite)
    0.6
    """
    found, pairs = _triangles(weights)
    return float(found.sum() / pairs.sum()) if pairs.sum() > 0.0 else float("nan")


def assortativity(weights: FloatArray) -> float:
    """Return the correlation of the strengths at the two ends of an edge.

    Parameters
    ----------
    weights
        Symmetric, float64, shape (nodes, nodes), zero diagonal. With weights of 0 and 1
        strengths are degrees.

    Returns
    -------
    float
        Pearson's r over edges, both directions; NaN without edges or where all strengths are
        equal.

    Raises
    ------
    ValueError
        As :func:`clustering`.

    Notes
    -----
    Newman 2002 (10.1103/PhysRevLett.89.208701); Leung and Chau 2007
    (10.1016/j.physa.2006.12.022). Edges themselves count alike whatever their weight.

    Examples
    --------
    >>> star = np.zeros((4, 4))
    >>> star[0, 1:] = star[1:, 0] = 1.0
    >>> round(assortativity(star), 12)
    -1.0
    """
    matrix = checked(weights)
    strength = matrix.sum(axis=1)
    i, j = np.nonzero(np.triu(matrix, 1))
    if len(i) == 0:
        return float("nan")
    mean = (strength[i] + strength[j]).mean() / 2.0
    one, other = strength[i] - mean, strength[j] - mean
    spread = (one**2 + other**2).sum() / 2.0
    if spread <= (1e-12 * mean) ** 2 * len(i):
        return float("nan")
    return float((one * other).sum() / spread)


def small_world(
    adjacency: FloatArray, networks: int, lattices: int, rng: np.random.Generator
) -> SmallWorld:
    """Compare clustering and path length with random networks and lattices of the same degrees.

    Parameters
    ----------
    adjacency
        Symmetric, float64, shape (nodes, nodes); what is not 0 is an edge of weight 1.
    networks
        Random networks, each with ten swaps tried for each edge.
    lattices
        Lattices, each from random swaps of its own; the most clustered one counts, or the
        network itself where none is more clustered.
    rng
        Source of randomness.

    Returns
    -------
    SmallWorld
        NaN where clustering or path length of the nulls is 0 or undefined.

    Raises
    ------
    ValueError
        As :func:`clustering`.

    Notes
    -----
    Humphries and Gurney 2008 (10.1371/journal.pone.0002051) for sigma; Telesford et al. 2011
    (10.1089/brain.2011.0038) for omega. C is the mean over nodes, 0 for nodes with fewer than
    two neighbours; L is over pairs with a path.

    Examples
    --------
    >>> ring = sum(np.roll(np.eye(200), step, 0) for step in range(1, 6))
    >>> found = small_world(ring + ring.T, 5, 2, np.random.default_rng(0))
    >>> found.sigma > 3, found.omega < -0.5
    (True, True)
    """
    edges = (checked(adjacency) != 0.0).astype(np.float64)
    np.fill_diagonal(edges, 0.0)
    random = rewire_off_diagonal(edges, networks, rng, _ROUNDS)
    lattice = np.repeat(edges[None], lattices, axis=0)
    for network in lattice:
        latticise(network, _ATTEMPTS, rng)
    cluster, length = profiles(np.concatenate([edges[None], random.weights, lattice]))
    c, c_random = cluster[0], cluster[1 : networks + 1].mean()
    c_lattice = max(c, cluster[networks + 1 :].max())
    l_own, l_random = length[0], length[1 : networks + 1].mean()
    nan = float("nan")
    sigma = (c / c_random) / (l_own / l_random) if c_random > 0.0 and l_own > 0.0 else nan
    omega = l_random / l_own - c / c_lattice if c_lattice > 0.0 and l_own > 0.0 else nan
    return SmallWorld(float(sigma), float(omega), float(random.swaps_per_edge.mean()))


def _triangles(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return twice the intensity of each node's triangles, and its ordered pairs of neighbours."""
    roots = np.cbrt(checked(weights))
    np.fill_diagonal(roots, 0.0)
    degree = np.count_nonzero(roots, axis=1).astype(np.float64)
    return ((roots @ roots) * roots).sum(axis=1), degree * (degree - 1.0)
