"""Which events belong to which run, what they say, and what can be wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewire.trial.reading import read_trial

HEAD = ("onset", "duration", "trial_type")
ROWS = [(12.0, 2, "2back"), (4.5, 2, "0back"), (30, 0, "2back")]


def task_run(folder: Any, participant: str = "sub-01", extra: str = "task-nback") -> str:
    """Write a task run beside the baseline's rest and return its file."""
    name = folder.scan(participant, "ses-baseline").replace("task-rest", extra)
    folder.series(name)
    return name


def events_beside(name: str) -> str:
    return name.partition("_seg-")[0] + "_events.tsv"


def runs(folder: Any) -> list[Any]:
    return [r for r in read_trial(folder.root).trial.scans if r.kind == "task"]


def test_a_run_with_events_stands_beside_rest(whole: Any) -> None:
    name = task_run(whole)
    whole.table(events_beside(name), [HEAD, *ROWS])
    reading = read_trial(whole.root)
    assert reading.faults == ()
    assert [r.kind for r in reading.trial.scans].count("bold") == 8
    (record,) = runs(whole)
    assert record.label == "sub-01 ses-baseline task-nback"
    scan = reading.trial.load(record)
    assert scan.kind == "task"
    assert scan.events is not None
    np.testing.assert_array_equal(scan.events.onset, [4.5, 12.0, 30.0])
    np.testing.assert_array_equal(scan.events.duration, [2.0, 2.0, 0.0])
    assert scan.events.condition == ("0back", "2back", "2back")
    assert scan.events.conditions == ("nback/0back", "nback/2back")
    assert "sub-01" not in repr(scan)
    rest = next(r for r in reading.trial.scans if r.kind == "bold")
    assert reading.trial.load(rest).events is None


def test_ids_of_scans_at_rest_do_not_change(whole: Any) -> None:
    before = {r.id for r in read_trial(whole.root).trial.scans}
    whole.table(events_beside(task_run(whole)), [HEAD, *ROWS])
    after = {r.id for r in read_trial(whole.root).trial.scans}
    assert before < after
    assert len(after) == 9


def test_two_tasks_of_one_session_are_two_scans(whole: Any) -> None:
    for task in ("task-nback", "task-faces"):
        whole.table(events_beside(task_run(whole, extra=task)), [HEAD, *ROWS])
    reading = read_trial(whole.root)
    assert reading.faults == ()
    conditions = {c for r in runs(whole) for c in reading.trial.load(r).events.conditions}
    assert conditions == {"nback/0back", "nback/2back", "faces/0back", "faces/2back"}


def test_one_table_above_serves_every_run_and_the_nearest_wins(whole: Any) -> None:
    first, second = task_run(whole, "sub-01"), task_run(whole, "sub-02")
    whole.table("task-nback_events.tsv", [HEAD, *ROWS])
    whole.table(events_beside(second), [HEAD, (1, 1, "own")])
    found = {r.participant: r.events for r in runs(whole)}
    assert found["sub-01"] == whole.root.resolve() / "task-nback_events.tsv"
    assert found["sub-02"].name == Path(events_beside(second)).name
    assert first != second


def test_a_table_of_all_runs_serves_each(whole: Any) -> None:
    for run in ("1", "2"):
        task_run(whole, extra=f"task-nback_run-{run}")
    stem = "sub-01/ses-baseline/func/sub-01_ses-baseline_task-nback"
    whole.table(f"{stem}_events.tsv", [HEAD, *ROWS])
    whole.table(f"{stem}_run-2_events.tsv", [HEAD, *ROWS])
    assert sorted(r.events.name.count("run-2") for r in runs(whole)) == [0, 1]


def test_events_of_another_person_do_not_apply(whole: Any) -> None:
    task_run(whole)
    whole.table("sub-01/sub-02_task-nback_events.tsv", [HEAD, *ROWS])
    assert not runs(whole)
    assert [f.code for f in read_trial(whole.root).faults] == ["several-tasks"]


def test_a_run_without_the_events_that_others_have_is_missed(whole: Any) -> None:
    whole.table(events_beside(task_run(whole, "sub-01")), [HEAD, *ROWS])
    task_run(whole, "sub-02")
    (fault,) = whole.faults("no-events")
    assert (fault.severity, fault.participant) == ("warning", "sub-02")
    assert {r.kind for r in read_trial(whole.root).trial.scans if r.task == "nback"} == {"task"}


def test_events_at_rest_change_nothing(whole: Any) -> None:
    whole.table(events_beside(whole.scan("sub-01", "ses-baseline")), [HEAD, *ROWS])
    assert not runs(whole)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("onset", "trial_type"), (1, "a")], "no column duration"),
        ([HEAD, ("soon", 1, "a")], "line 2: onset is 'soon'"),
        ([HEAD, (1, -1, "a")], "duration is '-1'"),
        ([HEAD, (1, 1)], ""),
        ([], "is empty"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_clear_error(whole: Any, rows: Any, says: str) -> None:
    whole.table(events_beside(task_run(whole)), rows)
    errors = whole.check().errors
    assert [f.code for f in errors] == ["events-table"]
    assert says in errors[0].what
    assert "_events.tsv" in errors[0].what


@pytest.mark.parametrize(
    ("rows", "code", "says"),
    [
        ([HEAD, *ROWS, (299.5, 1, "a"), (300, 1, "a")], "events-outside", "1 of 5 events"),
        ([HEAD, *ROWS, (-30, 1, "a")], "events-outside", "before the first volume"),
        ([HEAD, *ROWS, ("n/a", 1, "a")], "events-incomplete", "1 of 4"),
        ([HEAD, *ROWS, (3, 1, "n/a")], "events-incomplete", "1 of 4"),
        ([("onset", "duration"), (1, 1)], "events-unnamed", "one condition"),
        ([HEAD], "no-events", "holds no event"),
    ],
)
def test_doubtful_events_are_warned_of(whole: Any, rows: Any, code: str, says: str) -> None:
    whole.table(events_beside(task_run(whole)), rows)
    result = whole.check()
    assert not result.errors
    (fault,) = [f for f in result.faults if f.code == code]
    assert says in fault.what


def test_labels_cannot_break_the_effects_table(whole: Any) -> None:
    whole.table(events_beside(task_run(whole)), [HEAD, (1, 1, "a=1;b\x07")])
    record = runs(whole)[0]
    (label,) = read_trial(whole.root).trial.load(record).events.conditions
    assert not set("=;\x07") & set(label)


def test_when_the_first_volume_was_taken(whole: Any) -> None:
    name = task_run(whole)
    whole.table(events_beside(name), [HEAD, *ROWS])
    sidecar = name.removesuffix(".tsv") + ".json"
    whole.json(sidecar, {"RepetitionTime": 2.0, "StartTime": 1.0})
    trial = read_trial(whole.root).trial
    assert trial.load(runs(whole)[0]).facts == {"repetition_time": 2.0, "start_time": 1.0}
    whole.json(sidecar, {"RepetitionTime": 2.0, "StartTime": "late"})
    assert "start_time" not in trial.load(runs(whole)[0]).facts


def test_rest_and_task_may_differ_in_length(whole: Any) -> None:
    name = task_run(whole)
    whole.series(name, volumes=180)
    whole.table(events_beside(name), [HEAD, *ROWS])
    assert not whole.faults("unequal-lengths")
