"""Skipped correlations: bivariate outliers are found by projection and left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewire.numerics.estimates import BoolArray, FloatArray, IntArray

LEAST_PEOPLE = 6
"""People below which no outlier can be told from the rest."""

_CUT = float(np.sqrt(7.377758908227871))
_HELD = 1 << 21
_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Skipped:
    """A skipped correlation.

    Parameters
    ----------
    r
        Spearman's correlation of those who are no outliers; NaN where there is none.
    se
        Standard deviation of the resamples.
    ci_low, ci_high
        Percentile bootstrap, outliers found anew in every resample.
    p
        Permutation p, outliers found anew under every relabelling.
    outlier
        Who was left out, shape (people,).
    """

    r: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    outlier: BoolArray


def projection_outliers(x: FloatArray, y: FloatArray, centre: FloatArray) -> BoolArray:
    """Return who is an outlier from a cloud of points in two dimensions.

    All points are projected onto the line from the centre through each point in turn. A point is
    an outlier if on any line its distance from the centre exceeds the median of the distances by
    more than sqrt(chi2_.975(2)) times their range between the ideal fourths (Wilcox 2017,
    Introduction to robust estimation and hypothesis testing, 6.4.9; Rousselet and Pernet 2012,
    10.3389/fnhum.2012.00119). A line on which that range is 0 makes nobody an outlier.

    Parameters
    ----------
    x, y
        Shape (sets, people), finite.
    centre
        Shape (sets, 2).

    Returns
    -------
    ndarray
        Shape (sets, people).

    Examples
    --------
    >>> x = np.array([[0.0, 1, 2, 3, 4, 5, 6, 30]])
    >>> y = np.array([[1.0, 0, 2, 4, 3, 5, 7, -30]])
    >>> projection_outliers(x, y, np.median([x, y], axis=2).T).nonzero()[1].tolist()
    [7]
    """
    dx, dy = x - centre[:, :1], y - centre[:, 1:]
    length = np.sqrt(dx**2 + dy**2)
    along = np.abs(dx[:, :, None] * dx[:, None, :] + dy[:, :, None] * dy[:, None, :])
    distance = along / np.where(length > 0.0, length, 1.0)[:, :, None]
    in_order = np.sort(distance, axis=2)
    low, high = _ideal_fourths(in_order)
    # on a line on which half of the people stand in one place nobody can be far away
    spread = np.where((high > low) & (length > 0.0), high - low, np.inf)
    limit = np.median(in_order, axis=2) + _CUT * spread
    return np.asarray((distance > limit[:, :, None] * (1.0 + _TINY)).any(axis=1))


def skipped_statistic(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return Spearman's correlation of those who are no outliers, for many sets of points.

    The centre is the median of each variable. Without outliers it is Spearman's correlation.

    Parameters
    ----------
    x, y
        Shape (sets, people), finite. The sets should be on scales that can be compared: each
        variable is divided by its interquartile range first, so that the unit does not decide
        who is an outlier.

    Returns
    -------
    r, t
        Correlation, and r sqrt((m - 2) / (1 - r^2)) with m people kept; shape (sets,); NaN where
        nothing varies among those kept.
    outlier
        Shape (sets, people).

    Examples
    --------
    >>> x = np.array([[0.0, 1, 2, 3, 4, 5, 6, 30]])
    >>> y = np.array([[1.0, 0, 2, 4, 3, 5, 7, -30]])
    >>> skipped_statistic(x, y)[0].round(4).tolist()
    [0.9286]
    """
    u, v = _scaled(x), _scaled(y)
    outlier = projection_outliers(u, v, np.stack([np.median(u, 1), np.median(v, 1)], 1))
    keep = ~outlier
    a, b = _ranks(x, keep), _ranks(y, keep)
    m = keep.sum(axis=1).astype(np.float64)
    middle = (m[:, None] + 1.0) / 2.0
    a, b = np.where(keep, a - middle, 0.0), np.where(keep, b - middle, 0.0)
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    known = (size > 0.0) & (m > 2.0)
    r = np.where(known, (a * b).sum(axis=1) / np.where(known, size, 1.0), np.nan)
    t = r * np.sqrt((m - 2.0) / np.maximum(1.0 - r**2, _TINY))
    return r, t, outlier


