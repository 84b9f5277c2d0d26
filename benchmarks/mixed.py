"""Random-intercept models of 4,950 edges beside statsmodels, one model at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import statsmodels.api as sm

from benchmarks.row import Row, timed
from rewire.numerics.mixed_many import fit_many_mixed

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_EDGES, _PEOPLE, _THEIRS = 4950, 60, 20


def _made(sessions: int, lost: float) -> tuple[FloatArray, FloatArray, IntArray]:
    rng = np.random.default_rng(sessions)
    groups = np.repeat(np.arange(_PEOPLE), sessions)
    t = np.tile(np.arange(sessions), _PEOPLE)
    kept = rng.random(len(groups)) >= lost
    groups, t = groups[kept], t[kept]
    arm = (groups % 2).astype(float)
    columns = [np.ones(len(groups)), arm]
    for k in range(1, sessions):
        columns += [(t == k).astype(float), (t == k) * arm]
    level = rng.standard_normal((_PEOPLE, _EDGES))[groups] * rng.uniform(0.3, 1.5, _EDGES)
    return level + rng.standard_normal(level.shape), np.column_stack(columns), groups


def run() -> Iterator[Row]:
    """Yield a row for two sessions of everybody and for three of which some are missing."""
    for sessions, lost, name in ((2, 0.0, "balanced"), (3, 0.2, "a fifth of the rows missing")):
        y, x, groups = _made(sessions, lost)
        ours, found = timed(lambda y=y, x=x, g=groups: fit_many_mixed(y, x, g), 3)  # type: ignore[misc]

        def theirs(
            y: FloatArray = y, x: FloatArray = x, g: npt.NDArray[np.int64] = groups
        ) -> FloatArray:
            fits = [sm.MixedLM(y[:, c], x, g).fit(reml=True) for c in range(_THEIRS)]
            return np.array([fit.fe_params[-1] for fit in fits])

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # statsmodels warns at every singular fit
            seconds, estimates = timed(theirs)
        apart = float(np.abs(found.estimate[-1, :_THEIRS] - estimates).max())
        yield Row(
            f"mixed model, {_EDGES:,} edges x {_PEOPLE} people x {sessions} sessions, {name}",
            ours,
            "statsmodels MixedLM",
            seconds * _EDGES / _THEIRS,
            "with Satterthwaite df",
            f"largest difference {apart:.1e}",
            f"timed on {_THEIRS} edges and scaled; it gives no small-sample df",
        )
