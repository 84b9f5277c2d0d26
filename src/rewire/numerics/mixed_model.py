"""Linear mixed models by REML or ML: any number of crossed or nested groupings, random slopes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

from rewire.numerics.mixed_criterion import Criterion, MixedData, Profile

FloatArray = npt.NDArray[np.float64]

_ZERO = 1e-4  # of a relative standard deviation: below it the model is singular
_STARTS = (1.0, 0.2)


@dataclass(frozen=True, slots=True, eq=False)
class MixedFit:
    """A fitted model.

    Parameters
    ----------
    data
        What it was fitted to.
    criterion
        ``REML`` or ``ML``.
    theta
        Cholesky factors of the random covariances relative to the residual variance, lower
        triangles by column, term after term.
    sigma
        Residual standard deviation.
    estimate
        Fixed effects, shape (fixed effects,).
    covariance
        Of the fixed effects, without small-sample correction.
    deviance
        -2 log of the (restricted) likelihood.
    random
        For each term the covariance of its coefficients.
    singular
        Whether a random covariance has no full rank: the data show no such variation.
    converged
        Whether the optimiser reached a minimum.
    """

    data: MixedData
    criterion: Criterion
    theta: FloatArray
    sigma: float
    estimate: FloatArray
    covariance: FloatArray
    deviance: float
    random: tuple[FloatArray, ...]
    singular: bool
    converged: bool


def fit_mixed(data: MixedData, criterion: Criterion = "REML") -> MixedFit:
    """Fit a linear mixed model.

    Parameters
    ----------
    data
        Response, fixed effects and random terms.
    criterion
        ``REML``, or ``ML`` to compare models with different fixed effects.

    Returns
    -------
    MixedFit
        A singular fit is a fit, and says so.

    Raises
    ------
    ValueError
        If rows do not match, a value is not finite, the fixed effects are not independent, or
        there are no more rows than fixed effects.

    Notes
    -----
    The profiled criterion of Bates et al. 2015 (10.18637/jss.v067.i01), equations 34 to 42, from
    one Cholesky factor of the crossproducts of random and fixed effects and response.

    Examples
    --------
    >>> from rewire.numerics.mixed_criterion import RandomTerm
    >>> rng = np.random.default_rng(0)
    >>> people = np.repeat(np.arange(40), 2)
    >>> y = 2.0 * rng.standard_normal(40)[people] + rng.standard_normal(80)
    >>> x = np.column_stack([np.ones(80), np.tile([0.0, 1.0], 40)])
    >>> fit = fit_mixed(MixedData(y, x, (RandomTerm("id", people, np.ones((80, 1))),)))
    >>> change = (y[1::2] - y[::2]).mean()
    >>> bool(np.isclose(fit.estimate[1], change)), fit.singular
    (True, False)
    """
    _check(data)
    profile = Profile(data, criterion)
    theta, converged = _minimum(profile)
    return fit_profile(profile, theta, converged=converged)


def fit_profile(profile: Profile, theta: FloatArray, *, converged: bool) -> MixedFit:
    """Return the model at the factors that a search ended with.

    Parameters
    ----------
    profile
        The criterion that was minimised.
    theta
        Where it is least.
    converged
        Whether the search says so.
    """
    solved = profile.solve(theta)
    factors = profile.factors(theta)
    sigma = float(np.sqrt(solved.residual / profile.degrees))
    return MixedFit(
        profile.data,
        profile.criterion,
        theta,
        sigma,
        solved.estimate,
        sigma**2 * solved.unscaled,
        profile(theta),
        tuple(sigma**2 * f @ f.T for f in factors),
        any(_short_of_rank(f) for f in factors),
        converged,
    )


def _minimum(profile: Profile) -> tuple[FloatArray, bool]:
    """Return the factors with the least criterion, over several starts and the boundary."""
    bounds = profile.bounds
    if not bounds:
        return np.empty(0), True
    rough = min((_descend(profile, start) for start in _STARTS), key=lambda f: float(f.fun))
    near = rough.x + 0.01 * np.vstack([np.zeros(len(bounds)), np.eye(len(bounds))])
    fine = optimize.minimize(
        profile.__call__,
        rough.x,
        method="Nelder-Mead",
        bounds=bounds,
        options={"xatol": 1e-8, "fatol": 1e-11, "maxiter": 4000, "initial_simplex": near},
    )
    best = fine if fine.fun <= rough.fun else rough
    value, theta = float(best.fun), np.asarray(best.x, dtype=np.float64)
    converged = bool(fine.success or rough.success)
    for at, (low, _) in enumerate(bounds):
        nearer = theta.copy()
        nearer[at] = 0.0
        if low == 0.0 and theta[at] < 0.01 and profile(nearer) <= value + 1e-9:
            theta = nearer
    return theta, converged


def _descend(profile: Profile, start: float) -> optimize.OptimizeResult:
    first = np.array([start if low == 0.0 else 0.0 for low, _ in profile.bounds])
    return optimize.minimize(
        profile.__call__,
        first,
        method="L-BFGS-B",
        bounds=profile.bounds,
        jac="3-point",
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 1000},
    )


def _short_of_rank(factor: FloatArray) -> bool:
    """Return whether a covariance has a direction without variation."""
    return bool(np.linalg.svd(factor, compute_uv=False).min() < _ZERO)


def _check(data: MixedData) -> None:
    rows = len(data.response)
    parts: Sequence[tuple[str, FloatArray]] = [
        ("the response", data.response),
        ("the fixed effects", data.fixed),
        *((f"random term {t.name}", t.design) for t in data.terms),
    ]
    faults = [f"{n} has {len(v)} rows, not {rows}" for n, v in parts if len(v) != rows]
    faults += [f"{n} has values that are not finite" for n, v in parts if not np.isfinite(v).all()]
    faults += [
        f"random term {t.name} has {len(t.groups)} groups' rows"
        for t in data.terms
        if len(t.groups) != rows
    ]
    if not faults and rows <= data.fixed.shape[1]:
        faults.append(f"{rows} rows for {data.fixed.shape[1]} fixed effects")
    if not faults and np.linalg.matrix_rank(data.fixed) < data.fixed.shape[1]:
        faults.append("the fixed effects depend on one another")
    if faults:
        raise ValueError("; ".join(faults))
