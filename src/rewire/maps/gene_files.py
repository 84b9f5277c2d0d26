"""Files about genes: gene sets in GMT format, and pairs of genes that interact."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pandas as pd

from rewire.core.errors import DataError
from rewire.core.maps import GeneSet, GeneSets, Interactions
from rewire.maps.shelf import Shelf, Source, stem_of
from rewire.maps.tables import read_frame
from rewire.trial.tables import listed, shown

_WEIGHTED = re.compile(r",-?\d+(\.\d+)?([eE]-?\d+)?$")


def read_gene_sets(source: Source, shelf: Shelf) -> GeneSets | None:
    """Read gene sets: a line a set, with tabs between its name, a description and its genes.

    Parameters
    ----------
    source
        The file; a weight behind a gene (``GENE,1.0``) is left out.
    shelf
        Receives every fault.

    Returns
    -------
    GeneSets or None
        None after a fault. A gene that stands twice in a set counts once.
    """
    try:
        lines = source.path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        shelf.fault(source, f"cannot be read ({shown(str(error))}).")
        return None
    rows = {i: line.split("\t") for i, line in enumerate(lines, 1) if line.strip()}
    sets = {i: _gene_set(row) for i, row in rows.items()}
    empty = [i for i, one in sets.items() if not one.genes or not one.name]
    if empty or not rows:
        where = f"; not so in lines {listed(map(str, empty))}" if empty else ": it is empty"
        shelf.fault(source, f"is no GMT file (name, description, genes, with tabs){where}.")
    names = [one.name for one in sets.values()]
    twice = [a for a, b in pairwise(sorted(names)) if a == b and a]
    if twice:
        shelf.fault(source, f"has two sets of one name: {listed(dict.fromkeys(twice))}.")
    if empty or twice or not rows:
        return None
    return GeneSets(stem_of(source.path), tuple(sets.values()), source.provenance)


def _gene_set(row: list[str]) -> GeneSet:
    genes = (_WEIGHTED.sub("", g.strip()) for g in row[2:])
    name, about = row[0].strip(), row[1].strip() if len(row) > 1 else ""
    return GeneSet(name, tuple(dict.fromkeys(g for g in genes if g)), about)


def read_interactions(source: Source, shelf: Shelf) -> Interactions | None:
    """Read pairs of genes: two columns, and a third of weights where there is one.

    Parameters
    ----------
    source
        A table with a header.
    shelf
        Receives every fault.

    Returns
    -------
    Interactions or None
        None after a fault. A pair counts once, whichever gene comes first; a gene with itself is
        no pair.
    """
    try:
        frame = read_frame(source.path)
    except (OSError, ValueError, ImportError, DataError) as error:
        shelf.fault(source, f"cannot be read ({shown(str(error))}).")
        return None
    if frame.shape[1] < 2:
        shelf.fault(source, "needs two columns of genes, and a weight if there is one.")
        return None
    before = len(shelf.faults)
    if frame.iloc[:, :2].isna().any(axis=None):
        count = int(frame.iloc[:, :2].isna().any(axis=1).sum())
        shelf.fault(source, f"has {count} lines that lack a gene.")
    weights = np.ones(len(frame))
    if frame.shape[1] > 2:
        weights = pd.to_numeric(frame.iloc[:, 2], errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(weights).all():
        shelf.fault(source, f"has {int((~np.isfinite(weights)).sum())} weights that are no number.")
    if len(shelf.faults) > before:
        return None
    return _pairs(frame, weights, source, shelf)


def _pairs(
    frame: pd.DataFrame, weights: np.ndarray, source: Source, shelf: Shelf
) -> Interactions | None:
    first, second = (frame.iloc[:, i].astype(str).str.strip() for i in (0, 1))
    held: dict[tuple[str, str], float] = {}
    unlike = []
    for a, b, weight in zip(first, second, weights.tolist(), strict=True):
        pair = (min(a, b), max(a, b))
        if a != b and held.setdefault(pair, weight) != weight:
            unlike.append(f"{a} and {b}")
    if unlike:
        shelf.fault(source, f"gives a pair two weights: {listed(dict.fromkeys(unlike))}.")
        return None
    return Interactions(tuple(held), tuple(held.values()), source.provenance)
