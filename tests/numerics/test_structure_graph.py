"""Which connections of a connectome count, and how long they are."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.structure_graph import (
    both_ways,
    connected,
    connection_lengths,
    keep_strongest,
    transformed,
)


def _counts(seed: int, n: int = 12) -> np.ndarray:
    made = np.triu(np.random.default_rng(seed).poisson(3.0, (n, n)), 1).astype(float)
    return made + made.T


def test_directions_are_averaged_and_an_unknown_one_stays_unknown() -> None:
    matrix = np.array([[5.0, 2.0, np.nan], [4.0, 5.0, 1.0], [6.0, 1.0, 5.0]])
    found = both_ways(matrix)
    assert found[0, 1] == found[1, 0] == 3.0
    assert np.isnan(found[0, 2])
    assert np.isnan(found[2, 0])
    assert np.diag(found).tolist() == [0.0, 0.0, 0.0]


def test_a_region_without_any_known_weight_takes_no_other_with_it() -> None:
    weights = _counts(0, 6) + 1.0 - np.eye(6)
    weights[2] = weights[:, 2] = np.nan
    assert connected(weights).tolist() == [True, True, False, True, True, True]


def test_all_connections_are_kept_at_density_one_and_a_fifth_at_a_fifth() -> None:
    made = np.triu(np.random.default_rng(1).uniform(1.0, 2.0, (11, 11)), 1)
    weights = made + made.T
    assert np.array_equal(keep_strongest(weights, 1.0), weights)
    kept = keep_strongest(weights, 0.2)
    assert np.count_nonzero(np.triu(kept)) == 11  # a fifth of 55 pairs
    assert kept[kept > 0.0].min() > weights[(kept == 0.0) & (weights > 0.0)].max()


def test_equals_of_the_weakest_are_kept_whatever_the_order_of_regions() -> None:
    weights = _counts(2)
    order = np.random.default_rng(3).permutation(len(weights))
    shuffled = keep_strongest(weights[np.ix_(order, order)], 0.2)
    assert np.array_equal(keep_strongest(weights, 0.2)[np.ix_(order, order)], shuffled)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        keep_strongest(_counts(0), share)


def test_ranks_share_the_mean_of_equals() -> None:
    weights = np.zeros((4, 4))
    weights[0, 1], weights[0, 2], weights[1, 2], weights[0, 3] = 5.0, 5.0, 1.0, 9.0
    found = transformed(weights + weights.T, "rank")
    assert found[0].tolist() == [0.0, 2.5 / 4, 2.5 / 4, 1.0]
    assert found[1, 2] == 0.25
    assert found[2, 3] == 0.0
    assert transformed(np.array([[0.0, np.e - 1.0]]), "log1p").tolist() == [[0.0, 1.0]]


def test_the_log_rule_turns_sums_into_products() -> None:
    weights = np.array([[0.0, 0.5, 0.2], [0.5, 0.0, 1.0], [0.2, 1.0, 0.0]])
    found = connection_lengths(weights, "log")
    np.testing.assert_allclose(found[0, 1:], [np.log(2.0), np.log(5.0)])
    assert 0.0 < found[1, 2] < 1e-8
    assert np.isinf(connection_lengths(np.zeros((2, 2)), "log")[0, 1])
