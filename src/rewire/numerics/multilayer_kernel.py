"""The compiled part of :mod:`rewire.numerics.multilayer`, in one file as numba's cache needs it.

The supra-matrix of gains is never built: coupling joins a node to itself alone and is read from
the labels. ``table[s, c]`` holds what each node of layer s gains from module c there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_OUT = -1
_MANY = 1_000_000  # passes
TOLERANCE = 1e-13  # of the largest gain and per node: smaller improvements are rounding


class Layers(NamedTuple):
    """A problem with several layers, as the kernels take it."""

    gains: npt.NDArray[
        np.float64
    ]  # of two nodes in one module, (layers, nodes, nodes), diagonals 0
    links: npt.NDArray[np.float64]  # of a node in one module in two layers, (layers, layers)
    near: npt.NDArray[np.int64]  # layers linked to each, itself where there are fewer
    stride: int  # layers this far apart form chains whose links join neighbours alone
    trials: int  # how often a layer's modules are ruined and mended in one round
    tolerance: float  # gains up to this are rounding


@njit(cache=True)
def _below(state, n):  # type: ignore[no-untyped-def]
    """Draw an integer from 0 to n - 1 (splitmix64)."""
    state[0] += _STEP
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * _MIX_A
    z = (z ^ (z >> np.uint64(27))) * _MIX_B
    z = z ^ (z >> np.uint64(31))
    return np.int64(((z >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@njit(cache=True)
def _shuffle(order, state):  # type: ignore[no-untyped-def]
    for i in range(order.size - 1, 0, -1):
        j = _below(state, i + 1)
        order[i], order[j] = order[j], order[i]


@njit(cache=True, fastmath=True)
def _shift(held, own, target, gains):  # type: ignore[no-untyped-def]
    """Take a node's gains from one module's row and add them to another's."""
    for j in range(gains.size):
        held[own, j] -= gains[j]
    for j in range(gains.size):
        held[target, j] += gains[j]


@njit(cache=True, fastmath=True)
def _settle(gains, held, labels, order, tolerance):  # type: ignore[no-untyped-def]
    """Move nodes of one network, in turn, to where they gain most until none gains.

    ``held[c, i]`` is what node i gains from module c. Returns what was gained.
    """
    n, rows = gains.shape[0], held.shape[0]
    gained = 0.0
    quiet = 0
    at = 0
    while quiet < n:
        i = order[at]
        at = at + 1 if at + 1 < n else 0
        own = labels[i]
        here = held[own, i]
        best = here
        target = own
        for c in range(rows):
            target = c if held[c, i] > best else target
            best = held[c, i] if held[c, i] > best else best
        quiet += 1
        if best - here > tolerance:
            gained += best - here
            quiet = 0
            labels[i] = target
            _shift(held, own, target, gains[i])
    return gained


@njit(cache=True)
def _number(labels, names):  # type: ignore[no-untyped-def]
    """Renumber labels from 0 without gaps, in order of their old numbers; return how many."""
    names[:] = _OUT
    for label in labels.flat:
        names[label] = 0
    count = 0
    for c in range(names.size):
        if names[c] != _OUT:
            names[c] = count
            count += 1
    flat = labels.reshape(-1)
    for i in range(flat.size):
        flat[i] = names[flat[i]]
    return count


@njit(cache=True)
def _tabulate(gains, labels, table):  # type: ignore[no-untyped-def]
    """Fill the table of what nodes gain from modules."""
    table[:] = 0.0
    for s in range(labels.shape[0]):
        for i in range(labels.shape[1]):
            row = table[s, labels[s, i]]
            for j in range(labels.shape[1]):
                row[j] += gains[s, i, j]


@njit(cache=True)
def _with_room(table, needed):  # type: ignore[no-untyped-def]
    """Return the table, with more rows where it has fewer than needed."""
    if table.shape[1] >= needed:
        return table
    larger = np.zeros((table.shape[0], 2 * needed, table.shape[2]))
    larger[:, : table.shape[1]] = table
    return larger


