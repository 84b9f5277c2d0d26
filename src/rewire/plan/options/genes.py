"""What a question about genes can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rewire.core.options import KindOptions


class GenesOptions(KindOptions):
    """Options of ``kind = "genes"``.

    Attributes
    ----------
    of
        Which map is held against expression: that of the ``change`` within each arm, of the
        ``interaction`` or of the ``ancova``.
    statistic
        Correlation of the map with each gene.
    components
        Components of partial least squares.
    bootstraps
        Draws of regions for the standard errors of the weights; 0 for none.
    smallest, largest
        Gene sets with fewer or more genes with expression are passed over; the markers of a cell
        type can be a thousand genes.
    hub_z
        Genes whose weight on the first component is so many standard errors from 0 enter the
        network in which hubs are looked for.
    """

    of: Literal["change", "interaction", "ancova"] = "change"
    statistic: Literal["pearson", "spearman"] = "pearson"
    components: int = Field(default=3, ge=1, le=20)
    bootstraps: int = Field(default=1_000, ge=0, le=100_000)
    smallest: int = Field(default=10, ge=2)
    largest: int = Field(default=2_000, ge=2)
    hub_z: float = Field(default=3.0, gt=0)

    @model_validator(mode="after")
    def _sizes_are_a_range(self) -> GenesOptions:
        if self.smallest > self.largest:
            raise ValueError("smallest must not be above largest")
        return self
