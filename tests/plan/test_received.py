"""Who received another treatment than allotted, and both analyses of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rewire.core.errors import PlanError
from rewire.core.questions import Design, Inference
from rewire.core.registry import registered
from rewire.core.schedule import RECEIVED
from rewire.core.types import Trial
from rewire.effects.estimate import estimate_effects
from rewire.pipeline.tabulated import tabulated_measurements
from rewire.plan.bind import bind_plan
from rewire.plan.model import parse_plan
from rewire.plan.received import find_switches

PLAN = """
name = "mine"
[[questions]]
name = "q"
text = "?"
kind = "change"
measures = ["modularity_q_norm"]
[inference]
permutations = 50
[roles]
reference = "placebo"
"""
DESIGN = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
NUMBERS = ["n", "estimate", "se", "ci_low", "ci_high", "statistic", "df", "p", "p_adjusted"]


@pytest.fixture
def two_arms(make_trial) -> Trial:
    arms = {f"sub-{i}": "drug" if i < 5 else "placebo" for i in range(10)}
    sessions = [("ses-a", "", "", 0.0), ("ses-b", "", "", 7.0)]
    trial = make_trial(arms, sessions, {}, ["ses-a", "ses-b"])
    values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0, 3.5, 8.0, 9.7,
              9.3, 2.3, 8.4, 6.2, 6.4, 3.3, 8.3, 2.7, 9.5, 0.2]  # fmt: skip
    table = trial.tabulated.sort_values(["session_id", "participant_id"], ignore_index=True)
    return replace(trial, tabulated=table.assign(value=values))


def with_column(trial: Trial, name: str, **received: str) -> Trial:
    people = trial.participants["participant_id"].str.replace("-", "_")
    column = [received.get(p, "") for p in people]
    return replace(trial, participants=trial.participants.assign(**{name: column}))


def effects(trial: Trial):
    found = bind_plan(parse_plan(PLAN, "p"), trial, registered())
    made = estimate_effects(
        found.trial,
        tabulated_measurements(found.trial),
        found.questions,
        found.design,
        found.inference,
    )
    return made.effects


def test_both_analyses_equal_those_of_two_copies_of_the_table(two_arms: Trial) -> None:
    mixed = with_column(two_arms, "treated_as", sub_1="placebo", sub_7="Drug")
    both = effects(mixed)
    arms = two_arms.participants["arm"].tolist()
    arms[1], arms[7] = "placebo", "drug"
    other = replace(two_arms, participants=two_arms.participants.assign(arm=arms))
    treated = both["question"].str.endswith("_as_treated")
    for mine, copy in ((both[~treated], effects(two_arms)), (both[treated], effects(other))):
        assert len(mine) == len(copy) == 4
        assert mine["kind"].tolist() == copy["kind"].tolist()
        assert mine["arm"].tolist() == copy["arm"].tolist()
        assert (mine[NUMBERS].to_numpy() == copy[NUMBERS].to_numpy()).all()
    assert both.loc[treated, "method"].str.endswith("; as treated").all()
    assert not both.loc[~treated, "method"].str.contains("treated").any()


def test_the_population_of_the_plan_is_primary(two_arms: Trial) -> None:
    mixed = with_column(two_arms, "arm_received", sub_1="placebo")
    text = PLAN + '[design]\npopulation = "as treated"\n'
    found = bind_plan(parse_plan(text, "p"), mixed, registered())
    own = {q.name: q.analysis for q in found.questions if not q.repeats}
    assert set(own.values()) == {"as treated"}
    again = [q for q in found.questions if q.repeats]
    assert {q.analysis for q in again} == {"as randomised"}
    assert {q.standing for q in again} == {"companion"}
    assert found.plan.design.population == "as treated"


def test_nobody_switched_nothing_changes(two_arms: Trial) -> None:
    same = with_column(two_arms, "arm_actual", sub_1="drug", sub_7="placebo")
    found = bind_plan(parse_plan(PLAN, "p"), same, registered())
    assert found.schedule.switches == ()
    assert RECEIVED not in found.trial.participants
    assert effects(same).equals(effects(two_arms))


def test_drugs_that_contradict_the_arm(two_arms: Trial) -> None:
    drug = two_arms.sessions["participant_id"].map(
        dict(
            zip(two_arms.participants["participant_id"], two_arms.participants["arm"], strict=True)
        )
    )
    who = two_arms.sessions["participant_id"]
    drug[who == "sub-2"] = "placebo"
    drug[(who == "sub-8") & (two_arms.sessions["session_id"] == "ses-b")] = "drug"
    drug[who == "sub-9"] = "something else"
    trial = replace(two_arms, sessions=two_arms.sessions.assign(drug=drug))
    found = find_switches(trial, DESIGN).switches
    assert [(s.participant, s.allotted, s.received) for s in found] == [
        ("sub-2", "drug", "placebo"),
        ("sub-8", "placebo", "placebo and drug"),
    ]
    only = replace(trial, sessions=trial.sessions.assign(drug=drug.replace("something else", "")))
    assert bind_plan(parse_plan(PLAN, "p"), only, registered()).design.kind == "parallel"


def test_who_received_nothing_is_in_no_arm_as_treated(two_arms: Trial) -> None:
    table = effects(with_column(two_arms, "treated_as", sub_0="none"))
    change = table[(table["kind"] == "change") & (table["arm"] == "drug")]
    assert change["n"].tolist() == [5, 4]


def test_two_columns_and_labels_that_are_no_arm_are_refused(two_arms: Trial) -> None:
    twice = with_column(with_column(two_arms, "treated_as"), "arm_received")
    with pytest.raises(PlanError, match="arm_received and treated_as: keep one"):
        bind_plan(parse_plan(PLAN, "p"), twice, registered())
    wrong = with_column(two_arms, "treated_as", sub_3="ketamine", sub_4="<b>")
    with pytest.raises(PlanError, match="sub-3 ketamine, sub-4 <b>"):
        bind_plan(parse_plan(PLAN, "p"), wrong, registered())


def test_permutations_are_the_question_s_own(two_arms: Trial) -> None:
    mixed = with_column(two_arms, "treated_as", sub_1="placebo")
    both = effects(mixed)
    first = both[~both["question"].str.endswith("_as_treated")].reset_index(drop=True)
    assert first.equals(effects(two_arms))
    assert Inference().permutations > 0
