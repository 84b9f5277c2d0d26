"""Leading eigenvectors of phase coherence: the closed form beside an eigen-solver per volume."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from benchmarks.row import Row, timed
from rewire.numerics.phase import leading_eigenvectors

FloatArray = npt.NDArray[np.float64]

_VOLUMES = 300
_REPEATS = 5


def run() -> Iterator[Row]:
    """Yield one row a number of regions; quality is the largest error against eigh."""
    for regions in (100, 400):
        phases = np.random.default_rng(0).uniform(-np.pi, np.pi, (_VOLUMES, regions))
        leading_eigenvectors(phases)  # compiles
        ours, found = timed(partial(leading_eigenvectors, phases), 20 * _REPEATS)
        theirs, solved = timed(partial(_solved, phases), _REPEATS if regions < 200 else 1)
        signs = np.sign((found * solved).sum(axis=1, keepdims=True))
        error = float(np.abs(found - signs * solved).max())
        yield Row(
            f"LEiDA eigenvectors, {regions} regions x {_VOLUMES} volumes",
            ours,
            "numpy eigh per volume",
            theirs,
            f"error {error:.1e}",
            "reference",
            "both from phases; signs aligned by ours alone",
        )


def _solved(phases: FloatArray) -> FloatArray:
    """Return the leading eigenvector of every volume's matrix."""
    return np.array([np.linalg.eigh(np.cos(t[:, None] - t[None, :]))[1][:, -1] for t in phases])
