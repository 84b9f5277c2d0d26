"""Beta series: one size of response an event and region, condition by condition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.correlation import fisher_z, pearson_matrix
from rewire.numerics.event_models import separate_weights, variance_inflation
from rewire.numerics.task_design import FREEDOM, Response, TaskRun, single_responses

FloatArray = npt.NDArray[np.float64]

FEWEST = 4
"""Events that a correlation needs at the very least: with 3 Fisher's z has no standard error."""

_SEEN = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class BetaSeries:
    """Responses to single events.

    Parameters
    ----------
    weights
        Shape (events, regions); NaN for regions without signal and events that cannot be told
        from others.
    member
        Condition of each event, shape (events,).
    usable
        Which events lie at least half (in energy) in retained volumes and can be told from others,
        shape (events,).
    told
        By condition present in the run: whether the rest of the design leaves something of it.
    """

    weights: FloatArray
    member: npt.NDArray[np.intp]
    usable: npt.NDArray[np.bool_]
    told: dict[int, bool]

    def correlated(self, condition: int) -> FloatArray:
        """Return Fisher z of every pair of regions over a condition's usable events.

        Shape (regions, regions); NaN on the diagonal and without signal.
        """
        mine = self.weights[self.usable & (self.member == condition)]
        live = np.isfinite(mine).all(axis=0)
        z = np.full((mine.shape[1], mine.shape[1]), np.nan)
        z[np.ix_(live, live)] = fisher_z(pearson_matrix(mine[:, live]))
        return z

    def count(self, condition: int) -> int:
        """Return how many of a condition's events are usable."""
        return int((self.usable & (self.member == condition)).sum())


def beta_series(run: TaskRun, response: Response) -> BetaSeries | None:
    """Estimate the response to every event by least squares, separate.

    Parameters
    ----------
    run
        The run.
    response
        Shape of the haemodynamic response.

    Returns
    -------
    BetaSeries or None
        None where fewer than four retained volumes are left over by the regressors.
    """
    single, share = single_responses(run, response)
    present, member = np.unique(run.member, return_inverse=True)
    single, drift = single[run.retained], run.drift[run.retained]
    if len(single) < len(present) + drift.shape[1] + 1 + FREEDOM:
        return None
    weights = np.full((len(member), len(run.live)), np.nan)
    weights[:, run.live] = separate_weights(run.series, single, member, drift)
    sums = np.column_stack([single[:, member == c].sum(axis=1) for c in range(len(present))])
    told = np.isfinite(variance_inflation(sums, drift))
    apart = np.isfinite(weights).any(axis=1)
    return BetaSeries(
        weights,
        run.member,
        (share >= _SEEN) & apart,
        {int(c): bool(t) for c, t in zip(present, told, strict=True)},
    )
