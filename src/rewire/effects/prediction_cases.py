"""Who is predicted, what came of them, and what was known of them before treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rewire.core.scales import Scale
from rewire.core.types import FloatArray, Measurement, Timepoint
from rewire.effects.answering import Asking
from rewire.effects.occurrences import lacking_numbers, scale_occurrences
from rewire.effects.responses import Place, Response, measure_response
from rewire.numerics.estimates import IntArray
from rewire.numerics.fold_preparation import Predictors
from rewire.plan.options.prediction import PredictionOptions
from rewire.plan.roles import session_order

_DEFAULT_CLINIC = ("age", "sex")


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """The people of a prediction, rows of every array.

    Parameters
    ----------
    outcome, session
        The scale, and the session of the later score.
    people, arm
        Participant ids, and the arm of each.
    value
        What is predicted: a score, a change, or 1 and 0.
    predictors
        ``always`` is the clinic, ``penalised`` the brain.
    clinic, brain
        Names of the columns of both.
    strata
        Site of each person for dealing folds; zeros without sites.
    left_out
        What is left out one at a time; None where people are dealt at random.
    note
        Who is not among them, and why; empty where everybody is.
    exchange
        Block of each person, within which outcomes are permuted; None for one block of all.
    """

    outcome: str
    session: str
    people: tuple[str, ...]
    arm: tuple[str, ...]
    value: FloatArray
    predictors: Predictors
    clinic: tuple[str, ...]
    brain: tuple[str, ...]
    strata: IntArray
    left_out: IntArray | None
    note: str
    exchange: IntArray | None = None

    def parameters(self, features: str) -> int:
        """Return the number of candidate predictors of a feature set."""
        return len(self.clinic) * (features != "brain") + len(self.brain) * (features != "clinic")


@dataclass(frozen=True, slots=True, eq=False)
class Brain:
    """What was measured before treatment, shape (people, columns), and why some of it is not in."""

    values: FloatArray
    names: tuple[str, ...]
    reasons: tuple[str, ...]


def brain_columns(asking: Asking) -> Brain:
    """Return the values of the question's measures at baseline, all cells.

    A measure that learns from the cohort is refused: what it learned from the people who are to be
    predicted is in everybody's values. So is a measure that is known as a change alone.
    """
    values: list[FloatArray] = []
    names: list[str] = []
    reasons: list[str] = []
    for name in asking.question.measures:
        measurement = asking.measurements.get(name)
        why = f"{name} was not measured" if measurement is None else _unfit(measurement)
        if measurement is None or why:
            reasons.append(why)
            continue
        response = measure_response(measurement, asking.cohort.people, asking.runs)
        found = response.at(asking.question.before)
        there = np.asarray(np.isfinite(found).any(axis=0), dtype=np.bool_)
        if not there.any():
            reasons.append(f"{name} was not measured at {asking.question.before}")
        values.append(found[:, there])
        names += [_cell(name, p) for p, held in zip(response.places, there, strict=True) if held]
    empty = np.empty((len(asking.cohort.people), 0))
    return Brain(np.hstack([empty, *values]), tuple(names), tuple(reasons))


def gather_cases(asking: Asking, score: Response, brain: Brain) -> Cases | str:
    """Return the people with an outcome, a baseline score and a baseline brain, or why none.

    Parameters
    ----------
    asking
        The question.
    score
        The scale that is predicted.
    brain
        From :func:`brain_columns`.
    """
    options = asking.options(PredictionOptions)
    before = score.at(_baseline(asking))[:, 0]
    session, after = _last(asking, score)
    if not session:
        return f"{score.outcome} was not scored after baseline"
    scale = asking.trial.scales.get(score.outcome)
    value = _target(options.target, before, after, scale)
    if isinstance(value, str):
        return value
    arm = _arms(asking)
    needs_brain = set(options.features) != {"clinic"}
    scored = np.isfinite(value) & np.isfinite(before) & np.array([a is not None for a in arm])
    scanned = np.isfinite(brain.values).any(axis=1) if needs_brain else np.ones(len(arm), bool)
    kept = np.flatnonzero(scored & scanned)
    if not len(kept):
        return f"nobody has {score.outcome} before and after treatment and what predicts it"
    lost = int((scored & ~scanned).sum())
    note = f"{lost} people with both scores have no baseline value of a measure" if lost else ""
    clinic, names = _clinic(asking, options, before, arm)
    people = asking.cohort.people
    used = brain.values if needs_brain else brain.values[:, :0]
    strata = _codes(asking, options.harmonise)[kept]
    site = strata if options.harmonise else None
    blocks = asking.exchange()
    return Cases(
        score.outcome,
        session,
        tuple(people[i] for i in kept),
        tuple(arm[i] or "" for i in kept),
        value[kept],
        Predictors(clinic[kept], used[kept], site),
        names,
        brain.names if needs_brain else (),
        strata,
        _codes(asking, options.leave_out)[kept] if options.leave_out else None,
        note,
        None if blocks is None else blocks[kept],
    )


def _unfit(measurement: Measurement) -> str:
    if measurement.from_cohort:
        return (
            f"{measurement.name} learns from the whole cohort, those who are to be predicted "
            "included; it would have to be learned again in every fold, which is not done here"
        )
    if measurement.change:
        return f"{measurement.name} is known as a change alone, not before treatment"
    return ""


def _cell(measure: str, place: Place) -> str:
    parts = (measure, place.label, f"state {place.state}" if place.state else "", place.level)
    return " ".join(p for p in parts if p)


def _baseline(asking: Asking) -> Timepoint:
    question = asking.question
    return Timepoint(question.outcome_before) if question.outcome_before else question.before


def _last(asking: Asking, score: Response) -> tuple[str, FloatArray]:
    """Return the last session with scores, and the scores."""
    question = asking.question
    sessions = question.outcome_after or tuple(p.session for p in question.after)
    order = session_order(asking.trial)
    for session in sorted(filter(None, sessions), key=lambda s: order.get(s, -1), reverse=True):
        found = score.at(Timepoint(session))[:, 0]
        if np.isfinite(found).any():
            return session, found
    return "", np.full(len(score.people), np.nan)


def _target(
    target: str, before: FloatArray, after: FloatArray, scale: Scale | None
) -> FloatArray | str:
    if target == "after":
        return after
    if target == "change":
        return after - before
    if scale is None:
        return f"it is no scale whose {target} is known"
    lacking = next(lacking_numbers(scale, (target,)), "")
    if lacking:
        return lacking
    return next(scale_occurrences(scale, (before, after), "", (target,))).happened


def _arms(asking: Asking) -> list[str | None]:
    """Return each person's arm; None for those who are in no arm of the question."""
    cohort = asking.cohort
    found: list[str | None] = [None] * len(cohort.people)
    for arm in cohort.arms:
        for i in np.flatnonzero(cohort.members(arm)):
            found[i] = arm
    return found


