"""Who is in, who is out, and why, as CONSORT asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.exclusion import Exclusion
from rewire.core.questions import Design, Question
from rewire.core.schema import FLOW_COLUMNS
from rewire.core.types import Measurements, Timepoint, Trial
from rewire.effects.matching import arm_labels, chosen
from rewire.effects.visits import Count


@dataclass(frozen=True, slots=True)
class Attendance:
    """What a run knows of people beyond the trial's tables.

    Parameters
    ----------
    analysed
        Who is in at least one test (``EffectsResult.analysed``); None judges by the data there
        are at the time points of each question.
    selected
        The participants whom the call named, with or without ``sub-``; None where it named none.
    counted
        What is counted beside: runs, visits in place of others, switches.
    """

    analysed: Collection[str] | None = None
    selected: Collection[str] | None = None
    counted: tuple[Count, ...] = ()

    def calls(self, person: str) -> bool:
        """Return whether the call wants a participant."""
        if self.selected is None:
            return True
        return person.removeprefix("sub-") in {p.removeprefix("sub-") for p in self.selected}


def participant_flow(
    trial: Trial,
    measurements: Measurements,
    questions: Sequence[Question],
    design: Design,
    excluded: Sequence[Exclusion],
    attendance: Attendance = Attendance(),
) -> pd.DataFrame:
    """Follow every participant through the stages of the analysis.

    Parameters
    ----------
    trial
        The trial, everybody included.
    measurements
        What was measured.
    questions
        The bound questions; their time points are the stages.
    design
        Gives the arm of each person (empty in a crossover, where everybody has every arm).
    excluded
        Whom the plan leaves out, and why; who is not among the participants is no part of the
        flow.
    attendance
        Who was analysed, and whom the call selected.

    Returns
    -------
    pandas.DataFrame
        Columns of :data:`rewire.core.schema.FLOW_COLUMNS`; one row a person and stage: enrolled,
        selected (only where the call named participants), kept (not excluded by the plan), what
        is counted beside (a row only for those whom it concerns), then
        one stage for each measurement and score that the questions use, and last ``analysed``
        (in at least one test).
    """
    reasons = {e.participant: e.reason for e in excluded if e.whole_participant}
    partial: dict[str, list[Exclusion]] = {}
    for e in excluded:
        if not e.whole_participant:
            partial.setdefault(e.participant, []).append(e)
    stages = _stages(trial, measurements, questions, design)
    rows: list[tuple[str, str, str, str, str]] = []
    arms = _arms(trial, design)
    analysed = attendance.analysed
    if analysed is None:
        analysed = _analysed(questions, trial, measurements)
    for person in dict.fromkeys(trial.participants["participant_id"].astype(str)):
        arm = arms.get(person, "")
        entry = _entry(person, reasons, attendance)
        rows += [(person, arm, *step) for step in entry]
        if entry[-1][1] == "out":
            continue
        beside = [
            (c.stage, "in", c.people[person]) for c in attendance.counted if person in c.people
        ]
        rows += [(person, arm, *step) for step in beside]
        for stage in stages:
            there = person in stage.holders
            why = "" if there else "; ".join([stage.absence, *stage.lost(partial.get(person, []))])
            rows.append((person, arm, stage.name, "in" if there else "out", why))
        there = person in analysed
        why = "" if there else "no question has all that it needs from this person"
        rows.append((person, arm, "analysed", "in" if there else "out", why))
    return pd.DataFrame(rows, columns=list(FLOW_COLUMNS))


def _entry(
    person: str, reasons: Mapping[str, str], attendance: Attendance
) -> list[tuple[str, str, str]]:
    """Return stage, status and reason from enrolment on, up to where somebody is left out."""
    steps = [("enrolled", "in", "")]
    if attendance.selected is not None:
        if not attendance.calls(person):
            return [*steps, ("selected", "out", "not selected by --participant-label")]
        steps.append(("selected", "in", ""))
    if person in reasons:
        return [*steps, ("kept", "out", reasons[person])]
    return [*steps, ("kept", "in", "")]


def measured_people(
    measurements: Measurements,
    names: Collection[str],
    at: Timepoint,
    visits: Collection[tuple[str, str]] | None = None,
) -> set[str]:
    """Return who has a value of any of these quantities at a time point.

    Parameters
    ----------
    measurements
        What was measured.
    names
        Quantities.
    at
        The time point.
    visits
        Only these pairs of participant and session count; None counts all.
    """
    people: set[str] = set()
    if at.parts:
        each = [measured_people(measurements, names, part, visits) for part in at.parts]
        return people.union(*each)
    for name in names:
        if name not in measurements:
            continue
        data = measurements[name].data
        who = data["participant_id"].to_numpy().astype(str)
        if measurements[name].change:
            people |= set(who)
            continue
        session = data["session_id"].to_numpy().astype(str)
        right = _at(session, at.session)
        right &= _at(data["acquisition"].to_numpy().astype(str), at.acquisition)
        value = data["value"].notnull()
        right &= value.any([d for d in value.dims if d != "scan"]).to_numpy()
        found = zip(who[right], session[right], strict=True)
        people |= {p for p, s in found if visits is None or (p, s) in visits}
    return people


def scored_people(trial: Trial, scales: Collection[str], session: str) -> set[str]:
    """Return who has a score on any of these scales at a session."""
    rows = trial.scores.dropna(subset=["value"])
    rows = rows[rows["scale"].isin(list(scales)) & (rows["session_id"] == session)]
    return set(rows["participant_id"].astype(str))


@dataclass(frozen=True, slots=True)
class _Stage:
    """Some data that questions use: who has it, and what became of those who have not."""

    name: str
    holders: set[str]
    absence: str
    at: Timepoint
    scored: bool = False
    visits: set[tuple[str, str]] | None = None

    def lost(self, exclusions: Sequence[Exclusion]) -> list[str]:
        """Return which of a person's exclusions took this away, and why."""
        found = []
        for e in exclusions:
            here = e.session in ("", self.at.session) or not self.at.session
            here &= e.acquisition in ("", self.at.acquisition) or not self.at.acquisition
            here &= e.whole_session or not self.scored
            visit = (e.participant, e.session)
            here &= self.visits is None or not e.session or visit in self.visits
            if here:
                labels = (("", e.session), ("acq-", e.acquisition), ("run-", e.run))
                scan = " ".join(f"{key}{value}" for key, value in labels if value)
                found.append(f"{scan}: {e.reason}" if scan else e.reason)
        return found


