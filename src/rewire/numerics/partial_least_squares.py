"""Partial least squares of one map on many, in the space of regions instead of genes.

With far more columns than rows everything but the weights can be had from the Gram matrix of the
rows (Rannar et al. 1994, 10.1002/cem.1180080204): a component costs a product with a matrix of
regions by regions, for thousands of maps at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_FLAT = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class PLS:
    """Components of a map.

    Parameters
    ----------
    scores
        Unit length and orthogonal, shape (regions, components); NaN beyond the last component
        that there is.
    weights
        Unit length, shape (columns, components): each score is the deflated columns times these.
    explained
        Share of the map's variance that each component explains, shape (components,).
    explained_columns
        Share of the columns' total variance, shape (components,).
    """

    scores: FloatArray
    weights: FloatArray
    explained: FloatArray
    explained_columns: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class BootstrapWeights:
    """How weights vary when regions are drawn again with replacement; shapes (columns, components).

    Parameters
    ----------
    se
        Standard deviation of the weights over draws, each turned towards the observed.
    z
        Weight over ``se``.
    """

    se: FloatArray
    z: FloatArray


def fit_pls(columns: FloatArray, values: FloatArray, components: int) -> PLS:
    """Return the PLS components of a map on many columns (PLS1, NIPALS).

    Parameters
    ----------
    columns
        Shape (regions, columns); centred here, and not scaled: standardise them before.
    values
        The map, shape (regions,).
    components
        How many.

    Returns
    -------
    PLS
        The sign of each component is such that it goes with the map.

    Raises
    ------
    ValueError
        If a value is missing, or components are not between 1 and regions less 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((20, 50))
    >>> found = fit_pls(x, x[:, 0], 3)
    >>> bool(found.explained.sum() > 0.9)
    True
    """
    if not 1 <= components < len(values):
        raise ValueError("components must be at least 1 and fewer than regions")
    if not (np.isfinite(columns).all() and np.isfinite(values).all()):
        raise ValueError("a value is missing; leave the region out")
    x = columns - columns.mean(axis=0)
    gram = x @ x.T
    y = (values - values.mean())[None]
    scores, left = _components(gram, y, components)
    unit = _unit(left, gram)[0]
    share = np.einsum("ar,rs,as->a", scores[0], gram, scores[0]) / np.trace(gram)
    return PLS(scores[0].T.copy(), x.T @ unit.T, _explained(scores, y)[0], share)


def explain_nulls(columns: FloatArray, nulls: FloatArray, components: int) -> FloatArray:
    """Return the share of each null map's variance that each of its own components explains.

    Parameters
    ----------
    columns
        Shape (regions, columns).
    nulls
        Shape (draws, regions).
    components
        How many.

    Returns
    -------
    ndarray
        Shape (draws, components); NaN for a component that there is not.

    Notes
    -----
    Along the Gram matrix's own directions its product with a map is a multiplication of each
    coordinate, so that all maps share one matrix product and a component costs a few vectors.
    """
    x = columns - columns.mean(axis=0)
    y = nulls - nulls.mean(axis=1, keepdims=True)
    weight, direction = np.linalg.eigh(x @ x.T)
    weight[weight <= _FLAT * weight.max()] = 0.0  # columns do not vary there
    shares: FloatArray = _along_directions(weight, y @ direction, components)
    return shares


def bootstrap_weights(
    columns: FloatArray, values: FloatArray, components: int, draws: int, rng: np.random.Generator
) -> BootstrapWeights:
    """Return standard errors of the weights over regions drawn again with replacement.

    Weights are columns' products with vectors over regions, so that their sum of squares over
    all draws needs one matrix of regions by regions and no draw's weights are ever formed.

    Parameters
    ----------
    columns
        Shape (regions, columns).
    values
        The map, shape (regions,).
    components
        How many.
    draws
        Bootstrap draws.
    rng
        Source of the draws.

    Returns
    -------
    BootstrapWeights
        z is NaN where a weight never varies.
    """
    regions = len(values)
    x = columns - columns.mean(axis=0)
    gram = x @ x.T
    centred = (values - values.mean())[None]
    observed = _unit(_components(gram, centred, components)[1], gram)[0]
    drawn = rng.integers(0, regions, (draws, regions))
    y = values[drawn]
    y = y - y.mean(axis=1, keepdims=True)
    unit = _unit(_components(gram, y, components, drawn)[1], gram)
    turn = np.sign(np.einsum("dar,ar->da", unit, observed @ gram))
    unit = np.nan_to_num(unit * turn[:, :, None]).transpose(1, 0, 2)
    # a component that a draw does not have counts as weight 0
    mean = x.T @ unit.mean(axis=1).T
    moments = unit.transpose(0, 2, 1) @ unit / draws
    square = np.stack([np.einsum("rg,rg->g", m @ x, x) for m in moments], axis=1)
    se = np.sqrt(np.maximum(square - mean**2, 0.0) * draws / max(draws - 1, 1))
    weights = x.T @ observed.T
    return BootstrapWeights(se, weights / np.where(se > 0.0, se, np.nan))


def _unit(left: FloatArray, gram: FloatArray) -> FloatArray:
    """Scale combinations of rows so that weights have length 1; (maps, components, regions)."""
    square = np.einsum("mar,mar->ma", left @ gram, left)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(left / np.sqrt(square)[:, :, None])


def _components(
    gram: FloatArray, y: FloatArray, components: int, drawn: IntArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return unit scores, and the combinations of rows whose products with columns are weights.

    Parameters
    ----------
    gram
        Of the centred columns, shape (regions, regions).
    y
        Centred, shape (maps, regions).
    components
        How many.
    drawn
        Which region stands in each row of each map, shape (maps, regions); None for each in its
        own.

    Returns
    -------
    scores, left
        Shape (maps, components, regions); ``left`` is over the regions themselves.
    """
    if drawn is None:
        drawn = np.arange(y.shape[1])[None]
    found: tuple[FloatArray, FloatArray] = _krylov(gram, np.ascontiguousarray(y), components, drawn)
    return found


