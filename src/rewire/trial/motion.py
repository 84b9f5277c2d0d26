"""Motion beside a scan: framewise displacement, and which volumes were censored for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.types import FloatArray, ScanRecord
from rewire.trial.faults import ScanFaults
from rewire.trial.tables import shown

_COLUMN = "framewise_displacement"
_OUTLIERS = "_outliers.tsv"
_DESCRIBED = re.compile(r"_desc-[A-Za-z0-9+]+$")


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """What is known of the motion in one scan.

    Parameters
    ----------
    mean_displacement
        Mean framewise displacement over the volumes of the recording in mm, or None.
    censored
        Which volumes of the recording were flagged as outliers; bool, shape (volumes,), or None.
    displacement
        Framewise displacement in mm, shape (volumes,), NaN where a volume has none; or None.
    """

    mean_displacement: float | None
    censored: npt.NDArray[np.bool_] | None
    displacement: FloatArray | None = None


def read_motion(record: ScanRecord, faults: ScanFaults) -> Motion:
    """Read the motion and outlier tables beside a scan, where there are any.

    Parameters
    ----------
    record
        The scan; its ``motion`` is XCP-D's ``_motion.tsv``, fMRIPrep's confounds, or an
        ``_outliers.tsv`` alone. Its ``outliers``, or else an ``_outliers.tsv`` beside the motion
        table, are read as well; for an image its ``outliers`` alone, which are set where the plan's
        strategy leaves nothing out.
    faults
        Receives a warning for a table that cannot be used.
    """
    if record.motion is None:
        return Motion(None, None)
    outliers = record.outliers or _outliers_beside(record.motion)
    displacement = None
    if outliers != record.motion:
        displacement = _read_column(record.motion, _COLUMN, faults)
    wanted = outliers if record.image is None else record.outliers
    flags = _read_column(wanted, _COLUMN, faults) if wanted else None
    if flags is not None and not np.isin(flags, (0.0, 1.0)).all():
        what = f"{shown(outliers.name if outliers else '')} holds flags other than 0 and 1."
        faults.add("warning", "motion-table", what, "They are not used.")
        flags = None
    known = displacement is not None and np.isfinite(displacement).any()
    mean = float(np.nanmean(displacement)) if displacement is not None and known else None
    return Motion(mean, None if flags is None else flags == 1.0, displacement)


def apply_censoring(
    series: FloatArray, motion: Motion, faults: ScanFaults
) -> tuple[FloatArray, npt.NDArray[np.bool_] | None]:
    """Return the series on the recording's own time axis, and which volumes survived censoring.

    Parameters
    ----------
    series
        float64, shape (rows, regions). Censored volumes may be rows of NaN, or be left out.
    motion
        What :func:`read_motion` gave.
    faults
        Receives a warning where flags and series do not fit together.

    Returns
    -------
    series, kept
        float64, shape (volumes, regions), with rows of NaN where a censored volume was left out;
        and bool, shape (volumes,), or None where nothing says that any volume was censored.
    """
    empty = np.asarray(np.isnan(series).all(axis=1), dtype=np.bool_)
    flags = motion.censored
    if flags is None:
        return series, (~empty if empty.any() else None)
    if len(flags) == len(series):
        return series, ~(flags | empty)
    if np.count_nonzero(~flags) == len(series):
        whole = np.full((len(flags), series.shape[1]), np.nan)
        whole[~flags] = series
        return whole, ~flags & ~np.isnan(whole).all(axis=1)
    faults.add(
        "warning",
        "motion-length",
        f"{len(series)} volumes, but {len(flags)} outlier flags of which "
        f"{np.count_nonzero(~flags)} say keep.",
        "The flags are not used; give the table that belongs to this scan.",
    )
    return series, (~empty if empty.any() else None)


def _outliers_beside(motion: Path) -> Path | None:
    if motion.name.endswith(_OUTLIERS):
        return motion
    stem = motion.name.removesuffix("_motion.tsv").removesuffix("_desc-confounds_timeseries.tsv")
    beside = [motion.with_name(s + _OUTLIERS) for s in (stem, _DESCRIBED.sub("", stem))]
    return next((path for path in beside if path.is_file()), None)


def _read_column(path: Path, column: str, faults: ScanFaults) -> FloatArray | None:
    try:
        table = pd.read_csv(path, sep="\t", usecols=[column], na_values=["n/a"], dtype=np.float64)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        faults.add(
            "warning",
            "motion-table",
            f"{shown(path.name)} gives no {column} ({shown(str(error))}).",
            f"Give a table with the column {column} in mm; until then motion is unknown.",
        )
        return None
    return np.asarray(table[column].to_numpy(), dtype=np.float64)
