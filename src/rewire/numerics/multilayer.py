"""Modules of a network that changes: one layer a window, each node coupled to itself over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics import multilayer_kernel as kernel
from rewire.numerics.louvain_kernel import restarts

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_TRIALS = 8


@dataclass(frozen=True, slots=True, eq=False)
class LayeredCommunities:
    """What the repeats of the optimiser found.

    Parameters
    ----------
    quality
        Q reached by each repeat, float64, shape (repeats,); NaN where no layer has a weight.
    labels
        Modules, numbered from 0 in each repeat; int64, shape (repeats, layers, nodes).
    """

    quality: FloatArray
    labels: IntArray


def ordinal_coupling(layers: int, omega: float) -> FloatArray:
    """Couple each layer to the next.

    Parameters
    ----------
    layers
        Number of layers.
    omega
        Strength, not negative, in the unit of the weights.

    Returns
    -------
    FloatArray
        Shape (layers, layers), symmetric, zero diagonal.

    Notes
    -----
    Mucha et al. 2010 (10.1126/science.1184819).

    Examples
    --------
    >>> ordinal_coupling(3, 1.0).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    return omega * (np.eye(layers, k=1) + np.eye(layers, k=-1))


def categorical_coupling(layers: int, omega: float) -> FloatArray:
    """Couple every layer to every other.

    Parameters
    ----------
    layers
        Number of layers.
    omega
        Strength, not negative, in the unit of the weights.

    Returns
    -------
    FloatArray
        Shape (layers, layers), symmetric, zero diagonal.

    Examples
    --------
    >>> categorical_coupling(3, 0.5)[0].tolist()
    [0.0, 0.5, 0.5]
    """
    return omega * (1.0 - np.eye(layers))


def published_coupling(layers: int, omega: float) -> FloatArray:
    """Couple layers as the code of Daws et al. 2022 does: half to the next, whole to the one after.

    Parameters
    ----------
    layers
        Number of layers.
    omega
        Strength, not negative, in the unit of the weights.

    Returns
    -------
    FloatArray
        Shape (layers, layers), symmetric, zero diagonal.

    Notes
    -----
    Daws et al. 2022 (10.1038/s41591-022-01744-z); kept for comparison with their results.

    Examples
    --------
    >>> published_coupling(4, 1.0)[0].tolist()
    [0.0, 0.5, 1.0, 0.0]
    """
    return ordinal_coupling(layers, omega / 2.0) + omega * (
        np.eye(layers, k=2) + np.eye(layers, k=-2)
    )


def multilayer_quality(
    weights: FloatArray, coupling: FloatArray, labels: IntArray, gamma: float = 1.0
) -> float:
    """Return the multilayer modularity of a given partition.

    Parameters
    ----------
    weights
        Non-negative weights, float64, shape (layers, nodes, nodes), each layer symmetric. A
        diagonal counts as self loops.
    coupling
        What joins a node to itself in another layer, float64, shape (layers, layers), symmetric
        with a zero diagonal.
    labels
        Modules, int64, shape (layers, nodes); a label means the same module in all layers.
    gamma
        Resolution.

    Returns
    -------
    float
        Q, a pure number; NaN where no layer has a weight.

    Notes
    -----
    ``Q = 1/2mu sum_ijst [(W_ijs - gamma k_is k_js / 2m_s) d_st + d_ij C_st] [c_is = c_jt]`` with
    ``2mu`` the sum of all weights and couplings (Mucha et al. 2010, 10.1126/science.1184819): the
    normalisation of genlouvain.

    Examples
    --------
    >>> pair = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> multilayer_quality(np.stack([pair, pair]), ordinal_coupling(2, 1.0), np.zeros((2, 2), int))
    0.5
    """
    if not weights.any():
        return float("nan")
    gains = _layer_gains(weights, gamma)
    inside = gains[labels[:, :, None] == labels[:, None, :]].sum()
    kept = (labels[:, None, :] == labels[None, :, :]).sum(axis=2)
    whole = weights.sum() + weights.shape[1] * coupling.sum()
    return float((inside + (coupling * kept).sum()) / whole)


