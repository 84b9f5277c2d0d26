"""The published form: its numbers beside bctpy's, and its faults, kept on purpose."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.modularity_daws2022 import modularity_daws2022


def _scan(data: np.ndarray) -> Scan:
    n = data.shape[1]
    names = tuple(f"r{i}" for i in range(n))
    atlas = Atlas("A", names, np.arange(n), ("",) * n, ("",) * n, np.full((n, 3), np.nan))
    return Scan("scan-1", "bold", data, atlas)


def _data(common: float, regions: int = 40) -> np.ndarray:
    rng = np.random.default_rng(0)
    data = rng.standard_normal((200, regions)) + common * rng.standard_normal((200, 1))
    return data + 0.7 * rng.standard_normal((200, 4))[:, np.arange(regions) * 4 // regions]


def _found(data: np.ndarray, seed: int = 0):
    return modularity_daws2022(_scan(data), rng=np.random.default_rng(seed))


def test_two_camps_by_hand() -> None:
    # Two groups of three, r = 1/2 inside and -1/2 between: half of the weight in each, Q = 1/2,
    # self loops or not; six of fifteen edges.
    t = np.arange(64)[:, None]
    waves = np.cos(2 * np.pi * t * np.arange(1, 8) / 64)
    found = _found(waves[:, [0]] * np.repeat([1.0, -1.0], 3) + waves[:, 1:7])
    assert float(found["modularity_q"]) == pytest.approx(0.5)
    assert float(found["modularity_density"]) == pytest.approx(0.4)


def test_normalised_q_is_that_of_bctpys_pieces() -> None:
    bct = pytest.importorskip("bct")
    data = _data(0.4)
    r = np.corrcoef(data.T)
    weights = np.arctanh(np.where((r > 0) & ~np.eye(40, dtype=bool), r, 0.0)) + np.eye(40)
    q = max(bct.community_louvain(weights, seed=s)[1] for s in range(100))
    nulls = [bct.randmio_und(weights, 1, seed=s)[0] for s in range(60)]
    q_null = [bct.community_louvain((m + m.T) / 2, seed=s)[1] for s, m in enumerate(nulls)]
    found = _found(data)
    assert float(found["modularity_q"]) == pytest.approx(q, abs=1e-9)
    error = np.std(q_null) / np.mean(q_null) * np.sqrt(1 / 60 + 1 / 100)
    expected = q / np.mean(q_null)
    assert float(found["modularity_q_norm"]) == pytest.approx(expected, rel=4 * error)


def test_trap_it_follows_density() -> None:
    made = [_found(_data(common)) for common in (0.0, 0.5, 0.8, 2.0)]
    densities = [float(m["modularity_density"]) for m in made]
    swaps = [float(m["modularity_swaps_per_edge"]) for m in made]
    norms = [float(m["modularity_q_norm"]) for m in made]
    assert densities == sorted(densities)
    assert swaps == sorted(swaps, reverse=True)
    assert norms == sorted(norms, reverse=True)
    assert norms[0] > 2.0
    assert norms[-1] == pytest.approx(1.0, abs=0.1)


def test_a_silent_region_stays_in_as_published() -> None:
    data = _data(0.4)
    data[:, 3] = 0.0
    found = _found(data)
    assert found["modularity_density"] < _found(np.delete(data, 3, axis=1))["modularity_density"]


def test_one_region_is_too_few() -> None:
    found = _found(_data(0.4)[:, :1])
    assert np.isnan(found["modularity_q_norm"])
    assert found["modularity_q_norm_status"] == "fewer than two regions with signal"
