"""Multilayer modules as a measure: planted modules, the published form, nulls, and bad input."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.multilayer import multilayer
from rewire.measures.multilayer_daws2022 import multilayer_daws2022

NAMES = ("Default", "Cont", "SalVentAttn", "Vis")


def _scan(data: np.ndarray, networks: tuple[str, ...] = NAMES) -> Scan:
    n = data.shape[1]
    own = tuple(networks[i * len(networks) // n] for i in range(n))
    names = tuple(f"r{i}" for i in range(n))
    return Scan(
        "scan-1", "bold", data, Atlas("A", names, np.arange(n), ("",) * n, own, np.zeros((n, 3)))
    )


def _blocks(noise: float, regions: int = 24, volumes: int = 90, seed: int = 0) -> np.ndarray:
    """Four networks, each with a signal of its own."""
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal((volumes, 4))[:, np.arange(regions) * 4 // regions]
    return signal + noise * rng.standard_normal((volumes, regions))


def _found(data: np.ndarray, networks: tuple[str, ...] = NAMES, **options):
    options = {"repeats": 5, "nulls": 3} | options
    return multilayer(_scan(data, networks), rng=np.random.default_rng(0), **options)


def test_networks_that_are_modules_by_hand() -> None:
    # Modules equal networks in every window: of 24 * 23 / 2 = 276 pairs, 4 * 15 share a module, so
    # recruitment is 276 / 60 = 4.6, and nothing moves.
    found = _found(_blocks(0.1), omega=5.0)
    np.testing.assert_allclose(found["recruitment"], 4.6)
    np.testing.assert_allclose(found["integration"], 0.0)
    np.testing.assert_allclose(found["network_allegiance"], 4.6 * np.eye(4), atol=1e-12)
    assert not found["flexibility"].any()
    assert float(found["multilayer_stationarity"]) == 1.0
    assert float(found["multilayer_communities"]) == 4.0
    np.testing.assert_allclose(found["promiscuity"], 0.25)
    assert float(found["multilayer_windows"]) == 6.0


def test_a_region_that_changes_sides_halfway() -> None:
    data = _blocks(0.1)
    other = _blocks(0.1, seed=0)[:, 8]
    data[45:, 0] = other[45:]  # from the first network to the second after three of six windows
    found = _found(data, omega=0.5)
    flexibility = found["flexibility"].to_numpy()
    assert flexibility[0] == pytest.approx(1 / 5)
    assert not flexibility[1:].any()
    assert found["disjointedness"][0] == pytest.approx(1 / 5)
    assert not found["cohesion"].any()
    assert found["promiscuity"][0] == pytest.approx(0.5)


def test_changes_are_made_together_or_alone() -> None:
    found = _found(_blocks(2.0))
    np.testing.assert_allclose(
        found["flexibility"], found["cohesion"] + found["disjointedness"], atol=1e-12
    )
    assert float(found["multilayer_flexibility"]) == pytest.approx(
        float(found["flexibility"].mean())
    )


def test_modules_that_alternate_exceed_both_nulls() -> None:
    # Two groupings of the regions, four windows each: in random order they change more often, and
    # phase-randomised they are mixed in every window.
    rng = np.random.default_rng(0)
    first = np.arange(24) // 6
    second = np.arange(24) % 4
    halves = [
        rng.standard_normal((60, 4))[:, own] + 0.3 * rng.standard_normal((60, 24))
        for own in (first, second)
    ]
    found = _found(np.concatenate(halves), nulls=8, omega=2.0)
    assert (found["multilayer_q_norm"] > 1.02).all()
    assert float(found["multilayer_flexibility_norm"].sel(model="windows")) < 0.9


def test_stationary_scans_are_like_their_nulls() -> None:
    # One scan's ratio scatters by a third: few regions ever move. Their mean is what must be 1.
    scans = [_found(_blocks(2.0, volumes=150, seed=seed), nulls=6) for seed in range(10)]
    for name in ("multilayer_q_norm", "multilayer_flexibility_norm"):
        ratios = np.array([found[name].to_numpy() for found in scans])
        error = ratios.std(axis=0, ddof=1) / np.sqrt(len(ratios))
        assert (np.abs(ratios.mean(axis=0) - 1.0) < 4.0 * error).all(), name
        assert (error < 0.2).all()


def test_too_few_windows_say_so() -> None:
    found = _found(_blocks(0.5)[:29])
    for name in ("multilayer_q", "recruitment", "flexibility", "multilayer_q_norm"):
        assert np.isnan(found[name]).all()
        assert (found[f"{name}_status"] == "fewer than two windows").all()
    assert float(found["multilayer_windows"]) == 1.0


def test_two_regions_and_no_positive_correlation_say_so() -> None:
    assert (
        _found(_blocks(0.5)[:, :2])["multilayer_q_status"] == "fewer than three regions with signal"
    )
    tall = np.zeros((60, 3))
    angles = 2 * np.pi * np.arange(3) / 3
    wave = np.random.default_rng(0).standard_normal((4, 15, 2))
    for at in range(4):  # orthonormal signals: every correlation of a window is cos(120 deg)
        q, _ = np.linalg.qr(wave[at] - wave[at].mean(axis=0))
        tall[15 * at : 15 * at + 15] = q @ np.stack([np.cos(angles), np.sin(angles)])
    found = _found(tall)
    assert np.isnan(found["multilayer_q"])
    assert found["multilayer_q_status"] == "no positive correlation"


def test_one_network_alone_has_no_recruitment() -> None:
    found = _found(_blocks(0.5), networks=("Default",))
    assert np.isfinite(found["multilayer_q"])
    assert np.isnan(found["recruitment"]).all()
    assert (found["recruitment_status"] == "one network alone").all()


def test_a_dense_network_and_a_region_silent_for_a_window() -> None:
    rng = np.random.default_rng(0)
    dense = rng.standard_normal((90, 1)) + 0.3 * rng.standard_normal((90, 24))
    assert np.isfinite(_found(dense)["multilayer_q"])
    dense[15:30, 3] = 0.0
    assert np.isfinite(_found(dense)["flexibility"]).all()


def test_unknown_coupling_and_short_windows_are_refused() -> None:
    with pytest.raises(ValueError, match="ordinal, categorical, published"):
        _found(_blocks(0.5), coupling="none")
    with pytest.raises(ValueError, match="at least 4"):
        _found(_blocks(0.5), length=3)


def test_published_form_by_hand() -> None:
    # Modules equal networks in every window, as above; the mean over drawn permutations is 60/276
    # within their error.
    found = multilayer_daws2022(_scan(_blocks(0.05)), rng=np.random.default_rng(0), repeats=5)
    assert float(found["dmn_recruitment"]) == pytest.approx(4.6, rel=0.05)
    assert float(found["dmn_en_integration"]) == 0.0
    assert float(found["multilayer_flexibility"]) == 0.0


def test_published_form_knows_the_networks_by_other_names() -> None:
    data = _blocks(1.0)
    other = ("DMN", "Frontoparietal", "Salience", "Vis")
    a, b = (
        multilayer_daws2022(_scan(data, names), rng=np.random.default_rng(0), repeats=3)
        for names in (NAMES, other)
    )
    assert a.identical(b)


def test_published_form_without_the_networks_says_so() -> None:
    found = multilayer_daws2022(
        _scan(_blocks(1.0), ("Vis", "SomMot")), rng=np.random.default_rng(0), repeats=2
    )
    assert np.isnan(found["dmn_recruitment"])
    assert "no such network" in str(found["dmn_recruitment_status"].item())
    assert np.isfinite(found["multilayer_q"])


def test_the_consensus_of_repeats_is_the_planted_partition() -> None:
    found = _found(_blocks(0.5))
    modules = found["consensus_module"].to_numpy()
    np.testing.assert_array_equal(modules, np.tile(1 + np.arange(24) // 6, (6, 1)))
    assert found["window"].to_numpy().tolist() == [str(w) for w in range(1, 7)]
    assert float(found["consensus_communities"]) == 4.0
    assert float(found["consensus_agreement"]) == pytest.approx(1.0)


def test_repeats_agree_less_with_a_consensus_where_there_are_no_modules() -> None:
    noise = np.random.default_rng(5).standard_normal((90, 24))
    assert float(_found(noise, omega=0.2)["consensus_agreement"]) < 0.9


def test_a_dead_region_has_no_module() -> None:
    data = _blocks(0.5)
    data[:, 3] = 7.0
    found = _found(data)
    assert np.isnan(found["consensus_module"].to_numpy()[:, 3]).all()
    assert set(found["consensus_module_status"].to_numpy()[:, 3]) == {"no signal"}
