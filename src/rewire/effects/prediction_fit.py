"""A prediction carried out: repeated, permuted, learned from fewer people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from rewire.core.types import FloatArray
from rewire.effects.prediction_cases import Cases
from rewire.numerics.estimates import IntArray
from rewire.numerics.exchange import members_of
from rewire.numerics.fold_preparation import Predictors
from rewire.numerics.folds import deal_folds, rank_bins
from rewire.numerics.penalised_paths import fit_logistic
from rewire.numerics.prediction_model import PathModel
from rewire.numerics.prediction_performance import Interval, corrected_resampled_t
from rewire.numerics.prediction_trials import (
    Repeated,
    areas_of,
    learn_from_fewer,
    ordered_pairs,
    permutation_p,
    permuted_statistics,
    repeat_prediction,
    skill_of,
    squared_errors,
)
from rewire.plan.options.prediction import PredictionOptions

_SLOW_PERMUTATIONS = 49
_SELECTED_REPEATS = 5
_LEARNING_REPEATS = 5
_SLOW_LEARNING_REPEATS = 2
_LEARNING_SIZES = 5
_LEAST_LEARNED = 12


@dataclass(frozen=True, slots=True, eq=False)
class FeatureResult:
    """How well one feature set predicted.

    Parameters
    ----------
    features
        ``clinic``, ``brain`` or ``both``.
    repeated
        The predictions.
    skill
        R2 against the mean of the training people (of classes: of their probabilities).
    area
        Area under the curve within folds; NaN for a value.
    p
        By permutation of the outcome, of R2 or of the area; NaN without permutations.
    learned
        R2 at each size of training, shape (sizes, repeats).
    """

    features: str
    repeated: Repeated
    skill: Interval
    area: Interval
    p: float
    learned: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Increment:
    """What the brain adds to the clinic, in R2 and in the area under the curve."""

    skill: Interval
    area: Interval
    p: float


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Everything that was found of one outcome.

    Parameters
    ----------
    cases
        The people.
    results
        By feature set.
    increment
        None where ``clinic`` and ``both`` were not both asked for.
    sizes
        Training people of the learning curve.
    permutations, permuted_repeats
        What p rests on.
    """

    cases: Cases
    results: Mapping[str, FeatureResult]
    increment: Increment | None
    sizes: tuple[int, ...]
    permutations: int
    permuted_repeats: int


@dataclass(frozen=True, slots=True, eq=False)
class _Folds:
    """Folds dealt by outcome and site for what is reported, and by site alone for p."""

    reported: IntArray
    permuted: IntArray
    seed: int

    @property
    def test_ratio(self) -> float:
        return 1.0 / float(self.reported.max())


def predict_cases(
    cases: Cases, options: PredictionOptions, confidence: float, rng: np.random.Generator
) -> Predicted:
    """Predict the people of a question from each feature set.

    Parameters
    ----------
    cases
        The people.
    options
        Of the question.
    confidence
        Level of intervals.
    rng
        Deals folds and permutes.
    """
    folds = _deal(cases, options, rng)
    model = PathModel(options.model, options.select)
    draws = options.permutations
    if options.model != "ridge":
        draws = min(draws, _SLOW_PERMUTATIONS)
    columns = [cases.value, *(_permuted(cases.value, cases, rng) for _ in range(draws))]
    outcomes = np.stack(columns, axis=1)
    sizes = learning_sizes(len(cases.value), options.folds)
    most = _LEARNING_REPEATS if options.model == "ridge" else _SLOW_LEARNING_REPEATS
    results: dict[str, FeatureResult] = {}
    for features in options.features:
        own = _predictors(cases, features)
        repeated = repeat_prediction(own, cases.value, folds.reported, model, folds.seed)
        statistic = ordered_pairs if options.of_classes else squared_errors
        p = math.nan
        if draws:
            p = permutation_p(
                permuted_statistics(own, outcomes, folds.permuted, (model, statistic), folds.seed)
            )
        plan = (model, options.folds, min(most, options.repeats))
        results[features] = FeatureResult(
            features,
            repeated,
            _interval(skill_of(repeated, cases.value), repeated, folds, confidence),
            _area(repeated, cases, options, (folds, confidence)),
            p,
            learn_from_fewer(own, cases.value, sizes, plan, rng),
        )
    increment = None
    if {"clinic", "both"} <= set(results):
        drawn = _without_brain(cases, options, draws, rng)
        p = _increment_p(cases, drawn, folds, model)
        increment = _increment(results, (folds, confidence), cases, p if draws else math.nan)
    return Predicted(cases, results, increment, sizes, draws, len(folds.permuted))


