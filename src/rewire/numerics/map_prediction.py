"""Maps predicted from others in regions far away, and maps cleared of others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

TRAINED = 0.75
"""Share of the regions, nearest to a source, that a model learns from."""
_TIE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class FarPrediction:
    """How well a map is predicted in regions far from those that the model learnt from.

    Parameters
    ----------
    r
        Correlation of predicted and true values in the farthest regions, for each region as the
        source, shape (regions,).
    median
        Over sources.
    p
        Share of null maps with a median at least as high, the map counted among them.
    null_median
        Shape (draws,).
    """

    r: FloatArray
    median: float
    p: float
    null_median: FloatArray


def predict_far(
    values: FloatArray, nulls: FloatArray, predictors: FloatArray, distances: FloatArray
) -> FarPrediction:
    """Learn a map from predictors near each region in turn, and predict it far away.

    Regions near one another resemble one another, so that regions drawn at random for testing
    are half known already; the farthest quarter is not (Hansen et al. 2022,
    10.1038/s41593-022-01186-3). The splits of different sources overlap: their spread is no
    standard error, and p comes from null maps that go through the same splits.

    Parameters
    ----------
    values
        The map, shape (regions,), without NaN.
    nulls
        Null maps, shape (draws, regions), without NaN.
    predictors
        Shape (regions, predictors), without NaN.
    distances
        Shape (regions, regions), mm.

    Returns
    -------
    FarPrediction
        NaN where predictions or true values do not vary.

    Raises
    ------
    ValueError
        If the nearest three quarters are no more than the predictors and one, or fewer than
        three regions are left.

    Examples
    --------
    >>> x = np.arange(20.0)
    >>> found = predict_far(2 * x + 1, np.ones((9, 20)), x[:, None], np.abs(x[:, None] - x))
    >>> round(found.median, 9)
    1.0
    """
    regions = len(values)
    near = round(TRAINED * regions)
    if near <= predictors.shape[1] + 1 or regions - near < 3:
        raise ValueError(f"{regions} regions are too few to learn from some and test on others")
    maps = np.vstack([values, nulls])
    design = np.column_stack([np.ones(regions), predictors])
    order = np.argsort(distances, axis=1, kind="stable")
    r = np.empty((len(maps), regions))
    for source, nearest in enumerate(order):
        train, test = nearest[:near], nearest[near:]
        weights = maps[:, train] @ np.linalg.pinv(design[train]).T
        r[:, source] = _correlate(weights @ design[test].T, maps[:, test])
    middle = np.median(r, axis=1)
    own = float(middle[0])
    reached = 1.0 + float((middle[1:] >= own - _TIE).sum())
    p = reached / (1.0 + len(nulls)) if np.isfinite(own) else np.nan
    return FarPrediction(r[0], own, p, middle[1:])


def _correlate(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return correlations row by row; NaN where one does not vary."""
    a = first - first.mean(axis=1, keepdims=True)
    b = second - second.mean(axis=1, keepdims=True)
    size = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))
    largest = np.maximum(np.abs(first).max(axis=1), 1e-300) * np.maximum(
        np.abs(second).max(axis=1), 1e-300
    )
    product = np.einsum("ij,ij->i", a, b)
    return np.asarray(product / np.where(size > 1e-12 * largest, size, np.nan))


def clear_maps(maps: FloatArray, given: FloatArray) -> FloatArray:
    """Return maps less what others explain of them by least squares, and less their mean.

    Parameters
    ----------
    maps
        Shape (maps, regions), without NaN.
    given
        Shape (regions, others), without NaN.

    Returns
    -------
    ndarray
        Shape (maps, regions); 0 throughout where others explain all.

    Examples
    --------
    >>> clear_maps(np.array([[1.0, 2.0, 4.0]]), np.array([[0.0], [1.0], [3.0]])).tolist()
    [[0.0, 0.0, 0.0]]
    """
    design = np.column_stack([np.ones(len(given)), given - given.mean(axis=0)])
    size = np.linalg.norm(design, axis=0)
    basis, values, _ = np.linalg.svd(design / np.where(size > 0, size, 1.0), full_matrices=False)
    basis = basis[:, values > 1e-10 * values[0]]
    left = maps - (maps @ basis) @ basis.T
    left -= (left @ basis) @ basis.T  # twice, so that rounding leaves nothing along the others
    whole = np.abs(maps).max(axis=1, keepdims=True)
    flat = np.abs(left).max(axis=1, keepdims=True) <= 1e-12 * whole
    return np.where(flat, 0.0, left)
