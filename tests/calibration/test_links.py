"""False positives and coverage of links, on skewed data with people missing."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.equivalence import (
    equivalence_correlation,
    equivalence_ranked,
    equivalence_standardised,
)
from rewire.numerics.permute import permute_family
from rewire.numerics.rank_association import RankModel, estimate_rank_association
from rewire.numerics.skipped_correlation import correlate_skipped
from rewire.numerics.slope_contrast import (
    compare_correlations,
    estimate_slope,
    estimate_slope_robust,
    slope_difference_model,
)
from rewire.numerics.unreliability import disattenuate, known_reliability, retest_reliability

SIZES = [400, pytest.param(20_000, marks=pytest.mark.slow)]
FEW = [120, pytest.param(3_000, marks=pytest.mark.slow)]


def allowed(share: float, trials: int) -> float:
    """Four standard errors of a share."""
    return 4 * float(np.sqrt(share * (1 - share) / trials))


def skewed(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Lognormal, of mean 0 and one in ten missing."""
    values = np.exp(rng.normal(size=shape)) - np.exp(0.5)
    return np.where(rng.random(shape) < 0.1, np.nan, values)


@pytest.mark.parametrize("trials", SIZES)
def test_spearman_holds_its_level_on_skewed_data(trials: int) -> None:
    rng = np.random.default_rng(21)
    model = RankModel(skewed(rng, (20, trials)), np.exp(rng.normal(size=20)), np.empty((20, 0)))
    p = estimate_rank_association(model).p
    assert abs((p <= 0.05).mean() - 0.05) < allowed(0.05, trials) + 0.005
    (permuted,) = permute_family(
        [RankModel(model.response[:, :400], model.term, model.covariates)], 199, rng
    )
    assert abs((permuted.p <= 0.05).mean() - 0.05) < allowed(0.05, 400) + 0.01


@pytest.mark.parametrize("trials", SIZES)
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_bonett_and_wrights_interval_covers(rho: float, trials: int) -> None:
    rng = np.random.default_rng(22)
    low = np.empty(trials)
    high = np.empty(trials)
    x = rng.normal(size=25)
    for start in range(0, trials, 20):
        x = rng.normal(size=25)
        y = rho * x[:, None] + np.sqrt(1 - rho**2) * rng.normal(size=(25, min(20, trials - start)))
        found = estimate_rank_association(RankModel(np.exp(y), x, np.empty((25, 0))))
        low[start : start + 20], high[start : start + 20] = found.ci_low, found.ci_high
    truth = 6 / np.pi * np.arcsin(rho / 2)
    covered = ((low <= truth) & (truth <= high)).mean()
    # 20 responses share one x, so that the share varies more than that of single trials
    assert abs(covered - 0.95) < 1.5 * allowed(0.05, trials) + 0.01


@pytest.mark.parametrize("trials", FEW)
@pytest.mark.parametrize("kind", ["normal", "skewed", "heavy"])
def test_skipped_correlation_holds_its_level(kind: str, trials: int) -> None:
    rng = np.random.default_rng(23)
    made = {
        "normal": lambda: rng.normal(size=24),
        "skewed": lambda: skewed(rng, (24,)),
        "heavy": lambda: rng.standard_t(2, 24),
    }[kind]
    hits = 0
    for _ in range(trials):
        x, y = made(), made()
        both = np.isfinite(x) & np.isfinite(y)
        hits += correlate_skipped(x[both], y[both], rng, 99).p <= 0.05
    assert abs(hits / trials - 0.05) < allowed(0.05, trials)


@pytest.mark.parametrize("trials", FEW)
def test_skipped_interval_covers(trials: int) -> None:
    rng = np.random.default_rng(24)
    rho, covered = 0.5, 0
    # without outliers in truth: Spearman's of a normal pair, less what trimming takes off
    for _ in range(trials):
        x = rng.normal(size=40)
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=40)
        found = correlate_skipped(x, y, rng, 199)
        covered += found.ci_low <= 6 / np.pi * np.arcsin(rho / 2) <= found.ci_high
    assert abs(covered / trials - 0.95) < allowed(0.05, trials) + 0.02


@pytest.mark.parametrize("trials", SIZES)
def test_a_difference_of_slopes_holds_its_level(trials: int) -> None:
    rng = np.random.default_rng(25)
    group, x = np.repeat([0.0, 1.0], 22), np.exp(rng.normal(size=44) / 2)
    y = 0.6 * x[:, None] + skewed(rng, (44, trials))
    model = slope_difference_model(y, x, group, np.empty((44, 0)))
    plain, robust = estimate_slope(model), estimate_slope_robust(model)
    assert abs((plain.p <= 0.05).mean() - 0.05) < allowed(0.05, trials) + 0.015
    assert (robust.p <= 0.05).mean() < 0.05 + allowed(0.05, trials) + 0.01


