"""Checking a trial and drafting its plan from the command line, where a newcomer trips."""

from __future__ import annotations

import runpy
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rewire.cli import app
from rewire.core.errors import TrialError, UsageError
from rewire.pipeline.checking import check_folder, draft_for
from rewire.pipeline.opaque import key_of
from rewire.pipeline.preparing import Request
from rewire.plan.model import Plan

made: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[1] / "trial" / "fmriprep.py"))


def test_a_plan_that_leaves_out_a_scan_by_its_opaque_id_is_checked(
    small_trial: Path, tmp_path: Path
) -> None:
    row = key_of(small_trial, Plan(name="any"))[0]
    plan = tmp_path / "plan.toml"
    plan.write_text(f'name = "x"\n[[exclude]]\nscan = "{row.scan}"\nreason = "spikes"\n')
    checked = check_folder(small_trial, Request(out=Path(), plan=str(plan)))
    assert checked.plan_fault == ""
    told = [f.what for f in checked.faults if f.code == "missing-session"]
    assert any(row.record.participant in what for what in told)
    plan.write_text(plan.read_text().replace(row.scan, "scan-000000000000"))
    with pytest.raises(UsageError, match="no scan is scan-000000000000"):
        check_folder(small_trial, Request(out=Path(), plan=str(plan)))


def test_a_draft_for_an_atlas_that_is_not_there_is_refused(small_trial: Path) -> None:
    with pytest.raises(TrialError, match="no scan was reduced to 'Schaefer'; there are Toy12"):
        draft_for(small_trial, "usual", "Schaefer")


def test_a_draft_keeps_the_atlas_that_it_was_made_for(small_trial: Path) -> None:
    for path in list(small_trial.rglob("*Toy12*")):
        shutil.copy(path, path.with_name(path.name.replace("Toy12", "Other")))
    with pytest.raises(TrialError, match="the scans come in 2 atlases: Other, Toy12"):
        draft_for(small_trial, "usual", None)
    drafted = tomllib.loads(draft_for(small_trial, "usual", "Other"))
    assert drafted["atlas"] == "Other"
    assert drafted["measures"]


def test_a_draft_for_images_says_that_they_are_not_read_or_reads_them(tmp_path: Path) -> None:
    made["write_trial"](tmp_path / "trial", people=2, sessions=("ses-baseline", "ses-week6"))
    unread = CliRunner().invoke(app, ["plan", "new", str(tmp_path / "trial")])
    assert "# CHECK: 4 runs are in images alone" in unread.output
    more = ["--set", "images.strategy=6p"]
    read = CliRunner().invoke(app, ["plan", "new", str(tmp_path / "trial"), *more])
    drafted = tomllib.loads(read.output)
    assert drafted["images"]["strategy"] == "6p"
    assert drafted["measures"]
