"""Maps against maps: correlations of scipy, and p counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.map_association import assess_maps, correlate_maps


@pytest.fixture
def maps() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    values = np.round(rng.standard_normal(30), 1)
    nulls = values[rng.integers(0, 30, (200, 30))]  # repeats, as spins have
    targets = np.round(rng.standard_normal((30, 8)) + 0.5 * values[:, None], 1)
    return values, nulls, targets


@pytest.mark.parametrize("statistic", ["pearson", "spearman"])
def test_equals_scipy_null_by_null(
    maps: tuple[np.ndarray, np.ndarray, np.ndarray], statistic: str
) -> None:
    values, nulls, targets = maps
    one = stats.pearsonr if statistic == "pearson" else stats.spearmanr
    found = assess_maps(values, nulls, targets, statistic)  # type: ignore[arg-type]
    r = np.array([one(values, t).statistic for t in targets.T])
    null = np.array([[one(n, t).statistic for t in targets.T] for n in nulls])
    np.testing.assert_allclose(found.r, r, atol=1e-12)
    extreme = np.abs(null) >= np.abs(r) - 1e-9
    np.testing.assert_allclose(found.p, (1 + extreme.sum(axis=0)) / 201)
    mean, spread = null.mean(axis=0), null.std(axis=0)
    away = (np.abs(null - mean) / spread).max(axis=1)
    largest = away[:, None] >= np.abs(r - mean) / spread - 1e-9
    np.testing.assert_allclose(found.p_max, (1 + largest.sum(axis=0)) / 201)
    np.testing.assert_allclose(found.null_mean, null.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(found.null_sd, null.std(axis=0), atol=1e-9)
    np.testing.assert_allclose(correlate_maps(nulls, targets, statistic), null, atol=1e-12)  # type: ignore[arg-type]


def test_ranks_are_taken_within_each_null(
    maps: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Ranks carried over from the map give other nulls wherever a spin repeats values."""
    values, _, targets = maps
    rng = np.random.default_rng(8)
    orders = rng.integers(0, 30, (200, 30))
    carried = stats.rankdata(values)[orders]
    own = correlate_maps(values[orders], targets, "spearman")
    wrong = correlate_maps(carried, targets, "spearman")
    np.testing.assert_allclose(own, wrong, atol=1e-12)  # ranked again: the same
    unranked = correlate_maps(carried, stats.rankdata(targets, axis=0), "pearson")
    assert np.abs(unranked - own).max() > 0.01


def test_a_flat_target_has_no_p(maps: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    values, nulls, targets = maps
    targets[:, 2] = 4.0
    found = assess_maps(values, nulls, targets)
    assert np.isnan([found.r[2], found.p[2], found.p_max[2]]).all()
    assert np.isfinite(np.delete(found.p, 2)).all()


def test_a_tie_counts_as_extreme() -> None:
    values = np.arange(12.0)
    nulls = np.vstack([values, -values, np.roll(values, 6)])
    found = assess_maps(values, nulls, values[:, None])
    assert found.p[0] == pytest.approx(3 / 4)


def test_missing_values_are_refused(maps: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    values, nulls, targets = maps
    values[0] = np.nan
    with pytest.raises(ValueError, match="missing"):
        assess_maps(values, nulls, targets)
