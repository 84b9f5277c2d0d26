"""Phases of slow signals, and the leading pattern of phase coherence at each volume."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.signal import butter, detrend, filtfilt, hilbert

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_QUARTER = (1.5707963267341256, 6.0771005063039659e-11, 2.0222662487959506e-21)
"""Pi/2 in three parts, the first short enough that its multiples are exact."""
_REDUCIBLE = 1e5


def usable_volumes(series: FloatArray, kept: BoolArray | None = None) -> BoolArray:
    """Tell which volumes were recorded and survived censoring.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions).
    kept
        Which volumes survived censoring, shape (volumes,); None for all.

    Returns
    -------
    NDArray of bool
        Shape (volumes,); False where the volume was censored or every region is NaN.

    Examples
    --------
    >>> usable_volumes(np.array([[1.0, np.nan], [np.nan, np.nan]])).tolist()
    [True, False]
    """
    recorded = ~np.isnan(series).all(axis=1)
    return np.asarray(recorded if kept is None else recorded & kept)


def fill_gaps(series: FloatArray, usable: BoolArray) -> FloatArray:
    """Bridge volumes that are not usable by straight lines, so that a filter can run.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions); usable volumes are finite.
    usable
        Bool, shape (volumes,), with at least one True.

    Returns
    -------
    FloatArray
        Shape (volumes, regions), same unit. Gaps at either end take the nearest usable volume.
        What stood in the gaps is not looked at. Leave bridged volumes out of every statistic.

    Examples
    --------
    >>> fill_gaps(np.array([[1.0], [9.0], [3.0]]), np.array([True, False, True])).tolist()
    [[1.0], [2.0], [3.0]]
    """
    values = np.asarray(series, dtype=np.float64)
    if usable.all():
        return values
    at = np.arange(len(values))
    return np.column_stack([np.interp(at, at[usable], column[usable]) for column in values.T])


def why_no_phases(volumes: int, repetition_time: float, low: float, high: float) -> str:
    """Say why a scan can have no phases in a band, in a few words; empty if it can.

    Parameters
    ----------
    volumes
        Length of the scan.
    repetition_time
        Seconds between volumes; NaN where unknown.
    low, high
        The band, Hz.

    Examples
    --------
    >>> why_no_phases(100, 3.0, 0.04, 0.07)
    ''
    >>> why_no_phases(100, 8.0, 0.04, 0.07)
    'volumes too far apart for the band'
    """
    if not repetition_time > 0.0:
        return "repetition time unknown"
    if not 0.0 < low < high:
        return "no such band"
    if high >= 0.5 / repetition_time:
        return "volumes too far apart for the band"
    if volumes * repetition_time < 2.0 / low or volumes < 16:
        return "shorter than two periods of the band"
    return ""


def band_pass(series: FloatArray, repetition_time: float, low: float, high: float) -> FloatArray:
    """Keep one band of frequencies without shifting anything in time.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit, complete and evenly sampled.
    repetition_time
        Seconds between volumes.
    low, high
        The band, Hz.

    Returns
    -------
    FloatArray
        Shape (volumes, regions), same unit.

    Raises
    ------
    ValueError
        If the scan can have no phases in the band; see :func:`why_no_phases`.

    Notes
    -----
    Straight line removed, then a second-order Butterworth filter forwards and backwards with
    mirrored ends of 12 volumes, as in the code of Kringelbach et al. 2020
    (10.1073/pnas.1921475117).

    Examples
    --------
    >>> t = 2.0 * np.arange(300)[:, None]
    >>> mixed = np.sin(2 * np.pi * 0.05 * t) + np.sin(2 * np.pi * 0.2 * t)
    >>> left = band_pass(mixed, 2.0, 0.04, 0.07)[50:-50]
    >>> bool(np.abs(left - np.sin(2 * np.pi * 0.05 * t)[50:-50]).max() < 0.1)
    True
    """
    reason = why_no_phases(len(series), repetition_time, low, high)
    if reason:
        raise ValueError(reason)
    b, a = butter(2, (2.0 * repetition_time * low, 2.0 * repetition_time * high), btype="bandpass")
    straight = detrend(np.asarray(series, dtype=np.float64), axis=0)
    return np.asarray(filtfilt(b, a, straight, axis=0, padlen=12))


def instantaneous_phases(
    series: FloatArray, repetition_time: float, low: float, high: float
) -> FloatArray:
    """Return the phase of each region's slow signal at each volume.

    Parameters
    ----------
    series, repetition_time, low, high
        As for :func:`band_pass`.

    Returns
    -------
    FloatArray
        Angles of the analytic signal in radians, -pi to pi, shape (volumes, regions).

    Examples
    --------
    >>> t = 2.0 * np.arange(300)
    >>> waves = np.column_stack([np.cos(0.3 * t), np.sin(0.3 * t)])
    >>> lag = np.diff(instantaneous_phases(waves, 2.0, 0.04, 0.07)[100], axis=0)
    >>> bool(abs(np.cos(lag[0] + np.pi / 2) - 1.0) < 1e-3)
    True
    """
    filtered = band_pass(series, repetition_time, low, high)
    return np.asarray(np.angle(hilbert(filtered, axis=0)))


def synchrony(phases: FloatArray) -> FloatArray:
    """Return how far the regions' phases agree at each volume.

    Parameters
    ----------
    phases
        Radians, shape (volumes, regions).

    Returns
    -------
    FloatArray
        Kuramoto's order parameter ``|mean exp(i theta)|``, 0 (scattered) to 1, shape (volumes,);
        its standard deviation over time is the metastability (Deco et al. 2017,
        10.1038/s41598-017-03073-5).

    Examples
    --------
    >>> synchrony(np.array([[0.0, 0.0], [0.0, np.pi]])).round(12).tolist()
    [1.0, 0.0]
    """
    return np.asarray(np.hypot(np.cos(phases).mean(axis=1), np.sin(phases).mean(axis=1)))


def leading_eigenvectors(phases: FloatArray) -> FloatArray:
    """Return the leading eigenvector of the phase coherence matrix of each volume.

    Parameters
    ----------
    phases
        Radians, shape (volumes, regions).

    Returns
    -------
    FloatArray
        Unit vectors, shape (volumes, regions). Their sign is that most regions are negative; where
        as many are positive, that the positive ones sum to less in size.

    Notes
    -----
    The matrix ``cos(theta_i - theta_j) = c c' + s s'`` has rank two, so its eigenvectors follow
    from a 2 x 2 matrix: the leading one is ``cos(theta - phi)`` with phi half the angle of
    ``sum exp(2 i theta)``, its eigenvalue ``(n + |sum exp(2 i theta)|) / 2``. Where that sum is 0
    both eigenvalues are equal and every direction in their plane leads; phi is then 0. Leading
    eigenvectors as a description of moments: Cabral et al. 2017 (10.1038/s41598-017-05425-7); the
    sign: the code of Kringelbach et al. 2020 (10.1073/pnas.1921475117).

    Examples
    --------
    >>> leading_eigenvectors(np.array([[0.0, 0.0, np.pi]])).round(4).tolist()
    [[-0.5774, -0.5774, 0.5774]]
    """
    angles = np.ascontiguousarray(phases, dtype=np.float64)
    if angles.size and not np.abs(angles).max() <= _REDUCIBLE:
        angles = np.angle(np.exp(1j * angles))
    vectors = np.empty_like(angles)
    _lead(angles, vectors)
    return vectors


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def _waves(angles, cosines, sines):  # type: ignore[no-untyped-def]
    """Write cosines and sines; without branches or calls, so that it runs several at a time.

    Angles are brought to within pi/4 of a multiple of pi/2, subtracted in three parts (Cody and
    Waite 1980), where the Taylor series below are exact to rounding.
    """
    for i in range(angles.size):
        quarter = math.floor(angles[i] * (2.0 / math.pi) + 0.5)
        x = ((angles[i] - quarter * _QUARTER[0]) - quarter * _QUARTER[1]) - quarter * _QUARTER[2]
        z = x * x
        odd = 1.0 / 6227020800.0 - z / 1307674368000.0
        odd = 1.0 / 362880.0 + z * (-1.0 / 39916800.0 + z * odd)
        odd = -1.0 / 6.0 + z * (1.0 / 120.0 + z * (-1.0 / 5040.0 + z * odd))
        even = -1.0 / 87178291200.0 + z / 20922789888000.0
        even = -1.0 / 3628800.0 + z * (1.0 / 479001600.0 + z * even)
        even = 1.0 / 24.0 + z * (-1.0 / 720.0 + z * (1.0 / 40320.0 + z * even))
        sine = x + x * z * odd
        cosine = 1.0 + z * (-0.5 + z * even)
        turn = np.int64(quarter) & 3
        first = cosine if turn & 1 == 0 else sine
        second = sine if turn & 1 == 0 else cosine
        cosines[i] = -first if turn == 1 or turn == 2 else first
        sines[i] = -second if turn >= 2 else second


@njit(cache=True, fastmath={"contract", "reassoc"})
def _lead(angles, vectors):  # type: ignore[no-untyped-def]
    """Write the signed unit vectors of all volumes."""
    volumes, regions = angles.shape
    cosines = np.empty(regions)
    sines = np.empty(regions)
    for t in range(volumes):
        _waves(angles[t], cosines, sines)
        across = 0.0
        along = 0.0
        for i in range(regions):
            along += (cosines[i] - sines[i]) * (cosines[i] + sines[i])
            across += 2.0 * cosines[i] * sines[i]
        phi = 0.5 * math.atan2(across, along)
        turn_c, turn_s = math.cos(phi), math.sin(phi)
        squares = 0.0
        balance = 0
        total = 0.0
        for i in range(regions):
            v = cosines[i] * turn_c + sines[i] * turn_s
            vectors[t, i] = v
            squares += v * v
            total += v
            balance += (1 if v > 0.0 else 0) - (1 if v < 0.0 else 0)
        scale = 1.0 / math.sqrt(squares) if squares > 0.0 else math.nan
        if balance > 0 or (balance == 0 and total > 0.0):
            scale = -scale
        for i in range(regions):
            vectors[t, i] *= scale
