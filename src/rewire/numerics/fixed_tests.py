"""Tests of fixed effects, and Kenward and Roger's from the sums that any mixed model gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg, special

from rewire.numerics.estimates import p_of_t

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FixedTests:
    """A t test for each contrast of fixed effects; every array has shape (contrasts,).

    Parameters
    ----------
    estimate, se, df, statistic
        ``statistic = estimate / se``.
    p
        Two-sided.
    """

    estimate: FloatArray
    se: FloatArray
    df: FloatArray
    statistic: FloatArray
    p: FloatArray


@dataclass(frozen=True, slots=True)
class JointTest:
    """An F test of several contrasts together.

    Parameters
    ----------
    statistic, numerator, denominator, p
        F, its degrees of freedom, and the p.
    """

    statistic: float
    numerator: float
    denominator: float
    p: float


def two_sided_tests(estimate: FloatArray, se: FloatArray, df: FloatArray) -> FixedTests:
    """Return t tests of estimates, each array of shape (contrasts,)."""
    statistic = estimate / se
    return FixedTests(estimate, se, df, statistic, p_of_t(statistic, df, "two-sided"))


@dataclass(frozen=True, slots=True, eq=False)
class AdjustedTests:
    """Kenward and Roger's adjusted covariance of fixed effects, and the tests it gives.

    Parameters
    ----------
    estimate
        Of the fixed effects, shape (effects,).
    unadjusted
        Their covariance with the variance parameters taken as known, shape (effects, effects).
    covariance
        The same, adjusted for small samples.
    moved
        ``P_i``, shape (parameters, effects, effects): minus X' V^-1 V_i V^-1 X.
    spread
        ``W``, the covariance of the variance parameters, shape (parameters, parameters).
    """

    estimate: FloatArray
    unadjusted: FloatArray
    covariance: FloatArray
    moved: FloatArray
    spread: FloatArray

    def tests(self, contrasts: FloatArray | None = None) -> FixedTests:
        """Test contrasts one by one, shape (contrasts, effects); each effect alone if None."""
        rows = np.eye(len(self.estimate)) if contrasts is None else np.atleast_2d(contrasts)
        df = np.array([self.joint(row[None]).denominator for row in rows])
        se = np.sqrt(np.einsum("ci,ij,cj->c", rows, self.covariance, rows))
        return two_sided_tests(rows @ self.estimate, se, df)

    def joint(self, contrasts: FloatArray) -> JointTest:
        """Test several independent contrasts together.

        Parameters
        ----------
        contrasts
            Float64, shape (contrasts, fixed effects).
        """
        rows = np.atleast_2d(contrasts)
        q = len(rows)
        phi = self.unadjusted
        theta = rows.T @ linalg.inv(rows @ phi @ rows.T) @ rows
        moved = theta @ phi @ self.moved @ phi
        traces = np.trace(moved, axis1=1, axis2=2)
        a1 = float(traces @ self.spread @ traces)
        a2 = float((self.spread * np.einsum("aij,bji->ab", moved, moved)).sum())
        scale, denominator = _match_f(q, a1, a2)
        estimate = rows @ self.estimate
        quadratic = float(estimate @ linalg.solve(rows @ self.covariance @ rows.T, estimate))
        statistic = scale * quadratic / q
        p = float(special.fdtrc(q, denominator, statistic))
        return JointTest(statistic, float(q), denominator, max(p, float(np.finfo(float).tiny)))


@dataclass(frozen=True, slots=True, eq=False)
class AdjustmentSums:
    """What Kenward and Roger's adjustment is made of, in their own letters.

    Parameters
    ----------
    p
        Shape (parameters, effects, effects).
    q
        X' V^-1 V_i V^-1 V_j V^-1 X, shape (parameters, parameters, effects, effects).
    r
        X' V^-1 V_ij V^-1 X, of the same shape; None where the covariance is linear in its
        parameters, so that its second derivatives vanish.
    information
        Expected information of the parameters, shape (parameters, parameters).
    """

    p: FloatArray
    q: FloatArray
    r: FloatArray | None
    information: FloatArray


def adjust_covariance(
    estimate: FloatArray, unadjusted: FloatArray, sums: AdjustmentSums
) -> AdjustedTests:
    """Adjust the covariance of fixed effects for small samples.

    Parameters
    ----------
    estimate
        Shape (effects,).
    unadjusted
        Shape (effects, effects).
    sums
        In the same columns of the design.

    Notes
    -----
    Kenward and Roger 1997 (10.2307/2533558): Phi + 2 Phi {sum_ij W_ij (Q_ij - P_i Phi P_j -
    R_ij / 4)} Phi, W the inverse of the expected information.
    """
    spread: FloatArray = np.asarray(linalg.pinvh(sums.information), dtype=np.float64)
    inner = np.einsum("ab,abij->ij", spread, sums.q)
    if sums.r is not None:
        inner -= np.einsum("ab,abij->ij", spread, sums.r) / 4.0
    weighted = np.tensordot(spread, sums.p, 1)
    inner -= np.einsum("aij,jk,akl->il", sums.p, unadjusted, weighted, optimize=True)
    inner = (inner + inner.T) / 2.0
    covariance = unadjusted + 2.0 * unadjusted @ inner @ unadjusted
    return AdjustedTests(estimate, unadjusted, covariance, sums.p, spread)


def _match_f(q: int, a1: float, a2: float) -> tuple[float, float]:
    """Return the scale and the degrees of freedom of the F that has the moments wanted."""
    if a2 <= 0.0:
        return 1.0, float("inf")
    b = (a1 + 6.0 * a2) / (2.0 * q)
    g = ((q + 1.0) * a1 - (q + 4.0) * a2) / ((q + 2.0) * a2)
    below = 3.0 * q + 2.0 * (1.0 - g)
    c1, c2, c3 = g / below, (q - g) / below, (q + 2.0 - g) / below
    mean = 1.0 / (1.0 - a2 / q)
    spread = 2.0 / q * (1.0 + c1 * b) / ((1.0 - c2 * b) ** 2 * (1.0 - c3 * b))
    rho = spread / (2.0 * mean**2)
    m = 4.0 + (q + 2.0) / (q * rho - 1.0)
    return m / (mean * (m - 2.0)), m
