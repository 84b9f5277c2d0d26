"""What lies in a trial's folder: one walk over it, no file opened.

bids2table gives the same rows in 0.6 s for 10,000 files, but leaves out the JSON files, so that
every sidecar would need a second look at the disk, and brings a columnar table library along.
This walk takes a fraction of that time and sees both at once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rewire.core.errors import Fault
from rewire.core.types import ScanKind, ScanRecord
from rewire.trial.tables import relative, shown

DERIVED: frozenset[str] = frozenset(
    {"space", "cohort", "res", "den", "desc", "seg", "atlas", "stat", "meas"}
)
"""Entities that say how a file was derived and not what was recorded."""

COMPANIONS: tuple[str, ...] = (
    ".nii.gz",
    ".nii",
    "_motion.tsv",
    "_outliers.tsv",
    "_desc-confounds_timeseries.tsv",
    "_desc-confounds_regressors.tsv",
    "_stat-coverage_bold.tsv",
)
"""How the names of images end, and of tables that belong to a scan."""

_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class BidsName:
    """A file name taken apart.

    Parameters
    ----------
    entities
        Keys and labels in the order of the name.
    suffix
        The last part, without the ending.
    ending
        From the first dot on.
    """

    entities: tuple[tuple[str, str], ...]
    suffix: str
    ending: str

    def get(self, key: str) -> str:
        """Return the label of an entity, an empty string where the name lacks it."""
        return next((label for k, label in self.entities if k == key), "")

    def recording(self) -> tuple[tuple[str, str], ...]:
        """Return the entities that say what was recorded, which companion files share."""
        return tuple(pair for pair in self.entities if pair[0] not in DERIVED)


@dataclass(frozen=True, slots=True)
class Index:
    """What the walk found.

    Parameters
    ----------
    scans
        Every scan that rewire can read, in the order of path names.
    folders
        Names of the participants' folders.
    session_tables
        ``sub-XX_sessions.tsv`` files.
    faults
        Files that stand in another participant's folder.
    event_tables
        ``_events.tsv`` files, those in the trial's own folder too.
    companions
        Images, and tables that belong to a scan: motion, outliers, confounds and coverage.
    """

    scans: tuple[ScanRecord, ...]
    folders: tuple[str, ...]
    session_tables: tuple[Path, ...]
    faults: tuple[Fault, ...]
    event_tables: tuple[Path, ...] = ()
    companions: tuple[Path, ...] = ()


def parse_name(name: str) -> BidsName:
    """Take a file name apart.

    Examples
    --------
    >>> parsed = parse_name("sub-01_ses-a_task-rest_seg-X_stat-mean_timeseries.tsv")
    >>> parsed.get("ses"), parsed.suffix, parsed.ending
    ('a', 'timeseries', '.tsv')
    """
    stem, dot, rest = name.partition(".")
    *parts, suffix = stem.split("_")
    pairs = (part.partition("-") for part in parts)
    return BidsName(tuple((k, v) for k, dash, v in pairs if dash), suffix, dot + rest)


def scan_id(record: ScanRecord, variant: str = "") -> str:
    """Return the opaque identifier of a scan, the same wherever the trial lies.

    Parameters
    ----------
    record
        The scan; its own ``id`` is not looked at.
    variant
        What else tells it from others, such as a connectome's ``meas`` label.
    """
    parts = (
        record.participant,
        record.session,
        record.acquisition,
        record.run,
        record.kind,
        record.atlas,
        variant,
    )
    return "scan-" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]


def index_trial(root: Path) -> Index:
    """Find scans, sidecars, motion tables and session tables below a trial's folder.

    Parameters
    ----------
    root
        The trial's folder.

    Returns
    -------
    Index
        Nothing in it was opened.
    """
    with os.scandir(root) as entries:
        above = list(entries)
    folders = sorted(e.name for e in above if e.name.startswith("sub-") and e.is_dir())
    events = sorted(root / e.name for e in above if e.name.endswith("_events.tsv"))
    scans: list[ScanRecord] = []
    tables: list[Path] = []
    companions: list[Path] = []
    faults: list[Fault] = []
    for folder in folders:
        for path, names in _walk(str(root / folder), 1):
            tables += [Path(path, n) for n in names if n.endswith("_sessions.tsv")]
            events += [Path(path, n) for n in names if n.endswith("_events.tsv")]
            companions += [Path(path, n) for n in names if n.endswith(COMPANIONS)]
            for record in _scans_in(path, names, folder):
                scans.append(record)
                if record.participant != folder:
                    faults.append(_misplaced(record, folder, root))
    found = (tuple(scans), tuple(folders), tuple(tables), tuple(faults))
    return Index(*found, tuple(events), tuple(companions))


def _walk(path: str, depth: int) -> Iterator[tuple[str, list[str]]]:
    below, names = [], []
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.name.endswith((".tsv", ".json", ".nii.gz", ".nii")):
                names.append(entry.name)
            elif depth < _DEEPEST and entry.is_dir():
                below.append(entry.path)
    yield path, sorted(names)
    for folder in sorted(below):
        yield from _walk(folder, depth + 1)


def _scans_in(folder: str, names: list[str], participant: str) -> Iterator[ScanRecord]:
    parsed = [(name, parse_name(name)) for name in names if name.endswith(".tsv")]
    series = [(name, p, _kind(p, folder)) for name, p in parsed]
    if not any(kind for _, _, kind in series):
        return
    motion = _motion_tables(parsed)
    present = frozenset(names)
    for name, p, kind in series:
        if kind is None:
            continue
        sidecar = name.removesuffix(".tsv") + ".json"
        companion = motion.get(p.recording()) if kind == "bold" else None
        record = ScanRecord(
            id="",
            participant=f"sub-{p.get('sub')}" if p.get("sub") else participant,
            session=f"ses-{p.get('ses')}" if p.get("ses") else _folder_session(folder, participant),
            acquisition=p.get("acq"),
            run=p.get("run"),
            kind=kind,
            atlas=p.get("seg") or p.get("atlas"),
            path=Path(folder, name),
            sidecar=Path(folder, sidecar) if sidecar in present else None,
            motion=Path(folder, companion) if companion else None,
            task=p.get("task"),
        )
        yield replace(record, id=scan_id(record, p.get("meas")))


def _kind(name: BidsName, folder: str) -> ScanKind | None:
    if not (name.get("seg") or name.get("atlas")) or name.ending != ".tsv":
        return None
    if name.suffix == "timeseries" and name.get("stat") in ("", "mean"):
        return None if name.get("desc") == "confounds" else "bold"
    if name.suffix == "relmat" and (name.get("meas") or Path(folder).name == "dwi"):
        return "connectome"
    return None


def _motion_tables(parsed: list[tuple[str, BidsName]]) -> dict[tuple[tuple[str, str], ...], str]:
    found: dict[tuple[tuple[str, str], ...], tuple[int, int, str]] = {}
    for name, p in parsed:
        if p.suffix == "motion":
            rank = 0
        elif p.suffix == "timeseries" and p.get("desc") == "confounds":
            rank = 1
        elif p.suffix == "outliers":
            rank = 2
        else:
            continue
        candidate = (rank, len(name), name)
        found[p.recording()] = min(candidate, found.get(p.recording(), candidate))
    return {key: name for key, (_, _, name) in found.items()}


def _folder_session(folder: str, participant: str) -> str:
    below = Path(folder.rsplit(os.sep + participant, 1)[-1])
    return next((part for part in below.parts if part.startswith("ses-")), "")


def _misplaced(record: ScanRecord, folder: str, root: Path) -> Fault:
    return Fault(
        "warning",
        "misplaced-file",
        relative(record.path, root),
        f"the name says {shown(record.participant)}, the folder {shown(folder)}.",
        f"It is read as a scan of {shown(record.participant)}; move or rename it.",
        record.participant,
        record.session or None,
    )
