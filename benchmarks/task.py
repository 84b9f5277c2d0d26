"""Beta series of a task run, against one model an event."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from nilearn.glm.first_level import make_first_level_design_matrix, run_glm
from pandas import DataFrame

from benchmarks import Row
from rewire.numerics.beta_series import BetaSeries, beta_series
from rewire.numerics.task_design import TaskRun, prepare_run

_VOLUMES, _REGIONS, _EVENTS, _STEP = 300, 100, 60, 2.0


def run() -> Iterator[Row]:
    """Yield one row: sizes of the responses to 60 events in 100 regions, design included."""
    rng = np.random.default_rng(0)
    onset = np.arange(_EVENTS) * 9.6 + 0.04 * rng.integers(0, 50, _EVENTS)
    member = np.arange(_EVENTS) % 2
    signal = rng.standard_normal((_VOLUMES, _REGIONS))
    _ours(signal, onset, member)
    started = time.perf_counter()
    ours = _ours(signal, onset, member)
    middle = time.perf_counter()
    theirs = _theirs(signal, onset, member)
    seconds = middle - started, time.perf_counter() - middle
    r = float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])
    note = "60 events, 300 volumes, 100 regions; quality is the correlation with the rival"
    yield Row(
        "task: beta series", seconds[0], "nilearn, a model an event", seconds[1], r, 1.0, note
    )


def _ours(signal: np.ndarray, onset: np.ndarray, member: np.ndarray) -> np.ndarray:
    events = (onset, np.full(_EVENTS, _STEP), member)
    prepared = prepare_run(signal, None, (_STEP, 0.0), events, 0.01)
    series = beta_series(prepared, "glover") if isinstance(prepared, TaskRun) else None
    return series.weights if isinstance(series, BetaSeries) else np.full((_EVENTS, 1), np.nan)


def _theirs(signal: np.ndarray, onset: np.ndarray, member: np.ndarray) -> np.ndarray:
    times = _STEP * np.arange(_VOLUMES)
    found = []
    for event in range(_EVENTS):
        names = [f"c{c}" for c in member]
        names[event] = "one"
        table = DataFrame({"onset": onset, "duration": _STEP, "trial_type": names})
        design = make_first_level_design_matrix(times, table, high_pass=0.01)
        _, fitted = run_glm(signal, design.to_numpy(), noise_model="ols")
        found.append(fitted[0.0].theta[list(design.columns).index("one")])
    return np.array(found)
