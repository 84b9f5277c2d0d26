"""The risk of an occurrence in two arms, and what may be said of the difference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rewire.effects.occurrences import Occurrence
from rewire.numerics.estimates import BoolArray
from rewire.numerics.exact_difference import MOST_TABLES, Tails, exact_difference
from rewire.numerics.exact_tests import boschloo_p, fisher_mid_p, fisher_p
from rewire.numerics.numbers_needed import NumberNeeded, number_needed
from rewire.numerics.risk import Counts, Interval, miettinen_nurminen, newcombe
from rewire.plan.options.harms import HarmsOptions

_INTERVALS = {
    "exact": "exact unconditional interval of the score test",
    "exact equal tails": "exact unconditional interval, equal tails",
    "newcombe": "Newcombe's hybrid score interval",
    "miettinen-nurminen": "Miettinen and Nurminen's score interval",
}
_TESTS = {
    "score": "exact score test",
    "fisher": "Fisher's test",
    "fisher mid-p": "Fisher's mid-p",
    "boschloo": "Boschloo's test",
}
_NOBODY = "nobody in an arm is known"


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRisk:
    """An occurrence in an arm and in the reference arm.

    Parameters
    ----------
    occurrence
        What it is about.
    arm, reference
        Names of the arms.
    counts
        Of people in whom it is known.
    missing, other_missing
        People in whom it is not.
    interval
        Of the arm's risk less the reference's.
    lowest, highest
        The difference if everybody who is missing had been as it suits either side.
    p
        Two-sided, exact.
    needed
        Number needed to treat for one more who benefits (or, for a harm, is harmed).
    method, status
        In words.
    """

    occurrence: Occurrence
    arm: str
    reference: str
    counts: Counts
    missing: int
    other_missing: int
    interval: Interval
    lowest: float
    highest: float
    p: float
    needed: NumberNeeded
    method: str
    status: str


def compare_risk(
    occurrence: Occurrence,
    arms: tuple[str, str],
    members: tuple[BoolArray, BoolArray],
    options: HarmsOptions,
    confidence: float,
) -> ComparedRisk:
    """Compare how often something happened in two arms.

    Parameters
    ----------
    occurrence
        What may have happened.
    arms
        An arm and the reference.
    members
        Who is in which, shape (people,) each.
    options
        Which interval and which test.
    confidence
        Level of the interval.
    """
    happened = occurrence.happened
    known = np.isfinite(happened)
    sizes = [int((known & m).sum()) for m in members]
    events = [int((happened[known & m] == 1.0).sum()) for m in members]
    lost = [int((~known & m).sum()) for m in members]
    counts = Counts(events[0], sizes[0], events[1], sizes[1])
    interval, how = _interval(counts, options, confidence)
    p, test = _p(counts, options, confidence)
    sign = 1.0 if occurrence.side == "benefit" else -1.0
    ends = sorted((sign * interval.low, sign * interval.high))
    everybody = [size + gone for size, gone in zip(sizes, lost, strict=True)]
    bounds = (math.nan, math.nan)
    if min(everybody) > 0:
        bounds = (
            events[0] / everybody[0] - (events[1] + lost[1]) / everybody[1],
            (events[0] + lost[0]) / everybody[0] - events[1] / everybody[1],
        )
    return ComparedRisk(
        occurrence,
        *arms,
        counts,
        lost[0],
        lost[1],
        interval,
        *bounds,
        p,
        number_needed(sign * counts.difference, Interval(*ends)),
        f"risk difference, {how}; {test}",
        _NOBODY if counts.empty else "ok",
    )


def _interval(counts: Counts, options: HarmsOptions, confidence: float) -> tuple[Interval, str]:
    if options.interval == "newcombe":
        return newcombe(counts, confidence), _INTERVALS["newcombe"]
    large = counts.people * counts.other_people > MOST_TABLES
    if options.interval == "miettinen-nurminen" or large:
        return miettinen_nurminen(counts, confidence), _INTERVALS["miettinen-nurminen"]
    tails: Tails = "two-sided" if options.interval == "exact" else "equal"
    found = exact_difference(counts, confidence, tails)
    return found.interval, _INTERVALS[options.interval]


def _p(counts: Counts, options: HarmsOptions, confidence: float) -> tuple[float, str]:
    large = counts.people * counts.other_people > MOST_TABLES
    if options.test == "fisher mid-p":
        return fisher_mid_p(counts), _TESTS["fisher mid-p"]
    if options.test == "fisher" or large:
        return fisher_p(counts), _TESTS["fisher"]
    if options.test == "boschloo":
        return boschloo_p(counts), _TESTS["boschloo"]
    tails = options.interval == "exact equal tails"
    found = exact_difference(counts, confidence, "equal" if tails else "two-sided")
    return found.p, f"{_TESTS['score']}{', equal tails' if tails else ''}"


def needed_text(needed: NumberNeeded, side: str) -> str:
    """Return the number needed as it may be printed; empty where there is none.

    Examples
    --------
    >>> needed_text(number_needed(0.1, Interval(-0.05, 0.25)), "benefit")
    'NNT benefit 10 (NNT benefit 4 to infinity to NNT harm 20)'
    """
    if math.isnan(needed.people):
        return ""
    good, bad = ("NNT benefit", "NNT harm") if side == "benefit" else ("NNT fewer", "NNH")
    label = {"benefit": f"{good} ", "harm": f"{bad} ", "neither": ""}[needed.direction]
    has_good, has_bad = math.isfinite(needed.benefit_from), math.isfinite(needed.harm_from)
    if has_good and has_bad:
        inside = f"{good} {_n(needed.benefit_from)} to infinity to {bad} {_n(needed.harm_from)}"
    elif has_good:
        inside = f"{good} {_n(needed.benefit_from)} to {_n(needed.benefit_to)}"
    elif has_bad:
        inside = f"{bad} {_n(needed.harm_from)} to {_n(needed.harm_to)}"
    else:
        inside = "infinity"
    return f"{label}{_n(needed.people)} ({inside})"


def _n(people: float) -> str:
    return "infinity" if math.isinf(people) else f"{people:.3g}"
