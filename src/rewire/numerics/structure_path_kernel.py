"""The compiled part of :mod:`rewire.numerics.structure_paths`, in one file for numba's cache."""

from __future__ import annotations

import numpy as np
from numba import njit

_TIE = 1e-10
"""Two paths are equally long if their lengths differ by less than this share."""


@njit(cache=True)
def follow(lengths, distances, steps, match):  # type: ignore[no-untyped-def]
    """Walk all shortest paths from every region and return what is met on the way.

    Of the first array [i, j] is the chance that a walker who takes ``steps`` goes from i to j along
    a shortest path; of the second the mean of ``match`` over pairs of regions on the path. Where
    several paths are equally short the chances are added, and the mean is over paths, each last
    step being as likely as the others. NaN where there is no path.
    """
    n = lengths.shape[0]
    chance = np.full((n, n), np.nan)
    detour = np.full((n, n), np.nan)
    on_path = np.zeros((n, n))
    total, pairs = np.zeros(n), np.zeros(n)
    for i in range(n):
        order = np.argsort(distances[i])
        on_path[:] = 0.0
        total[:] = 0.0
        pairs[:] = 0.0
        chance[i, i] = 1.0
        on_path[i, i] = 1.0
        for j in order:
            if j == i or not np.isfinite(distances[i, j]):
                continue
            before, found = 0, 0.0
            for k in range(n):
                if k == j or not distances[i, k] < distances[i, j]:
                    continue
                apart = distances[i, k] + lengths[k, j] - distances[i, j]
                if not abs(apart) <= _TIE * distances[i, j]:
                    continue
                before += 1
                found += chance[i, k] * steps[k, j]
                own, met = total[k], pairs[k]
                for a in range(n):
                    own += on_path[k, a] * match[a, j]
                    met += on_path[k, a]
                    on_path[j, a] += on_path[k, a]
                total[j] += own
                pairs[j] += met
            on_path[j] /= before
            total[j] /= before
            pairs[j] /= before
            on_path[j, j] = 1.0
            chance[i, j] = found
            detour[i, j] = total[j] / pairs[j]
    return chance, detour
