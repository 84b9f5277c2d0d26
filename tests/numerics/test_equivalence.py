"""Two one-sided tests: by hand, by R's noncentral t, and by Fisher's approximation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from rewire.numerics.equivalence import (
    equivalence_correlation,
    equivalence_ranked,
    equivalence_raw,
    equivalence_standardised,
)


def _one(*values: float) -> list[np.ndarray]:
    return [np.array([v], dtype=np.float64) for v in values]


def test_raw_is_two_t_tests_of_scipy() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(0.1, 1.0, 25)
    estimate, se, df, bound = _one(x.mean(), x.std(ddof=1) / 5.0, 24, 0.6)
    above = stats.ttest_1samp(x, 0.6, alternative="less").pvalue
    below = stats.ttest_1samp(x, -0.6, alternative="greater").pvalue
    assert equivalence_raw(estimate, se, df, bound)[0] == pytest.approx(max(above, below))


@pytest.mark.parametrize(
    ("t", "df", "n", "p"), [(0.0, 39, 40.0, 0.00078270113), (1.2, 41, 22 * 21 / 43, 0.32909967656)]
)
def test_standardised_by_noncentral_t_of_r(t: float, df: float, n: float, p: float) -> None:
    """R 4.2.2: pt(0, 39, ncp = .5*sqrt(40)) and pt(1.2, 41, ncp = .5*sqrt(22*21/43))."""
    for sign in (1.0, -1.0):
        found = equivalence_standardised(*_one(sign * t, df, np.sqrt(n)), 0.5)[0]
        assert found == pytest.approx(p, rel=1e-6)


def test_an_effect_at_the_bound_is_as_likely_on_either_side() -> None:
    # the t whose noncentral law has its median there
    t = float(special.nctdtrit(30, 0.5 * np.sqrt(31), 0.5))
    assert equivalence_standardised(*_one(t, 30, np.sqrt(31)), 0.5)[0] == pytest.approx(0.5)


@pytest.mark.parametrize("r", [-0.2, 0.0, 0.05, 0.29, 0.8])
def test_correlation_is_near_fishers_and_does_not_mind_the_sign(r: float) -> None:
    exact, mirrored = equivalence_correlation(np.array([r, -r]), np.array([200.0, 200.0]), 0.3)
    bias = 0.3 / (2 * 199)
    fisher = stats.norm.cdf((abs(np.arctanh(r)) - np.arctanh(0.3) - bias) * np.sqrt(197))
    assert exact == pytest.approx(mirrored)
    assert exact == pytest.approx(fisher, abs=0.003)


def test_correlation_by_simulation() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(12, 40_000))
    y = 0.3 * x + np.sqrt(1 - 0.09) * rng.normal(size=x.shape)
    x, y = x - x.mean(0), y - y.mean(0)
    r = (x * y).sum(0) / np.sqrt((x**2).sum(0) * (y**2).sum(0))
    found = equivalence_correlation(np.array([0.1]), np.array([12.0]), 0.3)[0]
    assert found == pytest.approx((r <= 0.1).mean(), abs=0.01)


def test_ranked_is_wider_than_fishers_by_its_variance() -> None:
    # (0 - atanh .3) / sqrt((1 + .045) / 97) = -2.98170
    found = equivalence_ranked(np.array([0.0]), np.array([100.0]), 0.3)[0]
    assert found == pytest.approx(stats.norm.cdf(-0.3095196 / np.sqrt(1.045 / 97)), rel=1e-5)


def test_what_is_not_known_has_no_p() -> None:
    nan = np.array([np.nan])
    assert np.isnan(equivalence_raw(nan, *_one(1, 9, 1))).all()
    assert np.isnan(equivalence_standardised(nan, *_one(9, 3), 0.5)).all()
    assert np.isnan(equivalence_correlation(np.array([0.1, 1.0]), np.array([3.0, 9.0]), 0.3)).all()
    assert np.isnan(equivalence_ranked(np.array([0.1]), np.array([3.0]), 0.3)).all()
