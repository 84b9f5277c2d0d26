"""The first-level model of a task run: regressors, drifts, and the weights that nilearn fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from rewire.numerics.correlation import has_signal
from rewire.numerics.event_models import event_responses, left_over

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]
Response = Literal["glover", "spm"]
Noise = Literal["ar1", "ols"]

RESPONSES: tuple[Response, ...] = ("glover", "spm")
"""Shapes of the haemodynamic response."""

NOISES: tuple[Noise, ...] = ("ar1", "ols")
"""First-order autoregressive noise, or white."""

FREEDOM = 4
"""Volumes that a model needs beyond its regressors."""

TOO_SHORT = f"fewer than {FREEDOM} volumes more than regressors"

_LEAD = 24.0  # s before the first volume after which a response is over
_TAIL = 32.0  # s that a response lasts
_STEPS = 50  # samples a volume, as nilearn's
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class TaskRun:
    """A task run ready for a model.

    Parameters
    ----------
    times
        Seconds, shape (volumes,).
    retained
        Which volumes are used, shape (volumes,).
    live
        Which regions have signal beside drift, shape (regions,).
    series
        Retained volumes of the live regions, shape (retained, live).
    drift
        Cosines and a constant, shape (volumes, drifts).
    onset, duration, member
        The events that can be seen in the run: seconds, and the condition of each.
    """

    times: FloatArray
    retained: BoolArray
    live: BoolArray
    series: FloatArray
    drift: FloatArray
    onset: FloatArray
    duration: FloatArray
    member: IntArray


def prepare_run(
    data: FloatArray,
    kept: BoolArray | None,
    timing: tuple[float, float],
    events: tuple[FloatArray, FloatArray, IntArray],
    high_pass: float,
) -> TaskRun | str:
    """Return a task run ready for a model, or why there can be no model.

    Parameters
    ----------
    data
        Shape (volumes, regions).
    kept
        Which volumes survived censoring, or None; volumes of NaN alone count as censored.
    timing
        Repetition time (s; NaN where unknown) and the time of the first volume (s).
    events
        Onset, duration and condition (from 0) of each.
    high_pass
        Slowest frequency (Hz) that is not modelled as drift; 0 for a constant alone.
    """
    step, start = timing
    onset, duration, member = events
    if not np.isfinite(step) or step <= 0:
        return "no repetition time"
    if not 0 <= high_pass < 0.5 / step:
        return "high-pass filter outside 0 to half the sampling frequency"
    recorded = np.isfinite(data).any(axis=1)
    retained = np.asarray(recorded if kept is None else recorded & kept, dtype=np.bool_)
    if retained.sum() < 3:
        return "fewer than three retained volumes"
    times = start + step * np.arange(len(data), dtype=np.float64)
    seen = (onset >= times[0] - _LEAD) & (onset < times[-1] + step)
    if not seen.any():
        return "no event in the run"
    drift = _drifts(times, high_pass)
    live = has_signal(data[retained])
    series = np.where(live, data[retained], 0.0)
    live &= spread(left_over(series, drift[retained])) > _ROUNDING * spread(series)
    if not live.any():
        return "no signal beside drift"
    series = np.ascontiguousarray(series[:, live])
    return TaskRun(times, retained, live, series, drift, onset[seen], duration[seen], member[seen])


def spread(series: FloatArray) -> FloatArray:
    """Return the root mean square of each column; shape (regions,)."""
    return np.asarray(np.sqrt((series**2).mean(axis=0)), dtype=np.float64)


def _drifts(times: FloatArray, high_pass: float) -> FloatArray:
    from nilearn.glm.first_level import make_first_level_design_matrix

    model = "cosine" if high_pass > 0 else None
    made = make_first_level_design_matrix(times, drift_model=model, high_pass=high_pass)
    return np.asarray(made.to_numpy(), dtype=np.float64)


def condition_regressors(run: TaskRun, model: str) -> FloatArray:
    """Return nilearn's regressors of the conditions that occur in the run.

    Parameters
    ----------
    run
        The run.
    model
        A response that nilearn knows, such as ``glover`` or ``spm + derivative + dispersion``.

    Returns
    -------
    ndarray
        Shape (volumes, conditions x parts of the response), conditions in their order.
    """
    from nilearn.glm.first_level import compute_regressor

    made = []
    for condition in np.unique(run.member):
        own = run.member == condition
        triplet = np.vstack([run.onset[own], run.duration[own], np.ones(own.sum())])
        regressor, _ = compute_regressor(
            triplet, model, run.times, oversampling=_STEPS, min_onset=-_LEAD
        )
        made.append(regressor)
    return np.column_stack(made)


def single_responses(run: TaskRun, response: Response) -> tuple[FloatArray, FloatArray]:
    """Return the response to each event, and which share of it lies in retained volumes.

    Parameters
    ----------
    run
        The run.
    response
        Shape of the response.

    Returns
    -------
    responses, share
        Shape (volumes, events); and shape (events,), in sums of squares, 0 to 1.
    """
    from nilearn.glm.first_level import glover_hrf, spm_hrf

    step = float(run.times[1] - run.times[0])
    hrf = {"glover": glover_hrf, "spm": spm_hrf}[response]
    kernel = (np.asarray(hrf(step, _STEPS, _TAIL), dtype=np.float64), step / _STEPS)
    responses = event_responses(run.onset, run.duration, run.times, kernel)
    first = np.ceil(_LEAD / step)
    last = len(run.times) + np.ceil((_TAIL + run.duration.max(initial=0.0)) / step)
    everywhere = run.times[0] + step * np.arange(-first, last)
    whole = (event_responses(run.onset, run.duration, everywhere, kernel) ** 2).sum(axis=0)
    seen = (responses[run.retained] ** 2).sum(axis=0)
    share = np.zeros(len(whole))
    np.divide(seen, whole, out=share, where=whole > 0)
    return responses, share


def fit_weights(
    run: TaskRun, scaled: FloatArray, columns: FloatArray, noise: Noise
) -> tuple[FloatArray, FloatArray, float]:
    """Fit nilearn's first-level model and return weights of the conditions.

    Parameters
    ----------
    run
        The run.
    scaled
        Retained volumes, shape (retained, regions), none of them explained by the design.
    columns
        Regressors of the conditions, shape (volumes, conditions).
    noise
        First-order autoregressive, or white.

    Returns
    -------
    weight, error, autocorrelation
        Shape (conditions, regions), the standard errors alike, and the mean lag-1
        autocorrelation over regions (0 for white noise).

    Notes
    -----
    Each censored volume has a regressor of its own, which leaves it out and keeps the distances
    in time between the others.
    """
    from nilearn.glm.contrasts import compute_contrast
    from nilearn.glm.first_level import run_glm

    spikes = np.eye(len(run.times))[:, ~run.retained]
    design = np.column_stack([columns, run.drift, spikes])
    series = np.zeros((len(run.times), scaled.shape[1]))
    series[run.retained] = scaled
    labels, fitted = run_glm(series, design, noise_model=noise)
    weights, errors = [], []
    for i in range(columns.shape[1]):
        one = np.zeros(design.shape[1])
        one[i] = 1.0
        contrast = compute_contrast(labels, fitted, one, stat_type="t")
        weights.append(np.ravel(contrast.effect_size()))
        errors.append(np.sqrt(np.ravel(contrast.effect_variance())))
    lag = float(np.mean(np.asarray(labels, dtype=np.float64)))
    return np.array(weights), np.array(errors), lag
