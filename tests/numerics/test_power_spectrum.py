"""Spectra of known sines, and beside scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lombscargle

from rewire.numerics.power_spectrum import mean_spectrum

TR = 2.0


@pytest.mark.parametrize("gaps", [False, True])
def test_a_known_sine_is_found_whether_volumes_are_censored_or_not(gaps: bool) -> None:
    rng = np.random.default_rng(3)
    time = TR * np.arange(200)
    series = np.sin(2 * np.pi * 0.07 * time)[:, None] + 0.3 * rng.normal(size=(200, 5))
    kept = rng.random(200) > 0.4 if gaps else np.ones(200, dtype=bool)
    series[~kept] = 50.0  # what was censored must not count
    found = mean_spectrum(series, TR, kept)
    assert found.frequency[found.power.argmax()] == pytest.approx(0.07, abs=1 / 400)
    assert found.power.sum() == pytest.approx(1.0)
    assert found.frequency.max() < 0.25


def test_it_is_scipy_s_averaged_over_regions_of_unit_variance() -> None:
    rng = np.random.default_rng(4)
    series = rng.normal(size=(60, 3)) * [1.0, 10.0, 0.1] + 7.0
    kept = rng.random(60) > 0.3
    found = mean_spectrum(series, TR, kept)
    used = series[kept]
    scores = (used - used.mean(axis=0)) / used.std(axis=0)
    time = TR * np.flatnonzero(kept)
    power = [lombscargle(time, y, 2 * np.pi * found.frequency) for y in scores.T]
    mean = np.mean(power, axis=0)
    assert np.allclose(found.power, mean / mean.sum())


def test_there_is_none_where_nothing_can_be_told() -> None:
    rng = np.random.default_rng(5)
    assert not len(mean_spectrum(rng.normal(size=(7, 3)), TR).power)
    assert not len(mean_spectrum(rng.normal(size=(50, 3)), float("nan")).power)
    assert not len(mean_spectrum(np.ones((50, 3)), TR).power)
    assert not len(mean_spectrum(rng.normal(size=(50, 3)), TR, np.zeros(50, dtype=bool)).power)


def test_long_scans_give_no_more_points_than_asked_for() -> None:
    found = mean_spectrum(np.random.default_rng(6).normal(size=(1000, 4)), TR, most=120)
    assert len(found.frequency) == len(found.power) == 120
