"""Control energy: what it would take to lead activity from one network to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.control import (
    ControlEnergy,
    minimum_energy,
    optimal_energy,
    stable_dynamics,
)
from rewire.numerics.correlation import has_signal
from rewire.numerics.graph import without_diagonal

FloatArray = npt.NDArray[np.float64]
_Solver = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], ControlEnergy]

_PAIRS = ("network", "network2")
_SOURCE = (
    "Gu et al. 2017, doi:10.1016/j.neuroimage.2017.01.003; Karrer et al. 2020, "
    "doi:10.1088/1741-2552/ab6e8b; weighted inputs as in Singleton et al. 2022, "
    "doi:10.1038/s41467-022-33578-1"
)


@measure(
    needs=("connectome",),
    gives=(
        Quantity(
            "control_energy",
            "1",
            _PAIRS,
            "Least energy that leads activity from one network (row) to another (column).",
        ),
        Quantity(
            "control_condition",
            "1",
            (),
            "Powers of ten between the easiest and the hardest direction of control.",
            "diagnostic",
        ),
    ),
    source=_SOURCE,
)
def control_energy(
    scan: Scan,
    *,
    rng: np.random.Generator,
    horizon: float = 1.0,
    margin: float = 1.0,
    inputs: Mapping[str, float] | None = None,
) -> xr.Dataset:
    """Compute the least energy of input that leads activity from network to network.

    Parameters
    ----------
    scan
        Kind ``connectome``, with an atlas that names networks; made symmetric, self-connections
        left out. Regions without connections, or with the same number in every entry, are left
        out.
    rng
        Not used: nothing is random.
    horizon
        Time from start to target; activity left alone halves in less than one unit.
    margin
        See :func:`rewire.numerics.control.stable_dynamics`.
    inputs
        Weight of each region's input by name, such as the density of a receptor, not negative;
        regions that are not named get none. None: 1 for every region.

    Returns
    -------
    xr.Dataset
        ``control_energy`` with dims (network, network2), from and to; on the diagonal what it
        takes to stay. A network is active in its regions equally, with unit norm.
        ``control_condition`` beside it. NaN for networks without a connected region, where weights
        are missing, and where the inputs cannot lead everywhere (12 powers of ten).

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "Y"), np.zeros((2, 3)))
    >>> scan = Scan("s", "connectome", np.array([[0.0, 9.0], [9.0, 0.0]]), atlas)
    >>> found = control_energy(scan, rng=np.random.default_rng())["control_energy"]
    >>> bool(found[0, 0] < found[0, 1]), bool(np.isclose(found[0, 1], found[1, 0]))
    (True, True)
    """

    def solve(
        dynamics: FloatArray, weights: FloatArray, starts: FloatArray, targets: FloatArray
    ) -> ControlEnergy:
        return minimum_energy(dynamics, weights, horizon, starts, targets)

    return _transitions(scan, "control", margin, inputs, solve)


@measure(
    needs=("connectome",),
    gives=(
        Quantity(
            "control_optimal_energy",
            "1",
            _PAIRS,
            "Energy that leads from one network to another with activity kept small on the way.",
        ),
        Quantity(
            "control_optimal_condition",
            "1",
            (),
            "Powers of ten between the easiest and the hardest direction of control.",
            "diagnostic",
        ),
    ),
    source="Betzel et al. 2016, doi:10.1038/srep30770; " + _SOURCE,
)
def control_energy_optimal(
    scan: Scan,
    *,
    rng: np.random.Generator,
    horizon: float = 1.0,
    margin: float = 1.0,
    rho: float = 1.0,
    inputs: Mapping[str, float] | None = None,
) -> xr.Dataset:
    """Compute the energy from network to network when activity must stay small on the way.

    Parameters
    ----------
    scan, rng, horizon, margin, inputs
        As for :func:`control_energy`.
    rho
        Price of energy against squared activity; the larger, the nearer to minimum energy.

    Returns
    -------
    xr.Dataset
        ``control_optimal_energy`` with dims (network, network2), never below ``control_energy``,
        and ``control_optimal_condition``; NaN as there.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "Y"), np.zeros((2, 3)))
    >>> scan = Scan("s", "connectome", np.array([[0.0, 9.0], [9.0, 0.0]]), atlas)
    >>> rng = np.random.default_rng()
    >>> least = control_energy(scan, rng=rng)["control_energy"]
    >>> bool((control_energy_optimal(scan, rng=rng)["control_optimal_energy"] > least).all())
    True
    """

    def solve(
        dynamics: FloatArray, weights: FloatArray, starts: FloatArray, targets: FloatArray
    ) -> ControlEnergy:
        return optimal_energy(dynamics, weights, horizon, starts, targets, rho)

    return _transitions(scan, "control_optimal", margin, inputs, solve)


def _transitions(
    scan: Scan, prefix: str, margin: float, inputs: Mapping[str, float] | None, solve: _Solver
) -> xr.Dataset:
    """Solve every transition from network to network and label the energies."""
    names = scan.atlas.networks
    energy = np.full((len(names), len(names)), np.nan)
    condition = float("nan")
    both_ways = (scan.data + scan.data.T) / 2.0
    others = without_diagonal(both_ways)
    live = has_signal(both_ways) & (np.nan_to_num(others) != 0.0).any(axis=0)
    weights = others[np.ix_(live, live)]
    states = np.array([[own == name for own in scan.atlas.network] for name in names], dtype=float)
    states = states.reshape(len(names), len(live))[:, live]
    size = np.sqrt(states.sum(axis=1))
    there = np.flatnonzero(size)
    named = {} if inputs is None else inputs
    push = np.array([1.0 if inputs is None else named.get(r, 0.0) for r in scan.atlas.regions])
    reason = _why_none(weights, push, states)
    if not reason:
        states = states[there] / size[there, None]
        starts, targets = np.repeat(states, len(there), axis=0), np.tile(states, (len(there), 1))
        found = solve(stable_dynamics(weights, margin), push[live], starts, targets)
        energy[np.ix_(there, there)] = found.energy.reshape(len(there), -1)
        condition = found.condition if np.isfinite(found.condition) else float("nan")
        reason = "inputs cannot lead everywhere"
    absent = np.logical_or.outer(size == 0, size == 0)
    status = np.where(np.isfinite(energy), "ok", np.where(absent, "no connected region", reason))
    return xr.Dataset(
        {
            f"{prefix}_energy": (_PAIRS, energy),
            f"{prefix}_energy_status": (_PAIRS, status),
            f"{prefix}_condition": ((), condition),
            f"{prefix}_condition_status": ((), "ok" if np.isfinite(condition) else reason),
        },
        coords={"network": list(names), "network2": list(names)},
    )


def _why_none(weights: FloatArray, push: FloatArray, states: FloatArray) -> str:
    """Say why no energy can be computed, or nothing."""
    if not weights.any():
        return "no connections"
    if not np.isfinite(weights).all():
        return "weights are missing"
    if not (np.isfinite(push).all() and (push >= 0.0).all()):
        return "an input weight is negative or not finite"
    return "" if states.any() else "no networks"
