"""Formulas taken apart: random terms as lme4 writes them, and what is refused."""

from __future__ import annotations

import pytest

from rewire.core.errors import FormulaError
from rewire.core.formula import RandomPart, names_in, parse_formula


@pytest.mark.parametrize(
    ("random", "parts"),
    [
        ("(1|g)", [("1", ("g",), False)]),
        ("(1 + x|g)", [("1 + x", ("g",), False)]),
        ("(0+x | g)", [("0+x", ("g",), False)]),
        ("(x||g)", [("x", ("g",), True)]),
        ("(1|a/b)", [("1", ("a",), False), ("1", ("a", "b"), False)]),
        ("(x|a/b:c)", [("x", ("a",), False), ("x", ("a", "b", "c"), False)]),
        ("(1|a:b)", [("1", ("a", "b"), False)]),
        ("(1|a) + (log(x)|`my b`)", [("1", ("a",), False), ("log(x)", ("my b",), False)]),
        ("(1|g) + (1|g)", [("1", ("g",), False)]),
    ],
)  # fmt: skip
def test_random_terms(random: str, parts: list[tuple[str, tuple[str, ...], bool]]) -> None:
    found = parse_formula(f"y ~ x + {random}")
    assert found.fixed == "x"
    assert found.random == tuple(RandomPart(*part) for part in parts)


@pytest.mark.parametrize(
    ("right", "fixed"),
    [
        ("(1|g)", "1"),
        ("(1|g) + x - 1", "x - 1"),
        ("(a + b)^2 + (1|g) + poly(x, 2)", "(a + b)^2 + poly(x, 2)"),
        ("a*(b - 1):c + (1|g)", "a*(b - 1):c"),
    ],
)
def test_what_is_left_is_fixed(right: str, fixed: str) -> None:
    assert parse_formula(f"y ~ {right}").fixed == fixed


def test_columns_are_named_once() -> None:
    formula = parse_formula("y ~ a*x + log(x) + 2.5e3*`dose mg` + (1 + t|g/h)")
    assert formula.columns() == ("a", "x", "dose mg", "t", "g", "h")
    assert names_in("1e5 + x1") == ("x1",)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("y x", ["is no 'response ~ terms'"]),
        ("y ~ x", ["there is no random term"]),
        ("log(y) ~ (1|g)", ["on the left is no column"]),
        ("y ~ x|g", ["stands in brackets"]),
        ("y ~ x*(1|g)", ["stands in brackets"]),
        ("y ~ x - (1|g)", ["cannot be taken away"]),
        ("y ~ (|g) + (1|)", ["'(|g)'", "'(1|)'"]),
        ("y ~ (1|a*b)", ["groupings are columns"]),
        ("y ~ x.real + (1|g)", ["'.' has no meaning"]),
        ("y ~ open('a') + (1|g)", ["open() cannot be called", "has no meaning"]),
        ("y ~ {x} + [x] + (exec(z)|g)", ["'{}[]' has no meaning", "exec() cannot be called"]),
        ("y ~ C(`a`)(b) + np.log(x) + (1|g)", ["'.' has no meaning"]),
    ],
)
def test_every_fault_is_named(text: str, faults: list[str]) -> None:
    with pytest.raises(FormulaError) as refused:
        parse_formula(text)
    for fault in faults:
        assert fault in str(refused.value)
