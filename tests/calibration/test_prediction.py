"""Prediction of noise is at chance, of a planted truth is what was planted, and leaks show."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from rewire.numerics.estimates import FloatArray, IntArray
from rewire.numerics.fold_preparation import Predictors
from rewire.numerics.folds import deal_folds, rank_bins
from rewire.numerics.nested_prediction import nested_predictions
from rewire.numerics.prediction_performance import calibrate_values, corrected_resampled_t
from rewire.numerics.prediction_trials import (
    ordered_pairs,
    permutation_p,
    permuted_statistics,
    repeat_prediction,
    skill_of,
    squared_errors,
)
from rewire.numerics.ridge_path import ridge_predictions, selected_predictions

TEN = partial(selected_predictions, keep=10)


def _alone(x: FloatArray, site: IntArray | None = None) -> Predictors:
    return Predictors(np.empty((len(x), 0)), x, site)


def _correlation(predictors: Predictors, y: FloatArray, path: object, seed: int) -> float:
    rng = np.random.default_rng(seed)
    folds = deal_folds(rank_bins(y, 8), 5, rng)
    held = nested_predictions(predictors, y[:, None], folds, path, rng)[:, 0]
    return float(np.corrcoef(held, y)[0, 1])


def test_selection_outside_the_folds_finds_what_is_not_there() -> None:
    """Noise, 40 people, 1,000 predictors, the best ten kept: ours at chance, the leak is not."""
    ours, leaks = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(40, 1000)), rng.normal(size=40)
        ours.append(_correlation(_alone(x), y, TEN, seed))
        best = np.argsort(-np.abs((x - x.mean(axis=0)).T @ (y - y.mean())))[:10]
        leaks.append(_correlation(_alone(x[:, best]), y, ridge_predictions, seed))
    assert np.mean(ours) < 0.1
    assert np.mean(leaks) > 0.6


def test_harmonisation_outside_the_folds_finds_what_is_not_there() -> None:
    """Sites differ in who got better, and the brain is noise.

    The leak takes out site effects that were estimated on everybody beside the outcome (which
    ComBat calls protected); what it leaves in the data is the outcome itself.
    """
    ours, leaks = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        site = np.repeat([0, 1], 20)
        y = 1.5 * site + rng.normal(size=40)
        x = rng.normal(size=(40, 200)) + np.where(site[:, None] == 1, rng.normal(size=200), 0.0)
        ours.append(_correlation(_alone(x, site), y, ridge_predictions, seed))
        design = np.column_stack([np.ones(40), site, y])
        effect = np.linalg.lstsq(design, x, rcond=None)[0][1]
        leaks.append(_correlation(_alone(x - site[:, None] * effect), y, ridge_predictions, seed))
    assert np.mean(ours) < 0.1
    assert np.mean(leaks) > np.mean(ours) + 0.3


@pytest.mark.parametrize("outcome", ["value", "class"])
def test_the_permutation_p_of_noise_is_uniform(outcome: str) -> None:
    found = []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(30, 40)), rng.normal(size=30)
        if outcome == "class":
            y = (y > 0.4).astype(float)
        columns = np.stack([y, *(rng.permutation(y) for _ in range(39))], axis=1)
        folds = np.stack([deal_folds(np.zeros(30, dtype=np.int64), 5, rng) for _ in range(2)])
        statistic = squared_errors if outcome == "value" else ordered_pairs
        model = (ridge_predictions, statistic)
        found.append(permutation_p(permuted_statistics(_alone(x), columns, folds, model, seed)))
    p = np.array(found)
    # 80 draws: the share below .05, .25 and .5 within three standard errors
    for level in (0.05, 0.25, 0.5):
        assert abs((p <= level).mean() - level) < 3.0 * np.sqrt(level * (1.0 - level) / 80)


def test_a_planted_predictor_is_recovered_with_its_strength() -> None:
    """A third of the variance lies in one of 20 predictors; 400 people learn nearly all of it."""
    skills, slopes = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(400, 20))
        y = x[:, 0] + np.sqrt(2.0) * rng.normal(size=400)
        folds = np.stack([deal_folds(rank_bins(y, 80), 5, rng) for _ in range(2)])
        repeated = repeat_prediction(_alone(x), y, folds, ridge_predictions, seed)
        skill = corrected_resampled_t(skill_of(repeated, y).ravel(), np.ones(10), 0.25)
        skills.append(skill.estimate)
        slopes.append(calibrate_values(y, repeated.predictions.mean(axis=0)).slope)
        assert skill.low < 1.0 / 3.0 < skill.high + 0.1
    assert abs(np.mean(skills) - 1.0 / 3.0) < 0.06
    assert abs(np.mean(slopes) - 1.0) < 0.1


def test_a_brain_that_repeats_the_clinic_adds_nothing_and_an_own_part_is_seen() -> None:
    """Freedman and Lane: the clinical fit stays, what is left of the outcome is permuted."""
    copied, own = [], []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        clinic = rng.normal(size=(60, 1))
        noise, signal = rng.normal(size=(60, 10)), rng.normal(size=(60, 1))
        for brain, y, p in (
            (clinic + 0.5 * noise, clinic[:, 0] + rng.normal(size=60), copied),
            (np.hstack([signal, noise]), (clinic + signal)[:, 0] + rng.normal(size=60), own),
        ):
            design = np.column_stack([np.ones(60), clinic])
            fit = design @ np.linalg.lstsq(design, y, rcond=None)[0]
            left = y - fit
            columns = np.stack([y, *(fit + rng.permutation(left) for _ in range(39))], axis=1)
            folds = deal_folds(np.zeros(60, dtype=np.int64), 5, rng)[None]
            both = Predictors(clinic, brain)
            model = (ridge_predictions, squared_errors)
            gain = permuted_statistics(both, columns, folds, model, seed) - permuted_statistics(
                both.without_penalised(), columns, folds, model, seed
            )
            p.append(permutation_p(gain))
    assert (np.array(copied) <= 0.1).mean() < 0.1 + 3.0 * np.sqrt(0.09 / 30)
    assert (np.array(own) <= 0.05).mean() > 0.8
