"""One connectome for a group of people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BINS = 20
"""Classes of distance, with equally many pairs of regions each."""


def mean_connectome(weights: FloatArray) -> FloatArray:
    """Average connectomes over people.

    Parameters
    ----------
    weights
        Shape (people, regions, regions); NaN where a person's weight is unknown.

    Returns
    -------
    FloatArray
        Mean over the people whose weight is known, shape (regions, regions); NaN where none is.

    Examples
    --------
    >>> mean_connectome(np.array([[[0.0, 2.0], [2.0, 0.0]], [[0.0, np.nan], [np.nan, 0.0]]]))[0]
    array([0., 2.])
    """
    known = np.isfinite(weights)
    people = known.sum(axis=0)
    mean = np.full(weights.shape[1:], np.nan)
    np.divide(np.where(known, weights, 0.0).sum(axis=0), people, out=mean, where=people > 0)
    return mean


def consensus_connectome(
    weights: FloatArray, distance: FloatArray, across: BoolArray, bins: int = BINS
) -> FloatArray:
    """Keep the connections that most people have, as many at each distance as a person has.

    Parameters
    ----------
    weights
        Shape (people, regions, regions), symmetric, not negative, 0 where a person has no
        connection; NaN where unknown.
    distance
        Between regions, shape (regions, regions), symmetric; pairs with a NaN are a class of their
        own.
    across
        Pairs in two hemispheres, bool, shape (regions, regions); they are classes of their own.
    bins
        Classes of distance, with equally many pairs each.

    Returns
    -------
    FloatArray
        Mean weight over the people who have the connection, 0 where it is not kept, shape
        (regions, regions); NaN where nobody's weight is known.

    Notes
    -----
    Betzel et al. 2019 (10.1162/netn_a_00075): a threshold on consistency alone would lose long
    connections. In each class as many connections are kept as people have on average in it
    (rounded), those of most people first and then the strongest.

    Examples
    --------
    >>> one = np.array([[0.0, 5.0, 1.0], [5.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    >>> two = np.array([[0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> none = np.zeros((3, 3), dtype=bool)
    >>> consensus_connectome(np.stack([one, two, two]), np.ones((3, 3)), none).tolist()
    [[0.0, 3.6666666666666665, 0.0], [3.6666666666666665, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    i, j = np.triu_indices(weights.shape[1], 1)
    held = weights[:, i, j]
    known = np.isfinite(held)
    there = known & (np.nan_to_num(held) > 0.0)
    people, own = known.sum(axis=0), there.sum(axis=0)
    share = np.divide(own, people, out=np.zeros(len(i)), where=people > 0)
    strength = np.where(there, held, 0.0).sum(axis=0) / np.maximum(own, 1)
    kept = np.zeros(len(i), dtype=bool)
    for members in _classes(distance[i, j], across[i, j], people > 0, bins):
        count = int(np.floor(share[members].sum() + 0.5))
        order = np.lexsort((-strength[members], -share[members]))
        kept[members[order[:count]]] = True
    group = np.zeros(weights.shape[1:])
    group[i, j] = np.where(people > 0, np.where(kept, strength, 0.0), np.nan)
    return group + group.T


def _classes(
    distance: FloatArray, across: BoolArray, known: BoolArray, bins: int
) -> list[npt.NDArray[np.intp]]:
    """Return the pairs of each class of distance and hemisphere."""
    found = []
    for side in (False, True):
        apart = (across == side) & known
        far = np.flatnonzero(apart & np.isfinite(distance))
        inner = np.linspace(0.0, 1.0, bins + 1)[1:-1]
        edges = np.quantile(distance[far], inner) if len(far) else inner
        label = np.searchsorted(edges, distance[far], side="right")
        found += [far[label == one] for one in np.unique(label)]
        found.append(np.flatnonzero(apart & ~np.isfinite(distance)))
    return [members for members in found if len(members)]
