"""Means, differences between groups and baseline-adjusted differences."""

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.linear import group_model, mean_model
from rewire.numerics.terms import estimate_term


def test_paired_change_by_hand() -> None:
    # differences 1, 2, 3, 6: mean 3, squares about it 4+1+0+9 = 14, sd sqrt(14/3)
    found = estimate_term(mean_model(np.array([[1.0], [2.0], [3.0], [6.0]])))
    sd = np.sqrt(14 / 3)
    assert found.n.tolist() == [4]
    np.testing.assert_allclose(found.estimate, 3.0)
    np.testing.assert_allclose(found.se, sd / 2)
    np.testing.assert_allclose(found.statistic, 3 / (sd / 2))
    np.testing.assert_allclose(found.effect_size, 3 / sd)
    np.testing.assert_allclose(found.ci_low, 3 - 3.182446305 * sd / 2)
    np.testing.assert_allclose(found.ci_high, 3 + 3.182446305 * sd / 2)


def test_difference_of_groups_by_hand() -> None:
    # 1, 2, 3 against 4, 6, 8: difference 4, pooled variance (2 + 8) / 4 = 2.5
    y = np.array([[1.0], [2.0], [3.0], [4.0], [6.0], [8.0]])
    found = estimate_term(group_model(y, np.array([0.0, 0, 0, 1, 1, 1])))
    np.testing.assert_allclose(found.estimate, 4.0)
    np.testing.assert_allclose(found.se, np.sqrt(2.5 * 2 / 3))
    np.testing.assert_allclose(found.df, 4)
    # J(4) = Gamma(2) / (sqrt(2) Gamma(1.5))
    np.testing.assert_allclose(found.effect_size, 4 / np.sqrt(2.5) / (np.sqrt(2) * 0.886226925))


def test_adjusting_for_an_unrelated_balanced_baseline_keeps_the_difference() -> None:
    baseline = np.tile([[1.0], [2.0], [3.0], [4.0]], (2, 1))
    noise = np.array([1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0])
    group = np.repeat([1.0, 0.0], 4)
    after = (2.0 * group + noise)[:, None]
    found = estimate_term(group_model(after, group, own=baseline))
    np.testing.assert_allclose(found.estimate, 2.0)
    # residual squares 8 over n - 3 = 5
    np.testing.assert_allclose(found.se, np.sqrt(8 / 5 * (1 / 4 + 1 / 4)))


def test_missing_people_are_left_out_of_their_cell_alone() -> None:
    rng = np.random.default_rng(3)
    y = rng.normal(size=(18, 4))
    y[2, 1] = y[5, 1] = y[7, 3] = np.nan
    group = np.repeat([0.0, 1.0], 9)
    found = estimate_term(group_model(y, group))
    for cell in range(4):
        kept = np.isfinite(y[:, cell])
        expected = stats.ttest_ind(y[kept & (group == 1), cell], y[kept & (group == 0), cell])
        np.testing.assert_allclose(found.statistic[cell], expected.statistic)
        np.testing.assert_allclose(found.p[cell], expected.pvalue)
    assert found.n.tolist() == [18, 16, 18, 17]


def test_hopeless_cells_are_nan_with_a_status_and_stop_nobody() -> None:
    y = np.ones((10, 5))
    y[:, 0] = np.nan
    y[:, 1] = np.nan
    y[:2, 1] = [1.0, 2.0]
    y[:, 3] = 0.0
    y[:, 4] = np.arange(10)
    found = estimate_term(mean_model(y))
    assert found.status.tolist() == [
        "too few participants",
        "too few participants",
        "no variance",
        "no variance",
        "ok",
    ]
    assert found.n.tolist() == [0, 2, 10, 10, 10]
    assert np.isfinite(found.p).tolist() == [False, False, False, False, True]
    for name in ("estimate", "se", "ci_low", "ci_high", "effect_size", "statistic", "df"):
        assert np.isfinite(getattr(found, name)).tolist() == [False] * 4 + [True], name


def test_a_group_of_one_is_too_few() -> None:
    y = np.arange(6.0)[:, None]
    found = estimate_term(group_model(y, np.array([1.0, 0, 0, 0, 0, 0])))
    assert found.status.tolist() == ["too few participants"]


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_interval_touches_zero_where_p_is_its_complement(confidence: float) -> None:
    y = np.random.default_rng(5).normal(0.4, 1, size=(30, 1))
    found = estimate_term(mean_model(y), confidence=confidence)
    inside = bool(found.ci_low[0] < 0 < found.ci_high[0])
    assert inside == bool(found.p[0] > 1 - confidence)
