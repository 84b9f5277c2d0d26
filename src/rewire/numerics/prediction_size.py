"""How many people a prediction needs before anything can be said of it."""

from __future__ import annotations

import math

from scipy.special import ndtri

SHRINKAGE = 0.9
"""Riley's bound: predictor effects shrink by at most a tenth in new people."""
OPTIMISM = 0.05
"""Riley's bound on apparent less true R2."""
GENEROUS_R2 = 0.25
"""The truth that a refusal grants: a quarter of the variance explained (r = .5)."""

_MOST = 10_000_000


def people_for_value(predictors: int, r2: float) -> tuple[int, int, int]:
    """Return Riley's numbers of people for a continuous outcome.

    Parameters
    ----------
    predictors
        Candidate parameters, those that are later dropped included.
    r2
        R2 that is granted.

    Returns
    -------
    tuple of int
        For a shrinkage of at least .9, for an optimism of R2 of at most .05, and for a residual
        standard deviation within a tenth (Riley 2019, 10.1002/sim.7993; Riley 2020,
        10.1136/bmj.m441).

    Examples
    --------
    >>> people_for_value(25, 0.2)
    (918, 401, 259)
    """

    def shrinks_little(n: int) -> bool:
        apparent = (r2 * (n - predictors - 1) + predictors) / (n - 1)
        return 1.0 + (predictors - 2) / (n * math.log(1.0 - apparent)) >= SHRINKAGE

    low, high = predictors + 2, _MOST
    while low < high:  # the shrinkage rises with n
        middle = (low + high) // 2
        low, high = (low, middle) if shrinks_little(middle) else (middle + 1, high)
    return low, math.ceil(1 + predictors * (1.0 - r2) / OPTIMISM - 1e-9), 234 + predictors


def people_for_class(predictors: int, prevalence: float, share: float) -> tuple[int, int, int]:
    """Return Riley's numbers of people for an outcome of two classes.

    Parameters
    ----------
    predictors
        Candidate parameters.
    prevalence
        Share of people with the outcome, between 0 and 1.
    share
        R2 that is granted as a share of its maximum at this prevalence (Nagelkerke's R2).

    Returns
    -------
    tuple of int
        For a shrinkage of at least .9, for an optimism of Nagelkerke's R2 of at most .05, and for
        an overall risk within .05 (Riley 2019, 10.1002/sim.7992; Riley 2020, 10.1136/bmj.m441).
    """
    log_likelihood = prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)
    most = 1.0 - math.exp(2.0 * log_likelihood)
    r2 = share * most

    def people(shrinkage: float) -> int:
        return math.ceil(predictors / ((shrinkage - 1.0) * math.log(1.0 - r2 / shrinkage)))

    close = math.ceil((1.96 / 0.05) ** 2 * prevalence * (1.0 - prevalence))
    return people(SHRINKAGE), people(r2 / (r2 + OPTIMISM * most)), close


def people_to_detect(r2: float, power: float = 0.8, confidence: float = 0.95) -> int:
    """Return how many people tell a true out-of-sample R2 from 0.

    The correlation of prediction and outcome is taken as that of pairs (Fisher's z): n = 3 + ((z of
    the level + z of the power) / atanh r)^2. Cross-validated predictions share their training, so
    this is the least that is needed.

    Examples
    --------
    >>> people_to_detect(0.25), people_to_detect(0.05)
    (30, 155)
    """
    z = float(ndtri(0.5 + confidence / 2.0) + ndtri(power))
    return math.ceil(3.0 + (z / math.atanh(math.sqrt(r2))) ** 2)
