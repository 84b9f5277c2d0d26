"""How well people were predicted who were not in the training: skill, calibration, net benefit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from rewire.numerics.estimates import FloatArray
from rewire.numerics.penalised_paths import fit_logistic


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over folds with its standard error and interval; NaN where it cannot be had."""

    estimate: float
    se: float
    low: float
    high: float
    df: float


def corrected_resampled_t(
    values: FloatArray, weights: FloatArray, test_ratio: float, confidence: float = 0.95
) -> Interval:
    """Return the mean of a fold's values over folds and repeats, with an honest interval.

    Training sets overlap, so the variance of a mean over J folds is not s2 / J. Nadeau and Bengio
    (2003, 10.1023/A:1024068626366) take (1 / J + n_test / n_train) s2, and t with J - 1 degrees
    of freedom.

    Parameters
    ----------
    values
        One a fold and repeat, shape (J,); NaN where a fold has none.
    weights
        People in each fold, shape (J,).
    test_ratio
        Test people for each training person.
    confidence
        Level of the interval.

    Examples
    --------
    >>> got = corrected_resampled_t(np.array([1.0, 3.0]), np.ones(2), 0.25)
    >>> round(got.estimate, 6), round(got.se**2, 6)
    (2.0, 1.5)
    """
    known = np.isfinite(values)
    kept, weight = values[known], weights[known]
    folds = len(kept)
    if not folds or weight.sum() == 0.0:
        return Interval(math.nan, math.nan, math.nan, math.nan, math.nan)
    mean = float((kept * weight).sum() / weight.sum())
    if folds < 2:
        return Interval(mean, math.nan, math.nan, math.nan, math.nan)
    share = weight / weight.mean()
    variance = float((share * (kept - mean) ** 2).sum() / (folds - 1))
    se = math.sqrt((1.0 / folds + test_ratio) * variance)
    half = float(special.stdtrit(folds - 1, 0.5 + confidence / 2.0)) * se
    return Interval(mean, se, mean - half, mean + half, float(folds - 1))


def area_under_curve(outcome: FloatArray, score: FloatArray) -> FloatArray:
    """Return the share of pairs of one with and one without the outcome that are in order.

    Parameters
    ----------
    outcome
        1 and 0, shape (people, columns).
    score
        Shape (people, columns); ties count a half.

    Returns
    -------
    ndarray
        Shape (columns,); NaN where everybody has the same outcome.

    Examples
    --------
    >>> y, s = np.array([[1.0], [0.0], [0.0]]), np.array([[0.5], [0.5], [0.2]])
    >>> area_under_curve(y, s).tolist()
    [0.75]
    """
    has = outcome > 0.5
    above = score[:, None, :] > score[None, :, :]
    tied = score[:, None, :] == score[None, :, :]
    pairs = has[:, None, :] & ~has[None, :, :]
    won = (pairs * (above + 0.5 * tied)).sum(axis=(0, 1))
    count = pairs.sum(axis=(0, 1))
    return np.where(count > 0, won / np.maximum(count, 1), np.nan)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The line of the outcome on its prediction: 1 and 0 where predictions mean what they say."""

    slope: float
    intercept: float


def calibrate_values(outcome: FloatArray, predicted: FloatArray) -> Calibration:
    """Return slope and intercept of the outcome on its prediction by least squares.

    NaN where the predictions hardly vary (less than a thousandth of the outcome's spread).

    Examples
    --------
    >>> calibrate_values(np.array([0.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    Calibration(slope=2.0, intercept=-2.0)
    """
    centred = predicted - predicted.mean()
    if not centred.std() > 1e-3 * outcome.std():
        return Calibration(math.nan, math.nan)
    slope = float(centred @ outcome / (centred @ centred))
    return Calibration(slope, float(outcome.mean() - slope * predicted.mean()))


def calibrate_probabilities(outcome: FloatArray, probability: FloatArray) -> Calibration:
    """Return slope and intercept of logistic recalibration (Cox 1958).

    The logit of the outcome is regressed on the logit of the prediction (held between .01 and
    .99); NaN where predictions hardly vary or everybody has one outcome.
    """
    held = special.logit(np.clip(probability, 0.01, 0.99))
    if outcome.min() == outcome.max() or not held.std() > 1e-2:
        return Calibration(math.nan, math.nan)
    design = np.column_stack([np.ones(len(held)), held])
    intercept, slope = fit_logistic(design, outcome, np.zeros(2), np.zeros(2))
    if abs(slope) > 100.0:  # separated
        return Calibration(math.nan, math.nan)
    return Calibration(float(slope), float(intercept))


def net_benefit(outcome: FloatArray, probability: FloatArray, thresholds: FloatArray) -> FloatArray:
    """Return the net benefit of acting on a prediction at each threshold.

    True positives less false positives weighed by the odds of the threshold, both over all people
    (Vickers and Elkin 2006, 10.1177/0272989X06295361).

    Parameters
    ----------
    outcome
        1 and 0, shape (people,).
    probability
        Predicted; those at or above the threshold are acted on. Shape (people,).
    thresholds
        Between 0 and 1, shape (thresholds,).

    Examples
    --------
    >>> y, p = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.9, 0.4, 0.6, 0.1])
    >>> net_benefit(y, p, np.array([0.5])).tolist()
    [0.0]
    """
    acted = probability[:, None] >= thresholds
    right = (acted * outcome[:, None]).mean(axis=0)
    wrong = (acted * (1.0 - outcome)[:, None]).mean(axis=0)
    return np.asarray(right - wrong * thresholds / (1.0 - thresholds))
