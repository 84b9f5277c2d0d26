"""The Leiden method: known optima, planted partitions, and modules that hang together."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from rewire.numerics.leiden import leiden
from rewire.numerics.louvain import maximise_gain
from rewire.numerics.module_gains import newman_girvan_gains, potts_gains
from rewire.numerics.partition import compare_partitions, split_modules


def planted(inside: float, outside: float, seed: int, nodes: int = 128) -> np.ndarray:
    """Return a binary network of four groups with these chances of an edge."""
    rng = np.random.default_rng(seed)
    group = np.arange(nodes) * 4 // nodes
    chance = np.where(np.equal.outer(group, group), inside, outside)
    upper = np.triu(rng.random((nodes, nodes)) < chance, 1)
    return (upper | upper.T).astype(float)


def signed(nodes: int, seed: int) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((nodes, nodes))
    return made + made.T


def test_it_finds_the_best_of_all_partitions() -> None:
    gains = signed(7, 0)
    best = max(
        sum(gains[i, j] for i, j in product(range(7), repeat=2) if labels[i] == labels[j])
        for labels in product(range(7), repeat=7)
        if labels[0] == 0 and all(labels[i] <= max(labels[:i]) + 1 for i in range(1, 7))
    )
    assert leiden(gains, 20, np.random.default_rng(0)).quality.max() == pytest.approx(best)


def test_its_quality_is_the_gain_of_its_labels() -> None:
    gains = signed(40, 1)
    found = leiden(gains, 10, np.random.default_rng(0))
    for quality, labels in zip(found.quality, found.labels, strict=True):
        assert quality == pytest.approx(gains[np.equal.outer(labels, labels)].sum())


@pytest.mark.parametrize("seed", range(5))
def test_it_is_not_worse_than_louvain(seed: int) -> None:
    gains = signed(60, seed)
    refined = leiden(gains, 40, np.random.default_rng(0)).quality
    plain = maximise_gain(gains, 40, np.random.default_rng(0)).quality
    assert refined.mean() >= plain.mean()
    assert refined.max() >= plain.max() - 1e-9


def test_no_node_and_no_merger_of_modules_would_gain() -> None:
    gains = signed(60, 3)
    np.fill_diagonal(gains, 0.0)
    for labels in leiden(gains, 10, np.random.default_rng(0)).labels:
        member = np.eye(labels.max() + 1)[labels]
        towards = gains @ member
        own = towards[np.arange(60), labels]
        assert (towards.max(axis=1) <= own + 1e-9).all()
        assert (own >= -1e-9).all()
        between = member.T @ towards
        assert (between[~np.eye(len(between), dtype=bool)] <= 1e-9).all()


@pytest.mark.parametrize("seed", range(3))
def test_modules_of_a_sparse_network_are_connected(seed: int) -> None:
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.random((150, 150)) < 0.02, 1)
    network = (upper | upper.T).astype(float)
    for gamma in (0.3, 1.0):
        found = leiden(newman_girvan_gains(network, gamma), 10, rng)
        pieces = [split_modules(network, labels) for labels in found.labels]
        assert pieces == [0] * 10


def test_planted_groups_are_found_above_the_limit_and_not_below() -> None:
    # Four groups, mean degree 16. The limit is a difference of degrees c_in - c_out = 4 sqrt(16)
    # (Decelle et al. 2011), with c = chance x 128: 40 is far above it, 4 far below.
    truth = np.arange(128) * 4 // 128

    def found(apart: float) -> float:
        outside = (16.0 - apart / 4.0) / 128.0
        network = planted(outside + apart / 128.0, outside, 5)
        best = leiden(newman_girvan_gains(network), 20, np.random.default_rng(0)).best
        return compare_partitions(best, truth).rand

    assert found(40.0) > 0.95
    assert abs(found(4.0)) < 0.1


def test_ring_of_cliques_shows_the_resolution_limit_of_one_null_and_not_of_the_other() -> None:
    # Thirty cliques of five in a ring: modularity joins neighbours in pairs (Fortunato and
    # Barthelemy 2007); against a uniform null each clique stands alone.
    ring = np.kron(np.eye(30), np.ones((5, 5)) - np.eye(5))
    for c in range(30):
        ring[5 * c, (5 * c + 6) % 150] = ring[(5 * c + 6) % 150, 5 * c] = 1.0
    joined = leiden(newman_girvan_gains(ring), 20, np.random.default_rng(0)).best
    apart = leiden(potts_gains(ring, 5.0), 20, np.random.default_rng(0)).best
    assert 15 <= joined.max() + 1 < 20
    assert apart.max() + 1 == 30


def test_the_seed_decides_everything() -> None:
    one, same = (leiden(signed(50, 0), 5, np.random.default_rng(4)) for _ in range(2))
    assert (one.labels == same.labels).all()
    assert (one.quality == same.quality).all()


@pytest.mark.parametrize(
    "gains", [np.full((3, 3), np.nan), np.ones((2, 3)), np.triu(np.ones((3, 3)))]
)
def test_what_cannot_be_divided_is_refused(gains: np.ndarray) -> None:
    with pytest.raises(ValueError, match="gains"):
        leiden(gains, 1, np.random.default_rng(0))


def test_networks_with_nothing_to_gain_fall_apart() -> None:
    assert leiden(-np.ones((4, 4)), 2, np.random.default_rng(0)).best.tolist() == [0, 1, 2, 3]
    assert leiden(np.zeros((1, 1)), 2, np.random.default_rng(0)).best.tolist() == [0]
