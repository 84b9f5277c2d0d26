"""What a run says of reliability, from the command line on a small trial."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


def rewire(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "rewire.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / "effects" / f"{name}.tsv", sep="\t")


@pytest.fixture
def moving_trial(small_trial: Path) -> Path:
    """The small trial with known motion."""
    rng = np.random.default_rng(3)
    for path in sorted(small_trial.rglob("*timeseries.tsv")):
        stem = path.name.partition("_seg-")[0]
        moved = rng.gamma(6, 0.02, 150)
        lines = ["framewise_displacement", "n/a", *(f"{v:.4f}" for v in moved[1:])]
        (path.parent / f"{stem}_motion.tsv").write_text("\n".join(lines) + "\n")
        sidecar = {"framewise_displacement": {"Units": "mm"}}
        (path.parent / f"{stem}_motion.json").write_text(json.dumps(sidecar))
    return small_trial


def test_reliability_stands_beside_every_measure(moving_trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    quick = ["--set", "permutations=99", "--quiet"]
    rewire("run", moving_trial, out, *quick)
    halves = table(out, "split_half")
    assert {"connectivity_network", "global_brain_connectivity", "modularity_q_norm"} <= set(
        halves["measure"]
    )
    assert set(halves["n"]) == {8}
    counted = table(out, "reliable_change")
    assert set(counted["arm"]) == {"psilocybin", "placebo"}
    assert set(counted["pairs"]) == {"placebo: ses-baseline, ses-week6"}
    moved = table(out, "motion")
    assert set(moved["over"]) == {"scans", "people", "within people"}
    page = (out / "report.html").read_text(encoding="utf-8")
    for title in ("repeat within a scan?", "more than measurement error?", "Is it motion?"):
        assert title in page
    rewire("run", moving_trial, tmp_path / "off", *quick, "--set", "split_half=false")
    assert table(tmp_path / "off", "split_half").empty
    name = "measures/modularity_q_norm.tsv"
    assert (out / name).read_bytes() == (tmp_path / "off" / name).read_bytes()
