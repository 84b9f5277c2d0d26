"""Nested cross-validation of many outcomes of the same people at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from rewire.numerics.estimates import BoolArray, FloatArray, IntArray
from rewire.numerics.fold_preparation import Predictors, Prepared, prepare_fold

Path = Callable[[Prepared, FloatArray], FloatArray]
"""Predicts test people at every penalty: (penalties, test people, outcomes)."""

INNER_FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """One outer fold: who was predicted, and which penalty the inner folds chose.

    Parameters
    ----------
    train, test
        Rows of the people.
    penalty
        Place in the grid, shape (outcomes,).
    predictions
        Shape (test people, outcomes).
    """

    train: IntArray
    test: IntArray
    penalty: IntArray
    predictions: FloatArray


def predict_folds(
    predictors: Predictors,
    outcomes: FloatArray,
    folds: IntArray,
    path: Path,
    rng: np.random.Generator,
) -> Iterator[Fitted]:
    """Predict each fold from the others; the penalty is chosen by folds within the others.

    Everything that ``path`` and the preparation learn is learned again in every inner and outer
    fold from its training people.

    Parameters
    ----------
    predictors
        Of everybody.
    outcomes
        Shape (people, outcomes); permuted outcomes are further columns.
    folds
        Outer fold of each person, shape (people,).
    path
        The model.
    rng
        Deals the inner folds, without regard to the outcome, so that they are the same for every
        column.
    """
    for fold in np.unique(folds):
        yield predict_fold(predictors, outcomes, folds == fold, path, rng)


def predict_fold(
    predictors: Predictors,
    outcomes: FloatArray,
    tested: BoolArray,
    path: Path,
    rng: np.random.Generator,
) -> Fitted:
    """Predict some people from the others.

    Parameters
    ----------
    predictors, outcomes, path, rng
        As in :func:`predict_folds`.
    tested
        Who is predicted, shape (people,).
    """
    test, train = np.flatnonzero(tested), np.flatnonzero(~tested)
    held = path(prepare_fold(predictors, train, test), outcomes[train])
    penalty = np.zeros(outcomes.shape[1], dtype=np.int64)
    if len(held) > 1:
        penalty = _choose_penalty(predictors.of(train), outcomes[train], path, rng)
    chosen = np.take_along_axis(held, penalty[None, None, :], axis=0)[0]
    return Fitted(train, test, penalty, chosen)


def nested_predictions(
    predictors: Predictors,
    outcomes: FloatArray,
    folds: IntArray,
    path: Path,
    rng: np.random.Generator,
) -> FloatArray:
    """Return everybody's prediction by a model that never saw them, shape (people, outcomes).

    Parameters
    ----------
    predictors, outcomes, folds, path, rng
        As in :func:`predict_folds`.
    """
    found = np.full(outcomes.shape, np.nan)
    for fitted in predict_folds(predictors, outcomes, folds, path, rng):
        found[fitted.test] = fitted.predictions
    return found


def mean_predictions(outcomes: FloatArray, folds: IntArray) -> FloatArray:
    """Return the mean of the training people as everybody's prediction.

    Parameters
    ----------
    outcomes
        Shape (people, outcomes).
    folds
        Shape (people,).

    Examples
    --------
    >>> mean_predictions(np.array([[1.0], [3.0], [8.0]]), np.array([0, 0, 1])).ravel().tolist()
    [8.0, 8.0, 2.0]
    """
    found = np.empty_like(outcomes)
    for fold in np.unique(folds):
        found[folds == fold] = outcomes[folds != fold].mean(axis=0)
    return found


def _choose_penalty(
    predictors: Predictors, outcomes: FloatArray, path: Path, rng: np.random.Generator
) -> IntArray:
    """Return the penalty with the smallest squared error over inner folds, shape (outcomes,)."""
    people = len(outcomes)
    inner = rng.permutation(people) % min(INNER_FOLDS, people)
    total: FloatArray | None = None
    for fold in np.unique(inner):
        test, train = np.flatnonzero(inner == fold), np.flatnonzero(inner != fold)
        held = path(prepare_fold(predictors, train, test), outcomes[train])
        held -= outcomes[test]
        squares = np.einsum("ltb,ltb->lb", held, held)
        total = squares if total is None else total + squares
    if total is None:
        raise ValueError("nobody to choose a penalty on")
    # the largest penalty comes first, and wins where penalties tie
    return np.asarray(np.argmin(total, axis=0), dtype=np.int64)
