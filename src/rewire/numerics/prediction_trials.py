"""A prediction repeated, permuted and learned from fewer people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rewire.numerics.estimates import BoolArray, FloatArray, IntArray
from rewire.numerics.fold_preparation import Predictors
from rewire.numerics.folds import deal_folds
from rewire.numerics.nested_prediction import (
    Path,
    mean_predictions,
    nested_predictions,
    predict_fold,
)
from rewire.numerics.prediction_performance import area_under_curve


@dataclass(frozen=True, slots=True, eq=False)
class Repeated:
    """Predictions of people who were not in training, once a repeat.

    Parameters
    ----------
    predictions, reference
        Of the model, and the mean of the training people; shape (repeats, people).
    folds
        Fold of each person, shape (repeats, people).
    seed
        Of the inner folds.
    """

    predictions: FloatArray
    reference: FloatArray
    folds: IntArray
    seed: int


def repeat_prediction(
    predictors: Predictors, outcome: FloatArray, folds: IntArray, path: Path, seed: int
) -> Repeated:
    """Predict everybody once a repeat.

    Parameters
    ----------
    predictors
        Of everybody.
    outcome
        Shape (people,).
    folds
        Outer folds, shape (repeats, people).
    path
        The model.
    seed
        Of the inner folds: equal for feature sets that are compared.
    """
    rng = np.random.default_rng(seed)
    column = outcome[:, None]
    made = [nested_predictions(predictors, column, f, path, rng)[:, 0] for f in folds]
    means = [mean_predictions(column, f)[:, 0] for f in folds]
    return Repeated(np.array(made), np.array(means), folds, seed)


def skill_of(repeated: Repeated, outcome: FloatArray) -> FloatArray:
    """Return each fold's part in R2, so that their mean over folds weighed by people is R2.

    R2 is 1 less the squared error of the model over that of the mean of the training people, both
    over all folds and repeats.

    Returns
    -------
    ndarray
        Shape (repeats, folds).
    """
    gain = (outcome - repeated.reference) ** 2 - (outcome - repeated.predictions) ** 2
    scale = float(((outcome - repeated.reference) ** 2).mean())
    return by_fold(gain / scale if scale > 0.0 else gain * np.nan, repeated.folds)


def by_fold(values: FloatArray, folds: IntArray) -> FloatArray:
    """Return the mean of each fold of each repeat, shape (repeats, folds)."""
    count = int(folds.max()) + 1
    rows = [
        np.bincount(f, weights=v, minlength=count) / np.bincount(f, minlength=count)
        for v, f in zip(values, folds, strict=True)
    ]
    return np.array(rows)


def areas_of(repeated: Repeated, outcome: FloatArray) -> FloatArray:
    """Return the area under the curve in each fold, NaN where a fold has one class.

    Returns
    -------
    ndarray
        Shape (repeats, folds).
    """
    rows = [
        _fold_areas(outcome, p, f)
        for p, f in zip(repeated.predictions, repeated.folds, strict=True)
    ]
    return np.array(rows)


def _fold_areas(outcome: FloatArray, predicted: FloatArray, folds: IntArray) -> list[float]:
    return [
        float(area_under_curve(outcome[folds == k, None], predicted[folds == k, None])[0])
        for k in range(int(folds.max()) + 1)
    ]


Statistic = Callable[[FloatArray, FloatArray, IntArray], tuple[FloatArray, FloatArray]]
"""From outcomes and predictions (people, columns) and folds: numerator and weight by column."""


def squared_errors(
    outcomes: FloatArray, predictions: FloatArray, folds: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the squared error of the training mean less the model's, and that of the mean."""
    mean = ((outcomes - mean_predictions(outcomes, folds)) ** 2).sum(axis=0)
    own = ((outcomes - predictions) ** 2).sum(axis=0)
    return mean - own, mean


