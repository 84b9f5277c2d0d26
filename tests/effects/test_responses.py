"""Values of measures and scores at time points."""

from __future__ import annotations

import numpy as np
import xarray as xr

from rewire.core.types import Measurement, Timepoint
from rewire.effects.responses import measure_response, score_response

PEOPLE = tuple(f"sub-{i:02d}" for i in range(3))


def test_values_stand_at_their_time_point(make_measurement) -> None:
    m = make_measurement("q", {("ses-a", "pre"): [1, 2, 3], ("ses-a", "post"): [4, 5, np.nan]})
    response = measure_response(m, PEOPLE)
    np.testing.assert_array_equal(response.at(Timepoint("ses-a", "pre"))[:, 0], [1, 2, 3])
    np.testing.assert_array_equal(response.at(Timepoint("", "post"))[:, 0], [4, 5, np.nan])
    assert np.isnan(response.at(Timepoint("ses-b"))).all()


def test_runs_are_averaged_over_those_that_gave_a_value() -> None:
    data = xr.Dataset(
        {"value": ("scan", [1.0, 3.0, np.nan, 8.0])},
        coords={
            "participant_id": ("scan", ["sub-00", "sub-00", "sub-01", "sub-01"]),
            "session_id": ("scan", ["ses-a"] * 4),
            "acquisition": ("scan", [""] * 4),
            "run": ("scan", ["1", "2", "1", "2"]),
        },
    )
    response = measure_response(Measurement("q", "1", "", data), PEOPLE)
    np.testing.assert_array_equal(response.at(Timepoint("ses-a"))[:, 0], [2, 8, np.nan])


def test_people_outside_the_analysis_are_left_out(make_measurement) -> None:
    m = make_measurement("q", {("ses-a", ""): [1, 2, 3]})
    response = measure_response(m, ("sub-02", "sub-00"))
    np.testing.assert_array_equal(response.at(Timepoint("ses-a"))[:, 0], [3, 1])


def test_a_symmetric_matrix_keeps_its_upper_triangle(make_measurement) -> None:
    raw = np.random.default_rng(0).normal(size=(3, 4, 4))
    matrix = raw + raw.transpose(0, 2, 1)
    names = list("abcd")
    edges = measure_response(
        make_measurement("c", {("ses-a", ""): matrix}, {"region": names, "region2": names}), PEOPLE
    )
    assert [(p.region, p.region2) for p in edges.places] == [
        ("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d"),
    ]  # fmt: skip
    np.testing.assert_array_equal(edges.values[:, 3], matrix[:, 1, 2])
    networks = measure_response(
        make_measurement("c", {("ses-a", ""): matrix}, {"network": names, "network2": names}),
        PEOPLE,
    )
    assert len(networks.places) == 10
    directed = measure_response(
        make_measurement("c", {("ses-a", ""): raw}, {"network": names, "network2": names}), PEOPLE
    )
    assert len(directed.places) == 16


def test_other_dims_are_written_into_the_level(make_measurement) -> None:
    m = make_measurement(
        "q", {("ses-a", ""): np.zeros((3, 2, 2))}, {"model": ["s", "h"], "density": [0.1, 0.2]}
    )
    levels = [p.level for p in measure_response(m, PEOPLE).places]
    assert levels == [
        "density=0.1;model=s", "density=0.2;model=s", "density=0.1;model=h", "density=0.2;model=h",
    ]  # fmt: skip


def test_scores_are_a_response_with_one_cell(make_trial) -> None:
    trial = make_trial({"arm": ["x"] * 3}, {("bdi", "ses-a"): [10, 20, np.nan]})
    response = score_response(trial, "bdi", PEOPLE)
    np.testing.assert_array_equal(response.at(Timepoint("ses-a"))[:, 0], [10, 20, np.nan])
    assert (response.measure, response.outcome) == ("", "bdi")
