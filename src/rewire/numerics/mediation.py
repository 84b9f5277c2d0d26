"""How much of an effect passes through something measured in between, and what would undo it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from rewire.numerics.estimates import (
    LEAST_DF,
    NO_VARIANCE,
    OK,
    SINGULAR,
    TOO_FEW,
    FloatArray,
    p_of_t,
)

LEAST_IN_ARM = 3
"""People in each arm below which nothing is estimated."""

_CHUNK = 500


@dataclass(frozen=True, slots=True, eq=False)
class MediationData:
    """A treatment, a mediator, an outcome, and what both models are adjusted for.

    Parameters
    ----------
    treatment
        1 and 0, shape (participants,); NaN for those in neither arm.
    mediator, outcome
        Shape (participants,); NaN where missing. People who lack anything are left out.
    covariates
        Shape (participants, k), k may be 0; the same in both models.
    """

    treatment: FloatArray
    mediator: FloatArray
    outcome: FloatArray
    covariates: FloatArray


@dataclass(frozen=True, slots=True)
class Path:
    """A coefficient with its standard error, degrees of freedom and two-sided p."""

    estimate: float
    se: float
    df: float
    p: float


@dataclass(frozen=True, slots=True)
class Mediation:
    """A mediated effect; all numbers are NaN unless ``status`` is ``ok``.

    Parameters
    ----------
    n
        Participants.
    to_mediator
        Effect of the treatment on the mediator (a).
    to_outcome
        Effect of the mediator on the outcome at the same treatment (b).
    direct, total
        Effect of the treatment on the outcome with and without the mediator in the model.
    mediated
        a b.
    percentile, bias_corrected
        Bootstrap intervals of a b; NaN where resamples could not be fitted or none were drawn.
    monte_carlo
        Interval of the product of two normal variables with the estimates and standard errors
        of a and b.
    p
        The larger of the p of a and b: both paths must be there (joint significance).
    rho_at_zero
        The correlation of the errors of the mediator and the outcome model at which the
        mediated effect would be zero.
    spread
        Standard deviations of the errors of the mediator and of the outcome, both modelled
        without the other.
    status
        ``ok`` or why there is no estimate.
    """

    n: int
    to_mediator: Path
    to_outcome: Path
    direct: Path
    total: Path
    mediated: float
    percentile: tuple[float, float]
    bias_corrected: tuple[float, float]
    monte_carlo: tuple[float, float]
    p: float
    rho_at_zero: float
    spread: tuple[float, float]
    status: str


_NONE = Path(np.nan, np.nan, np.nan, np.nan)
_OPEN = (np.nan, np.nan)


def estimate_mediation(
    data: MediationData, draws: int, rng: np.random.Generator, confidence: float = 0.95
) -> Mediation:
    """Estimate a mediated effect as a product of coefficients.

    Parameters
    ----------
    data
        Treatment, mediator, outcome, covariates.
    draws
        Resamples of people (within arms), and draws of the Monte Carlo interval.
    rng
        Random numbers.
    confidence
        Level of intervals.

    Returns
    -------
    Mediation
        NaN with a status where it cannot be estimated.

    Notes
    -----
    ``mediator = a treatment + covariates`` and ``outcome = c treatment + b mediator +
    covariates`` by least squares. Intervals: percentile and bias-corrected bootstrap and Monte
    Carlo, MacKinnon, Lockwood and Williams 2004 (10.1207/s15327906mbr3901_4). It is causal only
    if nothing unmeasured drives mediator and outcome and if treatment and mediator do not
    interact; ``rho_at_zero`` says how much of the first it takes to explain the effect away
    (Imai, Keele and Yamamoto 2010, 10.1214/10-STS321).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> t = np.repeat([0.0, 1.0], 50)
    >>> m = t + rng.standard_normal(100)
    >>> y = 2.0 * m + rng.standard_normal(100)
    >>> found = estimate_mediation(MediationData(t, m, y, np.empty((100, 0))), 200, rng)
    >>> bool(np.isclose(found.mediated, found.total.estimate - found.direct.estimate))
    True
    """
    columns = [data.treatment, data.mediator, data.outcome]
    whole = np.column_stack([*columns, data.covariates])
    whole = whole[np.isfinite(whole).all(axis=1)]
    treatment, mediator, outcome = whole.T[:3]
    n = len(whole)
    arms = [np.flatnonzero(treatment == level) for level in (0.0, 1.0)]
    shared = np.column_stack([np.ones(n), treatment, _standardised(whole[:, 3:])])
    if min(len(arm) for arm in arms) < LEAST_IN_ARM or n - shared.shape[1] - 1 < LEAST_DF:
        return _nothing(n, TOO_FEW)
    if not (np.ptp(mediator) > 0.0 and np.ptp(outcome) > 0.0):
        return _nothing(n, NO_VARIANCE)
    full = np.column_stack([shared, mediator])
    if _dependent(full):
        return _nothing(n, SINGULAR)
    a, error_m = _path(shared, mediator, 1)
    total, error_y = _path(shared, outcome, 1)
    b, error = _path(full, outcome, full.shape[1] - 1)
    if min((e**2).sum() for e in (error_m, error)) <= 1e-20 * n * np.abs(whole[:, 1:3]).max() ** 2:
        return _nothing(n, NO_VARIANCE)
    direct, _ = _path(full, outcome, 1)
    product = a.estimate * b.estimate
    resampled = _resampled(full, outcome, arms, draws, rng)
    return Mediation(
        n,
        a,
        b,
        direct,
        total,
        product,
        _interval(resampled, confidence, 0.0),
        _interval(resampled, confidence, _bias(resampled, product)),
        _monte_carlo(a, b, draws, rng, confidence),
        max(a.p, b.p),
        float(error_m @ error_y / np.sqrt((error_m @ error_m) * (error_y @ error_y))),
        (float(np.sqrt(error_m @ error_m / a.df)), float(np.sqrt(error_y @ error_y / a.df))),
        OK,
    )


def mediated_at(found: Mediation, rho: FloatArray) -> FloatArray:
    """Return the mediated effect if the errors of mediator and outcome were correlated.

    Parameters
    ----------
    found
        Its ``to_mediator``, ``spread`` and ``rho_at_zero`` are used.
    rho
        Correlations, above -1 and below 1.

    Notes
    -----
    Imai, Keele and Yamamoto 2010 (10.1214/10-STS321), theorem 4: ``a s1 / s2 (r - rho sqrt((1 -
    r^2) / (1 - rho^2)))`` with s1 the spread of the outcome's errors, s2 that of the mediator's
    and r their correlation in the two models without rho, so that it is zero at ``rho = r``.

    Examples
    --------
    >>> path = Path(2.0, 1.0, 9.0, 0.1)
    >>> m = Mediation(9, path, path, path, path, 1.0, *[(0.0, 0.0)] * 3, 0.1, 0.5, (1.0, 3.0), "ok")
    >>> mediated_at(m, np.array([0.0, 0.5])).tolist()
    [3.0, 0.0]
    """
    r = found.rho_at_zero
    size = found.to_mediator.estimate * found.spread[1] / found.spread[0]
    return np.asarray(size * (r - rho * np.sqrt((1.0 - r**2) / (1.0 - rho**2))))


def _nothing(n: int, status: str) -> Mediation:
    paths = (_NONE, _NONE, _NONE, _NONE)
    return Mediation(n, *paths, np.nan, _OPEN, _OPEN, _OPEN, np.nan, np.nan, _OPEN, status)


def _standardised(covariates: FloatArray) -> FloatArray:
    """Return covariates with mean 0 and length 1, without those that are constant."""
    centred = covariates - covariates.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0))
    varying = size > 1e-12 * np.abs(covariates).max(axis=0, initial=0.0) * len(covariates)
    return np.asarray(centred[:, varying] / size[varying], dtype=np.float64)


def _dependent(columns: FloatArray) -> bool:
    size = np.sqrt((columns**2).sum(axis=0))
    return bool(np.linalg.svd(columns / size, compute_uv=False).min() < 1e-9)


def _path(columns: FloatArray, response: FloatArray, at: int) -> tuple[Path, FloatArray]:
    """Return one coefficient of a regression, and its residuals."""
    inverse = np.linalg.inv(columns.T @ columns)
    beta = inverse @ (columns.T @ response)
    error = response - columns @ beta
    df = float(len(response) - columns.shape[1])
    se = float(np.sqrt(error @ error / df * inverse[at, at]))
    t = np.array(beta[at] / se) if se > 0.0 else np.array(np.nan)
    return Path(float(beta[at]), se, df, float(p_of_t(t, np.array(df), "two-sided"))), error


def _resampled(
    full: FloatArray,
    outcome: FloatArray,
    arms: list[FloatArray] | list[np.ndarray],
    draws: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Return a b in resamples of people within arms, shape (draws,); NaN where not estimable."""
    scale = full.std(axis=0)
    scale[scale == 0.0] = 1.0
    whole = np.column_stack([full / scale, outcome])
    k = full.shape[1]
    outer = (whole[:, :, None] * whole[:, None, :]).reshape(len(whole), -1)
    products = []
    for start in range(0, draws, _CHUNK):
        times = np.zeros((min(_CHUNK, draws - start), len(whole)))
        for arm in arms:
            share = np.full(len(arm), 1.0 / len(arm))
            times[:, arm] = rng.multinomial(len(arm), share, size=len(times))
        cross = (times @ outer).reshape(len(times), k + 1, k + 1)
        products.append(_products(cross, k))
    found = np.concatenate(products) if products else np.empty(0)
    return np.asarray(found / scale[1], dtype=np.float64)


