"""A difference between two arms as it would be if people had guessed right more or less often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from rewire.numerics.estimates import (
    NO_VARIANCE,
    OK,
    SINGULAR,
    TOO_FEW,
    FloatArray,
    p_of_t,
    t_quantile,
)

Keeping = Literal["shares", "halves"]
"""How those who guess right are split over the arms at another rate: in the shares observed (the
default of Szigeti's code), or so that every arm guesses right at the rate itself."""

THIN = "fewer than 2 people in a stratum of arm and guess"
FIXED_RATE = "everybody guessed right, or nobody did"


@dataclass(frozen=True, slots=True)
class ArmEffect:
    """A difference between two arms; NaN where there is none.

    Parameters
    ----------
    n
        People used.
    status
        ``ok`` or why there is none.
    rate
        Share of right guesses that it is for; NaN where none is meant.
    estimate, se, df, low, high, p
        The difference, first arm minus reference, with a two-sided interval and p.
    """

    n: int
    status: str
    rate: float = np.nan
    estimate: float = np.nan
    se: float = np.nan
    df: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan


def reweight_guesses(
    y: FloatArray,
    treated: npt.NDArray[np.bool_],
    right: npt.NDArray[np.bool_],
    rate: float,
    keeping: Keeping = "shares",
    confidence: float = 0.95,
) -> ArmEffect:
    """Return the difference between arms as if a given share of people had guessed right.

    People fall into four strata, arm by right or wrong guess. Each stratum keeps its mean, and
    gets the weight it would have at that rate: the right ones share ``rate`` and the wrong ones
    ``1 - rate``, each in the proportion observed (the correct guess rate curve of Szigeti et al.
    2023, 10.1038/s41598-023-34938-7, who draw from kernel densities of the strata what is
    written here in closed form).

    Parameters
    ----------
    y
        The outcome, shape (people,), such as a change in a score; no NaN.
    treated
        Whether a person is in the first arm rather than the reference, shape (people,).
    right
        Whether the guess was right, shape (people,).
    rate
        Share of right guesses to estimate for, in (0, 1); .5 is guessing at random.
    keeping
        How right and wrong guesses are split over arms.
    confidence
        Level of the interval.

    Returns
    -------
    ArmEffect
        NaN where a stratum that carries weight has fewer than 2 people.

    Notes
    -----
    The variance is sum(a^2 s^2 / n) over strata with weights a, variances s^2 and sizes n, and
    what the observed shares of right guesses add by the delta method; degrees of freedom are
    Satterthwaite's. The rate itself is given, not estimated.

    It removes what the guess does to the outcome if the guess (what people expect) moves the
    outcome. Where the outcome moves the guess it removes true effect.

    Examples
    --------
    >>> y = np.array([8.0, 10.0, 4.0, 6.0, 5.0, 7.0, 1.0, 3.0])
    >>> treated = np.repeat([True, False], 4)
    >>> right = np.array([1, 1, 0, 0, 0, 0, 1, 1], dtype=bool)
    >>> reweight_guesses(y, treated, right, 0.5).estimate
    3.0
    """
    strata = (treated & right, treated & ~right, ~treated & right, ~treated & ~right)
    n = np.array([s.sum() for s in strata], dtype=np.float64)
    if n.min() < 2:
        return ArmEffect(len(y), FIXED_RATE if right.all() or not right.any() else THIN, rate)
    means = np.array([y[s].mean() for s in strata])
    spread = np.array([y[s].var(ddof=1) for s in strata])
    inside, slope = _shares(n, rate, keeping)
    a = np.array([inside[0], 1.0 - inside[0], -inside[1], inside[1] - 1.0])
    parts = a**2 * spread / n
    gap = np.array([means[0] - means[1], means[3] - means[2]])
    rates = n[[0, 2]] / (n[[0, 2]] + n[[1, 3]])
    moving = (gap * inside * (1.0 - inside)) @ slope
    drawn = float(moving**2 @ (rates * (1.0 - rates) / (n[[0, 2]] + n[[1, 3]])))
    variance = float(parts.sum()) + drawn
    if not variance > 0.0:
        return ArmEffect(len(y), NO_VARIANCE, rate)
    df = variance**2 / float((parts**2 / (n - 1.0)).sum()) if parts.any() else np.inf
    return _effect(len(y), rate, (float(a @ means), variance, df), confidence)


def adjust_for_guess(
    y: FloatArray,
    treated: npt.NDArray[np.bool_],
    covariates: FloatArray,
    confidence: float = 0.95,
) -> ArmEffect:
    """Return the difference between arms by least squares, beside covariates such as the guess.

    Parameters
    ----------
    y
        The outcome, shape (people,); no NaN.
    treated
        Whether a person is in the first arm, shape (people,).
    covariates
        Shape (people, k); k may be 0, which gives the unadjusted difference.
    confidence
        Level of the interval.

    Returns
    -------
    ArmEffect
        NaN where arm and covariates cannot be told apart, or people are too few.

    Examples
    --------
    >>> y, treated = np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, False, True, True])
    >>> adjust_for_guess(y, treated, np.empty((4, 0))).estimate
    2.0
    """
    x = np.column_stack([np.ones(len(y)), treated, covariates])
    df = len(y) - x.shape[1]
    if df < 1 or min(treated.sum(), (~treated).sum()) < 2:
        return ArmEffect(len(y), TOO_FEW)
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return ArmEffect(len(y), SINGULAR)
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ (x.T @ y)
    variance = float(((y - x @ beta) ** 2).sum() / df * inverse[1, 1])
    if not variance > 1e-24 * float(np.abs(y).max()) ** 2:
        return ArmEffect(len(y), NO_VARIANCE)
    return _effect(len(y), np.nan, (float(beta[1]), variance, float(df)), confidence)


def _shares(n: FloatArray, rate: float, keeping: Keeping) -> tuple[FloatArray, FloatArray]:
    """Return the share of right guesses in each arm, and how its log odds move with each arm's.

    Returns
    -------
    tuple of ndarray
        Shape (2,) for the first arm and the reference; shape (2, 2), ``[i, j]`` being the slope
        of arm i's log odds over the observed share of arm j.
    """
    if keeping == "halves":
        return np.full(2, rate), np.zeros((2, 2))
    right, wrong = n[[0, 2]] / n.sum(), n[[1, 3]] / n.sum()
    odds = rate / (1.0 - rate) * (right / right.sum()) / (wrong / wrong.sum())
    size = right + wrong
    both = 1.0 / right.sum() + 1.0 / wrong.sum()
    observed = right / size
    slope = np.diag(1.0 / (observed * (1.0 - observed))) - np.tile(size * both, (2, 1))
    return odds / (1.0 + odds), slope


def _effect(n: int, rate: float, found: tuple[float, float, float], confidence: float) -> ArmEffect:
    estimate, variance, df = found
    se = float(np.sqrt(variance))
    half = float(t_quantile(np.array([df]), confidence)[0]) * se
    p = float(p_of_t(np.array([estimate / se]), np.array([df]), "two-sided")[0])
    return ArmEffect(n, OK, rate, estimate, se, df, estimate - half, estimate + half, p)
