"""A mixed model for repeated measures on the page: estimand, means, other assumptions, tipping."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rewire.core.questions import Kind, Question
from rewire.core.types import Timepoint
from rewire.effects.estimate import estimate_effects
from rewire.plan.options.mmrm import MmrmOptions
from rewire.report.answers import answer
from rewire.report.contents import Contents
from rewire.report.page import render_report
from rewire.report.rows import read_rows
from rewire.report.wording import Exhibit

OPTIONS = MmrmOptions(
    estimand="Mean difference at week 6 <b>",
    strategy="treatment policy",
    intercurrent_events="stopping the capsules & starting others",
    draws=10,
)


def told(contents: Contents, options: MmrmOptions) -> tuple[Contents, tuple[Exhibit, ...]]:
    """Return contents with one question, and what is shown below its answer."""
    trial = contents.trial
    gone = trial.scores["participant_id"].isin(["sub-03", "sub-05", "sub-07", "sub-08"])
    scores = trial.scores.copy()
    scores.loc[gone & (scores["session_id"] == "ses-week6"), "value"] = np.nan
    question = Question(
        "visits", "Did the arms differ?", Kind.MMRM, "primary", (), ("bdi",),
        Timepoint("ses-baseline"), (Timepoint("ses-week2"), Timepoint("ses-week6")),
        options=options,
    )  # fmt: skip
    trial = replace(trial, scores=scores)
    found = estimate_effects(trial, {}, [question], contents.design, contents.inference)
    made = replace(
        contents,
        trial=trial,
        questions=(question,),
        effects=found.effects,
        tables={table.name: table.frame for table in found.tables},
    )
    return made, answer(question, made, read_rows(made.effects)).exhibits


def test_the_estimand_and_its_strategy_are_told(contents: Contents) -> None:
    _, shown = told(contents, OPTIONS)
    lines = " ".join(shown[0].lines)
    assert "stopping the capsules & starting others" in lines
    assert "Strategy: treatment policy" in lines
    assert "unstructured covariance" in lines
    for strategy, word in (("hypothetical", "cannot be checked"), ("while on treatment", "rather")):
        _, other = told(contents, OPTIONS.model_copy(update={"strategy": strategy}))
        assert word in " ".join(other[0].lines)


def test_means_assumptions_and_tipping_are_shown(contents: Contents) -> None:
    _, shown = told(contents, OPTIONS)
    titles = [exhibit.title for exhibit in shown]
    assert titles == [
        "Estimand", "Means over visits", "Other assumptions about those who left", "Tipping point",
    ]  # fmt: skip
    means, rules, tipping = shown[1:]
    assert len(means.tables[0].rows) == 4
    assert "seen" in means.figures[0].spec
    assert len(rules.tables[0].rows) == 10
    assert len(tipping.figures) == 1
    assert "20" in means.lines[0]


def test_another_rule_that_answers_is_said(contents: Contents) -> None:
    options = OPTIONS.model_copy(update={"imputation": "jump to reference", "response": "change"})
    _, shown = told(contents, options)
    assert any("not of the mixed model" in line for line in shown[0].lines)
    assert "change from baseline" in shown[1].figures[0].title


def test_the_page_escapes_what_a_plan_says(contents: Contents) -> None:
    made, _ = told(contents, OPTIONS)
    page = render_report(made)
    assert "week 6 &lt;b&gt;" in page
    assert "week 6 <b>" not in page
    assert "Tipping point" in page


@pytest.mark.parametrize("missing", ["mmrm_means", "mmrm_imputed", "tipping"])
def test_a_page_without_one_of_the_tables_still_stands(contents: Contents, missing: str) -> None:
    made, _ = told(contents, OPTIONS)
    fewer = replace(made, tables={k: v for k, v in made.tables.items() if k != missing})
    assert answer(fewer.questions[0], fewer, read_rows(fewer.effects)).exhibits[0].lines
