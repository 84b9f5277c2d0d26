"""How the variance of regions' series is spread over frequency, gaps or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.carpet import average_blocks
from rewire.numerics.correlation import has_signal

FloatArray = npt.NDArray[np.float64]

_LEAST_VOLUMES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Mean power spectrum of a scan's regions.

    Parameters
    ----------
    frequency
        Hz, rising, shape (frequencies,); empty where the scan is too short or has no signal.
    power
        Share of the power at each frequency, summing to 1, shape (frequencies,).
    """

    frequency: FloatArray
    power: FloatArray


def mean_spectrum(
    series: FloatArray,
    repetition_time: float,
    kept: npt.NDArray[np.bool_] | None = None,
    most: int = 120,
) -> Spectrum:
    """Return the Lomb-Scargle spectrum of the retained volumes, averaged over regions.

    Censored volumes leave gaps, which a Fourier transform would fill with zeros; here sines are
    fitted to the volumes that are there. Each region counts the same, whatever its variance.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit.
    repetition_time
        Seconds between volumes.
    kept
        Which volumes survived censoring, bool, shape (volumes,); None keeps all.
    most
        The most frequencies to return; neighbours are averaged.

    Returns
    -------
    Spectrum
        At the frequencies k / T below half the sampling rate, T the length of the recording.
        Empty with fewer than eight volumes, without a repetition time or without signal.

    Notes
    -----
    Scargle 1982 (10.1086/160554).

    Examples
    --------
    >>> t = 2.0 * np.arange(100)
    >>> found = mean_spectrum(np.sin(2 * np.pi * 0.05 * t)[:, None], 2.0)
    >>> round(float(found.frequency[found.power.argmax()]), 3)
    0.05
    """
    values = np.asarray(series, dtype=np.float64)
    volumes = len(values)
    there = np.isfinite(values).any(axis=1) if kept is None else kept
    used = values[there]
    varying = has_signal(used)
    complete = np.isfinite(used[:, varying]).all(axis=1)
    used = used[complete][:, varying]
    time = np.asarray(np.flatnonzero(there)[complete] * repetition_time, dtype=np.float64)
    if len(used) < _LEAST_VOLUMES or not varying.any() or not repetition_time > 0:
        return Spectrum(np.empty(0), np.empty(0))
    frequency = np.arange(1, (volumes - 1) // 2 + 1) / (volumes * repetition_time)
    scores = np.asarray((used - used.mean(axis=0)) / used.std(axis=0), dtype=np.float64)
    power = _lomb_scargle(scores, time, frequency).mean(axis=1)
    return Spectrum(average_blocks(frequency, most), _shares(average_blocks(power, most)))


def _lomb_scargle(values: FloatArray, time: FloatArray, frequency: FloatArray) -> FloatArray:
    """Return power, shape (frequencies, regions), of centred values."""
    angle = 2.0 * np.pi * frequency[:, None] * time
    double = 2.0 * angle
    shift = 0.5 * np.arctan2(np.sin(double).sum(axis=1), np.cos(double).sum(axis=1))
    angle -= shift[:, None]
    cosine, sine = np.cos(angle), np.sin(angle)
    power = (cosine @ values) ** 2 / (cosine**2).sum(axis=1)[:, None]
    power += (sine @ values) ** 2 / (sine**2).sum(axis=1)[:, None]
    return np.asarray(power / 2.0)


def _shares(power: FloatArray) -> FloatArray:
    return np.asarray(power / power.sum())
