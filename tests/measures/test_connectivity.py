"""Connectivity on scans whose correlations are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.connectivity import (
    connectivity,
    connectivity_by_network,
    connectivity_partial,
    global_brain_connectivity,
)

HALF = np.arctanh(0.5)


def _scan(data: np.ndarray, networks: tuple[str, ...]) -> Scan:
    n = data.shape[1]
    names = tuple(f"r{i}" for i in range(n))
    atlas = Atlas("A", names, np.arange(n), ("",) * n, networks, np.full((n, 3), np.nan))
    return Scan("scan-1", "bold", data, atlas)


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _known() -> Scan:
    """Return a scan with r = .5 within A (0, 1, 2) and B (3, 4), 0 between, one silent region.

    Sums of two out of seven orthogonal waves: a shared one gives r = 1/2.
    """
    t = np.arange(64)[:, None]
    waves = np.cos(2 * np.pi * t * np.arange(1, 8) / 64)
    data = np.column_stack(
        [
            waves[:, 0] + waves[:, 2],
            waves[:, 0] + waves[:, 3],
            waves[:, 0] + waves[:, 4],
            waves[:, 1] + waves[:, 5],
            waves[:, 1] + waves[:, 6],
            np.full(64, 3.0),
        ]
    )
    return _scan(data, ("A", "A", "A", "B", "B", "B"))


def test_edges_by_hand() -> None:
    found = connectivity(_known(), rng=_rng())
    z = found["connectivity"].to_numpy()
    assert z[0, 1] == pytest.approx(HALF)
    assert z[0, 3] == pytest.approx(0.0, abs=1e-12)
    status = found["connectivity_status"]
    assert status.sel(region="r0", region2="r0") == "a region with itself"
    assert status.sel(region="r0", region2="r5") == "no signal"
    assert status.sel(region="r5", region2="r5") == "no signal"


def test_a_copied_region_is_called_so() -> None:
    data = np.random.default_rng(0).standard_normal((30, 3))
    data[:, 2] = data[:, 0]
    found = connectivity(_scan(data, ("", "", "")), rng=_rng())
    assert np.isnan(found["connectivity"][0, 2])
    assert found["connectivity_status"][0, 2] == "perfect correlation"


def test_networks_by_hand() -> None:
    found = connectivity_by_network(_known(), rng=_rng())["connectivity_network"]
    assert found.sel(network="A", network2="A") == pytest.approx(HALF)
    assert found.sel(network="B", network2="B") == pytest.approx(HALF)  # the silent one left out
    assert found.sel(network="A", network2="B") == pytest.approx(0.0, abs=1e-12)


def test_networks_against_a_loop_over_pairs() -> None:
    rng = np.random.default_rng(1)
    networks = ("A", "B", "A", "", "B", "C", "A")
    data = rng.standard_normal((80, 7)) + rng.standard_normal((80, 1))
    found = connectivity_by_network(_scan(data, networks), rng=_rng())["connectivity_network"]
    for a in "ABC":
        for b in "ABC":
            pairs = [
                np.arctanh(np.corrcoef(data[:, i], data[:, j])[0, 1])
                for i in range(7)
                for j in range(7)
                if i != j and networks[i] == a and networks[j] == b
            ]
            value = found.sel(network=a, network2=b)
            if pairs:
                assert value == pytest.approx(np.mean(pairs))
            else:
                assert np.isnan(value)


def test_an_atlas_without_networks_gives_an_empty_table() -> None:
    data = np.random.default_rng(0).standard_normal((30, 3))
    found = connectivity_by_network(_scan(data, ("", "", "")), rng=_rng())
    assert found["connectivity_network"].shape == (0, 0)


def test_global_connectivity_by_hand_and_by_numpy() -> None:
    found = global_brain_connectivity(_known(), rng=_rng())["global_brain_connectivity"]
    # Four others with signal: two at .5 for A, one for B
    np.testing.assert_allclose(found[:5], HALF * np.array([2, 2, 2, 1, 1]) / 4, atol=1e-12)
    assert np.isnan(found[5])
    data = np.random.default_rng(2).standard_normal((50, 6))
    r = np.corrcoef(data.T)
    expected = [np.mean([np.arctanh(r[i, j]) for j in range(6) if j != i]) for i in range(6)]
    scan = _scan(data, ("",) * 6)
    found = global_brain_connectivity(scan, rng=_rng())["global_brain_connectivity"]
    np.testing.assert_allclose(found, expected)


def test_partial_connectivity_of_a_chain() -> None:
    # a -> b -> c with steps of unit variance: precision [[2,-1,0],[-1,2,-1],[0,-1,1]]
    noise = np.random.default_rng(3).standard_normal((50_000, 3))
    found = connectivity_partial(_scan(noise.cumsum(axis=1), ("",) * 3), rng=_rng())
    z = found["connectivity_partial"]
    assert z[0, 1] == pytest.approx(np.arctanh(0.5), abs=0.02)
    assert z[1, 2] == pytest.approx(np.arctanh(1 / np.sqrt(2)), abs=0.02)
    assert z[0, 2] == pytest.approx(0.0, abs=0.02)
    assert 0.0 <= found["connectivity_shrinkage"] < 0.01
