"""The arm effect at another rate of right guesses."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.guess_rate import (
    FIXED_RATE,
    THIN,
    adjust_for_guess,
    reweight_guesses,
)


def _people(sizes: tuple[int, ...], means: tuple[float, ...]) -> tuple[np.ndarray, ...]:
    """Strata in the order treated right, treated wrong, reference right, reference wrong."""
    y = np.concatenate([m + np.linspace(-1, 1, n) for n, m in zip(sizes, means, strict=True)])
    treated = np.repeat([True, True, False, False], sizes)
    right = np.repeat([True, False, True, False], sizes)
    return y, treated, right


def test_nothing_changes_at_the_rate_observed() -> None:
    y, treated, right = _people((9, 3, 5, 4), (7.0, 2.0, 1.0, 3.0))
    found = reweight_guesses(y, treated, right, float(right.mean()))
    assert found.estimate == pytest.approx(y[treated].mean() - y[~treated].mean())


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.75])
def test_strata_weigh_what_szigetis_tests_give_them(rate: float) -> None:
    """Two cases of the unit tests of the published code (MIT), there as sizes out of 100.

    ``get_strata_sample_sizes``: observed shares .4 (active right), .15 (active wrong), .3 and .15
    at a rate of .7 stay in proportion; with shares of a quarter each everything is rate / 2 and
    (1 - rate) / 2, as it is for ``all_equal`` (25 each at .5; 13, 38, 12, 37 at .25).
    """
    y, treated, right = _people((10, 10, 10, 10), (20.0, 6.0, 10.0, 100.0))
    expected = (rate * 20 + (1 - rate) * 6) - (rate * 10 + (1 - rate) * 100)
    for keeping in ("shares", "halves"):
        found = reweight_guesses(y, treated, right, rate, keeping)
        assert found.estimate == pytest.approx(expected)
    y, treated, right = _people((40, 15, 30, 15), (20.0, 6.0, 10.0, 100.0))
    w = np.array([rate * 40 / 70, (1 - rate) / 2, rate * 30 / 70, (1 - rate) / 2])
    by_hand = (w[0] * 20 + w[1] * 6) / (w[0] + w[1]) - (w[2] * 10 + w[3] * 100) / (w[2] + w[3])
    assert reweight_guesses(y, treated, right, rate).estimate == pytest.approx(by_hand)


def test_standard_error_is_the_numeric_delta_method() -> None:
    sizes, means = np.array([12.0, 5.0, 9.0, 7.0]), np.array([7.0, 2.0, 1.0, 3.0])
    y, treated, right = _people((12, 5, 9, 7), (7.0, 2.0, 1.0, 3.0))
    spread = np.array([np.linspace(-1, 1, int(n)).var(ddof=1) for n in sizes])
    rate = 0.6

    def effect(m: np.ndarray, share: np.ndarray) -> float:
        n = np.array([17 * share[0], 17 * (1 - share[0]), 16 * share[1], 16 * (1 - share[1])])
        w = n * np.array([rate, 1 - rate, rate, 1 - rate])
        w /= np.array([n[0] + n[2], n[1] + n[3], n[0] + n[2], n[1] + n[3]])
        return float(m[:2] @ w[:2] / w[:2].sum() - m[2:] @ w[2:] / w[2:].sum())

    share, step, variance = np.array([12 / 17, 9 / 16]), 1e-6, 0.0
    for at in range(4):
        d = step * (np.arange(4) == at)
        slope = (effect(means + d, share) - effect(means - d, share)) / (2 * step)
        variance += slope**2 * spread[at] / sizes[at]
    for at, n in enumerate((17, 16)):
        d = step * (np.arange(2) == at)
        slope = (effect(means, share + d) - effect(means, share - d)) / (2 * step)
        variance += slope**2 * share[at] * (1 - share[at]) / n
    found = reweight_guesses(y, treated, right, rate)
    assert found.estimate == pytest.approx(effect(means, share))
    assert found.se == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_regression_by_hand() -> None:
    # differences 2 within each guess, arms unbalanced in it: the crude difference is 2 + 4 / 3
    guess = np.array([1.0, 1.0, 0.0, 1.0, 0.0, 0.0])
    treated = np.array([True, True, True, False, False, False])
    y = 2.0 * treated + 4.0 * guess + np.array([0.1, -0.1, 0.0, 0.0, 0.1, -0.1])
    assert adjust_for_guess(y, treated, guess[:, None]).estimate == pytest.approx(2.0)
    plain = adjust_for_guess(y, treated, np.empty((6, 0)))
    assert plain.estimate == pytest.approx(2.0 + 4.0 / 3.0)


def test_what_cannot_be_estimated_says_why() -> None:
    y, treated, right = _people((6, 1, 4, 3), (1.0, 2.0, 3.0, 4.0))
    assert reweight_guesses(y, treated, right, 0.5).status == THIN
    assert np.isnan(reweight_guesses(y, treated, right, 0.5).estimate)
    assert reweight_guesses(y, treated, np.ones(14, bool), 0.5).status == FIXED_RATE
    same = adjust_for_guess(y, treated, treated[:, None].astype(float))
    assert same.status == "singular model"
    assert np.isnan(same.p)
    flat = adjust_for_guess(np.ones(14), treated, right[:, None].astype(float))
    assert flat.status == "no variance"
