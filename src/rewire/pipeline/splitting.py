"""Halves of a scan, so that every measure can be held against itself without knowing it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from rewire.core.registry import MeasureSpec, Quantity
from rewire.core.types import SERIES, Scan

Halves = Literal["consecutive", "alternating"]
Part = Literal["whole", "consecutive 1", "consecutive 2", "alternating 1", "alternating 2"]

PARTS: dict[Halves, tuple[Part, Part]] = {
    "consecutive": ("consecutive 1", "consecutive 2"),
    "alternating": ("alternating 1", "alternating 2"),
}
"""The two parts that a way of halving gives."""

DEFINITION = "halves 1"
"""Goes into the key of what was measured on a half: change it with the way scans are split."""

_BLOCKS = 10
_PAIRWISE = {"region", "region2"}


def splittable(spec: MeasureSpec) -> tuple[Quantity, ...]:
    """Return the quantities of a measure whose split-half reliability is asked for.

    These are results of measures of one resting series, alone or with a connectome (which both
    halves share), that hold at most a value for each region or pair of networks: for each pair of
    regions the halves would triple what is kept.
    """
    if spec.needs not in (("bold",), ("bold", "connectome")):
        return ()
    return tuple(q for q in spec.gives if q.role == "result" and not set(q.dims) >= _PAIRWISE)


def take_part(scan: Scan, part: Part) -> Scan:
    """Return one half of a scan; both halves retain equally many volumes.

    Parameters
    ----------
    scan
        Kind ``bold``; with an odd number of retained volumes the last is left out. A scan without
        volumes is returned as it is.
    part
        ``consecutive``: the first or the second half of the retained volumes, with the censored
        ones between them marked as before. ``alternating``: of ten blocks of retained volumes the
        1st, 3rd ... or the 2nd, 4th ..., put end to end; both halves then span the whole scan, at
        the price of four seams.

    Returns
    -------
    Scan
        With the scan's own id and facts, save its motion, which is that of the whole.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a",), np.arange(1), ("",), ("X",), np.zeros((1, 3)))
    >>> scan = Scan("s", "bold", np.arange(5.0)[:, None], atlas)
    >>> take_part(scan, "consecutive 2").data.ravel().tolist()
    [2.0, 3.0]
    """
    if part == "whole" or scan.kind not in SERIES:
        return scan
    retained = np.arange(len(scan.data)) if scan.kept is None else np.flatnonzero(scan.kept)
    half = len(retained) // 2
    facts = {k: v for k, v in scan.facts.items() if k != "mean_framewise_displacement"}
    if part in PARTS["alternating"]:
        chosen = retained[_alternating(half)[part == "alternating 2"]]
        return replace(scan, data=scan.data[chosen], facts=facts, kept=None)
    mine = retained[:half] if part == "consecutive 1" else retained[half : 2 * half]
    span = slice(int(mine[0]), int(mine[-1]) + 1) if half else slice(0, 0)
    kept = None if scan.kept is None else scan.kept[span]
    return replace(scan, data=scan.data[span], facts=facts, kept=kept)


def _alternating(half: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the positions of both halves: blocks come in pairs of equal length."""
    bounds = np.linspace(0, half, _BLOCKS // 2 + 1).astype(np.int64)
    first, second = [], []
    for low, high in pairwise(bounds.tolist()):
        first.append(np.arange(2 * low, low + high))
        second.append(np.arange(low + high, 2 * high))
    return np.concatenate(first), np.concatenate(second)
