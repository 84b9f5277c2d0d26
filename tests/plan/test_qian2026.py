"""The recipe of coupling and genes on a trial without connectomes."""

from __future__ import annotations

from dataclasses import replace

import rewire.measures
from rewire.core import registry
from rewire.core.questions import Kind
from rewire.plan.bind import bind_plan
from rewire.plan.recipes import find_plan
from rewire.trial.synthetic import TrialSpec, simulate_trial


def test_it_binds_without_connectomes_and_says_what_is_lacking() -> None:
    whole = simulate_trial(TrialSpec(per_arm=3, volumes=20, gaps="none"))
    trial = replace(whole, scans=tuple(r for r in whole.scans if r.kind == "bold"))
    plan = find_plan("qian2026")
    bound = bind_plan(plan, trial, registry.discover(rewire.measures))
    asked = {question.name for question in bound.questions}
    told = {u.question: u.reason for u in bound.unanswered}
    coupled = {question.name for question in plan.questions if question.measures}
    assert asked.isdisjoint(coupled)
    assert coupled <= set(told)
    for name in coupled:
        assert "the trial has no connectome scans" in told[name]


def test_it_asks_the_whole_chain_and_is_called_what_it_is() -> None:
    plan = find_plan("qian2026")
    kinds = {question.kind for question in plan.questions}
    assert {Kind.CHANGE, Kind.CHANGE_ASSOCIATION, Kind.PREDICTION, Kind.GENES} <= kinds
    assert plan.notes[0].startswith("The full paper was not available")
