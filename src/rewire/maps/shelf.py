"""The files that a plan's ``[maps]`` names: where they lie, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rewire.core.atlas import Atlas
from rewire.core.errors import RewireError
from rewire.core.maps import Provenance
from rewire.maps.cache import Fetched, find_fetched
from rewire.maps.catalogue import PREFIX
from rewire.trial.tables import shown

_LICENCE = ("License", "Licence")
_CITATION = ("HowToAcknowledge", "Citation")


@dataclass(frozen=True, slots=True)
class Source:
    """A file of maps.

    Parameters
    ----------
    name
        What messages call it.
    path
        Where it lies.
    provenance
        Where it came from, by its own account.
    columns
        Names of the columns of a table without a header.
    regions
        Where the rows of such a table are named; None where the table names them.
    """

    name: str
    path: Path
    provenance: Provenance
    columns: tuple[str, ...] = ()
    regions: Path | None = None


@dataclass(slots=True)
class Shelf:
    """Where files are looked for, and what was wrong with them.

    Parameters
    ----------
    root
        The trial's folder; None for a trial in memory.
    atlases
        Of the trial, for names of regions.
    faults
        What was wrong, one sentence each.
    read
        The files that were found.
    """

    root: Path | None
    atlases: Sequence[Atlas] = ()
    faults: list[str] = field(default_factory=list)
    read: list[Path] = field(default_factory=list)

    def fault(self, source: Source, what: str) -> None:
        """Note what is wrong with a file."""
        self.faults.append(f"maps: {shown(source.name)} {what}")

    def find(self, name: str) -> tuple[Source, ...]:
        """Return the file that a plan names, or those of a fetched set; none with a fault."""
        if name.startswith(PREFIX):
            return self._fetched(name)
        path = Path(name).expanduser()
        if not path.is_absolute() and self.root is not None:
            path = self.root / path
        if not path.is_file():
            self.faults.append(
                f"maps: there is no file {shown(name)} (paths start at the trial's folder)."
            )
            return ()
        self.read.append(path)
        told = path.name if Path(name).is_absolute() else name
        return (Source(told, path, _provenance(told, path)),)

    def _fetched(self, name: str) -> tuple[Source, ...]:
        try:
            held = find_fetched(name.removeprefix(PREFIX))
        except RewireError as error:
            self.faults.append(f"maps: {shown(name)}: {str(error).removesuffix('.')}.")
            return ()
        self.read += [held.folder / f.name for f in held.about.files]
        return _sources(held)


def _sources(held: Fetched) -> tuple[Source, ...]:
    return tuple(
        Source(
            f"{held.about.name}/{f.name}",
            held.folder / f.name,
            held.provenance,
            f.columns,
            held.folder / f.regions if f.regions else None,
        )
        for f in held.about.tables
    )


def _provenance(name: str, path: Path) -> Provenance:
    """Return what a JSON file beside a file says of it; empty where there is none."""
    beside = path.with_name(stem_of(path) + ".json")
    try:
        told = json.loads(beside.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return Provenance(name)
    if not isinstance(told, dict):
        return Provenance(name)
    licence, citation = (
        next((str(told[k]) for k in keys if told.get(k)), "") for keys in (_LICENCE, _CITATION)
    )
    return Provenance(name, licence, citation)


def stem_of(path: Path) -> str:
    """Return a file's name without its endings, such as ``5HT2A`` of ``5HT2A.nii.gz``."""
    name = path.name.removesuffix(".gz")
    return name.rpartition(".")[0] or name
