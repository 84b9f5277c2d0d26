"""A trial of images through the whole pipeline: the same results as from parcellated series."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pandas as pd
import pytest

PARENT = Path(__file__).parent
made: dict[str, Any] = runpy.run_path(str(PARENT.parent / "trial" / "fmriprep.py"))
SESSIONS = ("ses-baseline", "ses-week6")
PLAN = """
name = "images"
author = "person"
{images}
[[measures]]
name = "connectivity_by_network"
[[measures]]
name = "modularity"
[[questions]]
name = "change"
text = "Did it change?"
kind = "change"
measures = ["connectivity_network", "modularity_q"]
"""


def rewire(*arguments: str | Path, status: int = 0) -> str:
    command = [sys.executable, "-m", "rewire.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr + done.stdout
    return done.stdout + done.stderr


def residuals(image: Path) -> np.ndarray:
    """Means over labels without 6 motion parameters, mean and trend, by least squares."""
    data = np.asarray(nibabel.load(image).dataobj, dtype=np.float64)
    means = np.stack([data[made["labels"]() == i].mean(axis=0) for i in made["INDEX"]], axis=1)
    table = image.parent / f"{image.name.partition('_space-')[0]}_desc-confounds_timeseries.tsv"
    motion = pd.read_csv(table, sep="\t")[made["MOTION"]].to_numpy()[1:]  # 0 is not steady
    time = np.arange(len(motion))[:, None]
    design = np.hstack([np.ones_like(time), time, motion])
    return means[1:] - design @ np.linalg.lstsq(design, means[1:], rcond=None)[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two trials of one content, as images and as series, and the outputs of a run of each."""
    root = tmp_path_factory.mktemp("images")
    images = made["write_trial"](root / "images", people=6, sessions=SESSIONS)
    people = [f"sub-{i:02d}\t{('drug', 'placebo')[i % 2]}" for i in range(1, 7)]
    table = "\n".join(["participant_id\tarm", *people]) + "\n"
    (root / "images/participants.tsv").write_text(table)
    shutil.copytree(root / "images/atlases", root / "series/atlases")
    (root / "series/participants.tsv").write_text(table)
    for image in images:
        path = root / "series" / image.parent.relative_to(root / "images")
        path.mkdir(parents=True)
        stem = f"{image.name.partition('_space-')[0]}_seg-Small_stat-mean_timeseries"
        rows = ["\t".join(made["REGIONS"])]
        rows += ["\t".join(f"{v:.17g}" for v in row) for row in residuals(image)]
        (path / f"{stem}.tsv").write_text("\n".join(rows) + "\n")
        (path / f"{stem}.json").write_text('{"RepetitionTime": 2.0}')
    choice = '[images]\nstrategy = "6p"'
    (root / "images.toml").write_text(PLAN.format(images=choice))
    (root / "series.toml").write_text(PLAN.format(images=""))
    for name in ("images", "series"):
        run(root, name, root / f"{name}-out")
    return root


def run(root: Path, name: str, out: Path, *more: str) -> str:
    options = ("--plan", root / f"{name}.toml", "--set", "permutations=99", "--n-procs", "2")
    return rewire("run", root / name, out, *options, *more)


def test_images_and_series_give_the_same_results(folder: Path) -> None:
    names = [p.name for p in (folder / "series-out/measures").glob("*.tsv")]
    assert "modularity_q.tsv" in names
    for name in (*(f"measures/{n}" for n in names), "effects/effects.tsv"):
        ours = pd.read_csv(folder / "images-out" / name, sep="\t")
        theirs = pd.read_csv(folder / "series-out" / name, sep="\t")
        pd.testing.assert_frame_equal(ours, theirs, rtol=1e-6, atol=1e-6)


