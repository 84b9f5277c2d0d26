"""The compiled part of :mod:`rewire.numerics.network_nulls`, in one file as numba's cache needs it.

An edge is one integer of four fields of ``shift`` bits, ``(b, a, a, b)`` from the top: the pair
(a, b), and above it the same pair the other way round. A pair also is an index into the table of
weights, so that most questions about two edges are a few operations on whole integers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_U = np.uint64
_STEP = _U(0x9E3779B97F4A7C15)
_MIX_A = _U(0xBF58476D1CE4E5B9)
_MIX_B = _U(0x94D049BB133111EB)
_BATCH = 1024
_PATIENCE = 64


@njit(cache=True)
def _draw(draws, state, size):  # type: ignore[no-untyped-def]
    """Fill a batch with two edges (bits 32 up; 1 to 31) and a coin (bit 0); splitmix64."""
    low = _U(0xFFFFFFFF)
    for i in range(draws.size):
        z = state + _U(i) * _STEP
        z = (z ^ (z >> _U(30))) * _MIX_A
        z = (z ^ (z >> _U(27))) * _MIX_B
        z = z ^ (z >> _U(31))
        first = ((z & low) * size) & ~low
        second = ((z >> _U(33)) * size) >> _U(31)
        draws[i] = first | (second << _U(1)) | ((z >> _U(32)) & _U(1))
    return state + _U(draws.size) * _STEP


@njit(cache=True)
def _batch(table, edges, draws, shift, progress):  # type: ignore[no-untyped-def]
    """Try one batch of swaps.

    ``progress`` holds edges still to do, attempts so far on this one, most attempts on one, and
    swaps made. A swap turns (a, b), (c, d) into (a, d), (c, b); weights stay with a and c in one
    direction and with d and b in the other. The four must differ, or the draw does not count.
    """
    two = _U(2) * shift
    low = (_U(1) << shift) - _U(1)
    high = low << shift
    pair = low | high
    ones = (_U(1) << shift) | _U(1)
    ones = ones | (ones << two)
    tops = ones << (shift - _U(1))
    todo, tried, most, swaps = progress[0], progress[1], progress[2], progress[3]
    for draw in draws:
        e1 = draw >> _U(32)
        e2 = (draw >> _U(1)) & _U(0x7FFFFFFF)
        first = _U(edges[e1])
        was = _U(edges[e2])
        ab = first & pair
        # A field of `met` is 0 where two ends are one node; the next line finds any such field.
        met = (ab | (ab << two)) ^ was
        apart = ((met - ones) & ~met & tops) == _U(0)
        turned = (was >> two) | ((was & pair) << two)
        second = turned if draw & _U(1) != _U(0) else was
        cd = second & pair
        ad = cd ^ ((ab ^ cd) & high)
        cb = ab ^ ((ab ^ cd) & high)
        edges[e2] = second if apart else was
        free = apart & ((table[ad] | table[cb]) == 0)
        tried += apart
        if free:
            ba, dc = (first >> two) & pair, (second >> two) & pair
            da, bc = (dc & high) | (ba & low), (ba & high) | (dc & low)
            table[ad], table[ab] = table[ab], 0
            table[da], table[ba] = table[ba], 0
            table[cb], table[cd] = table[cd], 0
            table[bc], table[dc] = table[dc], 0
            edges[e1], edges[e2] = ad | (da << two), cb | (bc << two)
            swaps += 1
        if free | (tried > most):
            tried = 0
            todo -= 1
            if todo == 0:
                break
    progress[0], progress[1], progress[3] = todo, tried, swaps


@njit(cache=True)
def _rewire(table, edges, draws, shift, progress, seed):  # type: ignore[no-untyped-def]
    """Go through all edges; give up where no two edges without a node in common turn up."""
    state = seed
    idle = 0
    while progress[0] > 0 and idle < _PATIENCE:
        todo, tried = progress[0], progress[1]
        state = _draw(draws, state, _U(edges.size))
        _batch(table, edges, draws, shift, progress)
        stuck = progress[0] == todo and progress[1] == tried
        idle = idle + 1 if stuck else 0


@njit(cache=True)
def _index(weights, shift, table, edges, values):  # type: ignore[no-untyped-def]
    """Number the edges of the lower triangle; return how many there are."""
    n = weights.shape[0]
    count = 0
    for i in range(n):
        for j in range(i + 1):
            if weights[i, j] != 0.0:
                ij, ji = _U(i << shift | j), _U(j << shift | i)
                edges[count] = ij | (ji << _U(2 * shift))
                count += 1
                table[ij] = count
                table[ji] = count
                values[count] = weights[i, j]
    return count


@njit(cache=True)
def rewire(weights, rounds, seeds, blank, edges):  # type: ignore[no-untyped-def]
    """Return one rewired network and its number of swaps for each seed.

    ``blank`` and ``edges`` are empty arrays whose types are wide enough for the table of weights
    and for the edges. Maslov and Sneppen's swaps with the counts of the Brain Connectivity
    Toolbox: as many edges as there are, times rounds, and up to round(k / (n - 1)) + 1 attempts
    for each.
    """
    n = weights.shape[0]
    shift = 1
    while (1 << shift) < n:
        shift += 1
    start = np.zeros(n << shift, blank.dtype)
    listed = np.empty(n * (n + 1) // 2, edges.dtype)
    values = np.zeros(n * (n + 1) // 2 + 1)
    count = _index(weights, shift, start, listed, values)
    nulls = np.empty((seeds.size, n, n))
    swaps = np.zeros(seeds.size, np.int64)
    draws = np.empty(_BATCH, np.uint64)
    progress = np.zeros(4, np.int64)
    for t in range(seeds.size):
        table = start.copy()
        if count > 1:
            progress[:] = (count * rounds, 0, int(np.round(count / (n - 1))), 0)
            _rewire(table, listed[:count].copy(), draws, _U(shift), progress, seeds[t])
        for i in range(n):
            for j in range(n):
                nulls[t, i, j] = values[table[i << shift | j]]
        swaps[t] = progress[3]
    return nulls, swaps, count
