"""Folds for cross-validation: dealt within strata, or one for each site."""

from __future__ import annotations

import numpy as np

from rewire.numerics.estimates import FloatArray, IntArray


def deal_folds(strata: IntArray, folds: int, rng: np.random.Generator) -> IntArray:
    """Deal people into folds so that each stratum is spread as evenly as it can be.

    Parameters
    ----------
    strata
        Stratum of each person, shape (people,).
    folds
        How many folds.
    rng
        Source of the deal.

    Returns
    -------
    ndarray
        Fold of each person, int64, shape (people,). Sizes of folds differ by at most one, and so
        do the numbers of each stratum in any two folds.

    Raises
    ------
    ValueError
        If there are fewer people than folds, or fewer than two folds.

    Examples
    --------
    >>> dealt = deal_folds(np.repeat([0, 1], [4, 6]), 2, np.random.default_rng(0))
    >>> np.bincount(dealt[:4]).tolist(), np.bincount(dealt[4:]).tolist()
    ([2, 2], [3, 3])
    """
    if not 2 <= folds <= len(strata):
        raise ValueError(f"{folds} folds of {len(strata)} people")
    order = rng.permutation(len(strata))
    order = order[np.argsort(strata[order], kind="stable")]
    names = rng.permutation(folds)
    dealt = np.empty(len(strata), dtype=np.int64)
    dealt[order] = names[np.arange(len(strata)) % folds]
    return dealt


def rank_bins(values: FloatArray, bins: int) -> IntArray:
    """Return bins of equal size in the order of the values, so that folds can be dealt by them.

    Parameters
    ----------
    values
        Shape (people,).
    bins
        How many.

    Examples
    --------
    >>> rank_bins(np.array([5.0, 1.0, 9.0, 3.0]), 2).tolist()
    [1, 0, 1, 0]
    """
    rank = np.empty(len(values), dtype=np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return rank * bins // max(len(values), 1)
