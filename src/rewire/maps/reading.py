"""Reading of maps: tables of regions, images, expression, gene sets, interactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rewire.core.atlas import Atlas
from rewire.core.errors import PlanError
from rewire.core.maps import BrainMap, Expression, MapLibrary
from rewire.maps.gene_files import read_gene_sets, read_interactions
from rewire.maps.shelf import Shelf, Source
from rewire.maps.tables import read_regions
from rewire.maps.volumes import labelled_atlas, read_volume
from rewire.plan.maps import MapsChoice
from rewire.plan.parts import ImageChoice
from rewire.trial.tables import listed


def read_library(
    choice: MapsChoice,
    root: Path | None,
    atlases: Sequence[Atlas] = (),
    images: ImageChoice | None = None,
) -> MapLibrary:
    """Read every map that a plan names.

    Parameters
    ----------
    choice
        The plan's ``[maps]``.
    root
        The trial's folder, from which paths start; None for a trial in memory.
    atlases
        Of the trial; names of regions are written as the atlas writes them.
    images
        The plan's ``[images]``, where maps are images.

    Returns
    -------
    MapLibrary
        Regions are matched by name, never by position; one that a map lacks is NaN there.

    Raises
    ------
    PlanError
        Naming every file that is missing or cannot be used, and why.
    """
    shelf = Shelf(root, tuple(atlases))
    annotations = [m for s in _found(choice.annotations, shelf) for m in _annotations(s, shelf)]
    annotations += _volumes(choice, shelf, images or ImageChoice())
    _refuse_twice("annotations", [m.name for m in annotations], shelf)
    tables = _found((choice.expression,) if choice.expression else (), shelf)
    expression = [e for s in tables if (e := _expression(s, shelf))]
    sets = [g for s in _found(choice.gene_sets, shelf) if (g := read_gene_sets(s, shelf))]
    _refuse_twice("collections of gene sets", [g.name for g in sets], shelf)
    listed_pairs = _found((choice.interactions,) if choice.interactions else (), shelf)
    pairs = [p for s in listed_pairs if (p := read_interactions(s, shelf))]
    if shelf.faults:
        raise PlanError(shelf.faults)
    return MapLibrary(
        tuple(annotations),
        expression[0] if expression else None,
        tuple(sets),
        pairs[0] if pairs else None,
        choice.rules,
        tuple(dict.fromkeys(shelf.read)),
    )


def _found(names: Sequence[str], shelf: Shelf) -> list[Source]:
    return [source for name in names for source in shelf.find(name)]


def _annotations(source: Source, shelf: Shelf) -> list[BrainMap]:
    table = read_regions(source, shelf)
    if table is None:
        return []
    valued = zip(table.columns, table.values.T, strict=True)
    empty = [name for name, values in valued if not np.isfinite(values).any()]
    if empty:
        shelf.fault(source, f"holds no value of {listed(empty)}.")
        return []
    return [
        BrainMap(name, table.regions, values, "", source.provenance)
        for name, values in zip(table.columns, table.values.T.copy(), strict=True)
    ]


def _volumes(choice: MapsChoice, shelf: Shelf, images: ImageChoice) -> list[BrainMap]:
    if not choice.volumes:
        return []
    sources = _found(choice.volumes, shelf)
    labelled = labelled_atlas(shelf, images)
    if labelled is None:
        return []
    shelf.read += [image.path for image in labelled.images]
    return [m for s in sources if (m := read_volume(s, labelled, shelf))]


def _expression(source: Source, shelf: Shelf) -> Expression | None:
    table = read_regions(source, shelf)
    if table is None:
        return None
    return Expression(table.regions, table.columns, table.values, source.provenance)


def _refuse_twice(what: str, names: list[str], shelf: Shelf) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        shelf.faults.append(f"maps: two {what} are called {listed(twice)}.")
