"""Who is counted as enrolled, selected, kept and analysed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rewire.core.exclusion import Exclusion
from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.types import Timepoint
from rewire.effects.estimate import estimate_effects
from rewire.effects.flow import Attendance, participant_flow

DESIGN = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
A, B, C = (Timepoint(f"ses-{s}") for s in "abc")


@pytest.fixture
def given(make_trial, make_measurement):
    """Fourteen people: 0 lacks the covariate, 1 the score, 2 the first later scan, 3 both later."""
    rng = np.random.default_rng(1)
    values = {("ses-a", ""): rng.normal(size=14), ("ses-b", ""): rng.normal(size=14)}
    values["ses-c", ""] = rng.normal(size=14)
    values["ses-b", ""][[2, 3]] = np.nan
    values["ses-c", ""][3] = np.nan
    score = rng.normal(20, 4, 14)
    score[1] = np.nan
    people = {"arm": ["drug", "placebo"] * 7, "age": [np.nan, *range(31, 44)]}
    trial = make_trial(people, {("bdi", "ses-b"): score, ("bdi", "ses-c"): score})
    return trial, {"m": make_measurement("m", values)}


def analysed(given, **changes: object) -> set[str]:
    base = Question("q", "?", Kind.INTERACTION, "exploratory", ("m",), (), A, (B,))
    asked = [replace(base, **changes)]  # type: ignore[arg-type]
    trial, measured = given
    found = estimate_effects(trial, measured, asked, DESIGN, Inference(permutations=0))
    attendance = Attendance(found.analysed)
    flow = participant_flow(trial, measured, asked, DESIGN, (), attendance)
    last = flow[flow["stage"] == "analysed"]
    return set(last.loc[last["status"] == "out", "participant_id"])


def test_analysed_are_those_in_a_test(given) -> None:
    assert analysed(given) == {"sub-02", "sub-03"}
    assert analysed(given, covariates=("age",)) == {"sub-00", "sub-02", "sub-03"}
    assert analysed(given, after=(B, C)) == {"sub-03"}
    linked = {"kind": Kind.AFTER_ASSOCIATION, "outcomes": ("bdi",), "outcome_after": ("ses-b",)}
    assert analysed(given, **linked) == {"sub-01", "sub-02", "sub-03"}
    nobody = analysed(given, where=(("age", "99"),))
    assert len(nobody) == 14


def test_a_test_without_an_estimate_analyses_nobody(given) -> None:
    few = analysed(given, kind=Kind.CHANGE, where=(("age", "35.0"),))
    assert len(few) == 14


def steps(flow: pd.DataFrame, person: str) -> list[tuple[str, str, str]]:
    mine = flow[flow["participant_id"] == person]
    return list(mine[["stage", "status", "reason"]].itertuples(index=False, name=None))


def test_who_was_not_selected_leaves_at_once(given) -> None:
    trial, measured = given
    excluded = (Exclusion("sub-02", reason="moved"), Exclusion("sub-77", reason="?"))
    attendance = Attendance(frozenset({"sub-01"}), ("sub-01", "02"))
    flow = participant_flow(trial, measured, (), DESIGN, excluded, attendance)
    assert steps(flow, "sub-00") == [
        ("enrolled", "in", ""),
        ("selected", "out", "not selected by --participant-label"),
    ]
    assert steps(flow, "sub-02")[1:] == [("selected", "in", ""), ("kept", "out", "moved")]
    assert steps(flow, "sub-01")[-1] == ("analysed", "in", "")
    # an id that is no participant was never enrolled
    assert flow["participant_id"].nunique() == 14


def test_without_a_selection_there_is_no_such_stage(given) -> None:
    flow = participant_flow(*given, (), DESIGN, ())
    assert "selected" not in set(flow["stage"])
