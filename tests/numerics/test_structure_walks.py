"""Communicability, first passage and similarity of connections."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from rewire.numerics.structure_walks import communicability, cosine_similarity, first_passage_times


def _weights(seed: int, n: int = 12) -> np.ndarray:
    made = np.triu(np.random.default_rng(seed).uniform(0.1, 5.0, (n, n)), 1)
    return made + made.T


def test_communicability_is_the_exponential_of_the_scaled_weights() -> None:
    weights = _weights(0)
    root = np.diag(1.0 / np.sqrt(weights.sum(axis=1)))
    expected = scipy.linalg.expm(root @ weights @ root)
    np.testing.assert_allclose(communicability(weights), expected, rtol=1e-10)


def test_first_passage_times_solve_their_own_equation() -> None:
    weights = _weights(1)
    steps = weights / weights.sum(axis=1, keepdims=True)
    times = first_passage_times(weights)
    # one step, then on from wherever it led
    expected = 1.0 + steps @ times
    off = ~np.eye(len(weights), dtype=bool)
    np.testing.assert_allclose(times[off], expected[off], rtol=1e-9)


def test_pieces_are_walked_by_themselves() -> None:
    weights = np.zeros((5, 5))
    weights[0, 1] = weights[1, 0] = 3.0
    weights[2, 3] = weights[3, 2] = 1.0
    found = first_passage_times(weights)
    assert found[0, 1] == found[2, 3] == 1.0
    assert np.isnan(found[0, 2])
    assert np.isnan(found[4, :4]).all()


def test_similarity_is_undefined_without_connections() -> None:
    weights = np.zeros((3, 3))
    weights[0, 1] = weights[1, 0] = 1.0
    assert np.isnan(cosine_similarity(weights)[2]).all()
