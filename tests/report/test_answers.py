from __future__ import annotations

import math
import re
from dataclasses import replace

import pandas as pd

from rewire.report.answers import answer, answer_all
from rewire.report.contents import Contents
from rewire.report.limits import banners
from rewire.report.methods import write_methods
from rewire.report.page import lay_out
from rewire.report.rows import Evidence, read_rows

WARNING = "is not a difference between the arms"


def one_arm_alone(contents: Contents, interaction_p: float) -> Contents:
    """Psilocybin changed, escitalopram did not, and the interaction has the given p."""
    effects = contents.effects.copy()
    for question, arm, p in (
        ("q_change", "psilocybin", 0.01),
        ("q_change", "escitalopram", 0.9),
        ("q_interaction", "", interaction_p),
    ):
        chosen = (effects["question"] == question) & (effects["arm"] == arm)
        effects.loc[chosen, ["p", "p_adjusted"]] = p
    return replace(contents, effects=effects)


def test_a_change_in_one_arm_alone_is_called_no_difference(contents: Contents) -> None:
    made = one_arm_alone(contents, 0.107)
    beside = answer(made.questions[0], made, read_rows(made.effects)).beside
    assert any(WARNING in line and "(p = .107)" in line for line in beside)


def test_a_clear_interaction_silences_that_warning(contents: Contents) -> None:
    made = one_arm_alone(contents, 0.001)
    beside = answer(made.questions[0], made, read_rows(made.effects)).beside
    assert not any(WARNING in line for line in beside)
    assert any("differed between psilocybin and escitalopram" in line for line in beside)


def test_without_an_interaction_test_that_is_said(contents: Contents) -> None:
    made = one_arm_alone(contents, 0.1)
    effects = made.effects[made.effects["question"] != "q_interaction"]
    beside = answer(made.questions[0], made, read_rows(effects)).beside
    assert any("no test compared the changes" in line for line in beside)


def test_primary_first_and_companions_told_once(contents: Contents) -> None:
    answers = answer_all(contents, read_rows(contents.effects))
    named = [a.question.name for a in answers]
    assert named[0] == "q_change"
    assert "q_interaction" not in named
    assert named[-1] == "baseline_arms"


def test_many_tests_are_summed_up_with_what_chance_expects(contents: Contents) -> None:
    effects = contents.effects.copy()
    mine = (effects["question"] == "gbc_change") & (effects["arm"] == "escitalopram")
    effects.loc[mine, "p_adjusted"] = 0.5
    question = next(q for q in contents.questions if q.name == "gbc_change")
    found = answer(question, contents, read_rows(effects))
    line = next(f.text for f in found.findings if "escitalopram" in f.text)
    few = int((effects.loc[mine, "p"] < 0.05).sum())
    assert "no evidence of a change in global brain connectivity in any of 60 tests" in line
    assert (
        f"Before adjustment {few} had p below .05; chance alone leads one to expect about 3" in line
    )
    assert found.tests == 120


def test_without_an_adjusted_p_nothing_is_clear(contents: Contents) -> None:
    effects = contents.effects.copy()
    mine = effects["question"].isin(["gbc_change", "q_change"])
    effects.loc[mine, "p"] = 0.01
    effects.loc[mine, "p_adjusted"] = float("nan")
    asked = {q.name: replace(q, correction="max_t") for q in contents.questions}
    found = answer(asked["gbc_change"], contents, read_rows(effects))
    assert found.clear == 0
    assert math.isnan(found.smallest)
    assert "60 had p below .05, and no adjusted p is known" in found.findings[0].text
    few = answer(asked["q_change"], contents, read_rows(effects)).findings[0].text
    assert "without any adjustment for the number of tests" in few
    assert "p = .010" in few
    assert re.search(r"not adjusted for the \d tests", few)


def test_a_test_alone_in_its_family_needs_no_adjustment(contents: Contents) -> None:
    row = contents.effects[contents.effects["question"] == "q_change"].iloc[:1]
    (read,) = read_rows(row.assign(p=0.01, p_adjusted=float("nan")))
    assert read.evidence is Evidence.CLEAR


def test_where_no_test_could_be_made_the_reasons_are_counted(contents: Contents) -> None:
    effects = contents.effects.copy()
    mine = (effects["question"] == "gbc_change") & (effects["arm"] == "escitalopram")
    effects.loc[mine, ["estimate", "p", "p_adjusted"]] = float("nan")
    effects.loc[mine, "status"] = ["too few participants"] * 50 + ["no variance"] * 10
    question = next(q for q in contents.questions if q.name == "gbc_change")
    found = answer(question, contents, read_rows(effects))
    line = next(f.text for f in found.findings if "escitalopram" in f.text)
    assert line == (
        "No test could be made of a change in global brain connectivity in the escitalopram "
        "arm: too few participants in 50 tests; no variance in 10 tests."
    )


def test_who_is_missing_is_a_limit(contents: Contents) -> None:
    found = answer(contents.questions[0], contents, read_rows(contents.effects))
    assert "18 of the 20 people of the psilocybin arm had the data." in found.limits


def test_averaged_acquisitions_are_a_limit(contents: Contents) -> None:
    effects = contents.effects.assign(method="paired t; mean of acq-film and acq-rest")
    found = answer(contents.questions[0], contents, read_rows(effects))
    assert "Each value is the mean of acq-film and acq-rest." in found.limits


def test_what_a_draft_assumed_is_told_and_claimed_nowhere(contents: Contents) -> None:
    made = replace(contents, plan_author="draft", doubts=("randomised = true was assumed.",))
    made = replace(made, trial=replace(made.trial, simulated=False))
    rows = read_rows(made.effects)
    assert any("randomised = true was assumed." in line for line in banners(made))
    assert ("Design", "parallel, randomisation assumed, not recorded") in lay_out(made).facts
    assert (
        "a parallel trial (randomisation assumed, not recorded)" in write_methods(made, rows).text
    )
    interaction = next(q for q in made.questions if q.name == "q_interaction")
    assert any(
        "was assumed, not recorded" in line for line in answer(interaction, made, rows).limits
    )
    person = replace(made, plan_author="person", doubts=())
    assert ("Design", "parallel, randomised") in lay_out(person).facts
    assert not any("assumed" in line for line in banners(person))


def test_a_narrowed_run_says_so_first(contents: Contents) -> None:
    said = "This run was narrowed to 3 of 40 participants."
    assert said in banners(replace(contents, narrowed=said))


def test_banners(contents: Contents) -> None:
    assert [b.split()[0] for b in banners(contents)] == ["Simulated"]
    questions = tuple(replace(q, standing="exploratory") for q in contents.questions)
    real = replace(contents, trial=replace(contents.trial, simulated=False), questions=questions)
    assert len(banners(real)) == 1
    assert banners(real)[0].startswith("Every question is exploratory")
    changed = replace(real, plan_changes=("seed: 1 -> 2",))
    assert any("plan changed after the data were first read" in line for line in banners(changed))


def test_no_rows_is_an_answer_too(contents: Contents) -> None:
    empty = pd.DataFrame(columns=contents.effects.columns)
    found = answer(contents.questions[0], contents, read_rows(empty))
    assert found.tests == 0
    assert found.findings[0].text.startswith("No test could be made")
