"""Windows, FCD and edge time series against forms that build every edge."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.windows import (
    cofluctuation,
    connectivity_dynamics,
    distant_pairs,
    edge_variance,
    kolmogorov_smirnov,
    taper_weights,
    window_starts,
    windowed_connectivity,
)


def _series(volumes: int = 120, regions: int = 6) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.standard_normal((volumes, regions)) + rng.standard_normal((volumes, 1))


def test_rectangular_windows_are_plain_correlations() -> None:
    series = _series() + 1e4
    starts = window_starts(120, 30, 7)
    usable = np.ones(120, dtype=bool)
    usable[40:44] = False
    found = windowed_connectivity(series, usable, starts, taper_weights(30, 0.0))
    upper = np.triu_indices(6, 1)
    for row, start in zip(found, starts, strict=True):
        part = series[start : start + 30][usable[start : start + 30]]
        np.testing.assert_allclose(row, np.arctanh(np.corrcoef(part.T)[upper]), rtol=1e-8)


def test_tapered_window_is_the_weighted_correlation_of_the_textbook() -> None:
    series = _series(30, 2)
    weights = taper_weights(30, 5.0)
    found = windowed_connectivity(series, np.ones(30, dtype=bool), np.array([0]), weights)
    covariance = np.cov(series.T, aweights=weights)
    r = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert np.tanh(found[0, 0]) == pytest.approx(r, rel=1e-10)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] < 0.7 * weights[15]
    np.testing.assert_allclose(weights, weights[::-1])


def test_windows_that_cannot_be_measured_are_nan() -> None:
    series = _series()
    series[30:60, 2] = 5.0  # constant in one window alone
    series[:, 3] = series[:, 4]
    usable = np.ones(120, dtype=bool)
    usable[90:106] = False  # more than half of the last window
    found = windowed_connectivity(series, usable, np.array([0, 30, 60, 90]), taper_weights(30, 0))
    first, second = np.triu_indices(6, 1)
    touches = (first == 2) | (second == 2)
    same = (first == 3) & (second == 4)
    np.testing.assert_array_equal(np.isnan(found[0]), same)
    np.testing.assert_array_equal(np.isnan(found[1]), same | touches)
    assert np.isnan(found[3]).all()


def test_too_short_a_scan_has_no_window() -> None:
    assert len(window_starts(10, 11, 1)) == 0
    assert window_starts(10, 10, 5).tolist() == [0]


def test_fcd_is_numpys_corrcoef() -> None:
    windowed = np.random.default_rng(0).standard_normal((8, 40))
    np.testing.assert_allclose(connectivity_dynamics(windowed), np.corrcoef(windowed))
    windowed[3] = np.nan
    windowed[5, 7] = np.nan
    found = connectivity_dynamics(windowed)
    rest = np.delete(np.delete(windowed, 3, axis=0), 7, axis=1)
    keep = np.arange(8) != 3
    np.testing.assert_allclose(found[np.ix_(keep, keep)], np.corrcoef(rest))
    assert np.isnan(found[3]).all()


def test_fcd_sees_a_planted_return() -> None:
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((2, 12, 12))
    blocks = [rng.standard_normal((60, 12)) @ mixing[k] for k in (0, 1, 0, 1)]
    series = np.concatenate(blocks)
    starts = window_starts(240, 60, 60)
    z = windowed_connectivity(series, np.ones(240, dtype=bool), starts, taper_weights(60, 0.0))
    found = connectivity_dynamics(z)
    assert min(found[0, 2], found[1, 3]) > 0.8
    assert max(found[0, 1], found[1, 2], found[2, 3], found[0, 3]) < 0.5
    assert len(distant_pairs(found, starts, 60)) == 6
    assert len(distant_pairs(found, starts, 61)) == 3


def test_kolmogorov_smirnov_is_scipys() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal(200), rng.standard_normal(150) + 0.4
    assert kolmogorov_smirnov(a, b) == pytest.approx(stats.ks_2samp(a, b).statistic)
    ties = np.round(a, 1), np.round(b, 1)
    assert kolmogorov_smirnov(*ties) == pytest.approx(stats.ks_2samp(*ties).statistic)
    assert kolmogorov_smirnov(a, a) == 0.0
    assert np.isnan(kolmogorov_smirnov(a, a[:0]))


def test_edges_need_not_be_formed() -> None:
    series = _series()
    z = stats.zscore(series)
    edges = z[:, :, None] * z[:, None, :]
    np.testing.assert_allclose(edge_variance(series), edges.var(axis=0), rtol=1e-10)
    upper = np.triu_indices(6, 1)
    amplitude = np.sqrt((edges[:, upper[0], upper[1]] ** 2).mean(axis=1))
    np.testing.assert_allclose(cofluctuation(series), amplitude, rtol=1e-10)


def test_edge_variance_of_normal_signals_follows_from_their_correlation() -> None:
    series = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 200_000)
    assert edge_variance(series)[0, 1] == pytest.approx(1.0 + 0.6**2, rel=0.02)


def test_one_region_has_no_edge() -> None:
    assert np.isnan(cofluctuation(_series(20, 1))).all()
