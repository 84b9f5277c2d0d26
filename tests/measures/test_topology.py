"""Topology of scans whose wiring is known, and of scans without enough of it."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.topology import topology
from rewire.numerics.correlation import pearson_matrix, positive_weights


def scan_of(data: np.ndarray) -> Scan:
    n = data.shape[1]
    names = tuple(f"r{i}" for i in range(n))
    return Scan(
        "s", "bold", data, Atlas("A", names, np.arange(n), ("",) * n, ("",) * n, np.zeros((n, 3)))
    )


def smooth_ring(nodes: int = 60, width: int = 10) -> np.ndarray:
    """Return series in which neighbours on a ring share noise: a lattice of correlations."""
    made = np.random.default_rng(0).standard_normal((2000, nodes))
    return sum(np.roll(made, step, axis=1) for step in range(width))


def _found(data: np.ndarray, **options: object):
    return topology(scan_of(data), rng=np.random.default_rng(0), **options)


def test_a_chain_by_hand() -> None:
    # Four regions in a row: three of six pairs. Hops 1, 1, 1, 2, 2, 3; no triangle; the two in
    # the middle lie on 2 of 3 pairs each; degrees over edges (1, 2), (2, 2), (2, 1): r = -1/2.
    made = np.random.default_rng(0).standard_normal((5000, 5))
    found = _found(made[:, :4] + made[:, 1:], densities=(0.5, 0.51))
    first = found.isel(density=0).sel(model="binary")
    assert float(first["topology_path_length"]) == pytest.approx(10 / 6)
    assert float(first["topology_global_efficiency"]) == pytest.approx((3 + 1 + 1 / 3) / 6)
    assert float(first["topology_clustering"]) == 0.0
    assert float(first["topology_assortativity"]) == pytest.approx(-0.5)
    assert first["topology_betweenness"].to_numpy() == pytest.approx([0, 2 / 3, 2 / 3, 0])
    assert found["topology_small_world_sigma_status"][0] != "ok"


def test_it_is_what_bctpy_gives() -> None:
    bct = pytest.importorskip("bct")
    rng = np.random.default_rng(1)
    data = rng.standard_normal((150, 40)) + rng.standard_normal((150, 4))[:, np.arange(40) % 4]
    found = _found(data, densities=(0.15, 0.3)).isel(density=1)
    weights = positive_weights(pearson_matrix(data))
    kept = bct.threshold_proportional(weights / weights.max(), 0.3)
    edges = (kept > 0).astype(float)
    lengths = bct.distance_wei(bct.invert(kept))[0]
    expected = {
        "clustering": (bct.clustering_coef_bu(edges).mean(), bct.clustering_coef_wu(kept).mean()),
        "transitivity": (bct.transitivity_bu(edges), bct.transitivity_wu(kept)),
        "path_length": (
            bct.charpath(bct.distance_bin(edges))[0],
            bct.charpath(lengths)[0],
        ),
        "global_efficiency": (bct.efficiency_bin(edges), bct.efficiency_wei(kept)),
        "local_efficiency": (
            bct.efficiency_bin(edges, local=True).mean(),
            bct.efficiency_wei(kept, local=True).mean(),
        ),
        "assortativity": (bct.assortativity_bin(edges), bct.assortativity_wei(kept)),
    }
    for name, values in expected.items():
        assert found[f"topology_{name}"].to_numpy() == pytest.approx(values), name


def test_areas_are_those_of_the_curves() -> None:
    found = _found(smooth_ring(), densities=(0.1, 0.2, 0.4))
    for name in ("clustering", "path_length", "small_world_sigma"):
        curve = found[f"topology_{name}"]
        weights = np.array([0.05, 0.15, 0.1]) / 0.3
        expected = (curve.to_numpy().T * weights).sum(axis=-1)
        assert found[f"topology_{name}_auc"].to_numpy() == pytest.approx(expected), name


def test_a_lattice_of_correlations_is_a_lattice_and_noise_is_random() -> None:
    lattice = _found(smooth_ring(), densities=(0.1, 0.15))
    noise = _found(np.random.default_rng(3).standard_normal((3000, 60)), densities=(0.1, 0.15))
    assert (lattice["topology_small_world_omega"] < -0.1).all()
    assert (noise["topology_small_world_omega"] > 0.5).all()
    assert noise["topology_small_world_sigma"].to_numpy() == pytest.approx([1.0, 1.0], abs=0.35)
    assert (lattice["topology_small_world_sigma"] > 2.0).all()


def test_pieces_have_finite_numbers_and_say_so() -> None:
    data = np.repeat(np.random.default_rng(0).standard_normal((100, 6)), 5, axis=1)
    data += 0.1 * np.random.default_rng(1).standard_normal(data.shape)
    found = _found(data, densities=(0.1, 0.13))
    assert (found["topology_reachable"] < 0.5).all()
    for name in found.data_vars:
        if not str(name).endswith("_status"):
            assert not np.isinf(found[name]).any()
    assert np.isfinite(found["topology_path_length"]).all()


def test_a_density_that_is_not_there() -> None:
    rng = np.random.default_rng(0)
    camps = rng.standard_normal((200, 1)) * np.repeat([1.0, -1.0], 8)
    found = _found(camps + 0.5 * rng.standard_normal((200, 16)), densities=(0.2, 0.9))
    status = found["topology_clustering_status"].to_numpy()
    assert (status[0] == "ok").all()
    assert (status[1] == "fewer positive correlations than the density asks for").all()
    assert np.isnan(found["topology_clustering_auc"]).all()
    assert np.isnan(found["topology_betweenness"]).all()
    assert (found["topology_betweenness_status"] == "undefined at one density or more").all()


def test_a_full_network_is_not_compared_with_itself_in_silence() -> None:
    data = np.random.default_rng(0).standard_normal((200, 12))
    data += 3 * np.random.default_rng(1).standard_normal((200, 1))
    found = _found(data, densities=(0.5, 1.0)).isel(density=1)
    assert float(found["topology_swaps_per_edge"]) == 0.0
    assert np.isnan(found["topology_assortativity"].sel(model="binary"))
    assert float(found["topology_path_length"].sel(model="binary")) == 1.0


def test_enemies_and_too_few() -> None:
    t = 2 * np.pi * np.arange(60)[:, None] / 60
    enemies = _found(np.cos(t + 2 * np.pi * np.arange(3) / 3))
    assert (enemies["topology_clustering_status"] == "fewer than four regions with signal").all()
    signs = np.concatenate([np.eye(5)] * 4) - 0.2  # all r are -1/4
    assert (_found(signs)["topology_path_length_status"] == "no positive correlation").all()


@pytest.mark.parametrize(
    "options", [{"densities": (0.2,)}, {"densities": (0.3, 0.2)}, {"nulls": 0}]
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="ascend"):
        _found(smooth_ring(), **options)
