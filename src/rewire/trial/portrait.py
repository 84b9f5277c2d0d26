"""What a rater looks at to judge one scan: carpet, motion, spectrum, coverage; not whose it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.core.types import SERIES, FloatArray, Scan, ScanRecord
from rewire.numerics.carpet import block_starts, draw_carpet
from rewire.numerics.motion_artefact import scan_edges
from rewire.numerics.power_spectrum import Spectrum, mean_spectrum
from rewire.trial.faults import ScanFaults
from rewire.trial.motion import read_motion
from rewire.trial.quality import judge_coverage

MOST_ROWS, MOST_COLUMNS = 200, 300
"""The most rows and columns of a carpet, and points of a trace."""


@dataclass(frozen=True, slots=True)
class Band:
    """A network in a carpet: its name, and where it begins and ends as shares of the height."""

    network: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """One scan as a rater sees it; it names no person, session or arm.

    Parameters
    ----------
    carpet
        Shades as of :func:`rewire.numerics.carpet.draw_carpet`, regions ordered by network; no
        rows where the scan has no volumes.
    bands
        The networks from top to bottom.
    censored
        Share of the volumes in each column of the carpet that was censored, shape (columns,).
    displacement
        Framewise displacement in mm, the largest in each column, shape (columns,); NaN where
        unknown, empty where nothing is known.
    seconds
        Length of the recording; NaN where unknown.
    spectrum
        Mean over regions.
    silent
        Regions that are constant or without any value, by name, in the order of the atlas.
    partial
        Regions that lack a value in some retained volumes, by name.
    """

    carpet: npt.NDArray[np.uint8]
    bands: tuple[Band, ...]
    censored: FloatArray
    displacement: FloatArray
    seconds: float
    spectrum: Spectrum
    silent: tuple[str, ...]
    partial: tuple[str, ...]


def draw_portrait(scan: Scan, displacement: FloatArray | None = None) -> Portrait:
    """Return what a rater looks at.

    Parameters
    ----------
    scan
        A scan; of one without volumes only the coverage is shown.
    displacement
        Framewise displacement in mm, shape (volumes,), NaN at the first; None where unknown. It
        is left out where its length is not that of the scan.

    Returns
    -------
    Portrait
        Small whatever the size of the scan.
    """
    if scan.kind not in SERIES:
        nothing = np.empty(0)
        none, partial = _coverage(scan.data, scan)
        bare = np.empty((0, 0), dtype=np.uint8)
        empty = Spectrum(nothing, nothing)
        return Portrait(bare, (), nothing, nothing, math.nan, empty, none, partial)
    order, bands = _by_network(scan)
    volumes = len(scan.data)
    columns = block_starts(volumes, MOST_COLUMNS)
    kept = np.ones(volumes, dtype=np.bool_) if scan.kept is None else scan.kept
    tr = scan.facts.get("repetition_time", math.nan)
    silent, partial = _coverage(scan.series(), scan)
    moved = np.empty(0)
    if displacement is not None and len(displacement) == volumes:
        moved = np.fmax.reduceat(displacement, columns)
    return Portrait(
        draw_carpet(scan.data[:, order], kept, (MOST_ROWS, MOST_COLUMNS)),
        bands,
        np.add.reduceat(~kept, columns, dtype=np.float64) / np.diff(np.append(columns, volumes)),
        moved,
        volumes * tr,
        mean_spectrum(scan.data, tr, kept),
        silent,
        partial,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Portrayed:
    """What is kept of a scan after it was looked at.

    Parameters
    ----------
    portrait
        What a rater sees; None where none was asked for.
    edges
        Float32, as :func:`rewire.numerics.motion_artefact.scan_edges`; None where none were asked
        for.
    """

    portrait: Portrait | None
    edges: npt.NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of one scan: a portrait, its edges, or both."""

    record: ScanRecord
    portrait: bool
    edges: bool


@dataclass(frozen=True, slots=True, eq=False)
class Portraitist:
    """Look at the scans of a trial one by one; picklable, so that other processes can.

    Parameters
    ----------
    load
        The trial's loader.
    """

    load: Callable[[ScanRecord], Scan]

    def __call__(self, wanted: Wanted) -> Portrayed:
        """Load a scan, look at it, and let it go."""
        scan = self.load(wanted.record)
        portrait = None
        if wanted.portrait:
            portrait = draw_portrait(scan, displacement_of(wanted.record, self.load))
        edges = scan_edges(scan.series()).astype(np.float32) if wanted.edges else None
        return Portrayed(portrait, edges)


def displacement_of(record: ScanRecord, load: Callable[[ScanRecord], Scan]) -> FloatArray | None:
    """Return framewise displacement of every volume in mm, None where nobody knows it.

    Parameters
    ----------
    record
        The scan; its motion table is read.
    load
        The trial's loader; that of a simulated trial knows the motion itself.
    """
    told = getattr(load, "displacement", None)
    if told is not None:
        moved = told(record)
        return None if moved is None else np.asarray(moved, dtype=np.float64)
    return read_motion(record, ScanFaults(record, None)).displacement


def _by_network(scan: Scan) -> tuple[npt.NDArray[np.intp], tuple[Band, ...]]:
    """Return the regions in order of their networks, those without one last, and the bands."""
    names = [*scan.atlas.networks, ""]
    place = {name: i for i, name in enumerate(names)}
    rank = np.array([place[name] for name in scan.atlas.network], dtype=np.intp)
    order = np.argsort(rank, kind="stable")
    edges = np.searchsorted(rank[order], np.arange(len(names) + 1)) / max(len(rank), 1)
    bands = tuple(
        Band(name, float(edges[i]), float(edges[i + 1]))
        for i, name in enumerate(names)
        if edges[i + 1] > edges[i]
    )
    return order, bands


def _coverage(series: FloatArray, scan: Scan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the regions without signal, and those that lack some of their values."""
    found = judge_coverage(series)
    named = [
        tuple(scan.atlas.regions[i] for i in np.flatnonzero(which))
        for which in (found.constant | found.absent, found.partial & ~found.constant)
    ]
    return named[0], named[1]
