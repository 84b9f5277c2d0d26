"""Ridge regression over a grid of penalties, for many outcomes of the same people at once."""

from __future__ import annotations

import numpy as np

from rewire.numerics.estimates import FloatArray, IntArray
from rewire.numerics.fold_preparation import Prepared

PENALTIES: FloatArray = np.logspace(4.0, -2.0, 9)
"""Penalties, the largest first, in units of the predictors' total variance: with independent
predictors that explain a share R2 of the outcome the best one is (1 - R2) / R2."""


def ridge_predictions(prepared: Prepared, outcomes: FloatArray) -> FloatArray:
    """Predict the test people by ridge regression at every penalty.

    Ridge predictions are linear in the outcome, so one eigendecomposition of the predictors
    serves every penalty and every outcome: ``X_t (X'X + l I)^-1 X' y`` beside the unpenalised
    part (Hoerl and Kennard 1970, 10.1080/00401706.1970.10488634).

    Parameters
    ----------
    prepared
        The predictors of a fold.
    outcomes
        Of the training people, shape (training people, outcomes).

    Returns
    -------
    ndarray
        Shape (penalties, test people, outcomes); one penalty where nothing is penalised.

    Examples
    --------
    >>> from rewire.numerics.fold_preparation import Predictors, prepare_fold
    >>> x, y = np.arange(6.0)[:, None], 2.0 * np.arange(6.0)[:, None]
    >>> fold = prepare_fold(Predictors(np.empty((6, 0)), x), np.arange(5), np.array([5]))
    >>> ridge_predictions(fold, y[:5])[-1].round(2).tolist()
    [[9.99]]
    """
    smoother = ridge_smoother(prepared)
    count, test, train = smoother.shape
    flat = smoother.reshape(count * test, train) @ outcomes
    return flat.reshape(count, test, outcomes.shape[1])


def ridge_smoother(prepared: Prepared) -> FloatArray:
    """Return the matrices that turn training outcomes into predictions, one a penalty.

    Returns
    -------
    ndarray
        Shape (penalties, test people, training people).
    """
    x, held = prepared.train, prepared.test
    unpenalised = prepared.always_test @ prepared.projection
    size = float((x**2).sum())
    if size == 0.0:
        return unpenalised[None]
    penalties = PENALTIES * size / len(x)
    if x.shape[1] < len(x):
        values, vectors = np.linalg.eigh(x.T @ x)
        left, right = held @ vectors, vectors.T @ x.T
    else:
        values, vectors = np.linalg.eigh(x @ x.T)
        left, right = held @ (x.T @ vectors), vectors.T
    weight = 1.0 / (np.maximum(values, 0.0) + penalties[:, None])
    return np.asarray(unpenalised + (left * weight[:, None, :]) @ right)


def selected_predictions(prepared: Prepared, outcomes: FloatArray, keep: int) -> FloatArray:
    """Predict by ridge from the predictors that go with the outcome most in training.

    Parameters
    ----------
    prepared
        The predictors of a fold.
    outcomes
        Of the training people, shape (training people, outcomes).
    keep
        Predictors to keep for each outcome: the largest absolute (partial) correlations.

    Returns
    -------
    ndarray
        Shape (penalties, test people, outcomes).
    """
    if prepared.train.shape[1] <= keep:
        return ridge_predictions(prepared, outcomes)
    x, held = prepared.train, prepared.test
    chosen = select_predictors(prepared, outcomes, keep)
    own = x[:, chosen]
    gram = np.einsum("mbk,mbj->bkj", own, own, optimize=True)
    values, vectors = np.linalg.eigh(gram)
    # x is cleared of what y would have to be cleared of
    products = np.einsum("mbk,mb->bk", own, outcomes)
    rotated = np.einsum("bki,bk->bi", vectors, products)
    size = np.maximum(np.trace(gram, axis1=1, axis2=2), np.finfo(np.float64).tiny)
    penalties = PENALTIES[:, None] * size / len(x)
    weight = rotated / (np.maximum(values, 0.0) + penalties[:, :, None])
    slopes = np.einsum("bki,lbi->lbk", vectors, weight)
    penalised = np.einsum("tbk,lbk->ltb", held[:, chosen], slopes)
    return np.asarray(prepared.always_test @ (prepared.projection @ outcomes) + penalised)


def select_predictors(prepared: Prepared, outcomes: FloatArray, keep: int) -> IntArray:
    """Return which predictors go with each outcome most, among the training people.

    Returns
    -------
    ndarray
        Ascending columns, shape (outcomes, keep).
    """
    x = prepared.train
    length = np.sqrt((x**2).sum(axis=0))
    score = np.abs(x.T @ outcomes) / np.where(length > 1e-8, length, np.inf)[:, None]
    best = np.argpartition(-score, keep - 1, axis=0)[:keep]
    return np.sort(best, axis=0).T


def ridge_slopes(prepared: Prepared, outcome: FloatArray, penalty: int) -> FloatArray:
    """Return the slopes of the scaled predictors at one penalty of the grid, shape (p,).

    Parameters
    ----------
    prepared
        The predictors of a fold.
    outcome
        Of the training people, shape (training people,).
    penalty
        Place in :data:`PENALTIES`.
    """
    x = prepared.train
    size = float((x**2).sum())
    if size == 0.0:
        return np.zeros(x.shape[1])
    gram = x @ x.T + PENALTIES[penalty] * size / len(x) * np.eye(len(x))
    return np.asarray(x.T @ np.linalg.solve(gram, outcome))
