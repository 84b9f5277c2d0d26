from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rewire.core.types import Timepoint
from rewire.report.contents import Contents
from rewire.report.figures.trajectories import trajectories
from rewire.report.observed import by_person, mean_over_people, measure_series, score_series


def test_every_participant_is_in_the_series(contents: Contents) -> None:
    scores = score_series(contents, "bdi")
    assert set(scores.values["participant"]) == set(contents.trial.participants["participant_id"])
    assert scores.times == ("ses-baseline", "ses-week2", "ses-week4", "ses-week6")


def test_levels_become_series_of_their_own(contents: Contents) -> None:
    series = measure_series(contents, "modularity_q_norm")
    assert [s.level for s in series] == ["model=strength", "model=hqs"]
    assert measure_series(contents, "global_brain_connectivity") == ()


def test_changes_agree_with_the_effects_table(contents: Contents) -> None:
    series = measure_series(contents, "modularity_q_norm")[0]
    people = by_person(series, "ses-baseline", "ses-week6")
    row = contents.effects[
        (contents.effects["question"] == "q_change")
        & (contents.effects["arm"] == "psilocybin")
        & (contents.effects["level"] == "model=strength")
    ].iloc[0]
    mine = people.loc[people["arm"] == "psilocybin", "change"].dropna()
    assert len(mine) == row["n"]
    assert mine.mean() == pytest.approx(row["estimate"])


def test_mean_matrix_is_the_mean_of_its_people(contents: Contents) -> None:
    measurement = contents.measurements["connectivity"]
    mean = mean_over_people(contents, measurement, "escitalopram", Timepoint("ses-week6"))
    people = contents.trial.participants
    mine = set(people.loc[people["arm"] == "escitalopram", "participant_id"])
    data = measurement.data
    keep = np.isin(data["participant_id"].to_numpy(), list(mine))
    keep &= data["session_id"].to_numpy() == "ses-week6"
    assert keep.sum() == 20
    np.testing.assert_allclose(mean, data["value"].to_numpy()[keep].mean(axis=0))


def test_people_outside_the_arms_are_drawn_too(contents: Contents) -> None:
    people = contents.trial.participants.copy()
    people.loc[people["participant_id"] == "sub-03", "arm"] = ""
    made = replace(contents, trial=replace(contents.trial, participants=people))
    bdi = trajectories(made)[0]
    assert "sub-03" in bdi.spec
    assert "arm unknown (n = 1)" in bdi.spec
