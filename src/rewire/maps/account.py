"""What maps a run used: where they came from, and which regions they lack."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rewire.core.atlas import Atlas
from rewire.core.maps import MapLibrary, Provenance
from rewire.maps.labels import differing_series

MAP_COLUMNS: tuple[str, ...] = (
    "map",
    "content",
    "source",
    "licence",
    "citation",
    "atlas",
    "matched",
    "regions",
    "missing",
    "note",
)
"""One row a map and atlas: ``matched`` of its ``regions`` have a value, ``missing`` names those
that have none; ``note`` says what was done to the map. Gene sets and interactions have no
regions."""


def map_table(library: MapLibrary, atlases: Sequence[Atlas]) -> pd.DataFrame:
    """Return every map with its source, its licence, and the regions that it lacks.

    Parameters
    ----------
    library
        What was read.
    atlases
        Of the trial; with one hemisphere alone its regions are counted.

    Returns
    -------
    pandas.DataFrame
        Columns of :data:`MAP_COLUMNS`; no rows where the plan names no map.
    """
    rows: list[dict[str, object]] = []
    for one in library.annotations:
        valued = {r for r, v in zip(one.regions, one.values, strict=True) if np.isfinite(v)}
        told = (one.name, "annotation", one.provenance)
        rows += _by_atlas(told, (one.regions, valued), library, atlases)
    if (held := library.expression) is not None:
        sampled = np.isfinite(held.values).mean(axis=1) > 0.5
        valued = {r for r, there in zip(held.regions, sampled, strict=True) if there}
        told = (_counted(len(held.genes), "gene"), "expression", held.provenance)
        rows += _by_atlas(told, (held.regions, valued), library, atlases)
    for sets in library.gene_sets:
        rows.append(_row(sets.name, _counted(len(sets.sets), "gene set"), sets.provenance))
    if (pairs := library.interactions) is not None:
        rows.append(
            _row("interactions", _counted(len(pairs.pairs), "pair") + " of genes", pairs.provenance)
        )
    return pd.DataFrame(rows, columns=list(MAP_COLUMNS))


def _by_atlas(
    told: tuple[str, str, Provenance],
    held: tuple[Sequence[str], set[str]],
    library: MapLibrary,
    atlases: Sequence[Atlas],
) -> list[dict[str, object]]:
    """Return a row an atlas; a map of another parcellation has none of its regions."""
    rows = []
    side = library.rules.hemisphere
    names, valued = held
    for atlas in atlases:
        of_side = zip(atlas.regions, atlas.hemisphere, strict=True)
        regions = [r for r, h in of_side if side in ("both", h)]
        other = differing_series(names, atlas.regions)
        missing = [r for r in regions if other or r not in valued]
        row = _row(*told)
        if other:
            row["note"] = f"of another parcellation ({other})"
        row |= {"atlas": atlas.name, "regions": len(regions), "missing": ", ".join(missing)}
        rows.append(row | {"matched": len(regions) - len(missing)})
    return rows


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _row(name: str, content: str, source: Provenance) -> dict[str, object]:
    return {
        "map": name,
        "content": content,
        "source": source.source,
        "licence": source.licence,
        "citation": source.citation,
        "atlas": "",
        "matched": np.nan,
        "regions": np.nan,
        "missing": "",
        "note": source.note,
    }
