"""How a region's functional connections follow its structural ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Targets = Literal["connected", "all"]

LEAST_TARGETS = 3
"""Fewest targets over which a correlation is computed; with two it is 1 or -1."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionalCoupling:
    """A coupling of each region and over how many targets it was computed.

    Parameters
    ----------
    value
        Shape (regions,); NaN where it is undefined.
    targets
        Shape (regions,).
    """

    value: FloatArray
    targets: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class PredictorCoupling:
    """The best of several predictors of each region's connectivity; arrays of shape (regions,).

    Parameters
    ----------
    held_out
        Correlation of the predictor chosen in one half with the other half, in the direction that
        it had where it was chosen; mean of both ways.
    best
        Largest absolute correlation in the whole: never below chance, since it was chosen.
    average
        Mean absolute correlation over predictors, none chosen.
    optimism
        By how much the best in a half exceeds what it is in the other half.
    choice
        Which predictor is best in the whole, as its number; -1 where there is none.
    """

    held_out: FloatArray
    best: FloatArray
    average: FloatArray
    optimism: FloatArray
    choice: IntArray


def rank_coupling(
    function: FloatArray, structure: FloatArray, targets: Targets = "connected"
) -> RegionalCoupling:
    """Correlate each region's functional and structural connections by rank.

    Parameters
    ----------
    function
        Functional connectivity, symmetric, shape (regions, regions); NaN where unknown, and not
        used on the diagonal.
    structure
        Structural weights, symmetric, not negative, shape (regions, regions); NaN where unknown.
    targets
        ``connected``: over regions with a structural connection; ``all``: over all, an absent
        connection counting as 0.

    Returns
    -------
    RegionalCoupling
        Spearman's rho; NaN with fewer than three targets or where either does not vary.

    Notes
    -----
    Baum et al. 2020 (10.1073/pnas.1912034117), over connected targets.

    Examples
    --------
    >>> sc = np.array([[0.0, 3, 2, 1], [3, 0, 0, 0], [2, 0, 0, 0], [1, 0, 0, 0]])
    >>> fc = np.array([[0.0, 0.9, 0.5, 0.6], [0.9, 0, 0, 0], [0.5, 0, 0, 0], [0.6, 0, 0, 0]])
    >>> rank_coupling(fc, sc).value.tolist()
    [0.5, nan, nan, nan]
    """
    usable = np.isfinite(function) & np.isfinite(structure) & ~np.eye(len(function), dtype=bool)
    if targets == "connected":
        usable &= np.nan_to_num(structure) > 0.0
    value = np.full(len(function), np.nan)
    for region, chosen in enumerate(usable):
        if chosen.sum() >= LEAST_TARGETS:
            one = rankdata(function[region, chosen])
            other = rankdata(structure[region, chosen])
            value[region] = _pearson(one, other)
    return RegionalCoupling(value, usable.sum(axis=1).astype(np.int64))


def regression_coupling(function: FloatArray, predictors: FloatArray) -> RegionalCoupling:
    """Explain each region's functional connections by several predictors together.

    Parameters
    ----------
    function
        As in :func:`rank_coupling`.
    predictors
        Shape (predictors, regions, regions), the region in the row; NaN or infinite where a target
        has none, which leaves it out.

    Returns
    -------
    RegionalCoupling
        Adjusted R squared, ``1 - (1 - R2) (n - 1) / (n - p - 1)`` over n targets; below 0 where
        predictors explain less than chance. NaN with fewer than p + 3 targets, where predictors
        are collinear, and where function or a predictor does not vary beyond rounding.

    Notes
    -----
    Vazquez-Rodriguez et al. 2019 (10.1073/pnas.1903403116), with Euclidean distance, shortest path
    length and communicability.

    Examples
    --------
    >>> fc = np.array([[0.0, 1, 2, 3, 4, 5]] * 6)
    >>> np.fill_diagonal(fc, 0.0)
    >>> regression_coupling(fc, fc[None]).value[:2].round(9).tolist()
    [1.0, 1.0]
    """
    number, regions = len(predictors), len(function)
    usable = np.isfinite(function) & np.isfinite(predictors).all(axis=0)
    usable &= ~np.eye(regions, dtype=bool)
    value = np.full(regions, np.nan)
    for region, chosen in enumerate(usable):
        if chosen.sum() >= number + 3:
            value[region] = _adjusted(function[region, chosen], predictors[:, region, chosen])
    return RegionalCoupling(value, usable.sum(axis=1).astype(np.int64))