def _clinic(
    asking: Asking, options: PredictionOptions, before: FloatArray, arm: Sequence[str | None]
) -> tuple[FloatArray, tuple[str, ...]]:
    table = _table(asking)
    wanted = options.clinic
    if wanted is None:
        wanted = tuple(c for c in _DEFAULT_CLINIC if c in table)
    columns, names = [before], ["baseline score"]
    for a in asking.cohort.arms[:-1]:
        columns.append(np.array([float(x == a) for x in arm]))
        names.append(f"arm {a}")
    for name in wanted:
        if name == asking.cohort.factor:
            continue  # the arm is among them already
        column = table[name]
        if pd.api.types.is_numeric_dtype(column):
            columns.append(column.to_numpy(dtype=np.float64))
            names.append(name)
            continue
        text = column.fillna("").astype(str).to_numpy(dtype=str)
        known = ~np.isin(text, ["", "n/a"])
        for level in sorted(set(text[known]))[1:]:
            columns.append(np.where(known, (text == level).astype(np.float64), np.nan))
            names.append(f"{name} {level}")
    return np.column_stack(columns), tuple(names)


def _codes(asking: Asking, column: str) -> IntArray:
    """Return the value of a column as a number; what is not known is a value of its own."""
    if not column:
        return np.zeros(len(asking.cohort.people), dtype=np.int64)
    text = _table(asking)[column].fillna("").astype(str)
    return np.unique(text.to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)


def _table(asking: Asking) -> pd.DataFrame:
    table = asking.trial.participants.set_index("participant_id")
    table.index = table.index.astype(str)
    return table.reindex(list(asking.cohort.people))
