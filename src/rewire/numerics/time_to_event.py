"""Time to a first event where some are watched for less long: curves, a test, means, a ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from rewire.numerics.estimates import BoolArray, FloatArray
from rewire.numerics.likelihood import (
    SEPARATED,
    TOO_FEW_ROWS,
    RegressionFit,
    Slopes,
    climb,
    empty_fit,
    wald_fit,
)


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """A Kaplan-Meier curve; arrays have shape (times,), one entry a time at which events fell.

    Parameters
    ----------
    time
        Ascending.
    at_risk, events
        Just before, and at, the time.
    free
        Share of people without an event after it.
    se
        Greenwood's standard error; NaN where nobody is left free.
    ci_low, ci_high
        From the log of minus the log; NaN where nobody is left free.
    last
        Longest time that anybody was watched; NaN without anybody.
    n
        People.
    """

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    free: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    last: float
    n: int

    @property
    def median(self) -> float:
        """First time at which at most half are free; NaN where it is not reached."""
        below = np.flatnonzero(self.free <= 0.5 + 1e-12)
        return float(self.time[below[0]]) if len(below) else float("nan")


@dataclass(frozen=True, slots=True)
class Compared:
    """A test of two groups.

    Parameters
    ----------
    estimate, se, ci_low, ci_high
        Of the difference, NaN where the test has none.
    statistic, p
        Chi-square of one degree of freedom or z, and its two-sided p.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    statistic: float
    p: float


def kaplan_meier(time: FloatArray, event: BoolArray, confidence: float = 0.95) -> Survival:
    """Return the share of people without an event over time.

    Parameters
    ----------
    time
        To the event or to the end of watching, shape (people,); rows with NaN are left out.
    event
        Whether it ended in an event, shape (people,).
    confidence
        Level of the intervals, point by point.

    Notes
    -----
    Kaplan and Meier 1958 (10.1080/01621459.1958.10501452), Greenwood's variance, interval on the
    scale of log(-log). Whoever is watched until the time of an event counts as at risk at it.

    Examples
    --------
    >>> found = kaplan_meier(np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, True, False, False]))
    >>> found.free.tolist()
    [0.75, 0.5]
    """
    time, event = _known(time, event)
    times = np.unique(time[event])
    at_risk = (time[None, :] >= times[:, None]).sum(axis=1).astype(np.float64)
    fell = ((time[None, :] == times[:, None]) & event).sum(axis=1).astype(np.float64)
    free = np.cumprod(1.0 - fell / at_risk)
    left = at_risk - fell
    sums = np.cumsum(fell / (at_risk * np.where(left > 0.0, left, np.nan)))
    z = float(special.ndtri(0.5 + confidence / 2.0))
    logs = np.log(np.where(left > 0.0, free, np.nan))
    half = z * np.sqrt(sums) / np.abs(logs)
    return Survival(
        time=times,
        at_risk=at_risk,
        events=fell,
        free=free,
        se=free * np.sqrt(sums),
        ci_low=np.exp(logs * np.exp(half)),
        ci_high=np.exp(logs * np.exp(-half)),
        last=float(time.max()) if len(time) else float("nan"),
        n=len(time),
    )


def log_rank(time: FloatArray, event: BoolArray, group: BoolArray) -> Compared:
    """Return the log-rank test of two groups.

    Parameters
    ----------
    time, event
        As for :func:`kaplan_meier`.
    group
        Which group, shape (people,).

    Returns
    -------
    Compared
        ``estimate`` is events seen less events expected in the group, ``se`` the root of the
        hypergeometric variance; NaN where nobody has an event or a group has nobody.

    Notes
    -----
    Mantel 1966; ties as hypergeometric draws.
    """
    known = np.isfinite(time)
    time, event, group = time[known], event[known], group[known]
    if not event.any() or group.all() or not group.any():
        return _nothing()
    seen, variance = 0.0, 0.0
    for t in np.unique(time[event]):
        there = time >= t
        n, own = float(there.sum()), float((there & group).sum())
        here = (time == t) & event
        d = float(here.sum())
        seen += float((here & group).sum()) - d * own / n
        if n > 1.0:
            variance += d * (own / n) * (1.0 - own / n) * (n - d) / (n - 1.0)
    if variance <= 0.0:
        return _nothing()
    statistic = seen * seen / variance
    p = float(stats.chi2.sf(statistic, 1))
    nan = float("nan")
    return Compared(seen, float(np.sqrt(variance)), nan, nan, statistic, p)