def ordered_pairs(
    outcomes: FloatArray, predictions: FloatArray, folds: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the sum over folds of the area under the curve, and the number of folds with one."""
    total, count = np.zeros(outcomes.shape[1]), np.zeros(outcomes.shape[1])
    for fold in np.unique(folds):
        rows = folds == fold
        area = area_under_curve(outcomes[rows], predictions[rows])
        known = np.isfinite(area)
        total += np.where(known, area, 0.0)
        count += known
    return total, count


def permuted_statistics(
    predictors: Predictors,
    outcomes: FloatArray,
    folds: IntArray,
    model: tuple[Path, Statistic],
    seed: int,
) -> FloatArray:
    """Return the performance for each column of outcomes, the first being the observed.

    Parameters
    ----------
    predictors
        Of everybody.
    outcomes
        Observed and permuted outcomes, shape (people, columns).
    folds
        Outer folds, shape (repeats, people). They must have been dealt without regard to the
        outcome: folds that balance the observed outcome balance no permuted one, and the
        observed would then be no draw like the others.
    model
        The model, and what is made of its predictions.
    seed
        Of the inner folds.

    Returns
    -------
    ndarray
        Shape (columns,).
    """
    path, statistic = model
    rng = np.random.default_rng(seed)
    total, weight = np.zeros(outcomes.shape[1]), np.zeros(outcomes.shape[1])
    for f in folds:
        held = nested_predictions(predictors, outcomes, f, path, rng)
        part, size = statistic(outcomes, held, f)
        total += part
        weight += size
    return np.where(weight > 0.0, total / np.where(weight > 0.0, weight, 1.0), np.nan)


def permutation_p(statistics: FloatArray) -> float:
    """Return the share of statistics at least as large as the first, which is counted itself.

    Examples
    --------
    >>> permutation_p(np.array([0.3, 0.1, 0.4, 0.2]))
    0.5
    """
    if not np.isfinite(statistics[0]):
        return float("nan")
    known = statistics[np.isfinite(statistics)]
    return float((known >= statistics[0] - 1e-12).mean())


def learn_from_fewer(
    predictors: Predictors,
    outcome: FloatArray,
    sizes: tuple[int, ...],
    plan: tuple[Path, int, int],
    rng: np.random.Generator,
) -> FloatArray:
    """Return R2 when fewer people are learned from.

    Parameters
    ----------
    predictors
        Of everybody.
    outcome
        Shape (people,).
    sizes
        Training people; at most those that a fold leaves.
    plan
        The model, folds and repeats.
    rng
        Draws who is learned from.

    Returns
    -------
    ndarray
        R2 against the mean of the same training people, shape (sizes, repeats).
    """
    path, folds, repeats = plan
    found = np.full((len(sizes), repeats), np.nan)
    people = len(outcome)
    for r in range(repeats):
        dealt = deal_folds(np.zeros(people, dtype=np.int64), folds, rng)
        for at, size in enumerate(sizes):
            errors = [
                _error_of_few(predictors, outcome, (dealt == k, size), path, rng)
                for k in range(folds)
            ]
            own, mean = np.sum(errors, axis=0)
            found[at, r] = 1.0 - own / mean if mean > 0.0 else np.nan
    return found


def _error_of_few(
    predictors: Predictors,
    outcome: FloatArray,
    fold: tuple[BoolArray, int],
    path: Path,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return the squared error of the model and of the mean over a fold's test people."""
    tested, size = fold
    test = np.flatnonzero(tested)
    train = rng.permutation(np.flatnonzero(~tested))[:size]
    rows = np.concatenate([train, test])
    fitted = predict_fold(
        predictors.of(rows), outcome[rows][:, None], np.arange(len(rows)) >= len(train), path, rng
    )
    target, mean = outcome[test], float(outcome[train].mean())
    held = fitted.predictions[:, 0]
    return float(((target - held) ** 2).sum()), float(((target - mean) ** 2).sum())
