"""Profile-likelihood intervals of a mixed model's fixed effects and variance parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from rewire.numerics.mixed_criterion import MixedData, Profile, RandomTerm
from rewire.numerics.mixed_model import MixedFit, fit_mixed
from rewire.numerics.mixed_search import search
from rewire.numerics.mixed_variances import VariancePlace, variance_places, variance_values

FloatArray = npt.NDArray[np.float64]

_WIDER = 1.6
_STEPS = 40


@dataclass(frozen=True, slots=True, eq=False)
class MixedIntervals:
    """Two-sided intervals.

    Parameters
    ----------
    fixed
        Of the fixed effects, shape (fixed effects, 2); NaN where no limit was found.
    variances
        Of standard deviations and correlations, in the order of
        :func:`~rewire.numerics.mixed_variances.variance_places`, shape (parameters, 2). A
        standard deviation's lower limit is 0, and a correlation's limit -1 or 1, where the data
        do not exclude it; NaN where no limit was found.
    """

    fixed: FloatArray
    variances: FloatArray


class _Curve(Protocol):
    """The least deviance as a function of one parameter."""

    def __call__(self, value: float) -> float: ...


def profile_intervals(fit: MixedFit, confidence: float = 0.95) -> MixedIntervals:
    """Return the values that a likelihood ratio test of one parameter would not reject.

    Parameters
    ----------
    fit
        A fitted model; one fitted by REML is fitted again by ML, since restricted likelihoods of
        different fixed effects do not compare.
    confidence
        Level of the intervals.

    Returns
    -------
    MixedIntervals
        Of every fixed effect and variance parameter.

    Notes
    -----
    The profiled deviance of Bates et al. 2015 (10.18637/jss.v067.i01), section 5.1, whose roots
    are found themselves instead of by splines. A parameter of a random covariance is profiled
    with its coefficients moved to the front of their term, where it is one element of the factor
    (a standard deviation) or one direction (a correlation).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = np.repeat(np.arange(40), 2)
    >>> y = 2.0 * rng.standard_normal(40)[people] + rng.standard_normal(80)
    >>> x = np.column_stack([np.ones(80), np.tile([0.0, 1.0], 40)])
    >>> fit = fit_mixed(MixedData(y, x, (RandomTerm("id", people, np.ones((80, 1))),)))
    >>> low, high = profile_intervals(fit).fixed[1]
    >>> bool(low < fit.estimate[1] < high)
    True
    """
    best = fit if fit.criterion == "ML" else fit_mixed(fit.data, "ML")
    quantile = float(special.ndtri(0.5 + confidence / 2.0))
    errors = np.sqrt(np.diag(best.covariance))
    fixed = [
        _limits(_fixed_curve(best, j), best, (value, se, -np.inf, np.inf), quantile)
        for j, (value, se) in enumerate(zip(best.estimate, errors, strict=True))
    ]
    variances = []
    for place, value in zip(variance_places(best.data), variance_values(best), strict=True):
        low, high = (-1.0, 1.0) if place.correlation else (0.0, np.inf)
        step = 0.2 if place.correlation else max(0.2 * value, 0.1 * _size(best, place))
        curve = _variance_curve(best, place)
        variances.append(_limits(curve, best, (value, step, low, high), quantile))
    return MixedIntervals(np.array(fixed).reshape(-1, 2), np.array(variances))


def _limits(
    curve: _Curve, best: MixedFit, start: tuple[float, float, float, float], quantile: float
) -> tuple[float, float]:
    """Return where the root of the rise in deviance passes a normal quantile, on either side."""
    value, step, low, high = start
    if not np.isfinite(value):
        return float("nan"), float("nan")

    @cache
    def excess(at: float) -> float:
        if at == value:
            return -quantile
        return float(np.sqrt(max(curve(at) - best.deviance, 0.0))) - quantile

    return (
        _crossing(excess, value, -quantile * step, low),
        _crossing(excess, value, quantile * step, high),
    )


def _crossing(excess: Callable[[float], float], inside: float, step: float, end: float) -> float:
    """Return where the excess turns positive between the estimate and the end of its range."""
    for _ in range(_STEPS):
        outside = inside + step
        stopped = outside <= end if step < 0.0 else outside >= end
        outside = end if stopped else outside
        if outside == inside:
            return end
        if excess(outside) > 0.0:
            close = 1e-5 * abs(step)
            return float(optimize.brentq(excess, inside, outside, xtol=close, rtol=1e-8))
        if stopped:
            return end
        inside, step = outside, _WIDER * step
    return float("nan")


def _fixed_curve(best: MixedFit, effect: int) -> _Curve:
    """Return the deviance of a fixed effect: that of the response less the effect's share."""
    data = best.data
    column = data.fixed[:, effect]
    rest = replace(data, fixed=np.delete(data.fixed, effect, axis=1))
    profile = Profile(rest, "ML")
    search = _Search(profile.bounds, best.theta)

    def curve(value: float) -> float:
        return search.least(profile.with_response(data.response - value * column))

    return curve


