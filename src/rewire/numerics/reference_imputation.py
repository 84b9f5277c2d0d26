"""What people might have scored after they left: at random, or like those in the reference arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from rewire.numerics.normal_imputation import ImputedDraws, regression
from rewire.numerics.rubin import Pooled, pool

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

Rule = Literal["mar", "jump to reference", "copy reference", "copy increments"]
"""Names of the rules, as a plan writes them."""

RULES: tuple[Rule, ...] = get_args(Rule)


@dataclass(frozen=True, slots=True, eq=False)
class Departure:
    """Who left after which visit, and which covariates tell the arms apart.

    Parameters
    ----------
    last
        How many visits lie at or before the last at which a person was seen, shape (people,).
    arms
        Indices of the covariates that mark each active arm; the reference arm has none.
    covariates
        Shape (people, covariates).
    """

    last: npt.NDArray[np.int64]
    arms: tuple[int, ...]
    covariates: FloatArray

    @classmethod
    def of(cls, values: FloatArray, covariates: FloatArray, arms: tuple[int, ...]) -> Departure:
        """Return who left when: everything after a person's last value is after departure.

        Parameters
        ----------
        values
            Shape (people, visits), NaN where missing.
        covariates
            Shape (people, covariates).
        arms
            Columns of the covariates that mark the active arms by 1.
        """
        seen = np.isfinite(values)
        at = np.where(seen, np.arange(1, values.shape[1] + 1), 0)
        return cls(at.max(axis=1), arms, covariates)

    def after(self, visits: int) -> BoolArray:
        """Return which values lie after departure, shape (people, visits)."""
        return np.asarray(np.arange(visits) >= self.last[:, None])


def impute_after(draws: ImputedDraws, departure: Departure, rule: Rule) -> FloatArray:
    """Return completed values under a rule for people who left an active arm.

    Parameters
    ----------
    draws
        Completed under missing at random.
    departure
        Who left when. Visits missed in between stay missing at random, and so do those who left
        the reference arm.
    rule
        ``mar``: as people of the own arm. ``jump to reference``: means of the reference arm from
        departure on. ``copy reference``: means of the reference arm throughout, so that what a
        person had gained decays. ``copy increments``: what was gained stays, and then changes as
        in the reference arm.

    Returns
    -------
    ndarray
        Shape (draws, people, visits).

    Notes
    -----
    Carpenter, Roger and Kenward 2013 (10.1080/10543406.2013.834911), with one covariance for all
    arms. Then a rule only moves the means, and the values are those drawn at random moved by
    ``m_after - S_ab S_bb^-1 m_before``, m the difference that the rule makes to the own arm's
    means before (b) and after (a) departure: the same chance for every rule.
    """
    completed = draws.values.copy()
    if rule == "mar":
        return completed
    visits = completed.shape[2]
    for column in departure.arms:
        effect = draws.coefficients[:, column, :]
        for last in np.unique(departure.last[departure.covariates[:, column] == 1.0]):
            who = (departure.last == last) & (departure.covariates[:, column] == 1.0)
            if last < visits:
                completed[:, who, last:] += _moved(effect, draws.covariances, int(last), rule)
    return completed


def _moved(effect: FloatArray, covariances: FloatArray, last: int, rule: Rule) -> FloatArray:
    """Return what a rule adds after a visit, shape (draws, 1, visits after)."""
    moved = -effect[:, last:]
    if rule == "copy increments" and last > 0:
        moved = moved + effect[:, last - 1 : last]
    if rule == "copy reference":
        before, after = np.arange(last), np.arange(last, effect.shape[1])
        weights = regression(covariances, before, after)
        moved = moved + np.einsum("dab,db->da", weights, effect[:, :last])
    return np.asarray(moved[:, None, :])


def compare_completed(completed: FloatArray, departure: Departure, column: int) -> Pooled:
    """Return the difference of one arm from the reference at each visit, pooled over draws.

    Each visit by itself is an analysis of covariance with the same covariates.

    Parameters
    ----------
    completed
        Shape (draws, people, visits).
    departure
        Its covariates are those of the model.
    column
        The covariate that marks the arm.
    """
    x = departure.covariates
    project = np.linalg.pinv(x)
    freedom = len(x) - x.shape[1]
    residuals = completed - x @ (project @ completed)
    variances = (residuals**2).sum(axis=1) / freedom * float(project[column] @ project[column])
    return pool(np.asarray(project[column] @ completed), variances, float(freedom))
