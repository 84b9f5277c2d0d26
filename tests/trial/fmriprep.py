"""Writes small images, confounds and atlases as fMRIPrep names them, for tests that need them."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

SHAPE = (10, 9, 8)
AFFINE = np.array([[-2.0, 0, 0, 9], [0, 2, 0, -8], [0, 0, 2, -7], [0, 0, 0, 1]])
REGIONS = ("LH_Vis_1", "LH_Default_1", "RH_Vis_1", "RH_Default_1")
INDEX = (3, 5, 7, 11)
SPACE = "MNI152NLin2009cAsym"
MOTION = [f"{kind}_{axis}" for kind in ("trans", "rot") for axis in "xyz"]
ENDS = ("", "_derivative1", "_power2", "_derivative1_power2")


def labels() -> np.ndarray:
    """Four boxes of different sizes, with voxels of no region between them."""
    found = np.zeros(SHAPE, dtype=np.int16)
    found[1:4, 1:4, 1:7] = INDEX[0]
    found[5:9, 1:4, 1:4] = INDEX[1]
    found[1:4, 5:8, 1:5] = INDEX[2]
    found[5:8, 5:8, 2:6] = INDEX[3]
    return found


def write_atlas(
    root: Path,
    name: str = "Small",
    regions: tuple[str, ...] = REGIONS,
    index: tuple[int, ...] = INDEX,
    values: np.ndarray | None = None,
    affine: np.ndarray = AFFINE,
    space: str = SPACE,
) -> Path:
    folder = root / "atlases"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{i}\t{r}\t{r[0]}\t{r.split('_')[1]}" for i, r in zip(index, regions, strict=True)]
    table = "\n".join(["index\tname\themisphere\tnetwork", *rows]) + "\n"
    (folder / f"atlas-{name}_dseg.tsv").write_text(table)
    path = folder / f"atlas-{name}_space-{space}_dseg.nii.gz"
    nibabel.save(nibabel.Nifti1Image(labels() if values is None else values, affine), path)
    return path


def voxels(seed: int, volumes: int = 150) -> np.ndarray:
    """A 4-D image in float32: a signal of each region, and noise of each voxel."""
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(*SHAPE, volumes)) + 1000
    for index in INDEX:
        data[labels() == index] += 3 * rng.normal(size=volumes).cumsum() / 10
    return data.astype(np.float32)


def write_image(
    func: Path, stem: str, data: np.ndarray, desc: str = "preproc", mask: np.ndarray | None = None
) -> Path:
    """Write an image with its sidecar and brain mask."""
    func.mkdir(parents=True, exist_ok=True)
    start = f"{stem}_space-{SPACE}_desc-"
    path = func / f"{start}{desc}_bold.nii.gz"
    nibabel.save(nibabel.Nifti1Image(data, AFFINE), path)
    path.with_name(f"{start}{desc}_bold.json").write_text('{"RepetitionTime": 2.0}')
    inside = np.ones(SHAPE, dtype=np.uint8) if mask is None else mask
    nibabel.save(nibabel.Nifti1Image(inside, AFFINE), func / f"{start}brain_mask.nii.gz")
    return path


def write_confounds(func: Path, stem: str, seed: int, volumes: int = 150) -> Path:
    """Write the confounds that fMRIPrep writes: noise, with its first values missing."""
    func.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    tissues = ("csf", "white_matter", "global_signal")
    names = [f"{name}{end}" for name in (*MOTION, *tissues) for end in ENDS]
    names += [f"cosine{i:02d}" for i in range(3)]
    names += [f"{kind}_comp_cor_{i:02d}" for kind in "atcw" for i in range(6)]
    table = pd.DataFrame(rng.normal(size=(volumes, len(names))), columns=names)
    derived = [name for name in names if "derivative" in name]
    table.loc[0, derived] = np.nan
    table["framewise_displacement"] = rng.uniform(0.05, 0.2, volumes)
    table.loc[0, "framewise_displacement"] = np.nan
    table["std_dvars"] = rng.uniform(0.8, 1.2, volumes)
    table["non_steady_state_outlier00"] = (np.arange(volumes) == 0).astype(int)
    path = func / f"{stem}_desc-confounds_timeseries.tsv"
    table.to_csv(path, sep="\t", index=False, na_rep="n/a")
    masks = {"a": "combined", "c": "CSF", "w": "WM", "t": "none"}
    about = {n: {"Mask": masks[n[0]]} for n in names if "comp_cor" in n}
    path.with_suffix(".json").write_text(json.dumps(about))
    return path


def write_trial(root: Path, people: int = 1, sessions: tuple[str, ...] = ("ses-a",)) -> list[Path]:
    """Write a trial of images and return their paths."""
    write_atlas(root)
    images = []
    for person in range(1, people + 1):
        for at, session in enumerate(sessions):
            stem = f"sub-{person:02d}_{session}_task-rest_run-1"
            func = root / f"sub-{person:02d}" / session / "func"
            seed = 10 * person + at
            images.append(write_image(func, stem, voxels(seed)))
            write_confounds(func, stem, seed)
    return images
