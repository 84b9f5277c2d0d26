"""Which scans a person should look at first, and why; judged by numbers alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rewire.trial.quality import ScanQuality

_HALF = 0.5
_FAR = 3.0
"""Robust standard deviations above the median beyond which a scan moved more than the others."""


def list_doubts(
    scans: Sequence[ScanQuality], minimum_minutes: float
) -> tuple[tuple[str, ...], ...]:
    """Return what is doubtful about each scan, as short phrases without any name.

    Parameters
    ----------
    scans
        The scans that were read.
    minimum_minutes
        Retained minutes below which a scan is doubted.

    Returns
    -------
    tuple of tuple of str
        In the order of the scans.
    """
    limit = _much_motion([q.displacement for q in scans])
    return tuple(_doubts(q, minimum_minutes, limit) for q in scans)


def order_by_doubt(
    scans: Sequence[ScanQuality], doubts: Sequence[Sequence[str]]
) -> tuple[int, ...]:
    """Return the places of the scans, the most doubtful first.

    Scans with more doubts come first, then those with more motion, then the shorter ones.

    Parameters
    ----------
    scans
        The scans that were read.
    doubts
        From :func:`list_doubts`.
    """

    def key(i: int) -> tuple[float, ...]:
        q = scans[i]
        moved = 0.0 if math.isnan(q.displacement) else q.displacement
        minutes = math.inf if math.isnan(q.minutes) else q.minutes
        return (-len(doubts[i]), -moved, minutes, i)

    return tuple(sorted(range(len(scans)), key=key))


def _doubts(q: ScanQuality, minimum_minutes: float, much: float) -> tuple[str, ...]:
    found = []
    if q.minutes < minimum_minutes:
        found.append(f"fewer than {minimum_minutes:g} minutes retained")
    if q.retained < _HALF * q.volumes:
        found.append("more than half of the volumes censored")
    if q.displacement > much:
        found.append("far more motion than the other scans")
    if q.silent > 0:
        found.append("regions without signal")
    return tuple(found)


def _much_motion(values: Sequence[float]) -> float:
    """Return the median plus three robust standard deviations (1.4826 MAD)."""
    known = np.array([v for v in values if not math.isnan(v)])
    if len(known) < 5:
        return math.inf
    middle = float(np.median(known))
    spread = 1.4826 * float(np.median(np.abs(known - middle)))
    return middle + _FAR * spread if spread > 0 else math.inf
