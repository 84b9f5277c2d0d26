"""A map explained by several others: how much together, and what each one adds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from rewire.numerics.map_association import MapStatistic, standardised

FloatArray = npt.NDArray[np.float64]

MOST_PREDICTORS = 15
"""Predictors of which all subsets are fitted: 32,768 models."""
REPEATED = "maps repeat one another"
_SINGULAR = 1e-9
_TIE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Dominance:
    """A multiple regression of a map on others, and what each adds to all subsets of the rest.

    Parameters
    ----------
    r2
        Share of the map's variance that all predictors explain together.
    general
        Mean over sizes of what a predictor adds, shape (predictors,); the sum is ``r2``.
    conditional
        What a predictor adds on average to subsets of each size, shape (predictors, sizes), the
        first column to none.
    """

    r2: float
    general: FloatArray
    conditional: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class DominanceTest:
    """A dominance analysis held against null maps.

    Parameters
    ----------
    found
        Of the map itself.
    p_r2
        Share of null maps of which at least as much is explained, the map counted among them.
    null_r2
        What is explained of each null map, shape (draws,).
    p
        The same for what each predictor adds, shape (predictors,).
    p_max
        Against the predictor that adds most in each null map, each less its mean over null maps
        and over its standard deviation there.
    null_general
        Shape (draws, predictors).
    """

    found: Dominance
    p_r2: float
    null_r2: FloatArray
    p: FloatArray
    p_max: FloatArray
    null_general: FloatArray


def dominance_forms(gram: FloatArray) -> FloatArray:
    """Return the quadratic forms that say what each predictor adds to subsets of each size.

    What a subset explains of a map is ``c' M c``, where ``c`` are the correlations of the map with
    the predictors and ``M`` the inverse of the subset's correlations. Its mean over subsets is
    one form, made once and then applied to any number of maps.

    Parameters
    ----------
    gram
        Correlations of the predictors, shape (predictors, predictors).

    Returns
    -------
    ndarray
        Shape (sizes, predictors, predictors, predictors): ``c @ forms[k, j] @ c`` is what
        predictor j adds on average to subsets of k others (Budescu 1993,
        10.1037/0033-2909.114.3.542; Azen and Budescu 2003, 10.1037/1082-989X.8.2.129).

    Raises
    ------
    ValueError
        If there are more than 15 predictors, or one is a mixture of others.

    Examples
    --------
    >>> dominance_forms(np.eye(2))[:, 0].tolist()
    [[[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]]
    """
    n = len(gram)
    if n > MOST_PREDICTORS:
        raise ValueError(f"{n} predictors; all subsets are fitted of {MOST_PREDICTORS} at most")
    if not np.linalg.eigvalsh(gram)[0] > _SINGULAR:
        raise ValueError(REPEATED)
    forms = np.zeros((n, n, n * n))
    for size in range(n + 1):
        members, inverse = _inverses(gram, size)
        if size:  # these subsets less one member
            forms[size - 1] += members.T @ inverse * (n / (members.sum()))
        if size < n:  # these subsets before a member comes in
            outside = 1.0 - members
            forms[size] -= outside.T @ inverse * (n / outside.sum())
    return forms.reshape(n, n, n, n)


def _inverses(gram: FloatArray, size: int) -> tuple[FloatArray, FloatArray]:
    """Return all subsets of a size as 0 and 1, and the inverse of each, filled up with zeros."""
    n = len(gram)
    subsets = list(combinations(range(n), size))
    chosen = np.array(subsets, dtype=np.int64).reshape(len(subsets), size)
    members = np.zeros((len(chosen), n))
    np.put_along_axis(members, chosen, 1.0, axis=1)
    inverse = np.zeros((len(chosen), n, n))
    if size:
        rows = np.arange(len(chosen))[:, None, None]
        down, across = chosen[:, :, None], chosen[:, None, :]
        inverse[rows, down, across] = np.linalg.inv(gram[down, across])
    return members, inverse.reshape(len(chosen), n * n)


def fit_dominance(
    values: FloatArray, predictors: FloatArray, statistic: MapStatistic = "pearson"
) -> Dominance:
    """Explain a map by others, and say what each adds.

    Parameters
    ----------
    values
        The map, shape (regions,), without NaN.
    predictors
        Shape (regions, predictors), without NaN.
    statistic
        ``spearman`` ranks the map and the predictors.

    Returns
    -------
    Dominance
        NaN where the map does not vary.

    Raises
    ------
    ValueError
        If there are more than 15 predictors, no more regions than predictors and one, or one
        predictor does not vary or is a mixture of others.

    Examples
    --------
    >>> x = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1], [0, 0]])
    >>> found = fit_dominance(x @ np.array([2.0, 1.0]), x)
    >>> round(found.r2, 12), found.general.round(12).tolist()
    (1.0, [0.8, 0.2])
    """
    unit = _directions(predictors, statistic)
    forms = dominance_forms(unit @ unit.T)
    along = (standardised(values[None], statistic) @ unit.T)[0]
    conditional = np.einsum("a,kjab,b->jk", along, forms, along)
    general = conditional.mean(axis=1)
    return Dominance(float(general.sum()), general, conditional)


def assess_dominance(
    values: FloatArray,
    nulls: FloatArray,
    predictors: FloatArray,
    statistic: MapStatistic = "pearson",
) -> DominanceTest:
    """Hold what several maps explain of one, and what each adds, against null maps.

    Smooth maps explain much of any smooth map, so that the share that is explained means little
    by itself; p asks whether it is more than of null maps as smooth.

    Parameters
    ----------
    values
        The map, shape (regions,), without NaN.
    nulls
        Null maps, shape (draws, regions), without NaN.
    predictors
        Shape (regions, predictors), without NaN.
    statistic
        ``spearman`` ranks each of them.

    Returns
    -------
    DominanceTest
        One-sided p, (1 + b) / (1 + draws): more is explained.

    Raises
    ------
    ValueError
        As :func:`fit_dominance`.
    """
    found = fit_dominance(values, predictors, statistic)
    unit = _directions(predictors, statistic)
    forms = dominance_forms(unit @ unit.T).mean(axis=0)
    along = np.nan_to_num(standardised(nulls, statistic)) @ unit.T
    null = np.stack([np.einsum("da,da->d", along @ form, along) for form in forms], axis=1)
    total = null.sum(axis=1)
    spread = null.std(axis=0)
    scale = 1.0 / np.where(spread > _TIE, spread, np.inf)
    furthest = ((null - null.mean(axis=0)) * scale).max(axis=1)
    own = (found.general - null.mean(axis=0)) * scale
    return DominanceTest(
        found,
        float(_share(total[:, None], np.array([found.r2]))[0]),
        total,
        _share(null, found.general),
        _share(np.broadcast_to(furthest[:, None], null.shape), own),
        null,
    )


def _share(null: FloatArray, own: FloatArray) -> FloatArray:
    reached = (1.0 + (null >= own - _TIE).sum(axis=0)) / (1.0 + len(null))
    return np.where(np.isfinite(own), reached, np.nan)


def _directions(predictors: FloatArray, statistic: MapStatistic) -> FloatArray:
    """Return unit predictors, shape (predictors, regions)."""
    regions, n = predictors.shape
    if regions <= n + 1:
        raise ValueError(f"{regions} regions are too few for {n} predictors")
    unit = standardised(predictors.T, statistic)
    if not np.isfinite(unit).all():
        raise ValueError("a predictor does not vary, or misses a value")
    return unit
