"""Lempel-Ziv complexity and sample entropy of scans whose order is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.complexity import lempel_ziv, sample_entropy
from rewire.numerics.sample_entropy import white_sample_entropy


def _scan(data: np.ndarray) -> Scan:
    n = data.shape[1]
    names = tuple(f"r{i}" for i in range(n))
    atlas = Atlas("A", names, np.arange(n), ("",) * n, ("",) * n, np.full((n, 3), np.nan))
    return Scan("scan-1", "bold", data, atlas)


def _words(data: np.ndarray, seed: int = 0, **options: object) -> xr.Dataset:
    return lempel_ziv(_scan(data), rng=np.random.default_rng(seed), **options)


def _entropy(data: np.ndarray, **options: object) -> xr.Dataset:
    return sample_entropy(_scan(data), rng=np.random.default_rng(0), **options)


def _noise(volumes: int, regions: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((volumes, regions))


def _smooth(volumes: int, regions: int, seed: int = 0) -> np.ndarray:
    sums = _noise(volumes + 8, regions, seed).cumsum(axis=0)
    return sums[8:] - sums[:-8]


def test_a_square_wave_by_hand() -> None:
    # 1100 over and over: 1 10 01 10011001...: four words
    square = np.tile([[1.0], [1.0], [0.0], [0.0]], (25, 1))
    found = _words(np.hstack([square, square]), binarised="mean")
    shuffled = float(found["lempel_ziv_finite_length"][0]) * 100 / np.log2(100)
    assert float(found["lempel_ziv"][0]) == pytest.approx(4 / shuffled)


def test_random_symbols_are_one_whatever_the_length() -> None:
    for volumes in (60, 240, 960):
        found = _words(_noise(volumes, 12), binarised="mean")
        assert float(found["lempel_ziv"].mean()) == pytest.approx(1.0, abs=0.03)
        assert found["lempel_ziv_global"].to_numpy() == pytest.approx([1.0, 1.0], abs=0.03)


def test_the_bias_of_length_is_shown_and_falls() -> None:
    shown = [float(_words(_noise(n, 6))["lempel_ziv_finite_length"].mean()) for n in (60, 240, 960)]
    assert shown[0] > shown[1] > shown[2] > 1.05


def test_smooth_series_are_what_their_spectrum_says_and_no_less() -> None:
    # a Gaussian process has no order beyond its spectrum
    found = _words(_smooth(300, 30))
    assert float(found["lempel_ziv"].mean()) < 0.8
    assert float(found["lempel_ziv"].mean()) == pytest.approx(
        float(found["lempel_ziv_phase_randomised"].mean()), rel=0.03
    )


def test_order_beyond_the_spectrum_is_seen() -> None:
    # one random stretch of 50 volumes, told six times: its spectrum keeps lines, not the text
    told = np.tile(_noise(50, 20), (6, 1))
    found = _words(told, binarised="mean")
    assert (found["lempel_ziv"] < 0.4).all()
    # over the scan, copies of one region repeat in space and not in time
    copies = _noise(200, 1) @ np.ones((1, 10)) + 0.01 * _noise(200, 10, 1)
    globally = _words(copies, binarised="mean")["lempel_ziv_global"]
    assert (globally < 0.3).all()


def test_bad_scans_have_no_complexity() -> None:
    data = _noise(50, 3)
    data[:, 1] = 4.0
    found = _words(data)
    assert found["lempel_ziv_status"].to_numpy().tolist() == ["ok", "no signal", "ok"]
    assert (
        _words(data[:, :2])["lempel_ziv_global_status"].to_numpy().tolist()
        == ["fewer than two regions with signal"] * 2
    )
    for made in (_words(_noise(9, 3)), _entropy(_noise(9, 3))):
        for name in ("lempel_ziv", "lempel_ziv_global", "sample_entropy", "sample_entropy_white"):
            if name in made:
                assert np.isnan(made[name]).all()
                assert (made[f"{name}_status"] == "fewer than 10 volumes").all()


def test_white_noise_has_the_entropy_of_theory() -> None:
    found = _entropy(_noise(900, 6), surrogates=3)
    for scale in (1, 2, 3):
        theory = white_sample_entropy(scale)
        assert float(found["sample_entropy"].sel(scale=scale).mean()) == pytest.approx(
            theory, rel=0.05
        )
        assert float(found["sample_entropy_white"].sel(scale=scale)) == pytest.approx(
            theory, rel=0.1
        )


def test_entropy_beyond_the_spectrum_is_seen() -> None:
    # the logistic map has a flat spectrum and one short rule
    x = np.empty((300, 2))
    x[0] = 0.3, 0.4
    for t in range(299):
        x[t + 1] = 3.99 * x[t] * (1 - x[t])
    found = _entropy(x, scales=(1,))
    chaotic = found["sample_entropy"].to_numpy()
    assert (chaotic < 0.5 * found["sample_entropy_phase_randomised"].to_numpy()).all()


def test_no_agreement_is_told() -> None:
    steps = np.column_stack([2.0 ** np.arange(12), np.arange(12) % 2])
    found = _entropy(steps, tolerance=1e-6, scales=(1,), surrogates=2)
    assert np.isnan(found["sample_entropy"][0, 0])
    assert found["sample_entropy_status"][0, 0] == "no two stretches agree"
    assert found["sample_entropy"][0, 1] == 0.0


@pytest.mark.real
def test_real_scans_repeat_more_than_chance_and_about_as_their_spectrum(shared_data: Path) -> None:
    path = next((shared_data / "psilocybin-acute").glob("sub-02/ses-*/func/*timeseries.tsv"))
    series = pd.read_csv(path, sep="\t").to_numpy(dtype=float)
    found = _words(series)
    assert float(found["lempel_ziv"].mean()) < 1.0
    assert found["lempel_ziv_global"].max() < 1.0
    assert float(found["lempel_ziv"].mean()) == pytest.approx(
        float(found["lempel_ziv_phase_randomised"].mean()), rel=0.1
    )
