"""Binding a plan to a trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rewire.core.errors import PlanError, UsageError
from rewire.core.questions import Kind
from rewire.core.types import Trial
from rewire.plan.bind import bind_plan, require_single_after
from rewire.plan.model import Plan, apply_settings, parse_plan
from rewire.plan.recipes import find_plan

MakeTrial = Callable[..., Trial]


CHANGE = """
name = "mine"
[[questions]]
name = "q"
text = "Did it change?"
kind = "change"
measures = ["modularity_q_norm"]
"""


def change_plan() -> Plan:
    return parse_plan(CHANGE, "mine.toml")


def test_recipe_binds_its_roles_to_the_trial(parallel: Trial) -> None:
    bound = bind_plan(find_plan("daws2022"), parallel, _specs())
    by_name = {q.name: q for q in bound.questions}
    assert str(by_name["modularity_change"].before) == "ses-baseline"
    assert [str(t) for t in by_name["modularity_change"].after] == ["ses-week6"]
    assert by_name["after_symptoms"].outcome_after == ("ses-week6", "ses-month6")
    assert by_name["change_symptoms"].outcome_before == "ses-baseline"
    assert by_name["change_symptoms_one_sided"].alternative == "greater"
    assert bound.design.reference == "placebo"


def test_what_a_trial_lacks_is_listed_not_run(parallel: Trial) -> None:
    bound = bind_plan(find_plan("daws2022"), parallel, _specs())
    missing = {u.question: u.reason for u in bound.unanswered}
    assert "dmn_recruitment" in missing["dynamic_modules_change"]
    assert all(q.name != "dynamic_modules_change" for q in bound.questions)


def test_every_change_between_arms_gets_its_interaction_and_adjusted_effect(
    parallel: Trial,
) -> None:
    bound = bind_plan(change_plan(), parallel, {})
    assert [q.kind for q in bound.questions] == [Kind.CHANGE, Kind.INTERACTION, Kind.ANCOVA]
    assert {q.standing for q in bound.questions[1:]} == {"companion"}


def test_a_single_arm_gets_no_companions(make_trial: MakeTrial) -> None:
    trial = make_trial(
        {"sub-1": "drug", "sub-2": "drug"},
        [("ses-a", "", "", 0.0), ("ses-b", "", "", 1.0)],
        {},
        ["ses-a", "ses-b"],
    )
    bound = bind_plan(change_plan(), trial, {})
    assert [q.kind for q in bound.questions] == [Kind.CHANGE]


def test_a_crossover_is_recognised_by_drugs_within_people(make_trial: MakeTrial) -> None:
    trial = make_trial(
        {"sub-1": "", "sub-2": ""},
        [
            ("ses-b0", "baseline", "none", float("nan")),
            ("ses-d2", "", "ketamine", 2.0),
            ("ses-p2", "", "placebo", 2.0),
        ],
        {"madrs_total": ["ses-b0", "ses-d2", "ses-p2"]},
        [],
    )
    bound = bind_plan(Plan(name="x"), trial, {})
    assert bound.design.kind == "crossover"
    assert bound.design.arms == ("ketamine", "placebo")


def test_an_unclear_reference_arm_is_asked_for(make_trial: MakeTrial) -> None:
    trial = make_trial(
        {"sub-1": "apples", "sub-2": "pears"}, [("ses-a", "", "", 0.0)], {}, ["ses-a"]
    )
    with pytest.raises(UsageError, match=r"--set reference=NAME"):
        bind_plan(change_plan(), trial, {})
    chosen = apply_settings(change_plan(), {"reference": "pears"})
    assert bind_plan(chosen, trial, {}).design.reference == "pears"


def test_several_later_sessions_make_a_recipe_ask(make_trial: MakeTrial) -> None:
    sessions = [("ses-a", "", "", 0.0), ("ses-b", "", "", 1.0), ("ses-c", "", "", 2.0)]
    trial = make_trial({"sub-1": "x"}, sessions, {}, ["ses-a", "ses-b", "ses-c"])
    recipe = find_plan("daws2022")
    with pytest.raises(UsageError, match="--set after=ses-b"):
        require_single_after(recipe, trial)
    require_single_after(apply_settings(recipe, {"after": "ses-c"}), trial)


def test_disagreeing_tables_stop_a_question_that_uses_the_rows(make_trial: MakeTrial) -> None:
    trial = make_trial(
        {"sub-1": "x", "sub-2": "x"},
        [("ses-a", "", "", 0.0), ("ses-b", "", "", 1.0)],
        {"bdi": ["ses-a", "ses-b"]},
        ["ses-a", "ses-b"],
        tables=("bdi", "bdi_other"),
    )
    recipe = find_plan("daws2022")
    bind_plan(recipe, trial, _specs())  # two tables that agree need no choice
    scores = trial.scores.copy()
    odd = (scores["table"] == "bdi_other") & (scores["session_id"] == "ses-b")
    scores.loc[odd & (scores["participant_id"] == "sub-2"), "value"] = 33.0
    clashing = replace(trial, scores=scores)
    with pytest.raises(UsageError, match=r"scores\.bdi=bdi_other") as caught:
        bind_plan(recipe, clashing, _specs())
    assert "sub-2" in str(caught.value)
    assert "ses-b" in str(caught.value)
    bound = bind_plan(apply_settings(recipe, {"scores.bdi": "bdi_other"}), clashing, _specs())
    assert 33.0 in set(bound.trial.scores["value"])
    assert len(bound.trial.scores) == 4


def test_unknown_measures_and_options_are_all_named(parallel: Trial) -> None:
    plan = parse_plan(
        """
        name = "x"
        [[measures]]
        name = "modularty"
        [[measures]]
        name = "modularity"
        options = { rnus = 3 }
        [[measures]]
        name = "modularity_daws2022"
        """,
        "x.toml",
    )
    with pytest.raises(PlanError) as caught:
        bind_plan(plan, parallel, _specs())
    faults = "\n".join(caught.value.faults)
    assert "modularty" in faults
    assert "rnus" in faults
    assert "recipe alone" in faults


def test_the_bound_plan_bound_again_is_the_same_plan(parallel: Trial) -> None:
    first = bind_plan(change_plan(), parallel, {})
    again = parse_plan(first.plan.to_toml(), "plan.toml")
    assert again.digest() == first.plan.digest()
    assert bind_plan(again, parallel, {}).questions == first.questions


def _specs():  # type: ignore[no-untyped-def]
    import rewire.measures
    from rewire.core import registry

    return registry.discover(rewire.measures)


def test_a_person_s_mistakes_are_refused_together(parallel: Trial) -> None:
    text = (
        CHANGE
        + """
