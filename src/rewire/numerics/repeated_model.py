"""The mixed model for repeated measures: fixed effects, and a covariance over the visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

from rewire.numerics.repeated_covariance import Structure, StructureName
from rewire.numerics.repeated_information import RepeatedInformation
from rewire.numerics.repeated_likelihood import Likelihood, RepeatedData, Solved

FloatArray = npt.NDArray[np.float64]

OK = "ok"
NOT_CONVERGED = "did not converge"
SINGULAR = "singular covariance of visits"
UNSEEN = "two visits that nobody has together"

_LEAST_EIGENVALUE = 1e-6
_LEAST_VARIANCE = 1e-9  # of responses scaled to a standard deviation of 1
_FLAT = 1e-5
_POLISHING = 60
_FARTHEST = 25.0


@dataclass(frozen=True, slots=True, eq=False)
class RepeatedFit:
    """A fitted model; its numbers are NaN unless the status is ``ok``.

    Parameters
    ----------
    structure
        What was fitted.
    estimate
        Of the fixed effects, shape (effects,).
    covariance
        Of the estimate, the covariance of visits taken as known; shape (effects, effects).
    parameters
        Of the structure, shape (size,).
    visits
        The covariance of the visits, shape (visits, visits).
    deviance
        -2 log restricted likelihood.
    status
        ``ok``, or why there is no fit.
    likelihood
        What was maximised, for tests of the effects; None where there is none.
    """

    structure: Structure
    estimate: FloatArray
    covariance: FloatArray
    parameters: FloatArray
    visits: FloatArray
    deviance: float
    status: str
    likelihood: Likelihood | None

    @property
    def converged(self) -> bool:
        """Whether there are estimates."""
        return self.status == OK


def fit_repeated(data: RepeatedData, name: StructureName = "unstructured") -> RepeatedFit:
    """Fit a mixed model for repeated measures by REML.

    Parameters
    ----------
    data
        Responses, NaN where a visit was missed, and design.
    name
        Structure of the covariance of visits.

    Returns
    -------
    RepeatedFit
        With a status in words. ``did not converge``: the gradient of the deviance is not 0 where
        the search ended. ``singular covariance of visits``: the correlations it ended at have an
        eigenvalue below 1e-6, so that the data cannot carry so rich a structure, or a visit has no
        variance beside its effects.

    Notes
    -----
    The response of a person is normal about X b, with one covariance of visits for all, of which
    each person's own visits are taken (Mallinckrodt et al. 2008, 10.1177/009286150804200402).
    Valid where visits are missing at random given what was seen. Analytic gradient in
    unconstrained parameters, then Newton's steps or those of Fisher's scoring.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = rng.standard_normal((30, 1)) + rng.standard_normal((30, 3))
    >>> y[:5, 2] = np.nan
    >>> design = np.broadcast_to(np.eye(3), (30, 3, 3))
    >>> fit = fit_repeated(RepeatedData(y, design), "compound symmetry")
    >>> fit.status, fit.estimate.shape
    ('ok', (3,))
    """
    structure = Structure(name, data.response.shape[1])
    try:
        likelihood = Likelihood(data)
    except ValueError as error:
        return _failed(structure, data, str(error))
    if name == "unstructured" and not _all_together(data):
        return _failed(structure, data, UNSEEN)
    size = float(np.nanstd(data.response)) or 1.0
    scaled = Likelihood(RepeatedData(data.response / size, data.design))
    parameters, status = _maximise(scaled, structure)
    if status != OK:
        return _failed(structure, data, status)
    parameters = structure.rescaled(parameters, size**2)
    visits = structure.covariance(parameters)
    solved = likelihood.solve(visits)
    return RepeatedFit(
        structure,
        likelihood.offset + likelihood.back @ solved.coefficients,
        likelihood.back @ solved.unscaled @ likelihood.back.T,
        parameters,
        visits,
        solved.deviance,
        OK,
        likelihood,
    )


def fit_first(data: RepeatedData, names: Sequence[StructureName]) -> tuple[RepeatedFit, list[str]]:
    """Fit structures in turn until one converges.

    Parameters
    ----------
    data
        Responses and design.
    names
        At least one, in the order in which they are tried.

    Returns
    -------
    fit
        The first that converged, else the last.
    failures
        What became of those before it, as ``unstructured: did not converge``.
    """
    failures = []
    for name in names:
        fit = fit_repeated(data, name)
        if fit.converged:
            break
        failures.append(f"{name}: {fit.status}")
    return fit, failures


def _all_together(data: RepeatedData) -> bool:
    """Return whether every pair of visits has somebody; else their covariance is not known."""
    seen = data.seen.astype(np.float64)
    return bool((seen.T @ seen > 0.0).all())


def _maximise(likelihood: Likelihood, structure: Structure) -> tuple[FloatArray, str]:
    """Return the parameters at the maximum, and what became of the search."""
    free, broken = _search(likelihood, structure)
    parameters = structure.natural(free)
    if broken or _least_eigenvalue(structure.covariance(parameters)) < _LEAST_EIGENVALUE:
        return parameters, SINGULAR
    parameters, steep = _polish(likelihood, structure, parameters)
    if _least_eigenvalue(structure.covariance(parameters)) < _LEAST_EIGENVALUE:
        return parameters, SINGULAR
    return parameters, OK if steep <= _FLAT else NOT_CONVERGED


def _search(likelihood: Likelihood, structure: Structure) -> tuple[FloatArray, bool]:
    """Return where the search ended, and whether it met a covariance that is not positive."""
    free = structure.start(likelihood.moments(structure.visits))
    worst = 1e10

    def deviance(at: FloatArray) -> tuple[float, FloatArray]:
        parameters = structure.natural(at)
        solved = _solved(likelihood, structure, parameters)
        if solved is None:
            return worst, np.zeros_like(at)
        slope = likelihood.gradient(solved, structure.slopes(parameters))
        return solved.deviance, slope @ structure.natural_slopes(at)

    found = optimize.minimize(
        deviance,
        free,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_FARTHEST, _FARTHEST)] * len(free),
        options={"maxiter": 1000, "maxcor": 30, "ftol": 1e-11, "gtol": 1e-5},
    )
    return np.asarray(found.x), bool(found.fun >= worst)


def _solved(likelihood: Likelihood, structure: Structure, parameters: FloatArray) -> Solved | None:
    if not np.isfinite(parameters).all():
        return None
    with np.errstate(invalid="ignore"):  # a step too far gives a negative variance its root
        covariance = structure.covariance(parameters)
    if not np.isfinite(covariance).all():
        return None
    try:
        solved = likelihood.solve(covariance)
    except np.linalg.LinAlgError:
        return None
    return solved if np.isfinite(solved.deviance) else None


def _polish(
    likelihood: Likelihood, structure: Structure, parameters: FloatArray
) -> tuple[FloatArray, float]:
    """Take Newton steps; return the parameters and how much one more could lower the deviance.

    Where the deviance does not curve upwards on all sides the expected information stands for its
    curvature, which makes them scoring steps; it is infinite where the search ends there.
    """
    best = parameters
    solved = _solved(likelihood, structure, best)
    steep = float("inf")
    for _ in range(_POLISHING):
        if solved is None:
            break
        slope = likelihood.gradient(solved, structure.slopes(best))
        information = RepeatedInformation(likelihood, structure, best, solved)
        values, vectors = np.linalg.eigh(information.hessian)
        upwards = bool(values.min() > 0.0)
        if not upwards:
            values, vectors = np.linalg.eigh(2.0 * information.information)
            values = np.maximum(values, 1e-8 * values.max())
        step = -(vectors / values) @ (vectors.T @ slope)
        gain = float(-slope @ step)
        steep = gain if upwards else float("inf")
        limit = solved.deviance + 1e-10 * max(abs(solved.deviance), 1.0)  # rounding
        tried = (best + 0.5**halvings * step for halvings in range(12))
        found = ((at, _solved(likelihood, structure, at)) for at in tried)
        lower = next(((at, m) for at, m in found if m and m.deviance <= limit), None)
        if lower is None:
            break
        best, solved = lower
        if gain < 1e-13:
            break
    return best, steep


def _least_eigenvalue(visits: FloatArray) -> float:
    variances = np.diagonal(visits)
    if not np.isfinite(visits).all() or not np.all(variances > _LEAST_VARIANCE):
        return 0.0
    sd = np.sqrt(variances)
    return float(np.linalg.eigvalsh(visits / np.outer(sd, sd)).min())


def _failed(structure: Structure, data: RepeatedData, status: str) -> RepeatedFit:
    p, t = data.design.shape[2], structure.visits
    return RepeatedFit(
        structure,
        np.full(p, np.nan),
        np.full((p, p), np.nan),
        np.full(structure.size, np.nan),
        np.full((t, t), np.nan),
        float("nan"),
        status,
        None,
    )
