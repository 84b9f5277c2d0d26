"""What random networks keep, and the traps of those in use."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.louvain import louvain, louvain_quality
from rewire.numerics.network_nulls import (
    rewire_degree_preserving,
    rewire_off_diagonal,
    strength_preserving,
)


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _network(n: int, density: float, seed: int = 0) -> np.ndarray:
    rng = _rng(seed)
    upper = np.triu(rng.gamma(2.0, size=(n, n)) * (rng.random((n, n)) < density), 1)
    return upper + upper.T


def _off(weights: np.ndarray) -> np.ndarray:
    return weights[np.triu_indices(weights.shape[-1], 1)]


def test_a_square_has_one_other_form() -> None:
    # Edges 0-1 and 2-3 with weights 1 and 2 can only become 0-3, 1-2 or 0-2, 1-3.
    weights = np.zeros((4, 4))
    weights[0, 1] = weights[1, 0] = 1.0
    weights[2, 3] = weights[3, 2] = 2.0
    made = rewire_degree_preserving(weights, 2000, _rng()).weights
    ends = {tuple(np.argwhere(np.triu(m))[0].tolist()) for m in made}
    assert ends == {(0, 1), (0, 2), (0, 3)}
    assert (np.sort(np.array([_off(m) for m in made]), axis=1)[:, -2:] == [1.0, 2.0]).all()


@pytest.mark.parametrize("n", [12, 100, 300])
def test_degrees_and_weights_are_kept(n: int) -> None:
    weights = _network(n, 0.3)
    made = rewire_off_diagonal(weights, 3, _rng())
    for m in made.weights:
        assert np.array_equal(m, m.T)
        assert not np.diag(m).any()
        np.testing.assert_array_equal((m > 0).sum(axis=0), (weights > 0).sum(axis=0))
        np.testing.assert_array_equal(np.sort(_off(m)), np.sort(_off(weights)))
        assert not np.array_equal(m, weights)
    assert (made.swaps_per_edge > 0.5).all()


def test_every_network_is_another() -> None:
    made = rewire_off_diagonal(_network(30, 0.3), 20, _rng()).weights
    assert len({m.tobytes() for m in made}) == 20


def test_rewiring_destroys_modules() -> None:
    blocks = np.kron(np.eye(4), np.ones((8, 8)))
    np.fill_diagonal(blocks, 0.0)
    made = rewire_off_diagonal(blocks, 10, _rng(), rounds=10).weights
    # Four cliques have Q = 3/4; with seven random neighbours of 31 Q is about .3
    assert louvain_quality(made, 10, _rng()).max() < 0.45


def test_trap_a_unit_diagonal_gives_networks_that_are_not_symmetric() -> None:
    weights = _network(40, 0.4)
    with_loops = weights + np.eye(40)
    faithful = rewire_degree_preserving(with_loops, 20, _rng()).weights
    corrected = rewire_off_diagonal(with_loops, 20, _rng()).weights
    lopsided = [not np.array_equal(m, m.T) for m in faithful]
    assert all(lopsided)
    # The entry of a self loop goes off the diagonal, in one direction only.
    assert (np.trace(faithful, axis1=1, axis2=2) < 40).all()
    assert all(np.array_equal(m, m.T) for m in corrected)


def test_trap_in_a_dense_network_the_null_is_the_data() -> None:
    rng = _rng(2)
    weights = rng.gamma(2.0, size=(60, 60))
    weights[:30, :30] += 2.0
    weights[30:, 30:] += 2.0
    weights = (weights + weights.T) / 2.0
    np.fill_diagonal(weights, 0.0)
    data = louvain(weights, 50, rng).quality.max()
    full = rewire_off_diagonal(weights, 5, rng)
    assert (full.swaps_per_edge == 0.0).all()
    assert data / louvain_quality(full.weights, 50, rng).max(axis=1).mean() == pytest.approx(1.0)
    thin = np.where(weights > np.quantile(_off(weights), 0.05), weights, 0.0)
    nearly = rewire_off_diagonal(thin, 5, rng)
    assert (nearly.swaps_per_edge < 0.1).all()
    sparse = np.where(weights > np.quantile(_off(weights), 0.7), weights, 0.0)
    assert (rewire_off_diagonal(sparse, 5, rng).swaps_per_edge > 0.9).all()
    moved = strength_preserving(weights, 5, rng)
    assert data / louvain_quality(moved.weights, 50, rng).max(axis=1).mean() > 2.0


@pytest.mark.parametrize("density", [0.3, 0.7, 1.0])
def test_strengths_are_kept_at_any_density(density: float) -> None:
    weights = _network(90, density)
    made = strength_preserving(weights, 5, _rng())
    assert (made.strength_correlation > 0.9999).all()
    for m in made.weights:
        assert np.array_equal(m, m.T)
        assert not np.diag(m).any()
        np.testing.assert_array_equal((m > 0).sum(axis=0), (weights > 0).sum(axis=0))
        np.testing.assert_array_equal(np.sort(_off(m)), np.sort(_off(weights)))
        np.testing.assert_allclose(m.sum(axis=0), weights.sum(axis=0), rtol=0.05)
        assert abs(np.corrcoef(_off(m), _off(weights))[0, 1]) < 0.5


def test_the_reported_strength_correlation_is_that_of_numpy() -> None:
    weights = _network(20, 0.5)
    made = strength_preserving(weights, 3, _rng(), proposals=1)
    expected = [np.corrcoef(m.sum(axis=0), weights.sum(axis=0))[0, 1] for m in made.weights]
    np.testing.assert_allclose(made.strength_correlation, expected, rtol=1e-12)
    assert made.strength_correlation.min() < 0.9999


def test_where_nothing_can_be_swapped() -> None:
    star = np.zeros((5, 5))
    star[0, 1:] = star[1:, 0] = 1.0
    assert rewire_off_diagonal(star, 2, _rng()).swaps_per_edge.tolist() == [0.0, 0.0]
    empty = rewire_off_diagonal(np.zeros((4, 4)), 2, _rng())
    assert np.isnan(empty.swaps_per_edge).all()
    assert not empty.weights.any()
    assert np.isnan(rewire_off_diagonal(np.zeros((1, 1)), 2, _rng()).swaps_per_edge).all()
    even = strength_preserving(1.0 - np.eye(4), 2, _rng())
    assert np.isnan(even.strength_correlation).all()


def test_one_seed_one_answer() -> None:
    weights = _network(25, 0.5)
    for make in (rewire_off_diagonal, strength_preserving):
        first, second, other = (make(weights, 2, _rng(s)).weights for s in (1, 1, 2))
        assert np.array_equal(first, second)
        assert not np.array_equal(first, other)


def test_input_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="square"):
        rewire_degree_preserving(np.ones((2, 3)), 1, _rng())
    with pytest.raises(ValueError, match="symmetric"):
        rewire_degree_preserving(np.array([[0.0, 1.0], [0.0, 0.0]]), 1, _rng())
    with pytest.raises(ValueError, match="finite"):
        rewire_degree_preserving(np.full((3, 3), np.nan), 1, _rng())
