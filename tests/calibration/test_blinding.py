"""Intervals of the indices of blinding hold; adjusting for a guess is right in one story alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rewire.numerics.blinding_indices import bang_index, guess_weights, james_index
from rewire.numerics.guess_rate import Keeping, adjust_for_guess, reweight_guesses
from rewire.numerics.guess_simulation import (
    GuessedTrial,
    simulate_gain_first,
    simulate_guess_first,
)

SIZES = [300, pytest.param(4000, marks=pytest.mark.slow)]
Simulate = Callable[[int, np.random.Generator], GuessedTrial]


@pytest.mark.parametrize("trials", SIZES)
@pytest.mark.parametrize("shares", [(0.35, 0.35, 0.3), (0.5, 0.2, 0.3), (0.9, 0.05, 0.05)])
def test_bangs_wide_interval_holds_in_arms_of_20(trials: int, shares: tuple[float, ...]) -> None:
    drawn = np.random.default_rng(5).multinomial(20, shares, trials).astype(float)
    found = [bang_index(counts, guess_weights(0, 2)) for counts in drawn]
    true = shares[0] - shares[1]
    wide = np.mean([f.wide_low <= true <= f.wide_high for f in found])
    published = np.mean([f.low <= true <= f.high for f in found])
    assert wide > 0.95 - 3.5 * np.sqrt(0.95 * 0.05 / trials)
    assert published <= wide


@pytest.mark.parametrize("trials", SIZES)
@pytest.mark.parametrize(
    ("drug", "placebo", "index"),
    [
        ((0.35, 0.35, 0.3), (0.35, 0.35, 0.3), 0.65),
        # worked out below from its definition
        ((0.8, 0.1, 0.1), (0.1, 0.7, 0.2), None),
    ],
)
def test_jamess_interval_holds_in_arms_of_30(
    trials: int, drug: tuple[float, ...], placebo: tuple[float, ...], index: float | None
) -> None:
    p = np.array([drug, placebo]) / 2
    unsure, wrong = p[:, 2].sum(), p[0, 1] + p[1, 0]
    named, given = p[:, :2].sum(axis=0), p[:, :2].sum(axis=1)
    expected = (named[0] * given[1] + named[1] * given[0]) / (1 - unsure)
    true = (1 + unsure + (1 - unsure) * (wrong / expected - 1)) / 2
    assert index is None or true == pytest.approx(index)
    rng = np.random.default_rng(6)
    found = [
        james_index(
            np.stack([rng.multinomial(30, drug), rng.multinomial(30, placebo)]).astype(float)
        )
        for _ in range(trials)
    ]
    held = np.mean([f.low <= true <= f.high for f in found])
    assert abs(held - 0.945) < 3.5 * np.sqrt(0.95 * 0.05 / trials)


@pytest.mark.parametrize("trials", SIZES)
@pytest.mark.parametrize("keeping", ["shares", "halves"])
@pytest.mark.parametrize("simulate", [simulate_gain_first, simulate_guess_first])
def test_reweighted_interval_holds_what_reweighting_tends_to(
    trials: int, keeping: Keeping, simulate: Simulate
) -> None:
    rng = np.random.default_rng(7)
    whole = simulate(400_000, rng)
    true = reweight_guesses(whole.gain, whole.treated, whole.right, 0.5, keeping).estimate
    made = [simulate(60, rng) for _ in range(trials)]
    found = [reweight_guesses(t.gain, t.treated, t.right, 0.5, keeping) for t in made]
    held = np.mean([f.low <= true <= f.high for f in found if np.isfinite(f.se)])
    assert abs(held - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / trials)


def test_adjusting_halves_a_true_effect_where_improvement_made_the_guess() -> None:
    """The true effect is .5; the standard error of each number here is about .002."""
    made = simulate_gain_first(800_000, np.random.default_rng(8))
    crude, beside, at_chance = _three(made)
    assert crude == pytest.approx(0.5, abs=0.01)
    assert 0.2 < beside < 0.3
    assert 0.2 < at_chance < 0.3


def test_adjusting_is_right_where_the_guess_came_first() -> None:
    """The drug does .5 by itself; guesses add .5 and are right in two people of three."""
    made = simulate_guess_first(800_000, np.random.default_rng(9))
    crude, beside, at_chance = _three(made)
    # side effects with noise have variance 1.25 around 1 and 0; the cut-off is .5
    more = 0.5 * (2 * 0.672640 - 1)
    assert crude == pytest.approx(0.5 + more, abs=0.01)
    assert beside == pytest.approx(0.5, abs=0.01)
    assert at_chance == pytest.approx(0.5, abs=0.01)


def _three(made: GuessedTrial) -> tuple[float, float, float]:
    y, treated = made.gain, made.treated
    guess = made.named.astype(float)[:, None]
    return (
        adjust_for_guess(y, treated, np.empty((len(y), 0))).estimate,
        adjust_for_guess(y, treated, guess).estimate,
        reweight_guesses(y, treated, made.right, 0.5).estimate,
    )
