"""What a mixed model is judged by: its profiled likelihood, from one factor of crossproducts."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import linalg

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Criterion = Literal["REML", "ML"]

_BEYOND = 1e12


@dataclass(frozen=True, slots=True, eq=False)
class RandomTerm:
    """Coefficients that differ at random between groups, ``(1 + x | group)``.

    Parameters
    ----------
    name
        Of the grouping factor.
    groups
        Group of each row from 0, int64, shape (rows,). Nested factors have a group for each
        combination.
    design
        Columns whose coefficients differ, float64, shape (rows, coefficients); a column of ones
        for a random intercept.
    """

    name: str
    groups: IntArray
    design: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class MixedData:
    """A response, fixed effects and random terms, all finite.

    Parameters
    ----------
    response
        Float64, shape (rows,).
    fixed
        Float64, shape (rows, fixed effects).
    terms
        Random terms; none gives ordinary least squares.
    """

    response: FloatArray
    fixed: FloatArray
    terms: tuple[RandomTerm, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """The model at given random covariances.

    Parameters
    ----------
    estimate
        Fixed effects.
    unscaled
        Their covariance over the residual variance.
    residual
        Penalised residual sum of squares.
    log_random, log_fixed
        Log determinants of the random and of the fixed part.
    """

    estimate: FloatArray
    unscaled: FloatArray
    residual: float
    log_random: float
    log_fixed: float


class Profile:
    """The criterion as a function of the relative covariance factors alone.

    Parameters
    ----------
    data
        Response, fixed effects and random terms.
    criterion
        ``REML`` or ``ML``.
    """

    def __init__(self, data: MixedData, criterion: Criterion) -> None:
        self.data, self.criterion = data, criterion
        self.rows, self.effects = data.fixed.shape
        self._sizes = [term.design.shape[1] for term in data.terms]
        blocks = [_indicators(term) for term in data.terms]
        columns = [b.shape[1] for b in blocks]
        self._first = int(np.argmax(columns)) if columns else None
        rest = [b for k, b in enumerate(blocks) if k != self._first]
        others = [q for k, q in enumerate(self._sizes) if k != self._first]
        self._counts = [b.shape[1] // q for b, q in zip(rest, others, strict=True)]
        self._random = sum(b.shape[1] for b in rest)
        self._design = np.column_stack([*rest, data.fixed])
        whole = np.column_stack([self._design, data.response])
        self._products = whole.T @ whole
        if self._first is not None:
            q = self._sizes[self._first]
            self._block = first = blocks[self._first]
            count = first.shape[1] // q
            self._across = (first.T @ whole).reshape(count, q, -1)
            inside = (first.T @ first).reshape(count, q, count, q)
            self._inside = np.ascontiguousarray(inside[np.arange(count), :, np.arange(count)])

    def with_response(self, response: FloatArray) -> Profile:
        """Return the criterion of another response to the same design, which is not built again.

        Parameters
        ----------
        response
            Finite, float64, shape (rows,).
        """
        made = copy(self)
        made.data = replace(self.data, response=response)
        made._products = self._products.copy()
        made._products[-1, :-1] = made._products[:-1, -1] = self._design.T @ response
        made._products[-1, -1] = response @ response
        if self._first is not None:
            made._across = self._across.copy()
            made._across[..., -1] = (self._block.T @ response).reshape(self._across.shape[:2])
        return made

    @property
    def degrees(self) -> int:
        """What the residual sum of squares is divided by."""
        return int(self.rows - (self.effects if self.criterion == "REML" else 0))

    @property
    def bounds(self) -> list[tuple[float | None, float | None]]:
        """Diagonal elements of the factors are not negative."""
        return [
            (0.0 if row == column else None, None)
            for q in self._sizes
            for column in range(q)
            for row in range(column, q)
        ]

    def factors(self, theta: FloatArray) -> list[FloatArray]:
        """Return the lower triangular factor of each term."""
        made, start = [], 0
        for q in self._sizes:
            factor = np.zeros((q, q))
            for column in range(q):
                length = q - column
                factor[column:, column] = theta[start : start + length]
                start += length
            made.append(factor)
        return made

    def solve(self, theta: FloatArray) -> Solved:
        """Return the fixed effects and the parts of the criterion."""
        factors = self.factors(theta)
        m, log_random = self._products.copy(), 0.0
        if self._first is not None:
            factor = factors.pop(self._first)
            inside = factor.T @ self._inside @ factor + np.eye(len(factor))
            root = np.linalg.cholesky(inside)
            log_random += 2.0 * float(np.log(np.diagonal(root, axis1=1, axis2=2)).sum())
            across = np.linalg.solve(root, factor.T @ self._across)
            flat = across.reshape(-1, len(m))
            m -= flat.T @ flat
        m = self._scaled(m, factors)
        r, p = self._random, self.effects
        lower = linalg.cholesky(m, lower=True, check_finite=False)
        diagonal = np.log(np.diag(lower)[: r + p])
        fixed = lower[r : r + p, r : r + p]
        inverse = linalg.solve_triangular(fixed, np.eye(p), lower=True)
        estimate = inverse.T @ lower[r + p, r : r + p]
        return Solved(
            estimate,
            inverse.T @ inverse,
            float(lower[-1, -1] ** 2),
            log_random + 2.0 * float(diagonal[:r].sum()),
            2.0 * float(diagonal[r:].sum()),
        )

    def _scaled(self, products: FloatArray, factors: Sequence[FloatArray]) -> FloatArray:
        """Return the crossproducts with every random column scaled by its factor."""
        m, start = products, 0
        for factor, count in zip(factors, self._counts, strict=True):
            q = len(factor)
            at = slice(start, start + q * count)
            m[at] = (factor.T @ m[at].reshape(count, q, -1)).reshape(q * count, -1)
            m[:, at] = (m[:, at].reshape(len(m), count, q) @ factor).reshape(len(m), -1)
            start += q * count
        m[np.arange(start), np.arange(start)] += 1.0
        return m

    def __call__(self, theta: FloatArray) -> float:
        """Return -2 log of the (restricted) likelihood at the best residual variance.

        Where factors are so large that the crossproducts cancel, a number that no search keeps.
        """
        try:
            solved = self.solve(np.asarray(theta))
        except np.linalg.LinAlgError:
            return _BEYOND
        log_det = solved.log_random + (solved.log_fixed if self.criterion == "REML" else 0.0)
        scale = 2.0 * np.pi * solved.residual / self.degrees
        return float(log_det + self.degrees * (1.0 + np.log(scale)))

    def deviance(self, theta: FloatArray, sigma: float) -> float:
        """Return -2 log of the (restricted) likelihood at any residual standard deviation."""
        try:
            solved = self.solve(theta)
        except np.linalg.LinAlgError:
            return _BEYOND
        log_det = solved.log_random + (solved.log_fixed if self.criterion == "REML" else 0.0)
        scale = np.log(2.0 * np.pi * sigma**2)
        return float(log_det + self.degrees * scale + solved.residual / sigma**2)


def _indicators(term: RandomTerm) -> FloatArray:
    """Return the random design: a column for each group and coefficient, group by group."""
    rows, q = term.design.shape
    made = np.zeros((rows, int(term.groups.max()) + 1, q))
    made[np.arange(rows), term.groups] = term.design
    return made.reshape(rows, -1)
