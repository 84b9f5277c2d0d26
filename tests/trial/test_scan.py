"""Loading one scan: order of regions, inherited sidecars, motion and censoring."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rewire.core.errors import DataError
from rewire.trial.reading import read_trial

STEM = "sub-01/ses-a/func/sub-01_ses-a_task-rest_run-1"
SERIES = f"{STEM}_space-MNI_seg-Small_stat-mean_timeseries.tsv"


def load(folder: Any) -> Any:
    trial = read_trial(folder.root).trial
    return trial.load(trial.scans[0])


def test_columns_follow_the_atlas(folder: Any) -> None:
    folder.table("atlases/atlas-Small_dseg.tsv", [("index", "name"), (1, "a"), (2, "b"), (3, "c")])
    folder.table(SERIES, [("c", "a", "b"), (3, 1, 2), (30, 10, 20)])
    folder.json(SERIES.replace(".tsv", ".json"), {"RepetitionTime": 2})
    np.testing.assert_array_equal(load(folder).data, [[1, 2, 3], [10, 20, 30]])


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (SERIES.replace(".tsv", ".json"), {"SamplingFrequency": 0.5}, 2.0),
        ("task-rest_bold.json", {"RepetitionTime": 0.8}, 0.8),
        ("timeseries.json", {"RepetitionTime": 1.1}, 1.1),
        ("sub-01/sub-01_bold.json", {"RepetitionTime": 1.2}, 1.2),
        (f"{STEM}_space-MNI_desc-denoised_bold.json", {"RepetitionTime": 1.3}, 1.3),
    ],
)
def test_where_the_repetition_time_may_stand(
    folder: Any, name: str, content: object, expected: float
) -> None:
    folder.series(SERIES, tr=None)
    folder.json(name, content)
    assert load(folder).facts["repetition_time"] == expected


def test_the_nearest_sidecar_wins(folder: Any) -> None:
    folder.series(SERIES, tr=None)
    folder.json("task-rest_bold.json", {"RepetitionTime": 1})
    folder.json("sub-01/sub-01_task-rest_bold.json", {"RepetitionTime": 2})
    assert load(folder).facts["repetition_time"] == 2.0
    folder.json(SERIES.replace(".tsv", ".json"), {"RepetitionTime": 3})
    assert load(folder).facts["repetition_time"] == 3.0


@pytest.mark.parametrize(
    "name", ["task-movie_bold.json", "sub-01/ses-a/func/sub-01_ses-a_run-2_bold.json"]
)
def test_a_sidecar_of_something_else_does_not_count(folder: Any, name: str) -> None:
    folder.series(SERIES, tr=None)
    folder.json(name, {"RepetitionTime": 1})
    with pytest.raises(DataError, match=r"run-1_space-MNI.*RepetitionTime"):
        load(folder)


@pytest.mark.parametrize("value", ["TR", True, 0, -2, None, [2]])
def test_what_is_no_repetition_time(folder: Any, value: object) -> None:
    folder.series(SERIES, tr=None)
    folder.json(SERIES.replace(".tsv", ".json"), {"RepetitionTime": value})
    with pytest.raises(DataError, match="missing-tr"):
        load(folder)


def test_motion_of_xcp_d(folder: Any) -> None:
    folder.series(SERIES, volumes=4)
    folder.table(
        f"{STEM}_motion.tsv",
        [("rot_x", "framewise_displacement"), (0, "n/a"), (0, 0.1), (0, 0.9), (0, 0.2)],
    )
    folder.table(f"{STEM}_outliers.tsv", [("framewise_displacement",), (0,), (0,), (1,), (0,)])
    scan = load(folder)
    assert scan.facts["mean_framewise_displacement"] == pytest.approx(0.4)
    assert scan.kept.tolist() == [True, True, False, True]
    assert scan.series().shape == (3, 4)


def test_motion_of_fmriprep(folder: Any) -> None:
    folder.series(SERIES, volumes=3)
    folder.table(
        f"{STEM}_desc-confounds_timeseries.tsv",
        [("csf", "framewise_displacement"), (1, "n/a"), (1, 0.2), (1, 0.4)],
    )
    scan = load(folder)
    assert scan.facts["mean_framewise_displacement"] == pytest.approx(0.3)
    assert scan.kept is None


def test_censored_rows_are_not_kept(folder: Any) -> None:
    rows = [(1, 2), ("n/a", "n/a"), (3, 4)]
    folder.table(SERIES, [("a", "b"), *rows])
    folder.json(SERIES.replace(".tsv", ".json"), {"RepetitionTime": 2})
    scan = load(folder)
    assert scan.kept.tolist() == [True, False, True]
    np.testing.assert_array_equal(scan.series(), [[1, 2], [3, 4]])


def test_censored_rows_that_were_left_out_are_put_back(folder: Any) -> None:
    folder.table(SERIES, [("a", "b"), (1, 2), (3, 4)])
    folder.json(SERIES.replace(".tsv", ".json"), {"RepetitionTime": 2})
    folder.table(f"{STEM}_outliers.tsv", [("framewise_displacement",), (0,), (1,), (1,), (0,)])
    scan = load(folder)
    assert scan.kept.tolist() == [True, False, False, True]
    np.testing.assert_array_equal(scan.series(), [[1, 2], [3, 4]])
    assert np.isnan(scan.data[1:3]).all()
    assert "mean_framewise_displacement" not in scan.facts


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("framewise_displacement",), (0,), (1,), (1,), (0,), (0,)], "motion-length"),
        ([("framewise_displacement",), (0.1,), (0.2,), (0.3,), (0.4,)], "motion-table"),
        ([("other",), (0,), (0,), (0,), (0,)], "motion-table"),
    ],
)
def test_outliers_that_do_not_fit_warn(folder: Any, rows: list[Any], code: str) -> None:
    folder.series(SERIES, volumes=4)
    folder.table(f"{STEM}_outliers.tsv", rows)
    assert load(folder).kept is None
    found = [f for f in folder.check().faults if f.code == code]
    assert [f.severity for f in found] == ["warning"]


def test_the_error_names_the_file(folder: Any) -> None:
    folder.series(SERIES)
    (folder.root / SERIES).write_text("a\tb\n1\n")
    with pytest.raises(DataError, match="sub-01_ses-a_task-rest_run-1_space-MNI"):
        load(folder)


@pytest.mark.parametrize("cell", ["inf", "-inf", "1e999", "n/a", "NaN", ""])
def test_values_that_are_missing(folder: Any, cell: str) -> None:
    folder.table(SERIES, [("a", "b"), (1, cell), (3, 4)])
    folder.json(SERIES.replace(".tsv", ".json"), {"RepetitionTime": 2})
    assert np.isnan(load(folder).data[0, 1])


def test_a_connectome_must_be_square(folder: Any) -> None:
    name = "sub-01/dwi/sub-01_seg-Two_meas-streamlines_relmat.tsv"
    folder.table(name, [("a", "b"), (0, 3)])
    with pytest.raises(DataError, match="1 rows, but 2 regions"):
        load(folder)
