"""Rules for several runs change estimates as computed by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.errors import UsageError
from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.schedule import RunRule, joint_timepoint
from rewire.core.types import Measurement, ScanRecord, Timepoint
from rewire.effects.estimate import estimate_effects
from rewire.effects.responses import measure_response
from rewire.effects.runs import refuse_unknown_lengths, run_counts, scan_minutes

NAN = float("nan")
SINGLE = Design("single arm", "arm", ("drug",), "", False)
# before: one run; after: two runs of 4 and 12 minutes, of which sub-02 lacks the first
RUNS = {
    ("ses-a", "1"): [1.0, 2.0, 4.0, 3.0],
    ("ses-b", "2"): [2.0, 2.0, 9.0, 5.0],
    ("ses-b", "10"): [4.0, 8.0, 1.0, 6.0],
}
MINUTES = {"1": 10.0, "2": 4.0, "10": 12.0}


def measured(runs: dict[tuple[str, str], list[float]]) -> Measurement:
    """A measure with several runs, ids as a pipeline gives them."""
    n = len(next(iter(runs.values())))
    values = np.concatenate([np.asarray(v) for v in runs.values()])
    coordinates = {
        "participant_id": [f"sub-{i:02d}" for _ in runs for i in range(n)],
        "session_id": np.repeat([s for s, _ in runs], n),
        "acquisition": np.full(n * len(runs), ""),
        "run": np.repeat([r for _, r in runs], n),
    }
    data = xr.Dataset(
        {"value": ("scan", values), "status": ("scan", np.where(np.isfinite(values), "ok", "no"))},
        coords={k: ("scan", v) for k, v in coordinates.items()},
    )
    ids = [f"{s}{r}{i}" for s, r in runs for i in range(n)]
    return Measurement("m", "1", "test", data.assign_coords(scan=ids), False, "test")


def minutes(runs: dict[tuple[str, str], list[float]]) -> dict[str, float]:
    n = len(next(iter(runs.values())))
    return {f"{s}{r}{i}": MINUTES[r] for s, r in runs for i in range(n)}


BEFORE = Timepoint("ses-a")


def change(before: Timepoint = BEFORE) -> Question:
    return Question(
        name="q",
        text="?",
        kind=Kind.CHANGE,
        standing="primary",
        measures=("m",),
        outcomes=(),
        before=before,
        after=(Timepoint("ses-b"),),
    )


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        ("mean", [3.0, 5.0, 5.0, 5.5]),
        ("first", [2.0, 2.0, 9.0, 5.0]),
        ("last", [4.0, 8.0, 1.0, 6.0]),
        ("longest", [4.0, 8.0, 1.0, 6.0]),
        ("weighted", [3.5, 6.5, 3.0, 5.75]),
    ],
)
def test_estimates_follow_the_rule(rule, after, make_trial) -> None:
    trial = make_trial({"arm": ["drug"] * 4})
    found = estimate_effects(
        trial,
        {"m": measured(RUNS)},
        [change()],
        SINGLE,
        Inference(1, 0),
        RunRule(rule, minutes(RUNS)),
    ).effects
    by_hand = np.mean(np.array(after) - np.array(RUNS["ses-a", "1"]))
    assert found["estimate"].tolist() == pytest.approx([by_hand])


def test_a_run_without_a_value_does_not_count(make_trial) -> None:
    runs = {**RUNS, ("ses-b", "2"): [2.0, NAN, 9.0, 5.0]}
    response = measure_response(measured(runs), ["sub-01"], RunRule("first"))
    assert response.at(Timepoint("ses-b")).tolist() == [[8.0]]


def test_runs_are_sorted_as_numbers_and_the_default_is_the_mean() -> None:
    people = ["sub-00"]
    first = measure_response(measured(RUNS), people, RunRule("first"))
    plain = measure_response(measured(RUNS), people)
    mean = measure_response(measured(RUNS), people, RunRule())
    assert first.at(Timepoint("ses-b")).tolist() == [[2.0]]
    assert plain.values.tobytes() == mean.values.tobytes()


def test_a_session_that_is_left_out_counts_nowhere() -> None:
    rule = RunRule(left_out=frozenset({"ses-b"}))
    response = measure_response(measured(RUNS), ["sub-00"], rule)
    assert response.at(Timepoint()).tolist() == [[1.0]]


def test_a_repeated_baseline_is_the_mean_of_its_visits_not_of_its_runs(make_trial) -> None:
    runs = {
        ("ses-s", "1"): [0.0, 2.0, NAN, 6.0],
        ("ses-s", "2"): [2.0, 4.0, NAN, 8.0],
        ("ses-a", "1"): [5.0, NAN, 3.0, 1.0],
        ("ses-b", "1"): [9.0, 9.0, 9.0, 8.0],
    }
    both = [Timepoint("ses-s"), Timepoint("ses-a")]
    response = measure_response(measured(runs), [f"sub-{i:02d}" for i in range(4)], RunRule())
    mean = response.at(joint_timepoint(both))[:, 0]
    last = response.at(joint_timepoint(both, "last"))[:, 0]
    np.testing.assert_array_equal(mean, [3.0, 3.0, 3.0, 4.0])
    np.testing.assert_array_equal(last, [5.0, 3.0, 3.0, 1.0])
    trial = make_trial({"arm": ["drug"] * 4})
    question = change(joint_timepoint(both))
    found = estimate_effects(trial, {"m": measured(runs)}, [question], SINGLE, Inference(1, 0))
    assert found.effects["estimate"].tolist() == pytest.approx([np.mean([6.0, 6.0, 6.0, 4.0])])


def test_repeated_baselines_are_untreated_pairs(make_trial) -> None:
    rng = np.random.default_rng(3)
    first = rng.standard_normal(8)
    runs = {
        ("ses-s", ""): first.tolist(),
        ("ses-a", ""): (first + 0.1 * rng.standard_normal(8)).tolist(),
        ("ses-b", ""): rng.standard_normal(8).tolist(),
    }
    point = joint_timepoint([Timepoint("ses-s"), Timepoint("ses-a")])
    trial = make_trial({"arm": ["drug"] * 8})
    found = estimate_effects(trial, {"m": measured(runs)}, [change(point)], SINGLE, Inference(1, 0))
    assert found.reliability["pairs"].tolist() == ["ses-s, ses-a"]
    assert found.reliability["icc31"].item() > 0.9
    a, b = np.array(runs["ses-s", ""]), np.array(runs["ses-a", ""])
    r = np.corrcoef(a, b)[0, 1]
    assert found.baseline_change["retest_r"].tolist() == pytest.approx([r])
    assert found.reliable_change["n"].tolist() == [8]


def record(person: str, session: str, run: str, task: str = "rest") -> ScanRecord:
    name = f"{person}{session}{run}{task}"
    return ScanRecord(name, person, session, "", run, "bold", "toy", Path(name), task=task)


def test_runs_are_counted_and_lengths_found(make_trial) -> None:
    scans = tuple(
        record(*key)
        for key in [("sub-00", "ses-a", "1"), ("sub-00", "ses-b", "1"), ("sub-00", "ses-b", "2"),
                    ("sub-01", "ses-a", "1"), ("sub-01", "ses-b", "1")]
    )  # fmt: skip
    trial = replace(make_trial({"arm": ["drug"] * 2}), scans=scans)
    counts = run_counts(trial)
    assert counts[["participant_id", "time", "runs"]].to_numpy().tolist() == [
        ["sub-00", "ses-b", 2],
        ["sub-01", "ses-b", 1],
    ]
    quality = pd.DataFrame(
        [(r.participant, r.session, "", r.run, "bold", float(i)) for i, r in enumerate(scans)],
        columns=["participant_id", "session_id", "acquisition", "run", "kind", "retained_minutes"],
    )
    lengths = scan_minutes(scans, quality)
    assert list(lengths.values()) == [0.0, 1.0, 2.0, 3.0, 4.0]
    refuse_unknown_lengths(trial, RunRule("weighted", lengths))
    with pytest.raises(UsageError, match="sub-00 ses-b run-1, sub-00 ses-b run-2"):
        refuse_unknown_lengths(trial, RunRule("longest"))
