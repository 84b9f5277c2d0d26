"""Tests of contrasts of a mixed model for repeated measures in small samples."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import linalg

from rewire.numerics.fixed_tests import (
    AdjustedTests,
    AdjustmentSums,
    FixedTests,
    adjust_covariance,
    two_sided_tests,
)
from rewire.numerics.repeated_information import RepeatedInformation
from rewire.numerics.repeated_model import RepeatedFit

FloatArray = npt.NDArray[np.float64]
DegreesOfFreedom = Literal["kenward-roger", "satterthwaite"]


def estimate_contrasts(
    fit: RepeatedFit, contrasts: FloatArray, method: DegreesOfFreedom = "kenward-roger"
) -> FixedTests:
    """Estimate contrasts of fixed effects, and test each by itself.

    Parameters
    ----------
    fit
        A fitted model.
    contrasts
        Shape (contrasts, effects).
    method
        How standard errors and degrees of freedom allow for the covariance being estimated.

    Returns
    -------
    FixedTests
        NaN throughout where the model has no fit.

    Examples
    --------
    >>> from rewire.numerics.repeated_likelihood import RepeatedData
    >>> from rewire.numerics.repeated_model import fit_repeated
    >>> y = np.random.default_rng(0).standard_normal((20, 3))
    >>> design = np.broadcast_to(np.eye(3), (20, 3, 3))
    >>> fit = fit_repeated(RepeatedData(y, design))
    >>> estimate_contrasts(fit, np.array([[1.0, 0.0, -1.0]])).df.round(6).tolist()  # paired t
    [19.0]
    """
    if not fit.converged:
        blank = np.full(len(contrasts), np.nan)
        return FixedTests(blank, blank, blank, blank, blank)
    if method == "kenward-roger":
        return kenward_roger(fit).tests(contrasts)
    return repeated_satterthwaite(fit, contrasts)


def kenward_roger(fit: RepeatedFit) -> AdjustedTests:
    """Return Kenward and Roger's adjusted covariance and tests of a fitted model.

    Parameters
    ----------
    fit
        A fitted model.

    Raises
    ------
    ValueError
        If it did not converge.

    Notes
    -----
    Kenward and Roger 1997 (10.2307/2533558) with the expected information, in the parameters
    that :class:`rewire.numerics.repeated_covariance.Structure` names. Where the covariance is
    not linear in them the terms of the second derivatives are included, as SAS does for
    ``DDFM=KR``; the correction of 2009 (``DDFM=KR2``) for the bias of such parameters is not.
    """
    found, back = _information(fit)
    inverse = linalg.inv(back)

    def in_effects(products: FloatArray) -> FloatArray:
        return np.asarray(inverse.T @ products @ inverse)

    r = None if fit.structure.linear else in_effects(found.r)
    sums = AdjustmentSums(in_effects(found.p), in_effects(found.q), r, found.information)
    return adjust_covariance(fit.estimate, fit.covariance, sums)


def repeated_satterthwaite(fit: RepeatedFit, contrasts: FloatArray) -> FixedTests:
    """Test contrasts with Satterthwaite's degrees of freedom and unadjusted standard errors.

    Parameters
    ----------
    fit
        A fitted model.
    contrasts
        Shape (contrasts, effects).

    Raises
    ------
    ValueError
        If it did not converge.

    Notes
    -----
    ``df = 2 (c' V c)^2 / (g' A g)``: g the gradient of ``c' V c``, A twice the inverse of the
    observed second derivatives of -2 log likelihood; both analytic, and free of how the
    covariance is parametrised.
    """
    found, back = _information(fit)
    rows = contrasts @ back
    phi = linalg.solve_triangular(back, fit.covariance)
    weighted = rows @ linalg.solve_triangular(back, phi.T)
    own = np.einsum("ci,ci->c", weighted, rows)
    gradient = -np.einsum("ci,aij,cj->ac", weighted, found.p, weighted)
    spread = 2.0 * linalg.inv(found.hessian)
    df = 2.0 * own**2 / np.einsum("ac,ab,bc->c", gradient, spread, gradient)
    return two_sided_tests(contrasts @ fit.estimate, np.sqrt(own), df)


def _information(fit: RepeatedFit) -> tuple[RepeatedInformation, FloatArray]:
    """Return the sums of a fit, and what turns its orthonormal columns into the effects."""
    if fit.likelihood is None:
        raise ValueError(f"no tests of a model with the status '{fit.status}'")
    solved = fit.likelihood.solve(fit.visits)
    found = RepeatedInformation(fit.likelihood, fit.structure, fit.parameters, solved)
    return found, fit.likelihood.back
