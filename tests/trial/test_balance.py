"""Motion compared between arms and times, against p-values counted by hand."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from rewire.core.types import Trial
from rewire.trial.balance import judge_motion_balance
from rewire.trial.quality import ScanQuality
from rewire.trial.synthetic import TrialSpec, simulate_trial


def trial_of(arms: list[str]) -> Trial:
    trial = simulate_trial(TrialSpec(per_arm=4, volumes=60, gaps="none"))
    people = pd.DataFrame({"participant_id": [f"p{i}" for i in range(len(arms))], "arm": arms})
    return replace(trial, participants=people)


def quality(trial: Trial, moved: list[float], session: str = "ses-baseline") -> list[ScanQuality]:
    first = trial.scans[0]
    return [
        ScanQuality(replace(first, participant=f"p{i}", session=session), (), 0, displacement=m)
        for i, m in enumerate(moved)
    ]


def test_four_against_four_wholly_apart() -> None:
    trial = trial_of(["a"] * 4 + ["b"] * 4)
    moved = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    (fault,) = judge_motion_balance(trial, quality(trial, moved))
    assert f"p = {2 / 70:.3g}" in str(fault)
    assert "a (0.250) and b (0.650" in str(fault)


def test_three_against_three_cannot_reach_significance() -> None:
    trial = trial_of(["a"] * 3 + ["b"] * 3)
    assert judge_motion_balance(trial, quality(trial, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])) == ()


def test_six_people_who_all_move_more_later() -> None:
    trial = trial_of(["a"] * 6)
    before = [0.10, 0.11, 0.12, 0.13, 0.14, 0.15]
    after = [0.20, 0.22, 0.24, 0.26, 0.28, 0.30]
    scans = quality(trial, before) + quality(trial, after, "ses-week6")
    (fault,) = judge_motion_balance(trial, scans)
    assert f"p = {2 / 2**6:.3g}" in str(fault)
    assert "ses-week6 and ses-baseline" in str(fault)


@pytest.mark.parametrize("moved", [[float("nan")] * 8, [0.1] * 8])
def test_nothing_known_and_nothing_different(moved: list[float]) -> None:
    trial = trial_of(["a"] * 4 + ["b"] * 4)
    assert judge_motion_balance(trial, quality(trial, moved)) == ()
