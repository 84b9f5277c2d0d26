"""Distances between regions of two hemispheres of which one mirrors the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_BINS = 30


def fold_distances(
    values: FloatArray,
    places: FloatArray,
    left: npt.NDArray[np.bool_],
    right: npt.NDArray[np.bool_] | None = None,
) -> FloatArray:
    """Return distances in which a region is as near its counterpart as their values are alike.

    Regions that mirror each other lie far apart and have much the same values, so that a null
    model that knows distances in mm alone makes maps that are too rough: half of the regions tell
    nothing new. Here the right hemisphere is laid over the left at a gap, and the gap is the
    distance within a hemisphere at which regions differ as much as counterparts do: none for a
    map that is the same on both sides, a wide one where the sides have nothing in common.

    Parameters
    ----------
    values
        The map, shape (regions,), without NaN.
    places
        Shape (regions, 3), mm, the midline at x = 0.
    left
        Whether a region lies on the left, shape (regions,).
    right
        Whether a region lies on the right; None for all that do not lie on the left. A region on
        neither side lies in the midline, has no counterpart and is at its distance from each.

    Returns
    -------
    ndarray
        Shape (regions, regions), mm; plain distances where a side has fewer than three regions.

    Examples
    --------
    >>> places = np.array([[x, y, 0.0] for x in (-30, 30) for y in (0, 10, 20, 40)])
    >>> same = np.array([0.0, 1, 2, 4, 0, 1, 2, 4])
    >>> float(fold_distances(same, places, places[:, 0] < 0)[0, 4])
    0.0
    """
    right = ~left if right is None else right
    if min(left.sum(), right.sum()) < 3:
        return np.asarray(np.linalg.norm(places[:, None] - places[None], axis=2))
    folded = places * np.where(right, -1.0, 1.0)[:, None] ** np.array([1, 0, 0])
    over = np.linalg.norm(folded[:, None] - folded[None], axis=2)
    other = (left[:, None] & right[None, :]) | (right[:, None] & left[None, :])
    sided = np.flatnonzero(left | right)
    square = np.ix_(sided, sided)
    counterpart = np.where(other[square], over[square], np.inf).argmin(axis=1)
    gap = _gap(values[sided], np.where(other, np.nan, over)[square], counterpart)
    return np.asarray(np.sqrt(over**2 + (gap * other) ** 2))


def _gap(values: FloatArray, within: FloatArray, counterpart: npt.NDArray[np.int64]) -> float:
    """Return the distance within a side at which regions differ as counterparts do."""
    unlike = float(((values - values[counterpart]) ** 2).mean())
    first, second = np.triu_indices(len(values), 1)
    apart = within[first, second]
    known = np.isfinite(apart)
    apart, squares = apart[known], ((values[first] - values[second]) ** 2)[known]
    order = np.argsort(apart, kind="stable")
    parts = np.array_split(order, min(_BINS, len(order)))
    distance = np.array([0.0, *(apart[part].mean() for part in parts)])
    rising = np.maximum.accumulate([0.0, *(squares[part].mean() for part in parts)])
    if unlike >= rising[-1]:
        return float(2.0 * apart.max())
    at = int(np.searchsorted(rising, unlike, side="right"))
    share = (unlike - rising[at - 1]) / (rising[at] - rising[at - 1])
    return float(distance[at - 1] + share * (distance[at] - distance[at - 1]))
