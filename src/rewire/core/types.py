"""The few types that data take on their way through rewire: frozen, and validated on the way in."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.events import Events
from rewire.core.imaging import CoverageTable, ImageSource
from rewire.core.maps import MapLibrary
from rewire.core.scales import Scale
from rewire.core.schema import ADVERSE_EVENT_COLUMNS

FloatArray = npt.NDArray[np.float64]
ScanKind = Literal["bold", "task", "connectome", "pet", "lesion", "spines", "calcium", "ephys"]
SERIES: frozenset[str] = frozenset({"bold", "task"})
"""Kinds of scan whose data are volumes by regions: at rest, and during a task with events."""


DIMS: tuple[str, ...] = (
    "scan",
    "region",
    "region2",
    "network",
    "network2",
    "state",
    "window",
    "density",
    "resolution",
    "scale",
    "condition",
    "gradient",
    "parameter",
    "model",
    "cell",
    "branch",
    "ensemble",
)
"""The only dimensions that a measurement may have, each at most once."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """What a measure is allowed to see of a scan: no person, session, arm or path.

    Parameters
    ----------
    id
        Opaque identifier.
    kind
        What was recorded.
    data
        For ``bold`` and ``task``: float64, shape (volumes, regions), in the units of the file; NaN
        where a volume or region is missing. For ``connectome``: shape (regions, regions).
    atlas
        The regions, in the order of the columns.
    facts
        Named facts from the sidecar and the motion file: ``repetition_time`` (s),
        ``mean_framewise_displacement`` (mm) and the like. A fact that is unknown is absent.
    kept
        Which volumes survived censoring; bool, shape (volumes,).
    events
        For ``task``: what the person did when, or None where no table says.
    lengths
        For ``connectome``: mean length of the fibres in mm, shape (regions, regions), NaN where
        there is none; None where nothing says.
    """

    id: str
    kind: ScanKind
    data: FloatArray
    atlas: Atlas
    facts: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    kept: npt.NDArray[np.bool_] | None = None
    events: Events | None = None
    lengths: FloatArray | None = None

    def __post_init__(self) -> None:
        """Refuse data whose columns are not the atlas's regions."""
        if self.data.ndim != 2 or self.data.shape[1] != len(self.atlas):
            raise ValueError(
                f"scan {self.id}: data are {self.data.shape}, the atlas has {len(self.atlas)} "
                "regions"
            )
        if self.kept is not None and self.kept.shape != (len(self.data),):
            raise ValueError(f"scan {self.id}: {self.kept.shape} censoring flags")
        if self.lengths is not None and self.lengths.shape != self.data.shape:
            raise ValueError(f"scan {self.id}: lengths are {self.lengths.shape}")

    def series(self) -> FloatArray:
        """Return the retained volumes, shape (retained, regions)."""
        return self.data if self.kept is None else self.data[self.kept]


@dataclass(frozen=True, slots=True)
class ScanRecord:
    """Where a scan belongs in the trial and how to find it; measures never receive this.

    Parameters
    ----------
    id
        Opaque identifier, equal to that of the :class:`Scan` it loads as.
    participant, session, acquisition, run
        BIDS entities with their prefixes for participant and session (``sub-01``,
        ``ses-week1``) and bare labels for the others (``pre``, ``1``); an empty string where
        the scan has none.
    kind
        What was recorded.
    atlas
        Name of the atlas.
    path
        The data file; for a simulated trial a name that exists in memory alone.
    sidecar
        The JSON file, or None where there is none.
    motion
        The table with ``framewise_displacement``, or None.
    task
        BIDS task label, an empty string where there is none.
    events
        The ``_events.tsv`` of a task run, or None.
    outliers
        The table of volumes that were flagged as outliers, or None.
    coverage
        The table of how much of each region was covered, or None.
    image
        What stands beside a scan that is still an image, or None.
    lengths
        For a connectome: the file with the lengths of its fibres, or None.
    origin
        In a blind run the id under the scan's own name, which is never written; else empty.
    """

    id: str
    participant: str
    session: str
    acquisition: str
    run: str
    kind: ScanKind
    atlas: str
    path: Path
    sidecar: Path | None = None
    motion: Path | None = None
    task: str = ""
    events: Path | None = None
    outliers: Path | None = None
    coverage: CoverageTable | None = None
    image: ImageSource | None = None
    lengths: Path | None = None
    origin: str = ""

    @property
    def seed_id(self) -> str:
        """What the scan's random numbers come from: the id under its own name."""
        return self.origin or self.id

    @property
    def label(self) -> str:
        """The scan as a person would name it: ``sub-07 ses-post acq-pre run-1``."""
        parts = [self.participant, self.session]
        parts += [f"task-{self.task}"] if self.kind == "task" else []
        parts += [f"acq-{self.acquisition}"] if self.acquisition else []
        parts += [f"run-{self.run}"] if self.run else []
        return " ".join(p for p in parts if p)


