"""The search for the least of a mixed model's criterion from a start that is nearly there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

FloatArray = npt.NDArray[np.float64]

_AT_BOUND = 1e-3
_INSIDE = (0.3, 0.05)
_FLAT = 0.05  # a start below it has hardly a slope to follow


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where a search ended.

    Parameters
    ----------
    at
        The parameters.
    value
        The function there.
    converged
        Whether the search says that it is a minimum.
    """

    at: FloatArray
    value: float
    converged: bool


def search(
    function: Callable[[FloatArray], float],
    start: FloatArray,
    bounds: Sequence[tuple[float | None, float | None]],
) -> Found:
    """Return the least of a function of relative factors.

    A diagonal element enters by its square, so that the slope at 0 is 0 and a search that has
    overshot to 0 stays there; it is sent back inside, and what is lower counts.

    Parameters
    ----------
    function
        Of the free parameters.
    start
        Where the search begins, shape (parameters,).
    bounds
        Of each parameter; those from 0 up are diagonal elements.

    Examples
    --------
    >>> found = search(lambda x: float((x[0] ** 2 - 4.0) ** 2), np.zeros(1), [(0.0, None)])
    >>> found.at.round(4).tolist()
    [2.0]
    """
    if not len(start):
        return Found(start, function(start), True)
    diagonal = np.array([low == 0.0 for low, _ in bounds])
    best = _descend(function, np.where(diagonal & (start < _FLAT), _INSIDE[0], start), bounds)
    for inside in _INSIDE:
        stuck = diagonal & (best.at < _AT_BOUND)
        for one in np.flatnonzero(stuck):
            trial = best.at.copy()
            trial[one] = inside
            if function(trial) < best.value:
                again = _descend(function, trial, bounds)
                best = again if again.value < best.value else best
    return best


def _descend(
    function: Callable[[FloatArray], float],
    start: FloatArray,
    bounds: Sequence[tuple[float | None, float | None]],
) -> Found:
    found = optimize.minimize(
        function,
        start,
        method="L-BFGS-B",
        bounds=bounds,
        jac="2-point",
        options={"ftol": 1e-11, "gtol": 1e-4, "maxiter": 300},
    )
    return Found(np.asarray(found.x, dtype=np.float64), float(found.fun), bool(found.success))