@njit(cache=True)
def _drop_empty(table, labels, count):  # type: ignore[no-untyped-def]
    """Close the gaps that empty modules leave; return how many modules there are."""
    names = np.empty(count + 1, np.int64)
    left = _number(labels, names)
    for c in range(count + 1):
        if names[c] != _OUT and names[c] != c:
            table[:, names[c]] = table[:, c]
    table[:, left:] = 0.0
    return left


@njit(cache=True, fastmath=True)
def _best_path(value, links, first, stride, back):  # type: ignore[no-untyped-def]
    """Find a node's best modules along a chain of layers by dynamic programming.

    Returns the sum and the module at the end; ``back[m]`` is the best module of layer m - 1 for
    whoever changes there, and ``value`` is overwritten by the best sums so far.
    """
    length, rows = value.shape
    best = 0.0
    top = 0
    for m in range(length):
        if m > 0:
            s = first + (m - 1) * stride
            stay = links[s, s + stride]
            back[m] = top
            for c in range(rows):
                same = value[m - 1, c] + stay
                value[m, c] += same if same > best else best
        best = value[m, 0]
        for c in range(rows):
            best = value[m, c] if value[m, c] > best else best
        top = 0
        while value[m, top] != best:
            top += 1
    return best, top


@njit(cache=True, fastmath=True)
def _value_path(net, table, labels, node, first, value):  # type: ignore[no-untyped-def]
    """Write what a node gains from each module in each layer of a chain, others held as they are.

    Returns what the node's present modules are worth, coupling included.
    """
    stride = net.stride
    now = 0.0
    for m in range(value.shape[0]):
        s = first + m * stride
        for c in range(value.shape[1]):
            value[m, c] = table[s, c, node]
        for t in net.near[s]:
            if stride > 1 and (t - first) % stride != 0:
                value[m, labels[t, node]] += net.links[s, t]
        now += value[m, labels[s, node]]
        if m > 0 and labels[s, node] == labels[s - stride, node]:
            now += net.links[s - stride, s]
    return now


@njit(cache=True, fastmath=True)
def _visit(net, table, labels, node, first, work):  # type: ignore[no-untyped-def]
    """Give a node its best modules along the chain from ``first``; return whether it moved."""
    stride = net.stride
    length = (labels.shape[0] - first + stride - 1) // stride
    value, back = work[0][:length], work[1]
    now = _value_path(net, table, labels, node, first, value)
    best, module = _best_path(value, net.links, first, stride, back)
    if best - now <= net.tolerance:
        return False
    for m in range(length - 1, -1, -1):
        s = first + m * stride
        own = labels[s, node]
        if own != module:
            _shift(table[s], own, module, net.gains[s, node])
            labels[s, node] = module
        if m > 0:
            stay = value[m - 1, module] + net.links[s - stride, s]
            module = module if stay >= value[m - 1, back[m]] else back[m]
    return True


@njit(cache=True)
def _walk(net, table, labels, count, passes, state):  # type: ignore[no-untyped-def]
    """Give every node its best path until none gains, or for so many passes; as improve."""
    layers, n = labels.shape
    order = np.arange(n)
    back = np.empty(layers, np.int64)
    value = np.empty((layers, count + 1))
    quiet = 0
    while quiet < n and passes > 0:
        passes -= 1
        _shuffle(order, state)
        for node in order:
            moved = False
            for first in range(min(net.stride, layers)):
                moved |= _visit(net, table, labels, node, first, (value, back))
            quiet = 0 if moved else quiet + 1
            if moved and (labels[:, node] == count).any():
                count += 1
                table = _with_room(table, count + 1)
                value = np.empty((layers, count + 1))
            if quiet == n:
                break
    return table, _drop_empty(table, labels, count)


