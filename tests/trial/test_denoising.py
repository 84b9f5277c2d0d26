"""Denoising: against plain least squares, before and after averaging, and across scrubbed gaps."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.core.imaging import Denoising
from rewire.trial.confounds import Confounds
from rewire.trial.denoising import above_nyquist, degrees_left, denoise

RNG = np.random.default_rng(4)
SERIES = 100 + RNG.normal(size=(120, 5)).cumsum(axis=0)
REGRESSORS = RNG.normal(size=(120, 7))
BAND = Denoising("6p", high_pass=0.01, low_pass=0.1)


def confounds(gone: tuple[int, ...] = (), columns: int = 7) -> Confounds:
    kept = np.ones(120, dtype=bool)
    kept[list(gone)] = False
    names = tuple(f"c{i}" for i in range(columns))
    return Confounds(names, REGRESSORS[:, :columns], kept)


def test_regression_is_least_squares() -> None:
    cleaned = denoise(SERIES, confounds(), Denoising("6p"), 2.0)
    time = np.arange(120)[:, None]
    design = np.hstack([np.ones((120, 1)), time, REGRESSORS])
    expected = SERIES - design @ np.linalg.lstsq(design, SERIES, rcond=None)[0]
    np.testing.assert_allclose(cleaned, expected, atol=1e-8)


def test_cleaning_the_mean_is_the_mean_of_what_was_cleaned() -> None:
    for denoising in (Denoising("6p"), BAND):
        every = denoise(SERIES, confounds((3, 50, 51)), denoising, 2.0)
        mean = denoise(SERIES.mean(axis=1, keepdims=True), confounds((3, 50, 51)), denoising, 2.0)
        np.testing.assert_allclose(mean[:, 0], every.mean(axis=1), atol=1e-9, equal_nan=True)


@pytest.mark.parametrize("gone", [(50,), (50, 69), (0, 1, 30, 31, 88, 119)])
def test_what_was_scrubbed_does_not_leak_through_the_filter(gone: tuple[int, ...]) -> None:
    """Volumes 50 and 69 lie as far from either end: nilearn 0.14 alone would not fill them."""
    spoilt = SERIES.copy()
    spoilt[list(gone)] = 1e4
    cleaned = denoise(spoilt, confounds(gone), BAND, 2.0)
    np.testing.assert_array_equal(cleaned, denoise(SERIES, confounds(gone), BAND, 2.0))
    assert np.flatnonzero(np.isnan(cleaned).all(axis=1)).tolist() == list(gone)
    assert np.isfinite(np.delete(cleaned, gone, axis=0)).all()


def test_a_filter_keeps_its_band() -> None:
    time, middle = np.arange(120) * 2.0, slice(30, 90)
    slow, wanted, fast = (np.sin(2 * np.pi * f * time) for f in (0.0025, 0.05, 0.22))
    mixed = np.stack([slow, wanted, fast], axis=1)
    cleaned = denoise(mixed, confounds(columns=0), BAND, 2.0)
    power = cleaned[middle].std(axis=0) / mixed[middle].std(axis=0)
    assert power[0] < 0.1
    assert power[1] > 0.9
    assert power[2] < 0.1


def test_none_leaves_the_series_alone() -> None:
    np.testing.assert_array_equal(
        denoise(SERIES, confounds(columns=0), Denoising("none"), 2.0), SERIES
    )


def test_a_region_without_a_value_stays_so() -> None:
    holed = SERIES.copy()
    holed[:, 2] = np.nan
    cleaned = denoise(holed, confounds(), BAND, 2.0)
    assert np.isnan(cleaned[:, 2]).all()
    others = [0, 1, 3, 4]
    whole = denoise(SERIES, confounds(), BAND, 2.0)
    np.testing.assert_allclose(cleaned[:, others], whole[:, others], atol=1e-10)


def test_degrees_of_freedom_by_hand() -> None:
    assert degrees_left(confounds(), Denoising("none"), 2.0) == 120
    assert degrees_left(confounds(), Denoising("6p"), 2.0) == 120 - 7 - 2
    assert degrees_left(confounds((1, 2, 3)), Denoising("6p"), 2.0) == 117 - 7 - 2
    twice = Confounds(("a", "b"), REGRESSORS[:, [0, 0]], np.ones(120, dtype=bool))
    assert degrees_left(twice, Denoising("6p"), 2.0) == 120 - 1 - 2
    filtered = degrees_left(confounds(), BAND, 2.0)  # 0.09 of 0.25 Hz
    assert filtered == pytest.approx(120 * 0.36 - 9)


def test_a_filter_beyond_nyquist() -> None:
    assert above_nyquist(BAND, 5.0)
    assert not above_nyquist(BAND, 2.0)
    assert not above_nyquist(BAND, float("nan"))
