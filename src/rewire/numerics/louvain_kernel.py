"""The compiled part of :mod:`rewire.numerics.louvain`, in one file as numba's cache needs it."""

from __future__ import annotations

import numpy as np
from numba import njit

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_CLOSED = -1e300
_ALONE = -1
_PARTNER = -2
TOLERANCE = 1e-13  # of the largest gain and per node: smaller improvements are rounding

# Rows of the integer workspace `state`; the last row of the float workspace `table` is 0 where a
# node is alone and can be joined and _CLOSED otherwise. Few arrays, so that calls stay cheap.
_MODULE, _SIZE, _ORDER, _COUNT = 0, 1, 2, 3
_MODULES, _SINGLES = 0, 1


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


@njit(cache=True, fastmath=True)
def _pair(gains, table, state, node, best):  # type: ignore[no-untyped-def]
    """Open a module with a node and the lone node whose gain is the best."""
    n = gains.shape[0]
    single = table.shape[0] - 1
    partner = 0
    while partner < n - 1 and gains[node, partner] + table[single, partner] != best:
        partner += 1
    new = state[_COUNT, _MODULES]
    for j in range(n):
        table[new, j] = gains[node, j] + gains[partner, j]
    table[single, partner] = _CLOSED
    state[_SIZE, new] = 2
    state[_MODULE, node] = new
    state[_MODULE, partner] = new
    state[_COUNT, _MODULES] += 1
    state[_COUNT, _SINGLES] -= 1


@njit(cache=True)
def _close(table, state, empty, n):  # type: ignore[no-untyped-def]
    """Give the row of an empty module to the last one, so that few rows need looking at."""
    state[_COUNT, _MODULES] -= 1
    last = state[_COUNT, _MODULES]
    if empty != last:
        state[_SIZE, empty] = state[_SIZE, last]
        for j in range(n):
            table[empty, j] = table[last, j]
            module = state[_MODULE, j]
            state[_MODULE, j] = empty if module == last else module


@njit(cache=True, fastmath=True)
def _move(gains, table, state, node, target, best):  # type: ignore[no-untyped-def]
    """Take a node out of its module and put it where it is best."""
    n = gains.shape[0]
    single = table.shape[0] - 1
    own = state[_MODULE, node]
    if own == _ALONE:
        table[single, node] = _CLOSED
        state[_COUNT, _SINGLES] -= 1
    else:
        for j in range(n):
            table[own, j] -= gains[node, j]
        state[_SIZE, own] -= 1
    if target == _PARTNER:
        _pair(gains, table, state, node, best)
    elif target == _ALONE:
        state[_MODULE, node] = _ALONE
        table[single, node] = 0.0
        state[_COUNT, _SINGLES] += 1
    else:
        for j in range(n):
            table[target, j] += gains[node, j]
        state[_SIZE, target] += 1
        state[_MODULE, node] = target
    if own != _ALONE and state[_SIZE, own] == 0:
        _close(table, state, own, n)


@njit(cache=True, fastmath=True)
def _pass(gains, table, state, tolerance):  # type: ignore[no-untyped-def]
    """Visit every node once and move those that gain; return the number of moves.

    ``gains`` has a zero diagonal, so that the entry of a node's own module is what the node
    would lose by leaving. The loops have no branches, so that they vectorise, and what they need
    is not in functions of its own: a call costs as much as the loop.
    """
    n = gains.shape[0]
    single = table.shape[0] - 1
    moves = 0
    for p in range(n):
        node = state[_ORDER, p]
        own = state[_MODULE, node]
        here = table[own, node] if own != _ALONE else 0.0
        best = 0.0
        target = _ALONE
        for t in range(state[_COUNT, _MODULES]):
            gain = table[t, node]
            target = t if gain > best else target
            best = gain if gain > best else best
        if state[_COUNT, _SINGLES] > 0:
            partner = _CLOSED
            was = table[single, node]
            table[single, node] = _CLOSED
            for j in range(n):
                gain = gains[node, j] + table[single, j]
                partner = gain if gain > partner else partner
            table[single, node] = was
            target = _PARTNER if partner > best else target
            best = partner if partner > best else best
        if best - here > tolerance:
            moves += 1
            _move(gains, table, state, node, target, best)
    return moves


