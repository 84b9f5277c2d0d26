"""Energy that it takes to lead activity on a connectome from one pattern to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm

FloatArray = npt.NDArray[np.float64]

_WORST = 1e12
"""A system worse conditioned than this has targets that input cannot reach within rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class ControlEnergy:
    """Energies of transitions, and how trustworthy they are.

    Parameters
    ----------
    energy
        Float64, shape (transitions,), of squared activity times time; NaN where input cannot lead
        to every state.
    condition
        Condition number of the system that was solved, in powers of ten; NaN where there is none.
    """

    energy: FloatArray
    condition: float


def stable_dynamics(weights: FloatArray, margin: float = 1.0) -> FloatArray:
    """Turn a connectome into the matrix of linear dynamics that die out.

    Parameters
    ----------
    weights
        Symmetric, float64, shape (regions, regions), finite.
    margin
        Added to the largest eigenvalue; the larger it is, the faster activity dies out.

    Returns
    -------
    FloatArray
        ``A = W / (margin + max |eigenvalue of W|) - I``, shape (regions, regions), of
        ``dx/dt = A x + B u``.

    Notes
    -----
    Karrer et al. 2020 (10.1088/1741-2552/ab6e8b).

    Examples
    --------
    >>> stable_dynamics(np.array([[0.0, 1.0], [1.0, 0.0]])).tolist()
    [[-1.0, 0.5], [0.5, -1.0]]
    """
    matrix = np.asarray(weights, dtype=np.float64)
    largest = float(np.abs(np.linalg.eigvalsh(matrix)).max())
    return matrix / (margin + largest) - np.eye(len(matrix))


def gramian(dynamics: FloatArray, inputs: FloatArray, horizon: float) -> FloatArray:
    """Return what input of unit energy can reach within a time.

    Parameters
    ----------
    dynamics
        A, symmetric, float64, shape (regions, regions).
    inputs
        Weight of each region's input, the diagonal of B, shape (regions,).
    horizon
        Time, in the unit of the dynamics.

    Returns
    -------
    FloatArray
        ``W = int_0^T e^(A t) B B' e^(A' t) dt``, shape (regions, regions).

    Notes
    -----
    In the eigenvectors of A the integrand is ``G_ij e^((l_i + l_j) t)``, so that nothing is
    integrated by steps.

    Examples
    --------
    >>> gramian(np.array([[-0.5]]), np.array([1.0]), 1.0).round(6).tolist()  # 1 - 1/e
    [[0.632121]]
    """
    values, vectors = np.linalg.eigh(dynamics)
    turned = vectors.T * np.asarray(inputs, dtype=np.float64)
    rates = values[:, None] + values
    still = np.abs(rates) < 1e-300
    grown = np.where(still, horizon, np.expm1(rates * horizon) / np.where(still, 1.0, rates))
    made = vectors @ ((turned @ turned.T) * grown) @ vectors.T
    return np.asarray((made + made.T) / 2.0)


def minimum_energy(
    dynamics: FloatArray,
    inputs: FloatArray,
    horizon: float,
    starts: FloatArray,
    targets: FloatArray,
) -> ControlEnergy:
    """Return the least energy of input that leads from each start to its target.

    Parameters
    ----------
    dynamics, inputs, horizon
        As for :func:`gramian`.
    starts, targets
        Activity at time 0 and at the horizon, float64, shape (transitions, regions).

    Returns
    -------
    ControlEnergy
        ``d' W^-1 d`` with ``d = x_T - e^(A T) x_0``.

    Notes
    -----
    Gu et al. 2017 (10.1016/j.neuroimage.2017.01.003).

    Examples
    --------
    >>> one = np.array([[1.0]])
    >>> minimum_energy(-one / 2, one[0], 1.0, 0 * one, one).energy.round(4).tolist()  # 1 / .6321
    [1.582]
    """
    values, vectors = np.linalg.eigh(gramian(dynamics, inputs, horizon))
    condition = _condition(values)
    if not condition < np.log10(_WORST):
        return ControlEnergy(np.full(len(starts), np.nan), condition)
    rates, modes = np.linalg.eigh(dynamics)
    missed = np.asarray(targets) - (np.asarray(starts) @ modes * np.exp(rates * horizon)) @ modes.T
    energy = ((missed @ vectors) ** 2 / values).sum(axis=1)
    return ControlEnergy(np.asarray(energy), condition)


def optimal_energy(
    dynamics: FloatArray,
    inputs: FloatArray,
    horizon: float,
    starts: FloatArray,
    targets: FloatArray,
    rho: float = 1.0,
) -> ControlEnergy:
    """Return the energy of the input that also keeps activity small on its way.

    Parameters
    ----------
    dynamics, inputs, horizon, starts, targets
        As for :func:`minimum_energy`.
    rho
        Price of energy against squared activity; the larger, the nearer to minimum energy.

    Returns
    -------
    ControlEnergy
        ``int u' u dt`` of the u with the least ``int x' x + rho u' u dt``.

    Raises
    ------
    ValueError
        If rho is not positive.

    Notes
    -----
    Betzel et al. 2016 (10.1038/srep30770). With costate p, ``z = (x, p)`` follows ``dz/dt = M z``,
    ``M = [[A, -B B' / 2 rho], [-2 I, -A']]``, and ``u = -B' p / 2 rho``. Both e^(M T) and the
    integral of ``u' u`` come from one matrix exponential (Van Loan 1978,
    10.1109/TAC.1978.1101743).

    Examples
    --------
    >>> one = np.array([[1.0]])
    >>> a = minimum_energy(-one, one[0], 1.0, 0 * one, one).energy
    >>> b = optimal_energy(-one, one[0], 1.0, 0 * one, one, rho=1e6).energy
    >>> bool(abs(a - b)[0] < 1e-5)
    True
    """
    if not rho > 0.0:
        raise ValueError("rho must be more than 0")
    matrix = np.asarray(dynamics, dtype=np.float64)
    n = len(matrix)
    squared = np.diag(np.asarray(inputs, dtype=np.float64) ** 2)
    motion = np.block([[matrix, -squared / (2 * rho)], [-2 * np.eye(n), -matrix.T]])
    cost = np.zeros((2 * n, 2 * n))
    cost[n:, n:] = squared / (4 * rho**2)
    whole = np.block([[-motion.T, cost], [np.zeros_like(cost), motion]])
    grown = expm(whole * horizon)
    step = grown[2 * n :, 2 * n :]
    spent = step.T @ grown[: 2 * n, 2 * n :]
    condition = _condition(np.asarray(np.linalg.svd(step[:n, n:], compute_uv=False)))
    if not condition < np.log10(_WORST):
        return ControlEnergy(np.full(len(starts), np.nan), condition)
    first = np.asarray(starts, dtype=np.float64).T
    costate = np.linalg.solve(step[:n, n:], np.asarray(targets).T - step[:n, :n] @ first)
    state = np.vstack([first, costate])
    return ControlEnergy(np.asarray((state * (spent @ state)).sum(axis=0)), condition)


def _condition(values: FloatArray) -> float:
    """Return the powers of ten between the largest and the least; infinite where one is not > 0."""
    if not values.size or not values.max() > 0.0:
        return float("nan")
    least = float(values.min())
    return float(np.log10(values.max() / least)) if least > 0.0 else float("inf")
