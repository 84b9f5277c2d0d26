"""Which maps a plan names: receptors, genes, and how their nulls are made."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from rewire.core.maps import MapRules, NullModel
from rewire.plan.parts import PlanPart


class MapsChoice(PlanPart):
    """The files that maps are read from, and the nulls that they are held against.

    A file is a path from the trial's folder, an absolute path, or ``fetched:NAME`` for a set that
    ``rewire fetch`` has downloaded.

    Attributes
    ----------
    annotations
        Tables of regions (column ``name``) by maps.
    volumes
        Maps that are images (NIfTI); the mean over each region's voxels is taken.
    expression
        Table of regions by genes; empty for none.
    gene_sets
        Files in GMT format.
    interactions
        Edge list of genes (two columns, and a weight); empty for none.
    nulls
        ``auto``: spins where the atlas has a sphere and every region of the map lies on it,
        variogram-matched surrogates otherwise.
    draws
        Null maps.
    hemisphere
        ``both``, or the one that is looked at alone.
    """

    annotations: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    expression: str = ""
    gene_sets: tuple[str, ...] = ()
    interactions: str = ""
    nulls: NullModel = "auto"
    draws: int = Field(default=10_000, ge=100, le=1_000_000)
    hemisphere: Literal["both", "L", "R"] = "both"

    @property
    def without_folders(self) -> MapsChoice:
        """The same with the names of files alone where paths are absolute: these name people."""
        told: dict[str, object] = {}
        for key in ("annotations", "volumes", "gene_sets"):
            told[key] = tuple(map(_without_folder, getattr(self, key)))
        for key in ("expression", "interactions"):
            told[key] = _without_folder(getattr(self, key))
        return self.model_copy(update=told)

    @property
    def rules(self) -> MapRules:
        """How null maps are made."""
        return MapRules(self.nulls, self.draws, self.hemisphere)


def _without_folder(name: str) -> str:
    path = Path(name)
    return path.name if path.is_absolute() or name.startswith("~") else name
