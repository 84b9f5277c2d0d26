"""Sample entropy over scales: how poorly a stretch of a series tells what comes next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.special import erf

FloatArray = npt.NDArray[np.float64]


def sample_entropies(
    series: FloatArray, scales: Sequence[int] = (1,), length: int = 2, tolerance: float = 0.3
) -> FloatArray:
    """Measure the irregularity of each region's series at several scales.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), finite, in any unit.
    scales
        Volumes averaged into one, from 1.
    length
        Volumes in a stretch.
    tolerance
        Two volumes agree if they differ by no more than this many standard deviations of the
        region's series as it was recorded.

    Returns
    -------
    FloatArray
        ``ln(B / A)`` in nats, shape (scales, regions): B pairs of stretches agree, and A of them
        go on agreeing. NaN for a constant region and where A or B is 0.

    Raises
    ------
    ValueError
        If a scale, the length or the tolerance is not positive.

    Notes
    -----
    Richman and Moorman 2000 (10.1152/ajpheart.2000.278.6.H2039); scales as in Costa et al. 2002
    (10.1103/PhysRevLett.89.068102), with pairs counted together over all ways to begin averaging,
    so that short series keep a value (Wu et al. 2014, 10.1016/j.physleta.2014.03.034).

    Examples
    --------
    >>> saw = np.tile([[0.0], [1.0], [2.0]], (20, 1))
    >>> sample_entropies(saw).round(3).tolist()
    [[0.0]]
    """
    if min(scales, default=1) < 1 or length < 1 or not tolerance > 0.0:
        raise ValueError("scales and length must be 1 or more, tolerance more than 0")
    values = np.ascontiguousarray(np.asarray(series, dtype=np.float64).T)
    if not values.size:
        return np.full((len(scales), len(values)), np.nan)
    spread = values.std(axis=1)
    limits = tolerance * spread
    found = np.full((len(scales), len(values)), np.nan)
    for row, scale in enumerate(scales):
        counts = np.zeros((len(values), 2), dtype=np.int64)
        for offset in range(scale):
            _agreements(_averaged(values[:, offset:], scale), limits, length, counts)
        known = (counts > 0).all(axis=1) & (spread > 1e-12 * np.abs(values).max(axis=1))
        found[row, known] = np.log(counts[known, 0] / counts[known, 1])
    return found


def white_sample_entropy(scale: int, tolerance: float = 0.3) -> float:
    """Return the sample entropy of endless white Gaussian noise.

    Parameters
    ----------
    scale, tolerance
        As for :func:`sample_entropy`.

    Returns
    -------
    float
        ``-ln erf(tolerance sqrt(scale) / 2)``, nats, whatever the length of the stretches.

    Examples
    --------
    >>> round(white_sample_entropy(1, 0.2), 4)
    2.1851
    """
    return float(-np.log(erf(tolerance * np.sqrt(scale) / 2.0)))


def _averaged(values: FloatArray, scale: int) -> FloatArray:
    """Average each ``scale`` volumes in a row; what is left over at the end is dropped."""
    whole = values.shape[1] // scale
    blocks = values[:, : whole * scale].reshape(len(values), whole, scale)
    return np.ascontiguousarray(blocks.mean(axis=2))


@njit(cache=True)
def _agreements(values, limits, length, counts):  # type: ignore[no-untyped-def]
    """Add to ``counts`` the pairs that agree over ``length`` volumes, and over one more."""
    volumes = values.shape[1]
    agree = np.empty(volumes, np.uint8)
    for region in range(values.shape[0]):
        x = values[region]
        limit = limits[region]
        for lag in range(1, volumes - length):
            pairs = volumes - lag
            for i in range(pairs):
                agree[i] = abs(x[i] - x[i + lag]) <= limit
            # each pass asks for one more volume; loops without branches run many at a time
            for step in range(1, length + 1):
                if step == length:  # a stretch that ends with the series cannot go on
                    counts[region, 0] += agree[: pairs - length].sum()
                for i in range(pairs - step):
                    agree[i] &= agree[i + 1]
            counts[region, 1] += agree[: pairs - length].sum()
