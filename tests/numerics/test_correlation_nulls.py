"""Random correlation matrices have the mean and spread asked for, and are correlation matrices."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.correlation_nulls import hqs_null


def _given(n: int, factor: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    series = rng.standard_normal((60, n)) + factor * rng.standard_normal((60, 1))
    return np.corrcoef(series.T)


def _off(matrix: np.ndarray) -> np.ndarray:
    return matrix[..., ~np.eye(matrix.shape[-1], dtype=bool)]


@pytest.mark.parametrize("factor", [0.3, 0.6, 1.0, 2.0])
def test_mean_and_spread_are_matched(factor: float) -> None:
    r = _given(90, factor)
    drawn = _off(hqs_null(r, 100, np.random.default_rng(1)).matrices)
    assert drawn.mean() == pytest.approx(_off(r).mean(), abs=0.02)
    assert drawn.std() == pytest.approx(_off(r).std(), rel=0.1)


def test_they_are_correlation_matrices() -> None:
    for matrix in hqs_null(_given(30, 0.7), 10, np.random.default_rng(0)).matrices:
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-15)
        assert (np.diag(matrix) == 1.0).all()
        assert np.linalg.eigvalsh(matrix).min() > -1e-10


def test_the_number_of_samples_by_hand() -> None:
    # Off-diagonal .2, .4, .6: mean .4, variance .08/3; (.36) (1.64) / .026667 = 22.1
    r = np.array([[1.0, 0.2, 0.4], [0.2, 1.0, 0.6], [0.4, 0.6, 1.0]])
    assert hqs_null(r, 1, np.random.default_rng(0)).samples == 22


def test_a_negative_mean_counts_as_none() -> None:
    r = _given(40, 0.0)
    r[~np.eye(40, dtype=bool)] -= 0.05
    drawn = _off(hqs_null(r, 50, np.random.default_rng(0)).matrices)
    assert abs(drawn.mean()) < 0.01


def test_nothing_to_match_gives_nan() -> None:
    assert np.isnan(hqs_null(np.eye(2), 3, np.random.default_rng(0)).matrices).all()
    same = np.where(np.eye(5, dtype=bool), 1.0, 0.5)
    assert hqs_null(same, 3, np.random.default_rng(0)).samples == 0


def test_input_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        hqs_null(np.full((3, 3), np.nan), 1, np.random.default_rng(0))
