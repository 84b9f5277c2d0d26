"""Surrogate series with random phases.

Neither kind is by itself a null for the modularity of a correlation matrix. Phases common to all
regions keep every correlation, so that Q is that of the data: they are a null for what varies over
time within a scan. Phases of each region's own keep its spectrum and remove every correlation, so
that the network is noise with another density and another mean weight than the data's: they ask
whether anything is connected at all. For static Q use
:func:`rewire.numerics.correlation_nulls.hqs_null`, which keeps mean and spread of the correlations
and their transitivity.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def surrogate_common_phases(series: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Randomise phases by the same angles in every region.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit, complete and evenly sampled.
    rng
        Source of randomness.

    Returns
    -------
    FloatArray
        Shape (volumes, regions), same unit; each region's mean and spectrum, and every pair's
        cross-spectrum and covariance, are those of the input. A region with a NaN is NaN.

    Notes
    -----
    Prichard and Theiler 1994 (10.1103/PhysRevLett.73.951).

    Examples
    --------
    >>> series = np.random.default_rng(0).standard_normal((50, 3))
    >>> made = surrogate_common_phases(series, np.random.default_rng(1))
    >>> bool(np.allclose(np.corrcoef(made.T), np.corrcoef(series.T)))
    True
    """
    values = np.asarray(series, dtype=np.float64)
    return _rotate(values, rng.uniform(0.0, 2.0 * np.pi, size=(len(values) // 2 + 1, 1)))


def surrogate_independent_phases(series: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Randomise phases by angles of each region's own.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit, complete and evenly sampled.
    rng
        Source of randomness.

    Returns
    -------
    FloatArray
        Shape (volumes, regions), same unit; each region's mean and spectrum are those of the
        input, correlations are those of independent series. A region with a NaN is NaN.

    Notes
    -----
    Theiler et al. 1992 (10.1016/0167-2789(92)90102-S).

    Examples
    --------
    >>> series = np.repeat(np.random.default_rng(0).standard_normal((200, 1)), 2, axis=1)
    >>> made = surrogate_independent_phases(series, np.random.default_rng(1))
    >>> bool(abs(np.corrcoef(made.T)[0, 1]) < 0.3)
    True
    """
    values = np.asarray(series, dtype=np.float64)
    shape = (len(values) // 2 + 1, values.shape[1])
    return _rotate(values, rng.uniform(0.0, 2.0 * np.pi, size=shape))


def _rotate(values: FloatArray, angles: FloatArray) -> FloatArray:
    """Turn the phase of every frequency but 0 and, for an even length, the highest."""
    turn = np.exp(1j * angles)
    turn[0] = 1.0
    if len(values) % 2 == 0:
        turn[-1] = 1.0
    return np.asarray(np.fft.irfft(np.fft.rfft(values, axis=0) * turn, n=len(values), axis=0))
