"""Loading one scan: the numbers, the regions, the facts, and nothing about whose it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError, Fault
from rewire.core.types import SERIES, FloatArray, Scan, ScanRecord
from rewire.trial.connectomes import judge_connectome, read_lengths
from rewire.trial.coverage import leave_out, read_coverage
from rewire.trial.denoising import Denoised
from rewire.trial.events import read_events
from rewire.trial.faults import ScanFaults
from rewire.trial.motion import apply_censoring, read_motion
from rewire.trial.sidecar import read_repetition_time, read_start_time
from rewire.trial.tables import listed
from rewire.trial.timeseries import Columns, read_columns


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A scan as far as it could be read.

    Parameters
    ----------
    scan
        None where an error stands among the faults.
    faults
        Everything that is wrong with its files.
    size
        Bytes of the data file that were read.
    coverage
        Share of each region that the scan covers, shape (regions,); None where nothing says.
    denoised
        For an image: what was taken out.
    """

    scan: Scan | None
    faults: tuple[Fault, ...]
    size: int
    coverage: FloatArray | None = None
    denoised: Denoised | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ScanLoader:
    """Load the scans of one trial; picklable, so that other processes can call it.

    Parameters
    ----------
    atlases
        The trial's atlases by name.
    root
        The trial's folder.
    """

    atlases: Mapping[str, Atlas]
    root: Path

    def __call__(self, record: ScanRecord) -> Scan:
        """Return the scan; see :func:`load_scan`."""
        return load_scan(record, self.atlases, self.root)


def load_scan(record: ScanRecord, atlases: Mapping[str, Atlas], root: Path | None = None) -> Scan:
    """Read one scan.

    Parameters
    ----------
    record
        Where it lies.
    atlases
        Atlases by name.
    root
        The trial's folder, from which sidecars are inherited.

    Returns
    -------
    Scan
        Float64 data in the order of the atlas's regions, NaN where a volume or region is
        missing. It carries an opaque id and named facts; no person, session, arm or path.

    Raises
    ------
    DataError
        If the file is unreadable or truncated, its columns are not the atlas's regions, or no
        sidecar says how far apart the volumes are. The message names the file.
    """
    opened = open_scan(record, atlases, root)
    if opened.scan is None:
        raise DataError("\n".join(str(f) for f in opened.faults if f.severity == "error"))
    return opened.scan


def open_scan(record: ScanRecord, atlases: Mapping[str, Atlas], root: Path | None) -> Opened:
    """Read one scan and everything that is wrong with its files.

    Parameters
    ----------
    record, atlases, root
        As for :func:`load_scan`.

    Returns
    -------
    Opened
        All faults, not the first one alone.
    """
    faults = ScanFaults(record, root)
    facts: dict[str, float] = {}
    if record.kind in SERIES:
        repetition_time = read_repetition_time(record, root, faults)
        if repetition_time is not None:
            facts["repetition_time"] = repetition_time
    start = read_start_time(record, root) if record.kind == "task" else None
    if start is not None:
        facts["start_time"] = start
    atlas = atlases.get(record.atlas)
    if atlas is None:
        what = f"the atlas {record.atlas} cannot be used."
        faults.add("error", "columns", what, "Add or correct its table.")
    loaded = _load(record, atlas, facts, faults)
    if atlas is None or loaded.values is None:
        return Opened(None, faults.found, loaded.size)
    events = None
    if record.kind == "task":
        seconds = len(loaded.values) * facts.get("repetition_time", math.nan)
        events = read_events(record, seconds, faults)
    if faults.stopping:
        return Opened(None, faults.found, loaded.size)
    data = np.ascontiguousarray(loaded.values)
    scan = Scan(record.id, record.kind, data, atlas, facts, loaded.kept, events, loaded.lengths)
    return Opened(scan, faults.found, loaded.size, loaded.coverage, loaded.denoised)


@dataclass(frozen=True, slots=True, eq=False)
class _Loaded:
    """The numbers of a scan, None where there are none, and what is known of them."""

    values: FloatArray | None
    size: int
    kept: npt.NDArray[np.bool_] | None = None
    coverage: FloatArray | None = None
    denoised: Denoised | None = None
    lengths: FloatArray | None = None


