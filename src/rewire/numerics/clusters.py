"""Groups of people by k-means, of one data set or of many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ROUNDS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """People in groups, of each data set.

    Parameters
    ----------
    labels
        Group of each person, from 0; shape (sets, people).
    within
        Sum of squared distances of people to the mean of their group, shape (sets,).
    """

    labels: IntArray
    within: FloatArray


def group_people(
    points: FloatArray, groups: int, rng: np.random.Generator, starts: int = 10
) -> Grouping:
    """Divide the people of each data set into groups by k-means.

    Parameters
    ----------
    points
        Shape (sets, people, features); all finite.
    groups
        How many groups.
    rng
        Source of the starting points.
    starts
        Times that it is started anew; the best is kept. It is started from people drawn by
        k-means++.

    Returns
    -------
    Grouping
        Groups are numbered from the largest to the smallest, ties by who comes first.

    Raises
    ------
    ValueError
        If there are fewer people than groups, or a value is not finite.

    Notes
    -----
    Lloyd 1982 (10.1109/TIT.1982.1056489); k-means++ by Arthur and Vassilvitskii 2007. Many small
    data sets are divided at once, which is what null distributions need.

    Examples
    --------
    >>> points = np.array([[[0.0], [0.2], [9.0], [9.2], [9.4]]])
    >>> found = group_people(points, 2, np.random.default_rng(0))
    >>> found.labels.tolist(), found.within.round(6).tolist()
    ([[1, 1, 0, 0, 0]], [0.1])
    """
    if points.ndim != 3 or points.shape[1] < groups or groups < 1:
        raise ValueError(f"{groups} groups cannot be made of points of shape {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("a value is not finite")
    sets, people, _ = points.shape
    best = Grouping(np.zeros((sets, people), dtype=np.int64), np.full(sets, np.inf))
    for _ in range(starts):
        labels = _converged(points, _first_centres(points, groups, rng))
        within = _spread_within(points, labels, groups)
        better = within < best.within * (1.0 - 1e-12)
        best = Grouping(
            np.where(better[:, None], labels, best.labels), np.where(better, within, best.within)
        )
    return Grouping(_by_size(best.labels, groups), best.within)


def silhouettes(points: FloatArray, labels: IntArray) -> FloatArray:
    """Return how much nearer each person is to their own group than to the next, -1 to 1.

    Parameters
    ----------
    points
        Shape (people, features).
    labels
        Group of each person, from 0 and without gaps; shape (people,).

    Returns
    -------
    FloatArray
        Shape (people,); 0 for somebody alone in a group, NaN where there is one group.

    Notes
    -----
    Rousseeuw 1987 (10.1016/0377-0427(87)90125-7), with Euclidean distances.

    Examples
    --------
    >>> points = np.array([[0.0], [1.0], [5.0], [6.0]])
    >>> silhouettes(points, np.array([0, 0, 1, 1])).round(3).tolist()
    [0.818, 0.778, 0.778, 0.818]
    """
    groups = int(labels.max()) + 1
    if groups < 2:
        return np.full(len(labels), np.nan)
    apart: FloatArray = np.asarray(np.linalg.norm(points[:, None] - points[None], axis=2))
    member = labels[:, None] == np.arange(groups)
    sizes = member.sum(axis=0)
    totals = apart @ member
    own_size = sizes[labels]
    own: FloatArray = totals[member] / np.maximum(own_size - 1, 1)
    other = np.where(member, np.inf, totals / sizes).min(axis=1)
    larger = np.maximum(own, other)
    found = np.where(larger > 0.0, (other - own) / np.where(larger > 0.0, larger, 1.0), 0.0)
    return np.where(own_size > 1, found, 0.0)


def _first_centres(points: FloatArray, groups: int, rng: np.random.Generator) -> FloatArray:
    sets, people, features = points.shape
    rows = np.arange(sets)
    centres = np.empty((sets, groups, features))
    centres[:, 0] = points[rows, rng.integers(people, size=sets)]
    nearest: FloatArray = np.full((sets, people), np.inf)
    for k in range(1, groups):
        nearest = np.minimum(nearest, ((points - centres[:, k - 1 : k]) ** 2).sum(axis=2))
        # Where all that is left lies on a centre anybody will do.
        weights: FloatArray = np.where(nearest.sum(axis=1, keepdims=True) > 0.0, nearest, 1.0)
        limits: FloatArray = np.asarray(weights.cumsum(axis=1))
        drawn = rng.random((sets, 1)) * limits[:, -1:]
        centres[:, k] = points[rows, np.minimum((limits <= drawn).sum(axis=1), people - 1)]
    return centres


def _converged(points: FloatArray, centres: FloatArray) -> IntArray:
    """Move centres to the means of their people until nobody changes."""
    groups = centres.shape[1]
    labels = _nearest(points, centres)
    moving = np.arange(len(points))
    for _ in range(_ROUNDS):
        member = np.asarray(labels[moving][:, :, None] == np.arange(groups), dtype=np.float64)
        sizes = member.sum(axis=1)
        means = np.swapaxes(member, 1, 2) @ points[moving]
        # A centre that lost everybody stays where it is.
        centres[moving] = np.where(
            (sizes > 0.0)[:, :, None], means / np.maximum(sizes, 1.0)[:, :, None], centres[moving]
        )
        found = _nearest(points[moving], centres[moving])
        changed = (found != labels[moving]).any(axis=1)
        labels[moving] = found
        moving = moving[changed]
        if not len(moving):
            break
    return labels


def _nearest(points: FloatArray, centres: FloatArray) -> IntArray:
    """The squared length of a point is the same for all centres and is left out."""
    distance = (centres**2).sum(axis=2)[:, None] - 2.0 * points @ np.swapaxes(centres, 1, 2)
    return np.asarray(distance.argmin(axis=2), dtype=np.int64)


def _spread_within(points: FloatArray, labels: IntArray, groups: int) -> FloatArray:
    member = np.asarray(labels[:, :, None] == np.arange(groups), dtype=np.float64)
    sizes = np.maximum(member.sum(axis=1), 1.0)
    centres = np.swapaxes(member, 1, 2) @ points / sizes[:, :, None]
    own = np.take_along_axis(centres, labels[:, :, None], axis=1)
    return np.asarray(((points - own) ** 2).sum(axis=(1, 2)))


def _by_size(labels: IntArray, groups: int) -> IntArray:
    found = np.empty_like(labels)
    for i, own in enumerate(labels):
        sizes = np.bincount(own, minlength=groups)
        first = [int(np.argmax(own == g)) if sizes[g] else len(own) for g in range(groups)]
        rank = np.empty(groups, dtype=np.int64)
        rank[np.lexsort((np.array(first), -sizes))] = np.arange(groups)
        found[i] = rank[own]
    return found
