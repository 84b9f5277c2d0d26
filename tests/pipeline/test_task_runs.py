"""Task runs through the whole pipeline: two tasks, and runs that lack events or a condition."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

CONDITIONS = {"nback": ("0back", "2back"), "faces": ("fear", "shape")}


def add_task_runs(root: Path) -> None:
    """Copy every scan at rest as a run of two tasks, with events of ten a condition."""
    rng = np.random.default_rng(3)
    for rest in sorted(root.glob("sub-*/ses-*/func/*_task-rest_*_timeseries.tsv")):
        for task, labels in CONDITIONS.items():
            run = rest.with_name(rest.name.replace("task-rest", f"task-{task}"))
            run.write_text(rest.read_text())
            run.with_suffix(".json").write_text('{"RepetitionTime": 2.0}')
            first = rest.name.startswith("sub-01_ses-baseline")
            if first and task == "faces":
                continue
            onset = np.arange(20) * 13.0 + rng.uniform(0, 4, 20)
            named = ("0back",) * 20 if first else labels * 10
            rows = [f"{t:.2f}\t1\t{n}" for t, n in zip(onset, named, strict=True)]
            text = "\n".join(["onset\tduration\ttrial_type", *rows]) + "\n"
            name = run.name.partition("_seg-")[0] + "_events.tsv"
            run.with_name(name).write_text(text)


def rewire(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "rewire.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of the task measures alone."""
    sys.path.insert(0, str(Path(__file__).parent))
    from conftest import write_small_trial

    root = tmp_path_factory.mktemp("task")
    trial = write_small_trial(root / "trial")
    add_task_runs(trial)
    assert "no-events" in rewire("check", trial)
    plan = root / "plan.toml"
    plan.write_text(
        'name = "task"\n'
        '[[measures]]\nname = "task_activation"\n'
        '[[measures]]\nname = "background_connectivity_by_network"\n'
        '[[questions]]\nname = "work"\ntext = "Did it change?"\nkind = "change"\n'
        'measures = ["task_activation", "background_connectivity_network"]\n'
    )
    rewire("run", trial, root / "out", "--plan", plan, "--set", "permutations=99", "--quiet")
    return root / "out"


def test_every_condition_is_measured_and_tested(out: Path) -> None:
    effects = pd.read_csv(out / "effects" / "effects.tsv", sep="\t")
    rows = effects[(effects["measure"] == "task_activation") & (effects["kind"] == "change")]
    expected = {f"condition={t}/{c}" for t, labels in CONDITIONS.items() for c in labels}
    assert set(rows["level"]) == expected
    whole = rows[rows["level"] == "condition=nback/0back"]
    less = rows[rows["level"].isin(["condition=nback/2back", "condition=faces/fear"])]
    assert set(whole["n"]) == {4}
    assert set(less.loc[less["arm"] == "psilocybin", "n"]) == {3}  # without sub-01
    assert set(less.loc[less["arm"] == "placebo", "n"]) == {4}


def test_two_tasks_are_not_averaged(out: Path) -> None:
    effects = pd.read_csv(out / "effects" / "effects.tsv", sep="\t")
    rows = effects[effects["measure"] == "background_connectivity_network"]
    assert set(rows["level"]) == {"condition=faces", "condition=nback"}


def test_a_missing_condition_has_a_reason(out: Path) -> None:
    (table,) = out.rglob("*task_activation.tsv")
    values = pd.read_csv(table, sep="\t")
    lost = values[values["value"].isna() | (values["value"] == "n/a")]
    assert "no such condition in this run" in set(lost["status"])
    assert (values.loc[values["value"].notna(), "status"] == "ok").all()
