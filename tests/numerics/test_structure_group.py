"""A connectome for a group."""

from __future__ import annotations

import numpy as np

from rewire.numerics.structure_group import consensus_connectome, mean_connectome


def _edges(n: int, edges: dict[tuple[int, int], float]) -> np.ndarray:
    made = np.zeros((n, n))
    for (i, j), weight in edges.items():
        made[i, j] = made[j, i] = weight
    return made


def test_long_connections_survive_though_short_ones_are_more_consistent() -> None:
    """Pairs (0,1), (0,2) are short, (1,3), (2,3) long; each person has one long connection."""
    near, far = 1.0, 10.0
    distance = np.full((4, 4), np.nan)
    for i, j, d in ((0, 1, near), (0, 2, near), (1, 3, far), (2, 3, far)):
        distance[i, j] = distance[j, i] = d
    short = {(0, 1): 4.0, (0, 2): 4.0}
    people = np.stack([_edges(4, short | {(1, 3): 1.0})] * 2 + [_edges(4, short | {(2, 3): 9.0})])
    found = consensus_connectome(people, distance, np.zeros((4, 4), dtype=bool), bins=2)
    assert found[0, 1] == found[0, 2] == 4.0
    assert found[1, 3] == 1.0  # two of three have it; the other is stronger but rarer
    assert found[2, 3] == 0.0
    assert np.array_equal(found, found.T)


def test_hemispheres_are_classes_of_their_own() -> None:
    across = np.zeros((3, 3), dtype=bool)
    across[0, 2] = across[2, 0] = True
    people = np.stack([_edges(3, {(0, 1): 1.0, (0, 2): 1.0}), _edges(3, {(0, 1): 1.0})] * 2)
    found = consensus_connectome(people, np.ones((3, 3)), across, bins=1)
    assert found[0, 2] == 1.0  # half the people: .5 connections on average, rounded up
    assert found[1, 2] == 0.0


def test_people_with_unknown_weights_do_not_count_there() -> None:
    unknown = _edges(3, {(0, 1): 3.0})
    unknown[2] = unknown[:, 2] = np.nan
    people = np.stack([unknown, _edges(3, {(0, 1): 1.0, (0, 2): 5.0, (1, 2): 2.0})])
    assert mean_connectome(people)[0].tolist() == [0.0, 2.0, 5.0]
    found = consensus_connectome(people, np.ones((3, 3)), np.zeros((3, 3), dtype=bool), bins=1)
    assert found[0].tolist() == [0.0, 2.0, 5.0]
    nobody = consensus_connectome(people[:1], np.ones((3, 3)), np.zeros((3, 3), dtype=bool))
    assert np.isnan(nobody[0, 2])
