"""From XCP-D's output and a spreadsheet to a report, as a trial team would do it."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rewire.core.errors import TrialError, UsageError
from rewire.pipeline.init import Drafted, describe_trial
from rewire.trial.reading import read_trial

xcpd = runpy.run_path(str(Path(__file__).parents[1] / "trial" / "xcpd.py"))
PLAN = """
name = "small"
author = "person"
measures = [{name = "connectivity_by_network"}]

[inference]
permutations = 99

[[questions]]
name = "networks"
text = "Did connectivity differ?"
kind = "ancova"
measures = ["connectivity_network"]
"""


@pytest.fixture(scope="module")
def derivatives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty people; nothing may write there."""
    folder: Path = xcpd["write_xcpd"](tmp_path_factory.mktemp("study") / "xcp_d")
    return folder


def rewire(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rewire.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def muddled() -> pd.DataFrame:
    """The wide scores with an id that fits no folder and somebody who was never scanned."""
    scores: pd.DataFrame = xcpd["wide_scores"]()
    scores.loc[43, "Patient code"] = "P4 4-AA"
    extra = {**scores.loc[4].to_dict(), "Patient code": "P61-ZZ"}
    return pd.concat([scores, pd.DataFrame([extra])], ignore_index=True)


def test_from_derivatives_and_a_workbook_to_a_report(derivatives: Path) -> None:
    study = derivatives.parent
    before = list(xcpd["contents"](derivatives))
    muddled().to_excel(study / "scores.xlsx", index=False, sheet_name="Scores")
    file = study / "trial.toml"
    told = ("init", derivatives, "--scores", study / "scores.xlsx", "--out", file)
    done = rewire(*told, "--atlas", xcpd["ATLAS"])
    assert done.returncode == 0, done.stderr
    assert "Answer 3 questions" in done.stdout
    assert "ses-bl of sub-007 is read as ses-baseline" in done.stdout
    assert rewire(*told).returncode == 2, "a description is never overwritten"

    stopped = rewire("check", study, "--log", "quiet")
    assert stopped.returncode == 1
    assert stopped.stderr.count("[open-question]") == 3

    answers = {'A = "?"': 'A = "escitalopram"', 'B = "?"': 'B = "psilocybin"'}
    answers['sub-044 = "?"'] = 'sub-044 = "P4 4-AA"'
    text = file.read_text(encoding="utf-8")
    for asked, answer in answers.items():
        assert text.count(asked) == 1
        text = text.replace(asked, answer)
    file.write_text(text, encoding="utf-8")
    checked = rewire("check", study, "--log", "quiet")
    assert checked.returncode == 0, checked.stderr

    (study / "plan.toml").write_text(PLAN, encoding="utf-8")
    inside = rewire("run", file, derivatives / "out", "--plan", study / "plan.toml", "--quiet")
    assert (inside.returncode, "never written to" in inside.stderr) == (2, True)
    out = study / "out"
    ran = rewire("run", file, out, "--plan", study / "plan.toml", "--n-procs", 1, "--log", "quiet")
    assert ran.returncode == 0, ran.stderr
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "psilocybin" in page
    assert "escitalopram" in page
    effects = pd.read_csv(out / "effects" / "effects.tsv", sep="\t")
    assert {"Thalamus", "Cerebellum", "Subcortical", "Vis"} <= set(effects["network"])
    quality = pd.read_csv(out / "quality.tsv", sep="\t")
    assert len(quality) == 118
    assert (quality["retained"] < quality["volumes"]).any()
    assert set(quality["volumes"]) == {xcpd["VOLUMES"]}
    assert list(xcpd["contents"](derivatives)) == before


def described(derivatives: Path, scores: pd.DataFrame, name: str, **options: Any) -> Drafted:
    path = derivatives.parent / name
    if name.endswith("csv"):
        scores.to_csv(path, index=False, sep=options.pop("sep", ","))
    else:
        scores.to_excel(path, index=False)
    out = derivatives.parent / f"{name}.toml"
    return describe_trial([derivatives], path, out, options.get("atlas", xcpd["ATLAS"]))


@pytest.mark.parametrize("shape", ["wide_scores", "long_scores"])
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_long_and_wide_sheets_give_one_trial(derivatives: Path, shape: str, name: str) -> None:
    scores: pd.DataFrame = xcpd[shape]()
    scores["Group"] = scores["Group"].map({"A": "escitalopram", "B": "psilocybin"})
    drafted = described(derivatives, scores, name)
    assert drafted.questions == 0
    file = derivatives.parent / f"{shape}-{name}.toml"
    file.write_text(drafted.text, encoding="utf-8")
    trial = read_trial(file).trial
    wide = xcpd["wide_scores"]()
    held = trial.scores.dropna(subset=["value"]).set_index(["participant_id", "session_id"])
    bdi = held.loc[held["scale"] == "bdi", "value"]
    assert bdi["sub-001", "ses-baseline"] == wide.loc[0, "BDI BL"]
    assert bdi["sub-060", "ses-week6"] == wide.loc[59, "BDI W6"]
    assert len(bdi) == 60 + wide["BDI W6"].notna().sum()
    assert trial.participants["arm"].value_counts().to_dict() == {
        "escitalopram": 30,
        "psilocybin": 30,
    }
    assert {"site", "age"} <= set(trial.participants)
    assert trial.scales["wemwbs"].direction == "higher is better"


def test_arms_in_another_worksheet(derivatives: Path) -> None:
    scores: pd.DataFrame = xcpd["long_scores"]()
    fixed = ["Patient code", "Site", "Group"]
    path = derivatives.parent / "two.xlsx"
    with pd.ExcelWriter(path) as book:
        people = scores[fixed].drop_duplicates().rename(columns={"Patient code": "ID"})
        people.to_excel(book, sheet_name="People", index=False)
        scores.drop(columns=["Site", "Group", "Age"]).to_excel(book, sheet_name="S", index=False)
    file = derivatives.parent / "two.toml"
    drafted = describe_trial([derivatives], path, file, xcpd["ATLAS"])
    assert drafted.questions == 2
    text = drafted.text.replace('A = "?"', 'A = "drug"').replace('B = "?"', 'B = "placebo"')
    file.write_text(text, encoding="utf-8")
    people = read_trial(file).trial.participants
    assert people["arm"].value_counts().to_dict() == {"drug": 30, "placebo": 30}
    assert set(people["site"]) == {"North", "South"}
    file.write_text(text.replace('"People"', '"Persons"'), encoding="utf-8")
    with pytest.raises(TrialError, match="no worksheet 'Persons'"):
        read_trial(file)


def test_a_sheet_without_arms_says_so(derivatives: Path) -> None:
    scores = xcpd["wide_scores"]().drop(columns="Group")
    drafted = described(derivatives, scores, "h.csv")
    assert any("one arm" in sentence for sentence in drafted.inferred)


def test_the_atlas_is_asked_for_where_there_are_several(derivatives: Path) -> None:
    drafted = described(derivatives, xcpd["wide_scores"](), "b.csv", atlas=None)
    assert '# Which atlas? One of: 4S24Parcels, Glasser, Gordon, Tian.\natlas = "?"' in drafted.text
    with pytest.raises(UsageError, match="Glasser, Gordon, Tian"):
        described(derivatives, xcpd["wide_scores"](), "b.csv", atlas="Schaefer")


def test_ids_that_fit_two_folders_are_asked_about(derivatives: Path) -> None:
    scores = xcpd["wide_scores"]()
    scores.loc[11, "Patient code"] = "P11-QQ"
    drafted = described(derivatives, scores, "c.csv")
    assert '# Which row is sub-011? One of: P11-BZ, P11-QQ; "" for none.' in drafted.text
    assert '# Which row is sub-012? One of: P11-BZ, P11-QQ; "" for none.' in drafted.text


def test_every_fault_is_named_at_once(derivatives: Path) -> None:
    scores = xcpd["wide_scores"]()
    scores.loc[3, "Patient code"] = scores.loc[2, "Patient code"]
    scores.loc[9, "Patient code"] = scores.loc[8, "Patient code"]
    with pytest.raises(TrialError) as caught:
        described(derivatives, scores, "d.csv")
    assert [f.code for f in caught.value.faults] == ["duplicate-session"] * 2
    path = derivatives.parent / "empty.csv"
    path.write_text("", encoding="utf-8")
    with pytest.raises(TrialError) as caught:
        describe_trial([derivatives, Path("gone")], path, derivatives.parent / "e.toml")
    assert [f.code for f in caught.value.faults] == ["no-trial", "empty-table"]
    with pytest.raises(TrialError, match="no column looks like ids"):
        described(derivatives, scores.drop(columns="Patient code"), "f.csv")


def test_nothing_is_written_among_the_derivatives(derivatives: Path) -> None:
    scores = derivatives.parent / "g.csv"
    xcpd["wide_scores"]().to_csv(scores, index=False)
    with pytest.raises(UsageError, match="never written to"):
        describe_trial([derivatives], scores, derivatives / "trial.toml")
