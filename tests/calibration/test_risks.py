"""Coverage, bias and false positives of what is said about events; small here, larger if slow."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.counts import fit_negative_binomial, fit_poisson
from rewire.numerics.exact_difference import Tails, exact_difference
from rewire.numerics.exact_tests import fisher_mid_p, fisher_p
from rewire.numerics.firth import fit_firth
from rewire.numerics.logistic import fit_logistic
from rewire.numerics.ordinal import fit_ordinal
from rewire.numerics.risk import Counts
from rewire.numerics.time_to_event import compare_restricted_means, kaplan_meier, log_rank

RISKS = np.linspace(0.005, 0.995, 34)


def _chances(n: int, m: int) -> np.ndarray:
    """Probability of each table at each pair of risks, shape (risks, risks, n + 1, m + 1)."""
    own = stats.binom.pmf(np.arange(n + 1)[None, :], n, RISKS[:, None])
    other = stats.binom.pmf(np.arange(m + 1)[None, :], m, RISKS[:, None])
    return np.einsum("ia,jb->ijab", own, other)


@pytest.mark.parametrize(("n", "m"), [(6, 5), pytest.param(15, 12, marks=pytest.mark.slow)])
@pytest.mark.parametrize("tails", ["two-sided", "equal"])
def test_the_exact_interval_covers_at_least_as_often_as_promised(
    n: int, m: int, tails: Tails
) -> None:
    """By summing over all tables: no simulation, and so no slack."""
    found = [
        [exact_difference(Counts(a, n, b, m), 0.9, tails).interval for b in range(m + 1)]
        for a in range(n + 1)
    ]
    low = np.array([[i.low for i in row] for row in found])
    high = np.array([[i.high for i in row] for row in found])
    delta = (RISKS[:, None] - RISKS[None, :])[:, :, None, None]
    inside = (low - 1e-7 <= delta) & (delta <= high + 1e-7)
    coverage = (_chances(n, m) * inside).sum(axis=(2, 3))
    assert coverage.min() >= 0.9 - 1e-6
    assert coverage.min() < 0.93


def test_exact_tests_stay_below_their_level_and_mid_p_near_it() -> None:
    n, m = 7, 6
    tables = [[Counts(a, n, b, m) for b in range(m + 1)] for a in range(n + 1)]
    alike = _chances(n, m)[np.arange(len(RISKS)), np.arange(len(RISKS))]

    def worst(p: np.ndarray) -> float:
        return float((alike * (p <= 0.05 + 1e-9)).sum(axis=(1, 2)).max())

    sizes = {}
    for name, test in (("fisher", fisher_p), ("mid", fisher_mid_p)):
        sizes[name] = worst(np.array([[test(c) for c in row] for row in tables]))
    sizes["score"] = worst(np.array([[exact_difference(c).p for c in row] for row in tables]))
    for exact in ("fisher", "score"):
        assert sizes[exact] <= 0.05 + 1e-6
    assert sizes["fisher"] < sizes["score"]
    assert sizes["fisher"] < sizes["mid"] < 0.065


@pytest.mark.parametrize("trials", [40, pytest.param(4_000, marks=pytest.mark.slow)])
def test_firths_bias_is_smaller_than_that_of_maximum_likelihood(trials: int) -> None:
    """Log odds ratio of 1.5 with a covariate, 2 x 20 people; where both have an estimate."""
    rng = np.random.default_rng(8)
    x = np.column_stack([np.ones(40), np.repeat([0.0, 1.0], 20), np.tile([-0.5, 0.5], 20)])
    chance = 1 / (1 + np.exp(-x @ [-0.7, 1.5, 0.8]))
    ml, firth = [], []
    for _ in range(trials):
        y = (rng.random(40) < chance).astype(float)
        fit = fit_logistic(x, y)
        if fit.status == "ok":
            ml.append(float(fit.estimate[1]))
            firth.append(float(fit_firth(x, y).estimate[1]))
    assert len(ml) > 0.95 * trials
    error = float(np.std(firth)) / np.sqrt(len(ml))
    assert abs(np.mean(firth) - 1.5) < 4 * error
    assert np.mean(ml) - 1.5 > abs(np.mean(firth) - 1.5)
    assert np.mean(ml) > np.mean(firth) + 0.05


def _two_arms(n: int) -> np.ndarray:
    return np.column_stack([np.ones(2 * n), np.repeat([0.0, 1.0], n)])


@pytest.mark.parametrize("trials", [80, pytest.param(4_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("family", ["logistic", "firth", "poisson", "negative binomial", "ordinal"])
def test_false_positives_of_regressions(family: str, trials: int) -> None:
    rng = np.random.default_rng(31)
    x, n = _two_arms(40), 80
    p = np.empty(trials)
    for i in range(trials):
        if family in ("logistic", "firth"):
            y = (rng.random(n) < 0.4).astype(float)
            p[i] = (fit_logistic if family == "logistic" else fit_firth)(x, y).p[1]
        elif family == "ordinal":
            y = rng.choice(4.0 + np.arange(4), n, p=[0.4, 0.3, 0.2, 0.1])
            p[i] = fit_ordinal(x[:, 1:], y).terms.p[0]
        else:
            mean = 3.0 * rng.gamma(2.0, 0.5, n) if family != "poisson" else np.full(n, 3.0)
            fit = fit_poisson if family == "poisson" else fit_negative_binomial
            p[i] = fit(x, rng.poisson(mean).astype(float), np.ones(n)).p[1]
    p = p[np.isfinite(p)]
    assert len(p) > 0.98 * trials
    # Wald's tests are a little off at 40 an arm: a hundredth beside four standard errors
    assert abs((p <= 0.05).mean() - 0.05) < 4 * np.sqrt(0.05 * 0.95 / len(p)) + 0.01


@pytest.mark.parametrize("trials", [80, pytest.param(4_000, marks=pytest.mark.slow)])
def test_false_positives_of_times(trials: int) -> None:
    rng = np.random.default_rng(12)
    group = np.repeat([True, False], 40)
    ranks, means, odds = np.empty(trials), np.empty(trials), np.empty(trials)
    for i in range(trials):
        time, ends = rng.exponential(10.0, 80), rng.uniform(5.0, 20.0, 80)
        event = time <= ends
        seen = np.minimum(time, ends)
        ranks[i] = log_rank(seen, event, group).p
        curves = [kaplan_meier(seen[g], event[g]) for g in (group, ~group)]
        means[i] = compare_restricted_means(curves[0], curves[1], 8.0).p
        level = rng.choice(np.arange(3.0), 80, p=[0.5, 0.3, 0.2])
        odds[i] = fit_ordinal(group[:, None].astype(float), level).p_proportional
    for p in (ranks, means, odds):
        assert abs((p <= 0.05).mean() - 0.05) < 4 * np.sqrt(0.05 * 0.95 / trials) + 0.01
