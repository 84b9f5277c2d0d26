"""Ridge over its grid beside scikit-learn's Ridge, one fit at a time."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from rewire.numerics.fold_preparation import Predictors, prepare_fold
from rewire.numerics.ridge_path import (
    PENALTIES,
    ridge_predictions,
    ridge_slopes,
    selected_predictions,
)

TRAIN, TEST = np.arange(40), np.arange(40, 50)


def _data(p: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(p)
    x = 5.0 + rng.normal(size=(50, p)) @ rng.normal(size=(p, p))
    return x, x[:, :2].sum(axis=1, keepdims=True) + rng.normal(size=(50, 3))


@pytest.mark.parametrize("p", [3, 120])
def test_predictions_and_slopes_equal_those_of_scikit_learn(p: int) -> None:
    x, y = _data(p)
    prepared = prepare_fold(Predictors(np.empty((50, 0)), x), TRAIN, TEST)
    got = ridge_predictions(prepared, y[TRAIN])
    scaler = StandardScaler().fit(x[TRAIN])
    for at, penalty in enumerate(PENALTIES):
        # standardised predictors have a total variance of p
        model = Ridge(alpha=penalty * p, solver="svd").fit(scaler.transform(x[TRAIN]), y[TRAIN])
        want = model.predict(scaler.transform(x[TEST]))
        np.testing.assert_allclose(got[at], want, rtol=1e-10, atol=1e-10 * np.abs(y).max())
        slopes = ridge_slopes(prepared, y[TRAIN, 0], at)
        np.testing.assert_allclose(slopes, model.coef_[0], rtol=1e-8, atol=1e-10)


def test_what_is_always_in_bears_no_penalty() -> None:
    """Solve the joint normal equations, whose penalty has zeros for the first columns."""
    x, y = _data(60)
    always = x[:, :2] + np.random.default_rng(9).normal(size=(50, 2))
    prepared = prepare_fold(Predictors(always, x), TRAIN, TEST)
    got = ridge_predictions(prepared, y[TRAIN])
    z = (x - x[TRAIN].mean(axis=0)) / x[TRAIN].std(axis=0)
    design = np.column_stack([np.ones(50), always, z])
    size = (prepared.train**2).sum() / len(TRAIN)
    for at, penalty in enumerate(PENALTIES):
        ridge = np.diag([0.0] * 3 + [penalty * size] * 60)
        slopes = np.linalg.solve(
            design[TRAIN].T @ design[TRAIN] + ridge, design[TRAIN].T @ y[TRAIN]
        )
        np.testing.assert_allclose(got[at], design[TEST] @ slopes, rtol=1e-7, atol=1e-7)


def test_selection_keeps_what_scikit_learn_keeps() -> None:
    x, y = _data(70)
    prepared = prepare_fold(Predictors(np.empty((50, 0)), x), TRAIN, TEST)
    got = selected_predictions(prepared, y[TRAIN], 5)
    scaler = StandardScaler().fit(x[TRAIN])
    for b in range(3):
        kept = SelectKBest(f_regression, k=5).fit(scaler.transform(x[TRAIN]), y[TRAIN, b])
        a, t = (kept.transform(scaler.transform(x[rows])) for rows in (TRAIN, TEST))
        for at, penalty in enumerate(PENALTIES):
            want = Ridge(alpha=penalty * 5, solver="svd").fit(a, y[TRAIN, b]).predict(t)
            np.testing.assert_allclose(got[at, :, b], want, rtol=1e-9, atol=1e-9)


def test_nothing_to_penalise_leaves_least_squares() -> None:
    x, y = _data(3)
    prepared = prepare_fold(Predictors(x, np.empty((50, 0))), TRAIN, TEST)
    got = ridge_predictions(prepared, y[TRAIN])
    design = np.column_stack([np.ones(50), x])
    slopes = np.linalg.lstsq(design[TRAIN], y[TRAIN], rcond=None)[0]
    assert got.shape == (1, 10, 3)
    np.testing.assert_allclose(got[0], design[TEST] @ slopes, rtol=1e-9)
