"""Correlations by hand, against numpy and scikit-learn, and where there is nothing to correlate."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from rewire.numerics.correlation import (
    fisher_z,
    has_signal,
    ledoit_wolf_shrinkage,
    partial_correlation,
    pearson_matrix,
    positive_weights,
)


def _mixed(volumes: int, regions: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((volumes, regions)) @ rng.standard_normal((regions, regions))


def test_pearson_by_hand() -> None:
    # x = (1, 2, 3, 4), y = (1, 3, 2, 4): sum of products of deviations 4, sums of squares 5 and 5
    series = np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 2.0], [4.0, 4.0]])
    assert pearson_matrix(series)[0, 1] == pytest.approx(0.8)


def test_pearson_is_that_of_numpy() -> None:
    series = _mixed(60, 8) + 1000.0
    found = pearson_matrix(series)
    np.testing.assert_allclose(found, np.corrcoef(series.T), atol=1e-12)
    assert np.array_equal(found, found.T)


@pytest.mark.parametrize("filler", [0.0, 0.1, 7.0, np.nan, np.inf])
def test_a_region_without_signal_is_nan_and_alone(filler: float) -> None:
    series = _mixed(60, 5)
    with_dead = np.insert(series, 2, filler, axis=1)
    found = pearson_matrix(with_dead)
    assert np.isnan(found[2]).all()
    assert np.isnan(found[:, 2]).all()
    alive = [0, 1, 3, 4, 5]
    np.testing.assert_array_equal(found[np.ix_(alive, alive)], pearson_matrix(series))


def test_a_missing_volume_is_left_out() -> None:
    series = _mixed(60, 5)
    gap = series.copy()
    gap[7] = np.nan
    np.testing.assert_array_equal(pearson_matrix(gap), pearson_matrix(np.delete(series, 7, 0)))


def test_a_region_missing_in_one_volume_has_no_signal() -> None:
    series = _mixed(60, 5)
    series[7, 1] = np.nan
    assert has_signal(series).tolist() == [True, False, True, True, True]


def test_one_volume_says_nothing() -> None:
    assert np.isnan(pearson_matrix(np.array([[1.0, 2.0]]))).all()
    assert np.isnan(partial_correlation(np.array([[1.0, 2.0]])).matrix).all()


def test_fisher_z_by_hand() -> None:
    # atanh(r) = log((1 + r) / (1 - r)) / 2
    assert fisher_z(np.array(0.6)) == pytest.approx(np.log(4.0) / 2.0)
    assert np.isnan(fisher_z(np.array([1.0, -1.0, np.nan]))).all()


def test_positive_weights_are_finite_and_leave_negative_edges_out() -> None:
    r = np.array([[1.0, 1.0, -0.3], [1.0, 1.0, np.nan], [-0.3, np.nan, 1.0]])
    weights = positive_weights(r, diagonal=1.0)
    assert np.isfinite(weights).all()
    assert weights[0, 1] > 10.0
    assert weights[0, 2] == 0.0
    assert weights[1, 2] == 0.0
    assert np.diag(weights).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("volumes", "regions"), [(30, 40), (200, 10), (1000, 3)])
def test_shrinkage_is_that_of_scikit_learn(volumes: int, regions: int) -> None:
    series = _mixed(volumes, regions, volumes)
    expected = LedoitWolf().fit(series).shrinkage_
    assert ledoit_wolf_shrinkage(series) == pytest.approx(expected, rel=1e-9)


def test_partial_correlation_is_that_of_residuals() -> None:
    # With hardly any shrinkage it is the correlation of what is left after regression on the rest.
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((200_000, 3))
    series = np.column_stack([noise[:, 0], noise[:, 0] + noise[:, 1], noise[:, 0] + noise[:, 2]])
    rest = series[:, [2]] - series[:, [2]].mean(0)
    left = [
        y - y.mean() - rest[:, 0] * (rest[:, 0] @ y / (rest[:, 0] @ rest[:, 0]))
        for y in (series[:, 0], series[:, 1])
    ]
    found = partial_correlation(series)
    assert found.shrinkage < 1e-3
    assert found.matrix[0, 1] == pytest.approx(np.corrcoef(left)[0, 1], abs=2e-3)
    # var(x0 | x2) = 1/2, var(x1 | x2) = 3/2, cov = 1/2: r = 1/sqrt(3)
    assert found.matrix[0, 1] == pytest.approx(1.0 / np.sqrt(3.0), abs=0.01)


def test_partial_correlation_does_not_depend_on_units_and_skips_the_dead() -> None:
    series = _mixed(50, 6)
    scaled = np.insert(series * np.array([1.0, 1e3, 1e-3, 5.0, 1.0, 1.0]), 3, 4.0, axis=1)
    found = partial_correlation(scaled).matrix
    assert np.isnan(found[3]).all()
    alive = [0, 1, 2, 4, 5, 6]
    expected = partial_correlation(series).matrix
    np.testing.assert_allclose(found[np.ix_(alive, alive)], expected, atol=1e-9)


def test_partial_correlation_exists_with_more_regions_than_volumes() -> None:
    found = partial_correlation(_mixed(20, 50))
    assert 0.0 < found.shrinkage < 1.0
    assert np.isfinite(found.matrix).all()


def test_a_copied_region_without_shrinkage_cannot_be_partialled_out() -> None:
    signal = np.tile([1.0, -1.0], 500)  # constant fourth moments: the estimated shrinkage is 0
    found = partial_correlation(np.column_stack([signal, signal]))
    assert found.shrinkage == 0.0
    assert np.isnan(found.matrix).all()
