"""The parametric bootstrap: what is drawn, one refit and many, and refits that fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rewire.numerics import mixed_bootstrap
from rewire.numerics.mixed_bootstrap import MixedDraws, bootstrap_mixed, simulate_responses
from rewire.numerics.mixed_criterion import MixedData, RandomTerm
from rewire.numerics.mixed_model import MixedFit, fit_mixed


def _fit(criterion: str = "REML") -> MixedFit:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(12), 3)[:-2]
    x = np.column_stack([np.ones(34), np.tile(np.arange(3.0), 12)[:-2]])
    y = 2.0 * rng.standard_normal(12)[groups] + rng.standard_normal(34)
    data = MixedData(y, x, (RandomTerm("id", groups, np.ones((34, 1))),))
    return fit_mixed(data, criterion)  # type: ignore[arg-type]


def test_responses_have_the_model_s_mean_and_covariance() -> None:
    fit = _fit()
    groups = np.repeat(np.arange(12), 3)[:-2]
    x = np.column_stack([np.ones(34), fit.data.fixed[:, 1]])
    spread = np.array([[2.0, 0.5], [0.5, 1.0]])
    two = replace(fit, data=replace(fit.data, terms=(RandomTerm("id", groups, x),)))
    two = replace(two, random=(spread,), sigma=0.5)
    drawn = simulate_responses(two, 40_000, np.random.default_rng(1))
    expected = (groups[:, None] == groups) * (x @ spread @ x.T) + 0.25 * np.eye(34)
    np.testing.assert_allclose(drawn.mean(axis=1), x @ fit.estimate, atol=0.08)
    np.testing.assert_allclose(np.cov(drawn), expected, atol=0.35)


def test_all_draws_together_are_those_one_by_one() -> None:
    fit = _fit()
    many = bootstrap_mixed(fit, 120, np.random.default_rng(2))
    responses = simulate_responses(fit, 120, np.random.default_rng(2))
    single = mixed_bootstrap._one_by_one(fit, responses)
    np.testing.assert_allclose(many.fixed, single.fixed, atol=2e-5)
    np.testing.assert_allclose(many.variances, single.variances, atol=2e-4)


def test_a_refit_finds_what_a_fit_from_the_start_finds() -> None:
    fit = _fit("ML")
    responses = simulate_responses(fit, 25, np.random.default_rng(3))
    found = mixed_bootstrap._one_by_one(fit, responses)
    fresh = [fit_mixed(replace(fit.data, response=y), "ML") for y in responses.T]
    np.testing.assert_allclose(found.variances[:, 1], [f.sigma for f in fresh], rtol=1e-4)


def test_refits_that_fail_are_counted_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = _fit("ML")
    whole = mixed_bootstrap._refit
    calls = iter(range(1000))
    monkeypatch.setattr(
        mixed_bootstrap, "_refit", lambda p, f: whole(p, f) if next(calls) % 3 else None
    )
    found = bootstrap_mixed(fit, 30, np.random.default_rng(4))
    assert found.failed == 10
    assert np.isnan(found.fixed[::3]).all()
    assert np.isfinite(found.fixed[1::3]).all()


def test_percentiles_need_draws_enough() -> None:
    """Of 199 draws the 5th and the 195th smallest bound 95%."""
    draws = np.random.default_rng(5).permutation(np.arange(1.0, 200.0))[:, None]
    found = MixedDraws(draws, draws, 0).intervals()
    np.testing.assert_allclose(found.fixed, [[5.0, 195.0]])
    assert np.isnan(MixedDraws(draws[:99], draws[:99], 0).intervals().fixed).all()
