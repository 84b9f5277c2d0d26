"""How much worse people who left must have fared for a difference to lose its evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

from rewire.numerics.reference_imputation import Departure, compare_completed
from rewire.numerics.rubin import Pooled

FloatArray = npt.NDArray[np.float64]

FOUND = "found"
NOT_REACHED = "p stays below the level over the whole grid"
NO_EVIDENCE = "p is not below the level without any delta"
WORSE = "the arm fared worse already, and deltas for the worse only add to it"
NOBODY = "nobody of the arm is missing at the last visit"


@dataclass(frozen=True, slots=True, eq=False)
class Tipping:
    """The difference at the last visit over a grid of deltas.

    Parameters
    ----------
    delta
        What was added to values after departure in the arm, shape (deltas,).
    estimate, se, df, p
        Pooled over imputations, shape (deltas,).
    point
        The delta at which p crosses the level; NaN unless the status is ``found``.
    status
        ``found``, or why there is no such delta.
    """

    delta: FloatArray
    estimate: FloatArray
    se: FloatArray
    df: FloatArray
    p: FloatArray
    point: float
    status: str


def find_tipping_point(
    completed: FloatArray,
    departure: Departure,
    column: int,
    grid: FloatArray,
    level: float = 0.05,
) -> Tipping:
    """Add deltas to what was imputed at the last visit of one arm, and test each time.

    Parameters
    ----------
    completed
        Under missing at random, shape (draws, people, visits).
    departure
        Who left when.
    column
        The covariate that marks the arm.
    grid
        Deltas in order of size from 0, all in the harmful direction, shape (deltas,).
    level
        Of p.

    Returns
    -------
    Tipping
        The first delta alone where nobody left. The point is solved for between the two deltas of
        the grid where p first crosses.

    Notes
    -----
    The delta-adjusted pattern mixture of Ratitch, O'Kelly and Tosiello 2013 (10.1002/pst.1549):
    the draws of the imputation are the same at each delta.
    """
    last = completed[:, :, -1:]
    left = departure.after(completed.shape[2])[:, -1] & (departure.covariates[:, column] == 1.0)

    grid = grid if left.any() else grid[:1]

    def at(delta: float) -> Pooled:
        return compare_completed(last + delta * left[:, None], departure, column)

    tests = [at(float(delta)).tests for delta in grid]
    estimate, se, df, p = (
        np.array([getattr(t, name).item() for t in tests]) for name in ("estimate", "se", "df", "p")
    )
    point, status = float("nan"), NOT_REACHED
    crossed = np.flatnonzero((p >= level) | (estimate * estimate[0] <= 0.0))
    if not left.any():
        status = NOBODY
    elif p[0] >= level:
        status = NO_EVIDENCE
    elif estimate[0] * grid[-1] > 0.0:
        status = WORSE
    elif len(crossed):
        at_or_past = int(crossed[0])
        low, high = grid[at_or_past - 1], grid[at_or_past]
        if p[at_or_past] < level:  # evidence of the opposite: p is 1 where the line meets 0
            before, after = estimate[at_or_past - 1], estimate[at_or_past]
            high = low + (high - low) * before / (before - after)
        point = float(optimize.brentq(lambda d: at(d).tests.p.item() - level, low, high))
        status = FOUND
    return Tipping(grid, estimate, se, df, p, point, status)
