"""Communication over a connectome against bctpy 0.6 (an oracle in the tests alone).

Its own search_information and path_transitivity stop under numpy 2 (a path is a column there); its
shortest paths are sound, and what the papers define is summed along them here.
"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from rewire.numerics.structure_paths import path_measures
from rewire.numerics.structure_walks import first_passage_times

bct = pytest.importorskip("bct")


def _weights(share: float, seed: int = 0, n: int = 24) -> np.ndarray:
    """Weights below 1 of a network in one piece, without two equally short paths."""
    rng = np.random.default_rng(seed)
    made = np.triu(rng.uniform(0.05, 0.95, (n, n)) * (rng.random((n, n)) < share), 1)
    made[np.arange(n - 1), np.arange(1, n)] = rng.uniform(0.05, 0.95, n - 1)
    made[0, 1] = 1.0 - 1e-6  # the largest: its -log(w / largest) is as good as its -log(w)
    return made + made.T


def _matching(weights: np.ndarray, i: int, j: int) -> float:
    others = [k for k in range(len(weights)) if k not in (i, j)]
    both = [k for k in others if weights[i, k] > 0.0 and weights[j, k] > 0.0]
    return (weights[i, both] + weights[j, both]).sum() / (
        weights[i, others] + weights[j, others]
    ).sum()


@pytest.mark.parametrize("share", [0.2, 1.0])
@pytest.mark.parametrize(("rule", "transform"), [("inverse", "inv"), ("log", "log")])
def test_along_shortest_paths(share: float, rule: str, transform: str) -> None:
    weights = _weights(share)
    length, hops, following = bct.distance_wei_floyd(weights, transform)
    steps = weights / weights.sum(axis=1, keepdims=True)
    found = path_measures(weights, rule)
    longest = 0
    for i, j in combinations(range(len(weights)), 2):
        path = np.ravel(bct.retrieve_shortest_path(i, j, hops, following)).tolist()
        longest = max(longest, len(path))
        np.testing.assert_allclose(found.length[i, j], length[i, j], rtol=1e-6, atol=1e-5)
        there = -np.log2(np.prod([steps[a, b] for a, b in pairwise(path)]))
        back = -np.log2(np.prod([steps[b, a] for a, b in pairwise(path)]))
        np.testing.assert_allclose(found.search_information[i, j], there, rtol=1e-9)
        np.testing.assert_allclose(found.search_information[j, i], back, rtol=1e-9)
        detour = np.mean([_matching(weights, a, b) for a, b in combinations(path, 2)])
        np.testing.assert_allclose(found.transitivity[i, j], detour, rtol=1e-9)
    assert longest >= 3


def test_first_passage_times() -> None:
    weights = _weights(0.3, seed=2)
    expected = np.real(bct.mean_first_passage_time(weights))
    np.testing.assert_allclose(first_passage_times(weights), expected, rtol=1e-8, atol=1e-8)