@numba.njit(cache=True)
def _krylov(gram: Any, y: Any, components: int, drawn: Any) -> Any:
    """Return the Krylov sequence of PLS1 of each map.

    The score after a is the Gram matrix's product with what of the map is left beside the scores
    so far, cleared of these. Columns of drawn rows are centred anew by centring what they are
    multiplied with.
    """
    maps, regions = y.shape
    scores = np.full((maps, components, regions), np.nan)
    left = np.full((maps, components, regions), np.nan)
    remaining = np.empty(regions)
    scattered = np.empty(regions)
    score = np.empty(regions)
    flat = _FLAT * np.trace(gram)
    for m in range(maps):
        row = drawn[m if drawn.shape[0] > 1 else 0]
        remaining[:] = y[m]
        scale = np.sqrt(np.dot(remaining, remaining))
        for a in range(components):
            if np.sqrt(np.dot(remaining, remaining)) <= 1e-10 * scale:
                break
            scattered[:] = 0.0
            middle = remaining.mean()
            for r in range(regions):
                scattered[row[r]] += remaining[r] - middle
            product = np.dot(gram, scattered)
            for r in range(regions):
                score[r] = product[row[r]]
            score -= score.mean()
            before = np.sqrt(np.dot(score, score))
            for _ in range(2):  # twice, so that scores stay orthogonal to rounding
                for b in range(a):
                    score -= np.dot(scores[m, b], score) * scores[m, b]
            length = np.sqrt(np.dot(score, score))
            rounding = flat * np.sqrt(np.dot(remaining, remaining))
            if length <= max(1e-10 * before, rounding):
                break
            scores[m, a] = score / length
            left[m, a] = scattered
            remaining -= np.dot(scores[m, a], remaining) * scores[m, a]
    return scores, left


# reassociated sums run on whole vectors; they are summed in the same order every time
@numba.njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
def _dot(a: Any, b: Any) -> Any:
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@numba.njit(cache=True, fastmath={"contract", "nsz"})
def _clear(vector: Any, unit: Any, along: Any) -> None:
    for i in range(len(vector)):
        vector[i] -= along * unit[i]


@numba.njit(cache=True)
def _along_directions(weight: Any, y: Any, components: int) -> Any:
    """Return what the components of each map explain, in the eigenvectors' coordinates."""
    maps, regions = y.shape
    shares = np.full((maps, components), np.nan)
    scores = np.empty((components, regions))
    for m in range(maps):
        remaining = y[m]  # used up
        total = _dot(remaining, remaining)
        for a in range(components):
            if np.sqrt(_dot(remaining, remaining)) <= 1e-10 * np.sqrt(total):
                break
            score = scores[a]
            for i in range(regions):
                score[i] = weight[i] * remaining[i]
            before = np.sqrt(_dot(score, score))
            for _ in range(2):  # twice, so that scores stay orthogonal to rounding
                for b in range(a):
                    _clear(score, scores[b], _dot(scores[b], score))
            length = np.sqrt(_dot(score, score))
            if length <= 1e-10 * before:
                break
            for i in range(regions):
                score[i] /= length
            along = _dot(score, remaining)
            shares[m, a] = along * along / total
            _clear(remaining, score, along)
    return shares


def _explained(scores: FloatArray, y: FloatArray) -> FloatArray:
    along = np.einsum("mar,mr->ma", scores, y)
    return np.asarray(along**2 / np.einsum("mr,mr->m", y, y)[:, None])