def restricted_mean(curve: Survival, horizon: float) -> tuple[float, float]:
    """Return the mean time without an event up to a horizon, and its standard error.

    Parameters
    ----------
    curve
        Of one group.
    horizon
        Time up to which is looked, above 0.

    Returns
    -------
    tuple of float
        NaN where the curve ends before the horizon with people still free, and where there is
        nobody. Variance as Klein and Moeschberger 2003, equation 4.5.2.

    Examples
    --------
    4 people, events at 1 and 2: 1 + 0.75 + 0.5 up to 3.

    >>> curve = kaplan_meier(np.array([1.0, 2.0, 3.0, 3.0]), np.array([True, True, False, False]))
    >>> restricted_mean(curve, 3.0)[0]
    2.25
    """
    reached = len(curve.free) > 0 and curve.free[-1] == 0.0
    if curve.n == 0 or not horizon > 0.0 or not (curve.last >= horizon or reached):
        return float("nan"), float("nan")
    inside = curve.time < horizon
    time = np.concatenate([[0.0], curve.time[inside], [horizon]])
    free = np.concatenate([[1.0], curve.free[inside]])
    areas = free * np.diff(time)
    after = np.cumsum(areas[::-1])[::-1][1:]
    at_risk, fell = curve.at_risk[inside], curve.events[inside]
    left = at_risk - fell
    parts = np.where(left > 0.0, after**2 * fell / (at_risk * np.maximum(left, 1.0)), 0.0)
    return float(areas.sum()), float(np.sqrt(parts.sum()))


def compare_restricted_means(
    first: Survival, second: Survival, horizon: float, confidence: float = 0.95
) -> Compared:
    """Return the first mean time without an event less the second, up to a horizon.

    Parameters
    ----------
    first, second
        Curves of two groups.
    horizon
        Time up to which is looked.
    confidence
        Level of the interval.

    Returns
    -------
    Compared
        z test; NaN where a mean is, or where neither group has an event (no variance).
    """
    (mean, se), (other, other_se) = (restricted_mean(c, horizon) for c in (first, second))
    spread = float(np.hypot(se, other_se))
    if not spread > 0.0:
        return _nothing()
    z = float(special.ndtri(0.5 + confidence / 2.0))
    d = mean - other
    p = float(2.0 * stats.norm.sf(abs(d / spread)))
    return Compared(d, spread, d - z * spread, d + z * spread, d / spread, p)


def fit_hazard_ratio(
    time: FloatArray, event: BoolArray, group: BoolArray, confidence: float = 0.95
) -> RegressionFit:
    """Fit Cox's model of one group against another, ties as Efron's.

    Parameters
    ----------
    time, event
        As for :func:`kaplan_meier`.
    group
        Which group, shape (people,).
    confidence
        Level of the Wald interval.

    Returns
    -------
    RegressionFit
        The log hazard ratio, shape (1,). A group without events while it is at risk has no finite
        one: no numbers, ``infinite`` is True.

    Notes
    -----
    Cox 1972 (10.1111/j.2517-6161.1972.tb00899.x), Efron 1977 (10.1080/01621459.1977.10480613).
    """
    known = np.isfinite(time)
    time, event, x = time[known], event[known], group[known].astype(np.float64)
    n = len(time)
    if not event.any() or len(np.unique(x)) < 2:
        return empty_fit(1, n, TOO_FEW_ROWS)
    rows = _tied(time, event, x)
    mixed = [(own, n_own, n_all) for own, _, n_own, n_all in rows if 0.0 < n_own < n_all]
    shares = [(own, d) for own, d, n_own, n_all in rows if 0.0 < n_own < n_all]
    if not mixed:
        return empty_fit(1, n, TOO_FEW_ROWS)
    if all(own == 0.0 for own, _ in shares) or all(own == d for own, d in shares):
        return empty_fit(1, n, SEPARATED, np.ones(1, dtype=np.bool_))
    return wald_fit(climb(lambda b: _efron(rows, b), np.zeros(1)), n, confidence)


def _tied(
    time: FloatArray, event: BoolArray, x: FloatArray
) -> list[tuple[float, float, float, float]]:
    """Return, for each time: events in the group, events, at risk in the group, at risk."""
    rows = []
    for t in np.unique(time[event]):
        there, here = time >= t, (time == t) & event
        rows.append(
            (float(x[here].sum()), float(here.sum()), float(x[there].sum()), float(there.sum()))
        )
    return rows


def _efron(rows: list[tuple[float, float, float, float]], b: FloatArray) -> Slopes:
    ratio = float(np.exp(min(b[0], 500.0)))
    height, score, information = 0.0, 0.0, 0.0
    for own, d, n_own, n_all in rows:
        height += own * float(b[0])
        score += own
        for tie in range(int(d)):
            weight = (n_own - tie / d * own) * ratio
            rest = (n_all - n_own) - tie / d * (d - own)
            share = weight / (weight + rest)
            height -= float(np.log(weight + rest))
            score -= share
            information += share * (1.0 - share)
    return height, np.array([score]), np.array([[information]])


def _known(time: FloatArray, event: BoolArray) -> tuple[FloatArray, BoolArray]:
    known = np.isfinite(time)
    return time[known], np.asarray(event[known], dtype=np.bool_)


def _nothing() -> Compared:
    nan = float("nan")
    return Compared(nan, nan, nan, nan, nan, nan)
