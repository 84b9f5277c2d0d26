"""Names of regions in files of maps, matched with those of the atlas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rewire.core.atlas import Atlas

_NETWORKS = re.compile(r"^(7|17)networks_")
_GAPS = re.compile(r"[\s\-]+")
_NUMBERED = re.compile(r"^(.*\D)(\d+)$")
_SERIES, _SHARE = 3, 1 / 3


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


def differing_series(names: Sequence[str], regions: Sequence[str]) -> str:
    """Return how two parcellations number their regions differently; empty where they do not.

    Parcellations of one family use the same names for other places: each name of Schaefer-100
    stands in Schaefer-200 too. What tells them apart is how far a series goes: ``LH_Vis_1`` to 9
    in the one and to 14 in the other.

    Parameters
    ----------
    names
        Regions that a map has, with a value or without.
    regions
        Regions of the atlas.

    Returns
    -------
    str
        An example, where at least three series that both have, and a third of all of these, go
        from 1 to different ends. A series with gaps has merely lost regions.

    Examples
    --------
    >>> coarse = [f"{side}_{i}" for side in ("L_Vis", "R_Vis", "L_Cont") for i in (1, 2)]
    >>> differing_series(coarse, [*coarse, "L_Vis_3", "R_Vis_3", "L_Cont_3"])
    'L_Vis_1 to 2 in place of 3'
    >>> differing_series(coarse[1:], coarse)
    ''
    """
    own, theirs = _series(names), _series(regions)
    both = [stem for stem in own if stem in theirs]
    apart = [
        stem
        for stem in both
        if own[stem] != theirs[stem] and _whole(own[stem]) and _whole(theirs[stem])
    ]
    if len(apart) < max(_SERIES, _SHARE * len(both)):
        return ""
    stem = apart[0]
    return f"{stem}1 to {max(own[stem])} in place of {max(theirs[stem])}"


def _series(names: Sequence[str]) -> dict[str, set[int]]:
    """Return the numbers that stand behind each name, in order of appearance."""
    found: dict[str, set[int]] = {}
    for name in names:
        if told := _NUMBERED.match(name):
            found.setdefault(told[1], set()).add(int(told[2]))
    return found


def _whole(numbers: set[int]) -> bool:
    return numbers == set(range(1, len(numbers) + 1))