def _stages(
    trial: Trial, measurements: Measurements, questions: Sequence[Question], design: Design
) -> list[_Stage]:
    names = {m for q in questions for m in q.measures}
    scales = {o for q in questions for o in q.outcomes}
    points = dict.fromkeys(t for q in questions if q.measures for t in (q.before, *q.after))
    stages = [
        _Stage(
            f"measured {t}{drug}",
            measured_people(measurements, names, t, visits),
            f"no scan at {t}",
            t,
            visits=visits,
        )
        for t in points
        if str(t)
        for drug, visits in _visits(trial, design, t)
    ]
    sessions = dict.fromkeys(
        s
        for q in questions
        if q.outcomes
        for s in (q.outcome_before, *q.outcome_after, *_response_sessions(q))
        if s
    )
    return stages + [
        _Stage(
            f"scored {s}", scored_people(trial, scales, s), f"no score at {s}", Timepoint(s), True
        )
        for s in sessions
    ]


def _visits(
    trial: Trial, design: Design, at: Timepoint
) -> list[tuple[str, set[tuple[str, str]] | None]]:
    """Return the arms of a crossover with the visits at which each was given."""
    if design.kind != "crossover" or at.session:
        return [("", None)]
    visits = trial.sessions[["participant_id", "session_id", "drug"]].astype(str)
    return [
        (f" ({arm})", set(map(tuple, visits[visits["drug"] == arm].to_numpy()[:, :2].tolist())))
        for arm in design.arms
    ]


def _response_sessions(question: Question) -> tuple[str, ...]:
    if question.measures:
        return ()
    return (question.before.session, *(t.session for t in question.after))


def _analysed(questions: Sequence[Question], trial: Trial, measurements: Measurements) -> set[str]:
    people: set[str] = set()
    for q in questions:
        for points in [[q.before, after] for after in q.after] or [[q.before]]:
            if q.measures:
                each = [measured_people(measurements, q.measures, t) for t in points]
            else:
                each = [scored_people(trial, q.outcomes, t.session) for t in points]
            people |= set.intersection(*each, _asked_of(trial, q))
    return people


def _asked_of(trial: Trial, question: Question) -> set[str]:
    kept = trial.participants[chosen(trial.participants, question.where)]
    return set(kept["participant_id"].astype(str))


def _arms(trial: Trial, design: Design) -> dict[str, str]:
    if design.kind == "crossover" or design.factor not in trial.participants:
        return {}
    table = trial.participants
    return dict(zip(table["participant_id"].astype(str), arm_labels(table, design), strict=True))


def _at(labels: npt.NDArray[np.str_], wanted: str) -> npt.NDArray[np.bool_]:
    return labels == wanted if wanted else np.ones(len(labels), dtype=bool)
