"""Small-sample tests of fixed effects, after Satterthwaite and after Kenward and Roger."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import linalg

from rewire.numerics.fixed_tests import (
    AdjustmentSums,
    FixedTests,
    JointTest,
    adjust_covariance,
    two_sided_tests,
)
from rewire.numerics.mixed_criterion import Profile
from rewire.numerics.mixed_model import MixedFit

FloatArray = npt.NDArray[np.float64]


def satterthwaite(fit: MixedFit, contrasts: FloatArray | None = None) -> FixedTests:
    """Test contrasts of fixed effects with Satterthwaite's degrees of freedom.

    Parameters
    ----------
    fit
        A fitted model.
    contrasts
        Float64, shape (contrasts, fixed effects); each effect alone if None.

    Returns
    -------
    FixedTests
        Two-sided.

    Notes
    -----
    ``df = 2 (c' V c)^2 / (g' A g)``, g the gradient of ``c' V c`` and A the covariance of the
    variance parameters (factors and residual standard deviation) from the Hessian of the
    deviance, as in Kuznetsova et al. 2017 (10.18637/jss.v082.i13). Directions in which the
    deviance does not curve are left out. Derivatives by fourth-order differences.

    Examples
    --------
    >>> from rewire.numerics.mixed_criterion import MixedData, RandomTerm
    >>> from rewire.numerics.mixed_model import fit_mixed
    >>> rng = np.random.default_rng(0)
    >>> people = np.repeat(np.arange(40), 2)
    >>> y = 2.0 * rng.standard_normal(40)[people] + rng.standard_normal(80)
    >>> x = np.column_stack([np.ones(80), np.tile([0.0, 1.0], 40)])
    >>> fit = fit_mixed(MixedData(y, x, (RandomTerm("id", people, np.ones((80, 1))),)))
    >>> round(satterthwaite(fit).df[1].item(), 2)  # as the paired t test
    39.0
    """
    rows = np.eye(len(fit.estimate)) if contrasts is None else np.atleast_2d(contrasts)
    profile = Profile(fit.data, fit.criterion)
    at = np.append(fit.theta, fit.sigma)

    def variance(x: FloatArray) -> FloatArray:
        whole = x[-1] ** 2 * profile.solve(x[:-1]).unscaled
        return np.asarray(np.einsum("ci,ij,cj->c", rows, whole, rows))

    def deviance(x: FloatArray) -> float:
        return profile.deviance(x[:-1], float(x[-1]))

    steps = 0.01 * np.maximum(np.abs(at), 0.1 * np.append(np.ones(len(fit.theta)), fit.sigma))
    values, vectors = np.linalg.eigh(_hessian(deviance, at, steps))
    curved = values > 1e-8 * max(values.max(), 0.0)
    spread = 2.0 * (vectors[:, curved] / values[curved]) @ vectors[:, curved].T
    gradient = _gradient(variance, at, steps)
    own = np.einsum("ci,ij,cj->c", rows, fit.covariance, rows)
    noise = np.einsum("ic,ij,jc->c", gradient, spread, gradient)
    df = 2.0 * own**2 / noise
    return two_sided_tests(rows @ fit.estimate, np.sqrt(own), df)


_FIRST = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))
_SECOND = ((-2, -1 / 12), (-1, 16 / 12), (0, -30 / 12), (1, 16 / 12), (2, -1 / 12))


def _gradient(
    function: Callable[[FloatArray], FloatArray], at: FloatArray, steps: FloatArray
) -> FloatArray:
    """Return the derivatives of every output along every parameter, shape (parameters, ...)."""
    rows = []
    for i, step in enumerate(steps):
        move = np.zeros(len(at))
        move[i] = step
        rows.append(sum(w * function(at + k * move) for k, w in _FIRST) / step)
    return np.array(rows)


def _hessian(
    function: Callable[[FloatArray], float], at: FloatArray, steps: FloatArray
) -> FloatArray:
    size = len(at)
    found = np.empty((size, size))
    for i in range(size):
        one = np.zeros(size)
        one[i] = steps[i]
        found[i, i] = sum(w * function(at + k * one) for k, w in _SECOND) / steps[i] ** 2
        for j in range(i):
            other = np.zeros(size)
            other[j] = steps[j]
            mixed = sum(
                v * w * function(at + k * one + m * other) for k, v in _FIRST for m, w in _FIRST
            )
            found[i, j] = found[j, i] = mixed / (steps[i] * steps[j])
    return found


class KenwardRoger:
    """Kenward and Roger's adjusted covariance and F tests of a model fitted by REML.

    Parameters
    ----------
    fit
        A model fitted by REML.

    Raises
    ------
    ValueError
        If it was fitted by ML.

    Notes
    -----
    Kenward and Roger 1997 (10.2307/2533558), the covariance being linear in its parameters (the
    elements of the random covariances and the residual variance), so that second derivatives
    vanish; the expected information.

    Attributes
    ----------
    covariance
        Of the fixed effects, adjusted for small samples.
    """

    def __init__(self, fit: MixedFit) -> None:
        if fit.criterion != "REML":
            raise ValueError("Kenward and Roger's test needs a model fitted by REML")
        x = fit.data.fixed
        slopes = _slopes(fit)
        inverse = linalg.inv(_total_covariance(fit))
        weighted = inverse @ x
        phi = linalg.inv(x.T @ weighted)
        parts = [inverse @ g for g in slopes]
        p = np.array([-(weighted.T @ g @ weighted) for g in slopes])
        count = len(slopes)
        information = np.empty((count, count))
        q = np.empty((count, count, *phi.shape))
        for i in range(count):
            for j in range(count):
                q[i, j] = weighted.T @ slopes[i] @ inverse @ slopes[j] @ weighted
                trace = float((parts[i] * parts[j].T).sum())
                inner = phi @ (2.0 * q[i, j] - p[i] @ phi @ p[j])
                information[i, j] = (trace - float(np.trace(inner))) / 2.0
        sums = AdjustmentSums(p, q, None, (information + information.T) / 2.0)
        self._adjusted = adjust_covariance(fit.estimate, phi, sums)
        self.covariance: FloatArray = self._adjusted.covariance

    def tests(self, contrasts: FloatArray | None = None) -> FixedTests:
        """Test contrasts one by one; see :func:`satterthwaite`."""
        return self._adjusted.tests(contrasts)

    def joint(self, contrasts: FloatArray) -> JointTest:
        """Test several independent contrasts together.

        Parameters
        ----------
        contrasts
            Float64, shape (contrasts, fixed effects).
        """
        return self._adjusted.joint(contrasts)


def _total_covariance(fit: MixedFit) -> FloatArray:
    whole = fit.sigma**2 * np.eye(len(fit.data.response))
    for term, covariance in zip(fit.data.terms, fit.random, strict=True):
        same = term.groups[:, None] == term.groups[None, :]
        whole += same * (term.design @ covariance @ term.design.T)
    return whole


def _slopes(fit: MixedFit) -> list[FloatArray]:
    """Return the derivative of the covariance of the response along each of its parameters."""
    found = []
    for term in fit.data.terms:
        same = term.groups[:, None] == term.groups[None, :]
        q = term.design.shape[1]
        for i in range(q):
            for j in range(i + 1):
                outer = np.outer(term.design[:, i], term.design[:, j])
                found.append(same * (outer if i == j else outer + outer.T))
    return [*found, np.eye(len(fit.data.response))]
