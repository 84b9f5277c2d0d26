"""One partition in layers out of many."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewire.numerics.multilayer import maximise_layers
from rewire.numerics.partition import in_order

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def consensus_partition(
    labels: IntArray, coupling: FloatArray, rng: np.random.Generator, rounds: int = 10
) -> IntArray:
    """Find the partition that repeats agree on.

    Parameters
    ----------
    labels
        Modules of each repeat, int64, shape (repeats, layers, nodes).
    coupling
        That of the repeats, shape (layers, layers): says which layers are joined.
    rng
        Source of the optimiser's orders.
    rounds
        Largest number of times that partitions are replaced by partitions of their agreement.

    Returns
    -------
    IntArray
        Modules, numbered by first appearance, shape (layers, nodes).

    Notes
    -----
    Nodes gain in a layer the share of repeats that puts them together less what it is for a pair
    of nodes chosen at random, and by staying in a module the share of repeats in which nodes stay
    less what it is for two nodes chosen at random. The partitions that maximise the sum are
    treated in the same way until all agree (Lancichinetti and Fortunato 2012, 10.1038/srep00336;
    the null is that of Bassett et al. 2013, 10.1063/1.4790830).

    Examples
    --------
    >>> labels = np.array([[[0, 0, 1, 1]], [[1, 1, 0, 0]], [[0, 0, 1, 1]]])
    >>> consensus_partition(labels, np.zeros((1, 1)), np.random.default_rng(0)).tolist()
    [[0, 0, 1, 1]]
    """
    current = np.asarray(labels, dtype=np.int64)
    repeats = max(len(current), 2)
    for _ in range(rounds):
        gains, links = _agreement(current, coupling)
        current, worth = maximise_layers(gains, links, repeats, rng, 4)
        current = np.stack([in_order(one.ravel()).reshape(one.shape) for one in current])
        if (current == current[0]).all():
            break
    return np.asarray(current[int(np.argmax(worth))])


def _agreement(labels: IntArray, coupling: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what pairs gain in each layer, and what staying gains, by how far repeats agree."""
    together = np.stack([_shared(layer, layer) for layer in labels.transpose(1, 0, 2)])
    n = together.shape[1]
    pairs = max(n * (n - 1), 1)
    chance = (together.sum(axis=(1, 2)) - n) / pairs
    gains = together - chance[:, None, None]
    gains[:, np.arange(n), np.arange(n)] = 0.0
    links = np.zeros_like(coupling)
    for s, t in zip(*np.nonzero(coupling), strict=True):
        same = _shared(labels[:, s], labels[:, t])
        links[s, t] = max(np.trace(same) / n - same.mean(), 0.0)
    return np.ascontiguousarray(gains), links


def _shared(one: IntArray, other: IntArray) -> FloatArray:
    """Return the share of repeats in which a node of one layer and one of another are together."""
    found = np.zeros((one.shape[1], other.shape[1]))
    for a, b in zip(one, other, strict=True):
        found += a[:, None] == b
    return found / len(one)
