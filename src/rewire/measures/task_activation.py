"""Responses to a task: how strongly each region answers each condition."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.errors import UsageError
from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.event_models import left_over, variance_inflation
from rewire.numerics.task_design import (
    FREEDOM,
    NOISES,
    RESPONSES,
    TOO_SHORT,
    Noise,
    Response,
    TaskRun,
    condition_regressors,
    fit_weights,
    prepare_run,
    spread,
)

FloatArray = npt.NDArray[np.float64]

_ROUNDING = 1e-9
_DIMS = ("condition", "region")


@measure(
    needs=("task",),
    gives=(
        Quantity(
            "task_activation",
            "1",
            _DIMS,
            "Response to a condition in standard deviations of the region's series without drift.",
            label="response to the task",
        ),
        Quantity(
            "task_variance_inflation",
            "1",
            ("condition",),
            "How much the rest of the design widens the variance of a condition's response.",
            "diagnostic",
        ),
        Quantity(
            "task_autocorrelation",
            "1",
            (),
            "Lag-1 autocorrelation that the model allowed for, mean over regions.",
            "diagnostic",
        ),
    ),
    source="Friston et al. 1995, doi:10.1002/hbm.460020402; "
    "Worsley et al. 2002, doi:10.1006/nimg.2001.0933",
)
def task_activation(
    scan: Scan,
    *,
    rng: np.random.Generator,
    response: Response = "glover",
    high_pass: float = 0.01,
    noise: Noise = "ar1",
) -> xr.Dataset:
    """Measure how strongly each region responds to each condition of a task.

    Parameters
    ----------
    scan
        Kind ``task``, with events and ``repetition_time``.
    rng
        Not used: nothing is random.
    response
        Shape of the haemodynamic response.
    high_pass
        Drifts slower than this (Hz) are modelled by cosines; 0 for a constant alone.
    noise
        First-order autoregressive noise, or white.

    Returns
    -------
    xr.Dataset
        ``task_activation`` with dims (condition, region), and its standard error
        ``task_activation_se``; unit 1: the weight of the condition's regressor over the standard
        deviation of the region's retained series without drift, since parcellated series come in
        any unit. NaN for a region without signal, for a condition without an event in the run or
        that the rest of the design explains, with fewer than four volumes more than regressors,
        and without events. ``task_variance_inflation`` (1 at best) and ``task_autocorrelation``
        beside it.

    Notes
    -----
    nilearn's first-level model: each condition's boxcar is convolved with the response, sampled at
    ``start_time`` (0 where unknown) and every repetition time after. Each censored volume has a
    regressor of its own, which leaves it out and keeps the distances in time between the others.
    Series that were band-passed answer to regressors that were not: leave such filters out of the
    preprocessing of task runs.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> from rewire.core.events import Events
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "Y"), np.zeros((2, 3)))
    >>> events = Events(np.array([20.0, 60.0, 100.0]), np.full(3, 15.0), ("go",) * 3, "inhibit")
    >>> data = np.random.default_rng(0).standard_normal((80, 2))
    >>> data[13:21, 0] += 6.0; data[33:41, 0] += 6.0; data[53:61, 0] += 6.0
    >>> scan = Scan("s", "task", data, atlas, {"repetition_time": 2.0}, events=events)
    >>> found = task_activation(scan, rng=np.random.default_rng(0))["task_activation"]
    >>> bool(found.sel(condition="inhibit/go", region="a") > 1.0)
    True
    """
    if noise not in NOISES:
        raise UsageError(f"noise '{noise}' is unknown; there are {', '.join(NOISES)}.")
    run = _prepare(scan, response, high_pass)
    if isinstance(run, str):
        return _dataset(scan, run)
    columns, drift = condition_regressors(run, response), run.drift[run.retained]
    design = np.column_stack([columns[run.retained], drift])
    if len(design) < design.shape[1] + FREEDOM:
        return _dataset(scan, TOO_SHORT)
    present = np.unique(run.member)
    inflation = np.full(len(scan.events.conditions) if scan.events else 0, np.inf)
    inflation[present] = variance_inflation(columns[run.retained], drift)
    scale = spread(left_over(run.series, drift))
    noisy = spread(left_over(run.series, design)) > _ROUNDING * scale
    if not noisy.any():
        return _dataset(scan, "nothing beside the design")
    fitted = fit_weights(run, run.series[:, noisy] / scale[noisy], columns, noise)
    weight, error = (np.full((len(inflation), len(run.live)), np.nan) for _ in range(2))
    at = np.ix_(present, np.flatnonzero(run.live)[noisy])
    weight[at], error[at] = fitted[:2]
    weight[np.isinf(inflation)] = error[np.isinf(inflation)] = np.nan
    return _dataset(scan, _reasons(run, inflation), (weight, error, inflation, fitted[2]))


def _prepare(scan: Scan, response: str, high_pass: float) -> TaskRun | str:
    if response not in RESPONSES:
        raise UsageError(f"response '{response}' is unknown; there are {', '.join(RESPONSES)}.")
    if not scan.events:
        return "no events"
    timing = (scan.facts.get("repetition_time", np.nan), scan.facts.get("start_time", 0.0))
    return prepare_run(scan.data, scan.kept, timing, scan.events.arrays, high_pass)


def _reasons(run: TaskRun, inflation: FloatArray) -> npt.NDArray[np.str_]:
    """Say for every condition and region why it may have no value."""
    there = np.isin(np.arange(len(inflation)), run.member)
    per_condition = np.where(there, "explained by the rest of the design", "no event in the run")
    per_region = np.where(run.live, "nothing beside the design", "no signal")
    lost = np.isinf(inflation)[:, None]
    return np.asarray(np.where(lost, per_condition[:, None], per_region[None, :]))


def _dataset(
    scan: Scan,
    reason: str | npt.NDArray[np.str_],
    found: tuple[FloatArray, FloatArray, FloatArray, float] | None = None,
) -> xr.Dataset:
    """Label the results; ``reason`` is the status of those that are undefined."""
    conditions = scan.events.conditions if scan.events else ()
    shape = (len(conditions), len(scan.atlas))
    if found is None:
        empty = np.full(shape, np.nan)
        found = (empty, empty, np.full(shape[0], np.nan), float("nan"))
    weight, error, inflation, lag = found
    inflation = np.where(np.isfinite(inflation), inflation, np.nan)
    status = np.broadcast_to(np.asarray(reason), shape)
    return xr.Dataset(
        {
            "task_activation": (_DIMS, weight),
            "task_activation_se": (_DIMS, error),
            "task_activation_status": (_DIMS, np.where(np.isfinite(weight), "ok", status)),
            "task_variance_inflation": ("condition", inflation),
            "task_variance_inflation_status": (
                "condition",
                np.where(np.isfinite(inflation), "ok", status[:, 0]),
            ),
            "task_autocorrelation": ((), lag),
            "task_autocorrelation_status": ((), "ok" if np.isfinite(lag) else str(reason)),
        },
        coords={"condition": list(conditions), "region": list(scan.atlas.regions)},
    )
