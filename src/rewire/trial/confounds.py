"""Nuisance regressors of a strategy, picked by nilearn from fMRIPrep's table of confounds."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.imaging import Denoising
from rewire.core.types import FloatArray
from rewire.trial.faults import ScanFaults
from rewire.trial.tables import listed, shown

_MOTION = ("trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z")
_TISSUES = ("csf", "white_matter")
_GLOBAL = ("global_signal",)
_FULL = ("", "_derivative1", "_power2", "_derivative1_power2")
_COMPONENTS = {
    "none": (),
    "6p": ("motion",),
    "24p": ("motion",),
    "36p": ("motion", "wm_csf", "global_signal"),
    "acompcor": ("high_pass", "motion", "compcor"),
    "ica-aroma": ("high_pass", "wm_csf", "ica_aroma"),
    "wmcsf": ("wm_csf",),
    "gsr": ("global_signal",),
    "cosine": ("high_pass",),
    "scrubbing": ("scrub",),
}


@dataclass(frozen=True, slots=True, eq=False)
class Confounds:
    """Nuisance regressors of one scan.

    Parameters
    ----------
    columns
        Their names in fMRIPrep's table.
    values
        float64, shape (volumes, columns), without NaN; of no columns where none are removed.
    kept
        Which volumes stay: those that the scanner was steady in and that scrubbing does not
        leave out; bool, shape (volumes,).
    """

    columns: tuple[str, ...]
    values: FloatArray
    kept: npt.NDArray[np.bool_]


def read_confounds(
    table: Path | None, denoising: Denoising, volumes: int, faults: ScanFaults
) -> Confounds | None:
    """Read the regressors that a strategy takes.

    Parameters
    ----------
    table
        fMRIPrep's ``_desc-confounds_timeseries.tsv``, or None where there is none.
    denoising
        The strategy, and what it may leave out.
    volumes
        Volumes of the image.
    faults
        Receives an error for a table that is missing, or lacks columns or rows.

    Returns
    -------
    Confounds or None
        None after an error. The columns are those of
        :func:`nilearn.interfaces.fmriprep.load_confounds`; where only the first value of a
        derivative is missing, it is taken from the second.
    """
    if denoising.strategy == "none":
        return Confounds((), np.empty((volumes, 0)), np.ones(volumes, dtype=np.bool_))
    if table is None:
        what = f"there is no *_desc-confounds_timeseries.tsv for strategy {denoising.strategy}."
        faults.add("error", "no-confounds", what, 'Copy it, or say --set images.strategy="none".')
        return None
    if not _complete(table, denoising, volumes, faults):
        return None
    try:
        values, sample = _load(table, denoising)
    except (ValueError, KeyError, OSError, TypeError) as error:
        _refuse(table, denoising, f"({shown(' '.join(str(error).split()))}).", faults)
        return None
    kept = np.ones(volumes, dtype=np.bool_)
    if sample is not None:
        kept[:] = False
        kept[sample] = True
    numbers = np.empty((volumes, 0)) if values is None else values.to_numpy(dtype=np.float64)
    columns = () if values is None else tuple(str(c) for c in values.columns)
    bad = np.flatnonzero(~np.isfinite(numbers[kept]).all(axis=0))
    broken = [columns[i] for i in bad]
    if broken:
        _refuse(table, denoising, f"{listed(broken)} lack values in retained volumes.", faults)
        return None
    if np.count_nonzero(kept) < 2:
        faults.add("error", "all-scrubbed", "no volumes are left.", "Exclude the scan.")
        return None
    return Confounds(columns, np.where(np.isfinite(numbers), numbers, 0.0), kept)


def parts_of(denoising: Denoising) -> tuple[str, ...]:
    """Return nilearn's names of what a strategy is made of.

    Examples
    --------
    >>> parts_of(Denoising("24p+gsr+scrubbing"))
    ('motion', 'global_signal', 'scrub')
    """
    return tuple(dict.fromkeys(part for step in denoising.steps for part in _COMPONENTS[step]))


def columns_needed(denoising: Denoising) -> tuple[str, ...]:
    """Return the columns of fixed name that a strategy cannot do without."""
    parts, base = parts_of(denoising), denoising.steps[0]
    motion, tissue = _FULL[: 1 if base == "6p" else 4], _FULL[: 4 if base == "36p" else 1]
    needed = [f"{m}{end}" for m in _MOTION for end in motion] if "motion" in parts else []
    needed += [f"{t}{end}" for t in _TISSUES for end in tissue] if "wm_csf" in parts else []
    needed += [f"{g}{end}" for g in _GLOBAL for end in tissue] if "global_signal" in parts else []
    needed += ["framewise_displacement", "std_dvars"] if "scrub" in parts else []
    return tuple(needed)


def _complete(table: Path, denoising: Denoising, volumes: int, faults: ScanFaults) -> bool:
    """Return whether the table can be used, after noting everything that it lacks."""
    try:
        content = pd.read_csv(table, sep="\t")
    except (OSError, ValueError, pd.errors.ParserError) as error:
        _refuse(table, denoising, f"cannot be read ({shown(str(error))}).", faults)
        return False
    missing = [name for name in columns_needed(denoising) if name not in content]
    if missing:
        _refuse(table, denoising, f"lacks {listed(missing)}.", faults)
    if len(content) != volumes:
        what = f"has {len(content)} rows, the image {volumes} volumes."
        _refuse(table, denoising, what, faults)
    return not missing and len(content) == volumes


def _load(
    table: Path, denoising: Denoising
) -> tuple[pd.DataFrame | None, npt.NDArray[np.intp] | None]:
    from nilearn.interfaces.fmriprep import load_confounds

    base, parts = denoising.steps[0], parts_of(denoising)
    full = "full" if base == "36p" else "basic"
    stem = table.name.partition("_desc-confounds_")[0]
    desc = "smoothAROMAnonaggr" if "ica_aroma" in parts else "preproc"
    options: dict[str, Any] = {
        "motion": "basic" if base == "6p" else "full",
        "wm_csf": full,
        "global_signal": full,
        "n_compcor": denoising.components or "all",
        "scrub": denoising.shortest_segment,
        "fd_threshold": denoising.motion_threshold,
        "std_dvars_threshold": denoising.dvars_threshold,
    }
    image = str(table.with_name(f"{stem}_desc-{desc}_bold.nii.gz"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what nilearn warns of is looked for in what it returns
        values, sample = load_confounds(image, strategy=parts, **options)
    return (None if values is None or not values.size else values), sample


def _refuse(table: Path, denoising: Denoising, what: str, faults: ScanFaults) -> None:
    remedy = f"Strategy {denoising.strategy} needs it whole: run fMRIPrep again or choose another."
    faults.add("error", "confounds-table", f"{shown(table.name)} {what}", remedy)
