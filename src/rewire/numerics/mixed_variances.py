"""The variance parameters of a mixed model: standard deviations, correlations, what is singular."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg

from rewire.numerics.mixed_criterion import MixedData
from rewire.numerics.mixed_model import MixedFit

FloatArray = npt.NDArray[np.float64]

_FLAT = 1e-4  # of the residual standard deviation: below it nothing varies
_TIED = 1.0 - 1e-4


@dataclass(frozen=True, slots=True)
class VariancePlace:
    """Which variance parameter a number is.

    Parameters
    ----------
    term
        Index of the random term; -1 for the residual standard deviation.
    first, second
        Coefficients of the term: the same for a standard deviation, two for a correlation.
    """

    term: int
    first: int = 0
    second: int = 0

    @property
    def correlation(self) -> bool:
        """Whether it is a correlation."""
        return self.first != self.second


def variance_places(data: MixedData) -> tuple[VariancePlace, ...]:
    """Return the variance parameters in order: each term's lower triangle by column, then sigma.

    Examples
    --------
    >>> from rewire.numerics.mixed_criterion import RandomTerm
    >>> term = RandomTerm("id", np.zeros(2, dtype=np.int64), np.ones((2, 2)))
    >>> data = MixedData(np.zeros(2), np.ones((2, 1)), (term,))
    >>> [(p.term, p.first, p.second) for p in variance_places(data)]
    [(0, 0, 0), (0, 0, 1), (0, 1, 1), (-1, 0, 0)]
    """
    places = [
        VariancePlace(k, first, second)
        for k, term in enumerate(data.terms)
        for first in range(term.design.shape[1])
        for second in range(first, term.design.shape[1])
    ]
    return (*places, VariancePlace(-1))


def variance_values(fit: MixedFit) -> FloatArray:
    """Return standard deviations and correlations, in the order of :func:`variance_places`.

    Parameters
    ----------
    fit
        A fitted model.

    Returns
    -------
    ndarray
        Shape (parameters,); NaN for a correlation with a coefficient that does not vary.
    """
    found = []
    for place in variance_places(fit.data):
        if place.term < 0:
            found.append(fit.sigma)
            continue
        covariance = fit.random[place.term]
        deviations = np.sqrt(np.diag(covariance))
        if not place.correlation:
            found.append(float(deviations[place.first]))
            continue
        both = deviations[[place.first, place.second]]
        known = both.min() > _FLAT * fit.sigma
        product = float(both.prod())
        own = covariance[place.first, place.second]
        found.append(float(np.clip(own / product, -1.0, 1.0)) if known else float("nan"))
    return np.array(found)


def flat_places(fit: MixedFit) -> tuple[VariancePlace, ...]:
    """Return what makes a fit singular: standard deviations of 0 and correlations of 1 or -1.

    Parameters
    ----------
    fit
        A fitted model.

    Returns
    -------
    tuple of VariancePlace
        Empty where no single parameter is at its bound; a covariance of three or more
        coefficients can still be short of rank.
    """
    values = variance_values(fit)
    found = []
    for place, value in zip(variance_places(fit.data), values, strict=True):
        at_bound = abs(value) > _TIED if place.correlation else value < _FLAT * fit.sigma
        if place.term >= 0 and at_bound:
            found.append(place)
    return tuple(found)


def random_modes(fit: MixedFit) -> tuple[FloatArray, ...]:
    """Return how far each group's coefficients lie from the fixed effects, as predicted.

    Parameters
    ----------
    fit
        A fitted model.

    Returns
    -------
    tuple of ndarray
        For each random term its conditional modes, shape (groups, coefficients).

    Notes
    -----
    ``D Z' V^-1 (y - X b)``: the best linear unbiased predictions (Robinson 1991,
    10.1214/ss/1177011926).

    Examples
    --------
    >>> from rewire.numerics.mixed_criterion import RandomTerm
    >>> from rewire.numerics.mixed_model import fit_mixed
    >>> y, groups = np.array([1.0, 2.0, 5.0, 6.0]), np.array([0, 0, 1, 1])
    >>> fit = fit_mixed(MixedData(y, np.ones((4, 1)), (RandomTerm("id", groups, np.ones((4, 1))),)))
    >>> random_modes(fit)[0].ravel().round(2).tolist()  # 2 less the share that is noise, 1/32
    [-1.94, 1.94]
    """
    data = fit.data
    total = fit.sigma**2 * np.eye(len(data.response))
    for term, covariance in zip(data.terms, fit.random, strict=True):
        same = term.groups[:, None] == term.groups[None, :]
        total += same * (term.design @ covariance @ term.design.T)
    left = data.response - data.fixed @ fit.estimate
    weighted = linalg.solve(total, left, assume_a="pos")
    modes = []
    for term, covariance in zip(data.terms, fit.random, strict=True):
        sums = np.zeros((int(term.groups.max()) + 1, term.design.shape[1]))
        np.add.at(sums, term.groups, term.design * weighted[:, None])
        modes.append(sums @ covariance)
    return tuple(modes)


def random_part(fit: MixedFit) -> FloatArray:
    """Return what the random terms add to each row's fixed part, shape (rows,)."""
    part = np.zeros(len(fit.data.response))
    for term, modes in zip(fit.data.terms, random_modes(fit), strict=True):
        part += (term.design * modes[term.groups]).sum(axis=1)
    return part
