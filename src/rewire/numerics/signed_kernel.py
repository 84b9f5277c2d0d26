"""The compiled part of the signed null, in one file as numba's cache needs it."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def _commonest(weights):  # type: ignore[no-untyped-def]
    """Return the sign that most pairs of nodes have: 1, 0 or -1."""
    counts = np.zeros(3, np.int64)
    for i in range(weights.shape[0]):
        for j in range(i):
            counts[np.int64(np.sign(weights[i, j])) + 1] += 1
    return np.argmax(counts) - 1


@njit(cache=True)
def _carry(weights, entry, ends, was, now):  # type: ignore[no-untyped-def]
    """Exchange the weights of two pairs of nodes, and their entries in the list of pairs."""
    (a, b), (c, d) = was, now
    one, other = weights[a, b], weights[c, d]
    weights[a, b] = weights[b, a] = other
    weights[c, d] = weights[d, c] = one
    first, second = entry[a, b], entry[c, d]
    entry[a, b] = entry[b, a] = second
    entry[c, d] = entry[d, c] = first
    if first >= 0:
        ends[first, 0], ends[first, 1] = c, d
    if second >= 0:
        ends[second, 0], ends[second, 1] = a, b


@njit(cache=True)
def swap_signs(weights, rounds, rng):  # type: ignore[no-untyped-def]
    """Exchange pairs of edges of unlike sign around random squares of nodes, in place.

    Edges (a, b) and (c, d) have one sign (positive, negative or absent), (a, d) and (c, b)
    another; they trade places, so that each node keeps its number of edges of each sign. Draws
    are from pairs that have not the commonest sign, as every exchange involves two of those.
    Returns the number of exchanges and the number of such pairs.
    """
    n = weights.shape[0]
    usual = _commonest(weights)
    entry = np.full((n, n), -1)
    ends = np.empty((n * n // 2 + 1, 2), np.int64)
    count = 0
    for i in range(n):
        for j in range(i):
            if np.sign(weights[i, j]) != usual:
                entry[i, j] = entry[j, i] = count
                ends[count, 0], ends[count, 1] = i, j
                count += 1
    swaps = 0
    if count < 2:
        return swaps, count
    for _ in range(rounds * count):
        e = rng.integers(0, count)
        f = rng.integers(0, count)
        a, b, c, d = ends[e, 0], ends[e, 1], ends[f, 0], ends[f, 1]
        if rng.random() < 0.5:
            c, d = d, c
        if a in (c, d) or b in (c, d):
            continue
        one = np.sign(weights[a, b])
        other = np.sign(weights[a, d])
        same = np.sign(weights[c, d]) == one and np.sign(weights[c, b]) == other
        if same and one != other:
            _carry(weights, entry, ends, (a, b), (a, d))
            _carry(weights, entry, ends, (c, d), (c, b))
            swaps += 1
    return swaps, count
