"""One value for several: runs of a session, and visits before treatment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def combine_runs(
    values: FloatArray,
    visit: npt.NDArray[np.int64],
    minutes: FloatArray,
    rule: Literal["mean", "first", "last", "longest", "weighted"],
) -> FloatArray:
    """Put one value in place of those of several runs, visit by visit and cell by cell.

    Parameters
    ----------
    values
        Shape (runs, cells), runs of a visit in order; NaN where a run gave none, and such a run
        does not count in that cell.
    visit
        Which visit each run belongs to, shape (runs,).
    minutes
        Length of each run, shape (runs,); a run of unknown length (NaN) does not count in
        ``longest`` and ``weighted``. Of equally long runs the first is taken.
    rule
        Which value stands for them.

    Returns
    -------
    ndarray
        Shape (runs, cells): the value at the first run of each visit and NaN at the others; NaN
        also where no run counts.

    Examples
    --------
    >>> runs = np.array([[1.0], [4.0]])
    >>> combine_runs(runs, np.array([0, 0]), np.array([5.0, 10.0]), "weighted")[:, 0].tolist()
    [3.0, nan]
    """
    found = values.copy()
    order = np.argsort(visit, kind="stable")
    starts = np.flatnonzero(np.diff(visit[order])) + 1
    for rows in np.split(order, starts):
        if len(rows) < 2:
            continue
        weights = _weights(np.isfinite(values[rows]), minutes[rows], rule)
        total = weights.sum(axis=0)
        summed = (weights * np.where(weights > 0, values[rows], 0.0)).sum(axis=0)
        found[rows] = np.nan
        found[rows[0]] = np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)
    return found


def join_occasions(values: Sequence[FloatArray], take: Literal["mean", "last"]) -> FloatArray:
    """Return the mean over occasions, or the last of them, of whatever there is.

    Parameters
    ----------
    values
        One array an occasion, in order of time, all of one shape; NaN where there is no value.
    take
        ``mean`` or ``last``.

    Returns
    -------
    ndarray
        Of the same shape; NaN where no occasion has a value.

    Examples
    --------
    >>> join_occasions([np.array([1.0, np.nan]), np.array([3.0, 5.0])], "mean").tolist()
    [2.0, 5.0]
    """
    if take == "last":
        latest = values[0]
        for later in values[1:]:
            latest = np.where(np.isfinite(later), later, latest)
        return latest.copy()
    stacked = np.stack(list(values))
    known = np.isfinite(stacked)
    total, count = np.where(known, stacked, 0.0).sum(axis=0), known.sum(axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def _weights(known: npt.NDArray[np.bool_], minutes: FloatArray, rule: str) -> FloatArray:
    if rule == "mean":
        return known.astype(np.float64)
    if rule == "last":
        return _weights(known[::-1], minutes, "first")[::-1]
    if rule == "first":
        return np.asarray(known & (np.cumsum(known, axis=0) == 1), dtype=np.float64)
    length = np.where(known & np.isfinite(minutes)[:, None], minutes[:, None], -np.inf)
    if rule == "weighted":
        return np.asarray(np.where(np.isfinite(length), length, 0.0))
    chosen = np.zeros(known.shape)
    np.put_along_axis(chosen, length.argmax(axis=0)[None, :], 1.0, axis=0)
    return np.where(np.isfinite(length), chosen, 0.0)
