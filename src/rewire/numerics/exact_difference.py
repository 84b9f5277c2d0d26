"""Exact unconditional interval and p of the difference of two risks, from the score test."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import special

from rewire.numerics.estimates import BoolArray, FloatArray
from rewire.numerics.risk import Counts, Interval, score_statistic

Tails = Literal["two-sided", "equal"]
_Side = Literal["two-sided", "greater", "less"]

MOST_TABLES = 40_000
"""Tables (people times other people) above which nothing exact is computed."""

_TIE = 1e-7
_ROUGH, _FINE = 65, 401
_COARSE_STEP, _FINE_STEP, _MARGIN = 0.02, 0.001, 0.02
_BISECTIONS = 16


@dataclass(frozen=True, slots=True)
class ExactDifference:
    """What can be said about a risk difference without large samples.

    Parameters
    ----------
    interval
        NaN where a group has nobody or there are too many tables.
    p
        Two-sided p of no difference.
    """

    interval: Interval
    p: float


@lru_cache(maxsize=4096)
def exact_difference(
    counts: Counts, confidence: float = 0.95, tails: Tails = "two-sided"
) -> ExactDifference:
    """Return the exact unconditional interval and p of a risk difference.

    Parameters
    ----------
    counts
        Events among people.
    confidence
        Level of the interval.
    tails
        ``two-sided``: one test of both sides is inverted (Agresti and Min 2001,
        10.1111/j.0006-341X.2001.00963.x), shorter. ``equal``: two one-sided tests, each at half
        the error (Chan and Zhang 1999, 10.1111/j.0006-341X.1999.01202.x), so that each end by
        itself is exact.

    Returns
    -------
    ExactDifference
        The interval covers the difference with at least the confidence asked for, whatever the
        risks are. The two-sided interval leaves out 0 exactly when p is at most 1 - confidence,
        unless values on both sides of 0 are kept; the one of equal tails when twice the smaller
        one-sided p is.

    Notes
    -----
    p at a difference is the largest probability, over the risk that is not asked about, of
    tables at least as far out by the score statistic. The largest is looked for on 401 risks
    (even on the arcsine scale) and then closer around the best of them. The interval is the hull
    of all differences not rejected: a grid of steps of 0.02, of 0.001 near the ends, and then
    halving to 1e-8; a difference kept on less than such a step, away from all others, would be
    passed over.

    Examples
    --------
    2 of 2 against 0 of 2: the tables at least as far out are this one and its mirror image,
    of probability 2 * 0.25 ** 2 at equal risks of one half.

    >>> exact_difference(Counts(2, 2, 0, 2)).p
    0.125
    """
    nothing = ExactDifference(Interval(np.nan, np.nan), np.nan)
    if counts.empty or counts.people * counts.other_people > MOST_TABLES:
        return nothing
    tables = _Tables(counts)
    alpha = 1.0 - confidence
    if tails == "two-sided":
        p = tables.p(0.0, "two-sided")
        low = _end(tables, "two-sided", alpha, -1.0)
        return ExactDifference(Interval(low, _end(tables, "two-sided", alpha, 1.0)), p)
    p = min(2.0 * min(tables.p(0.0, "greater"), tables.p(0.0, "less")), 1.0)
    low = _end(tables, "greater", alpha / 2.0, -1.0)
    return ExactDifference(Interval(low, _end(tables, "less", alpha / 2.0, 1.0)), p)


class _Tables:
    """All that could have been counted, and how probable it is."""

    __slots__ = ("_counts", "_first", "_grid", "_logs", "_second")

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._first = np.arange(counts.people + 1.0)
        self._second = np.arange(counts.other_people + 1.0)
        self._logs = (_log_binomials(self._first), _log_binomials(self._second))
        self._grid = {m: np.sin(np.linspace(0.0, np.pi / 2.0, m)) ** 2 for m in (_ROUGH, _FINE)}

    def p(self, delta: float, side: _Side) -> float:
        """Return the largest probability of tables as far out, to about 1e-6 of itself."""
        return self._largest(self._far(delta, side), delta)

    def keeps(self, delta: float, side: _Side, alpha: float) -> bool:
        """Return whether a difference is not rejected; rough where that is enough."""
        far = self._far(delta, side)
        rough = float(self._probability(far, self._risks(delta, self._grid[_ROUGH]), delta).max())
        if rough > alpha:
            return True
        return rough > 0.6 * alpha and self._largest(far, delta) > alpha

    def _far(self, delta: float, side: _Side) -> BoolArray:
        counts = self._counts
        sizes = (counts.people, counts.other_people)
        t = score_statistic(self._first[:, None], self._second[None, :], sizes, delta)
        seen = t[counts.events, counts.other_events]
        if side == "two-sided":
            t, seen = np.abs(t), abs(seen)
        elif side == "less":
            t, seen = -t, -seen
        slack = _TIE * (1.0 + abs(seen)) if np.isfinite(seen) else 0.0
        return np.asarray(t >= seen - slack, dtype=np.bool_)

    def _largest(self, far: BoolArray, delta: float) -> float:
        place = self._grid[_FINE]
        chance = self._probability(far, self._risks(delta, place), delta)
        best = float(chance.max())
        for top in np.argsort(chance)[-3:]:
            low, high = place[max(top - 1, 0)], place[min(top + 1, _FINE - 1)]
            closer = self._risks(delta, np.linspace(low, high, 41))
            best = max(best, float(self._probability(far, closer, delta).max()))
        return min(best, 1.0)

    @staticmethod
    def _risks(delta: float, place: FloatArray) -> FloatArray:
        low, high = max(0.0, -delta), min(1.0, 1.0 - delta)
        return low + (high - low) * place

    def _probability(self, far: BoolArray, other: FloatArray, delta: float) -> FloatArray:
        own = _binomial(self._first, np.clip(other + delta, 0.0, 1.0), self._logs[0])
        reached = own @ far.astype(np.float64)
        return np.asarray((reached * _binomial(self._second, other, self._logs[1])).sum(axis=1))


def _log_binomials(events: FloatArray) -> FloatArray:
    n = events[-1]
    whole = special.gammaln(n + 1.0)
    return np.asarray(whole - special.gammaln(events + 1.0) - special.gammaln(n - events + 1.0))


def _binomial(events: FloatArray, risk: FloatArray, logs: FloatArray) -> FloatArray:
    p = risk[:, None]
    log = logs + special.xlogy(events, p) + special.xlog1py(events[-1] - events, -p)
    return np.asarray(np.exp(log), dtype=np.float64)


def _end(tables: _Tables, side: _Side, alpha: float, extreme: float) -> float:
    """Return the outermost difference that is kept, looking inwards from -1 or 1."""
    if tables.keeps(extreme, side, alpha):
        return extreme
    outside, kept = _first_kept(tables, side, alpha, (extreme, -extreme, _COARSE_STEP))
    begin = float(np.clip(outside + np.sign(extreme) * _MARGIN, -1.0, 1.0))
    outside, kept = _first_kept(tables, side, alpha, (begin, kept, _FINE_STEP))
    for _ in range(_BISECTIONS):
        middle = 0.5 * (outside + kept)
        if tables.keeps(middle, side, alpha):
            kept = middle
        else:
            outside = middle
    return kept


def _first_kept(
    tables: _Tables, side: _Side, alpha: float, path: tuple[float, float, float]
) -> tuple[float, float]:
    """Return the last rejected and the first kept difference on a path."""
    begin, end, step = path
    outside = begin
    for delta in np.linspace(begin, end, max(int(np.ceil(abs(end - begin) / step)), 1) + 1)[1:]:
        if tables.keeps(float(delta), side, alpha):
            return outside, float(delta)
        outside = float(delta)
    return outside, end
