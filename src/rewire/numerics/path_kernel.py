"""The compiled part of :mod:`rewire.numerics.paths`, in one file as numba's cache needs it.

An unweighted network is one row of bits a node, so that a step of a breadth-first search takes
64 nodes at a time. Weighted paths are Floyd and Warshall's on the lower triangle.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_U = np.uint64
_ODD = _U(0x5555555555555555)
_TWO = _U(0x3333333333333333)
_FOUR = _U(0x0F0F0F0F0F0F0F0F)
_SUM = _U(0x0101010101010101)
_ZERO, _ONE = _U(0), _U(1)
_FAST = {"nnan", "nsz", "reassoc", "contract", "arcp"}  # infinite lengths stay what they are


@njit(cache=True)
def _count(word):  # type: ignore[no-untyped-def]
    """Count the bits of a word."""
    word = word - ((word >> _U(1)) & _ODD)
    word = (word & _TWO) + ((word >> _U(2)) & _TWO)
    word = (word + (word >> _U(4))) & _FOUR
    return np.int64((word * _SUM) >> _U(56))


@njit(cache=True)
def pack(weights):  # type: ignore[no-untyped-def]
    """Write the edges of a network as bits; the diagonal is left out."""
    n = weights.shape[0]
    bits = np.zeros((n, (n + 63) // 64), np.uint64)
    for i in range(n):
        for j in range(n):
            if i != j and weights[i, j] != 0.0:
                bits[i, j >> 6] |= _ONE << _U(j & 63)
    return bits


@njit(cache=True)
def _step(bits, frontier, open_, found):  # type: ignore[no-untyped-def]
    """Find what is one edge from the frontier and still open; close it and count it."""
    words = bits.shape[1]
    found[:] = _ZERO
    for w in range(words):
        word = frontier[w]
        while word != _ZERO:
            low = word & (~word + _ONE)
            node = (w << 6) + _count(low - _ONE)
            word ^= low
            for k in range(words):
                found[k] |= bits[node, k]
    count = 0
    for k in range(words):
        found[k] &= open_[k]
        open_[k] &= ~found[k]
        count += _count(found[k])
    return count


@njit(cache=True)
def _search(bits, source, room, inside):  # type: ignore[no-untyped-def]
    """Return the sums of hops and of their inverses, and the nodes reached, from one source.

    ``room`` is three rows of words, of which the first holds the nodes that may be walked on;
    ``inside`` is how many these are, the source included.
    """
    open_, frontier, found = room[0], room[1], room[2]
    frontier[:] = _ZERO
    frontier[source >> 6] = _ONE << _U(source & 63)
    open_[source >> 6] &= ~frontier[source >> 6]
    hops, inverse, reached, level = 0, 0.0, 0, 0
    while reached < inside - 1:
        level += 1
        count = _step(bits, frontier, open_, found)
        if count == 0:
            break
        hops += level * count
        inverse += count / level
        reached += count
        frontier, found = found, frontier
    return hops, inverse, reached


@njit(cache=True)
def _all(n, words):  # type: ignore[no-untyped-def]
    """Return the set of all nodes."""
    every = np.zeros(words, np.uint64)
    for j in range(n):
        every[j >> 6] |= _ONE << _U(j & 63)
    return every


@njit(cache=True)
def _mean_hops(bits):  # type: ignore[no-untyped-def]
    """Return the mean number of hops over ordered pairs with a path; NaN without one."""
    n, words = bits.shape
    every = _all(n, words)
    room = np.empty((3, words), np.uint64)
    hops, pairs = 0, 0
    for source in range(n):
        room[0] = every
        steps, _, reached = _search(bits, source, room, n)
        hops += steps
        pairs += reached
    return hops / pairs if pairs > 0 else np.nan


@njit(cache=True)
def hop_distances(bits):  # type: ignore[no-untyped-def]
    """Return the number of hops between all nodes, infinite where there is no path."""
    n, words = bits.shape
    distances = np.full((n, n), np.inf)
    every = _all(n, words)
    room = np.empty((2, words), np.uint64)
    open_ = np.empty(words, np.uint64)
    for source in range(n):
        open_[:] = every
        frontier, found = room[0], room[1]
        frontier[:] = _ZERO
        frontier[source >> 6] = _ONE << _U(source & 63)
        open_[source >> 6] &= ~frontier[source >> 6]
        distances[source, source] = 0.0
        level = 0.0
        while _step(bits, frontier, open_, found) > 0:
            level += 1.0
            for w in range(words):
                word = found[w]
                while word != _ZERO:
                    low = word & (~word + _ONE)
                    distances[source, (w << 6) + _count(low - _ONE)] = level
                    word ^= low
            frontier, found = found, frontier
    return distances


@njit(cache=True)
def local_hops(bits):  # type: ignore[no-untyped-def]
    """Return each node's efficiency among its neighbours; NaN with fewer than two."""
    n, words = bits.shape
    room = np.empty((3, words), np.uint64)
    local = np.full(n, np.nan)
    for node in range(n):
        degree = 0
        for w in range(words):
            degree += _count(bits[node, w])
        if degree < 2:
            continue
        total = 0.0
        for w in range(words):
            word = bits[node, w]
            while word != _ZERO:
                low = word & (~word + _ONE)
                word ^= low
                room[0] = bits[node]
                total += _search(bits, (w << 6) + _count(low - _ONE), room, degree)[1]
        local[node] = total / (degree * (degree - 1))
    return local


