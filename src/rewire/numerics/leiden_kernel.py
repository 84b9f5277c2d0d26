"""The compiled part of :mod:`rewire.numerics.leiden`, in one file as numba's cache needs it."""

from __future__ import annotations

import numpy as np
from numba import njit

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
MOST_ROUNDS = 20  # of the whole method; it has stopped gaining long before
TOLERANCE = 1e-13  # of the largest gain and per node: smaller improvements are rounding


@njit(cache=True)
def _shuffle(order, n, seed):  # type: ignore[no-untyped-def]
    """Permute the first n entries in place; return the state of the generator (splitmix64)."""
    for i in range(n - 1, 0, -1):
        seed = seed + _STEP
        z = (seed ^ (seed >> np.uint64(30))) * _MIX_A
        z = (z ^ (z >> np.uint64(27))) * _MIX_B
        z = z ^ (z >> np.uint64(31))
        j = np.int64(((z >> np.uint64(32)) * np.uint64(i + 1)) >> np.uint64(32))
        order[i], order[j] = order[j], order[i]
    return seed


@njit(cache=True)
def _best_module(gains, module, size, towards, node):  # type: ignore[no-untyped-def]
    """Return the module that a node gains most from, and by how much more than from its own.

    A node that gains from none goes to an empty module, never to strangers that it gains 0 from.
    """
    n = module.size
    towards[:n] = 0.0
    for j in range(n):
        towards[module[j]] += gains[node, j]
    own = module[node]
    best = max(towards[own], 0.0)
    target = own
    for t in range(n):
        if towards[t] > best:
            best = towards[t]
            target = t
    if target == own and towards[own] < 0.0:
        target = 0
        while size[target] > 0:
            target += 1
    return target, best - towards[own]


@njit(cache=True)
def _move_nodes(gains, module, order, room, tolerance, seed):  # type: ignore[no-untyped-def]
    """Move nodes one at a time until a whole pass moves none; return moves and generator."""
    n = module.size
    towards, size = room[0], room[1]
    size[:n] = 0.0
    for i in range(n):
        order[i] = i
        size[module[i]] += 1.0
    moves = 0
    before = -1
    while moves != before:
        before = moves
        seed = _shuffle(order, n, seed)
        for p in range(n):
            node = order[p]
            target, more = _best_module(gains, module, size, towards, node)
            if more > tolerance:
                size[module[node]] -= 1.0
                size[target] += 1.0
                module[node] = target
                moves += 1
    return moves, seed


@njit(cache=True)
def _ties_within(gains, module, inside):  # type: ignore[no-untyped-def]
    """Write the gain of each node with the rest of its module."""
    n = module.size
    for i in range(n):
        inside[i] = 0.0
        for j in range(n):
            if module[j] == module[i]:
                inside[i] += gains[i, j]


@njit(cache=True)
def _refine(gains, module, part, room, tolerance, seed):  # type: ignore[no-untyped-def]
    """Take each module apart and merge what belongs together; return the generator.

    Only a node that is still alone moves, only inside its module, only while it and the part
    that it joins are well connected to the rest of the module (their gains with it are not
    negative). So no part falls into pieces that would rather be apart.
    """
    n = module.size
    towards, inside, cut, alone = room[0], room[1], room[2], room[3]
    order = np.arange(n)
    _ties_within(gains, module, inside)
    for i in range(n):
        part[i] = i
        alone[i] = 1.0
        cut[i] = inside[i]
    seed = _shuffle(order, n, seed)
    for p in range(n):
        node = order[p]
        if alone[node] == 0.0 or inside[node] < -tolerance:
            continue
        towards[:n] = 0.0
        for j in range(n):
            if module[j] == module[node]:
                towards[part[j]] += gains[node, j]
        best = tolerance
        target = -1
        for t in range(n):
            if towards[t] > best and cut[t] >= -tolerance:
                best = towards[t]
                target = t
        if target >= 0:
            part[node] = target
            cut[target] += inside[node] - 2.0 * best
            alone[target] = 0.0
            alone[node] = 0.0
    return seed


@njit(cache=True)
def _number(labels, number):  # type: ignore[no-untyped-def]
    """Renumber labels from 0 in place; return how many there are."""
    number[: labels.size] = -1
    count = 0
    for i in range(labels.size):
        if number[labels[i]] < 0:
            number[labels[i]] = count
            count += 1
        labels[i] = number[labels[i]]
    return count


@njit(cache=True)
def _pool(gains, module, part, number, pool):  # type: ignore[no-untyped-def]
    """Make nodes of the parts; return their gains and the modules that they begin in."""
    n = module.size
    count = _number(part, number)
    pooled = pool[: count * count].reshape((count, count))
    pooled[:] = 0.0
    begin = np.empty(count, np.int64)
    for i in range(n):
        for j in range(n):
            pooled[part[i], part[j]] += gains[i, j]
    _number(module, number)
    for i in range(n):
        begin[part[i]] = module[i]
    for t in range(count):
        pooled[t, t] = 0.0
    return pooled, begin


@njit(cache=True)
def _round(gains, labels, pools, room, tolerance, seed):  # type: ignore[no-untyped-def]
    """Move, refine and pool until every part is a node; return moves made and the generator."""
    n = labels.size
    order = np.empty(n, np.int64)
    number = np.empty(n, np.int64)
    where = np.arange(n)
    module = labels.copy()
    current = gains
    moved = 0
    level = 0
    while True:
        moves, seed = _move_nodes(current, module, order, room, tolerance, seed)
        moved += moves
        part = np.empty(module.size, np.int64)
        seed = _refine(current, module, part, room, tolerance, seed)
        for i in range(n):
            labels[i] = module[where[i]]
        pooled, begin = _pool(current, module, part, number, pools[level % 2])
        if begin.size == module.size:
            return moved, seed
        for i in range(n):
            where[i] = part[where[i]]
        current, module = pooled, begin
        level += 1


@njit(cache=True)
def restarts(gains, seeds, tolerance):  # type: ignore[no-untyped-def]
    """Return the gain inside modules and the labels of each restart; the diagonal is 0."""
    n = gains.shape[0]
    totals = np.zeros(seeds.size)
    labels = np.empty((seeds.size, n), np.int64)
    pools = np.empty((2, n * n))
    room = np.empty((4, n))
    for r in range(seeds.size):
        seed = seeds[r]
        for i in range(n):
            labels[r, i] = i
        for _ in range(MOST_ROUNDS):
            moved, seed = _round(gains, labels[r], pools, room, tolerance, seed)
            if moved == 0:
                break
        for i in range(n):
            for j in range(n):
                if labels[r, i] == labels[r, j]:
                    totals[r] += gains[i, j]
    return totals, labels
