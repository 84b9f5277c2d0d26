"""Whole runs from the command line on a small trial."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from rewire.core.schema import EFFECT_COLUMNS, SCAN_COLUMNS, VALUE_COLUMNS

QUICK = ["--set", "permutations=99", "--quiet"]


def rewire(*arguments: str | Path, status: int = 0) -> str:
    """Run the command line and return what it printed."""
    command = [sys.executable, "-m", "rewire.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr + done.stdout
    return done.stdout + done.stderr


def contents(folder: Path) -> dict[str, bytes]:
    """Return every output that must not differ between runs."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "provenance.json" and ".rewire" not in p.parts
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A trial and the folder of its run."""
    import sys as system

    system.path.insert(0, str(Path(__file__).parent))
    from conftest import write_small_trial

    root = tmp_path_factory.mktemp("run")
    trial = write_small_trial(root / "trial")
    rewire("run", trial, root / "out", "--n-procs", "2", *QUICK)
    return trial, root / "out"


def test_the_output_is_a_bids_derivative_with_the_promised_files(
    finished: tuple[Path, Path],
) -> None:
    out = finished[1]
    description = json.loads((out / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative"
    for name in ("plan.toml", "provenance.json", "flow.tsv", "effects/effects.tsv", "report.html"):
        assert (out / name).is_file(), name


def test_effects_have_the_one_schema_and_say_which_plan_made_them(
    finished: tuple[Path, Path],
) -> None:
    out = finished[1]
    effects = pd.read_csv(out / "effects" / "effects.tsv", sep="\t")
    assert tuple(effects.columns) == EFFECT_COLUMNS
    assert {"change", "interaction", "ancova"} <= set(effects["kind"])
    provenance = json.loads((out / "provenance.json").read_text())
    sidecar = json.loads((out / "effects" / "effects.json").read_text())
    assert sidecar["PlanHash"] == provenance["plans"][-1]["digest"]
    assert sidecar["PlanHash"] in (out / "report.html").read_text()


def test_measures_are_long_tables_with_their_dims(finished: tuple[Path, Path]) -> None:
    table = pd.read_csv(finished[1] / "measures" / "connectivity_network.tsv", sep="\t")
    assert tuple(table.columns) == (*SCAN_COLUMNS, "network", "network2", *VALUE_COLUMNS)
    assert set(table["participant_id"]) == {f"sub-{i:02d}" for i in range(1, 9)}


def test_the_same_plan_on_the_same_data_gives_the_same_bytes(
    finished: tuple[Path, Path], tmp_path: Path
) -> None:
    trial, out = finished
    rewire("run", trial, tmp_path / "again", "--n-procs", "1", *QUICK)
    assert contents(tmp_path / "again") == contents(out)


def test_the_saved_plan_repeats_the_run(finished: tuple[Path, Path], tmp_path: Path) -> None:
    trial, out = finished
    rewire("run", trial, tmp_path / "b", "--plan", out / "plan.toml", "--quiet")
    first, second = contents(out), contents(tmp_path / "b")
    assert second["effects/effects.tsv"] == first["effects/effects.tsv"]


def test_a_changed_plan_is_told_on_the_first_page(small_trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    rewire("run", small_trial, out, *QUICK)
    assert "inference.permutations was 99" not in (out / "report.html").read_text()
    rewire("run", small_trial, out, "--set", "permutations=199", "--quiet")
    assert "inference.permutations was 99, became 199" in (out / "report.html").read_text()


def test_labels_narrow_the_run(small_trial: Path, tmp_path: Path) -> None:
    labels = ["--participant-label", "01", "--participant-label", "sub-05"]
    rewire("run", small_trial, tmp_path / "out", *labels, *QUICK)
    table = pd.read_csv(tmp_path / "out" / "measures" / "modularity_q_norm.tsv", sep="\t")
    assert set(table["participant_id"]) == {"sub-01", "sub-05"}
    told = rewire("run", small_trial, tmp_path / "b", "--participant-label", "99", status=2)
    assert "sub-99" in told


def test_a_stranger_s_folder_is_not_written_to(small_trial: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.doc").write_text("precious")
    assert "rewire did not write" in rewire("run", small_trial, foreign, *QUICK, status=2)
    assert [p.name for p in foreign.iterdir()] == ["thesis.doc"]
    before = contents(small_trial)
    rewire("run", small_trial, small_trial, *QUICK, status=2)
    assert contents(small_trial) == before


def test_measures_that_a_new_plan_dropped_do_not_linger(small_trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    rewire("run", small_trial, out, *QUICK)
    assert (out / "measures" / "connectivity_network.tsv").exists()
    rewire("run", small_trial, out, "--plan", "daws2022", *QUICK)
    assert not (out / "measures" / "connectivity_network.tsv").exists()
    assert (out / "measures" / "modularity_q_norm.tsv").exists()


def test_faults_of_the_data_exit_with_1_and_of_the_call_with_2(
    small_trial: Path, tmp_path: Path
) -> None:
    rewire("check", small_trial, status=0)
    rewire("run", small_trial, tmp_path / "o", "--plan", "nonsense", status=2)
    rewire("run", small_trial, tmp_path / "o", "--zap", status=2)
    next(small_trial.rglob("*timeseries.json")).write_text("{}")
    told = rewire("check", small_trial, status=1)
    assert "missing-tr" in told
    assert not (tmp_path / "o").exists()


def test_a_drafted_plan_can_be_written_and_used(small_trial: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    rewire("plan", "new", small_trial, "--out", plan)
    rewire("run", small_trial, tmp_path / "out", "--plan", plan, *QUICK)
    told = rewire("plan", "new", small_trial, "--out", plan, status=2)
    assert "never overwritten" in told
    assert "daws2022" in rewire("plan", "list")
    assert "modularity_daws2022" in rewire("plan", "show", "daws2022")


def test_labels_of_a_file_never_leave_the_output_folder(small_trial: Path, tmp_path: Path) -> None:
    (small_trial / "measures").mkdir()
    lines = ["participant_id\tsession_id\t../../out of place\tQ norm"]
    lines += [
        f"sub-0{i}\tses-{s}\t{i}.5\t{i * 2 + len(s)}.25"
        for i in range(1, 9)
        for s in ("baseline", "week6")
    ]
    (small_trial / "measures" / "odd.tsv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "a" / "b"
    rewire("run", small_trial, out, *QUICK)
    assert (out / "measures" / "out_of_place.tsv").is_file()
    assert (out / "measures" / "Q_norm.tsv").is_file()
    assert {p.name for p in tmp_path.iterdir()} == {"trial", "a"}
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b"]


def test_a_session_label_needs_no_plan(small_trial: Path, tmp_path: Path) -> None:
    rewire("run", small_trial, tmp_path / "o", "--session-label", "baseline", *QUICK)
    table = pd.read_csv(tmp_path / "o" / "measures" / "modularity_q.tsv", sep="\t")
    assert set(table["session_id"]) == {"ses-baseline"}


def test_an_error_elsewhere_does_not_stop_a_narrowed_run(small_trial: Path, tmp_path: Path) -> None:
    next(small_trial.rglob("sub-08_ses-week6*.json")).write_text("{}")
    rewire("run", small_trial, tmp_path / "o", *QUICK, status=1)
    labels = [x for i in (1, 2, 5, 6) for x in ("--participant-label", f"0{i}")]
    rewire("run", small_trial, tmp_path / "o", *labels, *QUICK)


def test_check_says_what_run_would_say_of_the_plan(small_trial: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('name = "x"\n[[measures]]\nname = "modularty"\n')
    assert "modularty" in rewire("check", small_trial, "--plan", plan, status=2)
    rewire("check", small_trial, "--set", "foo=bar", status=2)
