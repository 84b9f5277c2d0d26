"""Whether people fall into groups: what is taken out, what is drawn in, the nulls, the choice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, skew

from rewire.numerics.cluster_tests import (
    assess_groups,
    draw_in,
    normal_nulls,
    reduce_people,
    skewed_nulls,
)


def ones(people: int) -> np.ndarray:
    return np.ones((people, 1))


def test_components_are_those_of_a_singular_value_decomposition() -> None:
    rng = np.random.default_rng(0)
    arm = np.repeat([0.0, 1.0], 20)
    values = rng.normal(size=(40, 6)) * [5, 4, 3, 1, 1, 1] + 7.0 * arm[:, None]
    found = reduce_people(values, np.column_stack([ones(40), arm]))
    centred = values - np.stack([values[arm == a].mean(axis=0) for a in arm])
    variance = np.linalg.eigvalsh(centred.T @ centred)[::-1]
    kept = len(found.share)
    assert np.cumsum(variance)[kept - 2] < 0.8 * variance.sum() <= np.cumsum(variance)[kept - 1]
    np.testing.assert_allclose((found.scores**2).sum(axis=0), variance[:kept])
    np.testing.assert_allclose(centred @ found.axes.T, found.scores, atol=1e-9)


def test_no_more_than_a_component_for_five_people() -> None:
    found = reduce_people(np.random.default_rng(0).normal(size=(30, 200)), ones(30))
    assert found.scores.shape == (30, 6)
    with pytest.raises(ValueError, match="nothing varies"):
        reduce_people(np.ones((10, 3)), ones(10))


def test_a_normal_cloud_is_hardly_drawn_in_and_a_far_person_is() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(200, 4))
    values[0] *= 50.0
    found = draw_in(values, np.zeros((200, 0)))
    moved = np.linalg.norm(found, axis=1) / np.linalg.norm(values, axis=1)
    assert np.mean(moved[1:]) > 0.97
    # the farthest of 200 people of a normal cloud in four dimensions
    farthest = np.sqrt(chi2.ppf(1 - 0.5 / 200, 4))
    assert np.linalg.norm(found[0]) == pytest.approx(farthest, rel=0.1)
    np.testing.assert_allclose(found[0] / np.linalg.norm(found[0]),
                               values[0] / np.linalg.norm(values[0]))  # fmt: skip


def test_nulls_have_the_covariance_of_the_data_and_nothing_of_what_is_held() -> None:
    rng = np.random.default_rng(2)
    values = rng.gamma(1.0, size=(50, 3)) * [3.0, 2.0, 1.0]
    held = np.column_stack([ones(50), np.repeat([0.0, 1.0], 25)])
    data = reduce_people(values, held)
    for null in (normal_nulls(data, 5, rng), skewed_nulls(data, 5, rng)):
        for cloud in null:
            np.testing.assert_allclose(cloud.T @ cloud, data.scores.T @ data.scores, atol=1e-9)
            np.testing.assert_allclose(held.T @ cloud, 0.0, atol=1e-9)


def test_skewed_nulls_lean_as_the_data_do() -> None:
    rng = np.random.default_rng(3)
    values = np.column_stack([3.0 * rng.gamma(4.0, size=4000), -rng.gamma(16.0, size=4000) / 4])
    data = reduce_people(values, ones(4000))
    leaning = skew(skewed_nulls(data, 20, rng), axis=1).mean(axis=0)
    np.testing.assert_allclose(leaning, skew(data.scores), atol=0.1)


def test_the_number_of_groups_that_were_planted_is_chosen() -> None:
    rng = np.random.default_rng(5)
    corners = 6.0 * np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    for planted in (2, 3):
        values = rng.normal(size=(60, 3)) + corners[np.arange(60) % planted]
        found = assess_groups(reduce_people(values, ones(60)), 5, 60, rng)
        assert found.chosen == planted
        assert found.p == pytest.approx(1 / 61)
        assert found.groups.tolist() == [2, 3, 4, 5]
        assert found.gap[planted - 2] > 0.0


def test_two_draws_of_the_same_seed_are_alike() -> None:
    data = reduce_people(np.random.default_rng(0).normal(size=(40, 4)), ones(40))
    one, other = (assess_groups(data, 3, 40, np.random.default_rng(9)) for _ in range(2))
    assert (one.p, one.statistic, one.chosen) == (other.p, other.statistic, other.chosen)
