"""Associations of a measure with symptoms: change with change, and after with after."""

from __future__ import annotations

import numpy as np

from rewire.core.questions import Kind, Question
from rewire.core.types import FloatArray, Timepoint
from rewire.effects.answering import Asking
from rewire.effects.asked import Asked, AskedTest, Labels, absent, nobody
from rewire.effects.design import Cohort
from rewire.effects.links import link_test, too_many_cells
from rewire.effects.responses import Response


def ask_association(asking: Asking, response: Response, score: Response) -> Asked:
    """Correlate a measure with a score within each arm.

    Parameters
    ----------
    asking
        Of kind ``change_association`` or ``after_association``, with the people.
    response
        The measure.
    score
        The scores.
    """
    question = asking.question
    reason = _impossible(question, response) or too_many_cells(asking, response)
    if reason:
        return Asked((), (reason,))
    tests: list[AskedTest] = []
    reasons: list[str] = []
    points: tuple[Timepoint | None, ...] = (None,) if response.change else question.after
    for after in points:
        missing = _unmeasured(question, response, after)
        if missing:
            reasons.append(missing)
            continue
        made = _ask_at(asking, (response, score), after)
        tests += made.tests
        reasons += made.reasons
    return Asked(tuple(tests), tuple(dict.fromkeys(reasons)))


def _ask_at(asking: Asking, pair: tuple[Response, Response], after: Timepoint | None) -> Asked:
    response, score = pair
    question, cohort = asking.question, asking.cohort
    tests: list[AskedTest] = []
    reasons: list[str] = []
    arms = _arms(question, cohort, after)
    for session in question.outcome_after:
        if nobody(score.at(Timepoint(session))):
            reasons.append(absent(score, Timepoint(session)))
            continue
        for arm in arms:
            scored = _scores(question, score, cohort, (session, arm))
            if cohort.crossover and nobody(scored):
                continue  # the session followed another drug than the scan
            values = _values(question, response, cohort, (after, arm))
            labels = Labels(session, "", arm, _span(question, after), score.outcome)
            tests.append(link_test((response, values), scored, labels, asking, cohort.covariates))
    if not arms:
        reasons.append(f"{after} followed a drug that the question leaves out")
    elif not tests and not reasons:
        reasons.append(f"{score.name} has no session that goes with {after or response.name}")
    return Asked(tuple(tests), tuple(reasons))


def _arms(question: Question, cohort: Cohort, after: Timepoint | None) -> tuple[str, ...]:
    if after is None:
        return cohort.arms
    if question.kind is Kind.CHANGE_ASSOCIATION:
        return cohort.arms_of_change(question.before, after)
    return cohort.arms_at(after)


def _impossible(question: Question, response: Response) -> str:
    if question.kind is Kind.CHANGE_ASSOCIATION:
        return "" if question.outcome_before else "no session holds a score before treatment"
    if response.change:
        return f"{response.name} is known as a change alone, without its value afterwards"
    return ""


def _unmeasured(question: Question, response: Response, after: Timepoint | None) -> str:
    if after is None:
        return ""
    points = [after]
    if question.kind is Kind.CHANGE_ASSOCIATION:
        points.insert(0, question.before)
    return next((absent(response, p) for p in points if nobody(response.at(p))), "")


def _scores(
    question: Question, score: Response, cohort: Cohort, when: tuple[str, str]
) -> FloatArray:
    session, arm = when
    later = cohort.values(score, Timepoint(session), arm)[:, 0]
    if question.kind is Kind.AFTER_ASSOCIATION:
        return later
    return np.asarray(later - score.at(Timepoint(question.outcome_before))[:, 0])


def _values(
    question: Question, response: Response, cohort: Cohort, when: tuple[Timepoint | None, str]
) -> FloatArray:
    after, arm = when
    if after is None:
        return cohort.values(response, Timepoint(), arm)
    later = cohort.values(response, after, arm)
    if question.kind is Kind.AFTER_ASSOCIATION:
        return later
    return later - cohort.values(response, question.before, arm)


def _span(question: Question, after: Timepoint | None) -> str:
    if after is None:
        return ""
    if question.kind is Kind.AFTER_ASSOCIATION:
        return str(after)
    return f"{after} - {question.before}"
