"""Drug and context on simulated trials: errors held, intervals that cover, effects found again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.contrasts import GroupModel, cell_means_model, fit_contrasts
from rewire.numerics.equivalence import equivalence_raw
from rewire.numerics.factorial import crossed_contrasts
from rewire.numerics.johnson_neyman import EffectLine, RegionRule, critical_t, region
from rewire.numerics.mediation import MediationData, estimate_mediation

TRIALS = 4000
PEOPLE = 48
GROUP = np.repeat(np.arange(4), PEOPLE // 4)
NONE = np.empty((PEOPLE, 0))
(INTERACTION,) = (c.weights for c in crossed_contrasts(2, 2, 1, 1) if c.part == "interaction")


def _band(rate: float, trials: int = TRIALS) -> tuple[float, float]:
    low, high = stats.binom.ppf([0.0005, 0.9995], trials, rate) / trials
    return float(low), float(high)


def _skewed(rng: np.random.Generator, trials: int = TRIALS) -> tuple[np.ndarray, np.ndarray]:
    """Return scores before and after, skewed, a sixth of the later ones missing."""
    before = rng.gamma(3.0, 2.0, size=(PEOPLE, trials))
    after = 0.5 * before + rng.gamma(2.0, 2.0, size=(PEOPLE, trials))
    after[rng.random((PEOPLE, 8))[:, np.arange(trials) % 8] < 1 / 6] = np.nan
    return before, after


def test_interaction_of_nothing_is_found_as_often_as_stated() -> None:
    before, after = _skewed(np.random.default_rng(21))
    fit = fit_contrasts(cell_means_model(after, GROUP, NONE, before), INTERACTION[None])
    low, high = _band(0.05)
    assert low <= (fit.p[0] < 0.05).mean() <= high
    assert (np.isfinite(fit.p[0])).all()


def test_planted_interaction_is_recovered_and_covered() -> None:
    before, after = _skewed(np.random.default_rng(22))
    after[GROUP == 0] -= 4.0  # drug and context together, and neither alone
    fit = fit_contrasts(cell_means_model(after, GROUP, NONE, before), INTERACTION[None])
    mean = fit.estimate[0].mean()
    assert mean == pytest.approx(-4.0, abs=4 * fit.estimate[0].std() / np.sqrt(TRIALS))
    covered = np.abs(fit.estimate[0] + 4.0) <= fit.half_width(0.95)[0]
    low, high = _band(0.95)
    assert low <= covered.mean() <= high


def test_equivalence_at_the_bound_is_claimed_no_more_than_stated() -> None:
    before, after = _skewed(np.random.default_rng(23))
    after[GROUP == 0] += 7.0
    fit = fit_contrasts(cell_means_model(after, GROUP, NONE, before), INTERACTION[None])
    p = equivalence_raw(fit.estimate[0], fit.se[0], fit.df[0], np.full(TRIALS, 7.0))
    low, high = _band(0.05)
    assert low <= (p < 0.05).mean() <= high


@pytest.mark.parametrize(
    ("rule", "least", "most"),
    [("pointwise", 0.08, 0.20), ("fdr", 0.0, 0.06), ("simultaneous", 0.0, 0.06)],
)
def test_region_claimed_where_there_is_no_effect(
    rule: RegionRule, least: float, most: float
) -> None:
    """No effect at any value: how often a region is claimed at all."""
    rng = np.random.default_rng(24)
    trials = 1000
    before, after = _skewed(rng, trials)
    arm = GROUP // 2
    x = rng.gamma(2.0, 1.0, size=PEOPLE)
    means = np.eye(2)[arm]
    columns = np.column_stack([means, means * x[:, None]])
    model = GroupModel(after, arm, columns, np.array([0, 1, 0, 1]), NONE, before)
    fit = fit_contrasts(model, np.array([[1.0, -1, 0, 0], [0, 0, 1, -1]]))
    claimed = 0
    for i, v in enumerate(fit.covariance):
        a, b = fit.estimate[:, i]
        line = EffectLine(a, b, v[0, 0], v[1, 1], v[0, 1], float(fit.df[0, i]))
        critical = critical_t(line, x, 0.95, rule)
        claimed += bool(region(line, critical, float(x.min()), float(x.max())))
    assert least <= claimed / trials <= most


def test_intervals_of_a_mediated_effect_cover_it() -> None:
    rng = np.random.default_rng(25)
    trials, n, true = 400, 60, 0.6 * 0.5
    hit = np.zeros(3)
    nothing = 0
    for _ in range(trials):
        t = np.repeat([0.0, 1.0], n // 2)
        m = 0.6 * t + (rng.gamma(2.0, 1.0, n) - 2.0) / np.sqrt(2.0)
        noise = (rng.gamma(2.0, 1.0, n) - 2.0) / np.sqrt(2.0)
        m[rng.random(n) < 0.1] = np.nan
        empty = np.empty((n, 0))
        found = estimate_mediation(MediationData(t, m, 0.5 * m + noise, empty), 400, rng)
        pairs = (found.percentile, found.bias_corrected, found.monte_carlo)
        hit += [low <= true <= high for low, high in pairs]
        null = estimate_mediation(MediationData(t, m, noise, empty), 400, rng)
        nothing += not null.percentile[0] <= 0.0 <= null.percentile[1]
    assert (hit / trials >= 0.90).all(), hit / trials
    assert (hit / trials <= 0.985).all(), hit / trials
    assert nothing / trials <= _band(0.05, trials)[1]
