"""The compiled part of :mod:`rewire.numerics.betweenness`, in one file as numba's cache needs it.

After Brandes: shortest paths are counted outwards from a source and credited on the way back,
here over whole rows of the network at a time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_TIE = 1e-12  # of a length: paths nearer than that are equally long
_FAST = {"nnan", "nsz", "reassoc", "contract", "arcp"}  # infinite lengths stay what they are


@njit(cache=True, fastmath=_FAST)
def _count_paths(edges, source, level, paths, room):  # type: ignore[no-untyped-def]
    """Write each node's level and number of shortest paths from a source; return the last level.

    ``edges`` is 0 or 1. Nothing is walked once all nodes are reached.
    """
    n = edges.shape[0]
    level[:] = -1
    level[source] = 0
    paths[:] = 0.0
    paths[source] = 1.0
    reached, last, before = 1, 0, 0
    while reached < n and reached > before:
        before = reached
        room[:] = 0.0
        for u in range(n):
            if level[u] == last:
                share = paths[u]
                for j in range(n):
                    room[j] += share * edges[u, j]
        for j in range(n):
            if level[j] < 0 and room[j] > 0.0:
                level[j] = last + 1
                paths[j] = room[j]
                reached += 1
        last += 1
    return last


@njit(cache=True, fastmath=_FAST)
def hop_between(edges):  # type: ignore[no-untyped-def]
    """Return how many shortest paths, in hops, of ordered pairs lead through each node."""
    n = edges.shape[0]
    total = np.zeros(n)
    level = np.empty(n, np.int64)
    paths, room, depends = np.empty(n), np.empty(n), np.empty(n)
    for source in range(n):
        last = _count_paths(edges, source, level, paths, room)
        depends[:] = 0.0
        for below in range(last - 1, 0, -1):
            for j in range(n):
                room[j] = (1.0 + depends[j]) / paths[j] if level[j] == below + 1 else 0.0
            for u in range(n):
                if level[u] == below:
                    share = 0.0
                    for j in range(n):
                        share += room[j] * edges[u, j]
                    depends[u] = paths[u] * share
                    total[u] += depends[u]
    return total


@njit(cache=True, fastmath=_FAST)
def _leading(distance, edges, paths, here):  # type: ignore[no-untyped-def]
    """Count the shortest paths that end with an edge to a node at distance ``here``."""
    slack = _TIE * here
    count = 0.0
    for j in range(distance.size):
        count += paths[j] if abs(distance[j] + edges[j] - here) <= slack else 0.0
    return count


@njit(cache=True, fastmath=_FAST)
def _credit(distance, edges, paths, here, share, depends):  # type: ignore[no-untyped-def]
    """Credit the nodes before a node at distance ``here`` with their share of its paths."""
    slack = _TIE * here
    for j in range(distance.size):
        on = abs(distance[j] + edges[j] - here) <= slack
        depends[j] += share * paths[j] if on else 0.0


@njit(cache=True)
def between(distances, edges):  # type: ignore[no-untyped-def]
    """Return how many shortest paths of ordered pairs lead through each node (Brandes).

    ``edges`` are lengths, infinite where there is no edge and on the diagonal.
    """
    n = distances.shape[0]
    total = np.zeros(n)
    paths = np.empty(n)
    depends = np.empty(n)
    for source in range(n):
        distance = distances[source]
        order = np.argsort(distance)
        paths[:] = 0.0
        depends[:] = 0.0
        paths[source] = 1.0
        for p in range(1, n):
            v = order[p]
            if distance[v] == np.inf:
                break
            paths[v] = _leading(distance, edges[v], paths, distance[v])
        for p in range(n - 1, 0, -1):
            v = order[p]
            if paths[v] > 0.0:
                share = (1.0 + depends[v]) / paths[v]
                _credit(distance, edges[v], paths, distance[v], share, depends)
                total[v] += depends[v]
    return total
