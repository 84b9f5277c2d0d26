"""Motion, outliers and coverage of a scan, where they lie elsewhere or are named otherwise.

XCP-D writes them beside the series or apart, with a ``desc-`` or without the ``space-`` of the
series. They belong together where person, session and everything that says what was recorded agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rewire.core.imaging import CoverageTable
from rewire.core.types import SERIES, ScanRecord
from rewire.trial.bids import BidsName, parse_name

_OWN = ("sub", "ses")


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded, whatever was derived from it.

    Parameters
    ----------
    participant, session
        With their prefixes, from the name or else from the folders; an empty string for none.
    entities
        The other entities that say what was recorded, sorted.
    """

    participant: str
    session: str
    entities: tuple[tuple[str, str], ...]


def recording_of(path: Path) -> Recording:
    """Return what a file was derived from.

    Examples
    --------
    >>> recording_of(Path("sub-01/ses-a/func/sub-01_task-rest_space-T1w_desc-preproc_bold.nii.gz"))
    Recording(participant='sub-01', session='ses-a', entities=(('task', 'rest'),))
    """
    name = parse_name(path.name)
    folders = [p for p in path.parts[:-1] if p.startswith("sub-")]
    participant = f"sub-{name.get('sub')}" if name.get("sub") else folders[-1] if folders else ""
    session = f"ses-{name.get('ses')}" if name.get("ses") else _folder_session(path)
    others = sorted(pair for pair in name.recording() if pair[0] not in _OWN)
    return Recording(participant, session, tuple(others))


def with_companions(
    scans: Sequence[ScanRecord], companions: Sequence[Path], minimum_coverage: float
) -> tuple[ScanRecord, ...]:
    """Return the scans, parcellated series with the tables that belong to them.

    Parameters
    ----------
    scans
        As the walk found them; a motion table that stands beside a series is kept.
    companions
        Tables from all folders.
    minimum_coverage
        Share below which a region counts as not covered.
    """
    shelf = Shelf(companions)
    return tuple(
        with_tables(record, shelf, minimum_coverage)
        if record.kind in SERIES and record.image is None
        else record
        for record in scans
    )


class Shelf:
    """Companion files by what was recorded.

    Parameters
    ----------
    companions
        Their paths.
    """

    def __init__(self, companions: Iterable[Path]) -> None:
        self._held: dict[Recording, list[tuple[Path, BidsName]]] = {}
        for path in companions:
            self._held.setdefault(recording_of(path), []).append((path, parse_name(path.name)))

    def beside(self, scan: Path) -> list[tuple[Path, BidsName]]:
        """Return what belongs to a scan: its own folder first, then plain names before long."""
        held = self._held.get(recording_of(scan), [])
        return sorted(held, key=lambda f: (f[0].parent != scan.parent, len(f[0].name), f[0]))

    def confounds(self, scan: Path) -> Path | None:
        """Return fMRIPrep's table of confounds."""
        return _first(p for p, name in self.beside(scan) if _is_confounds(name))

    def mask(self, scan: Path) -> Path | None:
        """Return the brain mask in the space and resolution of an image."""
        own = parse_name(scan.name)
        return _first(
            path
            for path, name in self.beside(scan)
            if name.suffix == "mask"
            and name.get("desc") == "brain"
            and all(name.get(key) == own.get(key) for key in ("space", "res", "cohort"))
        )


def with_tables(record: ScanRecord, shelf: Shelf, minimum: float) -> ScanRecord:
    """Return a parcellated series with its tables; see :func:`with_companions`."""
    beside = shelf.beside(record.path)
    outliers = _first(p for p, name in beside if name.suffix == "outliers")
    own = record.motion if record.motion != outliers else None
    motion = own or _first(p for p, name in beside if name.suffix == "motion")
    coverage = _coverage(record, beside)
    return replace(
        record,
        motion=motion or shelf.confounds(record.path) or outliers,
        outliers=outliers,
        coverage=CoverageTable(coverage, minimum) if coverage else None,
    )


def _coverage(record: ScanRecord, beside: list[tuple[Path, BidsName]]) -> Path | None:
    """Return the coverage of the same parcellation, in the same space if there is a choice."""
    space = parse_name(record.path.name).get("space")
    fitting = [
        (path, name.get("space"))
        for path, name in beside
        if name.get("stat") == "coverage"
        and name.ending == ".tsv"
        and (name.get("seg") or name.get("atlas")) == record.atlas
    ]
    same = [path for path, own in fitting if own == space]
    return _first([*same, *(path for path, own in fitting if not own or not space)])


def _is_confounds(name: BidsName) -> bool:
    return name.get("desc") == "confounds" and name.suffix in ("timeseries", "regressors")


def _first(paths: Iterable[Path]) -> Path | None:
    return next(iter(paths), None)


def _folder_session(path: Path) -> str:
    for part in reversed(path.parts[:-1]):
        if part.startswith("ses-"):
            return part
        if part.startswith("sub-"):
            return ""
    return ""