@dataclass(frozen=True, slots=True)
class Timepoint:
    """When something was recorded: a session, an acquisition within sessions, or both.

    ``parts`` are the time points of a repeated baseline, and ``take`` says which value stands for
    them: the ``mean`` of those that a person has, or the ``last``.

    Examples
    --------
    >>> Timepoint.parse("ses-week1").session
    'ses-week1'
    >>> str(Timepoint.parse("ses-drug_acq-pre"))
    'ses-drug_acq-pre'
    """

    session: str = ""
    acquisition: str = ""
    parts: tuple[Timepoint, ...] = ()
    take: Literal["mean", "last"] = "mean"

    @classmethod
    def parse(cls, text: str) -> Timepoint:
        """Read ``ses-week1``, ``acq-post`` or ``ses-drug_acq-pre``.

        Raises
        ------
        ValueError
            If the text has none of these forms.
        """
        session, acquisition = "", ""
        for part in text.split("_acq-"):
            if part.startswith("ses-") and not session:
                session = part
            elif not acquisition:
                acquisition = part.removeprefix("acq-")
        rebuilt = cls(session, acquisition)
        if str(rebuilt) != text or not text:
            raise ValueError(f"'{text}' is no time point: write ses-A, acq-B or ses-A_acq-B")
        return rebuilt

    def __str__(self) -> str:
        """Return the text that :meth:`parse` reads."""
        parts = [self.session, f"acq-{self.acquisition}" if self.acquisition else ""]
        return "_".join(p for p in parts if p)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Everything that was recorded, as tables with the columns of :mod:`rewire.core.schema`.

    Parameters
    ----------
    name
        The name in ``dataset_description.json``, or the folder's.
    participants
        One row a person; columns ``participant_id``, ``arm`` (an empty string where unknown) and
        whatever else the trial's table holds, numbers as float and the rest as text.
    sessions
        One row a person and session, in order of time; columns of
        :data:`rewire.core.schema.SESSION_COLUMNS`.
    scores
        Symptom scores, long; columns of :data:`rewire.core.schema.SCORE_COLUMNS`. Two tables
        that hold the same score give two rows with different ``table``.
    tabulated
        Measures that came as tables, long; columns of
        :data:`rewire.core.schema.TABULATED_COLUMNS`.
    scans
        What was recorded, not yet loaded.
    atlases
        By name.
    scales
        The instruments that occur in ``scores``, by column name.
    load
        Reads one scan; picklable, so that other processes can call it.
    root
        The trial's folder, or None for a trial that exists in memory alone.
    files
        Files that its tables came from, where they are not the tables in its own folder.
    simulated
        True where the data were generated; every page then says so.
    truth
        For simulated trials: what was planted (columns ``name``, ``arm``, ``value``, ``note``).
    adverse_events
        Columns of :data:`rewire.core.schema.ADVERSE_EVENT_COLUMNS`; no rows where none were
        recorded.
    maps
        What the plan's ``[maps]`` names: receptors, genes; empty where it names nothing.
    """

    name: str
    participants: pd.DataFrame
    sessions: pd.DataFrame
    scores: pd.DataFrame
    tabulated: pd.DataFrame
    scans: tuple[ScanRecord, ...]
    atlases: Mapping[str, Atlas]
    scales: Mapping[str, Scale]
    load: Callable[[ScanRecord], Scan]
    root: Path | None = None
    files: tuple[Path, ...] = ()
    simulated: bool = False
    truth: pd.DataFrame | None = None
    adverse_events: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(ADVERSE_EVENT_COLUMNS))
    )
    maps: MapLibrary = field(default_factory=MapLibrary)


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """One quantity over all scans of a trial.

    Parameters
    ----------
    name
        Name of the quantity, such as ``modularity_q_norm``.
    unit
        UDUNITS-like unit, ``1`` for a pure number.
    source
        Where the definition stands (a DOI), or the table it was read from.
    data
        Dataset with dims ``("scan", *declared dims)`` and the variables ``value`` (float64, NaN
        where there is none) and ``status`` (``ok`` or why there is no value; over pairs of
        regions flags with ``flag_meanings``, see :meth:`statuses`); ``se``, ``ci_low`` and
        ``ci_high`` where the measure knows them. Values of many large scans lie on disk and are
        read-only; take them scan by scan. The coordinates ``participant_id``,
        ``session_id``, ``acquisition`` and ``run`` lie along ``scan``.
    change
        True where the values are already after minus before (a ``_change`` column).
    provider
        Name of the measure that computed it, or of the table that held it.
    from_cohort
        Whether the values rest on something that was learned from all people's scans.
    """

    name: str
    unit: str
    source: str
    data: xr.Dataset
    change: bool = False
    provider: str = ""
    from_cohort: bool = False

    def __post_init__(self) -> None:
        """Refuse dims outside the closed list."""
        dims = tuple(str(d) for d in self.data["value"].dims)
        if dims[0] != "scan" or any(d not in DIMS for d in dims) or len(set(dims)) != len(dims):
            raise ValueError(f"{self.name}: dims {dims}; allowed are scan first, then {DIMS[1:]}")

    @property
    def dims(self) -> tuple[str, ...]:
        """The dims beside ``scan``."""
        return tuple(str(d) for d in self.data["value"].dims[1:])

    @property
    def cells(self) -> int:
        """How many values there are for each scan."""
        return math.prod(self.data["value"].shape[1:])

    def statuses(self, scan: int) -> npt.NDArray[np.str_]:
        """Return the statuses of one scan as text, whichever way they are kept."""
        status = self.data["status"]
        held: npt.NDArray[Any] = status[scan].to_numpy()
        if "flag_meanings" in status.attrs:
            held = np.array(json.loads(status.attrs["flag_meanings"]), dtype=str)[held]
        return held.astype(str)


Measurements = Mapping[str, Measurement]
"""Measured quantities by name."""