before = "ses-never"
covariates = ["agee"]
arms = ["dug"]
[[questions]]
name = "r"
text = "?"
kind = "change_association"
outcomes = ["bdii"]
"""
    )
    with pytest.raises(PlanError) as caught:
        bind_plan(parse_plan(text, "mine.toml"), parallel, {})
    told = "\n".join(caught.value.faults)
    for part in ("ses-never", "agee", "dug", "bdii", "ses-week6", "placebo", "needs measures"):
        assert part in told


def test_the_reference_arm_comes_last_however_it_is_written(parallel: Trial) -> None:
    text = CHANGE + 'arms = ["placebo", "drug"]\n'
    bound = bind_plan(parse_plan(text, "mine.toml"), parallel, {})
    assert bound.questions[0].arms == ("drug", "placebo")


def test_healthy_people_are_the_reference_and_nobody_was_randomised(
    make_trial: MakeTrial,
) -> None:
    trial = make_trial({"sub-1": "MDD", "sub-2": "HC"}, [("ses-a", "", "", 0.0)], {}, ["ses-a"])
    bound = bind_plan(change_plan(), trial, {})
    assert bound.design.reference == "HC"
    assert not bound.design.randomised


def test_every_misspelt_role_and_measure_is_named_at_once(parallel: Trial) -> None:
    plan = Plan.model_validate(
        {
            "name": "mine",
            "roles": {
                "baseline": "ses-basline",
                "after": ["ses-week66"],
                "outcome": ["bdii"],
                "reference": "placbo",
            },
            "measures": [{"name": "modularty"}],
        }
    )
    with pytest.raises(PlanError) as error:
        bind_plan(plan, parallel, {})
    assert len(error.value.faults) == 4
    for word in ("ses-basline, ses-week66", "bdii", "placbo", "modularty"):
        assert word in str(error.value)


def test_both_releases_of_a_scale_become_scores_of_their_own(make_trial: MakeTrial) -> None:
    trial = make_trial(
        {"sub-1": "x", "sub-2": "x"},
        [("ses-a", "", "", 0.0), ("ses-b", "", "", 1.0)],
        {"bdi": ["ses-a", "ses-b"]},
        ["ses-a", "ses-b"],
        tables=("bdi", "bdi_other"),
    )
    scores = trial.scores.copy()
    odd = (scores["table"] == "bdi_other") & (scores["session_id"] == "ses-b")
    scores.loc[odd, "value"] = 33.0
    clashing = replace(trial, scores=scores)
    plan = apply_settings(find_plan("daws2022"), {"scores.bdi": "both"})
    bound = bind_plan(plan, clashing, _specs())
    held = bound.trial.scores
    assert set(held["scale"]) == {"bdi", "bdi_other"}
    assert set(held.loc[held["scale"] == "bdi_other", "table"]) == {"bdi_other"}
    assert 33.0 not in set(held.loc[held["scale"] == "bdi", "value"])
    assert not held["value"].isna().any()
    if "bdi" in clashing.scales:
        assert bound.trial.scales["bdi_other"].direction == clashing.scales["bdi"].direction
    assert bound.plan.scores == {"bdi": "both"}
    # nothing to set beside one another in a trial with one table
    single = replace(trial, scores=trial.scores[trial.scores["table"] == "bdi"])
    assert set(bind_plan(plan, single, _specs()).trial.scores["scale"]) == {"bdi"}


@pytest.mark.parametrize("kind", ["harms", "discrete", "prediction"])
def test_before_and_after_of_a_question_of_scores_are_those_of_the_scores(
    make_trial: MakeTrial, kind: str
) -> None:
    trial = make_trial(
        {f"sub-{i}": ("drug", "placebo")[i % 2] for i in range(4)},
        [(f"ses-{s}", "", "", float(i)) for i, s in enumerate("abcd")],
        {"bdi": ["ses-a", "ses-b", "ses-c", "ses-d"]},
        [],
    )
    written = (
        f'name = "mine"\n[[questions]]\nname = "q"\ntext = "?"\nkind = "{kind}"\n'
        'outcomes = ["bdi"]\nbefore = "ses-b"\nafter = ["ses-c"]\n'
        + ('options = { event = "response" }\n' if kind == "discrete" else "")
    )
    (question,) = bind_plan(parse_plan(written, "mine.toml"), trial, {}).questions
    assert (question.outcome_before, question.outcome_after) == ("ses-b", ("ses-c",))
