"""Atlas tables: which regions a scan was reduced to, and where they lie."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError, Fault
from rewire.core.types import FloatArray, ScanRecord
from rewire.trial.tables import Table, listed, number, plain, read_table, shown
from rewire.trial.timeseries import read_header

_FILE = re.compile(r"(?:.*_)?(?:atlas|seg)-([A-Za-z0-9+]+)(?:_.*)?_dseg\.tsv")
_SIDE = re.compile(r"([LR])H[-_].+")
_STRUCTURE = re.compile(
    r"thalamus|hippocampus|amygdala|caudate|putamen|pallidum|accumbens|cerebell(?:um|ar)|brainstem",
    re.IGNORECASE,
)
_SCHAEFER = re.compile(r"(?:\d+Networks_)?([LR])H_([A-Za-z]+)_.*")
_NAMES = ("name", "label", "region")
_NETWORKS = ("network", "network_label", "network_7", "yeo7", "network_label_7network")
_HEMISPHERES = ("hemisphere", "hemi")
_STRUCTURES = ("structure", "atlas_name")
_SOURCES = re.compile(r"CIT168|HCP")
_HEADERS_READ = 25


@dataclass(frozen=True, slots=True)
class Atlases:
    """Atlases by name, and what was wrong with their tables."""

    found: dict[str, Atlas]
    faults: tuple[Fault, ...]


def read_atlases(root: Path, scans: Sequence[ScanRecord], folders: Sequence[Path] = ()) -> Atlases:
    """Read the table of every atlas that the scans use.

    An atlas without a table gets its region names from the headers of the scans, no networks
    and no coordinates, and a warning.

    Parameters
    ----------
    root
        The trial's folder; tables are looked for in it and in ``atlases/``.
    scans
        The scans that will be read.
    folders
        Where else tables may lie, such as the derivatives of a trial that a file describes.

    Returns
    -------
    Atlases
        One atlas for each name among the scans, except where nothing could be read.
    """
    tables: dict[str, Path] = _tables_beside(scans)
    for folder in (*folders, root):
        tables = _atlas_tables(folder) | tables
    found: dict[str, Atlas] = {}
    faults: list[Fault] = []
    for name in dict.fromkeys(record.atlas for record in scans):
        using = [record for record in scans if record.atlas == name]
        if name not in tables and any(record.image for record in using):
            faults.append(_no_table_for_images(name))
            continue
        if name not in tables:
            faults.append(_no_table(name, len(using)))
            atlas = _atlas_from_headers(name, using)
        else:
            read = read_table(tables[name], root)
            faults += read.faults
            atlas, wrong = _atlas_from_table(name, read.table) if read.table else (None, ())
            faults += wrong
        if atlas is not None:
            found[name] = atlas
    return Atlases(found, tuple(faults))


def _atlas_tables(root: Path) -> dict[str, Path]:
    paths = [*root.glob("*_dseg.tsv"), *(root / "atlases").rglob("*_dseg.tsv")]
    matched = ((_FILE.fullmatch(path.name), path) for path in sorted(paths, reverse=True))
    return {match[1]: path for match, path in matched if match}


def _tables_beside(scans: Sequence[ScanRecord]) -> dict[str, Path]:
    """Return the tables that stand beside the atlas images."""
    images = {r.image.labels for r in scans if r.image and r.image.labels}
    paths = [path for image in sorted(images) for path in sorted(image.parent.glob("*_dseg.tsv"))]
    matched = ((_FILE.fullmatch(path.name), path) for path in reversed(paths))
    return {match[1]: path for match, path in matched if match}


def _atlas_from_table(name: str, table: Table) -> tuple[Atlas | None, tuple[Fault, ...]]:
    column = _first(table, _NAMES)
    regions = table.column(column) if column else ()
    repeated = [r for r, n in Counter(regions).items() if n > 1]
    if not regions or repeated or "" in regions:
        what = (
            f"names a region twice: {listed(repeated)}."
            if repeated
            else f"has no column of region names; it has {listed(table.columns)}."
        )
        remedy = "Give every region an index and a name of its own."
        return None, (Fault("error", "atlas-table", table.where, what, remedy),)
    index = [number(text) for text in table.column("index")]
    known = all(i is not None and i == i for i in index) and "index" in table.columns
    columns = [[number(text) for text in table.column(axis)] for axis in ("x", "y", "z")]
    centroid = np.array([[np.nan if v is None else v for v in axis] for axis in columns]).T
    hemispheres = table.column(_first(table, _HEMISPHERES))
    networks = _networks(table, regions)
    return (
        Atlas(
            name,
            regions,
            np.array(index if known else range(1, len(regions) + 1), dtype=np.int64),
            tuple(_hemisphere(h, r) for h, r in zip(hemispheres, regions, strict=True)),
            networks,
            centroid,
            _sphere(table),
        ),
        (),
    )


def _sphere(table: Table) -> FloatArray | None:
    axes = ("sphere_x", "sphere_y", "sphere_z")
    if not set(axes) <= set(table.columns):
        return None
    columns = [[number(text) for text in table.column(axis)] for axis in axes]
    return np.array([[np.nan if v is None else v for v in axis] for axis in columns]).T


def _atlas_from_headers(name: str, using: Sequence[ScanRecord]) -> Atlas | None:
    headers: Counter[tuple[str, ...]] = Counter()
    for record in using[:_HEADERS_READ]:
        try:
            headers[read_header(record.path)] += 1
        except DataError:
            continue
    usable = [h for h, _ in headers.most_common() if h and len(set(h)) == len(h)]
    if not usable:
        return None
    regions = usable[0]
    return Atlas(
        name,
        regions,
        np.arange(1, len(regions) + 1),
        tuple(_hemisphere("", region) for region in regions),
        tuple(_network(region) for region in regions),
        np.full((len(regions), 3), np.nan),
    )


def _first(table: Table, names: tuple[str, ...]) -> str:
    return next((name for name in names if name in table.columns), "")


def _hemisphere(told: str, region: str) -> str:
    told = plain(told).upper()[:1]
    if told in ("L", "R"):
        return told
    named = _SCHAEFER.fullmatch(region) or _SIDE.fullmatch(region)
    return named[1] if named else ""


def _networks(table: Table, regions: Sequence[str]) -> tuple[str, ...]:
    """Return networks; a region outside the cortex has its structure for the network it lacks.

    XCP-D's 4S atlases say in ``atlas_name`` where such a region was taken from: ``ThalamusHCP``,
    ``CIT168Subcortical``, ``Cerebellum``. A name shared with cortical regions is no structure.
    """
    column = table.column(_first(table, _NETWORKS))
    told = [plain(n) or _network(r) for n, r in zip(column, regions, strict=True)]
    if not any(told):
        return tuple(told)
    cells = [plain(c) for c in table.column(_first(table, _STRUCTURES))]
    cortical = {cell for cell, network in zip(cells, told, strict=True) if network}
    parents = ["" if cell in cortical else _SOURCES.sub("", cell) for cell in cells]
    rows = zip(told, parents, column, regions, strict=True)
    return tuple(n or parent or _structure(cell, region) for n, parent, cell, region in rows)


def _structure(cell: str, region: str) -> str:
    found = _STRUCTURE.search(region) if cell.lower() == "n/a" else None
    return found[0].capitalize().replace("Cerebellar", "Cerebellum") if found else ""


def _network(region: str) -> str:
    named = _SCHAEFER.fullmatch(region)
    return named[2] if named else ""


def _no_table_for_images(name: str) -> Fault:
    file = f"atlases/atlas-{shown(name)}_dseg.tsv"
    what = "is not there; nothing says which region a label of the atlas image is."
    remedy = "Add the table (columns index, name, hemisphere, network, x, y, z)."
    return Fault("error", "no-atlas-table", file, what, remedy)


def _no_table(name: str, scans: int) -> Fault:
    file = f"atlases/atlas-{shown(name)}_dseg.tsv"
    return Fault(
        "warning",
        "no-atlas-table",
        file,
        f"is not there; region names of {scans} scan{'' if scans == 1 else 's'} come from the "
        "files themselves, networks and coordinates are unknown.",
        "Add the table (columns index, name, hemisphere, network, x, y, z).",
    )
