"""The compiled part of random relabelling, in one file as numba's cache needs it."""

from __future__ import annotations

import numpy as np
from numba import njit

_U = np.uint64
_STEP = _U(0x9E3779B97F4A7C15)
_MIX_A = _U(0xBF58476D1CE4E5B9)
_MIX_B = _U(0x94D049BB133111EB)


@njit(cache=True)
def _draw(state):  # type: ignore[no-untyped-def]
    """Return 64 random bits for a state (splitmix64, Steele 2014, 10.1145/2714064.2660195)."""
    z = (state ^ (state >> _U(30))) * _MIX_A
    z = (z ^ (z >> _U(27))) * _MIX_B
    return z ^ (z >> _U(31))


@njit(cache=True)
def _state(seed, number):  # type: ignore[no-untyped-def]
    """Return where the random bits of one relabelling begin."""
    return _draw(_draw(seed + _STEP) + _STEP * _U(number + 1))


@njit(cache=True)
def fill_orders(seed, start, place, sizes, out):  # type: ignore[no-untyped-def]
    """Shuffle the members of each block (Fisher and Yates; Durstenfeld 1964).

    ``place`` lists participants block by block and ``sizes`` says how many each block has.
    """
    count, people = out.shape
    given = np.empty(people, dtype=np.int64)
    for b in range(count):
        state = _state(seed, start + b)
        given[:] = place
        first = 0
        for s in range(sizes.shape[0]):
            for i in range(sizes[s] - 1, 0, -1):
                state = state + _STEP
                j = np.int64(((_draw(state) >> _U(32)) * _U(i + 1)) >> _U(32))
                kept = given[first + i]
                given[first + i] = given[first + j]
                given[first + j] = kept
            first += sizes[s]
        for k in range(people):
            out[b, place[k]] = given[k]


@njit(cache=True)
def fill_flips(seed, start, out):  # type: ignore[no-untyped-def]
    """Draw a sign for every participant."""
    count, people = out.shape
    for b in range(count):
        state = _state(seed, start + b)
        for first in range(0, people, 64):
            state = state + _STEP
            bits = _draw(state)
            for j in range(first, min(first + 64, people)):
                out[b, j] = 1 if bits & _U(1) == _U(0) else -1
                bits = bits >> _U(1)
