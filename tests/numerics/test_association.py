"""Correlations."""

import numpy as np
from scipy import stats

from rewire.numerics.association import correlate_columns, estimate_association
from rewire.numerics.linear import slope_model


def test_r_by_hand() -> None:
    # x about its mean -1, 0, 1 and y -1, 1, 0 with a fourth point at both means: r = 1 / 2
    x = np.array([1.0, 2.0, 3.0, 2.0])
    y = np.array([[1.0], [3.0], [2.0], [2.0]])
    found = estimate_association(slope_model(y, x))
    np.testing.assert_allclose(found.estimate, 0.5)
    np.testing.assert_allclose(found.statistic, 0.5 * np.sqrt(2 / 0.75))
    np.testing.assert_allclose(found.df, 2)
    np.testing.assert_allclose(found.effect_size, 0.5)


def test_one_side_is_half_of_two_where_the_sign_agrees() -> None:
    rng = np.random.default_rng(2)
    y, x = rng.normal(size=(25, 30)), rng.normal(size=25)
    model = slope_model(y, x)
    two, greater = estimate_association(model), estimate_association(model, "greater")
    less = estimate_association(model, "less")
    up = two.estimate > 0
    np.testing.assert_allclose(greater.p[up], two.p[up] / 2)
    np.testing.assert_allclose(less.p[~up], two.p[~up] / 2)
    assert (greater.p[~up] > 0.5).all()
    np.testing.assert_array_equal(np.sign(greater.statistic), np.sign(two.estimate))


def test_columns_are_correlated_one_by_one() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(20, 5)), rng.normal(size=(20, 5))
    x[3, 2] = y[8, 4] = np.nan
    found = correlate_columns(x, y)
    for cell in range(5):
        kept = np.isfinite(x[:, cell]) & np.isfinite(y[:, cell])
        expected = stats.pearsonr(x[kept, cell], y[kept, cell])
        np.testing.assert_allclose(found.estimate[cell], expected.statistic)
        np.testing.assert_allclose(found.p[cell], expected.pvalue)


def test_a_line_or_a_constant_has_no_correlation_test() -> None:
    x = np.arange(8.0)
    y = np.column_stack([2 * x + 1, np.full(8, 3.0), x**2])
    for found in (
        estimate_association(slope_model(y, x)),
        correlate_columns(np.repeat(x[:, None], 3, axis=1), y),
    ):
        assert found.status.tolist() == ["no variance", "no variance", "ok"]
        assert np.isnan(found.p[:2]).all()
        assert np.isfinite(found.ci_low[2])


def test_three_people_are_too_few() -> None:
    found = estimate_association(slope_model(np.array([[1.0], [3.0], [2.0]]), np.arange(3.0)))
    assert found.status.tolist() == ["too few participants"]
    assert correlate_columns(np.ones((3, 1)), np.ones((3, 1))).n.tolist() == [3]
