"""Two groups with variances of their own."""

import numpy as np
from scipy import stats

from rewire.numerics.welch import WelchModel, estimate_welch


def test_welch_by_hand() -> None:
    # variances 1/3 and 4/3 of the means; df (5/3)^2 / (1/18 + 16/18)
    y = np.array([[1.0], [2.0], [3.0], [4.0], [6.0], [8.0]])
    found = estimate_welch(WelchModel(y, np.array([0.0, 0, 0, 1, 1, 1])))
    np.testing.assert_allclose(found.se, np.sqrt(5 / 3))
    np.testing.assert_allclose(found.df, (25 / 9) / (17 / 18))


def test_welch_agrees_with_scipy_where_people_are_missing() -> None:
    rng = np.random.default_rng(11)
    y = rng.normal(size=(21, 6)) * np.repeat([1.0, 3.0], [9, 12])[:, None]
    y[rng.random(y.shape) < 0.1] = np.nan
    group = np.repeat([1.0, 0.0], [9, 12])
    found = estimate_welch(WelchModel(y, group), "less")
    expected = stats.ttest_ind(
        y[group == 1], y[group == 0], equal_var=False, nan_policy="omit", alternative="less"
    )
    np.testing.assert_allclose(found.statistic, np.asarray(expected.statistic))
    np.testing.assert_allclose(found.p, np.asarray(expected.pvalue))
    np.testing.assert_allclose(found.df, np.asarray(expected.df))


def test_hopeless_cells_have_a_status() -> None:
    y = np.column_stack([np.ones(6), [1.0, np.nan, np.nan, 1, 2, 3], np.arange(6.0)])
    found = estimate_welch(WelchModel(y, np.array([1.0, 1, 1, 0, 0, 0])))
    assert found.status.tolist() == ["no variance", "too few participants", "ok"]
    assert np.isnan(found.p[:2]).all()


def test_people_in_neither_group_do_not_count() -> None:
    y = np.arange(8.0)[:, None]
    found = estimate_welch(WelchModel(y, np.array([1.0, 1, 1, 0, 0, 0, np.nan, np.nan])))
    assert found.n.tolist() == [6]
    np.testing.assert_allclose(found.estimate, -3.0)
