"""Entropies of networks on scans whose correlations are known exactly."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.network_entropy import intranetwork_synchrony, network_entropy


def _scan(data: np.ndarray, networks: tuple[str, ...] = ()) -> Scan:
    n = data.shape[1]
    names = tuple(f"r{i}" for i in range(n))
    own = networks or ("",) * n
    return Scan(
        "scan-1", "bold", data, Atlas("A", names, np.arange(n), ("",) * n, own, np.zeros((n, 3)))
    )


def _found(data: np.ndarray, **options: object) -> xr.Dataset:
    return network_entropy(_scan(data), rng=np.random.default_rng(0), **options)


def _within(data: np.ndarray, networks: tuple[str, ...], **options: object) -> xr.Dataset:
    return intranetwork_synchrony(_scan(data, networks), rng=np.random.default_rng(0), **options)


def _waves(count: int, volumes: int = 64) -> np.ndarray:
    t = np.arange(volumes)[:, None]
    return np.cos(2 * np.pi * t * np.arange(1, count + 1) / volumes)


def test_equal_correlations_by_hand() -> None:
    # four regions, all r = 1/2: eigenvalues 5/2 and three times 1/2, shares 5/8 and 1/8
    waves = _waves(5)
    data = waves[:, [0]] + waves[:, 1:5]
    expected = -(5 / 8) * np.log2(5 / 8) + (3 / 8) * 3
    found = _found(data)
    assert float(found["von_neumann_entropy"]) == pytest.approx(expected)
    assert float(found["spatial_complexity"]) == pytest.approx(expected / 2)


def test_independent_waves_are_spread_evenly_and_units_count_in_the_covariance_alone() -> None:
    found = _found(_waves(4))
    assert float(found["von_neumann_entropy"]) == pytest.approx(2.0)
    assert float(found["spatial_complexity"]) == pytest.approx(1.0)
    scaled = _found(_waves(4) * [1.0, 1.0, 1.0, 1e6])
    assert float(scaled["von_neumann_entropy"]) == pytest.approx(2.0)
    assert float(scaled["spatial_complexity"]) == pytest.approx(0.0, abs=1e-6)


def test_the_bias_of_few_volumes_is_shown() -> None:
    rng = np.random.default_rng(0)
    short = _found(rng.standard_normal((20, 40)))
    long = _found(rng.standard_normal((2000, 40)))
    for found in (short, long):
        own, chance = found["von_neumann_entropy"], found["von_neumann_entropy_independent"]
        assert float(own) == pytest.approx(float(chance), rel=0.02)
        assert found["degree_entropy"].to_numpy() == pytest.approx(
            found["degree_entropy_independent"].to_numpy(), abs=0.8
        )
    assert float(short["von_neumann_entropy"]) < np.log2(19) < np.log2(40) - 1
    assert float(long["von_neumann_entropy"]) == pytest.approx(np.log2(40), abs=0.02)


def test_a_hub_narrows_degrees() -> None:
    # modules of equal size have regions of equal degree: less entropy than noise
    rng = np.random.default_rng(1)
    data = rng.standard_normal((400, 40)) + 3 * rng.standard_normal((400, 4))[:, np.arange(40) % 4]
    edges = 4 * 45 / 780
    found = _found(data, densities=(edges,))
    assert float(found["degree_entropy"][0]) == 0.0
    assert float(found["degree_entropy_independent"][0]) > 2.0


def test_bad_scans_have_no_network_entropy() -> None:
    noise = np.random.default_rng(0).standard_normal((50, 3))
    enemies = np.cos(2 * np.pi * (np.arange(60)[:, None] / 60 + np.arange(3) / 3))
    assert (_found(noise[:, :2])["degree_entropy_status"] == _FEW).all()
    assert _found(noise[:3])["von_neumann_entropy_status"] == "fewer than four volumes"
    found = _found(enemies, densities=(0.5,))
    assert (found["degree_entropy_status"] == "too few positive correlations").all()
    assert np.isfinite(found["von_neumann_entropy"])


_FEW = "fewer than three regions with signal"


def test_variance_within_a_network_is_one_minus_its_mean_correlation() -> None:
    waves = _waves(5)
    half = waves[:, [0]] + waves[:, 1:5]  # r = 1/2; mean over all pairs, own included: 5/8
    data = np.column_stack([half, waves[:, 0], waves[:, 0] * 3 + 1])
    found = _within(data, ("A",) * 4 + ("B",) * 2)
    variance = found["intranetwork_variance"]
    assert float(variance.sel(network="A")) == pytest.approx(3 / 8)
    assert float(variance.sel(network="B")) == pytest.approx(0.0, abs=1e-12)
    # B never leaves step: its variance does not change and has no distribution
    entropy = found["intranetwork_synchrony_entropy"].sel(network="B")
    assert np.isnan(entropy)


def test_bursts_leave_the_distribution_that_phases_alone_would_have() -> None:
    rng = np.random.default_rng(0)
    data = rng.standard_normal((300, 6)) * np.where(np.arange(300) % 60 < 4, 8.0, 0.5)[:, None]
    found = _within(data, ("A",) * 6)
    own = float(found["intranetwork_synchrony_entropy"][0])
    assert own < float(found["intranetwork_synchrony_entropy_phase_randomised"][0]) - 1.0


def test_gaussian_series_have_the_entropy_of_their_surrogates() -> None:
    data = np.random.default_rng(2).standard_normal((400, 8))
    found = _within(data, ("A",) * 8)
    own = float(found["intranetwork_synchrony_entropy"][0])
    chance = float(found["intranetwork_synchrony_entropy_phase_randomised"][0])
    assert own == pytest.approx(chance, abs=0.3)


def test_one_region_is_no_network() -> None:
    data = np.random.default_rng(2).standard_normal((40, 4))
    data[:, 3] = 0.0
    found = _within(data, ("A", "B", "B", "A"))
    status = found["intranetwork_variance_status"].to_numpy().tolist()
    assert status == ["fewer than two regions with signal", "ok"]
    assert _within(data, ("",) * 4)["intranetwork_variance"].shape == (0,)
