"""How many people are treated for one more event, with an interval that can pass infinity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from rewire.numerics.risk import Interval

Direction = Literal["benefit", "harm", "neither"]


@dataclass(frozen=True, slots=True)
class NumberNeeded:
    """The inverse of a risk difference.

    Parameters
    ----------
    people
        Treated for one person more who benefits (or is harmed); infinite at no difference, NaN
        without a difference.
    direction
        Of the estimate.
    benefit_from, harm_from
        The smallest number for benefit and for harm that the interval holds; infinite where it
        holds none. If both are finite the interval runs from one through infinity to the other.
    benefit_to, harm_to
        The largest; infinite where the interval of the difference reaches 0 or the other side,
        NaN where that side is not in the interval.
    """

    people: float
    direction: Direction
    benefit_from: float
    benefit_to: float
    harm_from: float
    harm_to: float


def number_needed(difference: float, interval: Interval) -> NumberNeeded:
    """Return the number needed to treat for one more to benefit, or to be harmed.

    Parameters
    ----------
    difference
        Risk difference; above 0 is a benefit. Turn the sign, and swap the ends, for a harm.
    interval
        Of the difference.

    Returns
    -------
    NumberNeeded
        All NaN where the difference or an end is.

    Notes
    -----
    Altman 1998 (10.1136/bmj.317.7168.1309): if the interval of the difference holds 0 the number
    needed runs from a benefit through infinity to a harm; it does not stop in between.

    Examples
    --------
    >>> found = number_needed(0.1, Interval(-0.05, 0.25))
    >>> found.people, found.benefit_from, found.harm_from, found.benefit_to
    (10.0, 4.0, 20.0, inf)
    """
    nan = math.nan
    ends = (difference, interval.low, interval.high)
    if any(math.isnan(v) for v in ends):
        return NumberNeeded(nan, "neither", nan, nan, nan, nan)
    direction: Direction = "neither"
    if difference:
        direction = "benefit" if difference > 0.0 else "harm"
    helps, hurts = interval.high > 0.0, interval.low < 0.0
    return NumberNeeded(
        people=_inverse(abs(difference)),
        direction=direction,
        benefit_from=_inverse(max(interval.high, 0.0)),
        benefit_to=_inverse(max(interval.low, 0.0)) if helps else nan,
        harm_from=_inverse(max(-interval.low, 0.0)),
        harm_to=_inverse(max(-interval.high, 0.0)) if hurts else nan,
    )


def _inverse(size: float) -> float:
    return 1.0 / size if size > 0.0 else math.inf
