"""What stands beside a prediction's rows: people, performance, calibration, use, learning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from rewire.core.types import FloatArray
from rewire.effects.answering import KindTable
from rewire.effects.prediction_fit import FeatureResult, Predicted
from rewire.effects.prediction_weights import predictor_weights
from rewire.numerics.folds import rank_bins
from rewire.numerics.prediction_performance import (
    calibrate_probabilities,
    calibrate_values,
    net_benefit,
)
from rewire.plan.options.prediction import PredictionOptions

THRESHOLDS: FloatArray = np.round(np.arange(0.05, 0.96, 0.05), 2)
"""Thresholds of the net benefit."""

_GROUPS = 5
_LEAST_IN_GROUP = 5

Row = tuple[object, ...]
Maker = Callable[[Predicted, PredictionOptions], Iterator[Row]]


def prediction_tables(
    question: str,
    options: PredictionOptions,
    found: Sequence[Predicted],
    wanted: Sequence[Mapping[str, int]],
) -> tuple[KindTable, ...]:
    """Return the tables of one question.

    Parameters
    ----------
    question
        Its name.
    options
        Its options.
    found
        What was predicted, an outcome each.
    wanted
        For each outcome Riley's number of people for each feature set.
    """
    makers: list[tuple[str, str, tuple[str, ...], Maker]] = [
        (
            "prediction_people",
            "Each person's prediction by models that never saw them, the mean over repeats.",
            ("features", "participant_id", "arm", "observed", "predicted", "training_mean"),
            _people,
        ),
        (
            "prediction_calibration",
            "Predicted and observed in groups of people with like predictions.",
            ("features", "group", "n", "predicted", "observed", "ci_low", "ci_high"),
            _calibration,
        ),
        (
            "prediction_net_benefit",
            "Net benefit of acting on a prediction, on everybody and on nobody, by threshold.",
            ("features", "threshold", "net_benefit"),
            _benefit,
        ),
        (
            "prediction_curve",
            "R2 in people left out by the number of people learned from.",
            ("features", "training_people", "r2", "r2_lowest", "r2_highest", "repeats"),
            _curve,
        ),
        (
            "prediction_weights",
            "How often each predictor was kept over folds, and its slope.",
            ("features", "predictor", "kept", "slope", "slope_sd", "same_sign"),
            _weights,
        ),
    ]
    tables = [
        _table(question, (name, about, columns), [(one, maker(one, options)) for one in found])
        for name, about, columns, maker in makers
    ]
    held = [
        (one, _performance(one, options, riley)) for one, riley in zip(found, wanted, strict=True)
    ]
    performance = ("prediction_performance", "How well each feature set predicted.", _PERFORMANCE)
    return (_table(question, performance, held), *tables)


_PERFORMANCE = (
    "features", "n", "predictors", "wanted_people", "r2", "r2_low", "r2_high", "r", "mae",
    "mae_of_mean", "auc", "auc_low", "auc_high", "brier", "brier_of_mean", "calibration_slope",
    "calibration_intercept", "p", "permutations", "permuted_repeats", "clinic", "note",
)  # fmt: skip


def _table(
    question: str,
    named: tuple[str, str, tuple[str, ...]],
    parts: Sequence[tuple[Predicted, Iterator[Row]]],
) -> KindTable:
    name, about, columns = named
    rows = [
        (question, one.cases.outcome, one.cases.session, *row)
        for one, made in parts
        for row in made
    ]
    frame = pd.DataFrame(rows, columns=["question", "outcome", "session", *columns])
    return KindTable(name, about, frame)


def shown_predictions(result: FeatureResult, options: PredictionOptions) -> FloatArray:
    """Return each person's prediction averaged over repeats; of classes between 0 and 1."""
    mean = np.asarray(result.repeated.predictions.mean(axis=0))
    return np.clip(mean, 0.0, 1.0) if options.of_classes else mean


def _people(one: Predicted, options: PredictionOptions) -> Iterator[Row]:
    cases = one.cases
    for features, result in one.results.items():
        predicted = shown_predictions(result, options)
        mean = result.repeated.reference.mean(axis=0)
        columns = (cases.people, cases.arm, cases.value, predicted, mean)
        for row in zip(*columns, strict=True):
            yield (features, *row)


