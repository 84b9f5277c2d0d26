"""The regions of a brain that scans were reduced to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """The regions that a scan was reduced to.

    Parameters
    ----------
    name
        The ``seg`` label in file names, such as ``Schaefer100``.
    regions
        Region names, unique, in the order of the atlas table.
    index
        Integer label of each region in the parcellation image; shape (regions,).
    hemisphere
        ``L``, ``R`` or an empty string where the table does not say.
    network
        Network of each region, an empty string where it has none.
    centroid
        Centre of each region in mm (MNI space), shape (regions, 3); NaN where unknown.
    sphere
        Centre of each region on its hemisphere's unit sphere, shape (regions, 3), NaN for a region
        that lies on none; None where the table does not say.
    """

    name: str
    regions: tuple[str, ...]
    index: npt.NDArray[np.int64]
    hemisphere: tuple[str, ...]
    network: tuple[str, ...]
    centroid: npt.NDArray[np.float64]
    sphere: npt.NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Refuse an atlas whose columns differ in length or whose regions repeat."""
        n = len(self.regions)
        lengths = {len(self.index), len(self.hemisphere), len(self.network), len(self.centroid)}
        if lengths != {n} or len(set(self.regions)) != n or self.centroid.shape != (n, 3):
            raise ValueError(f"atlas {self.name}: columns differ in length or regions repeat")
        if self.sphere is not None and self.sphere.shape != (n, 3):
            raise ValueError(f"atlas {self.name}: one point of the sphere a region is wanted")

    def __len__(self) -> int:
        """Return the number of regions."""
        return len(self.regions)

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks in order of first appearance, without the empty one."""
        return tuple(dict.fromkeys(n for n in self.network if n))

    def take(self, names: Sequence[str]) -> Atlas:
        """Return the atlas of these regions alone, in this order."""
        at = {region: i for i, region in enumerate(self.regions)}
        rows = [at[name] for name in names]
        return Atlas(
            self.name,
            tuple(names),
            self.index[rows],
            tuple(self.hemisphere[i] for i in rows),
            tuple(self.network[i] for i in rows),
            self.centroid[rows],
            None if self.sphere is None else self.sphere[rows],
        )
