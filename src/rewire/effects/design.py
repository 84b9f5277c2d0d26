"""Who takes part in a question, in which arm, and what they are adjusted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.questions import Design, Question
from rewire.core.schedule import RECEIVED
from rewire.core.types import FloatArray, Timepoint, Trial
from rewire.effects.matching import arm_labels, chosen
from rewire.effects.responses import Response


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """The people whom a question is asked of.

    Parameters
    ----------
    people
        Participant ids, in the order of the trial's table.
    design
        How they were allotted.
    arms
        Arms that the question is about; a single empty name where the trial has none.
    arm
        Arm of each person, shape (people,); empty in a crossover.
    drug
        In a crossover: what each person was given in each session.
    days
        In a crossover: day of each session relative to dosing, the median over people; sessions
        of which no day is known are left out.
    factor
        The column that the trial's design names, also where people are taken as treated, so that
        the cohort's own design names another.
    covariates
        Shape (people, k); text columns as indicators of all levels but the first.
    """

    people: tuple[str, ...]
    design: Design
    arms: tuple[str, ...]
    arm: npt.NDArray[np.str_]
    drug: Mapping[tuple[str, str], str]
    covariates: FloatArray
    days: Mapping[str, float] = field(default_factory=dict)
    factor: str = ""

    @property
    def as_treated(self) -> bool:
        """Whether people are in the arm that they received."""
        return self.design.factor == RECEIVED

    @property
    def crossover(self) -> bool:
        """Whether each person is in every arm."""
        return self.design.kind == "crossover"

    def members(self, arm: str) -> npt.NDArray[np.bool_]:
        """Return who is in an arm, shape (people,)."""
        if self.design.kind != "parallel":
            return np.ones(len(self.people), dtype=np.bool_)
        return np.asarray(self.arm == arm, dtype=np.bool_)

    def values(self, response: Response, point: Timepoint, arm: str) -> FloatArray:
        """Return the values of an arm's people at a time point.

        In a crossover a time point without a session means the sessions in which a person was
        given what the arm is called after, and a named session leaves out those who were given
        another arm's drug there. An empty arm means everybody.

        Returns
        -------
        ndarray
            Shape (people, cells); NaN for everybody else.
        """
        if not self.crossover:
            found = response.at(point)
            found[~self.members(arm)] = np.nan
            return found
        if not arm:
            return response.at(point)
        visits = zip(response.person, response.session, strict=True)
        drugs = [self.drug.get((self.people[i], str(s)), "") for i, s in visits]
        fits = [d == arm or (bool(point.session) and d not in self.design.arms) for d in drugs]
        return response.at(point, np.array(fits, dtype=np.bool_))

    def arms_at(self, point: Timepoint) -> tuple[str, ...]:
        """Return the arms of which there are values at a time point.

        In a crossover a named session belongs to the drug that was given in it: to one arm, to
        several where people had them in different orders, or to none (an empty name) where
        nobody was given any.
        """
        if not self.crossover or not point.session:
            return self.arms
        given = self._given(point.session)
        return tuple(arm for arm in self.arms if arm in given) if given else ("",)

    def arms_of_change(self, before: Timepoint, after: Timepoint) -> tuple[str, ...]:
        """Return the arms within which a change is looked at.

        In a crossover a change from the session of one drug to that of another belongs to no
        arm: it is the contrast of the drugs, and everybody's.
        """
        if self.crossover and before.session and after.session:
            earlier = self._given(before.session)
            if len(earlier) > 1 or (earlier and earlier != self._given(after.session)):
                return ("",)
        return self.arms_at(after)

    def contrasts(self) -> tuple[tuple[str, str], ...]:
        """Return each arm with the reference arm, which is the last."""
        return tuple((arm, self.arms[-1]) for arm in self.arms[:-1])

    def drug_of_session(self, session: str) -> str:
        """Return what was given in a session of a crossover; empty if nothing or if it varies."""
        given = self._given(session)
        return given.pop() if len(given) == 1 else ""

    def _given(self, session: str) -> set[str]:
        return {d for (_, s), d in self.drug.items() if s == session and d in self.design.arms}


def form_cohort(trial: Trial, question: Question, design: Design) -> Cohort:
    """Gather the people whom a question is asked of.

    Parameters
    ----------
    trial
        The trial.
    question
        Its ``where``, ``arms``, ``covariates`` and ``analysis`` are used.
    design
        How people were allotted.
    """
    table = trial.participants[chosen(trial.participants, question.where)]
    factor = design.factor
    if question.analysis == "as treated" and RECEIVED in table:
        design = replace(design, factor=RECEIVED)
    people = tuple(table["participant_id"].astype(str))
    arm = np.full(len(people), "", dtype="U1")
    if design.kind == "parallel":
        arm = np.array(arm_labels(table, design), dtype=str)
    drug: dict[tuple[str, str], str] = {}
    days: dict[str, float] = {}
    if design.kind == "crossover":
        rows = trial.sessions[["participant_id", "session_id", design.factor]]
        drug = {(str(p), str(s)): str(d) for p, s, d in rows.itertuples(index=False)}
        known = trial.sessions.dropna(subset=["days"]).groupby("session_id")["days"].median()
        days = {str(s): float(d) for s, d in known.items()}
    arms = question.arms or design.arms or ("",)
    covariates = _columns(table, question.covariates)
    return Cohort(people, design, arms, arm, drug, covariates, days, factor)


def _columns(table: pd.DataFrame, names: Sequence[str]) -> FloatArray:
    columns: list[FloatArray] = []
    for name in names:
        column = table[name]
        if pd.api.types.is_numeric_dtype(column):
            columns.append(column.to_numpy(dtype=np.float64))
            continue
        text = column.fillna("").astype(str).to_numpy(dtype=str)
        known = np.isin(text, ["", "n/a"], invert=True)
        for level in sorted(set(text[known]))[1:]:
            columns.append(np.where(known, (text == level).astype(np.float64), np.nan))
    return np.stack(columns, axis=1) if columns else np.empty((len(table), 0))
