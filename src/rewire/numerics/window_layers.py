"""Windows of a scan as the layers of a network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewire.numerics.correlation import positive_weights
from rewire.numerics.windows import taper_weights, window_starts

FloatArray = npt.NDArray[np.float64]


def window_layers(
    series: FloatArray, length: int, step: int, taper: float = 0.0, diagonal: float = 0.0
) -> FloatArray:
    """Turn each window of a scan into a layer of weights: Fisher's z of positive correlations.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit. A region that is constant or not finite in
        a window has no weights there.
    length, step
        Length of a window and distance between the starts of two, in volumes.
    taper
        Standard deviation of the Gaussian that blurs a window's edges, in volumes; 0 for none
        (Allen et al. 2014, 10.1093/cercor/bhs352).
    diagonal
        What to write on each diagonal; the published pipeline writes 1.

    Returns
    -------
    FloatArray
        Non-negative, shape (windows, regions, regions), symmetric; 0 where a correlation is not
        positive or undefined. No window for a scan that is shorter than one.

    Raises
    ------
    ValueError
        If a window has fewer than four volumes or the step is not positive.

    Examples
    --------
    >>> series = np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 2.0], [4.0, 4.0], [0.0, 9.0]])
    >>> window_layers(series, 4, 4).round(4).tolist()
    [[[0.0, 1.0986], [1.0986, 0.0]]]
    """
    if length < 4 or step < 1:
        raise ValueError(f"windows of {length} volumes every {step}; need at least 4 and 1")
    values = np.asarray(series, dtype=np.float64)
    starts = window_starts(len(values), length, step)
    weight = taper_weights(length, taper)
    layers = [_weights(values[start : start + length], weight) for start in starts]
    stack = np.array(layers).reshape(len(starts), values.shape[1], values.shape[1])
    stack[:, np.arange(values.shape[1]), np.arange(values.shape[1])] = diagonal
    return stack


def _weights(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Return network weights of one window whose volumes count differently."""
    with np.errstate(invalid="ignore"):
        centred = (values - weight @ values) * np.sqrt(weight)[:, None]
        norm = np.sqrt((centred**2).sum(axis=0))
        varies = norm > 1e-12 * np.abs(values).max(axis=0)  # False for NaN as well
    centred = np.where(varies, centred, 0.0) / np.where(varies, norm, 1.0)
    r = np.clip(centred.T @ centred, -1.0, 1.0)
    return positive_weights((r + r.T) / 2.0)
