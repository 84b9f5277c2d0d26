"""Parametric bootstrap intervals of a mixed model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.mixed_criterion import Profile
from rewire.numerics.mixed_many import fit_many_mixed
from rewire.numerics.mixed_model import MixedFit, fit_mixed, fit_profile
from rewire.numerics.mixed_profile import MixedIntervals
from rewire.numerics.mixed_search import search
from rewire.numerics.mixed_variances import variance_values

FloatArray = npt.NDArray[np.float64]

LEAST_DRAWS = 100
_CHUNK = 500


@dataclass(frozen=True, slots=True, eq=False)
class MixedDraws:
    """Estimates from responses simulated from a fitted model.

    Parameters
    ----------
    fixed
        Shape (draws, fixed effects); NaN in a draw whose refit failed.
    variances
        Standard deviations and correlations, in the order of
        :func:`~rewire.numerics.mixed_variances.variance_places`, shape (draws, parameters).
    failed
        Refits that did not converge; they are in no interval.
    """

    fixed: FloatArray
    variances: FloatArray
    failed: int

    def intervals(self, confidence: float = 0.95) -> MixedIntervals:
        """Return percentile intervals; NaN with fewer than ``LEAST_DRAWS`` good draws.

        Limits are the ``(draws + 1) p``-th smallest values (Davison and Hinkley 1997, 5.2.1).
        """
        return MixedIntervals(
            _percentiles(self.fixed, confidence), _percentiles(self.variances, confidence)
        )


def bootstrap_mixed(fit: MixedFit, draws: int, rng: np.random.Generator) -> MixedDraws:
    """Fit the model again to responses drawn from it.

    Parameters
    ----------
    fit
        A fitted model; refits use its criterion.
    draws
        How many responses are drawn.
    rng
        Source of random numbers.

    Returns
    -------
    MixedDraws
        Random effects and residuals are both drawn anew, from normal distributions.

    Notes
    -----
    The design and its crossproducts are made once. With a single random intercept and REML all
    draws are fitted together (:func:`~rewire.numerics.mixed_many.fit_many_mixed`).

    Examples
    --------
    >>> from rewire.numerics.mixed_criterion import MixedData, RandomTerm
    >>> rng = np.random.default_rng(0)
    >>> people = np.repeat(np.arange(40), 2)
    >>> y = 2.0 * rng.standard_normal(40)[people] + rng.standard_normal(80)
    >>> x = np.column_stack([np.ones(80), np.tile([0.0, 1.0], 40)])
    >>> fit = fit_mixed(MixedData(y, x, (RandomTerm("id", people, np.ones((80, 1))),)))
    >>> found = bootstrap_mixed(fit, 200, rng)
    >>> found.fixed.shape, found.variances.shape, found.failed
    ((200, 2), (200, 2), 0)
    """
    responses = simulate_responses(fit, draws, rng)
    terms = fit.data.terms
    columns = [column for term in terms for column in term.design.T]
    single = len(columns) == 1 and bool((columns[0] == 1.0).all())
    if single and fit.criterion == "REML":
        parts = [
            fit_many_mixed(responses[:, at : at + _CHUNK], fit.data.fixed, terms[0].groups)
            for at in range(0, draws, _CHUNK)
        ]
        fixed = np.concatenate([p.estimate for p in parts], axis=1).T
        sigma = np.concatenate([p.sigma for p in parts])
        between = sigma * np.sqrt(np.concatenate([p.ratio for p in parts]))
        return MixedDraws(fixed, np.column_stack([between, sigma]), int(np.isnan(sigma).sum()))
    return _one_by_one(fit, responses)


def simulate_responses(fit: MixedFit, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return responses drawn from a fitted model, shape (rows, draws)."""
    rows = len(fit.data.response)
    made = np.repeat((fit.data.fixed @ fit.estimate)[:, None], draws, axis=1)
    for term, covariance in zip(fit.data.terms, fit.random, strict=True):
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        groups = int(term.groups.max()) + 1
        effects = rng.standard_normal((draws, groups, len(root))) @ root.T
        made += np.einsum("rq,drq->rd", term.design, effects[:, term.groups])
    made += fit.sigma * rng.standard_normal((draws, rows)).T
    return made


def _one_by_one(fit: MixedFit, responses: FloatArray) -> MixedDraws:
    profile = Profile(fit.data, fit.criterion)
    fixed = np.full((responses.shape[1], len(fit.estimate)), np.nan)
    variances = np.full((responses.shape[1], len(variance_values(fit))), np.nan)
    failed = 0
    for draw, response in enumerate(responses.T):
        found = _refit(profile.with_response(np.ascontiguousarray(response)), fit)
        if found is None:
            failed += 1
            continue
        fixed[draw], variances[draw] = found.estimate, variance_values(found)
    return MixedDraws(fixed, variances, failed)


def _refit(profile: Profile, fit: MixedFit) -> MixedFit | None:
    """Return the fit from a search that starts at the model the response was drawn from."""
    try:
        found = search(profile.__call__, fit.theta, profile.bounds)
        if found.converged:
            return fit_profile(profile, found.at, converged=True)
        again = fit_mixed(profile.data, profile.criterion)
    except np.linalg.LinAlgError:
        return None
    return again if again.converged else None


def _percentiles(values: FloatArray, confidence: float) -> FloatArray:
    """Return percentile limits of each column over its finite values, shape (columns, 2)."""
    found = np.full((values.shape[1], 2), np.nan)
    tails = [0.5 - confidence / 2.0, 0.5 + confidence / 2.0]
    for at, column in enumerate(values.T):
        good = column[np.isfinite(column)]
        if len(good) >= LEAST_DRAWS:
            found[at] = np.quantile(good, tails, method="weibull")
    return found
