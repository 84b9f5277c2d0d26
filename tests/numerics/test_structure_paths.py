"""Shortest paths, search information and path transitivity."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.structure_paths import matching, path_measures, shortest_lengths


def _weights(seed: int, n: int = 15, share: float = 0.4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = np.triu(rng.uniform(0.1, 5.0, (n, n)) * (rng.random((n, n)) < share), 1)
    return made + made.T


def test_the_log_rule_takes_the_path_with_the_largest_product() -> None:
    weights = np.array([[0.0, 0.9, 0.5], [0.9, 0.0, 0.9], [0.5, 0.9, 0.0]])
    # 1 / w: 2 directly, 2.22 by the middle; products over the largest weight: .556 against 1
    np.testing.assert_allclose(shortest_lengths(weights, "inverse")[0, 2], 2.0)
    np.testing.assert_allclose(shortest_lengths(weights, "log")[0, 2], 2e-9)


def test_equally_short_paths_add_their_chances() -> None:
    square = np.array([[0.0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]])
    found = path_measures(square)
    # each of the two paths over two connections is walked with chance 1/4
    assert found.search_information[0, 2] == 1.0
    assert found.search_information[0, 1] == 1.0


def test_path_transitivity_of_equally_short_paths_is_their_mean() -> None:
    weights = np.array([[0.0, 1, 1, 0, 0], [1, 0, 0, 1, 1], [1, 0, 0, 1, 0], [0, 1, 1, 0, 1.0],
                        [0, 1, 0, 1, 0]])  # fmt: skip
    m = matching(weights)
    by_one = (m[0, 1] + m[1, 3] + m[0, 3]) / 3.0
    by_two = (m[0, 2] + m[2, 3] + m[0, 3]) / 3.0
    assert by_one != by_two
    np.testing.assert_allclose(path_measures(weights).transitivity[0, 3], (by_one + by_two) / 2.0)


@pytest.mark.parametrize("rule", ["inverse", "log"])
def test_the_order_of_regions_plays_no_part(rule: str) -> None:
    weights = np.round(_weights(4, share=0.3))  # whole numbers, so that paths are equally short
    order = np.random.default_rng(5).permutation(len(weights))
    here, there = (path_measures(w, rule) for w in (weights, weights[np.ix_(order, order)]))
    for name in ("length", "search_information", "transitivity"):
        value = getattr(here, name)[np.ix_(order, order)]
        np.testing.assert_allclose(getattr(there, name), value, rtol=1e-9, atol=1e-12)


def test_no_path_is_infinitely_long_and_says_nothing_else() -> None:
    weights = np.zeros((4, 4))
    weights[0, 1] = weights[1, 0] = weights[2, 3] = weights[3, 2] = 2.0
    found = path_measures(weights)
    assert found.length[0].tolist() == [0.0, 0.5, np.inf, np.inf]
    assert np.isnan(found.search_information[0, 2:]).all()
    assert np.isnan(found.transitivity[0, 2:]).all()
