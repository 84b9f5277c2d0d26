"""Structures of the covariance of visits: positive, nested, and with the derivatives they claim."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.repeated_covariance import STRUCTURES, Structure, StructureName

SIZES = {
    "unstructured": 10,
    "toeplitz": 4,
    "ar(1)": 2,
    "compound symmetry": 2,
    "heterogeneous toeplitz": 7,
    "heterogeneous ar(1)": 5,
    "heterogeneous compound symmetry": 5,
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_every_free_number_gives_a_positive_matrix(name: StructureName) -> None:
    rng = np.random.default_rng(0)
    structure = Structure(name, 4)
    assert structure.size == SIZES[name]
    for _ in range(50):
        matrix = structure.covariance(structure.natural(1.5 * rng.standard_normal(structure.size)))
        np.testing.assert_array_equal(matrix, matrix.T)
        assert np.linalg.eigvalsh(matrix).min() > 0.0


@pytest.mark.parametrize("visits", [1, 2, 4])
@pytest.mark.parametrize("name", STRUCTURES)
def test_derivatives_are_those_of_the_matrix(name: StructureName, visits: int) -> None:
    structure = Structure(name, visits)
    free = np.random.default_rng(1).standard_normal(structure.size)
    at = structure.natural(free)
    h = 1e-5

    def slope(function, x):  # type: ignore[no-untyped-def]
        moves = h * np.eye(structure.size)
        return np.array([(function(x + m) - function(x - m)) / (2.0 * h) for m in moves])

    close = {"rtol": 1e-6, "atol": 1e-7}
    np.testing.assert_allclose(structure.slopes(at), slope(structure.covariance, at), **close)
    np.testing.assert_allclose(structure.curvature(at), slope(structure.slopes, at), **close)
    np.testing.assert_allclose(
        structure.natural_slopes(free).T, slope(structure.natural, free), **close
    )


def test_matrices_by_hand() -> None:
    cs = Structure("heterogeneous compound symmetry", 2)
    np.testing.assert_allclose(cs.covariance(np.array([4.0, 9.0, 0.5])), [[4, 3], [3, 9]])
    ar = Structure("heterogeneous ar(1)", 3).covariance(np.array([1.0, 4.0, 9.0, 0.5]))
    np.testing.assert_allclose(ar, [[1, 1, 0.75], [1, 4, 3], [0.75, 3, 9]])
    band = Structure("toeplitz", 3).covariance(np.array([4.0, 2.0, 1.0]))
    np.testing.assert_allclose(band, [[4, 2, 1], [2, 4, 2], [1, 2, 4]])


def test_toeplitz_correlations_come_from_partial_ones() -> None:
    # by hand: r1 = p1, r2 = p2 (1 - p1^2) + p1^2; p1 = .5, p2 = .2 gives .4
    free = np.concatenate([[0.0], np.arctanh([0.5, 0.2])])
    np.testing.assert_allclose(Structure("toeplitz", 3).natural(free), [1.0, 0.5, 0.4])


def test_a_search_starts_at_the_matrix_it_is_given() -> None:
    given = np.array([[4.0, 1.0, 0.5], [1.0, 9.0, 2.0], [0.5, 2.0, 16.0]])
    structure = Structure("unstructured", 3)
    np.testing.assert_allclose(
        structure.covariance(structure.natural(structure.start(given))), given
    )