def multilayer_louvain(
    weights: FloatArray,
    coupling: FloatArray,
    repeats: int,
    rng: np.random.Generator,
    gamma: float = 1.0,
    rounds: int = 4,
) -> LayeredCommunities:
    """Find the modules of a network with several layers by maximising multilayer modularity.

    Parameters
    ----------
    weights
        Non-negative weights, float64, shape (layers, nodes, nodes), finite, each layer symmetric.
        A diagonal counts as self loops. A layer without weights adds coupling alone.
    coupling
        What joins a node to itself in another layer, float64, shape (layers, layers), symmetric,
        not negative, zero diagonal; see :func:`ordinal_coupling`.
    repeats
        Number of independent repeats.
    rng
        Source of orders and trials.
    gamma
        Resolution: above 1 gives more and smaller modules.
    rounds
        How often each layer is reworked; more reaches a higher quality and takes longer.

    Returns
    -------
    LayeredCommunities
        ``quality`` as :func:`multilayer_quality` defines it.

    Raises
    ------
    ValueError
        If shapes do not match, a matrix is not symmetric, or a weight is negative or not finite.

    Notes
    -----
    The optimiser starts from the Louvain partition of the layers' sum. It moves a node's whole
    path over the layers at once, which dynamic programming solves exactly where coupling joins
    neighbours (layers two apart are chained where coupling skips one); ruins and mends modules of
    one layer at a time (a module is dissolved, or absorbed by another, and nodes then settle),
    keeping what gains; and joins whole modules. It ends where neither a path nor the join of two
    modules gains. The supra-matrix is never built.

    Examples
    --------
    >>> pairs = np.kron(np.eye(2), np.ones((2, 2))) - np.eye(4)
    >>> stack = np.stack([pairs, pairs])
    >>> found = multilayer_louvain(stack, ordinal_coupling(2, 1.0), 1, np.random.default_rng(0))
    >>> found.labels[0].tolist()
    [[0, 0, 1, 1], [0, 0, 1, 1]]
    """
    stack, links = _checked(weights, coupling)
    gains = _layer_gains(stack, gamma)
    alone = float(np.trace(gains, axis1=1, axis2=2).sum())
    gains[:, np.arange(stack.shape[1]), np.arange(stack.shape[1])] = 0.0
    labels, worth = maximise_layers(gains, links, repeats, rng, rounds)
    whole = stack.sum() + stack.shape[1] * links.sum()
    quality = (worth + alone) / whole if stack.any() else np.full(repeats, np.nan)
    return LayeredCommunities(quality, labels)


def _layer_gains(weights: FloatArray, gamma: float) -> FloatArray:
    """Return each layer's modularity matrix; 0 in a layer without weights."""
    strength = weights.sum(axis=2)
    total = strength.sum(axis=1)
    share = gamma / np.where(total > 0.0, total, np.inf)
    return np.asarray(weights - share[:, None, None] * strength[:, :, None] * strength[:, None, :])


