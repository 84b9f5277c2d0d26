"""Modularity on scans whose network is known, and its two nulls."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.modularity import modularity


def scan_of(data: np.ndarray) -> Scan:
    """Return a scan of regions without networks or places."""
    n = data.shape[1]
    names = tuple(f"r{i}" for i in range(n))
    return Scan(
        "scan-1",
        "bold",
        data,
        Atlas("A", names, np.arange(n), ("",) * n, ("",) * n, np.full((n, 3), np.nan)),
    )


def two_camps() -> np.ndarray:
    """Return two groups of three regions with r = 1/2 inside and -1/2 between."""
    t = np.arange(64)[:, None]
    waves = np.cos(2 * np.pi * t * np.arange(1, 8) / 64)
    side = np.repeat([1.0, -1.0], 3)
    return waves[:, [0]] * side + waves[:, 1:7]


def modular(regions: int = 40, common: float = 0.4, seed: int = 0) -> np.ndarray:
    """Return 200 volumes with four modules and a signal common to all."""
    rng = np.random.default_rng(seed)
    data = rng.standard_normal((200, regions)) + common * rng.standard_normal((200, 1))
    return data + 0.7 * rng.standard_normal((200, 4))[:, np.arange(regions) * 4 // regions]


def _found(data: np.ndarray, seed: int = 0, **options: float):
    return modularity(scan_of(data), rng=np.random.default_rng(seed), **options)


def test_two_camps_by_hand() -> None:
    # Six of fifteen edges are positive, half of the weight in each camp: Q = 2 (1/2 - 1/4).
    found = _found(two_camps(), runs=5, nulls=5)
    assert float(found["modularity_q"]) == pytest.approx(0.5)
    assert float(found["modularity_density"]) == pytest.approx(0.4)


def test_q_is_that_of_bctpy() -> None:
    bct = pytest.importorskip("bct")
    data = modular()
    weights = np.corrcoef(data.T)
    np.fill_diagonal(weights, 0.0)
    weights = np.arctanh(np.maximum(weights, 0.0))
    theirs = max(bct.community_louvain(weights, seed=s)[1] for s in range(60))
    assert float(_found(data, nulls=1)["modularity_q"]) == pytest.approx(theirs, abs=1e-9)


def test_planted_modules_stand_out_from_both_nulls() -> None:
    found = _found(modular(), runs=20, nulls=20)["modularity_q_norm"]
    assert found.sel(model="strength") > 1.5
    assert found.sel(model="hqs") > 1.5


def test_noise_is_modular_against_strengths_but_not_against_correlations() -> None:
    # Correlations are transitive: modules of chance that only the correlation null knows of.
    made = [
        _found(np.random.default_rng(s).standard_normal((30, 60)), runs=20, nulls=20)
        for s in range(5)
    ]
    q = np.mean([m["modularity_q_norm"].to_numpy() for m in made], axis=0)
    assert q[1] == pytest.approx(1.0, abs=0.05)
    assert q[0] > 1.1


def test_data_and_nulls_have_the_same_number_of_restarts() -> None:
    # With one restart each or fifty, noise stays at 1; unequal treatment would move it.
    data = np.random.default_rng(7).standard_normal((40, 60))
    one = np.mean([_found(data, s, runs=1, nulls=40)["modularity_q_norm"][1] for s in range(10)])
    many = float(_found(data, runs=50, nulls=40)["modularity_q_norm"][1])
    assert one == pytest.approx(many, abs=0.05)


def test_a_dense_network_still_has_a_null() -> None:
    found = _found(modular(common=2.0), runs=20, nulls=20)
    assert found["modularity_density"] > 0.99
    assert found["modularity_swaps_per_edge"] < 0.05
    assert found["modularity_strength_correlation"] > 0.999
    assert found["modularity_q_norm"].sel(model="strength") > 1.5


def test_gamma_asks_for_smaller_modules() -> None:
    assert (
        _found(modular(), gamma=2.0, nulls=1)["modularity_q"]
        < _found(modular(), nulls=1)["modularity_q"]
    )


def test_a_scan_of_enemies_has_no_network() -> None:
    # Three waves a third of a turn apart: every correlation is -1/2.
    t = 2 * np.pi * np.arange(60)[:, None] / 60
    found = _found(np.cos(t + 2 * np.pi * np.arange(3) / 3), runs=2, nulls=2)
    assert np.isnan(found["modularity_q"])
    assert found["modularity_q_status"] == "no positive correlation"
    assert found["modularity_density"] == 0.0


def test_two_regions_are_too_few() -> None:
    found = _found(modular()[:, :2])
    assert (found["modularity_q_norm_status"] == "fewer than three regions with signal").all()
