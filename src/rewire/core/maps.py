"""What is known of the regions of a brain: annotations, gene expression, gene sets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


NullModel = Literal["auto", "spin", "spin hungarian", "spin vasa", "variogram"]


@dataclass(frozen=True, slots=True)
class MapRules:
    """How null maps are made.

    Parameters
    ----------
    nulls
        ``auto``: spins where the atlas has a sphere and every region of the map lies on it,
        variogram-matched surrogates otherwise.
    draws
        Null maps.
    hemisphere
        ``both``, or the one that is looked at alone.
    """

    nulls: NullModel = "auto"
    draws: int = 10_000
    hemisphere: Literal["both", "L", "R"] = "both"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a map came from.

    Parameters
    ----------
    source
        Reference or file that it was read from.
    licence
        As its publisher words it; empty where nobody said.
    citation
        What is to be cited; empty where nobody said.
    note
        What was done to it on the way in, such as resampling; empty for nothing.
    """

    source: str
    licence: str = ""
    citation: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class BrainMap:
    """A value per region.

    Parameters
    ----------
    name
        What is mapped, such as ``5HT2A``.
    regions
        Names of the regions, unique.
    values
        Shape (regions,); NaN where there is none.
    space
        Name of the atlas.
    provenance
        Source and licence.
    """

    name: str
    regions: tuple[str, ...]
    values: FloatArray
    space: str
    provenance: Provenance

    def __post_init__(self) -> None:
        """Refuse a map whose values are not those of its regions."""
        if self.values.shape != (len(self.regions),) or len(set(self.regions)) < len(self.regions):
            raise ValueError(f"map {self.name}: values and regions differ, or a region repeats")

    def at(self, regions: tuple[str, ...]) -> FloatArray:
        """Return the values of these regions, matched by name; NaN where the map lacks one."""
        held = dict(zip(self.regions, self.values.tolist(), strict=True))
        return np.array([held.get(region, np.nan) for region in regions], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """Expression of many genes in the regions of an atlas.

    Parameters
    ----------
    regions, genes
        Names, unique.
    values
        Shape (regions, genes); NaN where no sample was taken.
    provenance
        Source and licence.
    donors
        How many donors had a sample in each region, shape (regions,); None where nobody said.
    """

    regions: tuple[str, ...]
    genes: tuple[str, ...]
    values: FloatArray
    provenance: Provenance
    donors: npt.NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        """Refuse a matrix whose shape is not that of its labels."""
        if self.values.shape != (len(self.regions), len(self.genes)):
            raise ValueError(
                f"expression is {self.values.shape}, labels are "
                f"{(len(self.regions), len(self.genes))}"
            )


@dataclass(frozen=True, slots=True)
class GeneSet:
    """Genes that belong together."""

    name: str
    genes: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class GeneSets:
    """A collection of gene sets, such as the terms of an ontology."""

    name: str
    sets: tuple[GeneSet, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Interactions:
    """Pairs of genes that interact, with the weight of each (1 where the file has none)."""

    pairs: tuple[tuple[str, str], ...]
    weights: tuple[float, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True, eq=False)
class MapLibrary:
    """Every map that a plan names.

    Parameters
    ----------
    annotations
        Receptors, gradients and whatever else has a value per region.
    expression
        None where the plan names none.
    gene_sets
        Collections of gene sets.
    interactions
        None where the plan names none.
    rules
        How null maps are made.
    files
        Every file that was read, for the provenance.
    """

    annotations: tuple[BrainMap, ...] = ()
    expression: Expression | None = None
    gene_sets: tuple[GeneSets, ...] = ()
    interactions: Interactions | None = None
    rules: MapRules = MapRules()
    files: tuple[Path, ...] = ()
