"""Who was seen when: a response at baseline and all later visits, ready for a model of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.core.questions import Question
from rewire.core.types import FloatArray, Timepoint
from rewire.effects.asked import absent, nobody
from rewire.effects.design import Cohort
from rewire.effects.responses import Response
from rewire.numerics.repeated_likelihood import RepeatedData

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """A response of everybody at baseline and later, in all its cells.

    Parameters
    ----------
    response
        What is looked at.
    points
        Later time points at which anybody was seen, in the order of the question.
    arms
        The reference arm last.
    arm
        Index of each person's arm, -1 outside all of them; shape (people,).
    before, after
        Shapes (people, cells) and (people, visits, cells).
    covariates
        Shape (people, covariates).
    """

    response: Response
    points: tuple[Timepoint, ...]
    arms: tuple[str, ...]
    arm: IntArray
    before: FloatArray
    after: FloatArray
    covariates: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CellModel:
    """One cell's people in a model.

    Parameters
    ----------
    who
        Indices of the people, shape (n,).
    arm
        Index of their arms, shape (n,).
    values
        The response at each visit, NaN where missed, shape (n, visits).
    covariates
        The constant, one indicator an active arm, baseline and covariates less their means;
        shape (n, 2 + active arms + covariates).
    active
        How many active arms there are.
    """

    who: IntArray
    arm: IntArray
    values: FloatArray
    covariates: FloatArray
    active: int

    @property
    def visits(self) -> int:
        """How many visits there are."""
        return int(self.values.shape[1])

    def data(self) -> RepeatedData:
        """Return constant, arms and baseline, each by visit, and then the covariates."""
        n, visits = self.values.shape
        by_visit = self.covariates[:, : self.active + 2]
        crossed = by_visit[:, None, :, None] * np.eye(visits)[None, :, None, :]
        rest = np.repeat(self.covariates[:, None, self.active + 2 :], visits, axis=1)
        design = np.concatenate(
            [crossed.reshape(n, visits, visits * (self.active + 2)), rest], axis=2
        )
        return RepeatedData(self.values, design)

    def differences(self) -> FloatArray:
        """Return contrasts: each active arm less the reference, at each visit in turn."""
        effects = self._effects()
        return np.eye(effects)[self.visits : self.visits * (1 + self.active)]

    def means(self) -> FloatArray:
        """Return contrasts: the mean of each arm at each visit, the reference arm last.

        At the mean of baseline and of the covariates over the people in the model.
        """
        own = np.tile(np.eye(self._effects())[: self.visits], (self.active + 1, 1))
        own[: self.visits * self.active] += self.differences()
        return own

    def _effects(self) -> int:
        rest = self.covariates.shape[1] - self.active - 2
        return int(self.visits * (self.active + 2) + rest)


def gather_visits(
    question: Question, response: Response, cohort: Cohort
) -> tuple[Visits | None, tuple[str, ...]]:
    """Return a response over the visits of a question, and why visits or all of it are missing.

    Parameters
    ----------
    question
        Its ``before`` is baseline, its ``after`` the visits.
    response
        What is looked at.
    cohort
        Whom it is asked of.
    """
    if response.change:
        return None, (f"{response.name} is known as a change alone, without its baseline",)
    before = response.at(question.before)
    if nobody(before):
        return None, (absent(response, question.before),)
    later = [(p, response.at(p)) for p in question.after if p != question.before]
    reasons = tuple(absent(response, point) for point, values in later if nobody(values))
    if question.before in question.after:
        reasons += (f"{question.before} is baseline and no later visit",)
    seen = [(point, values) for point, values in later if not nobody(values)]
    if not seen:
        return None, reasons
    arm = np.full(len(cohort.people), -1, dtype=np.int64)
    for index, name in enumerate(cohort.arms):
        arm[cohort.members(name)] = index
    values = np.stack([own for _, own in seen], axis=1)
    points = tuple(point for point, _ in seen)
    return Visits(response, points, cohort.arms, arm, before, values, cohort.covariates), reasons


def model_of_cell(visits: Visits, cell: int, response: str) -> CellModel:
    """Return one cell's people with a baseline, one later visit and all covariates.

    Parameters
    ----------
    visits
        Of the response.
    cell
        Which of its cells.
    response
        ``score`` or ``change``, the latter less baseline.
    """
    before, after = visits.before[:, cell], visits.after[:, :, cell]
    inside = (visits.arm >= 0) & np.isfinite(before) & np.isfinite(after).any(axis=1)
    who = np.flatnonzero(inside & np.isfinite(visits.covariates).all(axis=1))
    own = np.column_stack([before, visits.covariates])[who]
    centred = own - (own.mean(axis=0) if len(who) else 0.0)
    active = len(visits.arms) - 1
    arm = visits.arm[who]
    marks = arm[:, None] == np.arange(active)
    covariates = np.column_stack([np.ones(len(who)), marks.astype(np.float64), centred])
    values = after[who] - before[who, None] if response == "change" else after[who]
    return CellModel(who, arm, values, covariates, active)


def left_out(visits: Visits) -> str:
    """Return how many people a missing covariate keeps out; an empty string for nobody."""
    seen = np.isfinite(visits.before) & np.isfinite(visits.after).any(axis=1)
    without = ~np.isfinite(visits.covariates).all(axis=1) & (visits.arm >= 0)
    count = int((without & seen.any(axis=1)).sum())
    if not count:
        return ""
    people = "1 person is" if count == 1 else f"{count} people are"
    return f"{people} left out of {visits.response.name}: a covariate is missing"
