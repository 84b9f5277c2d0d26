"""Folds are even, within strata too, and follow their generator."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.folds import deal_folds, rank_bins


def test_each_stratum_is_spread_evenly() -> None:
    strata = np.repeat([0, 1, 2], [7, 11, 5])
    for seed in range(20):
        dealt = deal_folds(strata, 5, np.random.default_rng(seed))
        counts = np.array([np.bincount(dealt[strata == s], minlength=5) for s in range(3)])
        assert np.ptp(counts, axis=1).max() <= 1
        assert np.ptp(np.bincount(dealt)) <= 1


def test_the_deal_is_random() -> None:
    strata = np.zeros(10, dtype=np.int64)
    deals = {tuple(deal_folds(strata, 2, np.random.default_rng(s))) for s in range(10)}
    assert len(deals) > 5


def test_fewer_people_than_folds_are_refused() -> None:
    with pytest.raises(ValueError, match="3 folds of 2 people"):
        deal_folds(np.zeros(2, dtype=np.int64), 3, np.random.default_rng(0))


def test_bins_hold_equally_many() -> None:
    bins = rank_bins(np.random.default_rng(0).normal(size=20), 4)
    assert np.bincount(bins).tolist() == [5, 5, 5, 5]
