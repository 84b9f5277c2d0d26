"""Whether the same groups come back when some of the people are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from rewire.numerics.clusters import group_people

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_SHARE = 0.8
_STARTS = 4


@dataclass(frozen=True, slots=True, eq=False)
class GroupStability:
    """How well groups come back over subsamples.

    Parameters
    ----------
    rand
        Mean adjusted Rand index of the groups of a subsample and the same people's groups in the
        whole: 1 where they agree, 0 on average at random.
    jaccard
        Mean over subsamples of the Jaccard index of each group with the one most like it in the
        subsample, shape (groups,).
    membership
        Share of the subsamples with a person in which they fell to the same group, shape
        (people,); NaN for somebody in none.
    """

    rand: float
    jaccard: FloatArray
    membership: FloatArray


def subsample_groups(
    points: FloatArray, labels: IntArray, subsamples: int, rng: np.random.Generator
) -> GroupStability:
    """Divide random subsamples of four fifths of the people anew.

    Parameters
    ----------
    points
        Shape (people, features).
    labels
        Group of each person in the whole, from 0; shape (people,).
    subsamples
        How many.
    rng
        Source of the subsamples.

    Returns
    -------
    GroupStability
        Groups of a subsample are matched to those of the whole by the largest number of people
        in common.

    Notes
    -----
    Hennig 2007 (10.1016/j.csda.2006.11.025), who calls a group stable from a Jaccard index of
    .75; adjusted Rand index: Hubert and Arabie 1985 (10.1007/BF01908075).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat([0, 1], 10)
    >>> found = subsample_groups(9.0 * labels[:, None] + rng.random((20, 1)), labels, 20, rng)
    >>> found.rand, found.jaccard.tolist()
    (1.0, [1.0, 1.0])
    """
    people, groups = len(points), int(labels.max()) + 1
    size = max(int(np.ceil(_SHARE * people)), groups)
    drawn = np.stack([rng.permutation(people)[:size] for _ in range(subsamples)])
    found = group_people(points[drawn], groups, rng, _STARTS).labels
    whole = _indicators(labels[drawn], groups)
    tables = np.swapaxes(whole, 1, 2) @ _indicators(found, groups)
    seen, same = np.zeros(people), np.zeros(people)
    for rows, own, table in zip(drawn, found, tables, strict=True):
        left, right = linear_sum_assignment(-table)
        matched = np.empty(groups, dtype=np.int64)
        matched[right] = left
        seen[rows] += 1.0
        same[rows] += matched[own] == labels[rows]
    with np.errstate(invalid="ignore"):
        membership = np.where(seen > 0.0, same / seen, np.nan)
    return GroupStability(float(_rand(tables).mean()), _jaccard(tables), membership)


def stability_of_nulls(
    clouds: FloatArray, groups: int, subsamples: int, rng: np.random.Generator
) -> FloatArray:
    """Return the mean adjusted Rand index of each cloud, as :func:`subsample_groups` has it.

    Parameters
    ----------
    clouds
        Shape (draws, people, features).
    groups
        How many groups each is divided into.
    subsamples
        Of each cloud.
    rng
        Source of the subsamples.
    """
    whole = group_people(clouds, groups, rng, _STARTS).labels
    return np.array(
        [
            subsample_groups(cloud, labels, subsamples, rng).rand
            for cloud, labels in zip(clouds, whole, strict=True)
        ]
    )


def _indicators(labels: IntArray, groups: int) -> FloatArray:
    return np.asarray(labels[:, :, None] == np.arange(groups), dtype=np.float64)


def _jaccard(tables: FloatArray) -> FloatArray:
    """Return each group's mean over the subsamples in which it had anybody."""
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    union = rows[:, :, None] + columns[:, None, :] - tables
    best = (tables / np.maximum(union, 1.0)).max(axis=2)
    there = rows > 0.0
    total = np.where(there, best, 0.0).sum(axis=0)
    return np.asarray(total / np.maximum(there.sum(axis=0), 1))


def _rand(tables: FloatArray) -> FloatArray:
    def pairs(counts: FloatArray) -> FloatArray:
        return np.asarray(counts * (counts - 1.0) / 2.0)

    both = pairs(tables).sum(axis=(1, 2))
    rows = pairs(tables.sum(axis=2)).sum(axis=1)
    columns = pairs(tables.sum(axis=1)).sum(axis=1)
    expected = rows * columns / pairs(tables.sum(axis=(1, 2)))
    room = (rows + columns) / 2.0 - expected
    return np.where(room > 0.0, (both - expected) / np.where(room > 0.0, room, 1.0), 1.0)