@njit(cache=True)
def _move_nodes(gains, table, state, tolerance, seed):  # type: ignore[no-untyped-def]
    """Move nodes one at a time, in random order, until a whole pass moves none.

    Returns the number of moves and the state of the generator.
    """
    n = gains.shape[0]
    for i in range(n):
        state[_MODULE, i] = _ALONE
        state[_ORDER, i] = i
        table[table.shape[0] - 1, i] = 0.0
    state[_COUNT, _MODULES] = 0
    state[_COUNT, _SINGLES] = n
    moves = 0
    before = -1
    while moves != before:
        before = moves
        seed = _shuffle(state[_ORDER], n, seed)
        moves += _pass(gains, table, state, tolerance)
    return moves, seed


@njit(cache=True)
def _aggregate(gains, table, state, pool):  # type: ignore[no-untyped-def]
    """Pool modules into nodes; return the gains between them and the gain inside them."""
    n = gains.shape[0]
    count = state[_COUNT, _MODULES]
    for i in range(n):
        if state[_MODULE, i] == _ALONE:
            state[_MODULE, i] = count
            for j in range(n):
                table[count, j] = gains[i, j]
            count += 1
    pooled = pool[: count * count].reshape((count, count))
    pooled[:] = 0.0
    inside = 0.0
    for t in range(count):
        for j in range(n):
            pooled[t, state[_MODULE, j]] += table[t, j]
        inside += pooled[t, t]
        pooled[t, t] = 0.0
    return pooled, inside


@njit(cache=True)
def restarts(gains, seeds, tolerance, table, pools):  # type: ignore[no-untyped-def]
    """Return the gain inside modules of each restart and the labels of the best.

    ``table``, shape (n + 1, n), and ``pools``, shape (2, n * n), are room to work in.
    """
    n = gains.shape[0]
    state = np.empty((4, max(n, 2)), np.int64)
    totals = np.zeros(seeds.size)
    labels = np.empty(n, np.int64)
    best = np.arange(n)
    highest = -np.inf
    for r in range(seeds.size):
        seed = seeds[r]
        labels[:] = np.arange(n)
        moves, seed = _move_nodes(gains, table, state, tolerance, seed)
        pooled, inside = _aggregate(gains, table, state, pools[0])
        level = 0
        while moves > 0:
            totals[r] += inside
            for i in range(n):
                labels[i] = state[_MODULE, labels[i]]
            level += 1
            current = pooled
            moves, seed = _move_nodes(current, table, state, tolerance, seed)
            if moves > 0:
                pooled, inside = _aggregate(current, table, state, pools[level % 2])
        if totals[r] > highest:
            highest = totals[r]
            best[:] = labels
    return totals, best


@njit(cache=True, fastmath=True)
def _fill_gains(weights, gamma, gains):  # type: ignore[no-untyped-def]
    """Write the modularity matrix, symmetrised; return the total weight (0: nothing written)."""
    n = weights.shape[0]
    out = np.zeros(n)
    into = np.zeros(n)
    for i in range(n):
        strength = 0.0
        for j in range(n):
            strength += weights[i, j]
            into[j] += weights[i, j]
        out[i] = strength
    total = out.sum()
    if total == 0.0:
        return total
    half = 0.5 * gamma / total
    for i in range(n):
        for j in range(n):
            gains[i, j] = 0.5 * weights[i, j] - half * (out[i] * into[j] + out[j] * into[i])
    for i in range(n):
        for j in range(n):
            gains[j, i] += 0.5 * weights[i, j]
    return total


@njit(cache=True)
def networks(stack, seeds, gamma):  # type: ignore[no-untyped-def]
    """Return Q of each restart on each network of a stack, and the last network's best labels."""
    count, n = stack.shape[0], stack.shape[1]
    quality = np.full(seeds.shape, np.nan)
    labels = np.arange(n)
    gains = np.empty((n, n))
    table = np.empty((n + 1, n))
    pools = np.empty((2, n * n))
    for m in range(count):
        total = _fill_gains(stack[m], gamma, gains)
        if total > 0.0:
            alone = 0.0
            for i in range(n):
                alone += gains[i, i]
                gains[i, i] = 0.0
            tolerance = TOLERANCE * n * np.abs(gains).max()
            totals, labels = restarts(gains, seeds[m], tolerance, table, pools)
            quality[m] = (totals + alone) / total
    return quality, labels
