"""Elastic net and logistic ridge over a grid of penalties, one outcome after the other."""

from __future__ import annotations

import numpy as np
from scipy.special import expit
from sklearn.linear_model import enet_path

from rewire.numerics.estimates import FloatArray
from rewire.numerics.fold_preparation import Prepared
from rewire.numerics.ridge_path import PENALTIES, select_predictors

MIXING = 0.5
"""Share of the lasso in the elastic net."""

_STEPS = 25
_SMALL = 1e-3  # on predictors that are always in, so that separated people give finite slopes


def elastic_net_predictions(
    prepared: Prepared, outcomes: FloatArray, keep: int | None = None
) -> FloatArray:
    """Predict by elastic net (half lasso, half ridge) at every penalty.

    Parameters
    ----------
    prepared
        The predictors of a fold.
    outcomes
        Of the training people, shape (training people, outcomes).
    keep
        Predictors that a filter keeps first; None for all.

    Returns
    -------
    ndarray
        Shape (penalties, test people, outcomes). The largest penalty is the smallest that sets
        every slope to 0 (Friedman 2010, 10.18637/jss.v033.i01).
    """
    unpenalised = prepared.always_test @ (prepared.projection @ outcomes)
    if not prepared.train.any():
        return np.asarray(unpenalised[None])
    cleared = outcomes - prepared.always_train @ (prepared.projection @ outcomes)
    found = np.empty((len(PENALTIES), *unpenalised.shape))
    for b in range(outcomes.shape[1]):
        x, held = _chosen(prepared, outcomes[:, b], keep)
        found[:, :, b] = unpenalised[:, b] + (held @ _elastic_path(x, cleared[:, b])).T
    return found


def elastic_net_slopes(prepared: Prepared, outcome: FloatArray, penalty: int) -> FloatArray:
    """Return the slopes of the elastic net at one penalty of its grid, shape (p,).

    Parameters
    ----------
    prepared
        The predictors of a fold.
    outcome
        Of the training people, shape (training people,).
    penalty
        Place in the grid.
    """
    if not prepared.train.any():
        return np.zeros(prepared.train.shape[1])
    cleared = outcome - prepared.always_train @ (prepared.projection @ outcome)
    return np.asarray(_elastic_path(prepared.train, cleared)[:, penalty])


def _elastic_path(x: FloatArray, cleared: FloatArray) -> FloatArray:
    largest = np.abs(x.T @ cleared).max() / (len(x) * MIXING)
    grid = max(largest, 1e-12) * np.logspace(0.0, -2.0, len(PENALTIES))
    _, slopes, _ = enet_path(np.asfortranarray(x), cleared, l1_ratio=MIXING, alphas=grid, tol=1e-4)
    return np.asarray(slopes, dtype=np.float64)


def logistic_predictions(
    prepared: Prepared, outcomes: FloatArray, keep: int | None = None
) -> FloatArray:
    """Predict probabilities by logistic ridge at every penalty.

    Parameters
    ----------
    prepared
        The predictors of a fold.
    outcomes
        1 and 0 of the training people, shape (training people, outcomes).
    keep
        Predictors that a filter keeps first; None for all.

    Returns
    -------
    ndarray
        Probabilities, shape (penalties, test people, outcomes), by Newton's steps from the
        largest penalty to the smallest (le Cessie 1992, 10.2307/2347628). Predictors that are
        always in bear the penalty .001, which matters only where people are separated.
    """
    count = len(PENALTIES) if prepared.train.any() else 1
    found = np.empty((count, len(prepared.always_test), outcomes.shape[1]))
    for b in range(outcomes.shape[1]):
        x, held = _chosen(prepared, outcomes[:, b], keep)
        slopes = _logistic_path(prepared.always_train, x, outcomes[:, b])
        new = np.column_stack([prepared.always_test, held])
        found[:, :, b] = expit(new @ slopes.T).T
    return found


def logistic_slopes(prepared: Prepared, outcome: FloatArray, penalty: int) -> FloatArray:
    """Return the slopes of logistic ridge at one penalty of its grid, shape (p,).

    Parameters
    ----------
    prepared
        The predictors of a fold.
    outcome
        1 and 0 of the training people, shape (training people,).
    penalty
        Place in the grid.
    """
    path = _logistic_path(prepared.always_train, prepared.train, outcome)
    return np.asarray(path[penalty, prepared.always_train.shape[1] :])


def _logistic_path(always: FloatArray, x: FloatArray, outcome: FloatArray) -> FloatArray:
    """Return the slopes of all predictors at each penalty, shape (penalties, 1 + a + p)."""
    size = float((x**2).sum()) / len(x)
    turned, turn = x, np.eye(x.shape[1])
    if x.shape[1] > len(x):  # the space that the training people span holds the whole fit
        left, weight, turn = np.linalg.svd(x, full_matrices=False)
        turned = left * weight
    design = np.column_stack([always, turned])
    ahead = always.shape[1]
    slopes = np.zeros(design.shape[1])
    grid = PENALTIES * size / 4.0 if size > 0.0 else np.zeros(1)
    found = np.empty((len(grid), ahead + x.shape[1]))
    for at, penalty in enumerate(grid):
        ridge = np.full(design.shape[1], penalty)
        ridge[:ahead] = _SMALL
        ridge[0] = 0.0
        slopes = fit_logistic(design, outcome, ridge, slopes)
        found[at] = np.concatenate([slopes[:ahead], slopes[ahead:] @ turn])
    return found


def fit_logistic(
    design: FloatArray, outcome: FloatArray, ridge: FloatArray, start: FloatArray
) -> FloatArray:
    """Return the slopes that maximise the log likelihood less half of ``ridge`` times squares.

    Parameters
    ----------
    design
        Shape (people, k), with its column of ones.
    outcome
        1 and 0, shape (people,).
    ridge
        Penalty of each column, shape (k,).
    start
        Where to begin, shape (k,).

    Examples
    --------
    >>> one = np.ones((4, 1))
    >>> got = fit_logistic(one, np.array([1.0, 1.0, 1.0, 0.0]), np.zeros(1), np.zeros(1))
    >>> bool(abs(got[0] - np.log(3.0)) < 1e-9)
    True
    """
    slopes = start.copy()
    if outcome.min() == outcome.max():  # no finite intercept: as good as certain
        slopes[:] = 0.0
        slopes[0] = 6.0 if outcome[0] > 0.5 else -6.0
        return slopes
    for _ in range(_STEPS):
        p = expit(design @ slopes)
        weight = np.maximum(p * (1.0 - p), 1e-9)
        gradient = design.T @ (outcome - p) - ridge * slopes
        hessian = (design * weight[:, None]).T @ design + np.diag(ridge + 1e-10)
        step = np.linalg.solve(hessian, gradient)
        # a step of more than five on the logit of anybody is cut, so that it does not overshoot
        step *= min(1.0, 5.0 / max(float(np.abs(design @ step).max()), 1e-12))
        slopes = slopes + step
        if float(np.abs(step).max()) < 1e-8:
            break
    return slopes


def _chosen(
    prepared: Prepared, outcome: FloatArray, keep: int | None
) -> tuple[FloatArray, FloatArray]:
    if keep is None or prepared.train.shape[1] <= keep:
        return prepared.train, prepared.test
    columns = select_predictors(prepared, outcome[:, None], keep)[0]
    return prepared.train[:, columns], prepared.test[:, columns]
