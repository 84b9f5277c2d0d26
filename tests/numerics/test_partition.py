"""Agreement of partitions, by hand and beside scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from rewire.numerics.partition import compare_partitions, in_order, mean_variation, split_modules


def test_by_hand() -> None:
    # Halves of four nodes against {3, 1}: joint entropy 1.5 log 2; H = log 2 and
    # log 4 - 3/4 log 3. Pairs together: 1 in both, 2 and 3 in one each, of 6.
    found = compare_partitions(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]))
    left, right, joint = np.log(2), np.log(4) - 0.75 * np.log(3), 1.5 * np.log(2)
    assert found.variation == pytest.approx((2 * joint - left - right) / np.log(4))
    assert found.mutual == pytest.approx((left + right - joint) / ((left + right) / 2))
    assert found.rand == pytest.approx((1 - 2 * 3 / 6) / (2.5 - 1))


@pytest.mark.parametrize("seed", range(10))
def test_as_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 5, 80), rng.integers(0, 1 + seed, 80)
    found = compare_partitions(a, b)
    assert found.rand == pytest.approx(adjusted_rand_score(a, b), abs=1e-12)
    assert found.mutual == pytest.approx(normalized_mutual_info_score(a, b), abs=1e-12)


def test_names_do_not_matter_and_the_order_of_two_does_not() -> None:
    a, b = np.array([3, 3, 7, 7, 1]), np.array([0, 0, 2, 2, 1])
    same = compare_partitions(a, b)
    assert (same.variation, same.mutual, same.rand) == pytest.approx((0.0, 1.0, 1.0))
    assert compare_partitions(a, a % 2) == compare_partitions(a % 2, a)


def test_chance_has_no_adjusted_agreement() -> None:
    rng = np.random.default_rng(0)
    made = [
        compare_partitions(rng.integers(0, 4, 60), rng.integers(0, 4, 60)).rand for _ in range(300)
    ]
    assert abs(np.mean(made)) < 4 * np.std(made) / np.sqrt(300)


def test_what_says_nothing_is_nan() -> None:
    whole = compare_partitions(np.zeros(4, int), np.zeros(4, int))
    assert whole.variation == 0.0
    assert np.isnan([whole.mutual, whole.rand]).all()
    none = compare_partitions(np.zeros(0, int), np.zeros(0, int))
    assert np.isnan([none.variation, none.mutual, none.rand]).all()
    assert np.isnan(mean_variation(np.zeros((1, 4), int)))
    with pytest.raises(ValueError, match="shapes"):
        compare_partitions(np.zeros(3, int), np.zeros(4, int))


def test_mean_variation_counts_every_pair() -> None:
    labels = np.random.default_rng(1).integers(0, 3, (6, 20))
    labels = np.concatenate([labels, labels[:2]])
    pairs = [compare_partitions(labels[i], labels[j]).variation for i in range(8) for j in range(i)]
    assert mean_variation(labels) == pytest.approx(np.mean(pairs))


def test_order_and_pieces() -> None:
    assert in_order(np.array([5, 2, 5, 9])).tolist() == [0, 1, 0, 2]
    path = np.diag(np.ones(3), 1) + np.diag(np.ones(3), -1)
    assert split_modules(path, np.array([0, 0, 1, 1])) == 0
    assert split_modules(path, np.array([0, 1, 1, 0])) == 1
    assert split_modules(-path, np.array([0, 0, 1, 1])) == 2
