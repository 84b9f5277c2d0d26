"""Linear models of events: a response for every event, and its size by itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

_LEAST = 1e-8
"""Share of a column's own size below which what others leave of it is rounding."""


def event_responses(
    onset: FloatArray, duration: FloatArray, times: FloatArray, kernel: tuple[FloatArray, float]
) -> FloatArray:
    """Return the response to each event at the times of the volumes.

    Parameters
    ----------
    onset, duration
        Seconds, shape (events,); an event of duration 0 lasts one step of the kernel.
    times
        When each volume was taken, in seconds, shape (volumes,).
    kernel
        The response to an impulse, shape (steps,), and the seconds between its samples.

    Returns
    -------
    ndarray
        Float64, shape (volumes, events).

    Notes
    -----
    The kernel is summed once: the response to an event is that sum since its onset less that since
    its end, which needs no convolution, however many events there are.

    Examples
    --------
    >>> block = event_responses(np.zeros(1), np.ones(1) * 2, np.arange(4.0), (np.ones(2) / 2, 1.0))
    >>> block[:, 0].tolist()
    [0.5, 1.0, 0.5, 0.0]
    """
    response, step = kernel
    total = np.concatenate(([0.0], np.cumsum(response)))
    at = np.arange(-1, len(response)) * step
    since = times[:, None] - onset[None, :]
    lasting = np.where(duration > 0, duration, step)
    begun = np.interp(since, at, total)
    return np.asarray(begun - np.interp(since - lasting, at, total), dtype=np.float64)


def variance_inflation(columns: FloatArray, nuisance: FloatArray) -> FloatArray:
    """Return how much the other columns of a design widen the variance of each column's weight.

    Parameters
    ----------
    columns
        Shape (volumes, columns).
    nuisance
        What else stands in the design, with its constant; shape (volumes, nuisance).

    Returns
    -------
    ndarray
        Shape (columns,); 1 for a column apart from all others, inf where the others hold it
        entirely (or it is constant) and no weight can be told.

    Examples
    --------
    >>> x = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
    >>> variance_inflation(x, np.ones((4, 1))).round(12).tolist()
    [1.0, 1.0]
    """
    factors = np.full(columns.shape[1], np.inf)
    own = ((columns - columns.mean(axis=0)) ** 2).sum(axis=0)
    size = (columns**2).sum(axis=0)
    for i in range(columns.shape[1]):
        others = np.column_stack([np.delete(columns, i, axis=1), nuisance])
        left = float((left_over(columns[:, [i]], others) ** 2).sum())
        if left > _LEAST * size[i]:
            factors[i] = own[i] / left
    return factors


def left_over(series: FloatArray, design: FloatArray) -> FloatArray:
    """Return what a design does not explain.

    Parameters
    ----------
    series
        Shape (volumes, regions), without NaN.
    design
        Shape (volumes, regressors); it may hold the same thing twice.

    Returns
    -------
    ndarray
        Shape (volumes, regions).

    Examples
    --------
    >>> left_over(np.array([[1.0], [3.0]]), np.ones((2, 1))).round(12).tolist()
    [[-1.0], [1.0]]
    """
    return np.asarray(series - design @ (_inverse(design) @ series), dtype=np.float64)


def separate_weights(
    series: FloatArray, events: FloatArray, member: IntArray, nuisance: FloatArray
) -> FloatArray:
    """Return the size of the response to each event, each from a model of its own.

    Parameters
    ----------
    series
        Shape (volumes, regions), without NaN.
    events
        Response to each event, shape (volumes, events).
    member
        Condition of each event, from 0; shape (events,).
    nuisance
        Drifts and a constant, shape (volumes, nuisance).

    Returns
    -------
    ndarray
        Shape (events, regions); NaN for an event that cannot be told from the others.

    Notes
    -----
    Least squares, separate: in the model of event e of condition c stand e, the other events of c
    as one regressor, every other condition as one, and the nuisance. With C the sum of the events
    of c, ``a e + b (C - e) = (a - b) e + b C``, so all these models share the columns Z (the
    conditions and the nuisance) and ``a = g + b``, where g is the slope on what Z leaves of e, and
    b the weight of C beside e. Z is inverted once for all events.

    References
    ----------
    Mumford et al. 2012, doi:10.1016/j.neuroimage.2011.08.076; Turner et al. 2012,
    doi:10.1016/j.neuroimage.2012.04.016 (the other conditions apart).

    Examples
    --------
    >>> events = np.eye(6)[:, :4]
    >>> series = events @ np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> separate_weights(series, events, np.array([0, 0, 1, 1]), np.ones((6, 1))).round(9)[:, 0]
    array([1., 2., 3., 4.])
    """
    count = int(member.max(initial=-1)) + 1
    sums = np.column_stack([events[:, member == c].sum(axis=1) for c in range(count)])
    shared = np.column_stack([sums, nuisance])
    inverse = _inverse(shared)
    of_series, of_events = inverse @ series, inverse @ events
    alone = events - shared @ of_events
    size = (alone**2).sum(axis=0)
    told = size > _LEAST * (events**2).sum(axis=0)
    slope = np.full((events.shape[1], series.shape[1]), np.nan)
    slope[told] = (alone[:, told].T @ series) / size[told, None]
    own = of_events[member, np.arange(len(member))]
    return np.asarray(slope * (1.0 - own[:, None]) + of_series[member], dtype=np.float64)


def network_means(values: FloatArray, member: npt.NDArray[np.bool_]) -> FloatArray:
    """Average a symmetric matrix over pairs of regions, one in each network.

    Parameters
    ----------
    values
        Shape (regions, regions); NaN where a pair has no value, as on the diagonal.
    member
        Which regions belong to each network, shape (networks, regions).

    Returns
    -------
    ndarray
        Shape (networks, networks), symmetric; NaN where no pair has a value.

    Examples
    --------
    >>> z = np.array([[np.nan, 0.2], [0.2, np.nan]])
    >>> network_means(z, np.eye(2, dtype=bool)).tolist()
    [[nan, 0.2], [0.2, nan]]
    """
    weight = member.astype(np.float64)
    known = np.isfinite(values)
    total = weight @ np.where(known, values, 0.0) @ weight.T
    pairs = weight @ known.astype(np.float64) @ weight.T
    means = np.full(total.shape, np.nan)
    np.divide(total, pairs, out=means, where=pairs > 0)
    return np.asarray((means + means.T) / 2.0, dtype=np.float64)


def _inverse(design: FloatArray) -> FloatArray:
    """Return the pseudo-inverse, with columns brought to one length so that units do not matter."""
    length = np.sqrt((design**2).sum(axis=0))
    length = np.where(length > 0, length, 1.0)
    return np.asarray(np.linalg.pinv(design / length, rcond=1e-10) / length[:, None])
