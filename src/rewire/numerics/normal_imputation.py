"""Missing visits drawn from a multivariate normal, its parameters drawn from their posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SWEEPS = 100
"""Sweeps of each chain before the draw that is kept."""


@dataclass(frozen=True, slots=True, eq=False)
class ImputedDraws:
    """Independent draws of the parameters and of the values that are missing.

    Parameters
    ----------
    values
        Completed under missing at random, shape (draws, people, visits).
    coefficients
        Shape (draws, covariates, visits).
    covariances
        Shape (draws, visits, visits).
    """

    values: FloatArray
    coefficients: FloatArray
    covariances: FloatArray


def impute_normal(
    values: FloatArray, covariates: FloatArray, draws: int, rng: np.random.Generator
) -> ImputedDraws:
    """Draw missing visits where they are missing at random.

    Parameters
    ----------
    values
        Shape (people, visits), NaN where missing.
    covariates
        Complete, shape (people, covariates), with the constant and the arms among them; each
        visit has coefficients of its own, and all people share one covariance of visits.
    draws
        How many.
    rng
        Random numbers.

    Returns
    -------
    ImputedDraws
        Values that were seen stand in every draw as they are.

    Raises
    ------
    ValueError
        If there are too few people, a visit nobody was seen at, or covariates that depend on one
        another.

    Notes
    -----
    Data augmentation (Tanner and Wong 1987, 10.1080/01621459.1987.10478458): missing values given
    parameters, then parameters given completed values under the prior
    ``|Sigma|^(-(visits + 1) / 2)``, so that ``Sigma ~ inverse Wishart(people - covariates)``.
    Each draw is the end of a chain of its own of :data:`SWEEPS` sweeps, so that draws are
    independent.

    Examples
    --------
    >>> y = np.array([[1.0, 2.0], [2.0, 1.5], [3.0, 4.0], [2.5, 3.0], [0.5, np.nan], [1.5, 2.5]])
    >>> found = impute_normal(y, np.ones((6, 1)), 3, np.random.default_rng(0))
    >>> found.values.shape, bool((found.values[:, 0, 1] == 2.0).all())
    ((3, 6, 2), True)
    """
    people, visits = values.shape
    seen = np.isfinite(values)
    freedom = people - covariates.shape[1]
    if freedom < visits + 1:
        raise ValueError("too few people to impute so many visits")
    if np.linalg.matrix_rank(covariates) < covariates.shape[1]:
        raise ValueError("covariates that depend on one another")
    if not seen.any(axis=0).all():
        raise ValueError("a visit that nobody was seen at")
    root = np.linalg.cholesky(np.linalg.inv(covariates.T @ covariates))
    coefficients, spread = _start(values, covariates, seen)
    coefficients = np.broadcast_to(coefficients, (draws, *coefficients.shape))
    covariances = np.broadcast_to(spread, (draws, visits, visits))
    completed = np.broadcast_to(values, (draws, people, visits)).copy()
    patterns = _patterns(seen)
    project = np.linalg.pinv(covariates)
    for _ in range(SWEEPS):
        _fill(completed, covariates @ coefficients, covariances, patterns, rng)
        centre = project @ completed
        residuals = completed - covariates @ centre
        factor = _inverse_wishart_root(residuals.swapaxes(1, 2) @ residuals, freedom, rng)
        covariances = factor @ factor.swapaxes(1, 2)
        noise = rng.standard_normal(centre.shape)
        coefficients = centre + root @ noise @ factor.swapaxes(1, 2)
    _fill(completed, covariates @ coefficients, covariances, patterns, rng)
    return ImputedDraws(completed, coefficients, covariances)


def _start(
    values: FloatArray, covariates: FloatArray, seen: BoolArray
) -> tuple[FloatArray, FloatArray]:
    columns, variances = [], []
    whole = float(np.nanvar(values)) or 1.0
    for y, known in zip(values.T, seen.T, strict=True):
        fit = np.linalg.lstsq(covariates[known], y[known], rcond=None)[0]
        columns.append(fit)
        residual = float(np.mean((y[known] - covariates[known] @ fit) ** 2))
        variances.append(max(residual, 1e-2 * whole))
    return np.stack(columns, axis=1), np.diag(variances)


def _patterns(seen: BoolArray) -> list[tuple[npt.NDArray[np.int64], BoolArray]]:
    kinds, which = np.unique(seen, axis=0, return_inverse=True)
    which = which.reshape(-1)
    return [(np.flatnonzero(which == i), k) for i, k in enumerate(kinds) if not k.all()]


def _fill(
    completed: FloatArray,
    means: FloatArray,
    covariances: FloatArray,
    patterns: list[tuple[npt.NDArray[np.int64], BoolArray]],
    rng: np.random.Generator,
) -> None:
    """Draw what is missing given what was seen, in place."""
    for people, known in patterns:
        here, gone = np.flatnonzero(known), np.flatnonzero(~known)
        weights = regression(covariances, here, gone)
        left = covariances[:, gone[:, None], gone] - weights @ covariances[:, here[:, None], gone]
        factor = np.linalg.cholesky((left + left.swapaxes(1, 2)) / 2.0)
        off = completed[:, people[:, None], here] - means[:, people[:, None], here]
        noise = rng.standard_normal((len(completed), len(people), len(gone)))
        drawn = off @ weights.swapaxes(1, 2) + noise @ factor.swapaxes(1, 2)
        completed[:, people[:, None], gone] = means[:, people[:, None], gone] + drawn


def regression(
    covariances: FloatArray, given: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]
) -> FloatArray:
    """Return the weights by which some visits are predicted from others.

    Parameters
    ----------
    covariances
        Shape (draws, visits, visits).
    given, wanted
        Indices of visits.

    Returns
    -------
    ndarray
        Shape (draws, wanted, given).
    """
    if len(given) == 0:
        return np.zeros((len(covariances), len(wanted), 0))
    among = covariances[:, given[:, None], given]
    between = covariances[:, given[:, None], wanted]
    return np.asarray(np.linalg.solve(among, between).swapaxes(1, 2))


def _inverse_wishart_root(
    products: FloatArray, freedom: int, rng: np.random.Generator
) -> FloatArray:
    """Return K with K K' from the inverse Wishart, after Bartlett; shape as the products."""
    draws, visits = products.shape[:2]
    triangle = np.tril(rng.standard_normal((draws, visits, visits)), -1)
    at = np.arange(visits)
    triangle[:, at, at] = np.sqrt(rng.chisquare(freedom - at, (draws, visits)))
    return np.asarray(
        np.linalg.cholesky(products) @ np.linalg.inv(triangle).swapaxes(1, 2), dtype=np.float64
    )
