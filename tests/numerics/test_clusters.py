"""Groups of people by k-means, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_samples

from rewire.numerics.clusters import group_people, silhouettes


def test_spread_within_groups_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(4)
    points = rng.normal(size=(2, 40, 3)) + 3.0 * rng.integers(3, size=(2, 40, 1))
    for groups in (1, 2, 3):
        found = group_people(points, groups, np.random.default_rng(0), starts=30)
        for i, cloud in enumerate(points):
            theirs = KMeans(groups, n_init=8, random_state=0).fit(cloud)
            assert found.within[i] == pytest.approx(theirs.inertia_, rel=1e-9)


def test_groups_are_numbered_by_size() -> None:
    points = np.array([0.0, 0.1, 5.0, 5.1, 5.2, 9.0])[None, :, None]
    found = group_people(points, 3, np.random.default_rng(0))
    assert found.labels[0].tolist() == [1, 1, 0, 0, 0, 2]
    # two people .05 from their mean, and two .1 from theirs
    assert found.within[0] == pytest.approx(0.025)


def test_people_on_one_spot_are_no_fault() -> None:
    found = group_people(np.zeros((1, 5, 2)), 2, np.random.default_rng(0))
    assert found.within.tolist() == [0.0]


def test_silhouettes_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(25, 4))
    labels = np.r_[rng.permutation(np.repeat([0, 1, 2], 8)), 3].astype(np.int64)
    theirs = silhouette_samples(points, labels)
    np.testing.assert_allclose(silhouettes(points, labels), theirs, atol=1e-12)
    assert silhouettes(points, labels)[-1] == 0.0
    assert np.isnan(silhouettes(points, np.zeros(25, dtype=np.int64))).all()


def test_what_cannot_be_grouped_is_refused() -> None:
    with pytest.raises(ValueError, match="3 groups"):
        group_people(np.zeros((1, 2, 1)), 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="finite"):
        group_people(np.full((1, 4, 1), np.nan), 2, np.random.default_rng(0))
