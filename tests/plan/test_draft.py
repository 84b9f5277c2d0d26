"""The plan that a folder suggests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import rewire.measures
from rewire.core import registry
from rewire.core.questions import Kind
from rewire.core.types import Trial
from rewire.plan.draft import draft_plan, draft_text
from rewire.plan.model import parse_plan
from rewire.trial.synthetic import TrialSpec, simulate_trial

MakeTrial = Callable[..., Trial]


def test_coupling_is_asked_about_where_there_are_series_and_connectomes() -> None:
    specs = registry.discover(rewire.measures)
    trial = simulate_trial(TrialSpec(per_arm=2, volumes=20, gaps="none"))
    series = replace(trial, scans=tuple(r for r in trial.scans if r.kind == "bold"))
    asked = {"coupling_connected", "coupling_connected_global"}
    for given, expected in ((trial, asked), (series, set())):
        plan = draft_plan(given, specs).plan
        assert ("coupling_connected" in {m.name for m in plan.measures}) == bool(expected)
        about = {name for q in plan.questions for name in q.measures}
        assert {name for name in about if name.startswith("coupling")} == expected


def test_connectomes_do_not_make_a_trial_too_large_to_halve() -> None:
    few, many = (
        draft_plan(simulate_trial(TrialSpec(per_arm=n, volumes=20, gaps="none")), {}).plan
        for n in (10, 11)
    )
    assert few.reliability.split_half  # 40 series and 40 connectomes
    assert not many.reliability.split_half


def test_every_drafted_question_is_exploratory(parallel: Trial) -> None:
    plan = draft_plan(parallel, {}).plan
    assert plan.questions
    assert {q.standing for q in plan.questions} == {"exploratory"}


def test_the_text_reads_back_as_the_same_plan(parallel: Trial) -> None:
    draft = draft_plan(parallel, {})
    text = draft_text(draft)
    assert "# CHECK:" in text
    assert parse_plan(text, "plan.toml").digest() == draft.plan.digest()


def test_without_measures_the_scores_are_the_response(make_trial: MakeTrial) -> None:
    trial = make_trial(
        {"sub-1": "drug", "sub-2": "placebo"},
        [("ses-a", "", "", 0.0), ("ses-b", "", "", 1.0)],
        {"bdi": ["ses-a", "ses-b"]},
        [],
    )
    questions = draft_plan(trial, {}).plan.questions
    assert {q.kind for q in questions} == {Kind.CHANGE, Kind.INTERACTION, Kind.ANCOVA}
    assert all(not q.measures and q.outcomes for q in questions)


def test_a_crossover_compares_equal_days_after_each_drug(make_trial: MakeTrial) -> None:
    trial = make_trial(
        {"sub-1": "", "sub-2": ""},
        [
            ("ses-b0", "baseline", "none", float("nan")),
            ("ses-d2", "", "ketamine", 2.0),
            ("ses-d10", "", "ketamine", 10.0),
            ("ses-p2", "", "placebo", 2.0),
            ("ses-p10", "", "placebo", 10.0),
        ],
        {"madrs_total": ["ses-b0", "ses-d2", "ses-d10", "ses-p2", "ses-p10"]},
        [],
    )
    questions = draft_plan(trial, {}).plan.questions
    assert [(q.before, q.after) for q in questions] == [
        ("ses-p2", ("ses-d2",)),
        ("ses-p10", ("ses-d10",)),
    ]


def test_a_second_session_before_dosing_is_no_outcome_and_is_named(make_trial: MakeTrial) -> None:
    sessions = ["ses-screening", "ses-baseline", "ses-week6"]
    trial = make_trial(
        {"sub-1": "drug", "sub-2": "placebo"},
        [(sessions[0], "", "", -30.0), (sessions[1], "", "", -7.0), (sessions[2], "", "", 42.0)],
        {"bdi": sessions},
        sessions,
    )
    draft = draft_plan(trial, {})
    assert draft.plan.roles.baseline == "ses-screening"
    assert draft.plan.roles.after == ("ses-week6",)
    assert any("ses-baseline also lies before dosing" in doubt for doubt in draft.doubts)
