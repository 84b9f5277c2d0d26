"""Which columns a strategy takes: compared with nilearn asked directly, and with plain lists."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nilearn.interfaces.fmriprep import load_confounds, load_confounds_strategy

from rewire.core.imaging import Denoising
from rewire.core.types import ScanRecord
from rewire.trial.confounds import Confounds, read_confounds
from rewire.trial.faults import ScanFaults

made: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("fmriprep.py")))
STEM = "sub-01_task-rest"
TISSUES = ("csf", "white_matter", "global_signal")
COSINES = {f"cosine{i:02d}" for i in range(3)}
COMBINED = {f"a_comp_cor_{i:02d}" for i in range(6)}
M24 = {f"{m}{end}" for m in made["MOTION"] for end in made["ENDS"]}


def collector() -> ScanFaults:
    return ScanFaults(ScanRecord("x", "sub-01", "", "", "", "bold", "A", Path("x.nii.gz")), None)


def read(table: Path, denoising: Denoising, volumes: int = 150) -> Confounds:
    faults = collector()
    found = read_confounds(table, denoising, volumes, faults)
    assert found is not None, faults.found
    return found


def refusal(table: Path | None, denoising: Denoising, volumes: int = 150) -> list[str]:
    faults = collector()
    assert read_confounds(table, denoising, volumes, faults) is None
    return [str(f) for f in faults.stopping]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path: Path = made["write_confounds"](tmp_path, STEM, 1)
    return path


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("none", set()),
        ("6p", set(made["MOTION"])),
        ("24p", M24),
        ("24p+gsr", M24 | {"global_signal"}),
        ("24p+wmcsf+cosine", M24 | {"csf", "white_matter"} | COSINES),
        ("36p", M24 | {f"{t}{end}" for t in TISSUES for end in made["ENDS"]}),
        ("acompcor", M24 | COMBINED | COSINES),
        ("ica-aroma", {"csf", "white_matter"} | COSINES),
        ("none+gsr", {"global_signal"}),
    ],
)
def test_columns_of_a_strategy(table: Path, strategy: str, expected: set[str]) -> None:
    found = read(table, Denoising(strategy))
    assert set(found.columns) == expected
    content = pd.read_csv(table, sep="\t")
    for column, values in zip(found.columns, found.values.T, strict=True):
        raw = content[column].to_numpy()[2:]
        np.testing.assert_allclose(values[2:] - values[2], raw - raw[0], atol=1e-12)


@pytest.mark.parametrize(
    ("strategy", "preset", "options"),
    [
        ("24p+wmcsf+cosine", "simple", {}),
        ("24p+wmcsf+cosine+gsr", "simple", {"global_signal": "basic"}),
        ("acompcor", "compcor", {}),
        ("acompcor+gsr", "compcor", {"global_signal": "basic"}),
    ],
)
def test_the_presets_of_nilearn(
    table: Path, strategy: str, preset: str, options: dict[str, Any]
) -> None:
    image = str(table.with_name(f"{STEM}_desc-preproc_bold.nii.gz"))
    expected, sample = load_confounds_strategy(image, denoise_strategy=preset, **options)
    found = read(table, Denoising(strategy))
    assert set(found.columns) == set(expected.columns)
    np.testing.assert_allclose(found.values, expected[list(found.columns)].to_numpy())
    np.testing.assert_array_equal(np.flatnonzero(found.kept), sample)


def test_few_components(table: Path) -> None:
    found = read(table, Denoising("acompcor", components=2))
    assert {c for c in found.columns if "comp" in c} == {"a_comp_cor_00", "a_comp_cor_01"}


def test_scrubbing_by_hand(table: Path) -> None:
    content = pd.read_csv(table, sep="\t")
    content.loc[[50, 54], "framewise_displacement"] = 0.6
    content.loc[100, "std_dvars"] = 2.0
    content.to_csv(table, sep="\t", index=False, na_rep="n/a")
    kept = read(table, Denoising("24p+scrubbing", shortest_segment=0)).kept
    assert np.flatnonzero(~kept).tolist() == [0, 50, 54, 100]
    kept = read(table, Denoising("24p+scrubbing", shortest_segment=5)).kept
    assert np.flatnonzero(~kept).tolist() == [0, *range(50, 55), 100]
    kept = read(table, Denoising("24p+scrubbing", 0.7, 2.5, 0)).kept
    assert np.flatnonzero(~kept).tolist() == [0]
    image = str(table.with_name(f"{STEM}_desc-preproc_bold.nii.gz"))
    _, sample = load_confounds(image, ("motion", "scrub"), scrub=5, fd_threshold=0.5)
    np.testing.assert_array_equal(
        np.flatnonzero(read(table, Denoising("24p+scrubbing")).kept), sample
    )


@pytest.mark.parametrize(
    ("strategy", "gone", "told"),
    [
        ("24p", "rot_x_power2", "lacks rot_x_power2"),
        ("36p", "csf_power2", "lacks csf_power2"),
        ("24p+gsr", "global_signal", "lacks global_signal"),
        ("24p+scrubbing", "std_dvars", "lacks std_dvars"),
        ("24p+scrubbing", "framewise_displacement", "lacks framewise_displacement"),
        ("acompcor", "a_comp_cor", "comp"),
    ],
)
def test_a_column_that_is_missing(table: Path, strategy: str, gone: str, told: str) -> None:
    content = pd.read_csv(table, sep="\t")
    keep = [c for c in content if c != gone and not c.startswith("a_comp")]
    keep += [c for c in content if c.startswith("a_comp") and gone != "a_comp_cor"]
    content[keep].to_csv(table, sep="\t", index=False, na_rep="n/a")
    (text,) = refusal(table, Denoising(strategy))
    assert told in text
    assert f"Strategy {strategy} needs it whole" in text


def test_missing_values_and_rows_and_files(table: Path) -> None:
    assert "150 rows, the image 140 volumes" in refusal(table, Denoising("24p"), 140)[0]
    assert "images.strategy" in refusal(None, Denoising("24p"))[0]
    content = pd.read_csv(table, sep="\t")
    content.loc[77, "trans_x"] = np.nan
    content.to_csv(table, sep="\t", index=False, na_rep="n/a")
    assert "trans_x lack values" in refusal(table, Denoising("24p"))[0]
    table.with_suffix(".json").unlink()
    assert "json" in refusal(table, Denoising("acompcor"))[0]


def test_everything_scrubbed(table: Path) -> None:
    assert "no volumes are left" in refusal(table, Denoising("24p+scrubbing", 1e-6))[0]
