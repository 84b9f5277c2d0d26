"""Cartography of scans with planted networks."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.cartography import cartography


def scan_of(data: np.ndarray, networks: tuple[str, ...]) -> Scan:
    n = data.shape[1]
    names = tuple(f"r{i}" for i in range(n))
    return Scan(
        "s", "bold", data, Atlas("A", names, np.arange(n), ("",) * n, networks, np.zeros((n, 3)))
    )


OWN = np.arange(36) * 4 // 36
NAMES = tuple("ABCD"[i] for i in OWN)


def planted(strength: float = 1.0, common: float = 0.5, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    data = rng.standard_normal((400, 36)) + common * rng.standard_normal((400, 1))
    return data + strength * rng.standard_normal((400, 4))[:, OWN]


def _found(data: np.ndarray, networks: tuple[str, ...] = NAMES):
    return cartography(scan_of(data, networks), rng=np.random.default_rng(0))


def test_by_hand() -> None:
    # Six regions share one wave: all r are 1/2, so z = atanh(1/2) everywhere and 2 of 5 partners
    # are in the own network of three.
    t = np.arange(64)[:, None]
    waves = np.cos(2 * np.pi * t * np.arange(1, 8) / 64)
    found = _found(waves[:, [0]] + waves[:, 1:7], tuple("AAABBB")).sel(model="networks")
    assert found["participation"].to_numpy() == pytest.approx(np.full(6, 1 - 0.16 - 0.36))
    entropy = -(0.4 * np.log(0.4) + 0.6 * np.log(0.6)) / np.log(2)
    assert found["diversity"].to_numpy() == pytest.approx(np.full(6, entropy))
    assert float(found["segregation"]) == pytest.approx(0.0, abs=1e-9)


def test_a_planted_connector_participates_and_a_planted_hub_stands_out() -> None:
    data = planted()
    rng = np.random.default_rng(5)
    data[:, 0] = data[:, 9:18].mean(axis=1) + data[:, 1:9].mean(axis=1) + rng.standard_normal(400)
    data[:, 20] = data[:, 18:27].mean(axis=1) + 0.2 * rng.standard_normal(400)
    found = _found(data)
    for model in ("networks", "modules"):
        values = found.sel(model=model)
        assert values["within_module_z"].to_numpy().argmax() == 20
        assert float(values["participation"][0]) > float(values["participation"].median())
    assert float(found["cartography_modules"]) == 4


def test_networks_that_are_the_modules_give_the_same_numbers() -> None:
    found = _found(planted(2.0))
    for name in ("participation", "within_module_z", "diversity", "segregation"):
        one, other = found[name].to_numpy()
        assert one == pytest.approx(other)


def test_segregation_follows_what_was_planted() -> None:
    apart, mixed = _found(planted(1.0, 0.2)), _found(planted(0.6, 0.6))
    assert (apart["segregation"] > mixed["segregation"]).all()
    assert (apart["segregation_network"] > mixed["segregation_network"]).all()


def test_one_network_only() -> None:
    found = _found(planted(), ("A",) * 36)
    whole = found.sel(model="networks")
    for name in ("diversity", "segregation"):
        assert np.isnan(whole[name]).all()
        assert (whole[f"{name}_status"] == "one network only").all()
    assert np.isnan(found["segregation_network"]).all()
    assert np.isfinite(found["segregation"].sel(model="modules"))


def test_regions_without_a_network_are_left_out_there_alone() -> None:
    found = _found(planted(), ("", *NAMES[1:]))
    assert found["participation_status"].to_numpy()[:, 0].tolist() == ["no network", "ok"]
    without = _found(planted(), ("",) * 36)
    assert without["segregation_status"].to_numpy().tolist() == ["no region has a network", "ok"]


def test_enemies_and_too_few() -> None:
    t = 2 * np.pi * np.arange(60)[:, None] / 60
    enemies = _found(np.cos(t + 2 * np.pi * np.arange(3) / 3), tuple("ABC"))
    assert (enemies["participation_status"] == "no positive correlation").all()
    few = _found(planted()[:, :2], tuple("AB"))
    assert (few["segregation_status"] == "fewer than three regions with signal").all()


def test_a_region_without_friends_has_no_place() -> None:
    data = planted(1.0, 0.0)
    data[:, 0] = -data[:, 1:].sum(axis=1)
    found = _found(data)
    assert np.isnan(found["participation"].to_numpy()[:, 0]).all()
    assert (found["participation_status"].to_numpy()[:, 0] == "no positive correlation").all()
