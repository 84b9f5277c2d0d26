"""Exact tests of two risks: Fisher's, its mid-p, Boschloo's."""

from __future__ import annotations

import numpy as np
from scipy import stats

from rewire.numerics.risk import Counts

_TIE = 1e-7


def fisher_p(counts: Counts) -> float:
    """Return Fisher's two-sided p: tables no more probable than the one seen, margins given.

    Examples
    --------
    4 of 4 against 0 of 4: two tables of 70.

    >>> round(fisher_p(Counts(4, 4, 0, 4)) * 70, 9)
    2.0
    """
    if counts.empty:
        return float("nan")
    chance, own = _tables(counts)
    return min(float(chance[chance <= own * (1.0 + _TIE)].sum()), 1.0)


def fisher_mid_p(counts: Counts) -> float:
    """Return Fisher's two-sided mid-p: tables as probable as the one seen count half.

    It is closer to its level than Fisher's and may pass it a little (Lancaster 1961,
    10.1080/01621459.1961.10482105).

    Examples
    --------
    >>> round(fisher_mid_p(Counts(4, 4, 0, 4)) * 70, 9)
    1.0
    """
    if counts.empty:
        return float("nan")
    chance, own = _tables(counts)
    as_probable = np.abs(chance - own) <= own * _TIE
    rarer = (chance < own) & ~as_probable
    return float(chance[rarer].sum() + 0.5 * chance[as_probable].sum())


def boschloo_p(counts: Counts) -> float:
    """Return Boschloo's two-sided p: twice the smaller of the one-sided, at most 1.

    Examples
    --------
    >>> boschloo_p(Counts(4, 4, 0, 4)) < fisher_p(Counts(4, 4, 0, 4))
    True
    """
    if counts.empty:
        return float("nan")
    events = [counts.events, counts.other_events]
    without = [counts.people - counts.events, counts.other_people - counts.other_events]
    if sum(events) == 0 or sum(without) == 0:
        return 1.0
    sides = [
        float(stats.boschloo_exact([events, without], alternative=side, n=64).pvalue)
        for side in ("less", "greater")
    ]
    return min(2.0 * min(sides), 1.0)


def _tables(counts: Counts) -> tuple[np.ndarray, float]:
    total = counts.events + counts.other_events
    everybody = counts.people + counts.other_people
    held = np.arange(max(0, total - counts.other_people), min(counts.people, total) + 1)
    chance = stats.hypergeom.pmf(held, everybody, total, counts.people)
    return chance, float(chance[counts.events - held[0]])
