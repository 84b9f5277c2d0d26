"""The compiled part of the strength-preserving null, in one file as numba's cache needs it."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def _exchange(heads, tails, values, excess, proposals, rng):  # type: ignore[no-untyped-def]
    """Exchange the weights of random pairs of edges wherever that brings strengths nearer."""
    count = heads.size
    for _ in range(proposals):
        e = rng.integers(0, count)
        f = rng.integers(0, count)
        a, b, c, d = heads[e], tails[e], heads[f], tails[f]
        if a in (c, d) or b in (c, d):
            continue
        step = values[f] - values[e]
        if step * (excess[a] + excess[b] - excess[c] - excess[d]) + 2.0 * step * step < 0.0:
            excess[a] += step
            excess[b] += step
            excess[c] -= step
            excess[d] -= step
            values[e], values[f] = values[f], values[e]


@njit(cache=True)
def reassign_weights(stack, strengths, proposals_per_edge, rng):  # type: ignore[no-untyped-def]
    """Permute each network's weights over its edges so that strengths come near the given ones.

    The stack is changed in place; each network is symmetric with a zero diagonal.
    """
    n = stack.shape[1]
    heads = np.empty(n * n // 2, np.int64)
    tails = np.empty(n * n // 2, np.int64)
    values = np.empty(n * n // 2)
    excess = np.empty(n)
    for m in range(stack.shape[0]):
        count = 0
        for i in range(n):
            for j in range(i):
                if stack[m, i, j] != 0.0:
                    heads[count], tails[count], values[count] = i, j, stack[m, i, j]
                    count += 1
        rng.shuffle(values[:count])
        excess[:] = -strengths
        for e in range(count):
            excess[heads[e]] += values[e]
            excess[tails[e]] += values[e]
        proposals = proposals_per_edge * count
        _exchange(heads[:count], tails[:count], values[:count], excess, proposals, rng)
        for e in range(count):
            stack[m, heads[e], tails[e]] = values[e]
            stack[m, tails[e], heads[e]] = values[e]