def maximise_layers(
    gains: FloatArray, links: FloatArray, repeats: int, rng: np.random.Generator, rounds: int
) -> tuple[IntArray, FloatArray]:
    """Find the partitions with the largest sums of gains, layer by layer, and links.

    Parameters
    ----------
    gains
        What two nodes of one layer gain by being in one module; float64, contiguous, shape
        (layers, nodes, nodes), each layer symmetric with a zero diagonal.
    links
        What a node gains by being in one module in two layers, shape (layers, layers), symmetric,
        not negative, zero diagonal.
    repeats, rng, rounds
        As in :func:`multilayer_louvain`.

    Returns
    -------
    IntArray
        Modules of each repeat, shape (repeats, layers, nodes).
    FloatArray
        Sum over ordered pairs in one module of each repeat, shape (repeats,).

    Examples
    --------
    >>> gains = np.array([[[0.0, 1.0], [1.0, 0.0]]])
    >>> labels, worth = maximise_layers(gains, np.zeros((1, 1)), 1, np.random.default_rng(0), 1)
    >>> labels.tolist(), worth.tolist()
    ([[[0, 0]]], [2.0])
    """
    scale = max(float(np.abs(gains).max(initial=0.0)), float(links.max(initial=0.0)))
    tolerance = kernel.TOLERANCE * scale * gains.shape[1]
    net = kernel.Layers(gains, links, _near(links), _stride(links), _TRIALS, tolerance)
    seeds = rng.integers(0, 2**64, size=repeats, dtype=np.uint64)
    table = np.zeros((len(gains), 8, gains.shape[1]))
    labels = np.empty((repeats, *gains.shape[:2]), dtype=np.int64)
    worth = np.empty(repeats)
    whole = gains.sum(axis=0)
    for r in range(repeats):
        state = seeds[r : r + 1]
        labels[r] = _joined(whole, state, tolerance)
        table, count = kernel.improve(net, table, labels[r], rounds, state)
        between = kernel.pool(net, table, labels[r], count)
        names = _joined(between, state, tolerance)
        while names.max() + 1 < count:  # until whole modules stand as well as single nodes
            labels[r] = names[labels[r]]
            table, count = kernel.improve(net, table, labels[r], 0, state)
            between = kernel.pool(net, table, labels[r], count)
            names = _joined(between, state, tolerance)
        worth[r] = np.trace(between)
    return labels, worth


def _joined(between: FloatArray, state: npt.NDArray[np.uint64], tolerance: float) -> IntArray:
    """Return which nodes of one network to join, by one run of the Louvain method."""
    n = len(between)
    matrix = between.copy()
    np.fill_diagonal(matrix, 0.0)
    table, pools = np.empty((n + 1, n)), np.empty((2, n * n))
    found: IntArray = restarts(matrix, state, tolerance, table, pools)[1]
    return found


def _near(links: FloatArray) -> IntArray:
    """List the layers linked to each layer, itself where there are fewer than the most."""
    most = max(int(np.count_nonzero(links, axis=1).max()), 1)
    near = np.repeat(np.arange(len(links))[:, None], most, axis=1)
    for row, out in zip(links, near, strict=True):
        linked = np.flatnonzero(row)
        out[: len(linked)] = linked
    return near


def _stride(links: FloatArray) -> int:
    """Return the smallest distance at which chains of layers are linked to neighbours alone."""
    layers = len(links)
    for stride in range(1, layers):
        if not any(np.diag(links, m).any() for m in range(2 * stride, layers, stride)):
            return stride
    return layers


def _checked(weights: FloatArray, coupling: FloatArray) -> tuple[FloatArray, FloatArray]:
    stack = np.ascontiguousarray(weights, dtype=np.float64)
    links = np.ascontiguousarray(coupling, dtype=np.float64)
    if stack.ndim != 3 or stack.shape[1] != stack.shape[2] or 0 in stack.shape:
        raise ValueError(f"weights are {stack.shape}; need (layers, nodes, nodes)")
    if links.shape != (len(stack), len(stack)) or np.diag(links).any():
        raise ValueError(f"coupling is {links.shape}; need (layers, layers), zero diagonal")
    for name, matrix in (("weights", stack), ("coupling", links)):
        if not (matrix.min() >= 0.0 and matrix.max() < np.inf):
            raise ValueError(f"{name} must be finite and not negative")
        turned = np.swapaxes(matrix, -1, -2)
        if not np.allclose(matrix, turned, rtol=0.0, atol=1e-12 * matrix.max()):
            raise ValueError(f"{name} must be symmetric")
    return stack, links
