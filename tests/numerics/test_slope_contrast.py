"""Differences of slopes and correlations: R's lm, HC3 by its definition in R, Fisher's z."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.slope_contrast import (
    compare_correlations,
    estimate_slope,
    estimate_slope_robust,
    slope_difference_model,
)

X = np.array([1.2, 3.4, 2.2, 5.1, 4.4, 0.3, 2.9, 3.8, 6.0, 1.7])
Y = np.array([2.1, 3.0, 1.4, 6.2, 3.9, 1.1, 4.5, 2.8, 5.0, 2.4])
Z = np.array([0.5, 0.1, 0.9, 0.3, 0.8, 0.2, 0.7, 0.6, 0.4, 1.0])
GROUP = np.tile([0.0, 1.0], 5)


def test_interaction_of_lm() -> None:
    """R 4.2.2: summary(lm(y ~ g*x + z)); HC3 as solve(X'X) X' diag(e^2/(1-h)^2) X solve(X'X)."""
    model = slope_difference_model(Y[:, None], X, GROUP, Z[:, None])
    plain, robust = estimate_slope(model), estimate_slope_robust(model)
    for found in (plain, robust):
        assert found.estimate[0] == pytest.approx(0.2367093673, rel=1e-8)
        assert found.df[0] == 5
    assert plain.se[0] == pytest.approx(0.4281872228, rel=1e-8)
    assert plain.p[0] == pytest.approx(0.60419289463, rel=1e-8)
    assert robust.se[0] == pytest.approx(0.5062941350, rel=1e-8)
    assert robust.ci_high[0] - robust.estimate[0] == pytest.approx(
        2.570582 * robust.se[0], rel=1e-6
    )


def test_a_missing_person_is_left_out_of_that_cell_alone() -> None:
    both = np.column_stack([Y, Y])
    both[3, 1] = np.nan
    found = estimate_slope_robust(slope_difference_model(both, X, GROUP, np.empty((10, 0))))
    rest = np.arange(10) != 3
    alone = estimate_slope_robust(
        slope_difference_model(Y[rest][:, None], X[rest], GROUP[rest], np.empty((9, 0)))
    )
    assert found.n.tolist() == [10, 9]
    assert found.se[1] == pytest.approx(alone.se[0])


def test_who_alone_decides_a_slope_has_no_robust_error() -> None:
    # in group 1 two people differ in x: one line through two points
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 1.0, 2.0])
    group = np.array([0.0, 0, 0, 0, 0, 1, 1])
    y = np.array([0.1, 1.2, 1.8, 3.3, 3.9, 5.0, 2.0])
    model = slope_difference_model(y[:, None], x, group, np.empty((7, 0)))
    assert np.isfinite(estimate_slope(model).se[0])
    assert np.isnan(estimate_slope_robust(model).se[0])


def test_a_group_in_which_nothing_varies_has_no_slope() -> None:
    x = np.where(GROUP == 1, 2.0, X)
    found = estimate_slope(slope_difference_model(Y[:, None], x, GROUP, np.empty((10, 0))))
    assert np.isnan(found.estimate[0])
    assert found.status[0] == "singular model"


def test_fishers_z_by_hand() -> None:
    # atanh .5 = .549306; sqrt(2 / 40) = .223607; ratio 2.456571; p = .014027
    two = np.array([0.5, 1.0]), np.array([0.0, 0.0])
    found = compare_correlations(two, (np.array([43, 43]), np.array([43, 43])))
    assert found.statistic[0] == pytest.approx(2.456571, abs=1e-6)
    assert found.p[0] == pytest.approx(0.014027, abs=1e-6)
    assert found.ci_low[0] > 0.0
    assert np.isnan(found.p[1])


def test_zous_published_example() -> None:
    """Zou 2007, p. 409: r1 = .49 (n = 145), r2 = .36 (n = 87): -.081 to .352 (Fisher limits)."""
    r = np.array([0.49]), np.array([0.36])
    found = compare_correlations(r, (np.array([145]), np.array([87])))
    # ours joins exact limits, which differ from Fisher's in the third decimal
    limits = np.tanh(
        np.arctanh([0.49, 0.36])[:, None] + np.array([[-1, 1]]) * 1.959964 / np.sqrt([[142], [84]])
    )
    low = 0.13 - np.hypot(0.49 - limits[0, 0], limits[1, 1] - 0.36)
    high = 0.13 + np.hypot(limits[0, 1] - 0.49, 0.36 - limits[1, 0])
    assert found.ci_low[0] == pytest.approx(low, abs=0.004)
    assert found.ci_high[0] == pytest.approx(high, abs=0.004)
