"""Sites are brought to one location and scale by what training says of them, and no more."""

from __future__ import annotations

import numpy as np

from rewire.numerics.site_harmonisation import learn_sites


def test_a_new_person_is_moved_by_the_training_site() -> None:
    # site 0: mean 2, sd 1; site 1: mean 20, sd 2; within sd sqrt((2 + 8) / 4) = 1.5811; mean 11
    train = np.array([[1.0], [2.0], [3.0], [18.0], [20.0], [22.0]])
    learned = learn_sites(train, np.repeat([0, 1], 3))
    moved, unseen = learned.applied(np.array([[4.0], [24.0], [24.0]]), np.array([0, 1, 7]))
    within = np.sqrt(10.0 / 4.0)
    np.testing.assert_allclose(moved.ravel(), [11 + 2 * within, 11 + 2 * within, 24.0])
    assert unseen.tolist() == [False, False, True]


def test_a_small_site_takes_the_location_and_scale_of_everybody() -> None:
    train = np.array([[1.0], [2.0], [3.0], [50.0]])
    learned = learn_sites(train, np.array([0, 0, 0, 1]))
    moved, _ = learned.applied(np.array([[14.0]]), np.array([1]))
    np.testing.assert_allclose(moved, 14.0)  # (14 - 14) / 1 * 1 + 14


def test_missing_values_count_for_nobody_and_stay_missing() -> None:
    train = np.array([[1.0], [np.nan], [2.0], [3.0], [11.0], [12.0], [13.0]])
    site = np.array([0, 0, 0, 0, 1, 1, 1])
    moved, _ = learn_sites(train, site).applied(train, site)
    assert np.isnan(moved[1, 0])
    np.testing.assert_allclose(moved[[0, 2, 3], 0], moved[4:, 0])


def test_a_feature_that_never_varies_stays_finite() -> None:
    moved, _ = learn_sites(np.full((6, 1), 4.0), np.repeat([0, 1], 3)).applied(
        np.full((1, 1), 9.0), np.array([0])
    )
    assert moved[0, 0] == 4.0
