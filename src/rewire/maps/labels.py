"""Names of regions in files of maps, matched with those of the atlas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rewire.core.atlas import Atlas

_NETWORKS = re.compile(r"^(7|17)networks_")
_GAPS = re.compile(r"[\s\-]+")


@dataclass(frozen=True, slots=True)
class Matched:
    """Names of regions as the atlas writes them.

    Parameters
    ----------
    names
        One for each name that was given; one that is not in the atlas stays as it was.
    count
        How many are in the atlas.
    """

    names: tuple[str, ...]
    count: int


def match_regions(names: Sequence[str], atlases: Sequence[Atlas]) -> Matched:
    """Match names with those of the atlas that knows most of them.

    Parameters
    ----------
    names
        As a file has them.
    atlases
        Of the trial; none leaves the names as they are.

    Returns
    -------
    Matched
        A name that is not in the atlas as it stands is looked for without regard to case, to
        spaces and hyphens, and to ``7Networks_`` in front; never by position.

    Examples
    --------
    >>> import numpy as np
    >>> atlas = Atlas("A", ("LH_Vis_1", "amygdala"), np.array([1, 2]), ("", ""), ("", ""),
    ...               np.zeros((2, 3)))
    >>> match_regions(["7Networks_LH_Vis_1", "Amygdala", "pons"], [atlas])
    Matched(names=('LH_Vis_1', 'amygdala', 'pons'), count=2)
    """
    found = [_matched(names, atlas) for atlas in atlases]
    return max(found, key=lambda m: m.count, default=Matched(tuple(names), 0))


def _matched(names: Sequence[str], atlas: Atlas) -> Matched:
    exact = set(atlas.regions)
    folded: dict[str, list[str]] = {}
    for region in atlas.regions:
        folded.setdefault(_fold(region), []).append(region)
    told = []
    for name in names:
        alike = folded.get(_fold(name), [])
        told.append(alike[0] if name not in exact and len(alike) == 1 else name)
    return Matched(tuple(told), sum(name in exact for name in told))


def _fold(name: str) -> str:
    return _GAPS.sub("_", _NETWORKS.sub("", name.strip().casefold()))