def learning_sizes(people: int, folds: int) -> tuple[int, ...]:
    """Return how many people the learning curve learns from.

    Examples
    --------
    >>> learning_sizes(60, 5)
    (12, 21, 30, 39, 48)
    """
    most = people - math.ceil(people / folds)
    sizes = np.linspace(min(_LEAST_LEARNED, most), most, _LEARNING_SIZES)
    return tuple(sorted({round(float(s)) for s in sizes}))


def _predictors(cases: Cases, features: str) -> Predictors:
    if features == "clinic":
        return cases.predictors.without_penalised()
    return cases.predictors.without_always() if features == "brain" else cases.predictors


def _deal(cases: Cases, options: PredictionOptions, rng: np.random.Generator) -> _Folds:
    seed = int(rng.integers(2**63))
    if cases.left_out is not None:
        codes = np.unique(cases.left_out, return_inverse=True)[1].astype(np.int64)[None]
        return _Folds(codes, codes, seed)
    people = len(cases.value)
    bins = cases.value.astype(np.int64)
    if not options.of_classes:
        bins = rank_bins(cases.value, max(people // options.folds, 1))
    both = cases.strata * (int(bins.max()) + 1) + bins
    reported = [deal_folds(both, options.folds, rng) for _ in range(options.repeats)]
    repeats = options.repeats
    if options.select is not None:
        repeats = min(repeats, _SELECTED_REPEATS)
    if options.model != "ridge":
        repeats = 1
    permuted = [deal_folds(cases.strata, options.folds, rng) for _ in range(repeats)]
    return _Folds(np.stack(reported), np.stack(permuted), seed)


def _interval(values: FloatArray, repeated: Repeated, folds: _Folds, confidence: float) -> Interval:
    count = values.shape[1]
    weights = np.stack([np.bincount(f, minlength=count) for f in repeated.folds]).ravel()
    return corrected_resampled_t(
        values.ravel(), weights.astype(np.float64), folds.test_ratio, confidence
    )


def _area(
    repeated: Repeated,
    cases: Cases,
    options: PredictionOptions,
    how: tuple[_Folds, float],
) -> Interval:
    if not options.of_classes:
        return Interval(*[math.nan] * 5)
    areas = areas_of(repeated, cases.value)
    return corrected_resampled_t(areas.ravel(), np.ones(areas.size), how[0].test_ratio, how[1])


def _increment(
    results: Mapping[str, FeatureResult], how: tuple[_Folds, float], cases: Cases, p: float
) -> Increment:
    both, clinic = results["both"].repeated, results["clinic"].repeated
    gain = skill_of(both, cases.value) - skill_of(clinic, cases.value)
    area = Interval(*[math.nan] * 5)
    if np.isfinite(results["both"].area.estimate):
        more = areas_of(both, cases.value) - areas_of(clinic, cases.value)
        area = corrected_resampled_t(more.ravel(), np.ones(more.size), how[0].test_ratio, how[1])
    return Increment(_interval(gain, both, how[0], how[1]), area, p)


def _without_brain(
    cases: Cases, options: PredictionOptions, draws: int, rng: np.random.Generator
) -> FloatArray:
    """Return outcomes as they might be if the brain added nothing to the clinic, observed first.

    A value: the clinical fit on everybody and what it leaves, permuted (Freedman and Lane 1983).
    Classes: drawn from the probabilities of the clinical logistic fit.
    """
    clinic = cases.predictors.always
    known = np.isfinite(clinic)
    mean = np.where(known, clinic, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, clinic, mean) - mean
    spread = filled.std(axis=0)
    design = np.column_stack([np.ones(len(filled)), filled / np.where(spread > 0.0, spread, 1.0)])
    columns = [cases.value]
    if options.of_classes:
        ridge = np.concatenate([[0.0], np.full(clinic.shape[1], 1e-3)])
        slopes = fit_logistic(design, cases.value, ridge, np.zeros(design.shape[1]))
        chance = expit(design @ slopes)
        columns += [(rng.random(len(chance)) < chance).astype(np.float64) for _ in range(draws)]
    else:
        fit = design @ np.linalg.lstsq(design, cases.value, rcond=None)[0]
        left = cases.value - fit
        columns += [fit + _permuted(left, cases, rng) for _ in range(draws)]
    return np.stack(columns, axis=1)


def _permuted(values: FloatArray, cases: Cases, rng: np.random.Generator) -> FloatArray:
    """Return values permuted within the blocks in which people can be exchanged."""
    if cases.exchange is None:
        return rng.permutation(values)
    found = values.copy()
    for members in members_of(cases.exchange):
        found[members] = rng.permutation(values[members])
    return found


def _increment_p(cases: Cases, outcomes: FloatArray, folds: _Folds, model: PathModel) -> float:
    both, clinic = (
        permuted_statistics(
            _predictors(cases, features),
            outcomes,
            folds.permuted,
            (model, squared_errors),
            folds.seed,
        )
        for features in ("both", "clinic")
    )
    return permutation_p(both - clinic)
