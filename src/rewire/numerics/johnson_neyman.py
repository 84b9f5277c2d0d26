"""Where along a moderator an effect differs from zero: the Johnson-Neyman region."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy import special

from rewire.numerics.estimates import FloatArray, p_of_t

RegionRule = Literal["fdr", "simultaneous", "pointwise"]


@dataclass(frozen=True, slots=True)
class EffectLine:
    """An effect that changes in a straight line with a moderator x: ``intercept + slope x``.

    Parameters
    ----------
    intercept, slope
        The effect at x = 0, and how it changes with x.
    intercept_variance, slope_variance, covariance
        Of the two.
    df
        Residual degrees of freedom.
    """

    intercept: float
    slope: float
    intercept_variance: float
    slope_variance: float
    covariance: float
    df: float

    def at(self, x: FloatArray) -> FloatArray:
        """Return the effect at values of the moderator."""
        return np.asarray(self.intercept + self.slope * x, dtype=np.float64)

    def se(self, x: FloatArray) -> FloatArray:
        """Return its standard error there."""
        variance = self.intercept_variance + 2.0 * self.covariance * x + self.slope_variance * x**2
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)), dtype=np.float64)

    @property
    def known(self) -> bool:
        """Whether there is an estimate at all."""
        return bool(np.isfinite([self.intercept, self.slope, self.slope_variance, self.df]).all())


def critical_t(line: EffectLine, x: FloatArray, confidence: float, rule: RegionRule) -> float:
    """Return the |t| beyond which the effect counts as different from zero.

    Parameters
    ----------
    line
        The effect along the moderator.
    x
        Observed values of the moderator; each distinct value counts once.
    confidence
        1 less the error rate, such as .95.
    rule
        ``fdr``: the false discovery rate over the observed values is held (Benjamini and
        Hochberg's step-up over their p; Esarey and Sumner 2018, 10.1177/0010414017730080); where
        no value passes, the value that the smallest p would have had to pass.
        ``simultaneous``: the chance of any wrong claim anywhere along the line is held, by
        ``sqrt(2 F(2, df))`` (Potthoff 1964, 10.1007/BF02289721). ``pointwise``: each value is
        tested as if it were the only one, which claims too much.

    Returns
    -------
    float
        NaN where the line has no estimate or there is no value.

    Examples
    --------
    >>> line = EffectLine(0.0, 1.0, 1.0, 1.0, 0.0, 10.0)
    >>> round(critical_t(line, np.zeros(1), 0.95, "pointwise"), 3)  # qt(.975, 10)
    2.228
    >>> round(critical_t(line, np.zeros(1), 0.95, "simultaneous"), 3)  # sqrt(2 * qf(.95, 2, 10))
    2.865
    """
    alpha = 1.0 - confidence
    values = np.unique(x[np.isfinite(x)])
    if not line.known or len(values) == 0:
        return float("nan")
    if rule == "pointwise":
        return float(special.stdtrit(line.df, 1.0 - alpha / 2.0))
    if rule == "simultaneous":
        return float(np.sqrt(2.0 * special.fdtri(2.0, line.df, confidence)))
    p = np.sort(p_of_t(line.at(values) / line.se(values), np.array(line.df), "two-sided"))
    share = np.arange(1, len(p) + 1) / len(p)
    passed = np.flatnonzero(p <= alpha * share)
    level = alpha * share[passed[-1] if len(passed) else 0]
    return float(special.stdtrit(line.df, 1.0 - level / 2.0))


def region(
    line: EffectLine, critical: float, low: float, high: float
) -> tuple[tuple[float, float], ...]:
    """Return the intervals of the moderator in which |effect| exceeds critical times its error.

    The bounds are the roots of ``(a + b x)^2 = c^2 (Vaa + 2 Vab x + Vbb x^2)``, cut to the
    observed range (Johnson and Neyman 1936; Bauer and Curran 2005,
    10.1207/s15327906mbr4003_5).

    Parameters
    ----------
    line
        The effect along the moderator.
    critical
        From :func:`critical_t`.
    low, high
        Range of the moderator that was observed; nothing is said beyond it.

    Returns
    -------
    tuple of (low, high)
        Ascending; empty where the effect differs from zero nowhere, or is not known.

    Examples
    --------
    >>> line = EffectLine(0.0, 1.0, 1.0, 0.0, 0.0, 10.0)  # effect x, standard error 1
    >>> region(line, 2.0, -1.0, 5.0)
    ((2.0, 5.0),)
    """
    if not line.known or not np.isfinite([critical, low, high]).all() or low > high:
        return ()
    inner = [r for r in _roots(line, critical) if low < r < high]
    edges = [low, *inner, high]
    found: list[tuple[float, float]] = []
    for start, end in pairwise(edges):
        middle = np.array([(start + end) / 2.0])
        if not abs(line.at(middle)[0]) > critical * line.se(middle)[0]:
            continue
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)


def count_inside(x: FloatArray, intervals: tuple[tuple[float, float], ...]) -> int:
    """Return how many values lie in any of the intervals, bounds included.

    Examples
    --------
    >>> count_inside(np.array([1.0, 2.0, np.nan, 4.0]), ((2.0, 5.0),))
    2
    """
    inside = [(x >= low) & (x <= high) for low, high in intervals]
    return int(np.any(inside, axis=0).sum()) if inside else 0


def _roots(line: EffectLine, critical: float) -> list[float]:
    """Return the real roots, ascending."""
    c2 = critical**2
    a = line.slope**2 - c2 * line.slope_variance
    b = 2.0 * (line.intercept * line.slope - c2 * line.covariance)
    c = line.intercept**2 - c2 * line.intercept_variance
    if abs(a) <= 1e-14 * max(line.slope**2, c2 * line.slope_variance):
        return [-c / b] if b != 0.0 else []
    inside = b**2 - 4.0 * a * c
    if inside < 0.0:
        return []
    # The root without cancellation first, the other from their product.
    q = -0.5 * (b + np.copysign(np.sqrt(inside), b))
    return sorted({float(r) for r in (q / a, c / q if q != 0.0 else 0.0)})
