"""CIFTI files: parcellated and dense, made with nibabel."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from nibabel.cifti2 import Cifti2Header, Cifti2Image
from nibabel.cifti2 import cifti2_axes as axes

from rewire.core.errors import DataError
from rewire.plan.parts import ImageChoice
from rewire.trial.check import check_trial
from rewire.trial.cifti import read_parcellated
from rewire.trial.reading import read_trial

made: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("fmriprep.py")))
NONE = ImageChoice(strategy="none")
STEM = "sub-01_ses-a_task-rest_run-1"
LEFT, RIGHT = "CIFTI_STRUCTURE_CORTEX_LEFT", "CIFTI_STRUCTURE_CORTEX_RIGHT"
THALAMUS = "CIFTI_STRUCTURE_THALAMUS_LEFT"
AFFINE = np.diag([2.0, 2, 2, 1])


def brain(left: int = 40) -> Any:
    """Two cortices of which some vertices are left out, and a few voxels."""
    hole = np.arange(left) != 3
    cortex = axes.BrainModelAxis.from_surface(np.flatnonzero(hole), left, LEFT)
    cortex = cortex + axes.BrainModelAxis.from_surface(np.arange(5, 30), 40, RIGHT)
    mask = np.zeros((5, 5, 5), dtype=bool)
    mask[1:3, 1:3, 1:4] = True
    return cortex + axes.BrainModelAxis.from_mask(mask, THALAMUS, AFFINE)


def save(path: Path, data: np.ndarray, first: Any, second: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Cifti2Image(data, Cifti2Header.from_axes((first, second)))
    nibabel.save(image, path)
    return path


def dense_atlas(root: Path, axis: Any, keys: np.ndarray, name: str = "Small") -> None:
    made["write_atlas"](root, name)
    next((root / "atlases").glob("*.nii.gz")).unlink()
    table = {int(k): (str(k), (0.0, 0.0, 0.0, 1.0)) for k in np.unique(keys)}
    path = root / f"atlases/atlas-{name}_space-fsLR_den-91k_dseg.dlabel.nii"
    save(path, keys[None].astype(np.float32), axes.LabelAxis(["all"], [table]), axis)


def dense_series(root: Path, axis: Any, volumes: int = 150) -> np.ndarray:
    data = np.random.default_rng(2).normal(size=(volumes, len(axis))).astype(np.float32)
    path = root / f"sub-01/ses-a/func/{STEM}_space-fsLR_den-91k_bold.dtseries.nii"
    save(path, data, axes.SeriesAxis(0, 2.0, volumes), axis)
    made["write_confounds"](path.parent, STEM, 1, volumes)
    path.with_name(path.name.replace(".dtseries.nii", ".json")).write_text(
        '{"RepetitionTime": 2.0}'
    )
    return data.astype(np.float64)


def spread(axis: Any) -> np.ndarray:
    """Give the grayordinates of an axis the four labels in turn, one in five none."""
    return np.array([0, *made["INDEX"]])[np.arange(len(axis)) % 5]


def load(root: Path, choice: ImageChoice = NONE) -> Any:
    trial = read_trial(root, images=choice).trial
    return trial.load(trial.scans[0])


def test_a_dense_series(tmp_path: Path) -> None:
    axis = brain()
    keys = spread(axis)
    dense_atlas(tmp_path, axis, keys)
    data = dense_series(tmp_path, axis)
    expected = np.stack([data[:, keys == i].mean(axis=1) for i in made["INDEX"]], axis=1)
    np.testing.assert_allclose(load(tmp_path).data, expected, atol=1e-6)
    assert load(tmp_path, ImageChoice(strategy="24p")).data.shape == (150, 4)


def test_an_atlas_that_leaves_some_grayordinates_out(tmp_path: Path) -> None:
    """The atlas has the left cortex alone and whole; the series lacks one of its vertices."""
    series, atlas = brain(), axes.BrainModelAxis.from_surface(np.arange(40), 40, LEFT)
    keys = np.array([0, *made["INDEX"]])[np.arange(40) % 5]
    dense_atlas(tmp_path, atlas, keys)
    data = dense_series(tmp_path, series)
    result = check_trial(read_trial(tmp_path, images=NONE), n_procs=1)
    shares = result.coverage["coverage"].tolist()
    assert shares == [1.0, 1.0, 7 / 8, 1.0]  # vertex 3 has the third label
    vertices = series.vertex[:39]
    for column, index in enumerate(made["INDEX"]):
        own = np.flatnonzero(keys[vertices] == index)
        np.testing.assert_allclose(
            load(tmp_path).data[:, column], data[:, own].mean(axis=1), atol=1e-6
        )


def test_surfaces_of_other_meshes(tmp_path: Path) -> None:
    dense_atlas(tmp_path, brain(left=50), spread(brain(left=50)))
    dense_series(tmp_path, brain())
    (fault,) = check_trial(read_trial(tmp_path, images=NONE), n_procs=1).errors
    assert "40 vertices in CIFTI_STRUCTURE_CORTEX_LEFT, its atlas 50" in fault.what


def test_a_label_without_a_row(tmp_path: Path) -> None:
    keys = spread(brain())
    keys[7] = 400
    dense_atlas(tmp_path, brain(), keys)
    dense_series(tmp_path, brain())
    (fault,) = check_trial(read_trial(tmp_path, images=NONE), n_procs=1).errors
    assert "the label 400 without a row" in fault.what


def parcellated(root: Path, names: tuple[str, ...]) -> np.ndarray:
    parcels = axes.ParcelsAxis.from_brain_models(
        [(n, brain()[i * 4 : i * 4 + 4]) for i, n in enumerate(names)]
    )
    data = np.random.default_rng(2).normal(size=(150, len(names)))
    stem = f"{STEM}_space-fsLR_den-91k_seg-Small_stat-mean_timeseries"
    path = root / f"sub-01/ses-a/func/{stem}.ptseries.nii"
    save(path, data.astype(np.float32), axes.SeriesAxis(0, 2.0, 150), parcels)
    (path.parent / f"{stem}.json").write_text('{"RepetitionTime": 2.0}')
    made["write_atlas"](root)
    return data


def test_a_parcellated_series(tmp_path: Path) -> None:
    names = made["REGIONS"]
    data = parcellated(tmp_path, names[::-1])
    np.testing.assert_allclose(load(tmp_path).data, data[:, ::-1], atol=1e-6)
    result = check_trial(read_trial(tmp_path, images=NONE), n_procs=1)
    assert result.coverage.empty
    assert np.isnan(result.denoising["lowest_coverage"]).all()


def test_tables_that_belong_to_a_parcellated_series(tmp_path: Path) -> None:
    parcellated(tmp_path, made["REGIONS"])
    func = tmp_path / "sub-01/ses-a/func"
    flags = np.arange(150) % 10 == 4
    lines = ["framewise_displacement", *(str(int(f)) for f in flags)]
    (func / f"{STEM}_outliers.tsv").write_text("\n".join(lines) + "\n")
    motion = ["framewise_displacement", "n/a", *["0.25"] * 149]
    (func / f"{STEM}_desc-filtered_motion.tsv").write_text("\n".join(motion) + "\n")
    table = "\t".join(made["REGIONS"]) + "\n1\t0.3\t0.8\t0.9\n"
    (func / f"{STEM}_space-fsLR_seg-Small_stat-coverage_bold.tsv").write_text(table)
    scan = load(tmp_path)
    np.testing.assert_array_equal(scan.kept, ~flags)
    assert scan.facts["mean_framewise_displacement"] == 0.25
    assert np.isnan(scan.series()).all(axis=0).tolist() == [False, True, False, False]
    result = check_trial(read_trial(tmp_path, images=NONE), n_procs=1)
    assert result.denoising["lowest_coverage"].tolist() == [0.3]
    assert result.denoising["regions_below_coverage"].tolist() == [1.0]


def test_parcels_that_the_table_lacks(tmp_path: Path) -> None:
    parcellated(tmp_path, (*made["REGIONS"][:3], "Another"))
    (fault,) = check_trial(read_trial(tmp_path, images=NONE), n_procs=1).errors
    assert "missing RH_Default_1; not in it Another" in fault.what


def test_what_is_no_cifti(tmp_path: Path) -> None:
    path = tmp_path / "x.ptseries.nii"
    path.write_bytes(b"not a series of parcels")
    with pytest.raises(DataError, match="cannot be read as CIFTI"):
        read_parcellated(path)
