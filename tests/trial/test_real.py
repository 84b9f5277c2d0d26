"""The real data sets, as issue their READMEs describe them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from rewire.core.errors import TrialError
from rewire.core.exclusion import Exclusion
from rewire.trial.check import CheckResult, check_trial
from rewire.trial.reading import read_trial

pytestmark = pytest.mark.real


def check(root: Path, exclusions: tuple[Exclusion, ...] = ()) -> CheckResult:
    reading = read_trial(root, exclusions)
    return check_trial(reading, n_procs=1, exclusions=exclusions)


def test_psilodep1(shared_data: Path) -> None:
    trial = read_trial(shared_data / "psilodep1").trial
    assert check(shared_data / "psilodep1").faults == ()
    assert len(trial.participants) == 16
    sessions = trial.sessions.drop_duplicates("session_id")["session_id"].tolist()
    assert sessions == ["ses-baseline", "ses-week1", "ses-month3", "ses-month6"]
    change = trial.tabulated[trial.tabulated["change"]]
    assert set(change["measure"]) == {
        "dmn_recruitment",
        "dmn_en_integration",
        "dmn_sn_integration",
    }


def test_psilodep2(shared_data: Path) -> None:
    result = check(shared_data / "psilodep2")
    assert result.errors == ()
    (disagree,) = (str(f) for f in result.faults if f.code == "tables-disagree")
    assert "bdi.tsv and bdi_daws.tsv" in disagree
    assert "(ses-week2 6, ses-week4 7)" in disagree
    incomplete = [str(f) for f in result.faults if f.code == "incomplete"]
    assert any("43 of 59 participants have modularity_q_norm" in text for text in incomplete)


def test_ketamine_crossover(shared_data: Path) -> None:
    trial = read_trial(shared_data / "ketamine-crossover").trial
    assert check(shared_data / "ketamine-crossover").errors == ()
    counts = trial.participants["arm"].value_counts().to_dict()
    assert sorted(counts.values()) == [3, 22, 33]
    sessions = trial.sessions.drop_duplicates("session_id")
    assert sessions["session_id"].tolist() == ["ses-b0", "ses-d2", "ses-d10", "ses-p2", "ses-p10"]
    assert sessions["drug"].tolist() == ["none", "ketamine", "ketamine", "placebo", "placebo"]


def test_psilocybin_acute(shared_data: Path) -> None:
    trial = read_trial(shared_data / "psilocybin-acute").trial
    result = check(shared_data / "psilocybin-acute")
    assert result.faults == ()
    assert len(trial.scans) == 36
    assert (result.quality["retained_minutes"] == 5.0).all()
    assert trial.sessions.groupby("session_id")["dose_mg"].first().tolist() == [0.0, 2.0]
    scan = trial.load(trial.scans[0])
    plain = np.loadtxt(trial.scans[0].path, skiprows=1)
    np.testing.assert_allclose(scan.data, plain, rtol=1e-15)


def test_connectome_bold(shared_data: Path) -> None:
    trial = read_trial(shared_data / "connectome-bold").trial
    assert check(shared_data / "connectome-bold").faults == ()
    assert sorted({r.kind for r in trial.scans}) == ["bold", "connectome"]
    assert len(trial.scans) == len({r.id for r in trial.scans}) == 14
    for record in (r for r in trial.scans if r.kind == "connectome"):
        scan = trial.load(record)
        assert "meas-streamlines" in record.path.name
        np.testing.assert_array_equal(scan.data, scan.data.T)
        off = ~np.eye(len(scan.atlas), dtype=bool)
        assert scan.lengths is not None
        assert np.isfinite(scan.lengths[off]).all()
        assert np.isnan(np.diag(scan.lengths)).all()
        assert 1.0 < np.median(scan.lengths[off]) < 300.0


def break_four_ways(root: Path) -> None:
    (one, two, three) = (
        next(root.glob(f"sub-0{i}/ses-placebo/func/*acq-pre*_timeseries.tsv")) for i in (1, 2, 3)
    )
    one.write_bytes(one.read_bytes()[: one.stat().st_size // 2])
    two.write_text(two.read_text().replace("Precentral_L", "Precentral_X", 1))
    three.with_suffix(".json").write_text('{"TaskName": "rest"}')
    people = root / "participants.tsv"
    people.write_text(people.read_text().rstrip("\n") + "\n<script>alert(1)</script>\tcrossover\n")


def test_four_faults_in_one_message(shared_data: Path, tmp_path: Path) -> None:
    root = tmp_path / "broken"
    for path in (shared_data / "psilocybin-acute").rglob("*"):
        if path.is_file():
            target = root / path.relative_to(shared_data / "psilocybin-acute")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    break_four_ways(root)
    with pytest.raises(TrialError) as stopped:
        check(root).stop_on_errors()
    message = str(stopped.value)
    for part in ("unreadable-file", "missing Precentral_L", "missing-tr", "<script>alert(1)"):
        assert part in message
    assert "3 errors" in message
    exclusions = (
        Exclusion("sub-01", session="ses-placebo", acquisition="pre", reason="truncated"),
        Exclusion("sub-02", session="ses-placebo", reason="renamed column"),
        Exclusion("sub-03", reason="no repetition time"),
        Exclusion("<script>alert(1)</script>", reason="no person"),
    )
    result = check(root, exclusions)
    assert result.errors == ()
    assert {f.code for f in result.faults} == {"missing-session"}
    assert result.files_read == 36 - 1 - 2 - 4
