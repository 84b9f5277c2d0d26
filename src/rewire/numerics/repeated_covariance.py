"""Covariances of repeated measurements of one person, and how they change with their parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
AnyArray = npt.NDArray[np.inexact]

StructureName = Literal[
    "unstructured",
    "toeplitz",
    "ar(1)",
    "compound symmetry",
    "heterogeneous toeplitz",
    "heterogeneous ar(1)",
    "heterogeneous compound symmetry",
]
"""Names of the structures, as a plan writes them."""

STRUCTURES: tuple[StructureName, ...] = get_args(StructureName)

_STEP = 1e-30


@dataclass(frozen=True, slots=True)
class Structure:
    """A family of covariance matrices over a fixed number of visits.

    The parameters are those in which SAS writes the structure, so that degrees of freedom can be
    compared: elements of the matrix for unstructured, compound symmetry and Toeplitz, which are
    linear in them; variances and correlations for the others.

    Parameters
    ----------
    name
        Which family.
    visits
        Number of visits. Lags are counted in visits, not in days.

    Examples
    --------
    >>> Structure("ar(1)", 3).covariance(np.array([4.0, 0.5])).tolist()
    [[4.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 4.0]]
    """

    name: StructureName
    visits: int

    @property
    def linear(self) -> bool:
        """Whether the matrix is linear in its parameters, so that it has no curvature."""
        return self.name in ("unstructured", "toeplitz", "compound symmetry")

    @property
    def size(self) -> int:
        """How many parameters it has."""
        if self.name == "unstructured":
            return self.visits * (self.visits + 1) // 2
        return self._variances + self._correlations

    @property
    def _variances(self) -> int:
        return self.visits if self.name.startswith("heterogeneous") else 1

    @property
    def _correlations(self) -> int:
        if self.visits == 1:
            return 0
        return self.visits - 1 if self.name.endswith("toeplitz") else 1

    @property
    def _lags(self) -> npt.NDArray[np.int64]:
        at = np.arange(self.visits)
        return np.asarray(np.abs(at[:, None] - at[None, :]))

    def covariance(self, parameters: FloatArray) -> FloatArray:
        """Return the matrix, shape (visits, visits).

        Parameters
        ----------
        parameters
            Shape (size,).
        """
        if self.linear:
            return np.asarray(np.tensordot(parameters, _basis(self), 1))
        variances, correlations = np.split(parameters, [self._variances])
        sd = np.sqrt(self._spread(variances))
        return np.asarray(np.outer(sd, sd) * self._correlation(correlations))

    def slopes(self, parameters: FloatArray) -> FloatArray:
        """Return the first derivatives of the matrix, shape (size, visits, visits)."""
        if self.linear:
            return _basis(self)
        variances, correlations = np.split(parameters, [self._variances])
        sd = np.sqrt(self._spread(variances))
        by_variance = self.covariance(parameters) * self._share(variances)
        return np.concatenate(
            [by_variance, np.outer(sd, sd) * self._correlation_slopes(correlations)]
        )

    def curvature(self, parameters: FloatArray) -> FloatArray:
        """Return the second derivatives, shape (size, size, visits, visits); 0 where linear."""
        found = np.zeros((self.size, self.size, self.visits, self.visits))
        if self.linear:
            return found
        m = self._variances
        variances, correlations = np.split(parameters, [m])
        share = self._share(variances)
        found[:m, :m] = share[:, None] * share[None, :]
        for a in range(m):
            found[a, a] -= share[a] / variances[a]
        found[:m, :m] *= self.covariance(parameters)
        crossed = share[:, None] * self.slopes(parameters)[None, m:]
        found[:m, m:] = crossed
        found[m:, :m] = crossed.swapaxes(0, 1)
        if self.name.endswith("ar(1)") and self.visits > 1:
            sd = np.sqrt(self._spread(variances))
            found[m, m] = np.outer(sd, sd) * self._second_power(float(correlations[0]))
        return found

    def natural(self, free: FloatArray) -> FloatArray:
        """Return the parameters at unconstrained numbers; every matrix so reached is positive.

        Unstructured: a Cholesky factor with the logs of its diagonal. Else logs of variances and
        logits of correlations; Toeplitz correlations come from partial autocorrelations, each
        free between -1 and 1 (Barndorff-Nielsen and Schou 1973, 10.1016/0047-259X(73)90030-4).
        """
        return np.asarray(np.real(self._natural(free.astype(np.complex128))), dtype=np.float64)

    def natural_slopes(self, free: FloatArray) -> FloatArray:
        """Return d natural / d free, shape (size, size), exact to rounding."""
        if self.name == "unstructured":
            rows, columns = _lower(self.visits)
            factor = np.zeros((self.visits, self.visits))
            factor[rows, columns] = np.where(rows == columns, np.exp(free), free)
            moved = np.zeros((self.size, self.visits, self.visits))
            moved[np.arange(self.size), rows, columns] = np.where(rows == columns, np.exp(free), 1)
            half = moved @ factor.T
            return np.asarray((half + half.swapaxes(1, 2))[:, rows, columns].T)
        steps = 1j * _STEP * np.eye(self.size)
        each = [np.imag(self._natural(free + step)) / _STEP for step in steps]
        return np.asarray(np.stack(each, axis=1), dtype=np.float64)

    def rescaled(self, parameters: FloatArray, factor: float) -> FloatArray:
        """Return the parameters of the matrix times a factor."""
        found = parameters.copy()
        found[: self.size if self.linear else self._variances] *= factor
        return found

    def start(self, moments: FloatArray) -> FloatArray:
        """Return unconstrained numbers near a covariance matrix.

        Parameters
        ----------
        moments
            Positive definite, shape (visits, visits).
        """
        if self.name == "unstructured":
            factor = np.linalg.cholesky(moments)
            logs = factor.copy()
            np.fill_diagonal(logs, np.log(np.diagonal(factor)))
            return np.asarray(logs[_lower(self.visits)], dtype=np.float64)
        variances = np.diagonal(moments)
        if self._variances == 1:
            variances = np.array([variances.mean()])
        sd = np.sqrt(np.diagonal(moments))
        r = moments / np.outer(sd, sd)
        free = np.zeros(self._correlations)
        if self._correlations and self.name.endswith("compound symmetry"):
            off = float(r[self._lags > 0].mean())
            low = -1.0 / (self.visits - 1)
            inside = min(max((off - low) / (1.0 - low), 0.05), 0.95)
            free[0] = np.log(inside / (1.0 - inside))
        elif self._correlations:
            free[0] = np.arctanh(min(max(float(r[self._lags == 1].mean()), -0.9), 0.9))
        return np.concatenate([np.log(variances), free])

    def _natural(self, free: AnyArray) -> AnyArray:
        if self.name == "unstructured":
            rows, columns = _lower(self.visits)
            factor = np.zeros((self.visits, self.visits), dtype=free.dtype)
            factor[rows, columns] = np.where(rows == columns, np.exp(free), free)
            return np.asarray((factor @ factor.T)[rows, columns])
        logs, x = np.split(free, [self._variances])
        variances = np.exp(logs)
        correlations = x
        if self._correlations and self.name.endswith("compound symmetry"):
            low = -1.0 / (self.visits - 1)
            correlations = low + (1.0 - low) / (1.0 + np.exp(-x))
        elif self.name.endswith("toeplitz"):
            correlations = _autocorrelations(np.tanh(x))
        elif self._correlations:
            correlations = np.tanh(x)
        if self.linear:
            correlations = variances[0] * correlations
        return np.concatenate([variances, correlations])

    def _spread(self, variances: FloatArray) -> FloatArray:
        return variances if self._variances > 1 else np.full(self.visits, variances[0])

    def _share(self, variances: FloatArray) -> FloatArray:
        """Return d log(sd sd') / d variance, shape (variances, visits, visits)."""
        own = np.eye(self.visits) if self._variances > 1 else np.ones((1, self.visits))
        counted = own[:, :, None] + own[:, None, :]
        return np.asarray(counted / (2.0 * variances[:, None, None]))

    def _correlation(self, correlations: FloatArray) -> FloatArray:
        if not self._correlations:
            return np.ones((1, 1))
        if self.name.endswith("ar(1)"):
            return np.asarray(correlations[0] ** self._lags, dtype=np.float64)
        if self.name.endswith("toeplitz"):
            return np.concatenate([[1.0], correlations])[self._lags]
        return np.where(self._lags == 0, 1.0, correlations[0])

    def _correlation_slopes(self, correlations: FloatArray) -> FloatArray:
        if not self._correlations:
            return np.zeros((0, 1, 1))
        lags = self._lags
        if self.name.endswith("ar(1)"):
            powers = lags * correlations[0] ** np.maximum(lags - 1, 0)
            return np.asarray(powers[None], dtype=np.float64)
        if self.name.endswith("toeplitz"):
            return np.stack([lags == k for k in range(1, self.visits)]).astype(np.float64)
        return (lags > 0)[None].astype(np.float64)

    def _second_power(self, r: float) -> FloatArray:
        lags = self._lags
        return np.asarray(lags * (lags - 1) * r ** np.maximum(lags - 2, 0), dtype=np.float64)


@cache
def _lower(visits: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    rows, columns = np.tril_indices(visits)
    return rows, columns


@cache
def _basis(structure: Structure) -> FloatArray:
    """Return what a linear structure is a sum of, shape (size, visits, visits)."""
    at = np.arange(structure.visits)
    lags = np.abs(at[:, None] - at)
    if structure.name == "unstructured":
        rows, columns = _lower(structure.visits)
        found = np.zeros((structure.size, structure.visits, structure.visits))
        found[np.arange(structure.size), rows, columns] = 1.0
        found[np.arange(structure.size), columns, rows] = 1.0
    elif structure.name == "compound symmetry" and structure.visits > 1:
        found = np.stack([lags == 0, lags > 0]).astype(np.float64)
    else:
        found = np.stack([lags == k for k in range(structure.size)]).astype(np.float64)
    found.setflags(write=False)
    return found


def _autocorrelations(partial: AnyArray) -> AnyArray:
    """Return the autocorrelations that have these partial ones (Durbin and Levinson)."""
    found = [np.asarray(1.0, dtype=partial.dtype)]
    weights = partial[:0]
    error = np.asarray(1.0, dtype=partial.dtype)
    for k in range(len(partial)):
        earlier = np.array(found[:0:-1], dtype=partial.dtype)
        found.append(np.asarray(partial[k] * error + (weights * earlier).sum()))
        weights = np.append(weights - partial[k] * weights[::-1], partial[k])
        error = error * (1.0 - partial[k] ** 2)
    return np.array(found[1:], dtype=partial.dtype)
