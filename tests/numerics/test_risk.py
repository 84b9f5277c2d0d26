"""Intervals of a risk and of a difference."""

import numpy as np
import pytest
from scipy import optimize, stats

from rewire.numerics.risk import (
    Counts,
    clopper_pearson,
    constrained_risk,
    miettinen_nurminen,
    newcombe,
    score_statistic,
    wilson,
)


@pytest.mark.parametrize(("events", "people"), [(0, 12), (3, 12), (12, 12), (1, 1)])
def test_clopper_pearson_by_its_definition(events: int, people: int) -> None:
    found = clopper_pearson(events, people)
    if events:
        assert stats.binom.sf(events - 1, people, found.low) == pytest.approx(0.025)
    else:
        assert found.low == 0.0
    if events < people:
        assert stats.binom.cdf(events, people, found.high) == pytest.approx(0.025)
    else:
        assert found.high == 1.0


def test_wilson_is_where_the_score_is_at_its_limit() -> None:
    found = wilson(3, 12)
    for end in (found.low, found.high):
        assert abs(0.25 - end) / np.sqrt(end * (1 - end) / 12) == pytest.approx(1.959964)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Newcombe 1998, table II, method 10
        (Counts(56, 70, 48, 80), 0.0524, 0.3339),
        (Counts(9, 10, 3, 10), 0.1705, 0.8090),
        (Counts(10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_hybrid_interval_as_published(counts: Counts, low: float, high: float) -> None:
    found = newcombe(counts)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("table", [(56, 70, 48, 80), (9, 10, 3, 10), (2, 7, 6, 13)])
def test_score_interval_ends_where_the_score_is_at_its_limit(
    table: tuple[int, int, int, int],
) -> None:
    """The risks of highest likelihood are searched for, not solved for."""
    a, n, b, m = table
    found = miettinen_nurminen(Counts(*table))
    for end in (found.low, found.high):

        def falling(p: float, end: float = end) -> float:
            return -float(stats.binom.logpmf(a, n, p + end) + stats.binom.logpmf(b, m, p))

        ends = (max(0.0, -end) + 1e-9, min(1.0, 1.0 - end) - 1e-9)
        p = optimize.minimize_scalar(falling, bounds=ends, options={"xatol": 1e-11}).x
        variance = (p + end) * (1 - p - end) / n + p * (1 - p) / m
        variance *= (n + m) / (n + m - 1)
        assert abs(a / n - b / m - end) / np.sqrt(variance) == pytest.approx(1.959964, abs=1e-5)


@pytest.mark.parametrize("delta", [-0.6, -0.1, 0.0, 0.25, 0.9])
@pytest.mark.parametrize(("a", "b"), [(0, 0), (3, 1), (7, 9), (0, 9), (7, 0)])
def test_constrained_risk_is_the_most_likely(delta: float, a: int, b: int) -> None:
    n, m = 7, 9

    def falling(p: float) -> float:
        return -float(stats.binom.logpmf(a, n, p + delta) + stats.binom.logpmf(b, m, p))

    low, high = max(0.0, -delta), min(1.0, 1.0 - delta)
    grid = np.linspace(low, high, 2001)
    with np.errstate(divide="ignore"):
        heights = np.array([falling(p) for p in grid])
    best = grid[np.argmin(heights)]
    ends = (max(best - 1e-3, low), min(best + 1e-3, high))
    found = optimize.minimize_scalar(falling, bounds=ends, options={"xatol": 1e-10}).x
    got = constrained_risk(np.array([float(a)]), np.array([float(b)]), (n, m), delta)[0]
    assert got == pytest.approx(found, abs=2e-5)


def test_score_is_the_pooled_z_at_no_difference() -> None:
    """6/10 against 2/10, pooled 0.4: 0.4 over root of 0.24 * 0.2."""
    t = score_statistic(np.array([6.0]), np.array([2.0]), (10, 10), 0.0)
    assert t[0] == pytest.approx(0.4 / np.sqrt(0.24 * 0.2))
    assert score_statistic(np.array([0.0]), np.array([0.0]), (10, 10), 0.0)[0] == 0.0
    assert score_statistic(np.array([0.0]), np.array([0.0]), (10, 10), 1.0)[0] == -np.inf


def test_nobody_and_impossible_counts() -> None:
    assert np.isnan(newcombe(Counts(0, 0, 1, 3)).low)
    assert np.isnan(Counts(0, 0, 1, 3).difference)
    assert np.isnan(clopper_pearson(0, 0).high)
    with pytest.raises(ValueError, match="4 of 3 people"):
        Counts(4, 3, 0, 3)
