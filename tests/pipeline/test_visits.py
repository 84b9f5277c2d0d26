"""Runs, visits in place of others and switches from the folder to the page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from rewire.core.errors import UsageError
from rewire.pipeline.preparing import Request
from rewire.pipeline.run import run

PLAN = """
name = "visits"
[roles]
baseline = ["ses-baseline", "ses-screening"]
after = ["ses-week6"]
outcome = ["bdi"]
outcome_sessions = ["ses-week6"]
reference = "placebo"
[runs]
combine = "first"
[visits]
"ses-week6" = ["ses-early"]
[inference]
permutations = 20
[[measures]]
name = "connectivity_by_network"
[[questions]]
name = "brain"
text = "Did it change?"
kind = "change"
measures = ["connectivity_network"]
[[questions]]
name = "scores"
text = "Did scores change?"
kind = "change"
outcomes = ["@outcome"]
after = ["@outcome_sessions"]
[[questions]]
name = "both"
text = "Together?"
kind = "change_association"
measures = ["connectivity_network"]
outcomes = ["@outcome"]
"""


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / name, sep="\t", keep_default_na=False)


def move(root: Path, person: str, session: str, to: str) -> None:
    """Let a person's scan and score of one session be of another."""
    old, new = root / person / session, root / person / to
    old.rename(new)
    for path in (new / "func").iterdir():
        path.rename(path.with_name(path.name.replace(session, to)))
    scores = root / "phenotype" / "bdi.tsv"
    scores.write_text(scores.read_text().replace(f"{person}\t{session}", f"{person}\t{to}"))


def second_run(root: Path, person: str) -> None:
    """Name a person's scan after treatment run 1 and add another."""
    func = root / person / "ses-week6" / "func"
    for path in list(func.iterdir()):
        named = path.name.replace("task-rest", "task-rest_run-1")
        shutil.copy(path, path.with_name(named.replace("run-1", "run-2")))
        path.rename(path.with_name(named))


@pytest.fixture
def unusual(small_trial: Path) -> Path:
    """sub-01 came early, sub-02 has two runs, sub-06 was treated otherwise, sub-03 was screened."""
    move(small_trial, "sub-01", "ses-week6", "ses-early")
    second_run(small_trial, "sub-02")
    people = small_trial / "participants.tsv"
    lines = people.read_text().splitlines()
    received = ["treated_as", *["" for _ in range(8)]]
    received[6] = "psilocybin"
    people.write_text("\n".join(f"{a}\t{b}" for a, b in zip(lines, received, strict=True)) + "\n")
    scores = small_trial / "phenotype" / "bdi.tsv"
    scores.write_text(scores.read_text() + "sub-03\tses-screening\t40\n")
    return small_trial


def test_from_the_folder_to_the_page(unusual: Path, tmp_path: Path) -> None:
    plan = tmp_path / "p.toml"
    plan.write_text(PLAN)
    out = tmp_path / "out"
    done = run(unusual, Request(out, plan=str(plan)))
    flow = table(out, "flow.tsv")
    counted = flow[flow["stage"].str.contains("run|place of|another")]
    assert counted[["participant_id", "stage"]].to_numpy().tolist() == [
        ["sub-01", "ses-early in place of ses-week6"],
        ["sub-02", "2 runs at ses-week6"],
        *[[f"sub-0{i}", "1 run at ses-week6"] for i in (3, 4, 5)],
        ["sub-06", "received another treatment"],
        *[[f"sub-0{i}", "1 run at ses-week6"] for i in (6, 7, 8)],
    ]
    measured = table(out, "measures/connectivity_network.tsv")
    assert "ses-early" in set(measured["session_id"])
    effects = table(out, "effects/effects.tsv")
    own = effects[(effects["question"] == "brain") & (effects["arm"] == "psilocybin")]
    again = effects[(effects["question"] == "brain_as_treated") & (effects["arm"] == "psilocybin")]
    assert (set(own["n"]), set(again["n"])) == ({4}, {5})
    scores = effects[(effects["question"] == "scores") & (effects["arm"] == "psilocybin")]
    before, after = (
        pd.read_csv(unusual / "phenotype" / "bdi.tsv", sep="\t")
        .pivot(index="participant_id", columns="session_id", values="bdi")[list(s)]
        .mean(axis=1)[:4]
        for s in (("ses-baseline", "ses-screening"), ("ses-week6", "ses-early"))
    )
    assert float(scores["estimate"].iloc[0]) == pytest.approx((after - before).mean())
    page = done.report.read_text(encoding="utf-8")
    for part in (
        "its value is the value of the first run that gave one",
        "Baseline is the mean of those of screening and baseline",
        "1 participant who missed week 6 counted with early in its place",
        "1 from placebo to psilocybin",
        "Does everybody have as many runs?",
        "Did people receive what they were allotted to?",
        "As treated: ",
    ):
        assert part in page, part


def test_a_rule_by_length_needs_lengths(unusual: Path, tmp_path: Path) -> None:
    plan = tmp_path / "p.toml"
    plan.write_text(PLAN.replace('"first"', '"weighted"'))
    weighted = run(unusual, Request(tmp_path / "out", plan=str(plan)))
    # both runs are the same scan: any rule gives the same
    plan.write_text(PLAN)
    first = run(unusual, Request(tmp_path / "other", plan=str(plan)))
    columns = ["question", "n", "estimate"]
    a, b = (r.effects.effects[columns] for r in (weighted, first))
    pd.testing.assert_frame_equal(a, b)


def test_an_excluded_run_does_not_count(unusual: Path, tmp_path: Path) -> None:
    plan = tmp_path / "p.toml"
    reason = (
        '[[exclude]]\nparticipant = "sub-02"\nsession = "ses-week6"\nrun = "1"\nreason = "moved"\n'
    )
    plan.write_text(PLAN + reason)
    run(unusual, Request(tmp_path / "out", plan=str(plan)))
    assert not table(tmp_path / "out", "flow.tsv")["stage"].str.contains("run").any()


def test_every_mistake_is_named_at_once(unusual: Path, tmp_path: Path) -> None:
    plan = tmp_path / "p.toml"
    text = PLAN.replace('"ses-screening"]', '"ses-never"]')
    plan.write_text(text.replace('["ses-early"]', '["ses-early", "ses-early"]'))
    people = unusual / "participants.tsv"
    people.write_text(people.read_text().replace("\tpsilocybin\n", "\tketamine\n"))
    with pytest.raises(UsageError) as refused:
        run(unusual, Request(tmp_path / "out", plan=str(plan)))
    for part in ("ses-never", "ses-early is mapped twice", "sub-06 ketamine"):
        assert part in str(refused.value)
