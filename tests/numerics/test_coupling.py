"""Regression to the mean."""

import numpy as np

from rewire.numerics.coupling import baseline_against_change, expected_coupling


def test_expected_values_at_the_ends() -> None:
    # nothing repeats: corr(x, y - x) = -1/sqrt(2); everything repeats: 0
    np.testing.assert_allclose(expected_coupling(np.array([0.0, 1.0])), [-np.sqrt(0.5), 0.0])


def test_equal_variances_meet_the_expectation_exactly() -> None:
    # x and y orthogonal with equal sums of squares: own retest r = 0
    x = np.array([[1.0], [1.0], [-1.0], [-1.0]])
    y = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    found = baseline_against_change(x, y)
    np.testing.assert_allclose(found.own_retest_r, 0.0, atol=1e-15)
    np.testing.assert_allclose(found.observed.estimate, -np.sqrt(0.5))
    np.testing.assert_allclose(found.expected_r, -np.sqrt(0.5))
    np.testing.assert_allclose(found.oldham.estimate, 0.0, atol=1e-15)


def test_untreated_retest_comes_first_where_it_is_known() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(20, 2)), rng.normal(size=(20, 2))
    found = baseline_against_change(x, y, np.array([0.5, np.nan]))
    np.testing.assert_allclose(found.expected_r[0], -0.5)
    np.testing.assert_allclose(found.expected_r[1], expected_coupling(found.own_retest_r)[1])


def test_only_people_with_both_count() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(12, 1)), rng.normal(size=(12, 1))
    x[0], y[1] = np.nan, np.nan
    found = baseline_against_change(x, y)
    assert found.observed.n.tolist() == found.oldham.n.tolist() == [10]
