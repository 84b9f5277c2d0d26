"""Correlations corrected for unreliability, with the uncertainty of the reliabilities in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewire.numerics.estimates import FloatArray

UNKNOWN = "reliability unknown"
NONE = "no reliability above 0"
ABOVE_ONE = "above 1: more than the reliabilities allow"
UNBOUNDED = "reliability not told from 0"


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """How reliable a variable is, and what that may be in truth.

    Parameters
    ----------
    value
        The estimate; NaN where unknown.
    draws
        Values that the data leave open, one a draw; all ``value`` where it is taken as known.
    """

    value: float
    draws: FloatArray


@dataclass(frozen=True, slots=True)
class Disattenuated:
    """A correlation as it would be between the variables without error.

    Parameters
    ----------
    r
        Observed correlation over the root of both reliabilities; not cut off at 1. NaN where a
        reliability is unknown or not above 0.
    ci_low, ci_high
        Interval; NaN where the reliabilities cannot be told from 0, so that it has no end.
    reliability
        Product of both reliabilities.
    status
        ``ok``, or what is the matter; ``above 1: ...`` where r exceeds 1.
    """

    r: float
    ci_low: float
    ci_high: float
    reliability: float
    status: str


def known_reliability(value: float, draws: int) -> Reliability:
    """Return a reliability that is taken as known, such as 1 for a variable left as it is.

    Examples
    --------
    >>> known_reliability(0.8, 2).draws.tolist()
    [0.8, 0.8]
    """
    return Reliability(value, np.full(draws, value))


def retest_reliability(
    icc: float, people: int, rng: np.random.Generator, draws: int, scans: int = 2
) -> Reliability:
    """Return the reliability of one scan from an intraclass correlation.

    Draws are from the confidence distribution of ICC(3,1): (1 + (k-1) icc) / (1 - icc) over an F
    variable with n - 1 and (n - 1)(k - 1) degrees of freedom (McGraw and Wong 1996,
    10.1037/1082-989X.1.1.30).

    Parameters
    ----------
    icc
        ICC(3,1), below 1.
    people, scans
        n and k of the study that gave it.
    rng
        Source of ``draws`` numbers.

    Examples
    --------
    >>> found = retest_reliability(0.7, 30, np.random.default_rng(0), 2000)
    >>> bool(0.44 < np.quantile(found.draws, 0.025) < 0.48)
    True
    """
    if not (np.isfinite(icc) and icc < 1.0 and people > 2):
        return known_reliability(float("nan"), draws)
    ratio = (1.0 + (scans - 1) * icc) / (1.0 - icc)
    drawn = ratio / rng.f(people - 1, (people - 1) * (scans - 1), draws)
    return Reliability(icc, (drawn - 1.0) / (drawn + scans - 1.0))


def change_reliability(
    error: tuple[float, int], change: tuple[float, int], rng: np.random.Generator, draws: int
) -> Reliability:
    """Return the reliability of a change: the share of its variance that is not retest error.

    1 - V_e / V_d, with V_e the variance of the difference between two scans of which nothing came
    between, and V_d that of the change. A change is less reliable than the scans it is made of
    (Cronbach and Furby 1970, 10.1037/h0029382), so that their own reliability does not serve.

    Parameters
    ----------
    error
        V_e and its degrees of freedom.
    change
        V_d and its degrees of freedom.
    rng
        Source of ``draws`` numbers: V_e / V_d times an F variable.

    Examples
    --------
    >>> change_reliability((1.0, 20), (4.0, 20), np.random.default_rng(0), 10).value
    0.75
    """
    usable = np.isfinite([error[0], change[0]]).all() and change[0] > 0.0
    if not usable or min(error[1], change[1]) < 1:
        return known_reliability(float("nan"), draws)
    share = error[0] / change[0]
    return Reliability(1.0 - share, 1.0 - share * rng.f(change[1], error[1], draws))


def disattenuate(
    r: float,
    n: float,
    reliabilities: tuple[Reliability, Reliability],
    rng: np.random.Generator,
    confidence: float = 0.95,
) -> Disattenuated:
    """Correct a correlation for the unreliability of both variables (Spearman 1904).

    r / sqrt(a b), 10.2307/1412159. The interval is of draws of atanh r (normal, variance
    1 / (n - 3)) over draws of the reliabilities, so that it is wider than an interval that takes
    them as known. Draws with a reliability of 0 or less give a correlation without bound on its
    side; where they are more than the interval leaves out, it has no end and none is given.

    Parameters
    ----------
    r
        Observed correlation.
    n
        Pairs, less one for each covariate.
    reliabilities
        Of either variable, with as many draws each.
    rng
        Source of as many numbers as there are draws.
    confidence
        Level of the interval.

    Examples
    --------
    >>> both = known_reliability(0.64, 4000), known_reliability(1.0, 4000)
    >>> found = disattenuate(0.4, 100, both, np.random.default_rng(0))
    >>> round(found.r, 6), found.status
    (0.5, 'ok')
    """
    product = reliabilities[0].value * reliabilities[1].value
    values = (reliabilities[0].value, reliabilities[1].value)
    nan = float("nan")
    if not (np.isfinite(values).all() and np.isfinite(r) and abs(r) < 1.0 and n > 3):
        return Disattenuated(nan, nan, nan, product, UNKNOWN)
    if min(values) <= 0.0:
        return Disattenuated(nan, nan, nan, product, NONE)
    first, second = (one.draws for one in reliabilities)
    observed = np.tanh(np.arctanh(r) + rng.standard_normal(len(first)) / np.sqrt(n - 3.0))
    positive = (first > 0.0) & (second > 0.0)
    root = np.sqrt(np.where(positive, first * second, 1.0))
    drawn = np.where(positive, observed / root, np.copysign(np.inf, observed))
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail], method="nearest")
    corrected = float(r / np.sqrt(product))
    status = ABOVE_ONE if abs(corrected) > 1.0 else "ok"
    if not np.isfinite([low, high]).all():
        return Disattenuated(
            corrected, nan, nan, product, f"{status}; {UNBOUNDED}".removeprefix("ok; ")
        )
    return Disattenuated(corrected, float(low), float(high), product, status)
