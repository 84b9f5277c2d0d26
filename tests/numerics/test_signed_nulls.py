"""Signed random networks: no edge is lost, whatever its sign."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.signed_nulls import signed_strength_preserving


def correlations(nodes: int = 40, common: float = 0.3) -> np.ndarray:
    rng = np.random.default_rng(0)
    series = rng.standard_normal((80, nodes)) + common * rng.standard_normal((80, 1))
    series += 0.5 * rng.standard_normal((80, 4))[:, np.arange(nodes) % 4]
    r = np.corrcoef(series.T)
    r = (r + r.T) / 2.0
    np.fill_diagonal(r, 0.0)
    return r


def sparse(threshold: float = 0.15) -> np.ndarray:
    r = correlations()
    return np.where(np.abs(r) > threshold, r, 0.0)


@pytest.mark.parametrize("weights", [correlations(), sparse(), -correlations()])
def test_signs_degrees_and_weights_are_kept(weights: np.ndarray) -> None:
    made = signed_strength_preserving(weights, 5, np.random.default_rng(1))
    for network in made.weights:
        assert np.array_equal(network, network.T)
        assert not network.diagonal().any()
        for side in (np.greater, np.less):
            assert np.array_equal(side(network, 0).sum(axis=0), side(weights, 0).sum(axis=0))
        assert np.allclose(np.sort(network, axis=None), np.sort(weights, axis=None))
    assert (made.positive_correlation > 0.99).all()
    assert (made.negative_correlation > 0.95).all()


def test_signs_do_move() -> None:
    weights = correlations()
    made = signed_strength_preserving(weights, 5, np.random.default_rng(1))
    assert (made.swaps_per_edge > 0.5).all()
    agree = (np.sign(made.weights) == np.sign(weights)).mean()
    off = ~np.eye(40, dtype=bool)
    share = (weights[off] < 0).mean()
    assert agree < 1.0 - share  # far from the data: as near as chance and degrees make it


def test_one_sign_alone_has_nothing_to_exchange() -> None:
    made = signed_strength_preserving(np.ones((6, 6)), 2, np.random.default_rng(0))
    assert np.isnan(made.swaps_per_edge).all()
    assert np.isnan(made.negative_correlation).all()
    assert np.array_equal(made.weights[0], np.ones((6, 6)) - np.eye(6))


def test_tiny_networks_do_not_hang() -> None:
    for n in (0, 1, 2, 3):
        made = signed_strength_preserving(-np.ones((n, n)), 2, np.random.default_rng(0))
        assert made.weights.shape == (2, n, n)


def test_a_lopsided_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="symmetric"):
        signed_strength_preserving(np.triu(np.ones((3, 3))), 1, np.random.default_rng(0))
