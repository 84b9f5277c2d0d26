"""Profile intervals: closed forms, bounds, and the order of coefficients."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from rewire.numerics.mixed_criterion import MixedData, Profile, RandomTerm
from rewire.numerics.mixed_inference import satterthwaite
from rewire.numerics.mixed_model import fit_mixed
from rewire.numerics.mixed_profile import profile_intervals
from rewire.numerics.mixed_variances import variance_values


def _people(count: int, sessions: int, seed: int, spread: float = 2.0) -> MixedData:
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(count), sessions)
    t = np.tile(np.arange(sessions), count)
    y = spread * rng.standard_normal(count)[groups] + rng.standard_normal(len(t))
    x = np.column_stack([np.ones(len(t)), *(t == k for k in range(1, sessions))]).astype(float)
    return MixedData(y, x, (RandomTerm("id", groups, np.ones((len(t), 1))),))


def test_without_random_terms_the_profile_is_that_of_least_squares() -> None:
    """n log(1 + t^2 / df) = chi2, and n log(s^2 / v) + n (v / s^2 - 1) = chi2 for sigma."""
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(20), rng.standard_normal(20)])
    y = x @ [1.0, 0.5] + rng.standard_normal(20)
    beta, (rest,), *_ = np.linalg.lstsq(x, y, rcond=None)
    cut = stats.chi2.ppf(0.95, 1)
    half = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * rest * np.expm1(cut / 20))
    found = profile_intervals(fit_mixed(MixedData(y, x, ())))
    np.testing.assert_allclose(found.fixed, np.column_stack([beta - half, beta + half]), rtol=1e-6)
    v = rest / 20

    def rise(s: float) -> float:
        return float(20 * (np.log(s**2 / v) + v / s**2 - 1) - cut)

    limits = [optimize.brentq(rise, *ends) for ends in ((0.3 * v**0.5, v**0.5), (v**0.5, 9.0))]
    np.testing.assert_allclose(found.variances[0], limits, rtol=1e-6)


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_sessions_of_everybody_have_a_closed_form(confidence: float) -> None:
    """The deviance within people rises by N (k - 1) log(1 + t^2 / df)."""
    data = _people(12, 3, 0)
    fit = fit_mixed(data)
    tests = satterthwaite(fit)
    cut = stats.chi2.ppf(confidence, 1)
    half = tests.se[1:] * np.sqrt(22 * np.expm1(cut / 24))
    expected = np.column_stack([tests.estimate[1:] - half, tests.estimate[1:] + half])
    np.testing.assert_allclose(profile_intervals(fit, confidence).fixed[1:], expected, rtol=2e-5)


def test_a_spread_that_may_be_nothing_has_the_lower_limit_0() -> None:
    fit = fit_mixed(_people(10, 3, 1, spread=0.0))
    low, high = profile_intervals(fit).variances[0]
    assert low == 0.0
    assert high > variance_values(fit)[0]


def test_limits_follow_the_order_of_coefficients() -> None:
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(15), 6)
    x = np.column_stack([np.ones(90), np.tile(np.arange(6.0), 15)])
    y = (x * (rng.standard_normal((15, 2)) @ [[2.0, 0.5], [0.0, 1.0]])[groups]).sum(axis=1)
    y += rng.standard_normal(90)
    both = []
    for order in ([0, 1], [1, 0]):
        data = MixedData(y, x, (RandomTerm("id", groups, x[:, order]),))
        both.append(profile_intervals(fit_mixed(data)))
    np.testing.assert_allclose(both[0].variances[[2, 1, 0, 3]], both[1].variances, rtol=1e-4)
    np.testing.assert_allclose(both[0].fixed, both[1].fixed, rtol=1e-4)
    assert (both[0].variances[:, 0] < both[0].variances[:, 1]).all()


def test_another_response_to_the_same_design() -> None:
    data = _people(8, 3, 5)
    other = np.random.default_rng(6).standard_normal(24)
    theta = np.array([0.7])
    again = Profile(MixedData(other, data.fixed, data.terms), "REML")
    shared = Profile(data, "REML")
    before = shared(theta)
    assert shared.with_response(other)(theta) == pytest.approx(again(theta), abs=1e-12)
    assert shared(theta) == before


def test_factors_beyond_all_measure_do_not_stop_a_search() -> None:
    data = _people(8, 3, 5)
    assert Profile(data, "REML")(np.array([1e12])) >= 1e12
