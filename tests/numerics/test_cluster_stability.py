"""Whether groups come back in subsamples."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from rewire.numerics.cluster_stability import _jaccard, _rand, stability_of_nulls, subsample_groups
from rewire.numerics.clusters import group_people


def test_adjusted_rand_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        one, other = rng.integers(3, size=(2, 30))
        table = np.zeros((3, 3))
        np.add.at(table, (one, other), 1.0)
        assert _rand(table[None])[0] == pytest.approx(adjusted_rand_score(one, other))


def test_jaccard_by_hand() -> None:
    # group 0: 6 people, 5 of them in the other's 0 (which has 5 + 2); group 1: 4 people
    table = np.array([[[5.0, 1.0], [2.0, 2.0]]])
    np.testing.assert_allclose(_jaccard(table), [5 / 8, 2 / 5])


def test_planted_groups_come_back_and_those_of_one_cloud_do_not() -> None:
    rng = np.random.default_rng(1)
    cloud = rng.normal(size=(60, 4))
    apart = cloud + 8.0 * (np.arange(60) % 2)[:, None]
    planted = group_people(apart[None], 2, rng).labels[0]
    found = subsample_groups(apart, planted, 30, rng)
    assert found.rand == 1.0
    assert found.membership.tolist() == [1.0] * 60
    none = subsample_groups(cloud, group_people(cloud[None], 2, rng).labels[0], 30, rng)
    assert none.rand < 0.6
    assert none.jaccard.min() < 0.75
    assert none.membership.min() < 0.9
    held = stability_of_nulls(np.stack([cloud, apart]), 2, 30, rng)
    assert held[0] < 0.6 < held[1] == 1.0