def _variance_curve(best: MixedFit, place: VariancePlace) -> _Curve:
    if place.term < 0:
        profile = Profile(best.data, "ML")
        search = _Search(profile.bounds, best.theta)
        return lambda value: search.least(lambda theta: profile.deviance(theta, value))
    data, theta, offset = _moved(best, place)
    profile, q = Profile(data, "ML"), data.terms[place.term].design.shape[1]
    if place.correlation:
        return _correlation_curve(profile, theta, offset, q)
    return _deviation_curve(profile, theta, offset, best.sigma)


def _deviation_curve(profile: Profile, theta: FloatArray, offset: int, sigma: float) -> _Curve:
    """Return the deviance of the first standard deviation of a term; sigma is free."""
    bounds = [b for k, b in enumerate(profile.bounds) if k != offset]
    search = _Search([*bounds, (None, None)], np.append(np.delete(theta, offset), np.log(sigma)))

    def curve(value: float) -> float:
        def deviance(free: FloatArray) -> float:
            residual = float(np.exp(free[-1]))
            return profile.deviance(np.insert(free[:-1], offset, value / residual), residual)

        return search.least(deviance)

    return curve


def _correlation_curve(profile: Profile, theta: FloatArray, offset: int, q: int) -> _Curve:
    """Return the deviance of the correlation of a term's first two coefficients."""
    across, own = offset + 1, offset + q
    length = np.hypot(theta[across], theta[own])
    first = np.delete(theta, across)
    first[own - 1] = length
    bounds = [b for k, b in enumerate(profile.bounds) if k != across]
    search = _Search(bounds, first)

    def curve(value: float) -> float:
        def deviance(free: FloatArray) -> float:
            spread = free[own - 1]
            whole = np.insert(free, across, spread * value)
            whole[own] = spread * np.sqrt(1.0 - value**2)
            return profile(whole)

        return search.least(deviance)

    return curve


class _Search:
    """The least of a function, sought from where the last search ended."""

    def __init__(self, bounds: list[tuple[float | None, float | None]], start: FloatArray) -> None:
        self._bounds, self._at = bounds, np.array(start)

    def least(self, function: Callable[[FloatArray], float]) -> float:
        """Return the least value of a function of the free parameters."""
        found = search(function, self._at, self._bounds)
        self._at = found.at
        return found.value


def _moved(best: MixedFit, place: VariancePlace) -> tuple[MixedData, FloatArray, int]:
    """Return the model with a parameter's coefficients first in their term, and where it starts."""
    data, terms, theta, offset = best.data, [], [], 0
    for k, (term, covariance) in enumerate(zip(data.terms, best.random, strict=True)):
        order = list(range(term.design.shape[1]))
        if k < place.term:
            offset += len(order) * (len(order) + 1) // 2
        if k == place.term:
            front = list(dict.fromkeys([place.first, place.second]))
            order = front + [c for c in order if c not in front]
        relative = covariance[np.ix_(order, order)] / best.sigma**2
        factor = np.linalg.cholesky(relative + 1e-8 * np.eye(len(order)))
        theta += [factor[column:, column] for column in range(len(order))]
        terms.append(RandomTerm(term.name, term.groups, term.design[:, order]))
    return MixedData(data.response, data.fixed, tuple(terms)), np.concatenate(theta), offset


def _size(best: MixedFit, place: VariancePlace) -> float:
    """Return a standard deviation of the coefficient that would show: of the residual's size."""
    if place.term < 0:
        return best.sigma
    column = best.data.terms[place.term].design[:, place.first]
    return best.sigma / max(float(np.sqrt(np.mean(column**2))), 1e-12)
