"""Connected components of edges under many relabellings; one file, as numba's cache needs it."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def _root(parent, node):  # type: ignore[no-untyped-def]
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@njit(cache=True)
def label_components(t, ends, threshold, work):  # type: ignore[no-untyped-def]
    """Join the edges above a threshold; extent and intensity are those of each root.

    Parameters
    ----------
    t
        Statistic of each edge, shape (edges,); an edge of NaN is in no component.
    ends
        Nodes that each joins, shape (edges, 2).
    threshold
        Edges with ``t`` above it are joined.
    work
        Three arrays of shape (nodes,) that are written: the node above each, the edges under a
        root, and how far they pass the threshold altogether.

    Returns
    -------
    tuple of float
        The largest extent and the largest intensity.
    """
    parent, extent, intensity = work
    for v in range(parent.shape[0]):
        parent[v] = v
        extent[v] = 0.0
        intensity[v] = 0.0
    most, strongest = 0.0, 0.0
    for i in range(t.shape[0]):
        if t[i] > threshold:
            a, b = _root(parent, ends[i, 0]), _root(parent, ends[i, 1])
            if a != b:
                parent[b] = a
                extent[a] += extent[b]
                intensity[a] += intensity[b]
            extent[a] += 1.0
            intensity[a] += t[i] - threshold
            most = max(most, extent[a])
            strongest = max(strongest, intensity[a])
    return most, strongest


@njit(cache=True)
def largest_components(t, ends, nodes, threshold):  # type: ignore[no-untyped-def]
    """Return the largest extent and the largest intensity of each row of statistics."""
    work = (np.empty(nodes, dtype=np.int64), np.empty(nodes), np.empty(nodes))
    out = np.empty((t.shape[0], 2))
    for b in range(t.shape[0]):
        found = label_components(t[b], ends, threshold, work)
        out[b, 0] = found[0]
        out[b, 1] = found[1]
    return out


@njit(cache=True)
def _order_by_level(t, step, level, first, order):  # type: ignore[no-untyped-def]
    """Sort edges by the highest multiple of ``step`` below their statistic; return that level.

    A counting sort: ``order[first[k]:first[k + 1]]`` are the edges of level ``k``.
    """
    top = 0
    for i in range(t.shape[0]):
        level[i] = min(np.int64(np.ceil(t[i] / step)) - 1, first.shape[0] - 2) if t[i] > 0 else 0
        top = max(top, level[i])
    first[: top + 2] = 0
    for i in range(t.shape[0]):
        first[level[i] + 1] += 1
    for k in range(1, top + 2):
        first[k] += first[k - 1]
    for i in range(t.shape[0]):
        order[first[level[i]]] = i
        first[level[i]] += 1
    for k in range(top + 1, 0, -1):
        first[k] = first[k - 1]
    first[0] = 0
    return top


@njit(cache=True)
def _gathered(parent, gained, node):  # type: ignore[no-untyped-def]
    """Return the root of a node and what the node has gathered."""
    total = gained[node]
    while parent[node] != node:
        node = parent[node]
        total += gained[node]
    return node, total


@njit(cache=True)
def enhance(t, ends, weights, step, work):  # type: ignore[no-untyped-def]
    """Gather extent^E height^H over falling thresholds, and return the most of any edge.

    Thresholds fall from the highest multiple of ``step`` that an edge passes to ``step`` itself,
    and edges join as they pass. What a component gathers at a threshold is kept at its root; who
    joins it later takes less, so that every node's sum is right at any time. An edge has what
    its first node gathers after the edge joined, so that the most of any edge is the most of any
    node.

    Parameters
    ----------
    t, ends
        As in :func:`label_components`.
    weights
        extent^E for every extent, shape (edges + 1,), and height^H times ``step`` for every
        level, shape (levels,).
    step
        Distance of two thresholds.
    work
        From :func:`_room`; written.
    """
    wide, high = weights
    parent, extent, gained, level, first, order, before = work
    nodes = parent.shape[0]
    for v in range(nodes):
        parent[v] = v
        extent[v] = 0
        gained[v] = 0.0
    top = _order_by_level(t, step, level, first, order)
    for k in range(top, 0, -1):
        for q in range(first[k], first[k + 1]):
            i = order[q]
            a, had = _gathered(parent, gained, ends[i, 0])
            b, _ = _gathered(parent, gained, ends[i, 1])
            before[i] = had
            if a != b:
                if extent[a] < extent[b]:
                    a, b = b, a
                parent[b] = a
                gained[b] -= gained[a]
                extent[a] += extent[b]
            extent[a] += 1
        for v in range(nodes):
            if parent[v] == v and extent[v] > 0:
                gained[v] += wide[extent[v]] * high[k]
    most = 0.0
    for v in range(nodes):
        most = max(most, _gathered(parent, gained, v)[1])
    return most


@njit(cache=True)
def _room(edges, nodes, levels):  # type: ignore[no-untyped-def]
    """Return what :func:`enhance` writes.

    Of each node the one above it, its extent and what it gathered; of each edge its level, the
    bounds of levels, the order of edges, and what the first node had when the edge joined.
    """
    return (
        np.empty(nodes, dtype=np.int64),
        np.empty(nodes, dtype=np.int64),
        np.empty(nodes),
        np.empty(edges, dtype=np.int64),
        np.empty(levels + 1, dtype=np.int64),
        np.empty(edges, dtype=np.int64),
        np.zeros(edges),
    )


@njit(cache=True)
def enhance_edges(t, ends, nodes, weights, step):  # type: ignore[no-untyped-def]
    """Return what every edge of one map gathers, 0 for an edge at or below the first threshold."""
    work = _room(t.shape[0], nodes, weights[1].shape[0])
    enhance(t, ends, weights, step, work)
    parent, _, gained, level, _, _, before = work
    out = np.zeros(t.shape[0])
    for i in range(t.shape[0]):
        if level[i] > 0:
            out[i] = _gathered(parent, gained, ends[i, 0])[1] - before[i]
    return out


@njit(cache=True)
def largest_enhanced(t, ends, nodes, weights, step):  # type: ignore[no-untyped-def]
    """Return the most that an edge of each row of statistics gathers."""
    work = _room(t.shape[1], nodes, weights[1].shape[0])
    out = np.empty(t.shape[0])
    for b in range(t.shape[0]):
        out[b] = enhance(t[b], ends, weights, step, work)
    return out
