"""Motion, outliers and coverage that lie apart from the series, as XCP-D may write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewire.plan.parts import ImageChoice
from rewire.trial.check import check_trial
from rewire.trial.companions import recording_of
from rewire.trial.reading import read_trial

FUNC = "sub-01/ses-a/func/sub-01_ses-a_task-rest_run-1"
SERIES = f"{FUNC}_space-MNI_seg-Small_stat-mean_timeseries.tsv"
REGIONS = ("a", "b", "c")


def put_series(folder: Any) -> None:
    folder.series(SERIES, volumes=4, regions=REGIONS)


def load(folder: Any, minimum: float = 0.5) -> Any:
    choice = ImageChoice(minimum_coverage=minimum)
    trial = read_trial(folder.root, images=choice).trial
    return trial.load(trial.scans[0])


@pytest.mark.parametrize(
    ("motion", "outliers"),
    [
        (f"{FUNC}_motion.tsv", f"{FUNC}_outliers.tsv"),
        (f"{FUNC}_desc-filtered_motion.tsv", f"{FUNC}_outliers.tsv"),
        (f"{FUNC}_space-T1w_desc-filtered_motion.tsv", f"{FUNC}_desc-abs_outliers.tsv"),
        (
            "sub-01/ses-a/motion/sub-01_ses-a_task-rest_run-1_motion.tsv",
            "sub-01/motion/sub-01_ses-a_task-rest_run-1_outliers.tsv",
        ),
        ("sub-01/ses-a/motion/task-rest_run-1_motion.tsv", f"{FUNC}_outliers.tsv"),
    ],
)
def test_motion_and_outliers_apart(folder: Any, motion: str, outliers: str) -> None:
    put_series(folder)
    folder.table(motion, [("framewise_displacement",), ("n/a",), (0.1,), (0.9,), (0.2,)])
    folder.table(outliers, [("framewise_displacement",), (0,), (0,), (1,), (0,)])
    scan = load(folder)
    assert scan.facts["mean_framewise_displacement"] == pytest.approx(0.4)
    assert scan.kept.tolist() == [True, True, False, True]


@pytest.mark.parametrize(
    "name",
    [
        f"{FUNC.replace('run-1', 'run-2')}_motion.tsv",
        f"{FUNC.replace('ses-a_', 'ses-b_')}_motion.tsv",
        "sub-02/ses-a/func/sub-02_ses-a_task-rest_run-1_motion.tsv",
    ],
)
def test_motion_of_something_else(folder: Any, name: str) -> None:
    put_series(folder)
    folder.table(name, [("framewise_displacement",), *[(0.1,)] * 4])
    assert "mean_framewise_displacement" not in load(folder).facts


@pytest.mark.parametrize(
    "name",
    [
        f"{FUNC}_space-MNI_seg-Small_stat-coverage_bold.tsv",
        "sub-01/ses-a/quality/sub-01_ses-a_task-rest_run-1_seg-Small_stat-coverage_bold.tsv",
    ],
)
def test_regions_with_low_coverage_are_left_out(folder: Any, name: str) -> None:
    put_series(folder)
    folder.table(name, [("c", "a", "b"), (0.49, 1, 0.5)])
    assert np.isnan(load(folder).data).all(axis=0).tolist() == [False, False, True]
    assert not np.isnan(load(folder, 0.4).data).any()
    result = check_trial(read_trial(folder.root), n_procs=1)
    (fault,) = [f for f in result.faults if f.code == "low-coverage"]
    assert "1 region with less than 50% of their volume in the image: c (49%)" in fault.what
    assert result.coverage[["region", "coverage"]].to_numpy().tolist() == [
        ["a", 1.0],
        ["b", 0.5],
        ["c", 0.49],
    ]


@pytest.mark.parametrize(
    "name",
    [
        f"{FUNC}_space-MNI_seg-Other_stat-coverage_bold.tsv",
        f"{FUNC}_space-fsLR_seg-Small_stat-coverage_bold.tsv",
    ],
)
def test_coverage_of_another_parcellation(folder: Any, name: str) -> None:
    put_series(folder)
    folder.table(name, [REGIONS, (0, 0, 0)])
    assert not np.isnan(load(folder).data).any()


@pytest.mark.parametrize(
    "rows", [[(1, 2, 0)], [(1, 1, 1), (1, 1, 1)], [("n/a",) * 3], [("x",) * 3]]
)
def test_a_coverage_table_that_cannot_be_used(folder: Any, rows: Any) -> None:
    put_series(folder)
    folder.table(f"{FUNC}_seg-Small_stat-coverage_bold.tsv", [REGIONS, *rows])
    assert not np.isnan(load(folder).data).any()
    (fault,) = folder.faults("coverage-table")
    assert fault.severity == "warning"


def test_where_nothing_names_the_person_or_session() -> None:
    assert recording_of(Path("/x/sub-9/ses-b/func/task-rest_motion.tsv")) == recording_of(
        Path("sub-9/func/sub-9_ses-b_task-rest_space-X_desc-y_bold.nii.gz")
    )
    assert recording_of(Path("/ses-outer/sub-9/func/sub-9_motion.tsv")).session == ""
