"""What the walk over a folder finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rewire.trial.bids import index_trial, parse_name

FUNC = "sub-01/ses-a/func/sub-01_ses-a_task-rest_acq-pre_run-2"


def touch(folder: Any, *names: str) -> None:
    for name in names:
        folder.text(name, "")


def test_entities_and_companions(folder: Any) -> None:
    touch(
        folder,
        f"{FUNC}_space-fsLR_den-91k_seg-4S156Parcels_stat-mean_timeseries.tsv",
        f"{FUNC}_space-fsLR_den-91k_seg-4S156Parcels_stat-mean_timeseries.json",
        f"{FUNC}_motion.tsv",
        f"{FUNC}_outliers.tsv",
        f"{FUNC}_desc-confounds_timeseries.tsv",
        "sub-01/sub-01_sessions.tsv",
    )
    index = index_trial(folder.root)
    (record,) = index.scans
    assert (record.participant, record.session) == ("sub-01", "ses-a")
    assert (record.acquisition, record.run, record.task) == ("pre", "2", "rest")
    assert record.atlas == "4S156Parcels"
    assert record.sidecar == record.path.with_suffix(".json")
    assert record.motion is not None
    assert record.motion.name == Path(f"{FUNC}_motion.tsv").name
    assert [p.name for p in index.session_tables] == ["sub-01_sessions.tsv"]


@pytest.mark.parametrize(
    ("companion", "found"),
    [
        (f"{FUNC}_desc-confounds_timeseries.tsv", True),
        (f"{FUNC}_outliers.tsv", True),
        (f"{FUNC.replace('run-2', 'run-1')}_motion.tsv", False),
        (f"{FUNC.replace('task-rest', 'task-movie')}_motion.tsv", False),
    ],
)
def test_motion_belongs_to_the_same_recording(folder: Any, companion: str, found: bool) -> None:
    touch(folder, f"{FUNC}_seg-X_timeseries.tsv", companion)
    (record,) = index_trial(folder.root).scans
    assert (record.motion is not None) is found


@pytest.mark.parametrize(
    "name",
    [
        f"{FUNC}_seg-X_stat-alff_bold.tsv",
        f"{FUNC}_seg-X_stat-pearsoncorrelation_relmat.tsv",
        f"{FUNC}_seg-X_stat-std_timeseries.tsv",
        f"{FUNC}_desc-confounds_timeseries.tsv",
        f"{FUNC}_timeseries.tsv",
        "derivatives/sub-01/func/sub-01_seg-X_timeseries.tsv",
        "sub-01/.git/sub-01_seg-X_timeseries.tsv",
    ],
)
def test_what_is_no_scan(folder: Any, name: str) -> None:
    touch(folder, name)
    assert index_trial(folder.root).scans == ()


def test_the_folders_name_the_session_where_the_file_does_not(folder: Any) -> None:
    touch(folder, "sub-01/ses-a/func/task-rest_seg-X_timeseries.tsv")
    (record,) = index_trial(folder.root).scans
    assert (record.participant, record.session) == ("sub-01", "ses-a")


def test_a_session_above_the_trial_does_not_count(tmp_path: Path) -> None:
    root = tmp_path / "ses-outer"
    (root / "sub-01" / "func").mkdir(parents=True)
    (root / "sub-01" / "func" / "sub-01_seg-X_timeseries.tsv").write_text("")
    assert index_trial(root).scans[0].session == ""


def test_a_loop_of_links_ends(folder: Any) -> None:
    touch(folder, f"{FUNC}_seg-X_timeseries.tsv")
    (folder.root / "sub-01" / "loop").symlink_to(folder.root / "sub-01")
    assert len({r.path.name for r in index_trial(folder.root).scans}) == 1


def test_names_that_are_not_bids() -> None:
    name = parse_name("notes.txt")
    assert (name.entities, name.suffix, name.ending) == ((), "notes", ".txt")
