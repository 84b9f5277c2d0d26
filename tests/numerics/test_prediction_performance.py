"""Skill, calibration and net benefit: by hand, and beside scikit-learn."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from rewire.numerics.prediction_performance import (
    area_under_curve,
    calibrate_probabilities,
    calibrate_values,
    corrected_resampled_t,
    net_benefit,
)


def test_the_area_is_scikit_learns_ties_included() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, size=(30, 4)).astype(float)
    s = rng.integers(0, 6, size=(30, 4)).astype(float)
    want = [roc_auc_score(y[:, b], s[:, b]) for b in range(4)]
    np.testing.assert_allclose(area_under_curve(y, s), want)
    assert np.isnan(area_under_curve(np.ones((3, 1)), np.ones((3, 1)))).all()


def test_the_interval_is_that_of_nadeau_and_bengio() -> None:
    # four folds, values 1 2 3 6: mean 3, s2 14 / 3; variance (1/4 + 1/4) 14/3; t with 3 df 3.1824
    got = corrected_resampled_t(np.array([1.0, 2.0, 3.0, 6.0]), np.ones(4), 0.25)
    se = np.sqrt(14.0 / 6.0)
    assert got.df == 3.0
    np.testing.assert_allclose([got.estimate, got.se], [3.0, se])
    np.testing.assert_allclose(
        [got.low, got.high], [3 - 3.182446 * se, 3 + 3.182446 * se], rtol=1e-6
    )


def test_folds_without_a_value_are_left_out_and_one_fold_has_no_interval() -> None:
    got = corrected_resampled_t(np.array([1.0, np.nan, 3.0]), np.ones(3), 0.5)
    assert got.estimate == 2.0
    alone = corrected_resampled_t(np.array([1.0]), np.ones(1), 0.5)
    assert alone.estimate == 1.0
    assert np.isnan(alone.se)
    assert np.isnan(corrected_resampled_t(np.array([np.nan]), np.ones(1), 0.5).estimate)


def test_the_calibration_of_values_is_a_least_squares_line() -> None:
    rng = np.random.default_rng(1)
    p = rng.normal(size=40)
    y = 3.0 + 0.5 * p + rng.normal(size=40)
    want = stats.linregress(p, y)
    got = calibrate_values(y, p)
    np.testing.assert_allclose([got.slope, got.intercept], [want.slope, want.intercept])
    assert np.isnan(calibrate_values(y, np.full(40, 2.0)).slope)


def test_probabilities_that_mean_what_they_say_have_slope_one() -> None:
    rng = np.random.default_rng(2)
    logit = rng.normal(size=20_000)
    y = (rng.random(20_000) < expit(logit)).astype(float)
    honest = calibrate_probabilities(y, expit(logit))
    bold = calibrate_probabilities(y, expit(2.0 * logit))
    assert abs(honest.slope - 1.0) < 0.05
    assert abs(honest.intercept) < 0.05
    assert abs(bold.slope - 0.5) < 0.05
    assert np.isnan(calibrate_probabilities(np.ones(9), np.linspace(0.1, 0.9, 9)).slope)


def test_net_benefit_by_hand() -> None:
    # at .25: 2 true and 2 false of 5 -> .4 - .4 / 3; treat all: .4 - .6 / 3 = .2
    y = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    p = np.array([0.9, 0.3, 0.5, 0.25, 0.1])
    np.testing.assert_allclose(net_benefit(y, p, np.array([0.25])), 0.4 - 0.4 / 3.0)
    np.testing.assert_allclose(net_benefit(y, np.ones(5), np.array([0.25])), 0.2)
