"""Which brain predictors the models of a prediction used, and how steadily."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rewire.effects.prediction_cases import Cases
from rewire.numerics.fold_preparation import prepare_fold
from rewire.numerics.nested_prediction import predict_folds
from rewire.numerics.prediction_model import PathModel
from rewire.numerics.prediction_trials import Repeated
from rewire.plan.options.prediction import PredictionOptions

_MOST_REPEATS = 5


def predictor_weights(
    cases: Cases, features: str, repeated: Repeated, options: PredictionOptions
) -> Iterator[tuple[float, float, float, float]]:
    """Return for each brain predictor how often it was kept, and its slope over folds.

    Parameters
    ----------
    cases
        The people.
    features
        ``brain`` or ``both``; in ``both`` a slope is beside the clinic.
    repeated
        Its predictions; the models of the first five repeats are fitted again.
    options
        The model.

    Yields
    ------
    tuple of float
        Share of folds in which it was kept; mean and standard deviation (over folds) of its slope
        in units of the outcome for one standard deviation, 0 where it was not kept; share of the
        folds that kept it in which the slope has the sign of the mean, NaN where none did.

    Notes
    -----
    A slope of a penalised model among correlated predictors says nothing about which of them
    matters (Haufe 2014, 10.1016/j.neuroimage.2013.10.067).
    """
    model = PathModel(options.model, options.select)
    own = cases.predictors.without_always() if features == "brain" else cases.predictors
    rng = np.random.default_rng(repeated.seed)
    slopes = []
    for dealt in repeated.folds[:_MOST_REPEATS]:
        for fitted in predict_folds(own, cases.value[:, None], dealt, model, rng):
            prepared = prepare_fold(own, fitted.train, fitted.test)
            outcome = cases.value[fitted.train]
            slopes.append(model.slopes(prepared, outcome, int(fitted.penalty[0])))
    found = np.array(slopes)
    kept = found != 0.0
    mean, spread = found.mean(axis=0), found.std(axis=0)
    agree = (kept & (np.sign(found) == np.sign(mean))).sum(axis=0)
    count = kept.sum(axis=0)
    same = np.where(count > 0, agree / np.maximum(count, 1), np.nan)
    columns = (kept.mean(axis=0), mean, spread, same)
    yield from zip(*(c.tolist() for c in columns), strict=True)
