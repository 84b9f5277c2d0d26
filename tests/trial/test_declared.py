"""Scores that a trial describes itself, and the task scores that are built in."""

from __future__ import annotations

from typing import Any

import pytest

from rewire.core.scales import find_scale
from rewire.trial.reading import read_trial
from rewire.trial.scores import wide_columns

ROWS = [("participant_id", "session_id", "switch_cost"), ("sub-01", "ses-baseline", 140)]


def test_an_unknown_score_gets_its_direction_from_its_dictionary(whole: Any) -> None:
    whole.table("phenotype/tests.tsv", ROWS)
    assert [f.code for f in whole.check().faults if f.code == "unknown-scale"] == ["unknown-scale"]
    entry = {"LongName": "Cost of switching (ms)", "Minimum": 0, "Direction": "Lower is better"}
    whole.json("phenotype/tests.json", {"switch_cost": entry, "MeasurementToolMetadata": {}})
    assert not whole.faults("unknown-scale")
    scale = read_trial(whole.root).trial.scales["switch_cost"]
    assert (scale.direction, scale.label) == ("lower is better", "Cost of switching (ms)")
    assert (scale.low, scale.high, scale.remission) == (0.0, float("inf"), None)


def test_a_declared_range_is_held(whole: Any) -> None:
    whole.table("phenotype/tests.tsv", ROWS)
    entry = {"Maximum": 100, "Direction": "lower is better"}
    whole.json("phenotype/tests.json", {"switch_cost": entry})
    (fault,) = whole.faults("score-range")
    assert "140, outside -inf to 100" in fault.what


@pytest.mark.parametrize("direction", ["down", None, 3, ["lower is better"]])
def test_a_direction_that_is_none(whole: Any, direction: object) -> None:
    whole.table("phenotype/tests.tsv", ROWS)
    whole.json("phenotype/tests.json", {"switch_cost": {"Direction": direction}})
    (fault,) = whole.faults("scale-direction")
    assert "lower is better" in fault.remedy
    assert "switch_cost" not in read_trial(whole.root).trial.scales


def test_a_dictionary_cannot_turn_a_built_in_scale_round(whole: Any) -> None:
    whole.json("phenotype/bdi.json", {"bdi": {"Direction": "higher is better"}})
    assert len(whole.faults("scale-direction")) == 1
    assert read_trial(whole.root).trial.scales["bdi"].direction == "lower is better"


@pytest.mark.parametrize("text", ["{", "[1]", '"x"'])
def test_a_broken_dictionary_stops_nothing(whole: Any, text: str) -> None:
    whole.text("phenotype/bdi.json", text)
    assert not whole.check().errors


def test_task_scores_are_built_in() -> None:
    errors = find_scale("WCST_perseverative_errors")
    assert errors is not None
    assert (errors.direction, errors.remission) == ("lower is better", None)
    categories = find_scale("wcst_categories")
    assert categories is not None
    assert categories.direction == "higher is better"


@pytest.mark.parametrize("scale", ["wcst_perseverative_errors", "tmt_b"])
def test_a_task_score_in_a_wide_table(scale: str) -> None:
    (column,) = wide_columns([f"{scale}_week1"], frozenset())
    assert (column.scale, column.session) == (scale, "ses-week1")
