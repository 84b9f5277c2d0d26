"""Reading of maps: tables of regions, expression, gene sets, interactions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from rewire.core.errors import DataError, PlanError
from rewire.core.maps import (
    BrainMap,
    Expression,
    GeneSet,
    GeneSets,
    Interactions,
    MapLibrary,
    Provenance,
)
from rewire.plan.maps import MapsChoice

_NAMES = ("name", "region", "label")
_MISSING = ["n/a", "NA", "NaN", "nan", ""]


@dataclass(slots=True)
class _Shelf:
    """Where files are looked for, and what was wrong with them."""

    root: Path | None
    faults: list[str] = field(default_factory=list)

    def find(self, name: str) -> Path | None:
        """Return the file that a plan names, or None with the fault noted."""
        path = Path(name)
        if not path.is_absolute() and self.root is not None:
            path = self.root / path
        if path.is_file():
            return path
        self.faults.append(f"maps: there is no file {name} (paths start at the trial's folder).")
        return None


def read_library(choice: MapsChoice, root: Path | None) -> MapLibrary:
    """Read every map that a plan names.

    Parameters
    ----------
    choice
        The plan's ``[maps]``.
    root
        The trial's folder, from which paths start; None for a trial in memory.

    Returns
    -------
    MapLibrary
        Regions are matched by name later, never by position.

    Raises
    ------
    PlanError
        Naming every file that is missing or cannot be used, and why.
    """
    shelf = _Shelf(root)
    annotations = [m for name in choice.annotations for m in _annotations(name, shelf)]
    repeated = sorted(
        {m.name for m in annotations if [n.name for n in annotations].count(m.name) > 1}
    )
    if repeated:
        shelf.faults.append(f"maps: two annotations are called {', '.join(repeated)}.")
    expression = _expression(choice.expression, shelf) if choice.expression else None
    sets = [found for name in choice.gene_sets if (found := _gene_sets(name, shelf))]
    pairs = _interactions(choice.interactions, shelf) if choice.interactions else None
    if shelf.faults:
        raise PlanError(shelf.faults)
    return MapLibrary(tuple(annotations), expression, tuple(sets), pairs, choice.rules)


def map_files(choice: MapsChoice, root: Path | None) -> tuple[Path, ...]:
    """Return the files that a plan names and that exist, for the provenance."""
    names = (*choice.annotations, choice.expression, *choice.gene_sets, choice.interactions)
    shelf = _Shelf(root)
    found = (shelf.find(name) for name in names if name)
    return tuple(path for path in found if path is not None)


def _annotations(name: str, shelf: _Shelf) -> list[BrainMap]:
    table = _table(name, shelf)
    if table is None:
        return []
    regions, values = table
    source = Provenance(source=name, licence=_licence(name, shelf))
    return [
        BrainMap(str(c), regions, values[c].to_numpy(dtype=np.float64), "", source)
        for c in values.columns
    ]


def _expression(name: str, shelf: _Shelf) -> Expression | None:
    table = _table(name, shelf)
    if table is None:
        return None
    regions, values = table
    genes = tuple(str(c) for c in values.columns)
    source = Provenance(source=name, licence=_licence(name, shelf))
    return Expression(regions, genes, values.to_numpy(dtype=np.float64), source)


def _table(name: str, shelf: _Shelf) -> tuple[tuple[str, ...], pd.DataFrame] | None:
    """Return the regions and the numbers of a table, or None with every fault of it noted."""
    path = shelf.find(name)
    if path is None:
        return None
    try:
        frame = _frame(path)
    except (OSError, ValueError, DataError) as error:
        shelf.faults.append(f"maps: {name} cannot be read ({error}).")
        return None
    column = next((c for c in _NAMES if c in frame.columns), None)
    if column is None:
        held = ", ".join(map(str, frame.columns[:6]))
        shelf.faults.append(f"maps: {name} has no column {' or '.join(_NAMES)}; it has {held}.")
        return None
    regions = tuple(frame[column].astype(str))
    values = frame.drop(columns=[column])
    text = [str(c) for c in values.columns if not pd.api.types.is_numeric_dtype(values[c])]
    twice = sorted({r for r in regions if regions.count(r) > 1})
    if text:
        shelf.faults.append(f"maps: {name}: columns without numbers: {', '.join(text[:6])}.")
    if twice:
        shelf.faults.append(f"maps: {name} names a region twice: {', '.join(twice[:6])}.")
    return None if text or twice else (regions, values)


def _frame(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    separator = "," if path.suffix == ".csv" else "\t"
    return pd.read_csv(path, sep=separator, na_values=_MISSING, keep_default_na=False)


def _licence(name: str, shelf: _Shelf) -> str:
    """Return the licence that a JSON file beside the table states; empty where there is none."""
    path = shelf.find(name)
    beside = path.with_suffix(".json") if path else None
    if beside is None or not beside.is_file():
        return ""
    try:
        told = pd.read_json(beside, typ="series")
    except ValueError:
        return ""
    return str(told.get("License", told.get("Licence", "")))


def _gene_sets(name: str, shelf: _Shelf) -> GeneSets | None:
    path = shelf.find(name)
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        shelf.faults.append(f"maps: {name} cannot be read ({error}).")
        return None
    rows = [line.split("\t") for line in lines if line.strip()]
    short = [i for i, row in enumerate(rows, 1) if len(row) < 3]
    if short or not rows:
        where = f" (lines {', '.join(map(str, short[:5]))})" if short else ""
        shelf.faults.append(f"maps: {name} is no GMT file: name, description, genes{where}.")
        return None
    sets = tuple(GeneSet(row[0], tuple(g for g in row[2:] if g), row[1]) for row in rows)
    return GeneSets(path.stem, sets, Provenance(source=name))


def _interactions(name: str, shelf: _Shelf) -> Interactions | None:
    path = shelf.find(name)
    if path is None:
        return None
    try:
        frame = _frame(path)
    except (OSError, ValueError) as error:
        shelf.faults.append(f"maps: {name} cannot be read ({error}).")
        return None
    if frame.shape[1] < 2:
        shelf.faults.append(
            f"maps: {name} needs two columns of genes, and a weight if there is one."
        )
        return None
    first, second = (frame.iloc[:, i].astype(str) for i in (0, 1))
    weights = (
        pd.to_numeric(frame.iloc[:, 2]) if frame.shape[1] > 2 else pd.Series([1.0] * len(frame))
    )
    pairs = tuple(zip(first, second, strict=True))
    return Interactions(pairs, tuple(float(w) for w in weights), Provenance(source=name))
