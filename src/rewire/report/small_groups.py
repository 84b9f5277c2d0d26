"""Which tests rest on a group so small that a shared copy must not tell them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from rewire.core.questions import Kind, Question
from rewire.core.types import Timepoint
from rewire.effects.flow import measured_people, scored_people
from rewire.effects.matching import arm_labels, chosen
from rewire.report.contents import Contents
from rewire.report.rows import EffectRow, read_rows
from rewire.report.small_levels import smallest_level


def small_tests(contents: Contents, smallest: int) -> npt.NDArray[np.bool_]:
    """Return which rows of the effects table a shared copy withholds.

    A test within an arm is withheld if few people are in it. A test over several arms is withheld
    if one of them may be small: its total less the others would give the small one back, and so
    would its estimate less theirs. Where data are lacking for some people and it is not known in
    which arm, they are taken to be lacking in each.

    Parameters
    ----------
    contents
        The report's contents, people by their labels.
    smallest
        The smallest group that is told.

    Returns
    -------
    ndarray
        bool, shape (rows of the effects table,).
    """
    rows = read_rows(contents.effects)
    questions = {q.name: q for q in contents.questions}
    sizes = _Sizes(contents)
    found = [
        (np.isfinite(row.estimate) or row.n > 0)
        and (
            not row.n >= smallest
            or _smallest_group(row, questions.get(row.question), sizes) < smallest
        )
        for row in rows
    ]
    return np.array(found, dtype=np.bool_)


def _smallest_group(row: EffectRow, question: Question | None, sizes: _Sizes) -> float:
    """Return how few people the smallest arm of a test can hold."""
    if row.kind == Kind.MIXED and question is not None:
        return smallest_level(row, question, sizes.contents.trial)
    within_people = sizes.contents.design.kind != "parallel"
    if within_people or question is None or (row.arm and row.sides is None):
        return row.n
    counts = sizes.of(row, question)
    arms = [counts.get(arm, 0) for arm in row.sides or sizes.contents.design.arms]
    lacking = max(0.0, sum(arms) - row.n)
    return min(arms, default=row.n) - lacking


class _Sizes:
    """People by arm that have what a test needs, looked up once."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        table = contents.trial.participants
        people = table["participant_id"].astype(str)
        arms = arm_labels(table, contents.design) if contents.design.kind == "parallel" else people
        self._arm = dict(zip(people, arms, strict=True))
        self._known: dict[tuple[object, ...], set[str]] = {}

    def of(self, row: EffectRow, question: Question) -> Mapping[str, int]:
        trial = self.contents.trial
        wanted = trial.participants[chosen(trial.participants, question.where)]
        people = set(wanted["participant_id"].astype(str))
        for point in _measured_at(row, question):
            people &= self._measured(row.measure, point)
        for session in _scored_at(row, question):
            people &= self._scored(row.outcome, session)
        counts: dict[str, int] = {}
        for person in people:
            arm = self._arm[person]
            counts[arm] = counts.get(arm, 0) + 1
        return counts

    def _measured(self, measure: str, point: Timepoint) -> set[str]:
        key = (measure, point)
        if key not in self._known:
            self._known[key] = measured_people(self.contents.measurements, [measure], point)
        return self._known[key]

    def _scored(self, scale: str, session: str) -> set[str]:
        key = (scale, session)
        if key not in self._known:
            self._known[key] = scored_people(self.contents.trial, [scale], session)
        return self._known[key]


def _measured_at(row: EffectRow, question: Question) -> tuple[Timepoint, ...]:
    if not row.measure:
        return ()
    after = question.after[:1] if row.is_association else (Timepoint(row.session, row.acquisition),)
    if row.kind == Kind.BASELINE_GROUP:
        return (question.before,)
    return after if row.kind == Kind.AFTER_ASSOCIATION else (question.before, *after)


def _scored_at(row: EffectRow, question: Question) -> tuple[str, ...]:
    if not row.outcome:
        return ()
    before = question.outcome_before or question.before.session
    if row.kind == Kind.BASELINE_GROUP:
        return (before,)
    after = row.session or next(iter(question.outcome_after), "")
    sessions = (after,) if row.kind == Kind.AFTER_ASSOCIATION else (before, after)
    return tuple(session for session in sessions if session)
