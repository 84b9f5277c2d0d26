"""What a plan asks of relabelling that a trial cannot give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

import rewire.measures
from rewire.core import registry
from rewire.core.errors import PlanError
from rewire.core.questions import Design
from rewire.core.types import Trial
from rewire.plan.bind import bind_plan
from rewire.plan.exchange import exchange_faults
from rewire.plan.model import Plan, parse_plan

PARALLEL = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
SINGLE = Design("single arm", "arm", ("drug",), "", False)
MakeTrial = Callable[..., Trial]


def of_sites(make_trial: MakeTrial, sites: list[object]) -> Trial:
    arms = {f"sub-{i}": ("drug", "placebo")[i % 2] for i in range(len(sites))}
    sessions = [("ses-a", "baseline", "", -1.0), ("ses-b", "follow-up", "", 7.0)]
    trial = make_trial(arms, sessions, {"bdi": ["ses-a", "ses-b"]}, ["ses-a", "ses-b"])
    return replace(trial, participants=trial.participants.assign(site=sites))


def asking_text(correction: str, more: str) -> str:
    return f"""
name = "mine"
[[questions]]
name = "q"
text = "Did it change?"
kind = "change"
correction = "{correction}"
{more}
"""


def asking(correction: str, more: str = 'measures = ["modularity_q_norm"]') -> Plan:
    return parse_plan(asking_text(correction, more), "mine.toml")


def test_sites_with_people_of_both_arms_can_be_exchanged(make_trial: MakeTrial) -> None:
    trial = of_sites(make_trial, ["x", "x", "y", "y", "y"])
    assert exchange_faults("site", trial, PARALLEL) == []
    assert exchange_faults("", trial, PARALLEL) == []


def test_everything_that_hinders_exchange_is_named(make_trial: MakeTrial) -> None:
    trial = of_sites(make_trial, ["x", "y", "x", "z", None, ""])
    faults = exchange_faults("site", trial, PARALLEL)
    assert len(faults) == 4
    assert "not known of sub-4, sub-5" in faults[0]
    assert "all of 'x' are in one arm" in faults[1]
    assert "'y' has one participant" in faults[2]
    assert "'z' has one participant" in faults[3]
    assert len(exchange_faults("site", trial, SINGLE)) == 3
    (missing,) = exchange_faults("centre", trial, PARALLEL)
    assert "no column of participants.tsv 'centre'; there are arm, site" in missing


def test_a_plan_that_exchanges_within_a_missing_column_is_refused(make_trial: MakeTrial) -> None:
    plan = asking("max_t")
    plan = plan.model_copy(
        update={"inference": plan.inference.model_copy(update={"exchange_within": "centre"})}
    )
    with pytest.raises(PlanError, match="exchange_within"):
        bind_plan(plan, of_sites(make_trial, ["x", "x", "y", "y"]), {})


@pytest.mark.parametrize("correction", ["nbs", "tfnbs"])
@pytest.mark.parametrize("more", ['measures = ["modularity_q_norm"]', 'outcomes = ["bdi"]'])
def test_networks_are_asked_of_edges_alone(
    correction: str, more: str, make_trial: MakeTrial
) -> None:
    trial = of_sites(make_trial, ["x", "x", "y", "y"])
    with pytest.raises(PlanError, match=f"'{correction}' is about edges"):
        bind_plan(asking(correction, more), trial, registry.discover(rewire.measures))


def test_networks_are_no_correction_of_a_moderation() -> None:
    text = asking_text("nbs", 'measures = ["connectivity"]\nmoderators = ["age"]')
    with pytest.raises(PlanError, match="belongs to kinds change"):
        parse_plan(text.replace('kind = "change"', 'kind = "moderation"'), "mine.toml")


def test_networks_need_permutations() -> None:
    with pytest.raises(PlanError, match="'nbs' in q needs permutations"):
        parse_plan(
            """
name = "mine"
[inference]
permutations = 0
[[questions]]
name = "q"
text = "?"
kind = "change"
correction = "nbs"
measures = ["connectivity"]
""",
            "mine.toml",
        )