def _performance(
    one: Predicted, options: PredictionOptions, wanted: Mapping[str, int]
) -> Iterator[Row]:
    y = one.cases.value
    for features, result in one.results.items():
        predicted = shown_predictions(result, options)
        unseen = _unseen(one, result, options)
        mean = result.repeated.reference.mean(axis=0)
        varies = predicted.std() > 1e-9 * max(float(y.std()), 1e-300)
        r = float(np.corrcoef(y, predicted)[0, 1]) if varies and y.std() > 0.0 else np.nan
        fit = calibrate_probabilities if options.of_classes else calibrate_values
        line = fit(y, predicted)
        classes = options.of_classes
        yield (
            features, len(y), one.cases.parameters(features), wanted[features],
            result.skill.estimate, result.skill.low, result.skill.high,
            np.nan if classes else r,
            np.nan if classes else float(np.abs(y - predicted).mean()),
            np.nan if classes else float(np.abs(y - mean).mean()),
            result.area.estimate, max(result.area.low, 0.0), min(result.area.high, 1.0),
            float(((y - predicted) ** 2).mean()) if classes else np.nan,
            float(((y - mean) ** 2).mean()) if classes else np.nan,
            line.slope, line.intercept, result.p, one.permutations, one.permuted_repeats,
            ", ".join(one.cases.clinic), "; ".join(filter(None, (one.cases.note, unseen))),
        )  # fmt: skip


def _unseen(one: Predicted, result: FeatureResult, options: PredictionOptions) -> str:
    """Return how many people were harmonised without their site, as a sentence's part."""
    site = one.cases.predictors.site
    if site is None:
        return ""
    alone = np.zeros(len(site), dtype=np.bool_)
    for folds in result.repeated.folds:
        for fold in np.unique(folds):
            test = folds == fold
            alone |= test & ~np.isin(site, site[~test])
    if not alone.any():
        return ""
    return (
        f"{int(alone.sum())} people were predicted by models that had seen nobody of their "
        f"{options.harmonise}; their brain values were left as measured"
    )


def _calibration(one: Predicted, options: PredictionOptions) -> Iterator[Row]:
    y = one.cases.value
    count = max(min(_GROUPS, len(y) // _LEAST_IN_GROUP), 1)
    for features, result in one.results.items():
        predicted = shown_predictions(result, options)
        group = rank_bins(predicted, count)
        for g in range(count):
            own = y[group == g]
            low, high = _wilson(own) if options.of_classes else _t_interval(own)
            inside = float(predicted[group == g].mean())
            yield features, g + 1, len(own), inside, float(own.mean()), low, high


def _t_interval(values: FloatArray) -> tuple[float, float]:
    half = float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return float(values.mean()) - half, float(values.mean()) + half


def _wilson(values: FloatArray) -> tuple[float, float]:
    found = stats.binomtest(int(values.sum()), len(values)).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def _benefit(one: Predicted, options: PredictionOptions) -> Iterator[Row]:
    if not options.of_classes:
        return
    y = one.cases.value
    acted = {f: shown_predictions(r, options) for f, r in one.results.items()}
    acted |= {"everybody": np.ones(len(y)), "nobody": np.zeros(len(y))}
    for features, probability in acted.items():
        gains = net_benefit(y, probability, THRESHOLDS)
        for threshold, gain in zip(THRESHOLDS.tolist(), gains.tolist(), strict=True):
            yield features, threshold, gain


def _curve(one: Predicted, options: PredictionOptions) -> Iterator[Row]:
    for features, result in one.results.items():
        for size, found in zip(one.sizes, result.learned, strict=True):
            mean, lowest, highest = float(found.mean()), float(found.min()), float(found.max())
            yield features, size, mean, lowest, highest, len(found)


def _weights(one: Predicted, options: PredictionOptions) -> Iterator[Row]:
    for features, result in one.results.items():
        if features == "clinic":
            continue
        found = predictor_weights(one.cases, features, result.repeated, options)
        yield from (
            (features, name, *row) for name, row in zip(one.cases.brain, found, strict=True)
        )
