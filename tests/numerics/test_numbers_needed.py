"""Numbers needed to treat pass infinity where the difference passes 0."""

import math

import pytest

from rewire.numerics.numbers_needed import number_needed
from rewire.numerics.risk import Interval


def test_a_benefit_that_the_interval_agrees_on() -> None:
    found = number_needed(0.2, Interval(0.1, 0.25))
    assert (found.people, found.direction) == (5.0, "benefit")
    assert (found.benefit_from, found.benefit_to) == (4.0, 10.0)
    assert math.isinf(found.harm_from)
    assert math.isnan(found.harm_to)


def test_a_harm_that_the_interval_agrees_on() -> None:
    found = number_needed(-0.5, Interval(-0.8, -0.25))
    assert (found.people, found.direction) == (2.0, "harm")
    assert (found.harm_from, found.harm_to) == (1.25, 4.0)
    assert math.isinf(found.benefit_from)


def test_an_interval_over_zero_passes_infinity() -> None:
    found = number_needed(0.1, Interval(-0.05, 0.25))
    assert found.benefit_from == pytest.approx(4.0)
    assert found.harm_from == pytest.approx(20.0)
    assert math.isinf(found.benefit_to)
    assert math.isinf(found.harm_to)


def test_no_difference_and_none_known() -> None:
    found = number_needed(0.0, Interval(-0.1, 0.1))
    assert (found.people, found.direction) == (math.inf, "neither")
    assert math.isnan(number_needed(0.1, Interval(math.nan, 0.2)).people)
