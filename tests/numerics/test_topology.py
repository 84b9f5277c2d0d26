"""Clustering, mixing, thresholds and small worlds, at limits that are known."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.lattice_kernel import latticise
from rewire.numerics.paths import characteristic_path_length, hop_distances
from rewire.numerics.topology import (
    assortativity,
    clustering,
    proportional_threshold,
    small_world,
    transitivity,
)


def ring(nodes: int, degree: int) -> np.ndarray:
    made = sum(np.roll(np.eye(nodes), step, 0) for step in range(1, degree // 2 + 1))
    return np.asarray(made + made.T)


def watts_strogatz(nodes: int, degree: int, chance: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = ring(nodes, degree)
    for i, j in np.argwhere(np.triu(made)):
        if rng.random() < chance:
            free = np.flatnonzero((made[i] == 0) & (np.arange(nodes) != i))
            k = rng.choice(free)
            made[i, j] = made[j, i] = 0.0
            made[i, k] = made[k, i] = 1.0
    return made


def test_a_ring_lattice_has_the_known_clustering_and_path_length() -> None:
    # C = 3 (k - 2) / (4 (k - 1)); distances are steps round the ring over k / 2, rounded up.
    lattice = ring(120, 8)
    assert clustering(lattice) == pytest.approx(np.full(120, 3 * 6 / (4 * 7)))
    assert transitivity(lattice) == pytest.approx(3 * 6 / (4 * 7))
    steps = np.minimum(np.arange(1, 120), 120 - np.arange(1, 120))
    expected = np.ceil(steps / 4).mean()
    assert characteristic_path_length(hop_distances(lattice)) == pytest.approx(expected)


def test_weighted_triangles_by_hand() -> None:
    # One triangle of weights 1, 1/8, 1/27 (intensity 1/6) and a tail at node 0.
    kite = np.zeros((4, 4))
    for i, j, w in ((0, 1, 1.0), (1, 2, 1 / 8), (0, 2, 1 / 27), (0, 3, 0.5)):
        kite[i, j] = kite[j, i] = w
    assert clustering(kite)[:3] == pytest.approx([1 / 18, 1 / 6, 1 / 6])
    assert np.isnan(clustering(kite)[3])
    assert transitivity(kite) == pytest.approx(3 * (1 / 6) / 5)


def test_assortativity_is_the_correlation_over_edges() -> None:
    rng = np.random.default_rng(0)
    upper = np.triu(rng.random((30, 30)) * (rng.random((30, 30)) < 0.2), 1)
    made = upper + upper.T
    i, j = np.nonzero(made)
    strength = made.sum(axis=1)
    expected = np.corrcoef(strength[i], strength[j])[0, 1]
    assert assortativity(made) == pytest.approx(expected)


def test_equal_degrees_have_no_assortativity() -> None:
    assert np.isnan(assortativity(ring(20, 4)))
    assert np.isnan(assortativity(0.1 * ring(20, 4)))
    assert np.isnan(assortativity(np.zeros((5, 5))))


def test_a_threshold_keeps_the_strongest_and_their_number() -> None:
    weights = np.random.default_rng(0).random((40, 40))
    weights = np.triu(weights, 1) + np.triu(weights, 1).T
    for density in (0.0, 0.1, 0.35, 1.0):
        kept = proportional_threshold(weights, density)
        count = round(density * 780)
        assert np.count_nonzero(np.triu(kept)) == count
        ranked = np.sort(weights[np.triu_indices(40, 1)])[::-1]
        assert np.sort(kept[kept > 0])[::-1][::2] == pytest.approx(ranked[:count])


def test_ties_are_broken_in_one_way() -> None:
    kept = proportional_threshold(np.ones((5, 5)), 0.5)
    assert np.count_nonzero(np.triu(kept)) == 5
    assert kept[0].tolist() == [0.0, 1.0, 1.0, 1.0, 1.0]
    assert np.array_equal(kept, proportional_threshold(np.ones((5, 5)), 0.5))


def test_a_density_that_is_not_there_gives_nan() -> None:
    sparse = np.zeros((4, 4))
    sparse[0, 1] = sparse[1, 0] = 1.0
    sparse[2, 3] = sparse[3, 2] = -1.0
    assert np.isfinite(proportional_threshold(sparse, 0.2)).all()
    assert np.isnan(proportional_threshold(sparse, 0.3)).all()
    with pytest.raises(ValueError, match="density"):
        proportional_threshold(sparse, 1.5)


def test_small_worlds_lie_between_lattices_and_random_networks() -> None:
    lattice, world, chance = (
        small_world(watts_strogatz(200, 10, p), 10, 3, np.random.default_rng(0))
        for p in (0.0, 0.05, 1.0)
    )
    assert lattice.omega < -0.6
    assert abs(world.omega) < 0.4
    assert chance.omega > 0.7
    assert world.sigma > 5.0
    assert world.sigma > lattice.sigma
    assert chance.sigma == pytest.approx(1.0, abs=0.25)
    assert world.swaps_per_edge > 5.0


def test_lattices_keep_degrees_and_find_back_to_the_ring() -> None:
    made = watts_strogatz(100, 8, 1.0)
    degrees = made.sum(axis=0)
    before = clustering(made).mean()
    latticise(made, 300, np.random.default_rng(0))
    assert np.array_equal(made.sum(axis=0), degrees)
    assert np.array_equal(made, made.T)
    assert set(np.unique(made)) == {0.0, 1.0}
    assert not made.diagonal().any()
    assert clustering(made).mean() > 4 * before


def test_dense_and_empty_networks_do_not_hang() -> None:
    full = small_world(np.ones((12, 12)), 3, 1, np.random.default_rng(0))
    assert (full.sigma, full.omega) == (1.0, 0.0)
    assert full.swaps_per_edge == 0.0
    empty = small_world(np.zeros((12, 12)), 3, 1, np.random.default_rng(0))
    assert np.isnan([empty.sigma, empty.omega, empty.swaps_per_edge]).all()
    star = np.zeros((12, 12))
    star[0, 1:] = star[1:, 0] = 1.0
    assert np.isnan(small_world(star, 3, 1, np.random.default_rng(0)).sigma)