@pytest.mark.parametrize("trials", SIZES)
def test_robust_errors_hold_where_the_spread_grows_and_ordinary_ones_do_not(trials: int) -> None:
    rng = np.random.default_rng(29)
    plain, robust = [], []
    group = np.repeat([0.0, 1.0], 22)
    for _ in range(20):  # how far a level is off depends on the values of the variable
        x = np.exp(rng.normal(size=44) / 2)
        y = 0.6 * x[:, None] + (x[:, None] - 0.5) ** 2 * rng.normal(size=(44, trials // 20))
        model = slope_difference_model(y, x, group, np.empty((44, 0)))
        plain.append((estimate_slope(model).p <= 0.05).mean())
        robust.append((estimate_slope_robust(model).p <= 0.05).mean())
    assert np.mean(plain) > 0.25
    assert abs(np.mean(robust) - 0.05) < allowed(0.05, trials) + 0.02


@pytest.mark.parametrize("trials", SIZES)
def test_a_difference_of_correlations_holds_level_and_coverage(trials: int) -> None:
    rng = np.random.default_rng(26)
    found = []
    for n, rho in ((22, 0.6), (21, 0.6)):
        x = rng.normal(size=(n, trials))
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(n, trials))
        x, y = x - x.mean(0), y - y.mean(0)
        found.append((x * y).sum(0) / np.sqrt((x**2).sum(0) * (y**2).sum(0)))
    n = (np.full(trials, 22), np.full(trials, 21))
    gap = compare_correlations((found[0], found[1]), n)
    assert abs((gap.p <= 0.05).mean() - 0.05) < allowed(0.05, trials) + 0.005
    covered = ((gap.ci_low <= 0) & (gap.ci_high >= 0)).mean()
    assert abs(covered - 0.95) < allowed(0.05, trials) + 0.01


@pytest.mark.parametrize("trials", SIZES)
def test_equivalence_is_found_no_more_often_than_promised_at_the_bound(trials: int) -> None:
    rng = np.random.default_rng(27)
    n, bound = 60, 0.5
    y = rng.normal(bound, 1.0, (n, trials))
    t = y.mean(0) / (y.std(0, ddof=1) / np.sqrt(n))
    p = equivalence_standardised(t, np.full(trials, n - 1.0), np.full(trials, np.sqrt(n)), bound)
    assert abs((p <= 0.05).mean() - 0.05) < allowed(0.05, trials)
    n = 120
    x = rng.normal(size=(n, trials))
    z = 0.3 * x + np.sqrt(1 - 0.09) * rng.normal(size=(n, trials))
    xc, zc = x - x.mean(0), z - z.mean(0)
    r = (xc * zc).sum(0) / np.sqrt((xc**2).sum(0) * (zc**2).sum(0))
    p = equivalence_correlation(r, np.full(trials, float(n)), 0.3)
    assert abs((p <= 0.05).mean() - 0.05) < allowed(0.05, trials)
    ranked = 2 * np.sin(np.pi / 6 * 0.3)
    z = ranked * x + np.sqrt(1 - ranked**2) * rng.normal(size=(n, trials))
    rank = [v.argsort(0).argsort(0) - (n - 1) / 2 for v in (x, z)]
    rho = (rank[0] * rank[1]).sum(0) / (rank[0] ** 2).sum(0)
    p = equivalence_ranked(rho, np.full(trials, float(n)), 0.3)
    assert abs((p <= 0.05).mean() - 0.05) < allowed(0.05, trials) + 0.01


@pytest.mark.parametrize("trials", SIZES)
def test_disattenuation_covers_where_the_reliability_is_an_estimate(trials: int) -> None:
    rng = np.random.default_rng(28)
    truth, reliability, n, retest = 0.5, 0.7, 50, 40
    covered = 0
    for _ in range(trials):
        z = np.arctanh(truth * np.sqrt(reliability)) + rng.normal() / np.sqrt(n - 3)
        ratio = (1 + reliability) / (1 - reliability) * rng.f(retest - 1, retest - 1)
        icc = (ratio - 1) / (ratio + 1)
        both = retest_reliability(icc, retest, rng, 400), known_reliability(1.0, 400)
        found = disattenuate(float(np.tanh(z)), n, both, rng)
        covered += found.ci_low <= truth <= found.ci_high
    assert abs(covered / trials - 0.95) < allowed(0.05, trials) + 0.01
