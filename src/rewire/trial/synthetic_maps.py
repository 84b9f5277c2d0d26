"""Maps of the simulated trial: receptors, of which one is planted, and gene expression."""

from __future__ import annotations

import numpy as np

from rewire.core.atlas import Atlas
from rewire.core.maps import BrainMap, Expression, GeneSet, GeneSets, MapLibrary, Provenance
from rewire.core.types import FloatArray

RECEPTOR = "receptor A"
"""The annotation that the regional change follows."""
OTHERS = ("receptor B", "receptor C")
"""Annotations that it does not follow: over regions they are unrelated to the first."""
PLANTED_SET = "set 1"
"""The gene set whose genes follow the first annotation."""

_SEED = 8128
_REACH = 0.45
_SETS, _GENES_A_SET = 20, 15
_LOADING = 0.85
_SOURCE = Provenance("invented for the simulated trial", "none needed")


def receptor_density(atlas: Atlas) -> FloatArray:
    """Return the annotation that the regional change follows, less its mean and over its SD.

    Parameters
    ----------
    atlas
        The simulated atlas.

    Returns
    -------
    FloatArray
        Shape (regions,); smooth over the brain and the same in every simulated trial.
    """
    return _annotations(atlas)[:, 0]


def simulated_library(atlas: Atlas) -> MapLibrary:
    """Return three annotations, the expression of 300 genes, and 20 sets of these.

    The genes of the first set follow the first annotation; those of each other set follow a
    smooth map of their own, so that they go together as real gene sets do and yet follow nothing.

    Parameters
    ----------
    atlas
        The simulated atlas.

    Examples
    --------
    >>> from rewire.trial.synthetic_atlas import simulated_atlas
    >>> library = simulated_library(simulated_atlas())
    >>> [m.name for m in library.annotations], library.expression.values.shape
    (['receptor A', 'receptor B', 'receptor C'], (100, 300))
    """
    columns = _annotations(atlas)
    rng = np.random.default_rng([_SEED, 2])
    values: list[FloatArray] = []
    genes: list[str] = []
    sets: list[GeneSet] = []
    for number in range(_SETS):
        shared = columns[:, 0] if number == 0 else _smooth(atlas, 1, rng)[:, 0]
        own = _smooth(atlas, _GENES_A_SET, rng)
        names = tuple(f"G{number * _GENES_A_SET + i + 1:03d}" for i in range(_GENES_A_SET))
        values.append(_LOADING * shared[:, None] + np.sqrt(1.0 - _LOADING**2) * own)
        genes += names
        sets.append(GeneSet(f"set {number + 1}", names))
    return MapLibrary(
        annotations=tuple(
            BrainMap(name, atlas.regions, column, atlas.name, _SOURCE)
            for name, column in zip((RECEPTOR, *OTHERS), columns.T, strict=True)
        ),
        expression=Expression(atlas.regions, tuple(genes), np.hstack(values), _SOURCE),
        gene_sets=(GeneSets("simulated sets", tuple(sets), _SOURCE),),
    )


def _annotations(atlas: Atlas) -> FloatArray:
    """Draw three smooth maps, unrelated to one another and to how large networks are.

    What integration does to a region's mean connectivity depends on how many regions share its
    network, and is kept out of all three.
    """
    networks = np.array(atlas.network)
    size = (networks[:, None] == networks[None, :]).sum(axis=1).astype(np.float64)
    drawn = _smooth(atlas, 3, np.random.default_rng([_SEED, 1]))
    basis = np.linalg.qr(np.column_stack([np.ones(len(atlas)), size, drawn]))[0][:, 2:]
    signs = np.sign((basis * drawn).sum(axis=0))
    return np.asarray(basis * signs * np.sqrt(len(atlas) - 1.0))


def _smooth(atlas: Atlas, maps: int, rng: np.random.Generator) -> FloatArray:
    """Draw maps that fall off with distance, alike in both hemispheres."""
    folded = np.column_stack([np.abs(atlas.centroid[:, 0]), atlas.centroid[:, 1:]]) / 60.0
    apart = np.linalg.norm(folded[:, None] - folded[None], axis=2)
    weights = np.exp(-((apart / _REACH) ** 2))
    found = weights @ rng.standard_normal((len(atlas), maps))
    found = found - found.mean(axis=0)
    return np.asarray(found / found.std(axis=0, ddof=1))
