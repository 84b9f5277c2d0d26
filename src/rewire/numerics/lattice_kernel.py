"""The compiled part of the lattice null, in one file as numba's cache needs it."""

from __future__ import annotations

import numpy as np
from numba import njit

_U = np.uint64
_STEP = _U(0x9E3779B97F4A7C15)
_MIX_A = _U(0xBF58476D1CE4E5B9)
_MIX_B = _U(0x94D049BB133111EB)


@njit(cache=True)
def _draw(state):  # type: ignore[no-untyped-def]
    """Return 64 random bits for a state (splitmix64)."""
    z = (state ^ (state >> _U(30))) * _MIX_A
    z = (z ^ (z >> _U(27))) * _MIX_B
    return z ^ (z >> _U(31))


@njit(cache=True)
def _apart(i, j, n):  # type: ignore[no-untyped-def]
    """Distance of two places on a ring."""
    step = abs(i - j)
    return step if 2 * step <= n else n - step


@njit(cache=True)
def _swap(linked, ends, place, attempts, state):  # type: ignore[no-untyped-def]
    """Try swaps of two edges drawn at random, and keep those that do not make edges longer."""
    n = linked.shape[0]
    count = ends.shape[0]
    for _ in range(attempts):
        state = state + _STEP
        bits = _draw(state)
        e = np.int64(((bits & _U(0xFFFFFFFF)) * _U(count)) >> _U(32))
        f = np.int64(((bits >> _U(33)) * _U(count)) >> _U(31))
        a, b, c, d = ends[e, 0], ends[e, 1], ends[f, 0], ends[f, 1]
        if (bits >> _U(32)) & _U(1) != _U(0):
            c, d = d, c
        if a in (c, d) or b in (c, d) or linked[a, d] or linked[c, b]:
            continue
        before = _apart(place[a], place[b], n) + _apart(place[c], place[d], n)
        if _apart(place[a], place[d], n) + _apart(place[c], place[b], n) <= before:
            linked[a, b] = linked[b, a] = linked[c, d] = linked[d, c] = False
            linked[a, d] = linked[d, a] = linked[c, b] = linked[b, c] = True
            ends[e, 1], ends[f, 0], ends[f, 1] = d, c, b


@njit(cache=True)
def latticise(adjacency, attempts, rng):  # type: ignore[no-untyped-def]
    """Swap edges wherever that makes them shorter on a ring of the nodes in a random order.

    The network is changed in place, symmetric with a zero diagonal; every node keeps its degree.
    """
    n = adjacency.shape[0]
    place = rng.permutation(n)
    seed = _U(rng.integers(0, 2**62))
    linked = adjacency != 0.0
    ends = np.empty((n * n // 2 + 1, 2), np.int64)
    count = 0
    for i in range(n):
        for j in range(i):
            if linked[i, j]:
                ends[count, 0], ends[count, 1] = i, j
                count += 1
    if count > 1:
        _swap(linked, ends[:count], place, attempts * count, seed)
    for i in range(n):
        for j in range(n):
            adjacency[i, j] = 1.0 if linked[i, j] else 0.0
