"""The flow counts runs, visits in place of others, unscheduled visits and switches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rewire.core.questions import Design, Kind, Question
from rewire.core.schedule import Schedule, Substitution, Switch, joint_timepoint
from rewire.core.types import ScanRecord, Timepoint
from rewire.effects.flow import Attendance, participant_flow
from rewire.effects.visits import counted_stages, substituted

DESIGN = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
SCHEDULE = Schedule(
    unscheduled=("ses-early",),
    substitutions=(Substitution("sub-00", "ses-b", "ses-early", "ses-b was missed"),),
    switches=(Switch("sub-03", "placebo", "drug", "participants.tsv: treated_as"),),
)


def record(person: str, session: str, run: str) -> ScanRecord:
    name = person + session + run
    return ScanRecord(name, person, session, "", run, "bold", "toy", Path(name))


@pytest.fixture
def trial(make_trial):
    scans = [record(f"sub-{i:02d}", "ses-a", run) for i in range(4) for run in ("1", "2")[: i + 1]]
    scans += [record(f"sub-{i:02d}", "ses-early", "1") for i in (0, 2)]
    return replace(make_trial({"arm": ["drug", "drug", "placebo", "placebo"]}), scans=tuple(scans))


def test_stages_that_only_count(trial) -> None:
    found = {c.stage: c.people for c in counted_stages(trial, SCHEDULE)}
    told = "allotted placebo, received drug (participants.tsv: treated_as)"
    assert found == {
        "received another treatment": {"sub-03": told},
        "1 run at ses-a": {"sub-00": ""},
        "2 runs at ses-a": {"sub-01": "", "sub-02": "", "sub-03": ""},
        "ses-early in place of ses-b": {"sub-00": "ses-b was missed"},
        "unscheduled ses-early, in no analysis": {"sub-02": ""},
    }
    single = replace(trial, scans=tuple(r for r in trial.scans if r.run == "1"))
    assert counted_stages(single, Schedule()) == ()


def test_they_stand_in_the_flow_with_person_and_reason(trial, make_measurement) -> None:
    values = {
        ("ses-a", ""): np.ones(4),
        ("ses-b", ""): np.array([np.nan, 1.0, 1.0, np.nan]),
        ("ses-early", ""): np.array([1.0, np.nan, 1.0, np.nan]),
    }
    measured = {"m": make_measurement("m", values)}
    read = substituted(measured, SCHEDULE.substitutions)
    joint = joint_timepoint([Timepoint("ses-0"), Timepoint("ses-a")])
    question = Question(
        name="q",
        text="?",
        kind=Kind.CHANGE,
        standing="primary",
        measures=("m",),
        outcomes=(),
        before=joint,
        after=(Timepoint("ses-b"),),
    )
    attendance = Attendance(counted=counted_stages(trial, SCHEDULE))
    flow = participant_flow(trial, read, [question], DESIGN, (), attendance)
    taken = flow[flow["stage"] == "ses-early in place of ses-b"]
    assert taken[["participant_id", "arm", "status", "reason"]].to_numpy().tolist() == [
        ["sub-00", "drug", "in", "ses-b was missed"]
    ]
    analysed = flow[(flow["stage"] == "analysed") & (flow["status"] == "in")]
    assert analysed["participant_id"].tolist() == ["sub-00", "sub-01", "sub-02"]
    before = flow[flow["stage"] == "measured ses-0+a"]
    assert (before["status"] == "in").all()


def test_only_labels_of_the_analysis_change(make_measurement) -> None:
    values = {("ses-b", ""): np.array([np.nan, 2.0]), ("ses-early", ""): np.array([1.0, 3.0])}
    measured = {"m": make_measurement("m", values)}
    read = substituted(measured, SCHEDULE.substitutions)["m"]
    assert read.data["session_id"].to_numpy().tolist() == ["ses-b", "ses-b", "ses-b", "ses-early"]
    assert measured["m"].data["session_id"].to_numpy().tolist()[2] == "ses-early"
    assert substituted(measured, ()) is measured
