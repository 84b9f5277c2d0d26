"""Elastic net and logistic ridge beside scikit-learn."""

from __future__ import annotations

import numpy as np
from scipy.special import expit
from sklearn.linear_model import ElasticNet, LogisticRegression

from rewire.numerics.fold_preparation import Predictors, prepare_fold
from rewire.numerics.penalised_paths import elastic_net_predictions, logistic_predictions
from rewire.numerics.ridge_path import PENALTIES

TRAIN, TEST = np.arange(40), np.arange(40, 50)


def _prepared(p: int) -> tuple[np.ndarray, object]:
    x = np.random.default_rng(p).normal(size=(50, p))
    return x, prepare_fold(Predictors(np.empty((50, 0)), x), TRAIN, TEST)


def test_elastic_net_is_scikit_learns() -> None:
    x, prepared = _prepared(30)
    y = x[:, :1] - x[:, 1:2] + np.random.default_rng(1).normal(size=(50, 1))
    got = elastic_net_predictions(prepared, y[TRAIN])
    cleared = y[TRAIN, 0] - y[TRAIN, 0].mean()
    largest = np.abs(prepared.train.T @ cleared).max() / (40 * 0.5)
    for at, share in enumerate(np.logspace(0.0, -2.0, len(PENALTIES))):
        model = ElasticNet(alpha=largest * share, l1_ratio=0.5, tol=1e-8, max_iter=20_000)
        want = model.fit(prepared.train, y[TRAIN, 0]).predict(prepared.test)
        np.testing.assert_allclose(got[at, :, 0], want, atol=6e-3 * y.std())
    np.testing.assert_allclose(got[0, :, 0], y[TRAIN].mean())  # the largest sets all to 0


def test_logistic_ridge_is_scikit_learns_below_and_above_n() -> None:
    for p in (4, 90):
        x, prepared = _prepared(p)
        y = (x[:, :1] + np.random.default_rng(2).normal(size=(50, 1)) > 0.0).astype(float)
        got = logistic_predictions(prepared, y[TRAIN])
        for at, penalty in enumerate(PENALTIES):
            model = LogisticRegression(C=4.0 / (penalty * p), tol=1e-10, max_iter=5000)
            want = model.fit(prepared.train, y[TRAIN, 0]).predict_proba(prepared.test)[:, 1]
            np.testing.assert_allclose(got[at, :, 0], want, atol=2e-5)


def test_people_who_are_separated_get_finite_probabilities() -> None:
    always = np.linspace(-1.0, 1.0, 50)[:, None]
    prepared = prepare_fold(Predictors(always, np.empty((50, 0))), np.arange(0, 50, 2), TEST)
    y = (always[::2] > 0.0).astype(float)
    got = logistic_predictions(prepared, y)
    assert got.shape == (1, 10, 1)
    assert (got > 0.9).all()
    assert np.isfinite(got).all()


def test_one_class_alone_is_as_good_as_certain() -> None:
    _, prepared = _prepared(4)
    got = logistic_predictions(prepared, np.ones((40, 1)))
    np.testing.assert_allclose(got, expit(6.0))
