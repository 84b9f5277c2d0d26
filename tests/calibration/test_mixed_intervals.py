"""Intervals of a mixed model with 12 people and 3 sessions cover as theory says they should.

With everybody seen at every session the t of a session has N (k - 1) - (k - 1) = 22 degrees of
freedom, and Wald's interval covers 95%. The profile interval ends where 24 log(1 + t^2 / 22) is
3.84, at t = 1.954, and that of the bootstrap where t is 1.96: both cover 93.6 to 93.7%.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from threadpoolctl import threadpool_limits

from rewire.numerics.mixed_bootstrap import bootstrap_mixed
from rewire.numerics.mixed_criterion import MixedData, RandomTerm
from rewire.numerics.mixed_inference import KenwardRoger, satterthwaite
from rewire.numerics.mixed_model import MixedFit, fit_mixed
from rewire.numerics.mixed_profile import profile_intervals

PEOPLE, SESSIONS = 12, 3
TRUE = 0.8
PROFILED = 4  # one trial of so many has a profile, which takes the longest


def _trial(rng: np.random.Generator) -> MixedFit:
    groups = np.repeat(np.arange(PEOPLE), SESSIONS)
    t = np.tile(np.arange(SESSIONS), PEOPLE)
    x = np.column_stack([np.ones(len(t)), t == 1, t == 2]).astype(float)
    y = 1.5 * rng.standard_normal(PEOPLE)[groups] + TRUE * x[:, 2] + rng.standard_normal(len(t))
    return fit_mixed(MixedData(y, x, (RandomTerm("id", groups, np.ones((len(t), 1))),)))


def _within(covered: int, trials: int, expected: float) -> bool:
    low, high = stats.binom.ppf([0.001, 0.999], trials, expected)
    return bool(low <= covered <= high)


@pytest.mark.parametrize(
    "trials", [60, pytest.param(2000, marks=pytest.mark.slow)], ids=["small", "full"]
)
def test_coverage_of_the_three_kinds(trials: int) -> None:
    rng = np.random.default_rng(21)
    covered = {"wald": 0, "profile": 0, "bootstrap": 0}
    spread = 0
    with threadpool_limits(1):
        for trial in range(trials):
            fit = _trial(rng)
            found = satterthwaite(fit)
            half = stats.t.ppf(0.975, found.df[2]) * found.se[2]
            covered["wald"] += abs(found.estimate[2] - TRUE) < half
            low, high = bootstrap_mixed(fit, 399, rng).intervals().fixed[2]
            covered["bootstrap"] += low < TRUE < high
            if trial % PROFILED:
                continue
            profile = profile_intervals(fit)
            low, high = profile.fixed[2]
            covered["profile"] += low < TRUE < high
            low, high = profile.variances[0]
            spread += low < 1.5 < high
    assert _within(covered["wald"], trials, 0.95), covered
    assert _within(covered["profile"], trials // PROFILED, 2 * stats.t.cdf(1.954, 22) - 1), covered
    assert _within(covered["bootstrap"], trials, 2 * stats.t.cdf(1.96, 22) - 1), covered
    assert spread >= stats.binom.ppf(0.001, trials // PROFILED, 0.92), spread


@pytest.mark.parametrize(
    "trials", [100, pytest.param(4000, marks=pytest.mark.slow)], ids=["small", "full"]
)
def test_false_positives_with_skewed_errors_and_a_fifth_of_rows_missing(trials: int) -> None:
    rng = np.random.default_rng(22)
    groups = np.repeat(np.arange(24), 3)
    t, arm = np.tile(np.arange(3), 24), (groups % 2).astype(float)
    hits = np.zeros(2, dtype=int)
    with threadpool_limits(1):
        for _ in range(trials):
            kept = rng.permutation(72)[:58]
            own, when, a = groups[kept], t[kept].astype(float), arm[kept]
            y = rng.gamma(2.0, 1.0, 24)[own] + rng.gamma(1.5, 0.8, 58)
            x = np.column_stack([np.ones(58), when, a, when * a])
            fit = fit_mixed(MixedData(y, x, (RandomTerm("id", own, np.ones((58, 1))),)))
            hits += [tests.p[3] < 0.05 for tests in (satterthwaite(fit), KenwardRoger(fit).tests())]
    assert all(_within(int(h), trials, 0.05) for h in hits), hits
