"""Modules in layers: numbers by hand, every partition tried, planted truth, and bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rewire.numerics.allegiance import (
    allegiance,
    by_network,
    network_allegiance,
    sampled_network_allegiance,
)
from rewire.numerics.consensus import consensus_partition
from rewire.numerics.flexibility import cohesion, flexibility, promiscuity, stationarity
from rewire.numerics.multilayer import (
    categorical_coupling,
    multilayer_louvain,
    multilayer_quality,
    ordinal_coupling,
    published_coupling,
)
from rewire.numerics.window_layers import window_layers

COUPLINGS = (ordinal_coupling, categorical_coupling, published_coupling)


def _random_layers(layers: int, nodes: int, seed: int, diagonal: float = 0.0) -> np.ndarray:
    made = np.random.default_rng(seed).random((layers, nodes, nodes)) ** 3
    made = np.triu(made, 1)
    made = made + made.transpose(0, 2, 1)
    made[:, np.arange(nodes), np.arange(nodes)] = diagonal
    return made


def _supra(weights: np.ndarray, coupling: np.ndarray, gamma: float) -> tuple[np.ndarray, float]:
    """Build the dense supra-modularity matrix and 2mu, entry by entry."""
    layers, nodes = weights.shape[:2]
    matrix = np.zeros((layers, nodes, layers, nodes))
    whole = 0.0
    for s in range(layers):
        k = weights[s].sum(axis=1)
        matrix[s, :, s, :] = weights[s] - gamma * np.outer(k, k) / k.sum()
        whole += k.sum()
        for t in range(layers):
            for i in range(nodes):
                matrix[s, i, t, i] += coupling[s, t]
                whole += coupling[s, t]
    return matrix.reshape(layers * nodes, layers * nodes), whole


def _planted(
    labels: np.ndarray, inside: float, outside: float, rng: np.random.Generator
) -> np.ndarray:
    """Noisy layers whose weights are ``inside`` within planted modules and ``outside`` between."""
    same = labels[:, :, None] == labels[:, None, :]
    noise = np.triu(rng.standard_normal(same.shape), 1)
    made = np.where(same, inside, outside) + 0.1 * (noise + noise.transpose(0, 2, 1))
    made[:, np.arange(labels.shape[1]), np.arange(labels.shape[1])] = 0.0
    return np.maximum(made, 0.0)


def test_quality_by_hand() -> None:
    # Two layers of one edge each: 2m_s = 2, k k / 2m = 1/2 everywhere, so a layer in one module is
    # worth 2 - 2 = 0 and apart -1; coupling 3 on two nodes in both directions is worth 12 when
    # kept; 2mu = 2 + 2 + 12.
    layer = np.array([[0.0, 1.0], [1.0, 0.0]])
    weights = np.stack([layer, layer])
    links = ordinal_coupling(2, 3.0)
    assert multilayer_quality(weights, links, np.zeros((2, 2), int)) == pytest.approx(12 / 16)
    apart = np.array([[0, 1], [0, 1]])
    assert multilayer_quality(weights, links, apart) == pytest.approx((12 - 2) / 16)
    crossed = np.array([[0, 1], [1, 0]])
    assert multilayer_quality(weights, links, crossed) == pytest.approx(-2 / 16)


@pytest.mark.parametrize("make", COUPLINGS)
@pytest.mark.parametrize("diagonal", [0.0, 1.0])
def test_quality_is_that_of_the_dense_supra_matrix(make, diagonal: float) -> None:
    weights = _random_layers(5, 9, 0, diagonal)
    links = make(5, 0.7)
    matrix, whole = _supra(weights, links, 1.3)
    found = multilayer_louvain(weights, links, 3, np.random.default_rng(0), gamma=1.3)
    for quality, labels in zip(found.quality, found.labels, strict=True):
        flat = labels.ravel()
        dense = matrix[flat[:, None] == flat[None, :]].sum() / whole
        assert quality == pytest.approx(dense, abs=1e-12)
        assert multilayer_quality(weights, links, labels, 1.3) == pytest.approx(dense, abs=1e-12)


def _partitions(n: int):
    def grow(head: list[int]):
        if len(head) == n:
            yield head
            return
        for label in range(max(head, default=-1) + 2):
            yield from grow([*head, label])

    yield from grow([])


@pytest.mark.parametrize("make", COUPLINGS)
@pytest.mark.parametrize("omega", [0.05, 0.3])
def test_the_best_of_all_partitions_is_found(make, omega: float) -> None:
    weights = _random_layers(3, 3, 4)
    links = make(3, omega)
    matrix, whole = _supra(weights, links, 1.0)
    best = -np.inf
    for partition in _partitions(9):  # 21147 of them
        flat = np.array(partition)
        best = max(best, matrix[flat[:, None] == flat[None, :]].sum() / whole)
    found = multilayer_louvain(weights, links, 20, np.random.default_rng(0))
    assert found.quality.max() == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("make", COUPLINGS)
def test_no_single_move_gains(make) -> None:
    weights = _random_layers(6, 12, 1)
    links = make(6, 0.4)
    labels = multilayer_louvain(weights, links, 1, np.random.default_rng(2)).labels[0]
    reached = multilayer_quality(weights, links, labels)
    for s, i in itertools.product(range(6), range(12)):
        for module in range(labels.max() + 2):
            other = labels.copy()
            other[s, i] = module
            assert multilayer_quality(weights, links, other) <= reached + 1e-12


def test_switching_nodes_are_recovered_with_their_flexibility() -> None:
    rng = np.random.default_rng(0)
    truth = np.tile(np.arange(60) // 20, (12, 1))
    truth[:, 0] = np.arange(12) % 2  # changes at every window
    truth[6:, 25] = 2  # changes once
    found = multilayer_louvain(
        _planted(truth, 0.6, 0.2, rng), ordinal_coupling(12, 0.5), 10, rng
    ).labels
    moved = flexibility(found).mean(axis=0)
    expected = np.zeros(60)
    expected[[0, 25]] = 1.0, 1 / 11
    np.testing.assert_allclose(moved, expected, atol=1e-12)


def test_modules_that_are_reshuffled_in_every_layer_are_found() -> None:
    rng = np.random.default_rng(1)
    truth = np.stack([rng.permutation(60) // 15 for _ in range(8)])
    found = multilayer_louvain(
        _planted(truth, 0.6, 0.2, rng), ordinal_coupling(8, 0.1), 1, rng
    ).labels[0]
    for own, planted in zip(found, truth, strict=True):
        assert ((own[:, None] == own[None, :]) == (planted[:, None] == planted[None, :])).all()


def test_below_the_limit_nothing_is_recovered() -> None:
    rng = np.random.default_rng(2)
    truth = np.tile(np.arange(60) // 20, (6, 1))
    weights = _planted(truth, 0.401, 0.4, rng)
    found = multilayer_louvain(weights, ordinal_coupling(6, 0.1), 4, rng).labels
    member = np.eye(3)[truth[0]]
    recruited = np.diag(network_allegiance(allegiance(found), member))
    assert np.abs(recruited - 1.0).max() < 0.2


def test_coupling_decides_how_far_modules_persist() -> None:
    weights = _random_layers(8, 20, 3)
    rng = np.random.default_rng(0)
    moved = [
        flexibility(multilayer_louvain(weights, ordinal_coupling(8, w), 10, rng).labels).mean()
        for w in (0.0, 0.3, 1.0, 20.0)
    ]
    assert moved == sorted(moved, reverse=True)
    assert moved[0] > 0.5
    assert moved[-1] == 0.0


def test_it_is_deterministic_under_a_seed() -> None:
    weights = _random_layers(6, 15, 5)
    runs = [
        multilayer_louvain(weights, ordinal_coupling(6, 0.5), 3, np.random.default_rng(9))
        for _ in range(2)
    ]
    assert (runs[0].labels == runs[1].labels).all()
    assert (runs[0].quality == runs[1].quality).all()


def test_layers_without_weights() -> None:
    weights = _random_layers(4, 10, 6)
    weights[2] = 0.0
    links = ordinal_coupling(4, 0.5)
    found = multilayer_louvain(weights, links, 2, np.random.default_rng(0))
    assert np.isfinite(found.quality).all()
    none = multilayer_louvain(0.0 * weights, links, 2, np.random.default_rng(0))
    assert np.isnan(none.quality).all()
    assert np.isnan(multilayer_quality(0.0 * weights, links, none.labels[0]))


def test_bad_input_is_refused() -> None:
    rng = np.random.default_rng(0)
    good, links = _random_layers(3, 4, 0), ordinal_coupling(3, 1.0)
    for weights, coupling in (
        (good[0], links),
        (-good, links),
        (good + np.nan, links),
        (np.triu(good), links),
        (good, links[:2, :2]),
        (good, -links),
        (good, links + np.eye(3)),
        (good, np.triu(links)),
    ):
        with pytest.raises(ValueError):
            multilayer_louvain(weights, coupling, 1, rng)


def test_one_layer_and_one_node() -> None:
    one = multilayer_louvain(_random_layers(1, 6, 0), np.zeros((1, 1)), 2, np.random.default_rng(0))
    assert one.labels.shape == (2, 1, 6)
    assert np.isnan(flexibility(one.labels)).all()
    lone = multilayer_louvain(
        np.ones((3, 1, 1)), ordinal_coupling(3, 1.0), 1, np.random.default_rng(0)
    )
    assert (lone.labels == 0).all()


def test_consensus_is_what_repeats_share() -> None:
    rng = np.random.default_rng(0)
    truth = np.tile(np.arange(30) // 10, (5, 1))
    repeats = np.stack([rng.permutation(3)[truth] for _ in range(20)])
    wrong = rng.random(repeats.shape) < 0.15
    repeats[wrong] = rng.integers(0, 3, wrong.sum())
    found = consensus_partition(repeats, ordinal_coupling(5, 1.0), rng)
    assert (found == truth).all()


# --- what is read from modules -------------------------------------------------------------------

HAND = np.array([[0, 0, 1, 1, 2], [0, 1, 0, 1, 2], [0, 1, 0, 0, 2]])


def test_changes_by_hand() -> None:
    assert flexibility(HAND).tolist() == [0.0, 0.5, 0.5, 0.5, 0.0]
    assert cohesion(HAND).tolist() == [0.0] * 5
    np.testing.assert_allclose(promiscuity(HAND), [1 / 3, 2 / 3, 2 / 3, 2 / 3, 1 / 3])
    # module 0: {0,1} {0,2} {0,2,3}: 1/3, 2/3; module 1: {2,3} {1,3} {1}: 1/3, 1/2; module 2: 1, 1.
    assert stationarity(HAND) == pytest.approx((1 / 2 + 5 / 12 + 1) / 3)


def test_changes_made_together_are_cohesive() -> None:
    labels = np.array([[0, 0, 0, 1], [1, 1, 0, 0], [1, 1, 0, 0]])
    assert cohesion(labels).tolist() == [0.5, 0.5, 0.0, 0.0]
    assert (flexibility(labels) - cohesion(labels)).tolist() == [0.0, 0.0, 0.0, 0.5]


def test_modules_of_one_layer_have_no_stationarity() -> None:
    assert np.isnan(stationarity(np.array([[0, 0], [1, 1]])))


def test_label_permuted_recruitment_has_mean_one() -> None:
    rng = np.random.default_rng(0)
    pairs = allegiance(rng.integers(0, 3, (10, 6)))
    member = np.eye(2)[[0, 0, 0, 1, 1, 1]]
    every = [
        network_allegiance(pairs, member[list(order)]) for order in itertools.permutations(range(6))
    ]
    np.testing.assert_allclose(np.mean(every, axis=0), np.ones((2, 2)), atol=1e-12)


def test_sampled_permutations_tend_to_the_closed_form() -> None:
    rng = np.random.default_rng(1)
    pairs = allegiance(rng.integers(0, 4, (20, 40)))
    member = np.eye(4)[np.arange(40) % 4]
    exact = network_allegiance(pairs, member)
    sampled = sampled_network_allegiance(pairs, member, 1000, rng)
    np.testing.assert_allclose(sampled, exact, rtol=0.01)


def test_pairs_by_network_leave_out_the_node_itself() -> None:
    pairs = np.arange(16.0).reshape(4, 4)
    pairs = pairs + pairs.T
    found = by_network(pairs, np.eye(2)[[0, 0, 1, 1]])
    assert found[0, 0] == pairs[0, 1]
    assert found[0, 1] == pairs[:2, 2:].mean()


def test_windows() -> None:
    rng = np.random.default_rng(0)
    series = rng.standard_normal((50, 4))
    layers = window_layers(series, 20, 10)
    assert layers.shape == (4, 4, 4)
    for at, layer in enumerate(layers):
        r = np.corrcoef(series[10 * at : 10 * at + 20].T)
        z = np.arctanh(np.where((r > 0) & ~np.eye(4, dtype=bool), r, 0.0))
        np.testing.assert_allclose(layer, z, atol=1e-12)
    assert (window_layers(series, 20, 10, diagonal=1.0)[:, 2, 2] == 1.0).all()
    assert window_layers(series, 51, 10).shape == (0, 4, 4)
    tapered = window_layers(series, 20, 10, taper=3.0)
    assert (tapered == tapered.transpose(0, 2, 1)).all()
    assert np.abs(tapered - layers).max() > 0.01


def test_windows_with_regions_that_do_not_vary() -> None:
    series = np.random.default_rng(0).standard_normal((40, 4))
    series[:20, 1] = 5.0
    series[3, 2] = np.nan
    layers = window_layers(series, 20, 20)
    assert np.isfinite(layers).all()
    assert not layers[0, [1, 2]].any()
    assert layers[1].any()
    with pytest.raises(ValueError, match="at least 4"):
        window_layers(series, 3, 3)