@njit(cache=True, fastmath=True)
def _dissolve(gains, room, labels, order, state):  # type: ignore[no-untyped-def]
    """Empty a random module of one layer and put its nodes, in turn, where each gains most."""
    held, field = room[0], room[2]
    n = labels.size
    module = labels[_below(state, n)]
    gained = 0.0
    for i in range(n):
        if labels[i] == module:
            gained -= 0.5 * (held[module, i] + field[module, i])
            labels[i] = _OUT
    held[module] = field[module]
    start = _below(state, n)
    for k in range(n):
        i = order[k + start - n if k + start >= n else k + start]
        if labels[i] == _OUT:
            target = 0
            for c in range(1, held.shape[0]):
                target = c if held[c, i] > held[target, i] else target
            gained += held[target, i]
            labels[i] = target
            for j in range(n):
                held[target, j] += gains[i, j]
    return gained


@njit(cache=True, fastmath=True)
def _absorb(gains, held, labels, state):  # type: ignore[no-untyped-def]
    """Put all nodes of a random module of one layer into another module."""
    n = labels.size
    module = labels[_below(state, n)]
    target = _below(state, held.shape[0])
    gained = 0.0
    for i in range(n):
        if labels[i] == module and target != module:
            gained += held[target, i] - held[module, i]
            labels[i] = target
            _shift(held, module, target, gains[i])
    return gained


@njit(cache=True)
def _shake(net, table, labels, s, room, state):  # type: ignore[no-untyped-def]
    """Ruin and mend the modules of layer s some times, keep what gains; other layers stand.

    ``room`` has shape (3, modules + 1, nodes): what nodes gain from modules with coupling, the
    same before the trial, and what they gain from coupling alone.
    """
    n = labels.shape[1]
    held, before, field = room[0], room[1], room[2]
    rows = held.shape[0]
    field[:] = 0.0
    for t in net.near[s]:
        for i in range(n):
            field[labels[t, i], i] += net.links[s, t]
    held[:] = table[s, :rows] + field
    before[:] = held
    own = labels[s].copy()
    order = np.arange(n)
    _shuffle(order, state)
    for trial in range(net.trials):
        if trial % 2 == 0:
            gained = _dissolve(net.gains[s], room, own, order, state)
        else:
            gained = _absorb(net.gains[s], held, own, state)
        gained += _settle(net.gains[s], held, own, order, net.tolerance)
        if gained > net.tolerance:
            labels[s] = own
            before[:] = held
        else:
            own[:] = labels[s]
            held[:] = before
    table[s, :rows] = before - field


@njit(cache=True)
def pool(net, table, labels, count):  # type: ignore[no-untyped-def]
    """Return what modules gain from each other, and hold inside, over all layers."""
    between = np.zeros((count, count))
    _tabulate(net.gains, labels, table)
    for s in range(labels.shape[0]):
        for c in range(count):
            for j in range(labels.shape[1]):
                between[c, labels[s, j]] += table[s, c, j]
        for t in net.near[s]:
            for i in range(labels.shape[1]):
                between[labels[s, i], labels[t, i]] += net.links[s, t]
    return between


@njit(cache=True)
def improve(net, table, labels, rounds, state):  # type: ignore[no-untyped-def]
    """Improve labels from what they are until no node's path gains.

    Returns the table, which may have grown, and the number of modules; draws from ``state``.
    """
    layers, n = labels.shape
    order = np.arange(layers)
    count = labels.max() + 1
    table = _with_room(table, count + 2)
    _tabulate(net.gains, labels, table)
    if rounds > 0:
        table, count = _walk(net, table, labels, count, 2, state)
    for turn in range(rounds):
        _shuffle(order, state)
        for s in order:
            _shake(net, table, labels, s, np.empty((3, count + 1, n)), state)
            if (labels[s] == count).any():
                count += 1
                table = _with_room(table, count + 1)
        count = _drop_empty(table, labels, count)
        if turn < rounds - 1:
            table, count = _walk(net, table, labels, count, 1, state)
    return _walk(net, table, labels, count, _MANY, state)