def test_what_was_taken_out_is_written(folder: Path) -> None:
    table = pd.read_csv(folder / "images-out/denoising.tsv", sep="\t")
    assert len(table) == 12
    assert set(table["strategy"]) == {"6p"}
    assert set(table["columns"].str.split().map(sorted).map(tuple)) == {
        tuple(sorted(made["MOTION"]))
    }
    assert set(table["retained"]) == {149}
    assert set(table["degrees_of_freedom"]) == {149 - 6 - 2}
    coverage = pd.read_csv(folder / "images-out/coverage.tsv", sep="\t")
    assert len(coverage) == 12 * 4
    assert set(coverage["coverage"]) == {1.0}
    report = (folder / "images-out/report.html").read_text()
    assert "Removed: 6 head-motion parameters, with linear trends." in report
    assert "141 degrees of freedom" in report
    assert "Denoising of images" in report
    assert "No region had less than 50% of its volume in an image." in report
    assert not (folder / "series-out/denoising.tsv").exists()
    assert "degrees of freedom (median" not in (folder / "series-out/report.html").read_text()


def test_two_runs_give_the_same_bytes_and_the_second_reads_what_was_kept(folder: Path) -> None:
    kept = sorted((folder / "images-out/.rewire/images").rglob("*.npz"))
    assert len(kept) == 12
    times = [p.stat().st_mtime_ns for p in kept]
    run(folder, "images", folder / "images-out")
    assert [p.stat().st_mtime_ns for p in kept] == times
    run(folder, "images", folder / "fresh", "--quiet")
    for path in sorted((folder / "images-out").rglob("*")):
        own = path.relative_to(folder / "images-out")
        if path.is_file() and own.parts[0] != ".rewire" and path.name != "provenance.json":
            assert path.read_bytes() == (folder / "fresh" / own).read_bytes(), own


def test_another_strategy_gives_other_results(folder: Path) -> None:
    run(folder, "images", folder / "other", "--set", "images.strategy=36p", "--quiet")
    name = "measures/modularity_q.tsv"
    assert (folder / "other" / name).read_text() != (folder / "images-out" / name).read_text()
    assert set(pd.read_csv(folder / "other/denoising.tsv", sep="\t")["regressors"]) == {36}


def test_a_check_names_what_is_missing(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder / "images", broken)
    for table in broken.rglob("sub-0[12]_ses-week6_*_desc-confounds_timeseries.tsv"):
        table.unlink()
    text = rewire("check", broken, "--set", "images.strategy=24p", status=1)
    assert text.count("[no-confounds]") == 2
    text = rewire("check", broken, "--set", "images.strategy=none")
    assert "it can be run" in text
    assert "image-choice" in rewire("check", broken, status=1)


def test_a_scan_judged_blind_keeps_its_id_under_another_strategy(
    folder: Path, tmp_path: Path
) -> None:
    plan, out = tmp_path / "plan.toml", tmp_path / "out"
    choice = '[images]\nstrategy = "6p"\n[inference]\npermutations = 99'
    plan.write_text(PLAN.format(images=choice))
    rewire("run", folder / "images", out, "--blind", "--plan", plan, "-q")
    kept = [p.read_bytes() for p in (out / ".rewire/images").rglob("*.npz")]
    assert len(kept) == 12
    assert not any(b"sub-0" in held or b"ses-" in held for held in kept)
    bad = pd.read_csv(out / "quality.tsv", sep="\t")["scan"][4]
    plan.write_text(plan.read_text() + f'[[exclude]]\nscan = "{bad}"\nreason = "spikes"\n')
    rewire("run", folder / "images", out, "--blind", "--plan", plan, "-q")
    rewire("lock", out)
    for name in ("denoising", "coverage"):
        told = pd.read_csv(out / f"{name}.tsv", sep="\t")
        assert set(told["scan"]) <= set(pd.read_csv(out / "quality.tsv", sep="\t")["scan"])
        assert not {"participant_id", "session_id"} & set(told)
    rewire("unblind", folder / "images", out, "--set", "images.strategy=24p", "-q")
    ledger = pd.read_csv(out / "exclusions.tsv", sep="\t").set_index("decision")
    assert bad in str(ledger.loc["excluded", "reason"])
    assert "became &#34;24p&#34;" in (out / "report.html").read_text()
