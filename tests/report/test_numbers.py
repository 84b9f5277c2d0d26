from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewire.report import numbers


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0117, ".012"), (0.0004, "< .001"), (0.0005, ".001"), (0.05, ".050"), (1.0, "> .999")],
)
def test_p_as_a_paper_prints_it(p: float, text: str) -> None:
    assert numbers.p_value(p) == text


def test_p_phrase_has_one_sign() -> None:
    assert numbers.p_phrase(0.2) == "p = .200"
    assert numbers.p_phrase(0.0) == "p < .001"


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_fixed_never_writes_a_hyphen_or_minus_zero(value: float) -> None:
    text = numbers.fixed(value)
    assert "-" not in text
    back = float(text.replace(numbers.MINUS, "-"))
    assert abs(back - value) <= 0.005 + 1e-9 * abs(value)
    assert not (back == 0 and numbers.MINUS in text)


def test_bounded_numbers_lose_the_leading_zero_alone() -> None:
    assert numbers.unit_bound(-0.05) == f"{numbers.MINUS}.05"
    assert numbers.unit_bound(10.05) == "10.05"
    assert numbers.unit_bound(math.nan) == "n/a"


def test_listing() -> None:
    assert [numbers.listing(x) for x in ([], ["a"], ["a", "b"])] == ["", "a", "a and b"]
