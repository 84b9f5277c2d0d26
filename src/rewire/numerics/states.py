"""Recurring patterns: k-means over volumes, and the state that each volume is in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ROUNDS = 300


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """Patterns that volumes were sorted into, the most frequent first.

    Parameters
    ----------
    centroids
        Mean of each state's volumes, float64, shape (states, regions); not scaled to unit length.
    occupancy
        Share of all volumes in each state, shape (states,), descending.
    labels
        State of each volume, int64, shape (volumes,).
    inertia
        Sum over volumes of the squared distance from their centroid, of the best restart.
    inertias
        The same for every restart, shape (restarts,).
    """

    centroids: FloatArray
    occupancy: FloatArray
    labels: IntArray
    inertia: float
    inertias: FloatArray


def fit_states(vectors: FloatArray, states: int, restarts: int, rng: np.random.Generator) -> States:
    """Sort volumes into states by k-means and keep the best of many restarts.

    Parameters
    ----------
    vectors
        One pattern a volume, float64, shape (volumes, regions), finite, signs aligned.
    states
        How many states; at most as many as volumes.
    restarts
        Independent starts, each with volumes drawn by k-means++.
    rng
        Source of the starts.

    Returns
    -------
    States
        Ordered by occupancy over all volumes.

    Raises
    ------
    ValueError
        If there are fewer volumes than states, no state or restart, or a value is not finite.

    Notes
    -----
    Squared Euclidean distance, as in the code of Kringelbach et al. 2020
    (10.1073/pnas.1921475117). Starts: Arthur and Vassilvitskii 2007. A state that loses all its
    volumes takes the volume farthest from its centroid.

    Examples
    --------
    >>> made = np.array([[0.0], [0.1], [0.2], [9.0], [9.1]])
    >>> fit_states(made, 2, 5, np.random.default_rng(0)).centroids.round(2).tolist()
    [[0.1], [9.05]]
    """
    values = np.ascontiguousarray(vectors, dtype=np.float64)
    if values.ndim != 2 or states < 1 or restarts < 1 or len(values) < states:
        raise ValueError("k-means needs at least as many volumes as states, and one restart")
    if not np.isfinite(values).all():
        raise ValueError("patterns must be finite; leave out regions without signal")
    draws = rng.random((restarts, states))
    centroids, labels, inertias = _restarts(values, draws, _ROUNDS)
    counts = np.bincount(labels, minlength=states)
    order = np.argsort(-counts, kind="stable")
    place = np.argsort(order)
    return States(
        centroids[order],
        counts[order] / len(values),
        place[labels].astype(np.int64),
        float(inertias.min()),
        inertias,
    )


def assign_states(vectors: FloatArray, centroids: FloatArray) -> IntArray:
    """Give each volume the state whose centroid is nearest.

    Parameters
    ----------
    vectors
        Float64, shape (volumes, regions), finite, signs aligned as for the fit.
    centroids
        Float64, shape (states, regions), from this session or another.

    Returns
    -------
    IntArray
        Shape (volumes,), from 0.

    Examples
    --------
    >>> assign_states(np.array([[1.0], [8.0]]), np.array([[0.1], [9.05]])).tolist()
    [0, 1]
    """
    values = np.ascontiguousarray(vectors, dtype=np.float64)
    known = np.ascontiguousarray(centroids, dtype=np.float64)
    labels = np.empty(len(values), dtype=np.int64)
    _assign(values, known, labels, np.empty(len(values)))
    return labels


@njit(cache=True, fastmath={"contract", "reassoc"})
def _distance(x, y):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(x.size):
        apart = x[i] - y[i]
        total += apart * apart
    return total


@njit(cache=True)
def _assign(values, centroids, labels, nearest):  # type: ignore[no-untyped-def]
    """Write each row's nearest centroid and distance; return how many rows changed hands."""
    changed = 0
    for t in range(values.shape[0]):
        least = np.inf
        own = 0
        for k in range(centroids.shape[0]):
            apart = _distance(values[t], centroids[k])
            if apart < least:
                least = apart
                own = k
        changed += labels[t] != own
        labels[t] = own
        nearest[t] = least
    return changed


@njit(cache=True)
def _start(values, draws, centroids, nearest):  # type: ignore[no-untyped-def]
    """Draw the first centroids: each with a chance that grows with its squared distance."""
    rows = values.shape[0]
    nearest[:] = 1.0
    for k in range(centroids.shape[0]):
        wanted = draws[k] * nearest.sum()
        pick = 0
        so_far = nearest[0]
        while so_far <= wanted and pick < rows - 1:
            pick += 1
            so_far += nearest[pick]
        centroids[k] = values[pick]
        for t in range(rows):
            apart = _distance(values[t], centroids[k])
            nearest[t] = apart if k == 0 else min(nearest[t], apart)


@njit(cache=True)
def _means(values, labels, centroids, nearest):  # type: ignore[no-untyped-def]
    """Move centroids to the mean of their rows; an empty one to the row farthest from its own."""
    counts = np.zeros(centroids.shape[0], np.int64)
    for t in range(values.shape[0]):
        counts[labels[t]] += 1
    for k in range(centroids.shape[0]):
        if counts[k] == 0:
            far = np.argmax(nearest)
            counts[labels[far]] -= 1
            labels[far] = k
            counts[k] = 1
            nearest[far] = 0.0
    centroids[:] = 0.0
    for t in range(values.shape[0]):
        for i in range(values.shape[1]):
            centroids[labels[t], i] += values[t, i]
    for k in range(centroids.shape[0]):
        if counts[k] > 0:
            for i in range(values.shape[1]):
                centroids[k, i] /= counts[k]


@njit(cache=True)
def _restarts(values, draws, rounds):  # type: ignore[no-untyped-def]
    """Return centroids and labels of the best restart, and the inertia of each."""
    restarts, states = draws.shape
    rows, columns = values.shape
    inertias = np.empty(restarts)
    best = np.zeros((states, columns))
    best_labels = np.zeros(rows, np.int64)
    centroids = np.empty((states, columns))
    labels = np.empty(rows, np.int64)
    nearest = np.empty(rows)
    lowest = np.inf
    for r in range(restarts):
        _start(values, draws[r], centroids, nearest)
        labels[:] = -1
        left = rounds
        while _assign(values, centroids, labels, nearest) > 0 and left > 0:
            _means(values, labels, centroids, nearest)
            left -= 1
        inertias[r] = nearest.sum()
        if inertias[r] < lowest:
            lowest = inertias[r]
            best[:] = centroids
            best_labels[:] = labels
    return best, best_labels, inertias