def _load(
    record: ScanRecord, atlas: Atlas | None, facts: dict[str, float], faults: ScanFaults
) -> _Loaded:
    if record.image is None:
        return _load_table(record, atlas, facts, faults)
    size = record.path.stat().st_size if record.path.is_file() else 0
    if atlas is None:
        return _Loaded(None, size)
    from rewire.trial.images import read_image

    image = read_image(record, record.image, atlas, facts.get("repetition_time"), faults)
    motion = read_motion(record, faults)
    if motion.mean_displacement is not None:
        facts["mean_framewise_displacement"] = motion.mean_displacement
    if image is None:
        return _Loaded(None, size)
    values, kept = image.series, image.kept
    told = read_coverage(record, atlas, faults)
    if told is not None and record.coverage is not None:
        values = leave_out(values, told, record.coverage.minimum, atlas, faults)
    if record.outliers is not None:
        values, kept = apply_censoring(values, motion, faults)
    facts["degrees_of_freedom"] = image.denoised.degrees_of_freedom
    coverage = image.coverage if told is None else told
    return _Loaded(values, size, kept, coverage, image.denoised)


def _load_table(
    record: ScanRecord, atlas: Atlas | None, facts: dict[str, float], faults: ScanFaults
) -> _Loaded:
    columns = _columns(record, faults)
    order = _order(columns, atlas, faults) if columns and atlas else None
    if columns is None or atlas is None or order is None:
        return _Loaded(None, columns.size if columns else 0)
    values = columns.values[:, order]
    if record.kind == "connectome":
        return _connectome(record, atlas, _square(values, order, faults), columns.size, faults)
    coverage = read_coverage(record, atlas, faults)
    if coverage is not None and record.coverage is not None:
        values = leave_out(values, coverage, record.coverage.minimum, atlas, faults)
    motion = read_motion(record, faults)
    values, kept = apply_censoring(values, motion, faults)
    if motion.mean_displacement is not None:
        facts["mean_framewise_displacement"] = motion.mean_displacement
    return _Loaded(values, columns.size, kept, coverage)


def _connectome(
    record: ScanRecord, atlas: Atlas, values: FloatArray, size: int, faults: ScanFaults
) -> _Loaded:
    if values.shape != (len(atlas), len(atlas)):
        return _Loaded(values, size)
    judge_connectome(values, atlas, faults)
    return _Loaded(values, size, lengths=read_lengths(record, atlas, faults))


def _square(values: FloatArray, order: npt.NDArray[np.intp], faults: ScanFaults) -> FloatArray:
    if values.shape[0] == values.shape[1]:
        return values[order]
    what = f"{values.shape[0]} rows, but {values.shape[1]} regions."
    faults.add("error", "columns", what, "A connectome has one row for every region.")
    return values


def _columns(record: ScanRecord, faults: ScanFaults) -> Columns | None:
    try:
        columns = read_columns(record.path)
    except DataError as error:
        remedy = "Copy or parcellate it again, or exclude the scan."
        faults.add("error", "unreadable-file", str(error), remedy)
        return None
    if not columns.whole_lines:
        what = "the last line does not end: its last number may be cut off."
        faults.add("warning", "unfinished-file", what, "Compare the file with its source.")
    return columns


def _order(columns: Columns, atlas: Atlas, faults: ScanFaults) -> npt.NDArray[np.intp] | None:
    """Return which column holds each region, or None after noting how the two differ."""
    at = {name: i for i, name in enumerate(columns.names)}
    missing = [r for r in atlas.regions if r not in at]
    regions = set(atlas.regions)
    extra = [n for n in at if n not in regions]
    repeated = sorted({n for n in columns.names if columns.names.count(n) > 1})
    if not (missing or extra or repeated):
        return np.array([at[r] for r in atlas.regions], dtype=np.intp)
    parts = [
        f"{word} {listed(names)}"
        for word, names in (("missing", missing), ("not in it", extra), ("repeated", repeated))
        if names
    ]
    faults.add(
        "error",
        "columns",
        f"{len(columns.names)} regions, the atlas has {len(atlas)} ({'; '.join(parts)}).",
        "Parcellate again or pass the matching atlas.",
    )
    return None
