"""Disattenuation: Spearman's formula by hand, and what the data do not say."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.agreement import intraclass
from rewire.numerics.unreliability import (
    change_reliability,
    disattenuate,
    known_reliability,
    retest_reliability,
)

DRAWS = 20_000


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(77)


def test_spearmans_formula_and_fishers_interval(rng: np.random.Generator) -> None:
    both = known_reliability(0.81, DRAWS), known_reliability(0.64, DRAWS)
    found = disattenuate(0.36, 53, both, rng)
    assert found.r == pytest.approx(0.36 / 0.72)
    limits = np.tanh(np.arctanh(0.36) + np.array([-1, 1]) * 1.959964 / np.sqrt(50)) / 0.72
    assert found.ci_low == pytest.approx(limits[0], abs=0.01)
    assert found.ci_high == pytest.approx(limits[1], abs=0.01)


def test_uncertain_reliabilities_widen_the_interval(rng: np.random.Generator) -> None:
    one = known_reliability(1.0, DRAWS)
    sure = disattenuate(0.4, 60, (known_reliability(0.7, DRAWS), one), rng)
    unsure = disattenuate(0.4, 60, (retest_reliability(0.7, 30, rng, DRAWS), one), rng)
    assert unsure.r == sure.r
    assert unsure.ci_high - unsure.ci_low > 1.02 * (sure.ci_high - sure.ci_low)


def test_draws_have_the_interval_of_the_intraclass_correlation(rng: np.random.Generator) -> None:
    scans = rng.normal(size=(24, 1, 1)) + 0.7 * rng.normal(size=(24, 2, 1))
    known = intraclass(scans)
    found = retest_reliability(float(known.icc31[0]), 24, rng, 200_000)
    low, high = np.quantile(found.draws, [0.025, 0.975])
    assert low == pytest.approx(known.icc31_low[0], abs=0.005)
    assert high == pytest.approx(known.icc31_high[0], abs=0.005)


def test_reliability_of_a_change_by_hand(rng: np.random.Generator) -> None:
    found = change_reliability((2.0, 15), (8.0, 21), rng, DRAWS)
    assert found.value == 0.75
    # V_e / V_d times F(21, 15): the 97.5% point of F(21, 15) is 2.7374, of F(15, 21) 2.5338
    low, high = np.quantile(found.draws, [0.025, 0.975])
    assert low == pytest.approx(1 - 0.25 * 2.7374, abs=0.02)
    assert high == pytest.approx(1 - 0.25 / 2.5338, abs=0.01)


def test_more_than_one_is_named_and_not_cut_off(rng: np.random.Generator) -> None:
    both = known_reliability(0.25, DRAWS), known_reliability(1.0, DRAWS)
    found = disattenuate(0.6, 40, both, rng)
    assert found.r == pytest.approx(1.2)
    assert found.status.startswith("above 1")


def test_reliability_that_may_be_nothing_leaves_no_interval(rng: np.random.Generator) -> None:
    one = known_reliability(1.0, DRAWS)
    unsure = disattenuate(0.3, 20, (retest_reliability(0.2, 8, rng, DRAWS), one), rng)
    assert unsure.r == pytest.approx(0.3 / np.sqrt(0.2))
    assert np.isnan([unsure.ci_low, unsure.ci_high]).all()
    assert "not told from 0" in unsure.status
    for none in (retest_reliability(-0.1, 8, rng, DRAWS), known_reliability(0.0, DRAWS)):
        found = disattenuate(0.3, 20, (none, one), rng)
        assert np.isnan(found.r)
        assert found.status == "no reliability above 0"
    blank = disattenuate(0.3, 20, (retest_reliability(np.nan, 8, rng, DRAWS), one), rng)
    assert blank.status == "reliability unknown"
