"""Quality of one scan: how long, how still, which regions are silent. It never sees an arm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.atlas import Atlas
from rewire.core.errors import Fault
from rewire.core.schema import QUALITY_COLUMNS
from rewire.core.types import SERIES, FloatArray, Scan, ScanRecord
from rewire.trial.denoising import Denoised
from rewire.trial.faults import ScanFaults
from rewire.trial.scan import open_scan
from rewire.trial.tables import listed

MINIMUM_MINUTES = 4.0
"""Retained minutes below which a scan draws a warning: the default of XCP-D's ``--min-time``
(240 s), below which that program writes no result for a run."""


@dataclass(frozen=True, slots=True)
class ScanQuality:
    """What one scan is worth.

    Parameters
    ----------
    record
        The scan.
    faults
        What is wrong with it.
    size
        Bytes read.
    volumes, retained
        Volumes recorded and surviving censoring; NaN for a connectome or an unreadable file.
    repetition_time
        Seconds between volumes, NaN where unknown.
    displacement
        Mean framewise displacement in mm, NaN where unknown.
    silent
        Regions that are constant or have no value, NaN for an unreadable file.
    gaps
        Stretches of censored volumes with retained ones on both sides.
    unbroken
        Volumes in the longest stretch without a gap, NaN as for ``volumes``.
    coverage
        Share of each region that the scan covers, shape (regions,); None where nothing says.
    denoised
        For an image: what was taken out.
    regions
        Regions of the atlas, 0 for an unreadable file.
    """

    record: ScanRecord
    faults: tuple[Fault, ...]
    size: int
    volumes: float = math.nan
    retained: float = math.nan
    repetition_time: float = math.nan
    displacement: float = math.nan
    silent: float = math.nan
    gaps: int = 0
    unbroken: float = math.nan
    coverage: FloatArray | None = None
    denoised: Denoised | None = None
    regions: int = 0

    @property
    def minutes(self) -> float:
        """Retained minutes."""
        return self.retained * self.repetition_time / 60.0

    @property
    def silent_share(self) -> float:
        """Share of the regions that are constant or have no value."""
        return self.silent / self.regions if self.regions else math.nan


def judge_scan(
    record: ScanRecord,
    atlases: Mapping[str, Atlas],
    root: Path | None,
    minimum_minutes: float = MINIMUM_MINUTES,
) -> ScanQuality:
    """Read a scan and judge it.

    Parameters
    ----------
    record
        Where it lies.
    atlases
        Atlases by name.
    root
        The trial's folder.
    minimum_minutes
        Retained minutes below which the scan draws a warning.

    Returns
    -------
    ScanQuality
        With NaN for what an unreadable scan does not tell.
    """
    opened = open_scan(record, atlases, root)
    if opened.scan is None:
        return ScanQuality(record, opened.faults, opened.size)
    judged = judge_loaded(record, opened.scan, root, minimum_minutes)
    return replace(
        judged,
        faults=(*opened.faults, *judged.faults),
        size=opened.size,
        coverage=opened.coverage,
        denoised=opened.denoised,
    )


def judge_loaded(
    record: ScanRecord, scan: Scan, root: Path | None, minimum_minutes: float = MINIMUM_MINUTES
) -> ScanQuality:
    """Judge a scan that is in memory; see :func:`judge_scan`."""
    faults = ScanFaults(record, root)
    timed = scan.kind in SERIES
    series = scan.series() if timed else scan.data
    silent = _judge_regions(series, scan, faults)
    displacement = scan.facts.get("mean_framewise_displacement", math.nan)
    if not timed:
        return ScanQuality(record, faults.found, 0, silent=silent, regions=len(scan.atlas))
    kept = scan.kept if scan.kept is not None else np.ones(len(scan.data), dtype=np.bool_)
    runs = _runs(kept)
    quality = ScanQuality(
        record,
        (),
        0,
        float(len(kept)),
        float(kept.sum()),
        scan.facts.get("repetition_time", math.nan),
        displacement,
        silent,
        max(len(runs) - 1, 0),
        float(max(runs, default=0)),
        regions=len(scan.atlas),
    )
    if quality.minutes < minimum_minutes:
        faults.add(
            "warning",
            "too-short",
            f"{quality.minutes:.1f} minutes are retained, fewer than {minimum_minutes:g}.",
            "Exclude it, or say in the plan why it stays.",
        )
    return replace(quality, faults=faults.found)


def quality_table(scans: Sequence[ScanQuality]) -> pd.DataFrame:
    """Return the quality of every scan, columns of :data:`rewire.core.schema.QUALITY_COLUMNS`."""
    rows = [
        (
            q.record.participant,
            q.record.session,
            q.record.acquisition,
            q.record.run,
            q.record.kind,
            q.volumes,
            q.retained,
            q.minutes,
            q.displacement,
            q.silent,
        )
        for q in scans
    ]
    frame = pd.DataFrame(rows, columns=list(QUALITY_COLUMNS))
    return frame.astype(dict.fromkeys(QUALITY_COLUMNS[5:], np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """Which regions lack signal or values; every array is bool, shape (regions,).

    Parameters
    ----------
    constant
        Does not vary.
    absent
        Has no value at all.
    partial
        Has values, but not in every volume.
    """

    constant: npt.NDArray[np.bool_]
    absent: npt.NDArray[np.bool_]
    partial: npt.NDArray[np.bool_]


def judge_coverage(series: FloatArray) -> Coverage:
    """Tell which regions lack signal.

    Parameters
    ----------
    series
        Float64, shape (retained volumes, regions); NaN where there is no value.

    Examples
    --------
    >>> found = judge_coverage(np.array([[1.0, 5.0, np.nan], [2.0, 5.0, 1.0]]))
    >>> found.constant.tolist(), found.partial.tolist()
    ([False, True, True], [False, False, True])
    """
    finite = np.isfinite(series)
    absent: npt.NDArray[np.bool_] = np.asarray(~finite.any(axis=0))
    partial: npt.NDArray[np.bool_] = np.asarray(~finite.all(axis=0) & ~absent)
    lowest = np.where(finite, series, np.inf).min(axis=0, initial=np.inf)
    highest = np.where(finite, series, -np.inf).max(axis=0, initial=-np.inf)
    return Coverage((lowest >= highest) & ~absent, absent, partial)


def _judge_regions(series: FloatArray, scan: Scan, faults: ScanFaults) -> float:
    if len(series) < 2:
        return math.nan
    found = judge_coverage(series)
    constant, absent, partial = found.constant, found.absent, found.partial
    remedy = "They become NaN in every measure that needs them."
    for code, wanted, what in (
        ("constant-region", constant, "constant"),
        ("nan-region", absent, "without any value"),
        ("nan-region", partial, "without a value in some retained volumes"),
    ):
        names = [scan.atlas.regions[i] for i in np.flatnonzero(wanted)]
        if names:
            text = f"{len(names)} region{'' if len(names) == 1 else 's'} {what}: {listed(names)}."
            faults.add("warning", code, text, remedy)
    return float(np.count_nonzero(constant | absent))


def _runs(kept: npt.NDArray[np.bool_]) -> list[int]:
    """Return the lengths of the stretches of retained volumes."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], kept, [False])).astype(np.int8)))
    return [int(b - a) for a, b in zip(edges[::2], edges[1::2], strict=True)]
