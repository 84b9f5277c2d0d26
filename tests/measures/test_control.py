"""Control energy on connectomes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.control import control_energy, control_energy_optimal


def _scan(weights: np.ndarray, networks: tuple[str, ...]) -> Scan:
    n = len(weights)
    names = tuple(f"r{i}" for i in range(n))
    atlas = Atlas("A", names, np.arange(n), ("",) * n, networks, np.full((n, 3), np.nan))
    return Scan("scan-1", "connectome", weights, atlas)


def _found(weights: np.ndarray, networks: tuple[str, ...], **options: object) -> xr.Dataset:
    return control_energy(_scan(weights, networks), rng=np.random.default_rng(0), **options)


def _ring(n: int = 8) -> np.ndarray:
    ring = np.roll(np.eye(n), 1, axis=0)
    return ring + ring.T


def test_two_regions_by_hand() -> None:
    # W = [[0, 1], [1, 0]]: rates -1/2 and -3/2 of the modes (1, 1) and (1, -1) over sqrt 2.
    # From a to b: d = -/+ (1 +/- e^(-rate)) over sqrt 2, W = (1 - e^(-2 rate)) / (2 rate).
    found = _found(np.array([[0.0, 1.0], [1.0, 0.0]]), ("X", "Y"))["control_energy"]
    slow, fast = 0.5, 1.5
    reach = [(1 - np.exp(-2 * rate)) / (2 * rate) for rate in (slow, fast)]
    across = (1 - np.exp(-slow)) ** 2 / 2 / reach[0] + (1 + np.exp(-fast)) ** 2 / 2 / reach[1]
    stay = (1 - np.exp(-slow)) ** 2 / 2 / reach[0] + (1 - np.exp(-fast)) ** 2 / 2 / reach[1]
    np.testing.assert_allclose(found, [[stay, across], [across, stay]])


def test_near_networks_are_cheaper_to_reach_than_far_ones() -> None:
    networks = ("A", "A", "B", "B", "C", "C", "D", "D")
    found = _found(100 * _ring(), networks)["control_energy"]
    assert found.sel(network="A", network2="B") < found.sel(network="A", network2="C")
    assert (np.diag(found)[:, None] <= found.to_numpy() + 1e-12).all()


def test_scale_of_the_weights_matters_only_through_the_margin() -> None:
    networks = ("A",) * 4 + ("B",) * 4
    small = _found(_ring(), networks, margin=1.0)["control_energy"]
    large = _found(1e3 * _ring(), networks, margin=1e3)["control_energy"]
    np.testing.assert_allclose(small, large)


def test_inputs_are_weighted_by_name() -> None:
    networks = ("A",) * 4 + ("B",) * 4
    plain = _found(_ring(), networks)["control_energy"]
    ones = _found(_ring(), networks, inputs={f"r{i}": 2.0 for i in range(8)})["control_energy"]
    np.testing.assert_allclose(ones, plain / 4)
    to_b = {f"r{i}": 1.0 if i < 4 else 3.0 for i in range(8)}
    helped = _found(_ring(), networks, inputs=to_b)["control_energy"]
    gain = (plain / helped).to_numpy()
    assert gain[0, 1] > gain[0, 0]
    assert (gain >= 1.0).all()


def test_inputs_that_lead_nowhere_or_are_wrong() -> None:
    islands = np.kron(np.eye(2), _ring(4))
    networks = ("A",) * 4 + ("B",) * 4
    found = _found(islands, networks, inputs={"r0": 1.0, "r1": 1.0})
    assert (found["control_energy_status"] == "inputs cannot lead everywhere").all()
    wrong = _found(islands, networks, inputs={"r0": -1.0})
    assert (wrong["control_energy_status"] == "an input weight is negative or not finite").all()
    assert np.isfinite(_found(islands, networks)["control_energy"]).all()


def test_bad_connectomes() -> None:
    networks = ("A", "A", "A", "B", "C", "C", "C", "C")
    alone = _ring()
    alone[3] = alone[:, 3] = 0.0
    found = _found(alone, networks)
    lost = found["control_energy_status"].sel(network2="B")
    assert (lost == "no connected region").all()
    assert np.isfinite(found["control_energy"].sel(network="A", network2="C"))
    empty = _found(np.zeros((8, 8)), networks)
    assert np.isnan(empty["control_energy"]).all()
    assert empty["control_condition_status"] == "no connections"
    holes = _ring()
    holes[0, 5] = holes[5, 0] = np.nan
    holed = _found(holes, networks)["control_energy"]
    assert np.isfinite(holed.sel(network="C", network2="C"))  # the two regions are left out
    assert _found(_ring(), ("",) * 8)["control_energy"].shape == (0, 0)
    one = _found(_ring(), ("A",) * 8)["control_energy"]
    assert one.shape == (1, 1)
    assert one.item() > 0.0


def test_self_connections_and_direction_do_not_count() -> None:
    networks = ("A",) * 4 + ("B",) * 4
    lopsided = np.triu(2 * _ring()) + 5 * np.diag(np.arange(8.0))
    np.testing.assert_allclose(
        _found(lopsided, networks)["control_energy"], _found(_ring(), networks)["control_energy"]
    )


def test_a_region_connected_to_itself_alone_is_left_out() -> None:
    alone = _ring()
    alone[3] = alone[:, 3] = 0.0
    hermit = alone.copy()
    hermit[3, 3] = 9.0
    networks = ("A", "A", "A", "A", "C", "C", "C", "C")
    assert _found(hermit, networks).identical(_found(alone, networks))


def test_keeping_activity_small_costs_more() -> None:
    networks = ("A",) * 4 + ("B",) * 4
    least = _found(_ring(), networks)["control_energy"]
    scan = _scan(_ring(), networks)
    energies = [
        control_energy_optimal(scan, rng=np.random.default_rng(0), rho=rho)[
            "control_optimal_energy"
        ]
        for rho in (0.05, 1.0, 1e7)
    ]
    assert (energies[0] > energies[1]).all()
    assert (energies[1] > least).all()
    assert energies[2].to_numpy() == pytest.approx(least.to_numpy(), rel=1e-5)
