"""Maps of a plan on every path: run, check, draft, blind, shared, exported."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.pipeline.conftest import REGIONS, write_small_trial

from rewire.core.errors import PlanError
from rewire.pipeline.blind import run_blind
from rewire.pipeline.checking import check_folder
from rewire.pipeline.export import export_results
from rewire.pipeline.locking import lock, unblind
from rewire.pipeline.preparing import Request, read_and_check
from rewire.pipeline.run import run
from rewire.pipeline.sharing import Copy, repeat_report

PLAN = """
name = "maps"
author = "person"
[roles]
baseline = "ses-baseline"
after = ["ses-week6"]
outcome = ["bdi"]
reference = "placebo"
[inference]
permutations = 99
[maps]
annotations = ["atlases/receptors.tsv", "{elsewhere}"]
gene_sets = ["sets.gmt"]
draws = 100
[[measures]]
name = "global_brain_connectivity"
[[questions]]
name = "receptors"
text = "Does the change follow receptors?"
kind = "annotation"
measures = ["global_brain_connectivity"]
"""


def write_maps(root: Path) -> Path:
    """A trial with maps in its folder and one outside, and the plan that names them."""
    trial = write_small_trial(root / "trial")
    values = np.random.default_rng(3).standard_normal((12, 2))
    rows = [f"{r}\t{a:.3f}\t{b:.3f}" for r, (a, b) in zip(REGIONS, values, strict=True)]
    text = "\n".join(["name\t5HT2A\t5HTT", *rows]) + "\n"
    (trial / "atlases" / "receptors.tsv").write_text(text)
    told = {"License": "CC BY-NC-SA 4.0", "HowToAcknowledge": "Hansen 2022, doi:10.1038/x"}
    (trial / "atlases" / "receptors.json").write_text(json.dumps(told))
    (trial / "sets.gmt").write_text("wnt\t\tWNT1\tFZD1\n")
    elsewhere = root / "home-of-jane" / "gradient.tsv"
    elsewhere.parent.mkdir()
    left = [f"{r}\t{i}" for i, r in enumerate(REGIONS) if r.startswith("LH")]
    elsewhere.write_text("\n".join(["name\tgradient", *left]) + "\n")
    (root / "plan.toml").write_text(PLAN.format(elsewhere=elsewhere))
    return trial


def request(root: Path, out: str) -> Request:
    return Request(out=root / out, plan=str(root / "plan.toml"), processes=1)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("maps")
    trial = write_maps(root)
    run(trial, request(root, "out"))
    return root


def test_digests_of_maps_stand_in_the_provenance(ran: Path) -> None:
    files = json.loads((ran / "out" / "provenance.json").read_text())["inputs"]
    held = {name: digest for name, digest in files.items() if "/func/" not in name}
    for name, path in (
        ("atlases/receptors.tsv", ran / "trial" / "atlases" / "receptors.tsv"),
        ("sets.gmt", ran / "trial" / "sets.gmt"),
        (str(ran / "home-of-jane" / "gradient.tsv"), ran / "home-of-jane" / "gradient.tsv"),
    ):
        assert held[name] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_maps_are_listed_with_what_they_lack(ran: Path) -> None:
    table = pd.read_csv(ran / "out" / "maps.tsv", sep="\t", na_values="n/a").set_index("map")
    assert table.loc["5HT2A", "source"] == "atlases/receptors.tsv"
    assert table.loc["5HT2A", "licence"] == "CC BY-NC-SA 4.0"
    assert (table.loc["5HT2A", "matched"], table.loc["5HT2A", "regions"]) == (12, 12)
    assert table.loc["gradient", "matched"] == 6
    assert table.loc["gradient", "missing"].split(", ") == REGIONS[6:]


def test_the_methods_name_sources_licences_and_what_lacks(ran: Path) -> None:
    page = (ran / "out" / "report.html").read_text()
    assert (
        "2 annotations (5HT2A and 5HTT) from atlases/receptors.tsv (licence: CC BY-NC-SA 4.0). "
        "Hansen 2022, doi:10.1038/x"
    ) in page
    assert "1 annotation (gradient) from gradient.tsv (licence not stated); up to 6 of 12" in page
    assert "1 gene set (sets) from sets.gmt" in page


def test_a_shared_copy_keeps_sources_and_tells_no_folder(ran: Path) -> None:
    again = replace(request(ran, "out"), plan=None)
    page = repeat_report(ran / "trial", again, Copy(ran / "shared", 2)).read_text()
    assert "from atlases/receptors.tsv (licence: CC BY-NC-SA 4.0)" in page
    assert "gradient.tsv" in page
    assert "home-of-jane" not in page


def test_an_export_holds_the_table_of_maps(ran: Path) -> None:
    export_results(ran / "out", ran / "exported")
    assert "CC BY-NC-SA 4.0" in (ran / "exported" / "tables" / "maps.csv").read_text()


def test_a_check_names_faults_of_maps_beside_those_of_the_plan(tmp_path: Path) -> None:
    trial = write_maps(tmp_path)
    sound = check_folder(trial, request(tmp_path, "out"))
    assert sound.plan_fault == ""
    (trial / "sets.gmt").unlink()
    plan = (tmp_path / "plan.toml").read_text()
    (tmp_path / "plan.toml").write_text(
        plan.replace('reference = "placebo"', 'reference = "sugar"')
    )
    told = check_folder(trial, request(tmp_path, "out")).plan_fault
    assert "maps: there is no file sets.gmt" in told
    assert "sugar" in told
    with pytest.raises(PlanError, match=r"sets\.gmt"):
        read_and_check(trial, request(tmp_path, "out"))


def test_a_drafted_plan_reads_maps_that_the_call_names(tmp_path: Path) -> None:
    trial = write_maps(tmp_path)
    named = {"maps.annotations": "atlases/receptors.tsv"}
    drafted = Request(out=tmp_path / "out", settings=named, processes=1)
    prepared = read_and_check(trial, drafted)
    assert [m.name for m in prepared.bound.trial.maps.annotations] == ["5HT2A", "5HTT"]
    assert prepared.bound.plan.maps.annotations == ("atlases/receptors.tsv",)
    wrong = replace(drafted, settings={"maps.annotations": "gone.tsv"})
    assert "no file gone.tsv" in check_folder(trial, wrong).plan_fault


def test_a_blind_run_takes_maps_and_refuses_what_is_wrong_with_them(tmp_path: Path) -> None:
    trial = write_maps(tmp_path)
    blind = request(tmp_path, "out")
    run_blind(trial, blind)
    lock(tmp_path / "out", "", "")
    unblind(trial, Request(out=tmp_path / "out", processes=1))
    held = json.loads((tmp_path / "out" / "provenance.json").read_text())["inputs"]
    assert "atlases/receptors.tsv" in held
    assert (tmp_path / "out" / "maps.tsv").is_file()
    (trial / "sets.gmt").write_text("wnt\n")
    with pytest.raises(PlanError, match="no GMT file"):
        run_blind(trial, request(tmp_path, "other"))
    assert not (tmp_path / "other" / "measures").exists()
