"""The exact unconditional interval of a risk difference."""

import math

import numpy as np
import pytest

from rewire.numerics.exact_difference import Tails, exact_difference
from rewire.numerics.risk import Counts


def test_p_by_hand() -> None:
    """3 of 3 against 0 of 3: only (3,0) and (0,3) are as far out; 2 * (p (1-p))**3 <= 2/64."""
    assert exact_difference(Counts(3, 3, 0, 3)).p == pytest.approx(2 / 64)


def test_equal_tails_of_one_person_each_by_hand() -> None:
    """1 of 1 against 0 of 1 at level 0.8, each tail 0.1.

    (1, 0) is the furthest table upwards, of probability (p + d) (1 - p), largest at
    p = (1 - d) / 2: ((1 + d) / 2)**2 = 0.1 gives d = 2 sqrt(0.1) - 1. No table is above it,
    so the upper end is 1.
    """
    found = exact_difference(Counts(1, 1, 0, 1), 0.8, "equal").interval
    assert found.low == pytest.approx(2 * math.sqrt(0.1) - 1, abs=1e-5)
    assert found.high == 1.0


@pytest.mark.parametrize("tails", ["two-sided", "equal"])
def test_turning_the_question_turns_the_answer(tails: Tails) -> None:
    found = exact_difference(Counts(3, 12, 9, 11), 0.95, tails)
    swapped = exact_difference(Counts(9, 11, 3, 12), 0.95, tails)
    without = exact_difference(Counts(9, 12, 2, 11), 0.95, tails)
    for other in (swapped, without):
        assert other.interval.low == pytest.approx(-found.interval.high, abs=1e-5)
        assert other.interval.high == pytest.approx(-found.interval.low, abs=1e-5)
        assert other.p == pytest.approx(found.p, rel=1e-5)


@pytest.mark.parametrize("tails", ["two-sided", "equal"])
def test_interval_and_p_agree_about_no_difference(tails: Tails) -> None:
    for a in range(0, 10, 2):
        for b in range(9):
            found = exact_difference(Counts(a, 9, b, 8), 0.9, tails)
            zero_inside = found.interval.low <= 0.0 <= found.interval.high
            assert zero_inside == (found.p > 0.1)


def test_nobody_and_too_many() -> None:
    for counts in (Counts(0, 0, 1, 5), Counts(3, 900, 4, 900)):
        found = exact_difference(counts)
        assert np.isnan(found.p)
        assert np.isnan(found.interval.low)


def test_nothing_in_either_arm_is_no_evidence_of_safety() -> None:
    """0 of 10 and 0 of 10: p is 1 and the interval as wide as the data leave it."""
    found = exact_difference(Counts(0, 10, 0, 10), 0.95, "equal")
    assert found.p == 1.0
    # (0, 0..10) against (0, 0): all tables with no event in the first arm are as far down or less;
    # the furthest down with other = 0 has probability (1 - d)**10 at most: as Clopper-Pearson
    assert found.interval.high == pytest.approx(1 - 0.025 ** (1 / 10), abs=1e-4)
