"""Kaplan-Meier, log-rank, restricted means and a hazard ratio."""

import numpy as np
import pytest

from rewire.numerics.likelihood import SEPARATED
from rewire.numerics.time_to_event import (
    compare_restricted_means,
    fit_hazard_ratio,
    kaplan_meier,
    log_rank,
    restricted_mean,
)

TIME = np.array([1.0, 2.0, 2.0, 3.0, 4.0])
EVENT = np.array([True, True, False, True, False])


def test_curve_by_hand() -> None:
    """4/5, then 3/4 of it, then 1/2 of that; Greenwood 1/(5*4) + 1/(4*3) + 1/(2*1)."""
    found = kaplan_meier(TIME, EVENT)
    assert found.time.tolist() == [1.0, 2.0, 3.0]
    assert found.at_risk.tolist() == [5.0, 4.0, 2.0]
    assert found.free == pytest.approx([0.8, 0.6, 0.3])
    greenwood = np.cumsum([1 / 20, 1 / 12, 1 / 2])
    assert found.se == pytest.approx(found.free * np.sqrt(greenwood))
    half = 1.959964 * np.sqrt(greenwood[0]) / -np.log(0.8)
    assert found.ci_low[0] == pytest.approx(0.8 ** np.exp(half), abs=1e-6)
    assert found.median == 3.0


def test_restricted_mean_by_hand() -> None:
    """1 + 0.8 + 0.6 + 0.3 up to 4; variance of the areas that each event leaves."""
    mean, se = restricted_mean(kaplan_meier(TIME, EVENT), 4.0)
    assert mean == pytest.approx(2.7)
    assert se**2 == pytest.approx(1.7**2 / 20 + 0.9**2 / 12 + 0.3**2 / 2)
    assert np.isnan(restricted_mean(kaplan_meier(TIME, EVENT), 4.5)[0])


def test_log_rank_by_hand() -> None:
    """Groups {1, 3} and {2, 4}: expected 1/2 + 1/3 + 1/2, variances 1/4, 2/9, 1/4."""
    found = log_rank(
        np.array([1.0, 2.0, 3.0, 4.0]),
        np.array([True, True, True, False]),
        np.array([True, False, True, False]),
    )
    assert found.estimate == pytest.approx(2 - (1 / 2 + 1 / 3 + 1 / 2))
    variance = 1 / 4 + 2 / 9 + 1 / 4
    assert found.statistic == pytest.approx((2 / 3) ** 2 / variance)


def test_hazard_ratio_by_hand() -> None:
    """Groups {1, 3} and {2, 4}, r the ratio: r**2 / ((2r + 2) (r + 2) (r + 1)) at its highest.

    Its log has the slope 2/r - 2/(r + 1) - 1/(r + 2) = 0 where r**2 - r - 4 = 0.
    """
    fit = fit_hazard_ratio(
        np.array([1.0, 2.0, 3.0, 4.0]),
        np.array([True, True, True, False]),
        np.array([True, False, True, False]),
    )
    assert np.exp(fit.estimate[0]) == pytest.approx((1 + np.sqrt(17)) / 2)


def test_efron_shares_tied_events_by_hand() -> None:
    """One event of each group at once among two and two: (r) / ((2r + 2) (1.5r + 1.5))."""
    fit = fit_hazard_ratio(
        np.array([1.0, 1.0, 2.0, 2.0]),
        np.array([True, True, False, False]),
        np.array([True, False, True, False]),
    )
    assert fit.estimate[0] == pytest.approx(0.0, abs=1e-9)
    assert fit.log_likelihood == pytest.approx(-np.log(4 * 3))


def test_a_group_without_events_has_no_ratio() -> None:
    group = np.array([True, False, False, False, True])
    fit = fit_hazard_ratio(TIME, EVENT & ~group, group)
    assert fit.status == SEPARATED
    assert np.isnan(fit.estimate[0])


def test_nobody_and_nothing() -> None:
    group = np.array([True, True, False, False, False])
    assert np.isnan(log_rank(TIME, np.zeros(5, bool), group).p)
    empty = kaplan_meier(np.array([np.nan]), np.array([True]))
    assert empty.n == 0
    assert np.isnan(restricted_mean(empty, 1.0)[0])
    calm = kaplan_meier(TIME, np.zeros(5, bool))
    assert np.isnan(compare_restricted_means(calm, calm, 3.0).p)
    assert restricted_mean(calm, 3.0) == (3.0, 0.0)
