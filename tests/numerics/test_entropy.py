"""Entropies by hand and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.entropy import (
    degree_entropy,
    eigenvalue_entropy,
    histogram_entropy,
    shannon_entropy,
    transition_entropy,
)


def test_shannon_is_that_of_scipy() -> None:
    weights = np.random.default_rng(0).integers(0, 9, size=30).astype(float)
    assert shannon_entropy(weights) == pytest.approx(stats.entropy(weights, base=2))
    assert np.isnan(shannon_entropy(np.zeros(3)))
    assert np.isnan(shannon_entropy(np.array([1.0, np.nan])))


def test_eigenvalues_of_two_regions_by_hand() -> None:
    # r = .5: eigenvalues 1.5 and .5, hence shares 3/4 and 1/4
    expected = 2 - 0.75 * np.log2(3)
    assert eigenvalue_entropy(np.array([[1.0, 0.5], [0.5, 1.0]])) == pytest.approx(expected)
    assert eigenvalue_entropy(np.ones((5, 5))) == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(eigenvalue_entropy(np.full((2, 2), np.nan)))
    assert np.isnan(eigenvalue_entropy(np.zeros((0, 0))))
    assert np.isnan(eigenvalue_entropy(np.zeros((3, 3))))


def test_a_ring_and_a_star_have_the_degrees_one_knows() -> None:
    ring = np.zeros((8, 8))
    ring[np.arange(8), np.arange(1, 9) % 8] = 1.0
    ring += ring.T
    assert degree_entropy(ring, [8 / 28]) == pytest.approx([0.0])
    star = np.zeros((8, 8))
    star[0, 1:] = star[1:, 0] = 1.0
    expected = -(1 / 8) * np.log2(1 / 8) - (7 / 8) * np.log2(7 / 8)
    assert degree_entropy(star, [7 / 28]) == pytest.approx([expected])
    assert np.isnan(degree_entropy(star, [0.5])).all()  # not so many positive edges


def test_degrees_against_a_threshold_set_by_hand() -> None:
    r = np.corrcoef(np.random.default_rng(0).standard_normal((20, 40)))
    edges = np.sort(r[np.triu_indices(20, 1)])[::-1]
    for density, found in zip((0.1, 0.3), degree_entropy(r, (0.1, 0.3)), strict=True):
        kept = (r >= edges[round(density * 190) - 1]) & ~np.eye(20, dtype=bool)
        _, counts = np.unique(kept.sum(axis=0), return_counts=True)
        assert found == pytest.approx(stats.entropy(counts, base=2))
    with pytest.raises(ValueError, match="densities"):
        degree_entropy(r, [0.0])
    assert np.isnan(degree_entropy(np.ones((1, 1)), [0.5])).all()


def test_bins() -> None:
    assert histogram_entropy(np.arange(64.0), 16) == pytest.approx(4.0)
    assert np.isnan(histogram_entropy(np.full(9, 2.0), 4))
    assert np.isnan(histogram_entropy(np.array([1.0]), 4))


def test_transitions_by_hand() -> None:
    # from 0: once to 0, once to 1 (1 bit, half of the steps); from 1: always to 0
    assert transition_entropy(np.array([0, 0, 1, 0, -1, 1, 0]), 2) == pytest.approx(0.5, abs=1e-9)
    tosses = np.random.default_rng(0).integers(0, 4, 20_000)
    assert transition_entropy(tosses, 4) == pytest.approx(2.0, abs=0.01)
    assert np.isnan(transition_entropy(np.array([0, -1, 1]), 2))
