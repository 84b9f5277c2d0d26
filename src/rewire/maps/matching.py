"""Annotations at the regions of a measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from rewire.core.atlas import Atlas
from rewire.core.maps import BrainMap
from rewire.core.types import FloatArray
from rewire.maps.labels import differing_series

FEWEST = 10
"""Regions without which nothing is said of a map."""


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Annotations over the regions that all of them have, matched by name.

    Parameters
    ----------
    names
        Of all annotations asked about.
    columns
        Shape (regions, annotations); NaN throughout a region that is left out, and throughout an
        annotation that cannot be used.
    reasons
        What was left out, and why.
    """

    names: tuple[str, ...]
    columns: FloatArray
    reasons: tuple[str, ...]

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Whether an annotation can be used, shape (annotations,)."""
        return np.asarray(np.isfinite(self.columns).any(axis=0))

    @property
    def regions(self) -> npt.NDArray[np.bool_]:
        """Whether a region is looked at, shape (regions,)."""
        return np.asarray(np.isfinite(self.columns).any(axis=1))


def match_maps(
    maps: Sequence[BrainMap], atlas: Atlas, hemisphere: Literal["both", "L", "R"] = "both"
) -> Matched:
    """Return annotations at the regions of an atlas, by name.

    All annotations are looked at over the same regions, so that they can be compared and meet the
    same null maps. An annotation that has fewer than half of them, or fewer than ten, or that is
    of another parcellation whose names are the same, is left out itself; otherwise the regions
    that it lacks are left out for all.

    Parameters
    ----------
    maps
        Annotations over any atlas.
    atlas
        The regions.
    hemisphere
        ``L`` or ``R`` to look at one alone.

    Returns
    -------
    Matched
        In the order of the maps and of the atlas.
    """
    side = np.array([hemisphere in ("both", own) for own in atlas.hemisphere])
    columns = np.column_stack([m.at(atlas.regions) for m in maps]).reshape(len(atlas), len(maps))
    columns[~side] = np.nan
    reasons: list[str] = []
    known = np.isfinite(columns)
    enough = known.sum(axis=0) >= max(FEWEST, side.sum() / 2)
    other = [differing_series(m.regions, atlas.regions) for m in maps]
    enough &= np.array([not how for how in other], dtype=np.bool_)
    for m, one, count, how in zip(maps, enough, known.sum(axis=0), other, strict=True):
        if how:
            reasons.append(f"map {m.name} is of another parcellation ({how})")
        elif not one:
            reasons.append(f"map {m.name} has a value in {count} of {int(side.sum())} regions")
    columns[:, ~enough] = np.nan
    whole = side & known[:, enough].all(axis=1) & bool(enough.any())
    columns[~whole] = np.nan
    lost = [r for r, s, w in zip(atlas.regions, side, whole, strict=True) if s and not w]
    if lost and enough.any():
        reasons.append(
            f"{len(lost)} regions without a value in every map are left out ({', '.join(lost[:5])}"
            f"{', ...' if len(lost) > 5 else ''})"
        )
    flat = enough & ~_varies(columns)
    reasons += [f"map {m.name} does not vary" for m, one in zip(maps, flat, strict=True) if one]
    columns[:, flat] = np.nan
    return Matched(tuple(m.name for m in maps), columns, tuple(reasons))


def _varies(columns: FloatArray) -> npt.NDArray[np.bool_]:
    whole = np.isfinite(columns).any(axis=1)
    if not whole.any():
        return np.zeros(columns.shape[1], dtype=np.bool_)
    held = np.nan_to_num(columns[whole])
    return np.asarray(np.ptp(held, axis=0) > 1e-12 * np.maximum(1e-300, np.abs(held).max(axis=0)))
