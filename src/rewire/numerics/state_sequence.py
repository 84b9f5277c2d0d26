"""What a sequence of states is made of: shares, runs and transitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MISSING = -1
"""The label of a volume that has no state (censored)."""


@dataclass(frozen=True, slots=True, eq=False)
class StateRuns:
    """Unbroken stretches in one state.

    Parameters
    ----------
    state
        Of each run, int64, shape (runs,).
    length
        Volumes, int64, shape (runs,).
    complete
        Whether both its beginning and its end were seen; False at the ends of the scan and next
        to a missing volume.
    """

    state: IntArray
    length: IntArray
    complete: npt.NDArray[np.bool_]


def state_occupancy(labels: IntArray, states: int) -> FloatArray:
    """Return the share of volumes in each state.

    Parameters
    ----------
    labels
        State of each volume from 0, or :data:`MISSING`; int64, shape (volumes,).
    states
        How many there are.

    Returns
    -------
    FloatArray
        Shape (states,), sums to 1; NaN where no volume has a state.

    Examples
    --------
    >>> state_occupancy(np.array([0, 1, 1, -1, 1]), 3).tolist()
    [0.25, 0.75, 0.0]
    """
    counts = np.bincount(labels[labels != MISSING], minlength=states).astype(np.float64)
    total = counts.sum()
    return counts / total if total > 0 else np.full(states, np.nan)


def state_runs(labels: IntArray) -> StateRuns:
    """Find the runs of a sequence.

    Parameters
    ----------
    labels
        As for :func:`state_occupancy`.

    Returns
    -------
    StateRuns
        In order of time, without the missing stretches.

    Examples
    --------
    >>> state_runs(np.array([0, 0, 1, 1, 1, 0])).length.tolist()
    [2, 3, 1]
    >>> state_runs(np.array([0, 0, 1, 1, 1, 0])).complete.tolist()
    [False, True, False]
    """
    edges = np.flatnonzero(np.diff(labels)) + 1
    starts = np.concatenate([np.zeros(min(len(labels), 1), dtype=np.int64), edges])
    ends = np.append(edges, len(labels))[: len(starts)]
    padded = np.concatenate([[MISSING], labels, [MISSING]])
    seen = (padded[starts] != MISSING) & (padded[ends + 1] != MISSING)
    own = labels[starts]
    real = own != MISSING
    return StateRuns(own[real], (ends - starts)[real], seen[real])


def state_lifetimes(labels: IntArray, states: int) -> FloatArray:
    """Return the mean length of each state's complete runs.

    Parameters
    ----------
    labels, states
        As for :func:`state_occupancy`.

    Returns
    -------
    FloatArray
        In volumes, shape (states,); NaN for a state without a complete run.

    Notes
    -----
    Runs cut by the ends of the scan are left out, as in the code of Kringelbach et al. 2020
    (10.1073/pnas.1921475117), which gives 0 where nothing is left.

    Examples
    --------
    >>> state_lifetimes(np.array([0, 1, 1, 0, 1, 1, 1, 1, 0]), 3).tolist()
    [1.0, 3.0, nan]
    """
    runs = state_runs(labels)
    own, length = runs.state[runs.complete], runs.length[runs.complete]
    counts = np.bincount(own, minlength=states)
    total = np.bincount(own, weights=length, minlength=states)
    means = np.full(states, np.nan)
    np.divide(total, counts, out=means, where=counts > 0)
    return means


def state_transitions(labels: IntArray, states: int) -> FloatArray:
    """Return how likely each state is to follow each other state from one volume to the next.

    Parameters
    ----------
    labels, states
        As for :func:`state_occupancy`. Pairs of volumes with one missing do not count.

    Returns
    -------
    FloatArray
        Shape (states from, states to), rows sum to 1, staying included; NaN in the row of a state
        that no known volume follows.

    Examples
    --------
    >>> state_transitions(np.array([0, 1, 1, 0, 1]), 2).round(3).tolist()
    [[0.0, 1.0], [0.5, 0.5]]
    """
    before, after = labels[:-1], labels[1:]
    both = (before != MISSING) & (after != MISSING)
    counts = np.zeros((states, states))
    np.add.at(counts, (before[both], after[both]), 1.0)
    rows = np.repeat(counts.sum(axis=1, keepdims=True), states, axis=1)
    shares = np.full(counts.shape, np.nan)
    np.divide(counts, rows, out=shares, where=rows > 0)
    return shares


def switching_rate(labels: IntArray) -> float:
    """Return the share of steps from one volume to the next that change the state.

    Parameters
    ----------
    labels
        As for :func:`state_occupancy`.

    Returns
    -------
    float
        0 to 1; NaN where no two volumes in a row have a state.

    Examples
    --------
    >>> switching_rate(np.array([0, 1, 1, 0, 1]))
    0.75
    """
    before, after = labels[:-1], labels[1:]
    both = (before != MISSING) & (after != MISSING)
    return float((before != after)[both].mean()) if both.any() else float("nan")
