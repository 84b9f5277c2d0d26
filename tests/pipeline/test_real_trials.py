"""The published numbers, from the command line, on the real trials."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.real


def rewire(*arguments: str | Path, status: int = 0) -> str:
    """Run the command line and return what it printed."""
    command = [sys.executable, "-m", "rewire.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr + done.stdout
    return done.stdout + done.stderr


def effects(out: Path, name: str = "effects") -> pd.DataFrame:
    """Return a table of effects."""
    return pd.read_csv(out / "effects" / f"{name}.tsv", sep="\t")


def row(table: pd.DataFrame, **where: str) -> pd.Series:
    """Return the only row in which these columns have these values."""
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1, table
    return table.iloc[0]


@pytest.fixture(scope="module")
def trial1(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("psilodep1") / "out"
    rewire("run", shared_data / "psilodep1", out, "--plan", "daws2022", "--quiet")
    return out


@pytest.fixture(scope="module")
def trial2(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("psilodep2") / "out"
    rewire("run", shared_data / "psilodep2", out, "--plan", "daws2022", "--quiet")
    return out


def test_trial_1_modularity_falls(trial1: Path) -> None:
    change = row(effects(trial1), question="modularity_change")
    assert change.estimate == pytest.approx(-0.286, abs=5e-4)
    assert change.statistic == pytest.approx(-2.870, abs=5e-4)
    assert change.df == 15
    assert change.p == pytest.approx(0.0117, abs=5e-5)
    assert (change.ci_low, change.ci_high) == pytest.approx((-0.499, -0.074), abs=5e-4)


@pytest.mark.parametrize(
    ("question", "session", "r"),
    [
        ("after_symptoms", "ses-week1", 0.286),
        ("after_symptoms", "ses-month3", 0.456),
        ("after_symptoms", "ses-month6", 0.639),
        ("change_symptoms", "ses-week1", -0.10),
        ("change_symptoms", "ses-month3", 0.12),
        ("change_symptoms", "ses-month6", 0.535),
    ],
)
def test_trial_1_associations(trial1: Path, question: str, session: str, r: float) -> None:
    found = row(effects(trial1), question=question, session=session, outcome="bdi")
    assert found.estimate == pytest.approx(r, abs=5e-3 if abs(r) < 0.2 else 5e-4)


def test_trial_1_false_discovery_rate_over_three_time_points(trial1: Path) -> None:
    month6 = row(effects(trial1), question="after_symptoms", session="ses-month6")
    assert month6.p == pytest.approx(0.0077, abs=5e-5)
    assert month6.p_adjusted == pytest.approx(0.023, abs=5e-4)


def test_trial_2_arms_and_their_difference(trial2: Path) -> None:
    table = effects(trial2)
    psilocybin = row(table, question="modularity_change", arm="psilocybin")
    escitalopram = row(table, question="modularity_change", arm="escitalopram")
    assert psilocybin.estimate == pytest.approx(-0.386, abs=5e-4)
    assert (psilocybin.statistic, psilocybin.df) == pytest.approx((-2.20, 21), abs=5e-3)
    assert psilocybin.p == pytest.approx(0.039, abs=5e-4)
    assert escitalopram.estimate == pytest.approx(0.011, abs=5e-4)
    assert (escitalopram.statistic, escitalopram.df) == pytest.approx((0.07, 20), abs=5e-3)
    interaction = row(table, question="modularity_interaction")
    assert interaction.statistic**2 == pytest.approx(2.72, abs=5e-3)
    assert interaction.df == 41
    assert interaction.p == pytest.approx(0.107, abs=5e-4)


def test_trial_2_association_one_and_two_sided(trial2: Path) -> None:
    table = effects(trial2)
    both = row(table, question="change_symptoms", arm="psilocybin")
    one = row(table, question="change_symptoms_one_sided", arm="psilocybin")
    assert both.estimate == pytest.approx(0.422, abs=5e-4)
    assert (both.alternative, one.alternative) == ("two-sided", "greater")
    assert (both.p, one.p) == pytest.approx((0.050, 0.025), abs=5e-4)


@pytest.mark.parametrize(
    ("arm", "r", "retest", "expected"),
    [("psilocybin", -0.88, 0.21, -0.63), ("escitalopram", -0.55, 0.54, -0.48)],
)
def test_trial_2_regression_to_the_mean(
    trial2: Path, arm: str, r: float, retest: float, expected: float
) -> None:
    found = row(effects(trial2, "baseline_change"), question="modularity_change", arm=arm)
    assert (found.r, found.retest_r) == pytest.approx((r, retest), abs=5e-3)
    assert found.expected_r == pytest.approx(expected, abs=5e-3)


def test_trial_2_check_tells_where_the_releases_disagree(shared_data: Path) -> None:
    told = rewire("check", shared_data / "psilodep2")
    assert "tables-disagree" in told
    assert "ses-week2 6, ses-week4 7" in told
    assert "43 of 59" in told


def test_trial_2_a_question_on_disputed_rows_asks(shared_data: Path, tmp_path: Path) -> None:
    call = ["run", shared_data / "psilodep2", tmp_path / "o", "--plan", "daws2022", "--quiet"]
    call += ["--set", "outcome_sessions=ses-week2"]
    assert "--set scores.bdi=bdi_daws" in rewire(*call, status=2)
    rewire(*call, "--set", "scores.bdi=bdi_daws")


def test_the_ketamine_crossover_in_its_default_plan(shared_data: Path, tmp_path: Path) -> None:
    rewire("run", shared_data / "ketamine-crossover", tmp_path / "o", "--quiet")
    madrs = row(effects(tmp_path / "o"), outcome="madrs_total", session="ses-d2")
    assert (madrs.n, madrs.df) == (24, 23)
    assert madrs.estimate == pytest.approx(-6.75)
    assert madrs.statistic == pytest.approx(-3.465, abs=5e-4)
    assert madrs.p == pytest.approx(0.0021, abs=5e-5)


def test_real_scans_with_their_drug_contrast(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    labels = [x for i in (1, 2, 3, 4) for x in ("--participant-label", f"0{i}")]
    rewire("run", shared_data / "psilocybin-acute", out, "--quiet", *labels)
    table = effects(out)
    contrast = table[(table["kind"] == "interaction") & (table["network"] == "Default")]
    assert set(contrast["contrast"]) == {"psilocybin - placebo"}
    assert set(contrast["method"]) == {"paired t of changes"}
    measured = pd.read_csv(out / "measures" / "connectivity_network.tsv", sep="\t")
    assert len(measured.groupby(["participant_id", "session_id", "acquisition"])) == 16
    a = measured[(measured["network"] == "Default") & (measured["network2"] == "Default")]
    wide = a.pivot_table("value", "participant_id", ["session_id", "acquisition"])
    by_hand = (wide[("ses-psilocybin", "post")] - wide[("ses-psilocybin", "pre")]) - (
        wide[("ses-placebo", "post")] - wide[("ses-placebo", "pre")]
    )
    cell = row(contrast, measure="connectivity_network", network2="Default")
    assert cell.estimate == pytest.approx(by_hand.mean(), abs=1e-7)


PLAN = """
name = "with exclusions"
exclude = [
  { participant = "sub-01", session = "ses-placebo", acquisition = "pre", reason = "cut off" },
  { participant = "sub-02", session = "ses-placebo", acquisition = "post", reason = "misnamed" },
  { participant = "sub-03", reason = "no repetition time" },
  { participant = "<script>alert(1)</script>", reason = "nobody" },
]
[[measures]]
name = "connectivity_by_network"
[[questions]]
name = "q"
text = "Did connectivity change?"
kind = "change"
standing = "primary"
measures = ["connectivity_network"]
"""


def test_broken_files_are_named_together_and_can_be_excluded(
    shared_data: Path, tmp_path: Path
) -> None:
    trial = tmp_path / "trial"
    shutil.copytree(shared_data / "psilocybin-acute", trial, copy_function=shutil.copyfile)
    for folder in [trial, *trial.rglob("*")]:
        folder.chmod(0o755)
    series = {
        n: next(trial.rglob(f"sub-{n}_ses-{s}_*acq-{a}*timeseries.tsv"))
        for n, s, a in (("01", "placebo", "pre"), ("02", "placebo", "post"))
    }
    series["01"].write_bytes(series["01"].read_bytes()[:20_000])
    series["02"].write_text(series["02"].read_text().replace("Precentral_L", "Zap_L", 1))
    next(trial.rglob("sub-03_ses-psilocybin_*acq-pre*.json")).write_text("{}")
    with (trial / "participants.tsv").open("a") as table:
        table.write("<script>alert(1)</script>\tcrossover\n")
    told = rewire("run", trial, tmp_path / "o", "--quiet", status=1)
    for part in ("unreadable-file", "Precentral_L", "Zap_L", "missing-tr", "<script>alert(1)"):
        assert part in told
    assert not (tmp_path / "o").exists()
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN)
    rewire("run", trial, tmp_path / "o", "--plan", plan, "--quiet")
    page = (tmp_path / "o" / "report.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    flow = (tmp_path / "o" / "flow.tsv").read_text()
    assert "sub-01\tn/a\tmeasured acq-pre (placebo)\tout\tno scan at acq-pre" in flow
