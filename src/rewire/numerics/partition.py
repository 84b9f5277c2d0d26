"""How far two divisions of the same nodes agree, and whether modules hang together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PartitionAgreement:
    """Three ways to compare two partitions; all numbers are NaN where there is no node.

    Parameters
    ----------
    variation
        Variation of information over log(nodes): 0 for equal partitions, at most 1.
    mutual
        Mutual information over the mean of the two entropies: 1 for equal partitions; NaN where
        both have one module.
    rand
        Rand index adjusted for chance: 1 for equal partitions, 0 on average at random; NaN where
        both have one module, or both nothing but single nodes.
    """

    variation: float
    mutual: float
    rand: float


def in_order(labels: IntArray) -> IntArray:
    """Number modules from 0 in order of first appearance.

    Parameters
    ----------
    labels
        Module of each node, shape (nodes,).

    Returns
    -------
    IntArray
        Shape (nodes,).

    Examples
    --------
    >>> in_order(np.array([7, 2, 7])).tolist()
    [0, 1, 0]
    """
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def compare_partitions(one: IntArray, other: IntArray) -> PartitionAgreement:
    """Compare two divisions of the same nodes.

    Parameters
    ----------
    one, other
        Module of each node, int64, shape (nodes,); the numbers themselves mean nothing.

    Returns
    -------
    PartitionAgreement
        Variation of information, mutual information and adjusted Rand index.

    Raises
    ------
    ValueError
        If the two differ in length.

    Notes
    -----
    Meila 2007 (10.1016/j.jmva.2006.11.013); Hubert and Arabie 1985 (10.1007/BF01908075).

    Examples
    --------
    >>> found = compare_partitions(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    >>> round(found.variation, 6), round(found.mutual, 6), round(found.rand, 6)
    (1.0, 0.0, -0.5)
    """
    if np.shape(one) != np.shape(other) or np.ndim(one) != 1:
        raise ValueError(f"partitions have shapes {np.shape(one)} and {np.shape(other)}")
    n = len(one)
    if n == 0:
        return PartitionAgreement(float("nan"), float("nan"), float("nan"))
    a, b = in_order(one), in_order(other)
    size = int(b.max()) + 1
    both = np.bincount(a * size + b, minlength=(int(a.max()) + 1) * size)
    rows, columns = np.bincount(a), np.bincount(b)
    joint, left, right = _entropy(both), _entropy(rows), _entropy(columns)
    shared = max(left + right - joint, 0.0)
    mutual = shared / ((left + right) / 2.0) if left + right > 0.0 else float("nan")
    variation = max(2.0 * joint - left - right, 0.0) / np.log(n) if n > 1 else float("nan")
    return PartitionAgreement(float(variation), float(mutual), _rand(both, rows, columns))


def mean_variation(labels: IntArray) -> float:
    """Return the mean variation of information over all pairs of partitions.

    Parameters
    ----------
    labels
        Int64, shape (partitions, nodes).

    Returns
    -------
    float
        As ``variation`` of :class:`PartitionAgreement`: 0 where all are equal; NaN with fewer
        than two partitions or nodes.

    Examples
    --------
    >>> round(mean_variation(np.array([[0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 0, 0]])), 4)
    0.6667
    """
    if len(labels) < 2 or labels.shape[1] < 2:
        return float("nan")
    kinds, counts = np.unique([in_order(row) for row in labels], axis=0, return_counts=True)
    total = 0.0
    for i in range(len(kinds)):
        for j in range(i):
            apart = compare_partitions(kinds[i], kinds[j]).variation
            total += float(counts[i] * counts[j]) * apart
    return total / (len(labels) * (len(labels) - 1) / 2.0)


def split_modules(weights: FloatArray, labels: IntArray) -> int:
    """Count the modules whose nodes are not all connected within the module.

    Parameters
    ----------
    weights
        Symmetric, float64, shape (nodes, nodes); a positive weight is a connection.
    labels
        Module of each node, shape (nodes,).

    Returns
    -------
    int
        0 for a good partition.

    Examples
    --------
    >>> split_modules(np.diag([1.0, 1.0], 1), np.array([0, 1, 0]))
    1
    """
    split = 0
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        inside = weights[np.ix_(members, members)] > 0.0
        pieces, _ = connected_components(inside, directed=False)
        split += int(pieces > 1)
    return split


def _entropy(counts: IntArray) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def _rand(both: IntArray, rows: IntArray, columns: IntArray) -> float:
    """Return the adjusted Rand index from the counts of a contingency table."""

    def pairs(counts: IntArray) -> float:
        exact = counts.astype(np.float64)
        return float((exact * (exact - 1.0)).sum() / 2.0)

    together, one, other = pairs(both), pairs(rows), pairs(columns)
    every = pairs(np.array([rows.sum()]))
    expected = one * other / every if every > 0.0 else 0.0
    most = (one + other) / 2.0
    return (together - expected) / (most - expected) if most != expected else float("nan")
