"""Properties of networks small enough to work out on paper."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.graph import density, modularity, modularity_matrix, strengths


def test_density_leaves_self_loops_out() -> None:
    path = np.array([[5.0, 1.0, 0.0], [1.0, 0.0, 2.0], [0.0, 2.0, 0.0]])
    assert density(path) == pytest.approx(2 / 3)
    assert np.isnan(density(np.ones((1, 1))))
    assert np.isnan(density(np.full((3, 3), np.nan)))


def test_strengths_by_hand() -> None:
    path = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 2.0], [0.0, 2.0, 0.0]])
    assert strengths(path).tolist() == [1.0, 3.0, 2.0]


def test_modularity_of_two_triangles_and_a_bridge() -> None:
    # Seven edges; in each module three edges inside and degrees 7: 2 (3/7 - (7/14)^2) = 5/14
    edges = [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5), (2, 3)]
    weights = np.zeros((6, 6))
    for i, j in edges:
        weights[i, j] = weights[j, i] = 1.0
    labels = np.array([0, 0, 0, 1, 1, 1])
    assert modularity(weights, labels) == pytest.approx(5 / 14)
    # At gamma 2: 2 (3/7 - 2/4) = -1/7
    assert modularity(weights, labels, 2.0) == pytest.approx(-1 / 7)


def test_modularity_with_a_unit_diagonal() -> None:
    # Two nodes, one edge, two self loops counted once: s = 4, k = (2, 2)
    weights = np.ones((2, 2))
    assert modularity(weights, np.array([0, 1])) == pytest.approx(0.0)
    # Without the loops: s = 2, apart -2 * 1 / 4
    assert modularity(1.0 - np.eye(2), np.array([0, 1])) == pytest.approx(-0.5)


def test_rows_of_the_modularity_matrix_sum_to_zero() -> None:
    rng = np.random.default_rng(0)
    weights = rng.random((7, 7))
    weights += weights.T
    matrix = modularity_matrix(weights)
    np.testing.assert_allclose(matrix.sum(axis=0), 0.0, atol=1e-12)
    assert np.array_equal(matrix, matrix.T)


def test_nothing_has_no_modularity() -> None:
    assert np.isnan(modularity(np.zeros((3, 3)), np.zeros(3, dtype=np.int64)))
    assert np.isnan(modularity_matrix(np.zeros((3, 3)))).all()
