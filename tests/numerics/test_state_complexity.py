"""Complexity of state sequences: hand-made orders, bias of short scans, and bad input."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.state_complexity import state_complexity


def _chain(stay: float, length: int, states: int, rng: np.random.Generator) -> np.ndarray:
    moves = rng.random(length) > stay
    steps = rng.integers(1, states, length)
    return np.cumsum(np.where(moves, steps, 0)) % states


def test_coin_tosses_have_no_order() -> None:
    rng = np.random.default_rng(0)
    found = state_complexity(rng.integers(0, 3, 3000), 3, 50, rng)
    assert found.words == pytest.approx(1.0, abs=0.03)
    assert found.words_markov == pytest.approx(1.0, abs=0.03)
    assert found.transition_entropy == pytest.approx(np.log2(3), abs=0.01)


def test_a_markov_chain_has_the_words_of_its_surrogates_and_the_entropy_of_its_formula() -> None:
    rng = np.random.default_rng(1)
    found = state_complexity(_chain(0.9, 5000, 3, rng), 3, 50, rng)
    assert found.words == pytest.approx(found.words_markov, rel=0.08)
    expected = -(0.9 * np.log2(0.9) + 2 * 0.05 * np.log2(0.05))
    assert found.transition_entropy == pytest.approx(expected, abs=0.03)


def test_order_beyond_one_step_needs_fewer_words_than_the_markov_sequences() -> None:
    rng = np.random.default_rng(2)
    labels = np.tile([0, 0, 1, 1, 2, 0, 1, 2, 2, 1], 60)
    found = state_complexity(labels, 3, 50, rng)
    assert found.words < 0.3 * found.words_markov


def test_the_bias_that_it_shows_is_the_bias_of_short_sequences() -> None:
    rng = np.random.default_rng(3)
    truth = -(0.8 * np.log2(0.8) + 2 * 0.1 * np.log2(0.1))
    short = [state_complexity(_chain(0.8, 60, 3, rng), 3, 30, rng) for _ in range(200)]
    error = np.mean([one.transition_entropy for one in short]) - truth
    shown = np.mean([one.bias for one in short])
    assert error < -0.02
    assert shown == pytest.approx(error, abs=0.03)


def test_steps_across_missing_volumes_do_not_count() -> None:
    rng = np.random.default_rng(4)
    labels = np.array([0, 1, -1, 1, 0, 1, -1, 1, 0])  # never twice the same in a row
    assert state_complexity(labels, 2, 5, rng).transition_entropy == 0.0


@pytest.mark.parametrize("labels", [[], [0], [-1, -1], [0, -1, 1]])
def test_too_little_gives_nan(labels: list[int]) -> None:
    found = state_complexity(np.array(labels, dtype=np.int64), 2, 5, np.random.default_rng(0))
    assert np.isnan([found.words, found.words_markov, found.transition_entropy, found.bias]).all()


def test_one_state_throughout_is_certain() -> None:
    found = state_complexity(np.zeros(50, dtype=np.int64), 2, 5, np.random.default_rng(0))
    assert (found.words, found.transition_entropy, found.bias) == (1.0, 0.0, 0.0)


def test_no_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one surrogate"):
        state_complexity(np.array([0, 1]), 2, 0, np.random.default_rng(0))
