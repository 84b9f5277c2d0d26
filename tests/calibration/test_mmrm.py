"""MMRM in small trials: p under the null, coverage, and multiple imputation beside it.

Fifteen people an arm, four visits, and a quarter gone by the last, the worse they last were the
more likely. Bounds are three binomial standard errors about what is claimed.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from rewire.numerics.normal_imputation import impute_normal
from rewire.numerics.reference_imputation import Departure, compare_completed, impute_after
from rewire.numerics.repeated_inference import estimate_contrasts
from rewire.numerics.repeated_likelihood import RepeatedData
from rewire.numerics.repeated_model import fit_repeated

SPREAD = np.array([[9, 6, 5, 4], [6, 16, 10, 8], [5, 10, 20, 14], [4, 8, 14, 30]], float)
EFFECT = np.array([0.0, -1.0, -2.0, -4.0])
ARM = np.arange(30) % 2
EACH = np.broadcast_to(np.eye(4), (30, 4, 4))


def dropout(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return values, NaN from departure on, and the baseline."""
    base = 3.0 * rng.standard_normal(30)
    y = 0.5 * base[:, None] + rng.standard_normal((30, 4)) @ np.linalg.cholesky(SPREAD).T
    y += EFFECT * ARM[:, None]
    gone = np.zeros(30, dtype=bool)
    for t in range(1, 4):
        hazard = 1.0 / (1.0 + np.exp(2.4 - 0.15 * y[:, t - 1]))
        gone |= rng.random(30) < np.where(gone, 1.0, hazard)
        y[gone, t] = np.nan
    return y, base


def _model(y: np.ndarray, base: np.ndarray) -> RepeatedData:
    columns = [EACH, EACH * ARM[:, None, None], EACH * base[:, None, None]]
    return RepeatedData(y, np.concatenate(columns, axis=2))


def _misses(repeats: int) -> tuple[float, float, float]:
    """Return how often truth is missed at 5%, the bias in standard errors, and who is gone."""
    missed, off, gone = [], [], []
    for seed in range(repeats):
        y, base = dropout(np.random.default_rng([1, seed]))
        fit = fit_repeated(_model(y, base))
        assert fit.converged
        found = estimate_contrasts(fit, np.eye(12)[[7]])
        # a difference from the truth has the null's distribution: size and coverage in one
        t = (found.estimate - EFFECT[3]) / found.se
        missed.append(2.0 * special.stdtr(found.df, -np.abs(t)).item() < 0.05)
        off.append(t.item())
        gone.append(np.isnan(y[:, 3]).mean())
    return float(np.mean(missed)), float(np.mean(off)), float(np.mean(gone))


def test_kenward_roger_intervals_cover_after_dropout() -> None:
    missed, off, gone = _misses(100)
    assert 0.2 < gone < 0.32
    assert abs(missed - 0.05) < 3.0 * np.sqrt(0.05 * 0.95 / 100)
    assert abs(off) < 3.0 * 1.1 / np.sqrt(100)


@pytest.mark.slow
def test_kenward_roger_intervals_cover_after_dropout_at_full_size() -> None:
    missed, off, _ = _misses(3000)
    assert abs(missed - 0.05) < 3.0 * np.sqrt(0.05 * 0.95 / 3000)
    assert abs(off) < 3.0 * 1.1 / np.sqrt(3000)


def test_imputation_at_random_is_nearly_the_mixed_model() -> None:
    """Both are consistent under the same assumption; 400 draws leave an error of se / 30."""
    y, base = dropout(np.random.default_rng(2))
    model = estimate_contrasts(fit_repeated(_model(y, base)), np.eye(12)[4:8])
    x = np.column_stack([np.ones(30), ARM, base])
    draws = impute_normal(y, x, 400, np.random.default_rng(3))
    departure = Departure.of(y, x, (1,))
    pooled = compare_completed(impute_after(draws, departure, "mar"), departure, 1).tests
    np.testing.assert_allclose((pooled.estimate - model.estimate) / model.se, 0.0, atol=0.12)
    np.testing.assert_allclose(pooled.se, model.se, rtol=0.1)
    np.testing.assert_allclose(pooled.se[0], model.se[0], rtol=0.01)


def test_imputed_intervals_cover() -> None:
    missed = []
    for seed in range(100):
        y, base = dropout(np.random.default_rng([4, seed]))
        x = np.column_stack([np.ones(30), ARM, base])
        rng = np.random.default_rng([5, seed])
        draws = impute_normal(y, x, 10, rng)
        departure = Departure.of(y, x, (1,))
        found = compare_completed(draws.values, departure, 1).tests
        t = (found.estimate[3] - EFFECT[3]) / found.se[3]
        missed.append(2.0 * special.stdtr(found.df[3], -abs(t)) < 0.05)
    assert abs(np.mean(missed) - 0.05) < 3.0 * np.sqrt(0.05 * 0.95 / 100)
