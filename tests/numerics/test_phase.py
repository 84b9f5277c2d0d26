"""Phases, their coherence and the closed form of its leading eigenvector."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.phase import (
    band_pass,
    fill_gaps,
    instantaneous_phases,
    leading_eigenvectors,
    synchrony,
    usable_volumes,
    why_no_phases,
)


@pytest.mark.parametrize("regions", [2, 3, 10, 101])
def test_closed_form_is_the_leading_eigenvector(regions: int) -> None:
    phases = np.random.default_rng(regions).uniform(-np.pi, np.pi, (200, regions))
    found = leading_eigenvectors(phases)
    for vector, theta in zip(found, phases, strict=True):
        values, vectors = np.linalg.eigh(np.cos(theta[:, None] - theta[None, :]))
        top = vectors[:, -1]
        if values[-1] - values[-2] < 1e-3:  # then eigh itself cannot tell them apart
            continue
        assert np.abs(vector - top * np.sign(top @ vector)).max() < 1e-10
    np.testing.assert_allclose((found**2).sum(axis=1), 1.0, rtol=1e-12)


def test_most_regions_are_negative_and_ties_go_by_size() -> None:
    phases = np.random.default_rng(0).uniform(-np.pi, np.pi, (500, 8))
    found = leading_eigenvectors(phases)
    positive = (found > 0).sum(axis=1)
    assert (positive <= 4).all()
    assert (positive == 4).any()
    assert (found[positive == 4].sum(axis=1) <= 0).all()


def test_a_common_turn_of_all_phases_changes_nothing() -> None:
    phases = np.random.default_rng(0).uniform(-np.pi, np.pi, (50, 9))
    np.testing.assert_allclose(
        leading_eigenvectors(phases + 1.234), leading_eigenvectors(phases), atol=1e-12
    )


@pytest.mark.parametrize("turns", [0, 3, 10_000, 10_000_000])
def test_angles_far_from_zero_and_at_the_corners_are_reduced_well(turns: int) -> None:
    corners = np.arange(-8, 9) * np.pi / 4
    theta = np.concatenate([corners, np.nextafter(corners, 9.0), [0.3, 2.9, -3.1]])
    theta = theta + 2 * np.pi * turns
    matrix = np.cos(theta[:, None] - theta[None, :])
    top = np.linalg.eigh(matrix)[1][:, -1]
    found = leading_eigenvectors(theta[None])[0]
    assert np.abs(found - top * np.sign(top @ found)).max() < (1e-10 if turns < 1e6 else 1e-6)


def test_equal_eigenvalues_still_give_a_unit_vector_in_their_plane() -> None:
    theta = np.array([0.0, np.pi / 2])  # cos and sin are orthogonal: both eigenvalues are 1
    vector = leading_eigenvectors(theta[None])[0]
    matrix = np.cos(theta[:, None] - theta[None, :])
    np.testing.assert_allclose(matrix @ vector, vector, atol=1e-12)


def test_synchrony_of_a_hand_made_volume() -> None:
    # (1 + i + 1) / 3 = (2 + i) / 3, of size sqrt(5) / 3
    assert synchrony(np.array([[0.0, np.pi / 2, 0.0]]))[0] == pytest.approx(np.sqrt(5.0) / 3.0)


def test_synchrony_of_scattered_phases_is_that_of_a_random_walk() -> None:
    regions = 100
    found = synchrony(np.random.default_rng(0).uniform(0, 2 * np.pi, (4000, regions)))
    assert found.mean() == pytest.approx(np.sqrt(np.pi / 4.0 / regions), rel=0.03)  # Rayleigh


def test_planted_lag_is_recovered() -> None:
    t = 3.0 * np.arange(200)
    noise = np.random.default_rng(0).standard_normal((200, 2))
    wave = np.column_stack([np.sin(0.35 * t), np.sin(0.35 * t - 0.8)]) + 0.1 * noise
    phases = instantaneous_phases(wave + 1e4, 3.0, 0.04, 0.07)[20:-20]
    lag = np.angle(np.exp(1j * (phases[:, 0] - phases[:, 1])))
    assert np.median(lag) == pytest.approx(0.8, abs=0.05)


def test_filter_keeps_its_band_without_delay() -> None:
    t = 2.0 * np.arange(400)
    inside, below, above = (np.sin(2 * np.pi * f * t) for f in (0.053, 0.01, 0.15))
    found = band_pass(np.column_stack([inside, below, above]), 2.0, 0.04, 0.07)[60:-60]
    assert np.corrcoef(found[:, 0], inside[60:-60])[0, 1] > 0.999
    assert found[:, 0].std() == pytest.approx(inside.std(), rel=0.03)
    assert found[:, 1:].std(axis=0).max() < 0.02


@pytest.mark.parametrize(
    ("volumes", "repetition_time", "low", "high", "word"),
    [
        (100, float("nan"), 0.04, 0.07, "unknown"),
        (100, 0.0, 0.04, 0.07, "unknown"),
        (100, 2.0, 0.07, 0.04, "no such"),
        (100, 2.0, 0.0, 0.07, "no such"),
        (100, 7.5, 0.04, 0.07, "too far apart"),
        (20, 2.0, 0.04, 0.07, "shorter"),
        (15, 6.0, 0.04, 0.07, "shorter"),
    ],
)
def test_bad_bands_are_named_and_refused(
    volumes: int, repetition_time: float, low: float, high: float, word: str
) -> None:
    assert word in why_no_phases(volumes, repetition_time, low, high)
    with pytest.raises(ValueError, match=word):
        band_pass(np.zeros((volumes, 2)), repetition_time, low, high)


def test_what_stands_in_a_gap_is_never_read() -> None:
    series = np.random.default_rng(0).standard_normal((50, 3))
    kept = np.ones(50, dtype=bool)
    kept[[0, 20, 21, 49]] = False
    filled = []
    for value in (0.0, 1e9, np.nan):
        data = series.copy()
        data[~kept] = value
        filled.append(fill_gaps(data, usable_volumes(data, kept)))
    np.testing.assert_array_equal(filled[0], filled[1])
    np.testing.assert_array_equal(filled[0], filled[2])
    np.testing.assert_array_equal(filled[0][kept], series[kept])
    np.testing.assert_allclose(filled[0][20], series[19] + (series[22] - series[19]) / 3)
