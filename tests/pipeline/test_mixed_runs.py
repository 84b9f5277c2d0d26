"""A mixed model from a plan, on the real crossover, to the report."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.real

PLAN = """
format = 1
name = "ketamine-mixed"
author = "person"

[roles]
outcome = ["madrs_total"]

[inference]
permutations = 0

[[questions]]
name = "ketamine"
text = "Were people less depressed two days after ketamine than after placebo?"
kind = "mixed"
standing = "primary"
outcomes = ["madrs_total"]
after = ["ses-d2", "ses-p2"]
where = { group = "MDD" }

[questions.options]
formula = "madrs_total ~ drug + period + infusion_1 + (1 | participant_id)"
at = ["ses-d2", "ses-p2"]
terms = ["drug[ketamine]"]
reference = { drug = "placebo", infusion_1 = "p" }
periods = ["infusion_1", "infusion_2"]
codes = { d = "ketamine", p = "placebo" }
"""


def test_ketamine_against_placebo_with_period_and_order(shared_data: Path, tmp_path: Path) -> None:
    """The numbers of ``test_lmertest``: -7.31, SE 1.98, df 22.9 from 53 rows."""
    (tmp_path / "plan.toml").write_text(PLAN)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "rewire.cli", "run", shared_data / "ketamine-crossover", out]
    command += ["--plan", tmp_path / "plan.toml", "--quiet"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    effects = pd.read_csv(out / "effects" / "effects.tsv", sep="\t", na_values="n/a")
    found = effects.set_index("term").loc["drug[ketamine]"]
    assert round(found.estimate, 2) == -7.31
    assert round(found.se, 2) == 1.98
    assert round(found.df, 1) == 22.9
    assert found.p_adjusted == found.p
    assert "53 rows" in found.method
    assert effects.p_adjusted.notna().sum() == 1
    models = pd.read_csv(out / "effects" / "mixed_models.tsv", sep="\t")
    assert models["rows"].tolist() == [53]
    report = (out / "report.html").read_text()
    assert "MADRS was lower with drug ketamine than with placebo" in report
    assert "The mixed model of MADRS" in report