def correlate_skipped(
    x: FloatArray,
    y: FloatArray,
    rng: np.random.Generator,
    resamples: int = 2000,
    alternative: str = "two-sided",
    confidence: float = 0.95,
    *,
    exchange: IntArray | None = None,
) -> Skipped:
    """Return the skipped Spearman correlation of two variables with p and interval.

    Leaving people out for what their values are and testing the rest as though nobody had been
    left out gives too many false positives. Here outliers are looked for again in every
    relabelling, so that p is exact under independence, and in every resample of the bootstrap.

    Parameters
    ----------
    x, y
        Shape (people,), finite.
    rng
        Source of ``resamples`` relabellings, then of ``resamples`` resamples.
    resamples
        How many of each; with 0 there is neither p nor interval.
    alternative
        ``two-sided``, ``greater`` or ``less``.
    confidence
        Level of the interval.
    exchange
        Block of each person, within which values are exchanged, shape (people,); None for one
        block of all.

    Returns
    -------
    Skipped
        All NaN below six people or where nothing varies.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = np.arange(12.0)
    >>> found = correlate_skipped(x, np.where(x > 10, -40.0, x), rng, 200)
    >>> round(found.r, 3), int(found.outlier.sum()), found.p < 0.02
    (1.0, 1, True)
    """
    n = len(x)
    nobody = np.zeros(n, dtype=np.bool_)
    if n < LEAST_PEOPLE or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return _nothing(nobody)
    r, t, outlier = skipped_statistic(x[None], y[None])
    if not np.isfinite(r[0]):
        return _nothing(outlier[0])
    orders = _orders(rng.random((resamples, n)), exchange)
    _, null = _many(x, y, np.broadcast_to(np.arange(n), orders.shape), orders)
    drawn = rng.integers(0, n, (resamples, n))
    again, _ = _many(x, y, drawn, drawn)
    again = again[np.isfinite(again)]
    tail = 50.0 * (1.0 - confidence)
    enough = len(again) > 1
    low, high = np.percentile(again, [tail, 100.0 - tail]) if enough else (np.nan, np.nan)
    se = float(again.std(ddof=1)) if enough else np.nan
    p = _beyond(null, float(t[0]), alternative)
    return Skipped(float(r[0]), se, float(low), float(high), p, outlier[0])


def _orders(keys: FloatArray, exchange: IntArray | None) -> IntArray:
    """Return orders of people by keys, within blocks; shape (orders, people)."""
    if exchange is None:
        return np.asarray(keys.argsort(axis=1))
    orders = np.empty(keys.shape, dtype=np.int64)
    blocks = np.broadcast_to(exchange, keys.shape)
    orders[:, np.argsort(exchange, kind="stable")] = np.lexsort((keys, blocks), axis=1)
    return orders


def _nothing(outlier: BoolArray) -> Skipped:
    nan = float("nan")
    return Skipped(nan, nan, nan, nan, nan, outlier)


def _beyond(null: FloatArray, observed: float, alternative: str) -> float:
    if not len(null):
        return float("nan")
    null = np.where(np.isfinite(null), null, 0.0)
    if alternative == "two-sided":
        null, observed = np.abs(null), abs(observed)
    elif alternative == "less":
        null, observed = -null, -observed
    slack = 1e-9 * (1.0 + observed**2)
    return float((1 + (null >= observed - slack).sum()) / (1 + len(null)))


def _many(
    x: FloatArray, y: FloatArray, of_x: IntArray, of_y: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return r and t of many rearrangements, a few at a time."""
    held = max(1, _HELD // len(x) ** 2)
    found = [
        skipped_statistic(x[of_x[at : at + held]], y[of_y[at : at + held]])[:2]
        for at in range(0, len(of_x), held)
    ]
    if not found:
        return np.empty(0), np.empty(0)
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def _scaled(values: FloatArray) -> FloatArray:
    low, high = _ideal_fourths(np.sort(values, axis=1))
    spread = np.where(high > low, high - low, np.ptp(values, axis=1))
    return np.asarray(values / np.where(spread > 0.0, spread, 1.0)[:, None])


def _ideal_fourths(in_order: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the ideal fourths along the last axis (Frigge, Hoaglin and Iglewicz 1989)."""
    n = in_order.shape[-1]
    whole, part = divmod(n / 4.0 + 5.0 / 12.0, 1.0)
    j = int(whole)
    low = (1.0 - part) * in_order[..., j - 1] + part * in_order[..., j]
    high = (1.0 - part) * in_order[..., n - j] + part * in_order[..., n - j - 1]
    return low, high


def _ranks(values: FloatArray, keep: BoolArray) -> FloatArray:
    """Return mid-ranks among those kept, of each row."""
    others = np.where(keep, values, np.nan)[:, None, :]
    below = (others < values[:, :, None]).sum(axis=2)
    same = (others == values[:, :, None]).sum(axis=2)
    return np.asarray(below + (same + 1.0) / 2.0)
