"""Windows and edge time series of scans: planted dynamics, stationary surrogates, bad input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from rewire.core import registry
from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.dynamics import dynamic_connectivity, edge_time_series

Measure = Callable[..., xr.Dataset]


def _scan(data: np.ndarray, network: tuple[str, ...] | None = None) -> Scan:
    n = data.shape[1]
    names, blank = tuple(f"r{i}" for i in range(n)), ("",) * n
    atlas = Atlas("A", names, np.arange(n), blank, network or ("X",) * n, np.zeros((n, 3)))
    return Scan("s", "bold", data, atlas, {"repetition_time": 2.0})


def _compute(name: str, scan: Scan, **options: float) -> xr.Dataset:
    return registry.compute(registry.get(name), [scan], options, 0)


def _switching(depth: float) -> Scan:
    """Eight regions whose common signal comes and goes every 100 s."""
    rng = np.random.default_rng(0)
    gate = 1.0 + depth * np.sign(np.sin(2 * np.pi * np.arange(600) / 100))[:, None]
    return _scan(rng.standard_normal((600, 8)) + gate * rng.standard_normal((600, 1)))


def test_planted_dynamics_exceed_their_surrogates_and_noise_does_not() -> None:
    moving = _compute("dynamic_connectivity", _switching(1.0))
    still = _compute("dynamic_connectivity", _switching(0.0))
    assert moving["connectivity_variability_ratio"] > 1.4
    assert still["connectivity_variability_ratio"] == pytest.approx(1.0, abs=0.1)
    assert moving["connectivity_variability"] > still["connectivity_variability"]


def test_variability_of_noise_is_that_of_fisher_z() -> None:
    scan = _scan(np.random.default_rng(0).standard_normal((4000, 6)))
    found = _compute("dynamic_connectivity", scan, window=60.0, step=60.0, surrogates=0)
    # windows of 30 independent volumes: the standard error of z is 1 / sqrt(27)
    expected = 1.0 / np.sqrt(27.0)
    assert found["connectivity_variability"].item() == pytest.approx(expected, rel=0.05)
    assert found["connectivity_windows"] == 133
    assert found["fcd_mean"].item() == pytest.approx(0.0, abs=0.02)
    assert np.isnan(found["connectivity_variability_ratio"])


def test_seconds_become_volumes() -> None:
    scan = _scan(np.random.default_rng(0).standard_normal((100, 4)))
    found = _compute("dynamic_connectivity", scan, window=40.0, step=20.0)
    assert found["connectivity_windows"] == len(range(0, 81, 10))


def test_windows_that_censoring_empties_are_left_out() -> None:
    scan = _scan(np.random.default_rng(0).standard_normal((100, 4)))
    kept = np.ones(100, dtype=bool)
    kept[:12] = False
    found = _compute("dynamic_connectivity", replace(scan, kept=kept), window=40.0, step=40.0)
    assert found["connectivity_windows"] == 4
    assert np.isfinite(found["connectivity_variability"]).all()


@pytest.mark.parametrize("measure", ["dynamic_connectivity", "edge_time_series"])
def test_one_network_and_none(measure: str) -> None:
    data = np.random.default_rng(0).standard_normal((100, 3))
    name = {"dynamic_connectivity": "connectivity_variability"}.get(measure, "edge_variance")
    single = _compute(measure, _scan(data, ("X", "X", "Y")))[name]
    assert np.isfinite(single.sel(network="X", network2="X"))
    assert np.isnan(single.sel(network="Y", network2="Y"))  # one region has no pair
    assert _compute(measure, _scan(data, ("", "", "")))[name].shape == (0, 0)


@pytest.mark.parametrize(
    ("data", "repetition_time", "word"),
    [
        (np.random.default_rng(0).standard_normal((20, 4)), 2.0, "two windows"),
        (np.random.default_rng(0).standard_normal((100, 4)), 30.0, "four volumes"),
        (np.random.default_rng(0).standard_normal((100, 4)), np.nan, "unknown"),
        (np.random.default_rng(0).standard_normal((100, 1)), 2.0, "two regions"),
        (np.ones((100, 4)), 2.0, "two regions"),
    ],
    ids=["short", "slow", "unknown", "one", "silent"],
)
def test_what_has_no_windows_is_nan_with_a_reason(
    data: np.ndarray, repetition_time: float, word: str
) -> None:
    scan = replace(_scan(data), facts={"repetition_time": repetition_time})
    found = _compute("dynamic_connectivity", scan)
    for name in ("connectivity_variability", "connectivity_variability_ratio", "fcd_variance"):
        assert np.isnan(found[name]).all()
        assert all(word in text for text in found[f"{name}_status"].to_numpy().ravel())


def test_windows_that_all_overlap_have_no_fcd() -> None:
    scan = _scan(np.random.default_rng(0).standard_normal((40, 4)))
    found = _compute("dynamic_connectivity", scan)
    assert np.isfinite(found["connectivity_variability"]).all()
    assert np.isnan(found["fcd_mean"])
    assert "share no volume" in found["fcd_mean_status"].item()


def test_edges_of_noise_have_variance_one_and_bursts_raise_it() -> None:
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((5000, 6))
    quiet = _compute("edge_time_series", _scan(noise))
    assert quiet["edge_variance"].item() == pytest.approx(1.0, abs=0.05)
    gate = np.where(rng.random((5000, 1)) < 0.1, 3.0, 1.0)
    bursts = _compute("edge_time_series", _scan(noise * gate))
    # mean g^4 over (mean g^2)^2 with g = 3 in a tenth of the volumes and 1 elsewhere
    assert bursts["edge_variance"].item() == pytest.approx(9.0 / 1.8**2, rel=0.1)
    assert bursts["cofluctuation_variability"] > 2.0 * quiet["cofluctuation_variability"]


def test_short_or_silent_scans_have_no_edges() -> None:
    for data in (np.ones((50, 4)), np.array([[1.0, 2.0], [2.0, 1.0]])):
        found = _compute("edge_time_series", _scan(data))
        assert np.isnan(found["cofluctuation_mean"])
        assert np.isnan(found["edge_variance"]).all()


def test_the_functions_stand_in_the_registry_under_their_names() -> None:
    for function in (dynamic_connectivity, edge_time_series):
        assert registry.get(function.__name__).compute is function
