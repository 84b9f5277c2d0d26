"""Halves, runs, reliable change and motion, on numbers that can be done by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.questions import Design, Kind, Question
from rewire.core.schema import QUALITY_COLUMNS, RELIABILITY_COLUMNS
from rewire.core.types import Measurement, Timepoint
from rewire.effects.motion import MOTION_COLUMNS, motion_table
from rewire.effects.reliability import reliability_table
from rewire.effects.reliable_change import RELIABLE_CHANGE_COLUMNS, reliable_change_table
from rewire.effects.split_half import SPLIT_HALF_COLUMNS, split_half_table
from rewire.numerics.agreement import intraclass, split_half
from rewire.numerics.repeated_correlation import correlate_within

A, B = Timepoint("ses-a"), Timepoint("ses-b")
PARALLEL = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
SINGLE = Design("single arm", "arm", ("drug",), "", False)
QUESTION = Question("q", "?", Kind.CHANGE, "exploratory", ("m",), (), A, (B,))


def quality(measurement: Measurement, motion: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame(
        {c: measurement.data[c].to_numpy() for c in QUALITY_COLUMNS if c in measurement.data}
    )
    return frame.assign(kind="bold", mean_framewise_displacement=motion)


def test_split_half_takes_one_scan_of_each_person_at_a_time(make_measurement) -> None:
    rng = np.random.default_rng(0)
    # eight people with two runs at a, and one run at b
    values = rng.normal(size=(2, 24, 2))
    times = {("ses-a", ""): slice(0, 16), ("ses-b", ""): slice(16, 24)}
    halves = []
    for half in values:
        regions = {"region": ["r1", "r2"]}
        one = make_measurement("m", {t: half[s] for t, s in list(times.items())[:1]}, regions)
        other = make_measurement("m", {("ses-b", ""): half[16:]}, regions)
        people = [f"sub-{i:02d}" for i in range(8)]
        data = xr.concat([one.data, other.data], "scan")
        data = data.assign_coords(
            participant_id=("scan", people * 3),
            # the second run stands first in the file
            run=("scan", ["2"] * 8 + ["1"] * 8 + [""] * 8),
        )
        halves.append({"m": replace(one, data=data)})
    table = split_half_table(*halves)
    assert tuple(table.columns) == SPLIT_HALF_COLUMNS
    assert table["n"].tolist() == [8] * 4
    expected = split_half(values[0, 8:16], values[1, 8:16])
    np.testing.assert_allclose(table["reliability"][:2], expected.reliability)
    np.testing.assert_allclose(table["r"][2:], split_half(values[0, 16:], values[1, 16:]).r)
    assert table["session"].tolist() == ["ses-a"] * 2 + ["ses-b"] * 2


def test_no_halves_no_rows() -> None:
    assert tuple(split_half_table({}, {}).columns) == SPLIT_HALF_COLUMNS


def test_runs_of_a_session_before_treatment(make_trial, make_measurement) -> None:
    rng = np.random.default_rng(1)
    runs = rng.normal(size=(6, 1)) + 0.5 * rng.normal(size=(6, 3))
    runs[0, 2] = np.nan
    stacked = make_measurement("m", {("ses-a", ""): np.vstack([runs, runs]).T.ravel()[:18]})
    people = [f"sub-{i:02d}" for i in range(6)]
    data = stacked.data.assign_coords(
        participant_id=("scan", people * 3), run=("scan", ["1"] * 6 + ["2"] * 6 + ["3"] * 6)
    )
    data["value"] = ("scan", runs.T.ravel())
    trial = make_trial({"arm": ["drug"] * 6})
    table = reliability_table(trial, {"m": replace(stacked, data=data)}, (QUESTION,), SINGLE, 0.95)
    assert tuple(table.columns) == RELIABILITY_COLUMNS
    assert table["pairs"].tolist() == ["ses-a: runs 1, 2, 3"]
    assert table["n"].tolist() == [5]
    expected = intraclass(runs[1:, :, None])
    np.testing.assert_allclose(table["icc21"], expected.icc21)
    np.testing.assert_allclose(table["icc31"], expected.icc31)


def test_runs_after_an_active_drug_are_not_untreated(make_trial, make_measurement) -> None:
    values = np.random.default_rng(2).normal(size=10)
    measured = make_measurement("m", {("ses-a", ""): values})
    people = [f"sub-{i:02d}" for i in range(5)]
    data = measured.data.assign_coords(
        participant_id=("scan", people * 2), run=("scan", ["1"] * 5 + ["2"] * 5)
    )
    given = {"m": replace(measured, data=data)}
    design = Design("crossover", "drug", ("ketamine", "placebo"), "placebo", True)
    for drug, rows in (("ketamine", 0), ("placebo", 1)):
        other = "placebo" if drug == "ketamine" else "ketamine"
        trial = make_trial({"age": [30] * 5}, None, {"ses-a": drug, "ses-b": other})
        assert len(reliability_table(trial, given, (QUESTION,), design, 0.95)) == rows


@pytest.fixture
def changed(make_trial, make_measurement):
    """Placebo changes have sd 1; three on the drug rise and one falls beyond 1.96."""
    placebo = np.array([-1.0, 1.0, -1.0, 1.0, 0.0])
    drug = np.array([2.5, 1.9, 3.0, -2.2, 2.0, np.nan])
    change = np.concatenate([drug, placebo])
    before = np.arange(11.0)
    trial = make_trial({"arm": ["drug"] * 6 + ["placebo"] * 5})
    times = {("ses-a", ""): before, ("ses-b", ""): before + change}
    return trial, {"m": make_measurement("m", times)}


def test_people_are_counted_against_the_error_of_untreated_pairs(changed) -> None:
    table = reliable_change_table(*changed, (QUESTION,), PARALLEL, 0.95)
    assert tuple(table.columns) == RELIABLE_CHANGE_COLUMNS
    # the sample sd of -1, 1, -1, 1, 0 is 1
    np.testing.assert_allclose(table["minimal_detectable_change"], 1.959963985)
    drug, placebo = table.iloc[0], table.iloc[1]
    assert (drug["arm"], drug["n"], drug["rose"], drug["fell"]) == ("drug", 5, 3, 1)
    assert (placebo["arm"], placebo["n"], placebo["rose"], placebo["fell"]) == ("placebo", 5, 0, 0)
    assert drug["expected"] == pytest.approx(0.25)
    assert set(table["pairs"]) == {"placebo: ses-a, ses-b"}


def test_nobody_is_counted_where_no_error_is_known(changed) -> None:
    trial, measured = changed
    trial.participants["arm"] = ["drug"] * 6 + ["escitalopram"] * 5
    design = Design("parallel", "arm", ("drug", "escitalopram"), "escitalopram", True)
    assert reliable_change_table(trial, measured, (QUESTION,), design, 0.95).empty


def test_by_chance_as_many_change_as_expected(make_trial, make_measurement) -> None:
    rng = np.random.default_rng(3)
    cells = {"region": [str(i) for i in range(400)]}
    times = {(s, ""): rng.normal(size=(160, 400)) for s in ("ses-a", "ses-b")}
    trial = make_trial({"arm": ["drug"] * 80 + ["placebo"] * 80})
    measured = {"m": make_measurement("m", times, cells)}
    table = reliable_change_table(trial, measured, (QUESTION,), PARALLEL, 0.95)
    drug = table[table["arm"] == "drug"]
    counted = (drug["rose"] + drug["fell"]).mean()
    assert counted == pytest.approx(drug["expected"].mean(), rel=0.1)


def test_motion_over_scans_people_and_within(make_measurement) -> None:
    rng = np.random.default_rng(4)
    moved = rng.gamma(6, 0.03, 20)
    values = -3 * moved + rng.normal(0, 0.1, 20)
    measured = make_measurement("m", {("ses-a", ""): values[:10], ("ses-b", ""): values[10:]})
    order = rng.permutation(20)
    table = motion_table({"m": measured}, quality(measured, moved).iloc[order])
    assert tuple(table.columns) == MOTION_COLUMNS
    rows = table.set_index("over")
    assert rows["n"].to_dict() == {"scans": 20, "people": 10, "within people": 20}
    assert rows["r"]["scans"] == pytest.approx(np.corrcoef(moved, values)[0, 1])
    means = moved[:10] + moved[10:], values[:10] + values[10:]
    assert rows["r"]["people"] == pytest.approx(np.corrcoef(*means)[0, 1])
    within = correlate_within(moved, values[:, None], np.tile(np.arange(10), 2))
    assert rows["ci_low"]["within people"] == pytest.approx(within.ci_low[0])
    # two scans of one person are not independent
    assert np.isnan(rows["ci_low"]["scans"])


def test_one_scan_each_has_an_interval_over_scans(make_measurement) -> None:
    values, moved = np.random.default_rng(5).normal(size=(2, 12))
    measured = make_measurement("m", {("ses-a", ""): values})
    rows = motion_table({"m": measured}, quality(measured, moved)).set_index("over")
    assert rows["ci_low"]["scans"] < rows["r"]["scans"] < rows["ci_high"]["scans"]
    assert rows["r"]["scans"] == pytest.approx(rows["r"]["people"])
    assert rows["status"]["within people"] == "too few participants"


def test_motion_is_absent_where_none_is_known(make_measurement) -> None:
    measured = make_measurement("m", {("ses-a", ""): np.arange(6.0)})
    unknown = quality(measured, np.full(6, np.nan))
    assert motion_table({"m": measured}, unknown).empty
    assert motion_table({"m": measured}, unknown.iloc[:0]).empty
    some = np.array([0.1, 0.2, np.nan, 0.15, 0.3, np.nan])
    assert motion_table({"m": measured}, quality(measured, some))["n"].max() == 4


def test_edges_are_left_out(make_trial, make_measurement) -> None:
    regions = [str(i) for i in range(90)]
    edges = make_measurement(
        "m", {("ses-a", ""): np.zeros((12, 90, 90))}, {"region": regions, "region2": regions}
    )
    assert motion_table({"m": edges}, quality(edges, np.arange(12.0))).empty
    assert split_half_table({"m": edges}, {"m": edges}).empty
    trial = make_trial({"arm": ["placebo"] * 12})
    assert reliability_table(trial, {"m": edges}, (QUESTION,), PARALLEL, 0.95).empty
