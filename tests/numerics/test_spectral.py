"""What surrogate series keep and lose, and why neither is a null for static modularity."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.correlation import pearson_matrix, positive_weights
from rewire.numerics.graph import density
from rewire.numerics.louvain import louvain
from rewire.numerics.spectral import surrogate_common_phases, surrogate_independent_phases


def _series(volumes: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((volumes, 20)).cumsum(axis=0)
    noise[:, :10] += 3.0 * rng.standard_normal((volumes, 1))
    return noise + 100.0


@pytest.mark.parametrize("volumes", [100, 101])
@pytest.mark.parametrize("make", [surrogate_common_phases, surrogate_independent_phases])
def test_spectrum_and_mean_are_kept_and_the_series_is_not(make, volumes: int) -> None:
    series = _series(volumes)
    made = make(series, np.random.default_rng(1))
    np.testing.assert_allclose(
        np.abs(np.fft.rfft(made, axis=0)), np.abs(np.fft.rfft(series, axis=0)), atol=1e-8
    )
    np.testing.assert_allclose(made.mean(axis=0), series.mean(axis=0))
    assert np.abs(made - series).max() > 1.0


def test_common_phases_keep_q_exactly() -> None:
    series = _series(100)
    made = surrogate_common_phases(series, np.random.default_rng(1))
    np.testing.assert_allclose(np.cov(made.T), np.cov(series.T), rtol=1e-8, atol=1e-8)
    before, after = (
        louvain(positive_weights(pearson_matrix(x)), 20, np.random.default_rng(0)).quality.max()
        for x in (series, made)
    )
    assert after == pytest.approx(before, abs=1e-9)


def test_independent_phases_leave_a_network_of_noise() -> None:
    shared = np.random.default_rng(2).standard_normal((200, 1))
    series = shared + np.random.default_rng(3).standard_normal((200, 30))
    made = surrogate_independent_phases(series, np.random.default_rng(1))
    assert density(positive_weights(pearson_matrix(series))) == 1.0
    assert density(positive_weights(pearson_matrix(made))) == pytest.approx(0.5, abs=0.1)


def test_a_gap_stays_a_gap() -> None:
    series = _series(50)
    series[4, 3] = np.nan
    made = surrogate_common_phases(series, np.random.default_rng(1))
    assert np.isnan(made[:, 3]).all()
    assert np.isfinite(np.delete(made, 3, axis=1)).all()