@njit(cache=True)
def _clustering(bits):  # type: ignore[no-untyped-def]
    """Return the mean share of pairs of neighbours that are linked; 0 with fewer than two."""
    n, words = bits.shape
    total = 0.0
    for i in range(n):
        degree, linked = 0, 0
        for w in range(words):
            degree += _count(bits[i, w])
            word = bits[i, w]
            while word != _ZERO:
                low = word & (~word + _ONE)
                j = (w << 6) + _count(low - _ONE)
                word ^= low
                for k in range(words):
                    linked += _count(bits[i, k] & bits[j, k])
        if degree > 1:
            total += linked / (degree * (degree - 1))
    return total / n


@njit(cache=True)
def profiles(stack):  # type: ignore[no-untyped-def]
    """Return mean clustering and characteristic path length of each network of a stack."""
    clustering = np.empty(stack.shape[0])
    length = np.empty(stack.shape[0])
    for m in range(stack.shape[0]):
        bits = pack(stack[m])
        clustering[m] = _clustering(bits)
        length[m] = _mean_hops(bits)
    return clustering, length


@njit(cache=True, fastmath=_FAST)
def shorten(lengths, pivot):  # type: ignore[no-untyped-def]
    """Turn lengths of edges into lengths of shortest paths, in place; symmetric, diagonal 0."""
    n = lengths.shape[0]
    for k in range(n):
        for j in range(k):
            pivot[j] = lengths[k, j]
        for j in range(k, n):
            pivot[j] = lengths[j, k]
        for i in range(n):
            first = pivot[i]
            if first < np.inf and i != k:
                row = lengths[i]
                for j in range(i):
                    through = first + pivot[j]
                    row[j] = through if through < row[j] else row[j]
    for i in range(n):
        for j in range(i):
            lengths[j, i] = lengths[i, j]


@njit(cache=True)
def local_lengths(roots):  # type: ignore[no-untyped-def]
    """Return each node's weighted efficiency among its neighbours, from cube roots of weights."""
    n = roots.shape[0]
    local = np.full(n, np.nan)
    near = np.empty(n, np.int64)
    space = np.empty(n * n)
    pivot = np.empty(n)
    for node in range(n):
        k = 0
        for j in range(n):
            if j != node and roots[node, j] != 0.0:
                near[k] = j
                k += 1
        if k < 2:
            continue
        lengths = space[: k * k].reshape((k, k))
        for a in range(k):
            for b in range(k):
                root = roots[near[a], near[b]]
                lengths[a, b] = 1.0 / root if root != 0.0 else np.inf
            lengths[a, a] = 0.0
        shorten(lengths, pivot)
        total = 0.0
        for a in range(k):
            for b in range(a):
                total += roots[node, near[a]] * roots[node, near[b]] / lengths[a, b]
        local[node] = 2.0 * total / (k * (k - 1))
    return local
