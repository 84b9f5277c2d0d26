"""Formulas fitted to tables: coding, rows, faults, and what is said of the fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rewire.core.errors import FormulaError
from rewire.effects.formula import MixedChoices, fit_formula
from rewire.effects.formula_design import read_formula


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(12), 4)
    return pd.DataFrame(
        {
            "y": 2.0 * rng.standard_normal(12)[people] + rng.standard_normal(48),
            "person": [f"p{i}" for i in people],
            "arm": np.where(people % 2, "drug", "a control"),
            "day": np.tile([0.0, 1.0, 7.0, 28.0], 12),
            "visit": ["one", "two", "three", "four"] * 12,
            "late": np.tile([False, False, True, True], 12),
            "row": [str(i) for i in range(48)],
            "same": "k",
            "text": ["a", "b"] * 24,
        }
    )


def test_levels_are_treatment_coded_against_the_reference(table: pd.DataFrame) -> None:
    design = read_formula("y ~ visit*arm + (1|person)", table, {"visit": "one", "arm": "drug"})
    visits = [f"visit[{v}]" for v in ("four", "three", "two")]
    arm = "arm[a control]"
    assert design.terms == ("(Intercept)", *visits, arm, *(f"{v}:{arm}" for v in visits))
    np.testing.assert_array_equal(design.data.fixed[:, 3], table.visit == "two")
    both = (table.visit == "three") & (table.arm == "a control")
    np.testing.assert_array_equal(design.data.fixed[:, 6], both)


def test_without_a_reference_the_first_level_by_name_is_it(table: pd.DataFrame) -> None:
    assert read_formula("y ~ visit + (1|person)", table).terms[1:] == (
        "visit[one]", "visit[three]", "visit[two]"
    )  # fmt: skip
    order = pd.Categorical(table.visit, categories=["two", "one", "three", "four", "five"])
    terms = read_formula("y ~ visit + (1|person)", table.assign(visit=order)).terms
    assert terms[1:] == ("visit[one]", "visit[three]", "visit[four]")
    assert read_formula("y ~ late + (1|person)", table).terms[1] == "late[True]"


def test_random_terms_have_their_designs(table: pd.DataFrame) -> None:
    design = read_formula("y ~ day + (day||person) + (0 + late|arm) + (1|arm/visit)", table)
    assert [t.name for t in design.data.terms] == ["person", "person", "arm", "arm", "arm:visit"]
    assert design.coefficients == (
        ("(Intercept)",), ("day",), ("late[False]", "late[True]"), ("(Intercept)",),
        ("(Intercept)",),
    )  # fmt: skip
    np.testing.assert_array_equal(design.data.terms[1].design[:, 0], table.day)
    assert design.data.terms[4].groups.max() + 1 == 8


def test_rows_without_a_value_are_left_out_and_counted(table: pd.DataFrame) -> None:
    table.loc[[0, 5], "y"] = np.nan
    table.loc[[5, 9], "arm"] = ""
    table.loc[11, "text"] = None
    fit = fit_formula("y ~ arm + (1|person)", table)
    assert fit.rows == 45
    assert {one.column: one.rows for one in fit.left_out} == {"y": 2, "arm": 2}
    assert 5 not in fit.design.rows.kept
    assert "left out: 2 rows without arm" in str(fit)


def test_every_fault_is_named_at_once(table: pd.DataFrame) -> None:
    table.loc[47, "visit"] = "five"
    with pytest.raises(FormulaError) as refused:
        fit_formula(
            "text ~ amr + visit + same + (1|row) + (1|same) + (1 + text|person)",
            table,
            reference={"visit": "six", "day": "0"},
        )
    faults = refused.value.faults
    for said in (
        "'amr' is no column of the table; did you mean 'arm'?",
        "visit has no level 'six' to compare with; it has five, four, one, three, two",
        "reference: day is not in the formula",
        "the response text also stands in the random term of person",
        "the response text holds text, not numbers",
        "visit has one row at 'five': leave it out or join levels",
        "same has one level, 'k'",
        "the grouping row has as many levels as there are rows (48)",
        "the grouping same has one level",
    ):
        assert said in faults
    assert len(faults) == 9


@pytest.mark.parametrize(
    ("formula", "fault"),
    [
        ("y ~ day + I(3*day) + (1|person)", "I(3 * day) cannot be told from the terms before it"),
        ("y ~ arm + (1|arm/person) + late:visit", "cannot be told from the terms before it"),
        ("y ~ (1 + visit|person)", "48 effects (4 for each group) and there are 48 rows"),
        ("y ~ log(day) + (1|person)", "not finite"),
        ("y ~ day + + * arm + (1|person)", "an operator or a term is missing"),
        ("y ~ arm:person:visit + (1|person)", "one row at"),
        ("y ~ y + (1|person)", "the response y also stands in the right-hand side"),
        ("y ~ log(arm) + (1|person)", "cannot be computed"),
    ],
)
def test_models_that_cannot_be(table: pd.DataFrame, formula: str, fault: str) -> None:
    if "one row at" in fault:
        formula, table = "y ~ row + (1|person)", table
    with pytest.raises(FormulaError, match=r"cannot be fitted") as refused:
        fit_formula(formula, table)
    assert fault in str(refused.value)


def test_nothing_of_a_formula_is_run_but_known_functions(table: pd.DataFrame) -> None:
    for text in ("I(day if day else 1)", "I((lambda: 1)())", "I(day[0])", "C(center)(day)"):
        with pytest.raises(FormulaError):
            fit_formula(f"y ~ {text} + (1|person)", table)


def test_what_does_not_vary_is_named(table: pd.DataFrame) -> None:
    table["y"] = table.y - table.groupby("person").y.transform("mean")
    fit = fit_formula("y ~ day + (1|person)", table)
    assert fit.singular == "(Intercept) does not vary between levels of person"
    assert fit.variances.estimate[0] == 0.0
    assert np.isfinite(fit.coefficients.to_numpy()).all()


def test_choices_that_do_not_go_together_are_named_together() -> None:
    with pytest.raises(ValueError, match=r"Kenward.*confidence is 95.*draws is 10"):
        MixedChoices(method="ml", df="kenward-roger", confidence=95, draws=10)
    with pytest.raises(ValueError, match="intervals is 'boot'"):
        MixedChoices(intervals="boot")  # type: ignore[arg-type]


def test_a_bootstrap_needs_random_numbers_and_repeats_itself(table: pd.DataFrame) -> None:
    choices = MixedChoices(intervals="bootstrap", draws=150)
    with pytest.raises(ValueError, match="rng"):
        fit_formula("y ~ day + (1|person)", table, choices)
    one, two = (
        fit_formula("y ~ day + (1|person)", table, choices, rng=np.random.default_rng(1))
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(one.coefficients, two.coefficients)
    assert (one.variances.ci_low < one.variances.estimate).all()
    assert one.failed_draws == 0
