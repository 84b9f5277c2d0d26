"""Unscheduled visits, visits in place of others, repeated baselines, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rewire.core.errors import PlanError
from rewire.core.questions import Kind
from rewire.core.registry import registered
from rewire.core.types import Trial
from rewire.plan.bind import bind_plan
from rewire.plan.draft import draft_plan
from rewire.plan.model import Plan, apply_settings, parse_plan
from rewire.plan.visits import unscheduled_sessions

NAN = float("nan")
ARMS = {f"sub-{i}": "drug" if i < 5 else "placebo" for i in range(10)}
SESSIONS = [
    ("ses-screening", "", "", -21.0),
    ("ses-baseline", "", "", -7.0),
    ("ses-early", "", "", 33.0),
    ("ses-week6", "", "", 42.0),
]
QUESTIONS = """
name = "mine"
[[questions]]
name = "q"
text = "?"
kind = "change"
measures = ["modularity_q_norm"]
[[questions]]
name = "s"
text = "?"
kind = "change"
outcomes = ["bdi"]
after = ["@outcome_sessions"]
[roles]
reference = "placebo"
"""


@pytest.fixture
def visited(make_trial) -> Trial:
    """Ten people; sub-0 and sub-5 missed week 6, and these and sub-7 came early."""
    every = [s for s, *_ in SESSIONS]
    trial = make_trial(ARMS, SESSIONS, {"bdi": every}, every)

    def came(table):
        who, at = table["participant_id"], table["session_id"]
        early = (at != "ses-early") | who.isin(["sub-0", "sub-5", "sub-7"])
        return table[early & ((at != "ses-week6") | ~who.isin(["sub-0", "sub-5"]))]

    tables = {n: came(getattr(trial, n)) for n in ("scores", "tabulated", "sessions")}
    tables["sessions"].loc[
        (tables["sessions"]["participant_id"] == "sub-5")
        & (tables["sessions"]["session_id"] == "ses-early"),
        "days",
    ] = 20.0
    return replace(trial, **{n: t.reset_index(drop=True) for n, t in tables.items()})


def bound(text: str, trial: Trial):
    return bind_plan(parse_plan(QUESTIONS + text, "p"), trial, registered())


def test_what_few_have_is_never_inferred(visited: Trial) -> None:
    assert unscheduled_sessions(visited, ()) == ("ses-early",)
    found = bound("", visited)
    assert all("ses-early" not in map(str, q.after) for q in found.questions)
    assert found.schedule.unscheduled == ("ses-early",)
    assert any("ses-early (3 participants)" in note for note in found.notes)
    drafted = draft_plan(visited, registered())
    assert "ses-early" not in drafted.plan.roles.after
    assert any("ses-early" in doubt for doubt in drafted.doubts)


def test_what_a_role_names_is_scheduled(visited: Trial) -> None:
    found = bound('after = ["ses-early"]', visited)
    assert found.schedule.unscheduled == ()
    assert [str(t) for t in found.questions[0].after] == ["ses-early"]


def test_a_session_of_one_arm_alone_is_scheduled(make_trial) -> None:
    trial = make_trial(ARMS, SESSIONS, {"bdi": ["ses-baseline", "ses-week6"]}, ["ses-baseline"])
    some = trial.scores["session_id"].eq("ses-week6") & trial.scores["participant_id"].lt("sub-5")
    only = replace(trial, scores=trial.scores[some | trial.scores["session_id"].eq("ses-baseline")])
    assert unscheduled_sessions(only, ()) == ()


def test_a_name_that_says_unscheduled_is_believed(make_trial) -> None:
    sessions = [("ses-a", "", "", 0.0), ("ses-unscheduled1", "", "", 3.0)]
    trial = make_trial(ARMS, sessions, {"bdi": [s for s, *_ in sessions]}, [])
    assert unscheduled_sessions(trial, ()) == ("ses-unscheduled1",)


def test_a_missed_visit_is_replaced_within_the_window_alone(visited: Trial) -> None:
    everybody = bound('[visits]\n"ses-week6" = ["ses-early"]', visited)
    assert [s.participant for s in everybody.schedule.substitutions] == ["sub-0", "sub-5"]
    near = bound('[visits]\n"ses-week6" = ["ses-early"]\nwindow_days = 9', visited)
    (one,) = near.schedule.substitutions
    assert (one.participant, one.visit, one.scheduled) == ("sub-0", "ses-early", "ses-week6")
    assert one.reason == ("ses-week6 was missed; ses-early was taken (day 33, usually day 42)")
    assert not bound(
        '[visits]\n"ses-week6" = ["ses-early"]\nwindow_days = 8.9', visited
    ).schedule.substitutions
    scores = near.trial.scores.set_index(["participant_id", "session_id"])["value"]
    early = visited.scores.set_index(["participant_id", "session_id"])["value"]
    assert scores["sub-0", "ses-week6"] == early["sub-0", "ses-early"]
    assert ("sub-5", "ses-week6") not in scores
    assert scores["sub-7", "ses-week6"] == early["sub-7", "ses-week6"]


def test_two_baselines_are_their_mean_and_one_of_them_is_kept(visited: Trial) -> None:
    values = {"ses-screening": 20.0, "ses-baseline": 30.0, "ses-early": 5.0, "ses-week6": 10.0}
    scores = visited.scores.assign(value=visited.scores["session_id"].map(values))
    lacks = (scores["participant_id"] == "sub-1") & (scores["session_id"] == "ses-screening")
    trial = replace(visited, scores=scores[~lacks].reset_index(drop=True))
    for rule, expected in (("", 25.0), ('baseline_combine = "last"', 30.0)):
        text = f'baseline = ["ses-baseline", "ses-screening"]\n{rule}'
        found = bound(text, trial)
        brain, score = found.questions[0], found.questions[1]
        assert str(brain.before) == str(score.before) == "ses-screening+baseline"
        assert [str(p) for p in brain.before.parts] == ["ses-screening", "ses-baseline"]
        assert [str(t) for t in brain.after] == ["ses-week6"]
        rows = found.trial.scores
        joint = rows[rows["session_id"] == "ses-screening+baseline"].set_index("participant_id")
        assert joint.loc["sub-0", "value"] == expected
        assert joint.loc["sub-1", "value"] == 30.0
        again = bind_plan(found.plan, trial, registered())
        assert again.plan.digest() == found.plan.digest()


def test_a_single_baseline_keeps_its_hash_however_it_is_written() -> None:
    one = Plan(name="x", roles={"baseline": "ses-a"})
    assert one.digest() == Plan(name="x", roles={"baseline": ["ses-a"]}).digest()
    assert one.content() == {"name": "x", "roles": {"baseline": "ses-a"}}
    assert apply_settings(one, {"baseline": "ses-a,ses-b"}).roles.baselines == ("ses-a", "ses-b")


def test_keep_is_no_way_to_combine_runs() -> None:
    with pytest.raises(PlanError, match="every run is kept in measures/"):
        parse_plan('name = "x"\n[runs]\ncombine = "keep"', "p")
    assert (
        parse_plan('name = "x"\n[runs]\ncombine = "mean"', "p").digest() == Plan(name="x").digest()
    )


def test_everything_that_is_wrong_is_named_at_once(visited: Trial) -> None:
    people = visited.participants.assign(arm_received=["drug", "pill", *[""] * 8])
    text = (
        'baseline = ["ses-baseline", "ses-nowhere"]\n'
        '[visits]\n"ses-week6" = ["ses-early", "ses-gone"]\n"ses-baseline" = ["ses-early"]\n'
    )
    with pytest.raises(PlanError) as refused:
        bound(text, replace(visited, participants=people))
    told = str(refused.value)
    for part in (
        "nobody has anything at ses-nowhere",
        "ses-early is mapped twice (also to ses-week6)",
        "nobody has ses-gone",
        "arm_received holds what is no arm (sub-1 pill)",
    ):
        assert part in told
    assert "(4 faults)" in told


def test_a_window_needs_days(visited: Trial) -> None:
    trial = replace(visited, sessions=visited.sessions.assign(days=np.nan))
    with pytest.raises(PlanError, match="no days for ses-week6"):
        bound('[visits]\n"ses-week6" = ["ses-early"]\nwindow_days = 9', trial)


def test_nothing_changes_where_nothing_is_unusual(parallel: Trial) -> None:
    found = bind_plan(parse_plan(QUESTIONS, "p"), parallel, registered())
    assert found.trial.sessions is parallel.sessions
    assert found.trial.participants is parallel.participants
    assert found.notes == ()
    assert {q.analysis for q in found.questions} == {"as randomised"}
    assert {q.kind for q in found.questions} >= {Kind.CHANGE, Kind.ANCOVA}
