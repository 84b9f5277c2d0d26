"""A run's output and its export: the BIDS validator passes them, and CSVs hold what TSVs hold."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import pytest
from tests.pipeline.conftest import write_small_trial
from tests.pipeline.test_run import QUICK, rewire

from rewire.core.columns import COLUMN_MEANINGS
from rewire.core.schema import EFFECT_COLUMNS


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("export")
    trial = write_small_trial(root / "trial")
    rewire("run", trial, root / "out", "--n-procs", "2", *QUICK)
    return root / "out"


@pytest.fixture(scope="module")
def exported(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    dest = tmp_path_factory.mktemp("exported") / "dest"
    rewire("export", finished, dest)
    return dest


def errors(validator: str, folder: Path) -> list[str]:
    """The codes of the errors that the validator finds."""
    command = [validator, "--ignoreNiftiHeaders", "--json", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    issues = json.loads(done.stdout)["issues"]["issues"]
    found = [i["code"] for i in issues if i["severity"] == "error"]
    assert (done.returncode == 0) == (not found), done.stderr
    return found


def test_the_output_of_a_run_is_a_valid_derivative(bids_validator: str, finished: Path) -> None:
    assert errors(bids_validator, finished) == []


def test_the_exported_derivative_is_valid(bids_validator: str, exported: Path) -> None:
    assert errors(bids_validator, exported / "derivatives") == []


def test_the_validator_sees_a_file_that_is_not_listed(
    bids_validator: str, exported: Path, tmp_path: Path
) -> None:
    (tmp_path / "dataset_description.json").write_bytes(
        (exported / "derivatives" / "dataset_description.json").read_bytes()
    )
    (tmp_path / "flow.tsv").write_text("participant_id\n")
    assert errors(bids_validator, tmp_path) == ["NOT_INCLUDED"]


def test_what_bidsignore_names_is_explained(finished: Path) -> None:
    lines = (finished / ".bidsignore").read_text().splitlines()
    assert lines[0].startswith("# ")
    named = {line for line in lines if line and not line.startswith("#")}
    assert {"effects", "measures", "flow.*", "quality.*", "plan.toml", ".rewire"} <= named


def test_derivatives_are_the_outputs_without_the_cache(finished: Path, exported: Path) -> None:
    def held(folder: Path) -> dict[str, bytes]:
        files = (p for p in folder.rglob("*") if p.is_file() and ".rewire" not in p.parts)
        return {str(p.relative_to(folder)): p.read_bytes() for p in files}

    assert held(exported / "derivatives") == held(finished)


def test_every_csv_gives_its_tsv_back(finished: Path, exported: Path) -> None:
    tables = exported / "tables"
    pairs = {"effects.csv": "effects/effects.tsv", "flow.csv": "flow.tsv"}
    for path in finished.rglob("*.tsv"):
        name = "-".join(path.relative_to(finished).with_suffix("").parts)
        pairs.setdefault(f"{name}.csv", str(path.relative_to(finished)))
    del pairs["effects-effects.csv"]
    assert {p.name for p in tables.glob("*.csv")} == {*pairs, "columns.csv"}
    for short, long in pairs.items():
        with (tables / short).open(newline="", encoding="utf-8") as handle:
            rows = [[cell or "n/a" for cell in row] for row in csv.reader(handle)]
        there = (finished / long).read_text(encoding="utf-8").split("\n")[:-1]
        assert rows == [line.split("\t") for line in there], long


def test_every_column_of_every_table_is_explained(exported: Path) -> None:
    tables = exported / "tables"
    with (tables / "columns.csv").open(newline="", encoding="utf-8") as handle:
        described = {(r["table"], r["column"]): r for r in csv.DictReader(handle)}
    for path in tables.glob("*.csv"):
        if path.name != "columns.csv":
            head = next(csv.reader(path.read_text(encoding="utf-8").splitlines()))
            assert {(path.stem, column) for column in head} <= set(described)
    assert not [r for r in described.values() if r["meaning"] in ("", "Not described.")]
    assert described["measures-connectivity_network", "value"]["unit"]
    assert set(EFFECT_COLUMNS) <= set(COLUMN_MEANINGS)


def test_text_that_a_spreadsheet_would_run_is_text(finished: Path, tmp_path: Path) -> None:
    import shutil

    out = tmp_path / "out"
    shutil.copytree(finished, out)
    flow = out / "flow.tsv"
    flow.write_text("participant_id\treason\tn\n=1+1\t@SUM(A1)\t-3\n")
    rewire("export", out, tmp_path / "dest")
    text = (tmp_path / "dest" / "tables" / "flow.csv").read_text()
    assert text == "participant_id,reason,n\n'=1+1,'@SUM(A1),-3\n"


def test_the_plan_is_a_document_with_its_hash(finished: Path, exported: Path) -> None:
    digest = json.loads((finished / "dataset_description.json").read_text())["PlanHash"]
    for name in ("analysis-plan.html", "analysis-plan.md"):
        text = (exported / name).read_text()
        assert digest in text
        assert "20220411" in text
        assert "Nobody is left out by the plan." in text
    assert "<script" not in (exported / "analysis-plan.html").read_text()


def test_an_export_never_goes_where_something_else_is(finished: Path, exported: Path) -> None:
    assert "not an empty folder" in rewire("export", finished, exported, status=2)
    assert "a folder of its own" in rewire("export", finished, finished / "x", status=2)
    assert "no finished run" in rewire("export", exported, exported.parent / "y", status=2)
