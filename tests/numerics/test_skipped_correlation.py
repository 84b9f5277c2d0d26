"""Skipped correlations: hand-made clouds, and what does not change them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.skipped_correlation import (
    correlate_skipped,
    projection_outliers,
    skipped_statistic,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(12)


def test_a_cross_of_points_by_hand() -> None:
    # On the horizontal line the distances are |x|: 1 1 2 2 3 3 4 20, and 0 three times for the
    # points above and below the centre. n = 11: j = floor(11/4 + 5/12) = 3, fraction 1/6; ideal
    # fourths 5/6 x 0 + 1/6 x 1 = 1/6 and 5/6 x 3 + 1/6 x 3 = 3, median 2: the limit is
    # 2 + 2.7162 x 2.8333 = 9.70.
    x = np.array([[-1.0, 1, -2, 2, -3, 3, -4, 20, 0, 0, 0]])
    y = np.array([[0.0, 0, 0, 0, 0, 0, 0, 0, -1, 1, 0]])
    found = projection_outliers(x, y, np.zeros((1, 2)))
    assert found.nonzero()[1].tolist() == [7]
    x[0, 7] = 9.6
    assert not projection_outliers(x, y, np.zeros((1, 2))).any()


def test_without_outliers_it_is_spearmans() -> None:
    angle = np.linspace(0, 2 * np.pi, 15)[:-1] + 0.1
    x, y = np.cos(angle), np.sin(angle + 0.4)
    r, t, outlier = skipped_statistic(x[None], y[None])
    assert not outlier.any()
    theirs = stats.spearmanr(x, y)
    assert r[0] == pytest.approx(theirs.statistic)
    assert t[0] == pytest.approx(r[0] * np.sqrt(12 / (1 - r[0] ** 2)))


def test_one_point_does_not_make_a_link(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=20), rng.normal(size=20)
    x[0], y[0] = 30.0, 30.0
    found = correlate_skipped(x, y, rng, 300)
    assert found.outlier[0]
    rest = ~found.outlier
    assert found.r == pytest.approx(stats.spearmanr(x[rest], y[rest]).statistic)
    assert stats.pearsonr(x, y).pvalue < 0.001 < 0.05 < found.p


def test_unit_and_order_of_people_do_not_matter(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=25), rng.standard_t(2, 25)
    order = rng.permutation(25)
    r, _, out = skipped_statistic(x[None], y[None])
    again, _, out_again = skipped_statistic(1000.0 * x[None, order] + 7.0, y[None, order])
    assert again[0] == pytest.approx(r[0])
    np.testing.assert_array_equal(out_again[0], out[0][order])


def test_ties_among_those_kept_have_mid_ranks(rng: np.random.Generator) -> None:
    x, y = rng.integers(0, 4, 18).astype(float), rng.integers(0, 4, 18).astype(float)
    r, _, outlier = skipped_statistic(x[None], y[None])
    rest = ~outlier[0]
    assert r[0] == pytest.approx(stats.spearmanr(x[rest], y[rest]).statistic)


def test_sides(rng: np.random.Generator) -> None:
    x = np.arange(14.0)
    y = x + rng.normal(size=14)
    p = {
        side: correlate_skipped(x, y, np.random.default_rng(2), 200, side).p
        for side in ("two-sided", "greater", "less")
    }
    assert p["greater"] <= p["two-sided"] <= 0.02
    assert p["less"] > 0.95


def test_few_people_or_nothing_that_varies_give_nothing(rng: np.random.Generator) -> None:
    for x in (np.arange(5.0), np.zeros(12)):
        found = correlate_skipped(x, np.arange(float(len(x))), rng, 50)
        assert np.isnan([found.r, found.se, found.ci_low, found.ci_high, found.p]).all()
    alone = correlate_skipped(np.arange(9.0), rng.normal(size=9), rng, 0)
    assert np.isfinite(alone.r)
    assert np.isnan([alone.p, alone.ci_low]).all()


def test_values_are_exchanged_within_blocks_alone() -> None:
    """Two sites apart in both variables and no link within either: no evidence within sites."""
    rng = np.random.default_rng(5)
    site = np.tile([0, 1], 12)
    x, y = 2.0 * site + rng.normal(size=24), 2.0 * site + rng.normal(size=24)
    free = correlate_skipped(x, y, np.random.default_rng(1), 400)
    within = correlate_skipped(x, y, np.random.default_rng(1), 400, exchange=site)
    one = correlate_skipped(x, y, np.random.default_rng(1), 400, exchange=np.zeros(24, np.int64))
    assert (within.r, within.ci_low) == (free.r, free.ci_low)
    assert one.p == free.p < 0.02
    assert within.p > 0.1
