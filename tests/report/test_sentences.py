from __future__ import annotations

import math
from dataclasses import replace

import pytest

from rewire.core.questions import Kind, Question
from rewire.report.contents import Contents
from rewire.report.numbers import MINUS
from rewire.report.rows import EffectRow, Evidence, read_rows
from rewire.report.sentences import Family, sentence


@pytest.fixture
def change(contents: Contents) -> EffectRow:
    """The published change of modularity under psilocybin in the second trial."""
    rows = read_rows(contents.effects)
    row = next(r for r in rows if r.question == "q_change" and r.arm == "psilocybin")
    return replace(
        row,
        level="",
        n=22.0,
        estimate=-0.386,
        ci_low=-0.752,
        ci_high=-0.021,
        statistic=-2.2,
        df=21.0,
        p=0.039,
        p_permutation=math.nan,
        p_adjusted=0.039,
        effect_size=-0.469,
    )


def question(contents: Contents, name: str) -> Question:
    return next(q for q in contents.questions if q.name == name)


def say(row: EffectRow, contents: Contents, size: int = 1) -> str:
    asked = question(contents, row.question)
    return sentence(row, asked, contents, Family(size, asked.correction))


def test_a_change_with_its_numbers(change: EffectRow, contents: Contents) -> None:
    assert say(change, contents) == (
        "In the psilocybin arm, normalised modularity fell from baseline to week 6: mean change "
        f"{MINUS}0.39 (95% CI {MINUS}0.75 to {MINUS}0.02), t(21) = {MINUS}2.20, p = .039, n = 22, "
        f"dz = {MINUS}0.47."
    )


def test_no_evidence_is_not_no_difference(change: EffectRow, contents: Contents) -> None:
    text = say(replace(change, p=0.9, p_adjusted=0.9), contents)
    assert "there was no evidence that normalised modularity changed" in text
    assert "no difference" not in text
    assert "fell" not in text


def test_a_p_that_adjustment_undoes_is_no_finding(change: EffectRow, contents: Contents) -> None:
    row = replace(change, p_adjusted=0.078)
    text = say(row, contents, size=2)
    assert row.evidence is Evidence.UNADJUSTED
    assert "before adjustment for the number of tests, but not after it" in text
    assert "adjusted p = .078 over 2 tests" in text


def test_a_row_without_estimate_gives_its_reason(change: EffectRow, contents: Contents) -> None:
    nothing = dict.fromkeys(("estimate", "ci_low", "ci_high", "statistic", "p"), math.nan)
    text = say(replace(change, status="too few people", **nothing), contents)
    assert "could not be tested: too few people" in text
    assert "nan" not in text
    assert "n/a" not in text


def test_the_direction_of_the_scale_says_what_a_fall_means(
    change: EffectRow, contents: Contents
) -> None:
    row = replace(change, question="bdi_change", measure="", outcome="bdi", estimate=-5.0)
    assert "BDI fell from baseline to week 6 (an improvement)" in say(row, contents)
    assert "BDI rose from baseline to week 6 (a worsening)" in say(
        replace(row, estimate=5.0), contents
    )


def test_interaction_is_also_written_as_an_f_test(change: EffectRow, contents: Contents) -> None:
    row = replace(
        change,
        question="q_interaction",
        kind=str(Kind.INTERACTION),
        arm="",
        contrast="psilocybin - escitalopram",
        statistic=-1.649,
        df=41.0,
        p=0.107,
        p_adjusted=0.107,
    )
    text = say(row, contents)
    assert text.startswith("There was no evidence that the change in normalised modularity")
    assert f"t(41) = {MINUS}1.65, the same test as F(1, 41) = 2.72" in text


def test_drugs_compared_within_people_are_no_change_over_time(
    change: EffectRow, contents: Contents
) -> None:
    row = replace(change, arm="", contrast="ketamine - placebo")
    assert (
        "(week 6 against baseline) was lower with ketamine than with placebo: mean difference"
        in say(row, contents)
    )


def test_one_sided_tests_say_so(contents: Contents) -> None:
    rows = read_rows(contents.effects)
    row = next(r for r in rows if r.question == "change_symptoms_one_sided")
    assert say(row, contents).endswith("one-sided test (greater).")
