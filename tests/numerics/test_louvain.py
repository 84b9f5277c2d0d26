"""The Louvain method on networks whose modules are known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from rewire.numerics.graph import modularity, modularity_matrix
from rewire.numerics.louvain import louvain, louvain_quality, maximise_gain

# Zachary 1977 (10.1086/jar.33.4.3629752), friendships of 34 members: (member, those after them)
KARATE = (
    (0, (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31)),
    (1, (2, 3, 7, 13, 17, 19, 21, 30)),
    (2, (3, 7, 8, 9, 13, 27, 28, 32)),
    (3, (7, 12, 13)),
    (4, (6, 10)),
    (5, (6, 10, 16)),
    (6, (16,)),
    (8, (30, 32, 33)),
    (9, (33,)),
    (13, (33,)),
    (14, (32, 33)),
    (15, (32, 33)),
    (18, (32, 33)),
    (19, (33,)),
    (20, (32, 33)),
    (22, (32, 33)),
    (23, (25, 27, 29, 32, 33)),
    (24, (25, 27, 31)),
    (25, (31,)),
    (26, (29, 33)),
    (27, (33,)),
    (28, (31, 33)),
    (29, (32, 33)),
    (30, (32, 33)),
    (31, (32, 33)),
    (32, (33,)),
)


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _karate() -> np.ndarray:
    weights = np.zeros((34, 34))
    for member, others in KARATE:
        weights[member, list(others)] = weights[list(others), member] = 1.0
    return weights


def _ring_of_cliques(cliques: int, size: int) -> np.ndarray:
    weights = np.kron(np.eye(cliques), np.ones((size, size)))
    for c in range(cliques):
        a, b = c * size, ((c + 1) % cliques) * size + 1
        weights[a, b] = weights[b, a] = 1.0
    np.fill_diagonal(weights, 0.0)
    return weights


def _planted(groups: int, size: int, inside: float, between: float, seed: int) -> np.ndarray:
    """A graph in which each node has so many neighbours, on average, inside and in other groups."""
    n = groups * size
    same = np.kron(np.eye(groups, dtype=bool), np.ones((size, size), dtype=bool))
    p = np.where(same, inside / size, between / (n - size))
    upper = np.triu(_rng(seed).random((n, n)) < p, 1)
    return (upper | upper.T).astype(float)


def test_karate_club_reaches_the_known_maximum() -> None:
    weights = _karate()
    assert weights.sum() == 2 * 78
    found = louvain(weights, 200, _rng())
    assert found.quality.max() == pytest.approx(0.4198, abs=5e-5)
    assert found.labels.max() + 1 == 4


def test_two_cliques_are_two_modules() -> None:
    # Each clique holds half of the weight: Q = 2 (1/2 - 1/4)
    weights = np.kron(np.eye(2), np.ones((5, 5))) - np.eye(10)
    found = louvain(weights, 10, _rng())
    np.testing.assert_allclose(found.quality, 0.5)
    assert found.labels.tolist() == [0] * 5 + [1] * 5


def test_the_resolution_limit_and_gamma() -> None:
    # Fortunato and Barthelemy 2007: 30 cliques of 5 are best taken in pairs at gamma 1
    weights = _ring_of_cliques(30, 5)
    cliques = np.repeat(np.arange(30), 5)
    assert modularity(weights, cliques) == pytest.approx(1 - 2 / 22 - 1 / 30)
    assert modularity(weights, cliques // 2) == pytest.approx(1 - 1 / 22 - 2 / 30)
    coarse = louvain(weights, 50, _rng())
    assert coarse.quality.max() >= modularity(weights, cliques // 2) - 0.005
    assert coarse.labels.max() + 1 < 30
    fine = louvain(weights, 50, _rng(), gamma=4.0)
    assert fine.labels.tolist() == cliques.tolist()


def test_quality_is_the_modularity_of_the_labels() -> None:
    rng = _rng(3)
    weights = rng.random((40, 40)) ** 4
    weights += weights.T
    for gamma in (0.5, 1.0, 2.0):
        found = louvain(weights, 20, rng, gamma)
        expected = modularity(weights, found.labels, gamma)
        assert found.quality.max() == pytest.approx(expected, abs=1e-12)


def test_self_loops_count() -> None:
    # A unit diagonal on two cliques of 5: s = 50, each module 25 inside: Q stays 1/2; on four
    # nodes in a path of weights 1, loops of 10 keep everybody alone.
    weights = np.kron(np.eye(2), np.ones((5, 5)))
    np.testing.assert_allclose(louvain(weights, 5, _rng()).quality, 0.5)
    path = np.diag(np.ones(3), 1)
    path += path.T + 10.0 * np.eye(4)
    assert louvain(path, 5, _rng()).labels.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_no_exhaustive_search_does_better(noise: float) -> None:
    rng = _rng(5)
    weights = np.kron(np.eye(2), np.ones((3, 3))) + noise * rng.random((6, 6))
    weights = (weights + weights.T) / 2.0
    np.fill_diagonal(weights, 0.0)
    every = np.array(np.meshgrid(*[range(6)] * 6)).reshape(6, -1).T
    best = max(modularity(weights, labels) for labels in np.unique(every, axis=0)[::7])
    assert louvain(weights, 20, rng).quality.max() >= best - 1e-12


def test_an_isolated_node_stays_alone() -> None:
    weights = np.zeros((11, 11))
    weights[:10, :10] = np.kron(np.eye(2), np.ones((5, 5))) - np.eye(10)
    found = louvain(weights, 10, _rng())
    np.testing.assert_allclose(found.quality, 0.5)
    assert (found.labels == found.labels[10]).sum() == 1


def test_an_empty_network_has_no_quality() -> None:
    assert np.isnan(louvain(np.zeros((4, 4)), 3, _rng()).quality).all()
    assert np.isnan(louvain_quality(np.zeros((2, 4, 4)), 3, _rng())).all()


def test_tiny_networks() -> None:
    assert louvain(np.ones((1, 1)), 2, _rng()).quality.tolist() == [0.0, 0.0]
    pair = 1.0 - np.eye(2)
    assert louvain(pair, 2, _rng()).quality.tolist() == [0.0, 0.0]


def test_planted_modules_are_found_above_the_limit_of_detection_and_not_below() -> None:
    # Four groups of 32, 16 neighbours: detectable while c_in - c_out > 4 sqrt(16) per group, that
    # is with fewer than 9 neighbours outside (Decelle et al. 2011, 10.1103/PhysRevE.84.066106)
    truth = np.repeat(np.arange(4), 32)
    easy = [louvain(_planted(4, 32, 12.0, 4.0, s), 20, _rng(s)).labels for s in range(5)]
    lost = [louvain(_planted(4, 32, 4.5, 11.5, s), 20, _rng(s)).labels for s in range(5)]
    assert min(adjusted_rand_score(truth, labels) for labels in easy) > 0.95
    assert max(adjusted_rand_score(truth, labels) for labels in lost) < 0.1


def test_signed_gains_need_no_other_optimiser() -> None:
    # Two camps, friends inside and enemies between: the sum of gains inside is largest as camps
    camps = np.repeat([1.0, -1.0], 4)
    gains = np.outer(camps, camps) - np.eye(8)
    found = maximise_gain(gains, 5, _rng())
    assert found.labels.tolist() == [0] * 4 + [1] * 4
    np.testing.assert_allclose(found.quality, 2 * 4 * 3)


def test_gains_of_modularity_give_modularity() -> None:
    weights = _karate()
    by_gain = maximise_gain(modularity_matrix(weights), 50, _rng(1)).quality / weights.sum()
    np.testing.assert_allclose(by_gain, louvain(weights, 50, _rng(1)).quality, atol=1e-12)


def test_a_stack_is_its_networks_one_by_one() -> None:
    weights = _karate()
    stack = louvain_quality(np.stack([weights, 3.0 * weights]), 400, _rng())
    assert stack.shape == (2, 400)
    assert stack.max(axis=1) == pytest.approx([0.4198, 0.4198], abs=5e-5)


def test_one_seed_one_answer() -> None:
    weights = _karate()
    first, second = louvain(weights, 20, _rng(4)), louvain(weights, 20, _rng(4))
    assert np.array_equal(first.quality, second.quality)
    assert np.array_equal(first.labels, second.labels)
    assert not np.array_equal(first.quality, louvain(weights, 20, _rng(5)).quality)


def test_input_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="square"):
        louvain(np.ones((2, 3)), 1, _rng())
    with pytest.raises(ValueError, match="finite"):
        louvain(np.array([[0.0, np.nan], [np.nan, 0.0]]), 1, _rng())
    with pytest.raises(ValueError, match="negative"):
        louvain(np.array([[0.0, -1.0], [-1.0, 0.0]]), 1, _rng())
    with pytest.raises(ValueError, match="runs 0"):
        louvain(np.ones((2, 2)), 0, _rng())
    with pytest.raises(ValueError, match="symmetric"):
        maximise_gain(np.array([[0.0, 1.0], [2.0, 0.0]]), 1, _rng())
    with pytest.raises(ValueError, match="square"):
        maximise_gain(np.ones((2, 3)), 1, _rng())
