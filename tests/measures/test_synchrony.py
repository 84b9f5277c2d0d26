"""Synchrony and metastability: limits, a planted coming and going, bad input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.synchrony import phase_synchrony

_NETWORK = ("X",) * 6 + ("Y",) * 6 + ("Z",)


def _scan(data: np.ndarray) -> Scan:
    names, blank = tuple(f"r{i}" for i in range(13)), ("",) * 13
    atlas = Atlas("A", names, np.arange(13), blank, _NETWORK, np.zeros((13, 3)))
    return Scan("s", "bold", data, atlas, {"repetition_time": 2.0})


def _waves(phases: np.ndarray) -> Scan:
    t = 2.0 * np.arange(len(phases))[:, None]
    return _scan(100.0 + np.cos(2 * np.pi * 0.055 * t + phases))


def _measure(scan: Scan) -> xr.Dataset:
    return phase_synchrony(scan, rng=np.random.default_rng(0))


def test_planted_phases_give_their_order_parameter() -> None:
    spread = np.linspace(0, 2 * np.pi, 6, endpoint=False)
    phases = np.tile(np.concatenate([np.full(6, 0.3), spread, [0.0]]), (400, 1))
    found = _measure(_waves(phases))
    order = found["synchrony_network"].to_numpy()
    assert order[0] == pytest.approx(1.0, abs=1e-6)
    assert order[1] < 0.05
    assert np.isnan(order[2])  # one region
    whole = abs(np.exp(1j * phases[0]).mean())
    assert found["synchrony"].item() == pytest.approx(whole, abs=0.02)
    assert found["metastability"].item() < 0.03


def test_coming_and_going_is_metastable() -> None:
    spread = np.linspace(0, 2 * np.pi, 13, endpoint=False)
    gate = (np.sin(2 * np.pi * np.arange(600) / 300) > 0)[:, None]
    found = _measure(_waves(gate * spread))
    assert found["metastability"].item() > 0.3


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"facts": {}}, "unknown"),
        ({"facts": {"repetition_time": 9.0}}, "too far apart"),
        ({"data": np.ones((300, 13))}, "two regions"),
        ({"data": np.random.default_rng(0).standard_normal((20, 13))}, "shorter"),
    ],
)
def test_bad_scans_are_nan_with_a_reason(change: dict[str, object], word: str) -> None:
    scan = _scan(np.random.default_rng(0).standard_normal((300, 13)))
    found = _measure(replace(scan, **change))
    for name in ("synchrony", "metastability", "synchrony_network", "metastability_network"):
        assert np.isnan(found[name]).all()
        assert all(word in text for text in found[f"{name}_status"].to_numpy().ravel())
