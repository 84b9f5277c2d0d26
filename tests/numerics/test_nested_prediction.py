"""Nested cross-validation: nothing of a person who is predicted is ever learned from."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rewire.numerics.fold_preparation import Predictors
from rewire.numerics.nested_prediction import (
    INNER_FOLDS,
    Path,
    mean_predictions,
    nested_predictions,
    predict_folds,
)
from rewire.numerics.penalised_paths import elastic_net_predictions, logistic_predictions
from rewire.numerics.ridge_path import PENALTIES, ridge_predictions, selected_predictions

FOLDS = np.arange(40) % 4


def _predictors(seed: int, p: int = 60) -> tuple[Predictors, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(40, p))
    x[rng.random(x.shape) < 0.05] = np.nan
    y = np.nansum(x[:, :3], axis=1) + rng.normal(size=40)
    return Predictors(rng.normal(size=(40, 2)), x, rng.integers(0, 3, size=40)), y


PATHS: dict[str, Path] = {
    "ridge": ridge_predictions,
    "selected": partial(selected_predictions, keep=5),
    "elastic net": partial(elastic_net_predictions, keep=20),
    "logistic": partial(logistic_predictions, keep=20),
}


@pytest.mark.parametrize("name", list(PATHS))
def test_a_prediction_depends_on_nobody_else_in_the_test_fold(name: str) -> None:
    """Fails if scaling, imputation, harmonisation, selection or tuning sees the test people.

    All that belongs to the other test people, and the outcome of the person who is predicted, is
    replaced by nonsense; the prediction must not move by one bit.
    """
    predictors, y = _predictors(1)
    y = (y > 0.0).astype(float) if name == "logistic" else y
    rng = np.random.default_rng(7)
    person, others = 4, np.flatnonzero((FOLDS == 0) & (np.arange(40) != 4))
    always, x, site = predictors.always.copy(), predictors.penalised.copy(), predictors.site.copy()
    always[others] = 1e3 * rng.normal(size=(len(others), 2))
    x[others] = 1e3 + 50.0 * rng.normal(size=(len(others), x.shape[1]))
    x[others[:3]] = np.nan
    site[others] = 9
    told = y.copy()
    told[FOLDS == 0] = 1.0 - told[FOLDS == 0]
    spoilt = Predictors(always, x, site)
    before = next(
        predict_folds(predictors, y[:, None], FOLDS, PATHS[name], np.random.default_rng(3))
    )
    after = next(predict_folds(spoilt, told[:, None], FOLDS, PATHS[name], np.random.default_rng(3)))
    at = before.test.tolist().index(person)
    assert before.predictions[at] == after.predictions[at]
    assert before.penalty == after.penalty


def test_each_column_is_predicted_as_if_it_were_alone() -> None:
    predictors, y = _predictors(2)
    rng = np.random.default_rng(0)
    outcomes = np.stack([y, *(rng.permutation(y) for _ in range(3))], axis=1)
    for path in (ridge_predictions, PATHS["selected"]):
        together = nested_predictions(predictors, outcomes, FOLDS, path, np.random.default_rng(1))
        for b in range(4):
            alone = nested_predictions(
                predictors, outcomes[:, [b]], FOLDS, path, np.random.default_rng(1)
            )
            np.testing.assert_allclose(together[:, [b]], alone, rtol=1e-9)


def test_the_whole_is_a_nested_pipeline_of_scikit_learn() -> None:
    """Impute, scale and tune ridge in scikit-learn over the same inner folds."""
    predictors, y = _predictors(3)
    plain = Predictors(np.empty((40, 0)), predictors.penalised)
    got = nested_predictions(plain, y[:, None], FOLDS, ridge_predictions, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    x = predictors.penalised
    for fold in range(4):
        train, test = np.flatnonzero(fold != FOLDS), np.flatnonzero(fold == FOLDS)
        inner = rng.permutation(len(train)) % INNER_FOLDS
        errors = []
        for penalty in PENALTIES:
            total = 0.0
            for k in range(INNER_FOLDS):
                a, b = train[inner != k], train[inner == k]
                total += float(((_fit(x[a], y[a], penalty).predict(x[b]) - y[b]) ** 2).sum())
            errors.append(total)
        model = _fit(x[train], y[train], PENALTIES[int(np.argmin(errors))])
        np.testing.assert_allclose(got[test, 0], model.predict(x[test]), rtol=1e-9, atol=1e-9)


def _fit(x: np.ndarray, y: np.ndarray, penalty: float) -> object:
    size = StandardScaler().fit_transform(SimpleImputer().fit_transform(x)).var(axis=0).sum()
    model = make_pipeline(
        SimpleImputer(), StandardScaler(), Ridge(alpha=penalty * size, solver="svd")
    )
    return model.fit(x, y)


def test_the_mean_of_the_others() -> None:
    got = mean_predictions(np.array([[1.0], [2.0], [6.0]]), np.array([0, 1, 1]))
    assert got.ravel().tolist() == [4.0, 1.0, 1.0]
