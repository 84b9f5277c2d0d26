"""Shares, runs and transitions of sequences worked out by hand, and of a planted chain."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.state_sequence import (
    state_lifetimes,
    state_occupancy,
    state_runs,
    state_transitions,
    switching_rate,
)

# Runs: 0 0 | 1 1 1 | 0 | 2 2 - 2 | 1; the first and last are cut by the ends, those beside the
# missing volume by it.
_HAND = np.array([0, 0, 1, 1, 1, 0, 2, 2, -1, 2, 1])


def test_hand_made_sequence() -> None:
    np.testing.assert_allclose(state_occupancy(_HAND, 4), [0.3, 0.4, 0.3, 0.0])
    np.testing.assert_allclose(state_lifetimes(_HAND, 4), [1.0, 3.0, np.nan, np.nan])
    runs = state_runs(_HAND)
    assert runs.state.tolist() == [0, 1, 0, 2, 2, 1]
    assert runs.length.tolist() == [2, 3, 1, 2, 1, 1]
    assert runs.complete.tolist() == [False, True, True, False, False, False]
    # steps: 00 01 11 11 10 02 22 21, of which four change the state
    assert switching_rate(_HAND) == 0.5
    expected = [[1 / 3, 1 / 3, 1 / 3], [1 / 3, 2 / 3, 0], [0, 1 / 2, 1 / 2]]
    np.testing.assert_allclose(state_transitions(_HAND, 3), expected)


def test_planted_chain_is_recovered() -> None:
    chain = np.array([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.2, 0.1, 0.7]])
    rng = np.random.default_rng(0)
    labels = np.zeros(60_000, dtype=np.int64)
    for t in range(1, len(labels)):
        labels[t] = rng.choice(3, p=chain[labels[t - 1]])
    np.testing.assert_allclose(state_transitions(labels, 3), chain, atol=0.01)
    np.testing.assert_allclose(state_lifetimes(labels, 3), 1.0 / (1.0 - np.diag(chain)), rtol=0.03)
    share = np.linalg.matrix_power(chain, 200)[0]
    np.testing.assert_allclose(state_occupancy(labels, 3), share, atol=0.01)
    assert switching_rate(labels) == pytest.approx(share @ (1.0 - np.diag(chain)), rel=0.03)


@pytest.mark.parametrize("labels", [[], [-1, -1]])
def test_nothing_gives_nan(labels: list[int]) -> None:
    sequence = np.array(labels, dtype=np.int64)
    assert np.isnan(state_occupancy(sequence, 2)).all()
    assert np.isnan(state_lifetimes(sequence, 2)).all()
    assert np.isnan(state_transitions(sequence, 2)).all()
    assert np.isnan(switching_rate(sequence))
    assert len(state_runs(sequence).state) == 0


def test_one_state_all_along_has_no_lifetime() -> None:
    sequence = np.zeros(20, dtype=np.int64)
    assert np.isnan(state_lifetimes(sequence, 1)).all()
    assert switching_rate(sequence) == 0.0
