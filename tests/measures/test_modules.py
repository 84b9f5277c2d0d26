"""Modules of scans with planted networks, and what scans without modules give."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.modules import NULLS, modules


def scan_of(data: np.ndarray, networks: tuple[str, ...] = (), centroid=None) -> Scan:
    n = data.shape[1]
    places = np.random.default_rng(9).standard_normal((n, 3)) if centroid is None else centroid
    names = tuple(f"r{i}" for i in range(n))
    return Scan(
        "s", "bold", data, Atlas("A", names, np.arange(n), ("",) * n, networks or ("",) * n, places)
    )


def planted(strength: float = 1.0, seed: int = 0) -> Scan:
    """Return 36 regions in four networks that share a signal each."""
    rng = np.random.default_rng(seed)
    own = np.arange(36) * 4 // 36
    data = rng.standard_normal((300, 36)) + strength * rng.standard_normal((300, 4))[:, own]
    return scan_of(data, tuple("ABCD"[i] for i in own))


def _found(scan: Scan, **options: object):
    return modules(scan, rng=np.random.default_rng(0), **options)


def test_two_camps_by_hand() -> None:
    # Three waves in phase against three in antiphase: r is 1/2 inside and -1/2 between. With
    # equal magnitudes z: v+ = 12 z, v- = 18 z. Inside: 12/12 - 1/2, and 0 - (-9/30) of negatives.
    t = np.arange(64)[:, None]
    waves = np.cos(2 * np.pi * t * np.arange(1, 8) / 64)
    scan = scan_of(waves[:, [0]] * np.repeat([1.0, -1.0], 3) + waves[:, 1:7], tuple("AAABBB"))
    found = _found(scan, resolutions=(1.0,)).squeeze()
    assert float(found["modules_quality"]) == pytest.approx(0.5 + 9 / 30)
    assert float(found["modules_count"]) == 2
    assert float(found["modules_network_variation"]) == pytest.approx(0.0, abs=1e-12)
    assert float(found["modules_network_rand"]) == pytest.approx(1.0)


@pytest.mark.parametrize("null", NULLS)
def test_planted_networks_are_found_under_every_null(null: str) -> None:
    found = _found(planted(), null=null, resolutions=(1.0,))
    assert float(found["modules_network_mutual"][0]) > 0.9
    assert float(found["modules_split"][0]) == 0


def test_noise_agrees_with_no_network() -> None:
    rand = [
        float(_found(planted(0.0, s), resolutions=(1.0,))["modules_network_rand"][0])
        for s in range(6)
    ]
    assert abs(np.mean(rand)) < 0.1


def test_more_resolution_more_modules() -> None:
    count = _found(planted(0.3), resolutions=(0.5, 1.0, 2.0, 4.0))["modules_count"].to_numpy()
    assert (np.diff(count) >= 0).all()
    assert count[-1] > count[0]


def test_restarts_of_noise_differ_and_those_of_clear_modules_do_not() -> None:
    clear = _found(planted(2.0), resolutions=(1.0,))["modules_variation"]
    noise = _found(planted(0.0), resolutions=(1.0,))["modules_variation"]
    assert float(clear[0]) == 0.0
    assert float(noise[0]) > 0.0


def test_one_network_has_nothing_to_agree_with() -> None:
    found = _found(scan_of(planted().data, ("A",) * 36))
    assert (found["modules_network_rand_status"] == "fewer than two networks").all()
    assert np.isnan(found["modules_network_mutual"]).all()
    assert np.isfinite(found["modules_quality"]).all()


def test_a_scan_of_enemies_has_no_modules() -> None:
    t = 2 * np.pi * np.arange(60)[:, None] / 60
    found = _found(scan_of(np.cos(t + 2 * np.pi * np.arange(3) / 3)))
    assert np.isnan(found["modules_quality"]).all()
    assert (found["modules_quality_status"] == "no positive correlation").all()


def test_two_regions_and_unknown_places() -> None:
    few = _found(scan_of(planted().data[:, :2]))
    assert (few["modules_count_status"] == "fewer than three regions with signal").all()
    lost = scan_of(planted().data, centroid=np.full((36, 3), np.nan))
    assert (_found(lost, null="distance")["modules_quality_status"] != "ok").all()
    assert (_found(lost)["modules_quality_status"] == "ok").all()


def test_a_scan_of_three_volumes_does_not_hang() -> None:
    assert np.isfinite(_found(scan_of(planted().data[:3]))["modules_quality"]).all()


@pytest.mark.parametrize("options", [{"null": "x"}, {"resolutions": ()}, {"resolutions": (0,)}])
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="nulls are"):
        _found(planted(), **options)
