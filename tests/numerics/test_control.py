"""Control energies by hand, by integration, and by what must hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad_vec, solve_bvp
from scipy.linalg import expm

from rewire.numerics.control import gramian, minimum_energy, optimal_energy, stable_dynamics


def _system(n: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    weights = rng.exponential(size=(n, n))
    starts, targets = rng.standard_normal((2, 4, n))
    return stable_dynamics(weights + weights.T), rng.uniform(0.5, 1.5, n), starts, targets


def test_one_region_by_hand() -> None:
    # dx/dt = -x + u from 1 to 1 in T = 1: d = 1 - 1/e, W = (1 - e^-2) / 2
    one = np.array([[1.0]])
    found = minimum_energy(-one, one[0], 1.0, one, one)
    expected = (1 - np.exp(-1)) ** 2 * 2 / (1 - np.exp(-2))
    assert found.energy == pytest.approx([expected])
    assert found.condition == 0.0
    # half the input costs four times as much
    assert minimum_energy(-one, one[0] / 2, 1.0, one, one).energy == pytest.approx([4 * expected])


def test_the_gramian_is_its_integral() -> None:
    a, b, _, _ = _system()

    def integrand(t: float) -> np.ndarray:
        return expm(a * t) @ np.diag(b**2) @ expm(a.T * t)

    np.testing.assert_allclose(gramian(a, b, 1.7), quad_vec(integrand, 0, 1.7)[0], rtol=1e-9)


def test_dynamics_die_out() -> None:
    weights = np.random.default_rng(1).exponential(size=(20, 20)) * 1e4
    a = stable_dynamics(weights + weights.T)
    assert -2 < np.linalg.eigvalsh(a).min() <= np.linalg.eigvalsh(a).max() < 0


def test_optimal_energy_against_a_boundary_value_solver() -> None:
    a, b, starts, targets = _system(3, 2)
    rho = 0.4

    def flow(_: np.ndarray, z: np.ndarray) -> np.ndarray:
        x, p = z[:3], z[3:6]
        u = -b[:, None] * p / (2 * rho)
        return np.vstack([a @ x + b[:, None] * u, -2 * x - a @ p, (u**2).sum(axis=0)])

    def ends(first: np.ndarray, last: np.ndarray) -> np.ndarray:
        return np.concatenate([first[:3] - starts[0], last[:3] - targets[0], first[6:]])

    t = np.linspace(0, 1, 50)
    solved = solve_bvp(flow, ends, t, np.zeros((7, 50)), tol=1e-9, max_nodes=50_000)
    found = optimal_energy(a, b, 1.0, starts[:1], targets[:1], rho).energy
    assert found == pytest.approx([solved.y[6, -1]], rel=1e-7)


def test_optimal_is_minimum_where_activity_is_free_and_more_where_it_is_not() -> None:
    a, b, starts, targets = _system()
    least = minimum_energy(a, b, 1.0, starts, targets).energy
    near = optimal_energy(a, b, 1.0, starts, targets, 1e7).energy
    np.testing.assert_allclose(near, least, rtol=1e-5)
    assert (optimal_energy(a, b, 1.0, starts, targets, 0.1).energy > least).all()


def test_energy_needs_input_that_reaches() -> None:
    a, b, starts, targets = _system()
    assert np.isnan(minimum_energy(a, np.zeros(6), 1.0, starts, targets).energy).all()
    two = np.zeros((4, 4))
    two[0, 1] = two[1, 0] = two[2, 3] = two[3, 2] = 1.0
    half = np.array([1.0, 1.0, 0.0, 0.0])  # nothing leads to the other island
    states = np.eye(4)
    assert np.isnan(minimum_energy(stable_dynamics(two), half, 1.0, states, states).energy).all()
    assert np.isnan(optimal_energy(stable_dynamics(two), half, 1.0, states, states).energy).all()
    with pytest.raises(ValueError, match="rho"):
        optimal_energy(a, b, 1.0, starts, targets, 0.0)
