"""Control energy beside nctpy (1.2.0), on real connectomes and on a random one.

nctpy integrates the Gramian by Simpson's rule in 1000 steps and inverts it, and follows the
optimal trajectory in steps of .001; here both are in closed form. Its ``integrate_u`` counts in
steps, a thousand to the unit of time. Self-connections are taken out for both.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rewire.numerics.control import minimum_energy, optimal_energy, stable_dynamics
from rewire.numerics.graph import without_diagonal

energies = pytest.importorskip("nctpy.energies")
utils = pytest.importorskip("nctpy.utils")

PEOPLE = (("101309", 1.0), ("213522", 0.2))


def _compare(weights: np.ndarray, inputs: np.ndarray) -> None:
    n = len(weights)
    a = stable_dynamics(weights)
    np.testing.assert_allclose(
        a, utils.matrix_normalization(weights, system="continuous"), atol=1e-13
    )
    rng = np.random.default_rng(0)
    starts, targets = (rng.uniform(size=(2, 3, n)) < 0.2).astype(float)
    b = np.diag(inputs)
    least = energies.minimum_energy_fast(a, 1.0, b, starts.T, targets.T).sum(axis=0)
    found = minimum_energy(a, inputs, 1.0, starts, targets)
    np.testing.assert_allclose(found.energy, least, rtol=1e-8)
    ours = optimal_energy(a, inputs, 1.0, starts, targets, 2.0).energy
    for mine, x0, xf in zip(ours, starts, targets, strict=True):
        _, u, _ = energies.get_control_inputs(a, 1.0, b, x0, xf, system="continuous", rho=2.0)
        assert mine == pytest.approx(energies.integrate_u(u).sum() / 1000, rel=1e-8)


@pytest.mark.real
@pytest.mark.parametrize(("person", "least"), PEOPLE)
def test_real_connectomes(shared_data: Path, person: str, least: float) -> None:
    name = f"sub-{person}/dwi/sub-{person}_seg-AAL2_meas-streamlines_relmat.tsv"
    weights = pd.read_csv(shared_data / "connectome-bold" / name, sep="\t").to_numpy(dtype=float)
    assert weights.shape == (94, 94)
    weights = without_diagonal((weights + weights.T) / 2)
    _compare(weights, np.random.default_rng(1).uniform(least, 1.0, 94))


def test_a_random_connectome() -> None:
    made = np.random.default_rng(2).exponential(size=(20, 20))
    _compare(without_diagonal(made + made.T), np.random.default_rng(3).uniform(0.5, 1.5, 20))
