"""Whether early change in the brain comes before later change in symptoms, or the other way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rewire.core.types import FloatArray, Timepoint
from rewire.effects.answering import Asking, KindTable, Reply
from rewire.effects.asked import AskedTest, Labels, absent, nobody
from rewire.effects.links import carry_out_links, link_test, too_many_cells
from rewire.effects.responses import Response
from rewire.effects.tables import Piece
from rewire.plan.options.association import LaggedOptions
from rewire.plan.roles import session_order

AHEAD = "early change -> later score change"
ADJUSTED = "early change -> score change | early score change"
REVERSE = "early score change -> later change"
TOGETHER = "early change ~ early score change"
"""The terms of a lagged question; the last stands beside the others and answers nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class _Early:
    """Early change of a measure and of a score in one arm.

    Parameters
    ----------
    response, score
        The measure and the scores.
    arm
        The arm.
    change
        Of the measure, shape (people, cells).
    scored
        Of the score, shape (people,).
    sessions
        Of the early scan and of the early score.
    """

    response: Response
    score: Response
    arm: str
    change: FloatArray
    scored: FloatArray
    sessions: tuple[Timepoint, str]


def answer_lagged(asking: Asking) -> Reply:
    """Relate early change in a measure to the change in a score from then on, and the reverse.

    Parameters
    ----------
    asking
        The first later time point of the question is the early one.

    Returns
    -------
    Reply
        Within each arm, for each later session: early change with the change of the score from
        the early session on; the same adjusted for the early change of the score (the score at
        the early session stands in both of the former, so that its error alone relates them);
        early change of the score with later change of the measure, where it was measured again;
        and both early changes, beside. p is adjusted over the rows of one term.
    """
    tests: dict[str, list[AskedTest]] = {}
    reasons = [
        f"{m} was not measured" for m in asking.question.measures if m not in asking.measurements
    ]
    if asking.cohort.crossover:
        reasons.append("a lag is asked about in arms of other people")
        return Reply((), frozenset(), tuple(reasons))
    for response in asking.measured():
        why = _impossible(asking, response)
        if why:
            reasons.append(why)
            continue
        for score in asking.scored():
            made, missing = _ask(asking, response, score)
            reasons += missing
            for test in made:
                tests.setdefault(test.labels.term, []).append(test)
    pieces: list[Piece] = []
    people: frozenset[str] = frozenset()
    tables: list[KindTable] = []
    for term in (AHEAD, ADJUSTED, REVERSE, TOGETHER):
        if not tests.get(term):
            continue
        answered, beside = carry_out_links(asking, tests[term])
        pieces += [_lower(p) if term == TOGETHER else p for p in answered.effects]
        people |= answered.analysed
        tables += beside
    return Reply(tuple(pieces), people, tuple(dict.fromkeys(reasons)), tuple(tables))


def _lower(piece: Piece) -> Piece:
    estimate = np.asarray(piece["estimate"])
    return {**piece, "p_adjusted": np.full(len(estimate), np.nan)}


def _impossible(asking: Asking, response: Response) -> str:
    question = asking.question
    if response.change:
        return f"{response.name} is known as a change alone, without its sessions"
    if not question.outcome_before:
        return "no session holds a score before treatment"
    gone = (question.before, question.after[0])
    if len(_later(asking)) < len(question.after) - 1:
        return f"the first of after is the early one, and {question.after[0]} is not"
    missing = next((absent(response, p) for p in gone if nobody(response.at(p))), "")
    return missing or too_many_cells(asking, response)


def _later(asking: Asking) -> list[Timepoint]:
    """Return the time points after the early one, without those that come before it."""
    early, *later = asking.question.after
    order = session_order(asking.trial)
    return [p for p in later if order.get(p.session, -1) >= order.get(early.session, -1)]


def _ask(asking: Asking, response: Response, score: Response) -> tuple[list[AskedTest], list[str]]:
    question, cohort = asking.question, asking.cohort
    early = question.after[0]
    at = asking.options(LaggedOptions).early_score or early.session
    for session in (question.outcome_before, at):
        if nobody(score.at(Timepoint(session))):
            hint = "; options.early_score names another session" if session == at else ""
            return [], [absent(score, Timepoint(session)) + hint]
    order = session_order(asking.trial)
    later = [s for s in question.outcome_after if order.get(s, -1) > order.get(at, -1)]
    later = [s for s in later if not nobody(score.at(Timepoint(s)))]
    if not later:
        return [], [f"{score.name} was not scored after {at}"]
    tests: list[AskedTest] = []
    for arm in cohort.arms_of_change(question.before, early):
        change = cohort.values(response, early, arm) - cohort.values(response, question.before, arm)
        scored = _score(asking, score, at, arm) - _score(
            asking, score, question.outcome_before, arm
        )
        first = _Early(response, score, arm, change, scored, (early, at))
        tests += _ahead(asking, first, later)
        tests += _reverse(asking, first)
    return tests, []


def _ahead(asking: Asking, first: _Early, later: list[str]) -> Iterator[AskedTest]:
    covariates = asking.cohort.covariates
    looked = (first.response, first.change)
    at = first.sessions[1]
    before = asking.question.outcome_before
    yield link_test(looked, first.scored, _labels(asking, first, at, TOGETHER), asking, covariates)
    more = np.column_stack([covariates, first.scored])
    for session in later:
        end = _score(asking, first.score, session, first.arm)
        since = end - _score(asking, first.score, at, first.arm)
        whole = end - _score(asking, first.score, before, first.arm)
        yield link_test(looked, since, _labels(asking, first, session, AHEAD), asking, covariates)
        yield link_test(looked, whole, _labels(asking, first, session, ADJUSTED), asking, more)


def _reverse(asking: Asking, first: _Early) -> Iterator[AskedTest]:
    early = first.sessions[0]
    values = asking.cohort.values
    for point in _later(asking):
        change = values(first.response, point, first.arm) - values(first.response, early, first.arm)
        if nobody(change):
            continue
        labels = Labels(
            point.session,
            point.acquisition,
            first.arm,
            f"{point} - {early}",
            first.score.outcome,
            REVERSE,
        )
        looked = (first.response, change)
        yield link_test(looked, first.scored, labels, asking, asking.cohort.covariates)


def _labels(asking: Asking, first: _Early, session: str, term: str) -> Labels:
    span = f"{first.sessions[0]} - {asking.question.before}"
    return Labels(session, "", first.arm, span, first.score.outcome, term)


def _score(asking: Asking, score: Response, session: str, arm: str) -> FloatArray:
    return np.asarray(asking.cohort.values(score, Timepoint(session), arm)[:, 0])
