"""Shortest paths by hand, beside scipy, and in networks that fall apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse.csgraph import shortest_path

from rewire.numerics import paths
from rewire.numerics.betweenness import hop_betweenness, path_betweenness


def network(nodes: int, density: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.random((nodes, nodes)) * (rng.random((nodes, nodes)) < density), 1)
    return upper + upper.T


def enumerated_betweenness(lengths: np.ndarray) -> np.ndarray:
    """Return betweenness by walking every simple path of a small network."""
    n = len(lengths)
    through = np.zeros(n)
    for s, t in combinations(range(n), 2):
        found: list[tuple[float, tuple[int, ...]]] = []
        walks = [(0.0, (s,))]
        while walks:
            length, walk = walks.pop()
            if walk[-1] == t:
                found.append((length, walk))
                continue
            walks += [
                (length + lengths[walk[-1], v], (*walk, v))
                for v in range(n)
                if v not in walk and np.isfinite(lengths[walk[-1], v])
            ]
        if found:
            least = min(length for length, _ in found)
            short = [walk for length, walk in found if length <= least * (1 + 1e-9)]
            for walk in short:
                through[list(walk[1:-1])] += 1 / len(short)
    return through / ((n - 1) * (n - 2) / 2)


@pytest.mark.parametrize(("nodes", "density"), [(5, 0.3), (64, 0.05), (65, 0.1), (130, 0.4)])
def test_distances_are_those_of_scipy(nodes: int, density: float) -> None:
    made = network(nodes, density, nodes)
    lengths = paths.edge_lengths(made)
    sparse = np.where(np.isfinite(lengths), lengths, 0.0)
    np.testing.assert_allclose(paths.path_distances(made), shortest_path(sparse, directed=False))
    hops = shortest_path((made > 0).astype(float), directed=False, unweighted=True)
    assert np.array_equal(paths.hop_distances(made), hops)


def test_a_ring_by_hand() -> None:
    # Six nodes: distances 1, 1, 2, 2, 3. Two paths lead to the opposite node.
    ring = np.roll(np.eye(6), 1, 0) + np.roll(np.eye(6), -1, 0)
    hops = paths.hop_distances(ring)
    assert paths.characteristic_path_length(hops) == pytest.approx(9 / 5)
    assert paths.global_efficiency(hops) == pytest.approx((2 + 1 + 1 / 3) / 5)
    assert paths.local_efficiency(ring).tolist() == [0.0] * 6
    # Through a node: one pair at distance 2, and half of the paths of two opposite pairs.
    through = path_betweenness(hops, paths.edge_lengths(ring))
    assert hop_betweenness(ring) == pytest.approx(through)
    assert through == pytest.approx(np.full(6, 2 / 10))


def test_a_wheel_has_local_efficiency_from_paths_among_neighbours() -> None:
    # A hub with a ring of five: among the ring distances are 1, 1, 2, 2. A rim node's three
    # neighbours form a path over the hub: 1, 1, and 2.
    wheel = np.zeros((6, 6))
    wheel[0, 1:] = wheel[1:, 0] = 1.0
    for i in range(5):
        wheel[1 + i, 1 + (i + 1) % 5] = wheel[1 + (i + 1) % 5, 1 + i] = 1.0
    expected = [0.75] + [(1 + 1 + 0.5) / 3] * 5
    assert paths.local_efficiency(wheel) == pytest.approx(expected)
    assert paths.weighted_local_efficiency(wheel) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(6))
def test_betweenness_is_that_of_all_paths(seed: int) -> None:
    made = network(7, 0.5, seed)
    found = path_betweenness(paths.path_distances(made), paths.edge_lengths(made))
    assert found == pytest.approx(enumerated_betweenness(paths.edge_lengths(made)))
    edges = (made > 0).astype(float)
    found = hop_betweenness(edges)
    assert found == pytest.approx(enumerated_betweenness(paths.edge_lengths(edges)))


def test_equal_paths_share_although_their_sums_round_differently() -> None:
    # 0.1 + 0.2 and 0.3 differ in the last bit; both ways round the square are equally long.
    square = np.zeros((4, 4))
    for i, j, length in ((0, 1, 0.1), (1, 3, 0.2), (0, 2, 0.15), (2, 3, 0.15)):
        square[i, j] = square[j, i] = 1.0 / length
    assert square[0, 1] ** -1 + square[1, 3] ** -1 != square[0, 2] ** -1 + square[2, 3] ** -1
    found = path_betweenness(paths.path_distances(square), paths.edge_lengths(square))
    assert found[1] == pytest.approx(0.5 / 3)
    assert found[2] == pytest.approx(0.5 / 3)


def test_a_network_in_pieces_has_finite_numbers() -> None:
    pieces = np.kron(np.eye(2), np.ones((3, 3))) - np.eye(6)
    for distances in (paths.hop_distances(pieces), paths.path_distances(pieces)):
        assert paths.characteristic_path_length(distances) == 1.0
        assert paths.global_efficiency(distances) == pytest.approx(0.4)
        assert paths.reachable(distances) == pytest.approx(0.4)
        through = path_betweenness(distances, paths.edge_lengths(pieces))
        assert through.tolist() == [0.0] * 6
    assert hop_betweenness(pieces).tolist() == [0.0] * 6


def test_no_edge_no_length() -> None:
    distances = paths.hop_distances(np.zeros((4, 4)))
    assert np.isnan(paths.characteristic_path_length(distances))
    assert paths.global_efficiency(distances) == 0.0
    assert paths.reachable(distances) == 0.0
    assert np.isnan(paths.local_efficiency(np.zeros((4, 4)))).all()
    assert np.isnan(paths.weighted_local_efficiency(np.zeros((4, 4)))).all()
    assert np.isnan(path_betweenness(np.zeros((2, 2)), np.ones((2, 2)))).all()
    assert np.isnan(hop_betweenness(np.zeros((2, 2)))).all()
    assert hop_betweenness(np.zeros((4, 4))).tolist() == [0.0] * 4


def test_a_full_network_is_one_step_wide() -> None:
    full = np.ones((70, 70))
    assert paths.characteristic_path_length(paths.hop_distances(full)) == 1.0
    assert (paths.local_efficiency(full) == 1.0).all()


def test_lengths_scale_with_weights() -> None:
    made = network(30, 0.3, 0)
    np.testing.assert_allclose(paths.path_distances(4 * made), paths.path_distances(made) / 4)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (np.ones((2, 3)), "square"),
        (np.triu(np.ones((3, 3))), "symmetric"),
        (np.full((2, 2), np.nan), "finite"),
        (-np.ones((2, 2)), "negative"),
    ],
)
def test_what_has_no_paths_is_refused(bad: np.ndarray, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        paths.path_distances(bad)