def predictor_coupling(
    function: FloatArray, halves: tuple[FloatArray, FloatArray], predictors: FloatArray
) -> PredictorCoupling:
    """Take for each region the predictor that goes best with its functional connections.

    Parameters
    ----------
    function
        As in :func:`rank_coupling`.
    halves
        The same from two halves of the scan: what is chosen in one is judged in the other.
    predictors
        Shape (predictors, regions, regions), as in :func:`regression_coupling`; a target without
        a value is left out for that predictor alone.

    Returns
    -------
    PredictorCoupling
        NaN where no predictor has a correlation.

    Notes
    -----
    Best predictor by region: Zamani Esfahlani et al. 2022 (10.1038/s41467-022-29770-y). The best of
    several is too high by construction; ``held_out`` is not.

    Examples
    --------
    >>> fc = np.array([[0.0, 1, 2, 4], [1, 0, 5, 2], [2, 5, 0, 1], [4, 2, 1, 0]])
    >>> found = predictor_coupling(fc, (fc, fc), np.stack([fc @ fc, -fc]))
    >>> found.choice.tolist(), found.held_out.round(9).tolist()
    ([1, 1, 1, 1], [1.0, 1.0, 1.0, 1.0])
    """
    whole = correlate_rows(function, predictors)
    one, other = (correlate_rows(half, predictors) for half in halves)
    best, choice = _best(whole)
    known = np.isfinite(whole)
    average = np.full(len(function), np.nan)
    total = np.where(known, np.abs(whole), 0.0).sum(axis=0)
    np.divide(total, known.sum(axis=0), out=average, where=known.any(axis=0))
    kept, excess = [], []
    for chosen_in, judged_in in ((one, other), (other, one)):
        within, picked = _best(chosen_in)
        at = (np.maximum(picked, 0), np.arange(len(picked)))
        across = np.where(picked >= 0, np.sign(chosen_in[at]) * judged_in[at], np.nan)
        kept.append(across)
        excess.append(within - across)
    held_out = (kept[0] + kept[1]) / 2.0
    return PredictorCoupling(held_out, best, average, (excess[0] + excess[1]) / 2.0, choice)


def correlate_rows(function: FloatArray, predictors: FloatArray) -> FloatArray:
    """Correlate each region's functional connections with each predictor.

    Parameters
    ----------
    function, predictors
        As in :func:`predictor_coupling`.

    Returns
    -------
    FloatArray
        Pearson's r, shape (predictors, regions); NaN with fewer than three targets or where either
        does not vary.

    Examples
    --------
    >>> fc = np.array([[0.0, 1, 2, 4], [1, 0, 5, 2], [2, 5, 0, 1], [4, 2, 1, 0]])
    >>> correlate_rows(fc, 2.0 * fc[None]).round(9).tolist()
    [[1.0, 1.0, 1.0, 1.0]]
    """
    off = ~np.eye(len(function), dtype=bool)
    found = np.full((len(predictors), len(function)), np.nan)
    for number, predictor in enumerate(predictors):
        usable = np.isfinite(function) & np.isfinite(predictor) & off
        for region, chosen in enumerate(usable):
            if chosen.sum() >= LEAST_TARGETS:
                found[number, region] = _pearson(
                    function[region, chosen], predictor[region, chosen]
                )
    return found


def rank_agreement(one: FloatArray, other: FloatArray) -> float:
    """Correlate two maps by rank over the regions that both have.

    Parameters
    ----------
    one, other
        Shape (regions,); NaN where there is no value.

    Returns
    -------
    float
        Spearman's rho; NaN with fewer than three regions or where either does not vary.

    Examples
    --------
    >>> rank_agreement(np.array([1.0, 2.0, 9.0, np.nan]), np.array([2.0, 3.0, 8.0, 1.0]))
    1.0
    """
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < LEAST_TARGETS:
        return float("nan")
    return _pearson(rankdata(one[both]), rankdata(other[both]))


def _best(r: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the largest absolute correlation of each region and which predictor has it."""
    size = np.where(np.isfinite(r), np.abs(r), -1.0)
    choice = size.argmax(axis=0).astype(np.int64)
    best = size.max(axis=0)
    none = best < 0.0
    return np.where(none, np.nan, best), np.where(none, -1, choice)


def _pearson(one: FloatArray, other: FloatArray) -> float:
    a, b = one - one.mean(), other - other.mean()
    size_a, size_b = np.abs(a).max(), np.abs(b).max()
    if size_a <= 1e-12 * np.abs(one).max() or size_b <= 1e-12 * np.abs(other).max():
        return float("nan")
    a, b = a / size_a, b / size_b
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1.0, 1.0))


def _adjusted(response: FloatArray, predictors: FloatArray) -> float:
    centred = response - response.mean()
    total = float(centred @ centred)
    columns = predictors - predictors.mean(axis=1, keepdims=True)
    size = np.sqrt((columns**2).sum(axis=1))
    flat = size <= 1e-10 * np.sqrt((predictors**2).sum(axis=1))
    if total <= 1e-24 * float(response @ response) or flat.any():
        return float("nan")
    columns /= size[:, None]
    if np.linalg.matrix_rank(columns, tol=1e-9) < len(columns):
        return float("nan")
    weights, *_ = np.linalg.lstsq(columns.T, centred, rcond=None)
    residual = centred - columns.T @ weights
    n, p = len(response), len(columns)
    return float(1.0 - (residual @ residual / total) * (n - 1) / (n - p - 1))
