"""A risk and the difference of two risks: intervals that hold in small samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from rewire.numerics.estimates import FloatArray

_CLOSE = 1e-10


@dataclass(frozen=True, slots=True)
class Counts:
    """Events among people in two groups.

    Parameters
    ----------
    events, people
        Of the group of interest.
    other_events, other_people
        Of the group that it is compared with.
    """

    events: int
    people: int
    other_events: int
    other_people: int

    def __post_init__(self) -> None:
        for events, people in (
            (self.events, self.people),
            (self.other_events, self.other_people),
        ):
            if not 0 <= events <= people:
                raise ValueError(f"{events} of {people} people cannot have had an event")

    @property
    def empty(self) -> bool:
        """Whether a group has nobody."""
        return min(self.people, self.other_people) == 0

    @property
    def difference(self) -> float:
        """Risk less the other risk; NaN where a group has nobody."""
        if self.empty:
            return float("nan")
        return self.events / self.people - self.other_events / self.other_people


@dataclass(frozen=True, slots=True)
class Interval:
    """Two ends; NaN where there is none."""

    low: float
    high: float


def clopper_pearson(events: int, people: int, confidence: float = 0.95) -> Interval:
    """Return the exact interval of a risk (Clopper and Pearson 1934, 10.1093/biomet/26.4.404).

    Examples
    --------
    Nobody of 10: the upper end is 1 - 0.025 ** (1 / 10).

    >>> clopper_pearson(0, 10).low, round(clopper_pearson(0, 10).high, 6)
    (0.0, 0.308497)
    """
    if people == 0:
        return Interval(float("nan"), float("nan"))
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if events == 0 else float(special.betaincinv(events, people - events + 1, tail))
    if events == people:
        return Interval(low, 1.0)
    return Interval(low, float(special.betaincinv(events + 1, people - events, 1.0 - tail)))


def wilson(events: int, people: int, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval of a risk (1927, 10.1080/01621459.1927.10502953).

    Examples
    --------
    >>> round(wilson(0, 10).high, 4)
    0.2775
    """
    if people == 0:
        return Interval(float("nan"), float("nan"))
    z = float(special.ndtri(0.5 + confidence / 2.0))
    share = events / people
    middle = share + z * z / (2 * people)
    half = z * np.sqrt(share * (1.0 - share) / people + z * z / (4.0 * people * people))
    width = 1.0 + z * z / people
    low = 0.0 if events == 0 else float((middle - half) / width)
    return Interval(low, 1.0 if events == people else float((middle + half) / width))


def newcombe(counts: Counts, confidence: float = 0.95) -> Interval:
    """Return the hybrid score interval of a risk difference.

    Notes
    -----
    Method 10 of Newcombe 1998 (10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I),
    from Wilson's intervals without continuity correction.

    Examples
    --------
    >>> found = newcombe(Counts(56, 70, 48, 80))
    >>> round(found.low, 4), round(found.high, 4)
    (0.0524, 0.3339)
    """
    if counts.empty:
        return Interval(float("nan"), float("nan"))
    first, second = counts.events / counts.people, counts.other_events / counts.other_people
    own = wilson(counts.events, counts.people, confidence)
    other = wilson(counts.other_events, counts.other_people, confidence)
    d = first - second
    low = d - float(np.hypot(first - own.low, other.high - second))
    high = d + float(np.hypot(own.high - first, second - other.low))
    return Interval(low, high)


def miettinen_nurminen(counts: Counts, confidence: float = 0.95) -> Interval:
    """Return the interval of a risk difference from the score test (large samples).

    Notes
    -----
    Miettinen and Nurminen 1985 (10.1002/sim.4780040211): the variance at the constrained risks,
    times N/(N - 1).

    Examples
    --------
    >>> found = miettinen_nurminen(Counts(56, 70, 48, 80))
    >>> round(found.low, 4), round(found.high, 4)
    (0.0528, 0.3382)
    """
    if counts.empty:
        return Interval(float("nan"), float("nan"))
    total = counts.people + counts.other_people
    z = float(special.ndtri(0.5 + confidence / 2.0)) / np.sqrt((total - 1.0) / total)
    x1, x2 = np.array([float(counts.events)]), np.array([float(counts.other_events)])
    sizes = (counts.people, counts.other_people)

    def excess(delta: float) -> float:
        return float(np.clip(score_statistic(x1, x2, sizes, delta)[0], -1e6, 1e6))

    d = counts.difference
    low, high = -1.0, 1.0
    if d - _CLOSE > -1.0 and excess(-1.0 + _CLOSE) > z:
        low = float(optimize.brentq(lambda v: excess(v) - z, -1.0 + _CLOSE, d, xtol=1e-10))
    if d + _CLOSE < 1.0 and excess(1.0 - _CLOSE) < -z:
        high = float(optimize.brentq(lambda v: excess(v) + z, d, 1.0 - _CLOSE, xtol=1e-10))
    return Interval(low, high)


def score_statistic(
    events: FloatArray, other_events: FloatArray, people: tuple[int, int], delta: float
) -> FloatArray:
    """Return the score statistic of a risk difference at a value of it.

    Parameters
    ----------
    events, other_events
        Of the two groups; they broadcast.
    people
        In the two groups.
    delta
        Risk difference under test, from -1 to 1.

    Returns
    -------
    ndarray
        ``(d - delta)`` over its standard error at the risks of highest likelihood that differ by
        delta (Farrington and Manning 1990, 10.1002/sim.4780091208); infinite where such risks
        leave no room for what was seen, 0 where they leave room for nothing else.
    """
    n1, n2 = people
    d = events / n1 - other_events / n2 - delta
    other = constrained_risk(events, other_events, people, delta)
    own = np.clip(other + delta, 0.0, 1.0)
    variance = own * (1.0 - own) / n1 + other * (1.0 - other) / n2
    flat = variance < 1e-14
    safe = np.sqrt(np.where(flat, 1.0, variance))
    lost = np.where(np.abs(d) < 1e-9, 0.0, np.where(d > 0.0, np.inf, -np.inf))
    return np.asarray(np.where(flat, lost, d / safe), dtype=np.float64)


def constrained_risk(
    events: FloatArray, other_events: FloatArray, people: tuple[int, int], delta: float
) -> FloatArray:
    """Return the second risk of highest likelihood if the first is greater by delta.

    Notes
    -----
    The middle root of the cubic that the likelihood's slope is (Miettinen and Nurminen 1985,
    appendix), within the range that delta leaves.

    Examples
    --------
    Without a difference it is the pooled risk, 3 of 10.

    >>> constrained_risk(np.array([1.0]), np.array([2.0]), (5, 5), 0.0).round(9).tolist()
    [0.3]
    """
    n1, n2 = people
    x1, x2 = events, other_events
    cube = float(n1 + n2)
    square = ((n1 + 2 * n2) * delta - cube - x1 - x2) / cube
    line = ((n2 * delta - cube - 2.0 * x2) * delta + x1 + x2) / cube
    rest = x2 * delta * (1.0 - delta) / cube
    q = square * square * square / 27.0 - square * line / 6.0 + rest / 2.0
    root = np.sqrt(np.maximum(square * square / 9.0 - line / 3.0, 0.0))
    p = np.where(q >= 0.0, root, -root)
    bottom = np.where(root > 0.0, p * p * p, 1.0)
    angle = (np.pi + np.arccos(np.clip(q / bottom, -1.0, 1.0))) / 3.0
    risk = 2.0 * p * np.cos(angle) - square / 3.0
    return np.asarray(np.clip(risk, max(0.0, -delta), min(1.0, 1.0 - delta)), dtype=np.float64)
