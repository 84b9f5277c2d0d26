"""Dynamic conditional correlation of scans: planted dynamics, surrogates, bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.dcc import dynamic_conditional_correlation


def _scan(data: np.ndarray) -> Scan:
    n = data.shape[1]
    names, blank = tuple(f"r{i}" for i in range(n)), ("",) * n
    network = tuple("X" if i < n / 2 else "Y" for i in range(n))
    return Scan(
        "s", "bold", data, Atlas("A", names, np.arange(n), blank, network, np.zeros((n, 3)))
    )


def _compute(scan: Scan, **options: int) -> xr.Dataset:
    return dynamic_conditional_correlation(scan, rng=np.random.default_rng(0), **options)


def _planted(depth: float) -> np.ndarray:
    """Four regions whose correlation comes and goes, and four that never correlate."""
    rng = np.random.default_rng(0)
    gate = 1.0 + depth * np.sin(2 * np.pi * np.arange(800) / 200)[:, None]
    first = rng.standard_normal((800, 4)) + gate * rng.standard_normal((800, 1))
    return np.column_stack([first, rng.standard_normal((800, 4))])


def test_planted_dynamics_are_found_where_they_are() -> None:
    moving = _compute(_scan(_planted(1.0)))
    still = _compute(_scan(_planted(0.0)))
    blocks = moving["dcc_variance_network"]
    assert blocks.sel(network="X", network2="X") > 1.5 * blocks.sel(network="Y", network2="Y")
    assert moving["dcc_variance"].mean() > 10.0 * still["dcc_variance"].mean()
    assert moving["dcc_variance"].mean() > 3.0 * moving["dcc_variance_surrogate"]


def test_networks_are_means_of_pairs() -> None:
    found = _compute(_scan(_planted(1.0)))
    pairs = found["dcc_variance"].to_numpy()
    between = found["dcc_variance_network"].sel(network="X", network2="Y").item()
    assert between == pytest.approx(pairs[:4, 4:].mean())
    within = found["dcc_variance_network"].sel(network="X", network2="X").item()
    assert within == pytest.approx(np.nanmean(pairs[:4, :4]))


def test_no_surrogates_are_said() -> None:
    found = _compute(_scan(_planted(1.0)), surrogates=0)
    assert np.isnan(found["dcc_variance_surrogate"])
    assert found["dcc_variance_surrogate_status"] == "no surrogate was asked for"
    assert np.isfinite(found["dcc_a"])


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (np.random.default_rng(0).standard_normal((51, 4)), "fewer than 50"),
        (np.random.default_rng(0).standard_normal((100, 1)), "fewer than two regions"),
        (np.repeat(np.random.default_rng(0).standard_normal((100, 1)), 2, axis=1), "perfect"),
        (np.arange(200.0).reshape(100, 2), "perfect"),
    ],
    ids=["short", "one", "same", "line"],
)
def test_what_has_no_dynamics_is_nan_with_a_reason(data: np.ndarray, word: str) -> None:
    found = _compute(_scan(data))
    for name in ("dcc_variance_network", "dcc_a", "dcc_variance_surrogate"):
        assert np.isnan(found[name]).all()
        assert all(word in text for text in found[f"{name}_status"].to_numpy().ravel())


def test_a_perfect_pair_alone_is_lost() -> None:
    data = _planted(1.0)
    found = _compute(_scan(np.column_stack([data, data[:, 0]])))
    assert found["dcc_variance_status"][0, 8] == "perfect correlation"
    lost = np.isnan(found["dcc_variance"].to_numpy()).sum()
    assert lost == 9 + 2


def test_censored_volumes_are_bridged() -> None:
    data = _planted(1.0)
    kept = np.ones(len(data), dtype=bool)
    kept[300:305] = False
    whole = _compute(_scan(data))["dcc_variance"]
    bridged = _compute(replace(_scan(data), kept=kept))["dcc_variance"]
    assert np.nanmax(np.abs(whole - bridged)) < 0.02


@pytest.mark.real
def test_raw_resting_scans_hardly_differ_from_stationary_ones(shared_data: Path) -> None:
    """What the autoregression is for: without it, smoothness passes for dynamics."""
    folder = shared_data / "connectome-bold"
    path = min(folder.glob("sub-*/func/*_timeseries.tsv"))
    scan = _scan(pd.read_csv(path, sep="\t").to_numpy(dtype=float)[:600, :40])
    raw = _compute(scan, autoregression=0)
    ratio = raw["dcc_variance"].mean() / raw["dcc_variance_surrogate"]
    assert 0.8 < ratio < 1.25
    freed = _compute(scan, autoregression=2)
    assert freed["dcc_variance"].mean() < 0.1 * raw["dcc_variance"].mean()
    assert freed["dcc_variance"].mean() > 1.5 * freed["dcc_variance_surrogate"]
