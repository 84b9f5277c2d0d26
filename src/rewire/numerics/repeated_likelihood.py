"""The restricted likelihood of repeated measurements, people gathered by the visits they have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RepeatedData:
    """One response of each person at several visits.

    Parameters
    ----------
    response
        Shape (people, visits); NaN where a person was not seen.
    design
        Fixed effects, shape (people, visits, effects); rows of visits without a response, or
        with a NaN, are left out.
    """

    response: FloatArray
    design: FloatArray

    def __post_init__(self) -> None:
        """Refuse shapes that do not belong together."""
        if self.design.ndim != 3 or self.design.shape[:2] != self.response.shape:
            raise ValueError(f"responses {self.response.shape}, design {self.design.shape}")

    @property
    def seen(self) -> npt.NDArray[np.bool_]:
        """Which visits enter, shape (people, visits)."""
        return np.isfinite(self.response) & np.isfinite(self.design).all(axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """People seen at the same visits: which, how many, and their summed products."""

    visits: IntArray
    people: int
    products: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """The model solved at one covariance, in the orthonormal columns that the likelihood uses.

    Parameters
    ----------
    inverses
        Of the covariance over the visits of each pattern.
    coefficients, unscaled
        Generalised least squares estimate and its covariance.
    deviance
        -2 log restricted likelihood, as lme4 and nlme count it.
    """

    inverses: tuple[FloatArray, ...]
    coefficients: FloatArray
    unscaled: FloatArray
    deviance: float

    @property
    def border(self) -> FloatArray:
        """The weights that make residuals of responses beside their design."""
        return np.append(-self.coefficients, 1.0)


class Likelihood:
    """Minus twice the restricted log likelihood of a covariance of visits.

    Everything the model needs of a person is the product of that person's rows, so that people
    seen at the same visits are summed once and each evaluation costs the same however many they
    are. Columns of the design are made orthonormal and the response is taken less its least
    squares fit, which keeps the sums well conditioned.

    Parameters
    ----------
    data
        Responses and design.

    Raises
    ------
    ValueError
        If columns of the design depend on one another, or there are no more rows than columns.

    Attributes
    ----------
    rows, effects
        How many responses and fixed effects there are.
    back
        Turns coefficients of the orthonormal columns into those of the design.
    offset
        Coefficients of the design by least squares; to be added.
    patterns
        People gathered by their visits.
    """

    def __init__(self, data: RepeatedData) -> None:
        seen = data.seen
        x, y = data.design[seen], data.response[seen]
        self.rows, self.effects = x.shape
        size = np.sqrt((x**2).sum(axis=0))
        if self.rows <= self.effects or not np.all(size > 0.0):
            raise ValueError("too few responses, or an effect without any variation")
        orthonormal, triangle = np.linalg.qr(x / size)
        diagonal = np.abs(np.diagonal(triangle))
        if diagonal.min() < 1e-9 * diagonal.max():
            raise ValueError("effects that depend on one another")
        self.back = linalg.solve_triangular(triangle, np.eye(self.effects)) / size[:, None]
        self._log_scale = 2.0 * float(np.log(diagonal * size).sum())
        first = orthonormal.T @ y
        self.offset = self.back @ first
        self._spread = float(np.std(y - orthonormal @ first)) or 1.0
        bordered = np.full((*data.response.shape, self.effects + 1), np.nan)
        bordered[seen] = np.column_stack([orthonormal, y - orthonormal @ first])
        self.patterns = tuple(_patterns(bordered, seen))

    def moments(self, visits: int) -> FloatArray:
        """Return the covariance of least squares residuals, drawn towards its own diagonal.

        A start for the search: positive definite whatever the data.
        """
        total, count = np.zeros((visits, visits)), np.zeros((visits, visits))
        for pattern in self.patterns:
            at = np.ix_(pattern.visits, pattern.visits)
            total[at] += pattern.products[:, :, -1, -1]
            count[at] += pattern.people
        crude = total / np.maximum(count, 1.0)
        variances = np.maximum(np.diagonal(crude), 1e-4 * self._spread**2)
        sd = np.sqrt(variances)
        r = np.clip(crude / np.outer(sd, sd), -1.0, 1.0)
        values, vectors = np.linalg.eigh(0.8 * r + 0.2 * np.eye(visits))
        r = (vectors * np.maximum(values, 0.05)) @ vectors.T
        scale = sd / np.sqrt(np.diagonal(r))
        return np.asarray(r * np.outer(scale, scale))

    def solve(self, covariance: FloatArray) -> Solved:
        """Solve for the fixed effects.

        Parameters
        ----------
        covariance
            Of all visits, shape (visits, visits).

        Raises
        ------
        numpy.linalg.LinAlgError
            If it is not positive definite.
        """
        inverses, log_determinant = [], 0.0
        for pattern in self.patterns:
            factor = np.linalg.cholesky(covariance[np.ix_(pattern.visits, pattern.visits)])
            log_determinant += 2.0 * pattern.people * float(np.log(np.diagonal(factor)).sum())
            root = linalg.solve_triangular(factor, np.eye(len(factor)), lower=True)
            inverses.append(root.T @ root)
        whole = self.gather(inverses)
        factor = np.linalg.cholesky(whole[:-1, :-1])
        root = linalg.solve_triangular(factor, np.eye(self.effects), lower=True)
        half = root @ whole[:-1, -1]
        log_information = 2.0 * float(np.log(np.diagonal(factor)).sum()) + self._log_scale
        deviance = (self.rows - self.effects) * float(np.log(2.0 * np.pi)) + log_determinant
        deviance += log_information + float(whole[-1, -1] - half @ half)
        return Solved(tuple(inverses), root.T @ half, root.T @ root, deviance)

    def gather(self, weights: list[FloatArray]) -> FloatArray:
        """Return the sum over people of rows' W rows, responses bordering the design.

        Parameters
        ----------
        weights
            One for each pattern, shape (..., visits, visits).

        Returns
        -------
        ndarray
            Shape (..., effects + 1, effects + 1).
        """
        return np.asarray(
            sum(
                np.tensordot(w, p.products, axes=([-2, -1], [0, 1]))
                for w, p in zip(weights, self.patterns, strict=True)
            )
        )

    def gradient(self, solved: Solved, slopes: FloatArray) -> FloatArray:
        """Return the derivative of the deviance along each parameter of the covariance.

        Parameters
        ----------
        solved
            At this covariance.
        slopes
            Derivatives of the covariance, shape (parameters, visits, visits).
        """
        weighted, traces = [], np.zeros(len(slopes))
        for pattern, inverse in zip(self.patterns, solved.inverses, strict=True):
            own = slopes[:, pattern.visits[:, None], pattern.visits[None, :]]
            traces += pattern.people * np.einsum("ij,kij->k", inverse, own)
            weighted.append(inverse @ own @ inverse)
        products = self.gather(weighted)
        border = solved.border
        fixed = np.einsum("ij,kij->k", solved.unscaled, products[:, :-1, :-1])
        return np.asarray(traces - fixed - np.einsum("i,kij,j->k", border, products, border))


def _patterns(bordered: FloatArray, seen: npt.NDArray[np.bool_]) -> list[_Pattern]:
    found = []
    kinds, which = np.unique(seen, axis=0, return_inverse=True)
    for at, kind in enumerate(kinds):
        visits = np.flatnonzero(kind)
        if len(visits) == 0:
            continue
        rows = bordered[which.reshape(-1) == at][:, visits]
        products = np.einsum("nta,nsb->tsab", rows, rows)
        found.append(_Pattern(visits, len(rows), products))
    return found
