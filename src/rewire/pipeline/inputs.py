"""Digests of what went in: they key the results that are kept, and stand in the provenance."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rewire.core.atlas import Atlas
from rewire.core.store import digest, digest_file
from rewire.core.types import ScanRecord, Trial


@dataclass(frozen=True, slots=True)
class Digests:
    """Digests of the input files of a trial.

    Attributes
    ----------
    scans
        By scan id: of the content of its data, sidecar, motion and events tables and atlas, not
        of their names, so that a scan has the same digest under any name.
    files
        By path relative to the trial's folder.
    """

    scans: Mapping[str, str]
    files: Mapping[str, str]


def digest_inputs(trial: Trial) -> Digests:
    """Return digests of every file that the trial's scans and tables came from."""
    files: dict[str, str] = {}
    for path in (*_table_files(trial), *trial.maps.files):
        files[str(path)] = digest_file(path)
    scans: dict[str, str] = {}
    generated = digest(pickle.dumps(trial.load)) if trial.simulated else ""
    for record in trial.scans:
        parts: list[str | bytes] = [_atlas_digest(trial.atlases[record.atlas]), generated]
        parts += _settings(record, trial.atlases[record.atlas])
        for source in _sources(record):
            if source.is_file():
                if str(source) not in files:
                    files[str(source)] = digest_file(source)
                parts.append(files[str(source)])
        scans[record.id] = digest(*parts, record.id if trial.simulated else "")
    root = f"{trial.root}{os.sep}" if trial.root else ""
    return Digests(scans, {name.removeprefix(root): value for name, value in files.items()})


def _sources(record: ScanRecord) -> tuple[Path, ...]:
    """Return the files that a scan is made from."""
    paths = [record.path, record.sidecar, record.motion, record.events, record.outliers]
    paths += [record.lengths]
    paths += [record.coverage.path] if record.coverage else []
    paths += record.image.files if record.image else ()
    return tuple(dict.fromkeys(path for path in paths if path is not None))


def _settings(record: ScanRecord, atlas: Atlas) -> list[str | bytes]:
    """Return what of the plan goes into a scan itself."""
    covered = [f"coverage {record.coverage.minimum}"] if record.coverage else []
    if record.image is None:
        return [*covered]
    return [*covered, str(record.image.denoising), atlas.index.tobytes()]


def derivative_folders(trial: Trial) -> tuple[Path, ...]:
    """Return the folders that hold the scans of a described trial, whose own folder they are not.

    A trial laid out as BIDS has its scans in its own folder, where outputs may lie below.
    """
    if not trial.files:
        return ()
    people = (
        next((p for p in record.path.parents if p.name.startswith("sub-")), record.path.parent)
        for record in trial.scans
    )
    return tuple(dict.fromkeys(person.parent for person in people))


def _atlas_digest(atlas: Atlas) -> str:
    return digest(*atlas.regions, *atlas.network, atlas.centroid.tobytes())


def _table_files(trial: Trial) -> list[Path]:
    if trial.root is None or trial.files:
        return sorted(p for p in trial.files if p.is_file())
    folders = (trial.root, trial.root / "phenotype", trial.root / "measures")
    return sorted(p for f in folders if f.is_dir() for p in f.glob("*.tsv"))
