"""Imputed visits: their distribution, what each rule makes of them, and how they are pooled."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.normal_imputation import ImputedDraws, impute_normal
from rewire.numerics.reference_imputation import Departure, compare_completed, impute_after
from rewire.numerics.rubin import pool
from rewire.numerics.tipping import (
    FOUND,
    NO_EVIDENCE,
    NOBODY,
    NOT_REACHED,
    find_tipping_point,
)


def test_rubin_by_hand() -> None:
    """B = 1, W = 4, m = 3: T = 4 + 4/3; the rest from Barnard and Rubin 1999, equations 3 to 5."""
    found = pool(np.array([[1.0], [2.0], [3.0]]), np.full((3, 1), 4.0), 20.0)
    total = 4 + 4 / 3
    share = (4 / 3) / total
    old = 2 / share**2
    seen = 21 / 23 * 20 * (1 - share)
    assert found.tests.se.item() == pytest.approx(np.sqrt(total))
    assert found.tests.df.item() == pytest.approx(old * seen / (old + seen))
    assert found.missing_share.item() == pytest.approx(0.25)
    with pytest.raises(ValueError, match="one imputation"):
        pool(np.ones((1, 1)), np.ones((1, 1)), 20.0)


def test_parameters_are_drawn_from_their_posterior_where_nothing_is_missing() -> None:
    """Inverse Wishart: mean S / (n - q - T - 1); the mean's covariance is Sigma / n on average."""
    rng = np.random.default_rng(0)
    y = rng.standard_normal((40, 2)) @ np.array([[2.0, 1.0], [0.0, 1.0]])
    found = impute_normal(y, np.ones((40, 1)), 8000, rng)
    s = (y - y.mean(axis=0)).T @ (y - y.mean(axis=0))
    wanted = s / (40 - 1 - 2 - 1)
    np.testing.assert_allclose(found.covariances.mean(axis=0), wanted, atol=0.04)
    means = found.coefficients[:, 0]
    np.testing.assert_allclose(means.mean(axis=0), y.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(40 * np.cov(means.T), wanted, atol=0.25)


def test_imputed_values_have_the_conditional_mean() -> None:
    rng = np.random.default_rng(1)
    y = rng.standard_normal((300, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
    gone = y[:, 0] > 0.5
    y[gone, 1] = np.nan
    found = impute_normal(y, np.ones((300, 1)), 200, rng)
    slope, level = np.polyfit(y[~gone, 0], y[~gone, 1], 1)
    drawn = found.values[:, gone, 1].mean(axis=0)
    np.testing.assert_allclose(drawn, level + slope * y[gone, 0], atol=0.25)
    assert np.abs((drawn - level - slope * y[gone, 0]).mean()) < 0.03


def test_too_little_to_impute_from_is_refused() -> None:
    rng = np.random.default_rng(2)
    y = rng.standard_normal((12, 3))
    with pytest.raises(ValueError, match="too few people"):
        impute_normal(y[:4], np.ones((4, 1)), 5, rng)
    with pytest.raises(ValueError, match="depend on one another"):
        impute_normal(y, np.ones((12, 2)), 5, rng)
    y[:, 2] = np.nan
    with pytest.raises(ValueError, match="nobody was seen"):
        impute_normal(y, np.ones((12, 1)), 5, rng)


def _one_draw() -> tuple[ImputedDraws, Departure]:
    """One draw: reference means 0, 0, 0, the arm's 2, 4, 8; covariance as of AR(1), r = .5."""
    values = np.array([[3.0, 5.0, 9.0], [1.0, 4.0, 8.0], [0.0, 0.0, 0.0], [2.0, 4.0, 7.0]])
    coefficients = np.array([[[0.0, 0.0, 0.0], [2.0, 4.0, 8.0]]])
    covariance = 0.5 ** np.abs(np.arange(3)[:, None] - np.arange(3))
    covariates = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    departure = Departure(np.array([1, 2, 1, 3]), (1,), covariates)
    return ImputedDraws(values[None], coefficients, covariance[None]), departure


def test_rules_by_hand() -> None:
    """The first person left after visit 1 and was drawn 1 above the arm's mean throughout.

    Jump: 0 + what was drawn above the mean. Increments: the gain of 2 stays. Copy: the gain of 2
    at the last visit is weighted by the regression on it, .5 and .25.
    """
    draws, departure = _one_draw()
    jump = impute_after(draws, departure, "jump to reference")[0]
    np.testing.assert_allclose(jump[0], [3.0, 1.0, 1.0])
    np.testing.assert_allclose(jump[1], [1.0, 4.0, 0.0])
    steady = impute_after(draws, departure, "copy increments")[0]
    np.testing.assert_allclose(steady[0], [3.0, 3.0, 3.0])
    np.testing.assert_allclose(steady[1], [1.0, 4.0, 4.0])
    copied = impute_after(draws, departure, "copy reference")[0]
    np.testing.assert_allclose(copied[0], [3.0, 2.0, 1.5])
    np.testing.assert_allclose(copied[1], [1.0, 4.0, 2.0])
    for rule in (jump, steady, copied):
        np.testing.assert_array_equal(rule[2:], draws.values[0, 2:])
    np.testing.assert_array_equal(impute_after(draws, departure, "mar"), draws.values)


def _arms(left: int, effect: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    arm = np.arange(60) % 2
    y = rng.standard_normal((60, 1)) + rng.standard_normal((60, 2))
    y[arm == 1] += [0.0, effect]
    y[np.flatnonzero(arm == 1)[:left], 1] = np.nan
    return y, np.column_stack([np.ones(60), arm])


def test_jumping_pulls_the_difference_to_the_reference_by_the_share_who_left() -> None:
    """Those who left lose what the arm gained: 12 of 30 leave, so .6 of the difference stays."""
    y, x = _arms(12, 3.0)
    draws = impute_normal(y, x, 400, np.random.default_rng(4))
    departure = Departure.of(y, x, (1,))
    at_random = compare_completed(impute_after(draws, departure, "mar"), departure, 1)
    jumped = compare_completed(impute_after(draws, departure, "jump to reference"), departure, 1)
    moved = draws.coefficients[:, 1, 1].mean() * 12 / 30
    assert jumped.tests.estimate[1] == pytest.approx(at_random.tests.estimate[1] - moved, abs=1e-9)
    share = jumped.tests.estimate[1] / at_random.tests.estimate[1]
    assert share == pytest.approx(0.6, abs=0.01)
    assert jumped.tests.estimate[0] == pytest.approx(at_random.tests.estimate[0])


def test_the_tipping_point_is_where_p_crosses() -> None:
    y, x = _arms(12, -2.0)
    draws = impute_normal(y, x, 50, np.random.default_rng(5))
    departure = Departure.of(y, x, (1,))
    grid = np.linspace(0.0, 6.0, 7)
    found = find_tipping_point(draws.values, departure, 1, grid)
    assert found.status == FOUND
    at_point = find_tipping_point(draws.values, departure, 1, np.array([found.point]))
    assert at_point.p.item() == pytest.approx(0.05, abs=1e-9)
    # everyone who left moves the mean of 30 by a thirtieth of delta
    np.testing.assert_allclose(np.diff(found.estimate), 12 / 30, rtol=1e-9)
    # one step far past it, to evidence of the opposite, finds the same
    far = find_tipping_point(draws.values, departure, 1, np.array([0.0, 100.0]))
    assert far.estimate[1] > 0.0
    assert far.point == pytest.approx(found.point)
    short = find_tipping_point(draws.values, departure, 1, grid[:2] * found.point / 2)
    assert short.status == NOT_REACHED
    assert np.isnan(short.point)


def test_no_tipping_point_without_evidence_or_without_anybody_missing() -> None:
    grid = np.array([0.0, 1.0])
    for left, effect, status in ((12, 0.0, NO_EVIDENCE), (0, -3.0, NOBODY)):
        y, x = _arms(left, effect)
        draws = impute_normal(y, x, 20, np.random.default_rng(6))
        found = find_tipping_point(draws.values, Departure.of(y, x, (1,)), 1, grid)
        assert found.status == status
        assert np.isnan(found.point)


def test_each_active_arm_loses_its_own_effect() -> None:
    """Two active arms, gains 8 and 2 at the second visit; one of each left after the first."""
    coefficients = np.array([[[0.0, 0.0], [0.0, 8.0], [0.0, 2.0]]])
    covariates = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    draws = ImputedDraws(np.full((1, 3, 2), 10.0), coefficients, np.eye(2)[None])
    departure = Departure(np.array([1, 1, 1]), (1, 2), covariates)
    jumped = impute_after(draws, departure, "jump to reference")[0]
    np.testing.assert_allclose(jumped, [[10.0, 2.0], [10.0, 8.0], [10.0, 10.0]])
