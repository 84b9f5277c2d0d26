"""Layouts that people have: with and without sessions, tables and participants.tsv."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewire.core.errors import TrialError
from rewire.core.exclusion import Exclusion
from rewire.core.schema import SCORE_COLUMNS, SESSION_COLUMNS, TABULATED_COLUMNS
from rewire.trial.reading import read_trial


def test_what_a_whole_trial_reads_as(whole: Any) -> None:
    reading = read_trial(whole.root)
    trial = reading.trial
    assert reading.faults == ()
    assert tuple(trial.sessions) == SESSION_COLUMNS
    assert tuple(trial.scores) == SCORE_COLUMNS
    assert tuple(trial.tabulated) == TABULATED_COLUMNS
    assert trial.participants["age"].tolist() == [30.0, 31.0, 32.0, 33.0]
    assert trial.participants["arm"].tolist() == ["placebo", "drug", "placebo", "drug"]
    assert trial.scores["value"].dtype == np.float64
    assert list(trial.scales) == ["bdi"]
    assert len(trial.scans) == len({r.id for r in trial.scans}) == 8
    scan = trial.load(trial.scans[0])
    assert scan.data.shape == (150, 4)
    assert scan.facts == {"repetition_time": 2.0}
    assert scan.id == trial.scans[0].id


def test_a_scan_says_nothing_of_whose_it_is(whole: Any) -> None:
    trial = read_trial(whole.root).trial
    text = repr(trial.load(trial.scans[0]))
    assert not any(word in text for word in ("sub-01", "ses-", "placebo", str(whole.root)))


def test_ids_do_not_depend_on_the_place(whole: Any, tmp_path: Path) -> None:
    before = [r.id for r in read_trial(whole.root).trial.scans]
    whole.root = whole.root.rename(tmp_path / "elsewhere")
    assert [r.id for r in read_trial(whole.root).trial.scans] == before
    assert all(len(i) == 17 and i.startswith("scan-") for i in before)


def test_the_loader_can_be_pickled(whole: Any) -> None:
    trial = read_trial(whole.root).trial
    load = pickle.loads(pickle.dumps(trial.load))
    first = trial.scans[0]
    np.testing.assert_array_equal(load(first).data, trial.load(first).data)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(TrialError, match="no such folder"):
        read_trial(tmp_path / "nowhere")
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(TrialError, match="not a folder"):
        read_trial(file)


def test_nobody(tmp_path: Path) -> None:
    with pytest.raises(TrialError, match=r"participants\.tsv"):
        read_trial(tmp_path)


def test_nothing_to_analyse(folder: Any) -> None:
    folder.table("participants.tsv", [("participant_id",), ("sub-01",)])
    reading = read_trial(folder.root)
    with pytest.raises(TrialError, match="nothing-to-analyse"):
        reading.stop_on_errors()


def test_without_participants_table(whole: Any) -> None:
    (whole.root / "participants.tsv").unlink()
    reading = read_trial(whole.root)
    assert [f.code for f in reading.faults] == ["no-participants-table"]
    assert reading.trial.participants["participant_id"].tolist() == [
        "sub-01",
        "sub-02",
        "sub-03",
        "sub-04",
    ]
    assert reading.trial.participants["arm"].tolist() == [""] * 4


def test_without_sessions(folder: Any) -> None:
    folder.series("sub-01/func/sub-01_task-rest_run-2_seg-Small_stat-mean_timeseries.tsv")
    folder.table("phenotype/bdi.tsv", [("participant_id", "bdi"), ("sub-01", 12)])
    trial = read_trial(folder.root).trial
    assert trial.sessions[["participant_id", "session_id", "order"]].to_numpy().tolist() == [
        ["sub-01", "", 0]
    ]
    assert trial.scans[0].run == "2"
    assert trial.scores[["session_id", "scale", "value"]].to_numpy().tolist() == [["", "bdi", 12.0]]


@pytest.mark.parametrize("column", ["arm", "group", "treatment_arm", "treatment"])
def test_where_the_arm_stands(whole: Any, column: str) -> None:
    path = whole.root / "participants.tsv"
    path.write_text(path.read_text().replace("\tarm\t", f"\t{column}\t"))
    participants = read_trial(whole.root).trial.participants
    assert participants["arm"].tolist() == ["placebo", "drug", "placebo", "drug"]
    assert column in participants


def test_numbers_text_and_missing_cells(whole: Any) -> None:
    rows = [("sub-01", "a", "1.5", "n/a"), ("sub-02", "b", "n/a", "M")]
    whole.table("participants.tsv", [("participant_id", "arm", "bmi", "sex"), *rows])
    table = read_trial(whole.root).trial.participants
    assert table["bmi"].dtype == np.float64
    assert np.isnan(table["bmi"][1])
    assert table["sex"].tolist()[:2] == ["", "M"]


def test_root_sessions_table(whole: Any) -> None:
    rows = [("ses-week6", "FollowUp", 42, 25), ("ses-baseline", "baseline", -7, "n/a")]
    whole.table("sessions.tsv", [("session_id", "phase", "days_since_infusion", "dose_mg"), *rows])
    table = read_trial(whole.root).trial.sessions
    assert table["session_id"].tolist() == ["ses-baseline"] * 4 + ["ses-week6"] * 4
    assert table["phase"].tolist() == ["baseline"] * 4 + ["follow-up"] * 4
    assert table["days"].tolist() == [-7.0] * 4 + [42.0] * 4
    assert table["dose_mg"].tolist()[4:] == [25.0] * 4
    assert np.isnan(table["dose_mg"][0])


def test_participants_own_sessions(whole: Any) -> None:
    head = ("session_id", "drug", "dose_mg", "therapist", "setting")
    rows = [("ses-baseline", "none", 0, "A", "clinic"), ("ses-week6", "psilocybin", 25, "B", "")]
    whole.table("sub-01/sub-01_sessions.tsv", [head, *rows])
    table = read_trial(whole.root).trial.sessions
    mine = table[table["participant_id"] == "sub-01"]
    assert mine["drug"].tolist() == ["none", "psilocybin"]
    assert mine["therapist"].tolist() == ["A", "B"]
    others = table[table["participant_id"] != "sub-01"]
    assert set(others["drug"]) == {""}


def test_rest_is_taken_from_several_tasks(whole: Any) -> None:
    whole.series(whole.scan("sub-01", "ses-week6").replace("task-rest", "task-movie"))
    reading = read_trial(whole.root)
    assert [f.code for f in reading.faults] == ["several-tasks"]
    assert {r.task for r in reading.trial.scans} == {"rest"}


def test_file_in_somebody_elses_folder(whole: Any) -> None:
    path = whole.root / whole.scan("sub-01", "ses-week6")
    path.rename(whole.root / whole.scan("sub-02", "ses-week6").rpartition("/")[0] / path.name)
    faults = read_trial(whole.root).faults
    assert [f.code for f in faults] == ["misplaced-file"]


def test_wide_scores_and_personal_columns(whole: Any) -> None:
    head = ("participant_id", "madrs_baseline", "madrs_week6", "expectancy", "note")
    whole.table("phenotype/wide.tsv", [head, ("sub-01", 30, "n/a", 70, "x")])
    trial = read_trial(whole.root).trial
    rows = trial.scores[trial.scores["scale"] == "madrs"]
    assert rows["session_id"].tolist() == ["ses-baseline", "ses-week6"]
    assert rows["value"].tolist()[0] == 30.0
    assert np.isnan(rows["value"].tolist()[1])
    assert trial.participants["expectancy"].tolist()[0] == 70.0
    assert "note" not in trial.participants


def test_exclusions_keep_people_in_the_trial(whole: Any) -> None:
    trial = read_trial(whole.root, [Exclusion("sub-01", reason="moved away")]).trial
    assert "sub-01" in set(trial.participants["participant_id"])


def test_the_name_of_a_trial(whole: Any) -> None:
    assert read_trial(whole.root).trial.name == "trial"
    whole.json("dataset_description.json", {"Name": "A trial"})
    assert read_trial(whole.root).trial.name == "A trial"
    whole.text("dataset_description.json", "broken {")
    assert read_trial(whole.root).trial.name == "trial"


def test_connectomes(folder: Any) -> None:
    names = ("b", "a")
    for meas in ("streamlines", "length"):
        rows = [names, (0, 3), (5, 1)]
        folder.table(f"sub-01/dwi/sub-01_seg-Two_meas-{meas}_relmat.tsv", rows)
    folder.table("atlases/atlas-Two_dseg.tsv", [("index", "name"), (1, "a"), (2, "b")])
    trial = read_trial(folder.root).trial
    assert {r.kind for r in trial.scans} == {"connectome"}
    assert len(trial.scans) == 1
    np.testing.assert_array_equal(trial.load(trial.scans[0]).data, [[1.0, 5.0], [3.0, 0.0]])
