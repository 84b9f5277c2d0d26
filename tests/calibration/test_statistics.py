"""False positives and coverage, by simulation; small here, full size under ``slow``."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.association import correlate_columns, estimate_association
from rewire.numerics.linear import TermModel, group_model, mean_model, slope_model
from rewire.numerics.permute import permute_family
from rewire.numerics.terms import estimate_term
from rewire.numerics.welch import WelchModel, estimate_welch

SIZES = [400, pytest.param(20_000, marks=pytest.mark.slow)]


def allowed(share: float, trials: int) -> float:
    """Four standard errors of a share."""
    return 4 * float(np.sqrt(share * (1 - share) / trials))


def null_models(rng: np.random.Generator, trials: int) -> dict[str, TermModel | WelchModel]:
    n = 18
    group = np.repeat([0.0, 1.0], 9)
    before = rng.normal(size=(n, trials))
    after = 0.5 * before + rng.normal(size=(n, trials))
    age = rng.normal(size=(n, 1))
    return {
        "change": mean_model(rng.normal(size=(n, trials))),
        "interaction": group_model(after - before, group),
        "ancova": group_model(after, group, age, before),
        "association": slope_model(after - before, rng.normal(size=n)),
        "partial": slope_model(after + age, rng.normal(size=n) + age[:, 0], age),
        "welch": WelchModel(before * np.where(group == 1, 3.0, 1.0)[:, None], group),
    }


@pytest.mark.parametrize("trials", SIZES)
@pytest.mark.parametrize(
    "kind", ["change", "interaction", "ancova", "association", "partial", "welch"]
)
def test_false_positives_are_as_many_as_promised(kind: str, trials: int) -> None:
    rng = np.random.default_rng(99)
    model = null_models(rng, trials)[kind]
    if isinstance(model, WelchModel):
        p = estimate_welch(model).p
    else:
        p = (estimate_association if model.role == "slope" else estimate_term)(model).p
    (permuted,) = permute_family([model], 199, rng)
    # permutation p shares its relabellings between trials, so its share varies a little more
    assert abs((p <= 0.05).mean() - 0.05) < allowed(0.05, trials)
    assert abs((permuted.p <= 0.05).mean() - 0.05) < allowed(0.05, trials) + 0.01


@pytest.mark.parametrize("trials", [100, pytest.param(2_000, marks=pytest.mark.slow)])
def test_max_t_holds_the_chance_of_any_false_positive(trials: int) -> None:
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(trials):
        shared = rng.normal(size=(12, 1))
        y = 0.7 * shared + rng.normal(size=(12, 20))
        (found,) = permute_family([mean_model(y)], 99, rng)
        hits += bool((found.p_max <= 0.05).any())
    assert hits / trials <= 0.05 + allowed(0.05, trials)


@pytest.mark.parametrize("trials", SIZES)
@pytest.mark.parametrize(("n", "rho"), [(6, 0.7), (16, 0.4), (43, -0.8)])
def test_exact_intervals_cover(n: int, rho: float, trials: int) -> None:
    rng = np.random.default_rng(31)
    x = rng.normal(size=(n, trials))
    y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(n, trials))
    found = correlate_columns(x, y)
    covered = ((found.ci_low <= rho) & (rho <= found.ci_high)).mean()
    below = (found.ci_high < rho).mean()
    assert abs(covered - 0.95) < allowed(0.05, trials)
    assert abs(below - 0.025) < allowed(0.025, trials)


@pytest.mark.parametrize("trials", SIZES)
def test_intervals_of_a_difference_cover(trials: int) -> None:
    rng = np.random.default_rng(13)
    group = np.repeat([0.0, 1.0], [7, 12])
    before = rng.normal(size=(19, trials))
    after = 0.5 * before + 0.8 * group[:, None] + rng.normal(size=(19, trials))
    found = estimate_term(group_model(after, group, own=before), confidence=0.9)
    covered = ((found.ci_low <= 0.8) & (found.ci_high >= 0.8)).mean()
    assert abs(covered - 0.9) < allowed(0.1, trials)
