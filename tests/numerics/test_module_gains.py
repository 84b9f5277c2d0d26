"""Null models of modules, from their formulas and their limits."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.graph import modularity
from rewire.numerics.leiden import leiden
from rewire.numerics.module_gains import (
    distance_gains,
    newman_girvan_gains,
    potts_gains,
    signed_gains,
)
from rewire.numerics.partition import compare_partitions


def correlations(nodes: int = 30, seed: int = 0) -> np.ndarray:
    r = np.corrcoef(np.random.default_rng(seed).standard_normal((nodes, 60)))
    return (r + r.T) / 2.0


def test_two_camps_by_hand() -> None:
    # Pairs (0, 1) and (2, 3) at 1, all across at -1. Positive: v+ = 4, k+ = 1; negative: v- = 8,
    # k- = 2. Inside the camps (1 - 1/4)/4 - (0 - 1/2)/12 and on the diagonal -1/16 + 1/24.
    camps = -np.ones((4, 4))
    camps[:2, :2] = camps[2:, 2:] = 1.0
    gains = signed_gains(camps)
    assert gains[0, 1] == pytest.approx(0.1875 + 1 / 24)
    assert gains[0, 0] == pytest.approx(-0.0625 + 1 / 24)
    assert gains[0, 2] == pytest.approx(-0.0625 - 1 / 24)
    found = leiden(gains, 3, np.random.default_rng(0))
    assert found.best.tolist() == [0, 0, 1, 1]
    assert found.quality.max() == pytest.approx(4 * (0.125 + 2 / 24))


def test_without_negative_weights_signs_do_not_matter() -> None:
    weights = np.abs(correlations())
    np.testing.assert_allclose(signed_gains(weights, 1.3), newman_girvan_gains(weights, 1.3))


def test_gains_inside_modules_are_modularity() -> None:
    weights = np.abs(correlations())
    np.fill_diagonal(weights, 0.0)
    labels = np.arange(30) % 4
    inside = newman_girvan_gains(weights, 0.8)[np.equal.outer(labels, labels)].sum()
    assert inside == pytest.approx(modularity(weights, labels, 0.8))


@pytest.mark.parametrize("gains", [newman_girvan_gains, signed_gains, potts_gains])
def test_a_whole_network_gains_one_minus_gamma_over_chance(gains) -> None:
    weights = np.abs(correlations())
    assert gains(weights, 1.0).sum() == pytest.approx(0.0, abs=1e-12)
    assert gains(weights, 0.4).sum() == pytest.approx(0.6)


def test_expected_weight_equals_weight_in_every_class_of_distance() -> None:
    rng = np.random.default_rng(0)
    places = rng.standard_normal((30, 3))
    gains = distance_gains(np.abs(correlations()), places, bins=5)
    i, j = np.triu_indices(30, 1)
    apart = np.linalg.norm(places[i] - places[j], axis=1)
    for part in np.array_split(np.argsort(apart), 5):
        assert gains[i, j][part].sum() == pytest.approx(0.0, abs=1e-12)


def test_modules_that_are_only_nearness_vanish_and_others_stay() -> None:
    # Two clumps in space; nearness connects, and so does a kind that ignores space.
    rng = np.random.default_rng(1)
    clump, kind = np.arange(60) // 30, np.arange(60) % 2
    places = rng.standard_normal((60, 3)) + 6.0 * clump[:, None]
    near = np.equal.outer(clump, clump).astype(float)
    weights = near + 0.5 * np.equal.outer(kind, kind) + 0.05
    np.fill_diagonal(weights, 0.0)
    plain = leiden(newman_girvan_gains(weights), 20, rng).best
    freed = leiden(distance_gains(weights, places), 20, rng).best
    assert compare_partitions(plain, clump).rand == pytest.approx(1.0)
    assert compare_partitions(freed, kind).rand == pytest.approx(1.0)


def test_nothing_to_weigh_gives_nan() -> None:
    enemies = np.eye(3) - 1.0
    for found in (
        newman_girvan_gains(np.zeros((3, 3))),
        signed_gains(enemies),
        potts_gains(enemies),
        distance_gains(np.zeros((3, 3)), np.zeros((3, 3))),
        distance_gains(np.ones((3, 3)), np.full((3, 3), np.nan)),
    ):
        assert np.isnan(found).all()


def test_all_places_alike_leaves_strengths_alone() -> None:
    gains = distance_gains(np.ones((6, 6)), np.zeros((6, 3)))
    assert np.abs(gains).max() == pytest.approx(0.0, abs=1e-12)


def test_a_lopsided_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="symmetric"):
        newman_girvan_gains(np.triu(np.ones((3, 3))))
