"""Carpets of series worked out by hand."""

from __future__ import annotations

import numpy as np

from rewire.numerics.carpet import HIGHEST, NO_VALUE, average_blocks, draw_carpet

MIDDLE = (HIGHEST + 1) // 2


def test_a_spike_is_the_brightest_and_the_rest_is_grey() -> None:
    series = np.tile([0.0, 1.0], 50)[:, None] * np.ones(3)
    series[40] = 30.0
    picture = draw_carpet(series)
    assert picture.shape == (3, 100)
    assert (picture[:, 40] == HIGHEST).all()
    others = np.delete(picture, 40, axis=1).astype(int)
    assert np.abs(others - MIDDLE).max() <= 3


def test_shades_are_standard_deviations_of_the_retained_volumes() -> None:
    # kept: -1, 0, 1, so mean 0 and SD 1; 16 shades are 2.5 SD
    series = np.array([[-1.0], [0.0], [1.0], [100.0], [-100.0], [2.0]])
    kept = np.array([True, True, True, False, False, False])
    assert draw_carpet(series, kept).tolist() == [[11, 17, 23, 33, 1, 30]]


def test_what_has_no_value_has_a_shade_of_its_own() -> None:
    series = np.random.default_rng(0).normal(size=(20, 3))
    series[:, 1] = 4.0
    series[7, 2] = np.nan
    picture = draw_carpet(series)
    assert (picture[1] == NO_VALUE).all()
    assert picture[2, 7] == NO_VALUE
    assert np.count_nonzero(picture == NO_VALUE) == 21


def test_large_scans_are_averaged_into_the_room_there_is() -> None:
    series = np.random.default_rng(1).normal(size=(1001, 450))
    series[:500] += 10.0
    picture = draw_carpet(series)
    assert picture.shape == (200, 300)
    assert picture[:, :149].min() > MIDDLE > picture[:, 151:].max()


def test_blocks_are_means_of_what_is_there() -> None:
    values = np.array([[1.0, np.nan], [3.0, np.nan], [5.0, 2.0], [np.nan, 4.0], [7.0, 6.0]])
    assert np.array_equal(average_blocks(values, 2), [[2.0, np.nan], [6.0, 4.0]], equal_nan=True)
    assert average_blocks(values, 9) is not None
    assert len(average_blocks(values, 9)) == 5