def _products(cross: FloatArray, k: int) -> FloatArray:
    own = cross[:, :k, :k]
    values = np.linalg.eigvalsh(own)
    bad = values[:, 0] <= 1e-10 * values[:, -1]
    own = np.where(bad[:, None, None], np.eye(k), own)
    a = np.linalg.solve(own[:, : k - 1, : k - 1], own[:, : k - 1, k - 1, None])[:, 1, 0]
    b = np.linalg.solve(own, cross[:, :k, k, None])[:, k - 1, 0]
    return np.where(bad, np.nan, a * b)


def _bias(resampled: FloatArray, estimate: float) -> float:
    """Return z of the share of resamples below the estimate; 0 where they lie to one side."""
    known = resampled[np.isfinite(resampled)]
    if len(known) == 0:
        return 0.0
    share = (known < estimate).mean() + 0.5 * (known == estimate).mean()
    return float(special.ndtri(share)) if 0.0 < share < 1.0 else 0.0


def _interval(resampled: FloatArray, confidence: float, bias: float) -> tuple[float, float]:
    known = resampled[np.isfinite(resampled)]
    if len(known) == 0 or len(known) < 0.95 * len(resampled):
        return _OPEN
    z = float(special.ndtri(0.5 + confidence / 2.0))
    levels = special.ndtr(np.array([2.0 * bias - z, 2.0 * bias + z]))
    low, high = np.quantile(known, levels)
    return float(low), float(high)


def _monte_carlo(
    a: Path, b: Path, draws: int, rng: np.random.Generator, confidence: float
) -> tuple[float, float]:
    if draws == 0:
        return _OPEN
    one = a.estimate + a.se * rng.standard_normal(draws)
    two = b.estimate + b.se * rng.standard_normal(draws)
    half = (1.0 - confidence) / 2.0
    low, high = np.quantile(one * two, [half, 1.0 - half])
    return float(low), float(high)
