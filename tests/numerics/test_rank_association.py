"""Spearman's correlation: hand-derived, scipy, R's exact p."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.influence import leave_one_out
from rewire.numerics.permute import permute_family
from rewire.numerics.rank_association import (
    RankModel,
    estimate_rank_association,
    rank_interval,
    ranked_models,
)

NONE = np.empty((0, 0))


def _model(y: np.ndarray, x: np.ndarray, covariates: np.ndarray = NONE) -> RankModel:
    return RankModel(y, x, covariates if covariates.size else np.empty((len(x), 0)))


def test_is_that_of_scipy_with_ties_and_missing_people() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 6, (20, 4)).astype(float)
    y[2, 1], y[5, 3] = np.nan, np.nan
    x = rng.integers(0, 8, 20).astype(float)
    ours = estimate_rank_association(_model(y, x))
    for cell in range(4):
        there = np.isfinite(y[:, cell])
        theirs = stats.spearmanr(x[there], y[there, cell])
        assert ours.estimate[cell] == pytest.approx(theirs.statistic)
        assert ours.p[cell] == pytest.approx(theirs.pvalue)
        assert ours.n[cell] == there.sum()


def test_permutation_gives_the_exact_p_of_r() -> None:
    """R 4.2.2: cor.test(1:7, c(2,1,4,3,7,5,6), method="spearman", exact=TRUE) gives p = 0.03413."""
    y = np.array([2.0, 1, 4, 3, 7, 5, 6])[:, None]
    model = _model(y, np.arange(1.0, 8.0))
    (found,) = permute_family([model], 5040, np.random.default_rng(0))
    assert estimate_rank_association(model).estimate[0] == pytest.approx(0.8214286, abs=1e-7)
    assert found.p[0] == pytest.approx(0.03413, abs=5e-6)


def test_cells_with_other_people_keep_their_own_p_when_permuted_together() -> None:
    rng = np.random.default_rng(1)
    y, x = rng.normal(size=(7, 3)), rng.normal(size=7)
    y[0, 1] = np.nan
    (whole,) = permute_family([_model(y, x)], 5040, rng)
    for cell in range(3):
        (one,) = permute_family([_model(y[:, [cell]], x)], 5040, rng)
        assert whole.p[cell] == pytest.approx(one.p[0])


def test_partial_is_pearsons_partial_correlation_of_ranks() -> None:
    rng = np.random.default_rng(4)
    z = rng.normal(size=30)
    x, y = np.exp(z + rng.normal(size=30)), np.exp(z + rng.normal(size=30))
    ours = estimate_rank_association(_model(y[:, None], x, z[:, None]))
    rank = np.corrcoef([stats.rankdata(v) for v in (x, y, z)])
    # from the three correlations by the formula of Yule
    xy, xz, yz = rank[0, 1], rank[0, 2], rank[1, 2]
    assert ours.estimate[0] == pytest.approx((xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2)))
    assert ours.df[0] == 27


def test_interval_by_hand() -> None:
    # atanh(.5) = .549306, se = sqrt(1.125 / 25) = .212132, times 1.959964 = .415771
    low, high = rank_interval(np.array([0.5, 0.5]), np.array([28.0, 3.0]))
    assert low[0] == pytest.approx(np.tanh(0.549306 - 0.415771), abs=1e-6)
    assert high[0] == pytest.approx(np.tanh(0.549306 + 0.415771), abs=1e-6)
    assert np.isnan([low[1], high[1]]).all()


def test_a_monotone_line_and_a_constant_have_no_estimate_but_a_status() -> None:
    y = np.column_stack([np.exp(np.arange(9.0)), np.zeros(9)])
    found = estimate_rank_association(_model(y, np.arange(9.0)))
    assert np.isnan(found.estimate).all()
    assert found.status.tolist() == ["no variance", "no variance"]


def test_ranks_are_taken_anew_without_a_participant() -> None:
    x = np.arange(8.0)
    y = np.array([0.0, 2, 1, 3, 4, 6, 5, -9])
    found = leave_one_out(_model(y[:, None], x))
    assert found.who[0] == 7
    assert found.estimate_without[0] == pytest.approx(stats.spearmanr(x[:7], y[:7]).statistic)


def test_ranks_are_among_the_people_of_a_cell() -> None:
    y = np.array([[1.0, np.nan], [5.0, 5.0], [3.0, 3.0], [4.0, 4.0]])
    parts = ranked_models(_model(y, np.array([1.0, 2.0, 3.0, 4.0])))
    assert [part.cells.tolist() for part in parts] == [[0], [1]]
    np.testing.assert_array_equal(parts[1].model.term, [np.nan, 1.0, 2.0, 3.0])
