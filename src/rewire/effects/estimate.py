"""What the arms did: from what was measured and asked to the tables of effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from rewire.core.questions import Design, Inference, Kind, Question, Unanswered
from rewire.core.schedule import RunRule
from rewire.core.types import Measurements, Trial
from rewire.effects import nulls
from rewire.effects.answering import Asking, KindTable, Replies, Reply, join_tables
from rewire.effects.asked import Asked, AskedTest
from rewire.effects.design import Cohort, form_cohort
from rewire.effects.inference import effects_table, influence_table
from rewire.effects.kinds import REPLIES
from rewire.effects.links import carry_out_links
from rewire.effects.longitudinal import LONGITUDINAL
from rewire.effects.matching import nobody_met
from rewire.effects.regression import baseline_change, baseline_change_table
from rewire.effects.reliability import density_table, reliability_table, retest_pairs
from rewire.effects.reliable_change import reliable_change_table
from rewire.effects.responses import score_response
from rewire.effects.symptoms import ask_association
from rewire.effects.tables import Piece

_ASSOCIATIONS = (Kind.CHANGE_ASSOCIATION, Kind.AFTER_ASSOCIATION)


@dataclass(frozen=True, slots=True, eq=False)
class EffectsResult:
    """Everything that was estimated.

    Parameters
    ----------
    effects
        Columns of :data:`rewire.core.schema.EFFECT_COLUMNS`, one row a cell of a test.
    baseline_change
        Regression to the mean, one row a cell of a test of change.
    influence
        Leave-one-participant-out, one row a cell of a test.
    reliability
        Test-retest reliability on untreated pairs.
    density
        Normalised measures against edge density.
    reliable_change
        How many people changed by more than their measurements err.
    unanswered
        Questions, or parts of them, that the data do not answer, and why.
    analysed
        Participants who are in at least one test that gave an estimate.
    tables
        What kinds of question give beside, one a name.
    """

    effects: pd.DataFrame
    baseline_change: pd.DataFrame
    influence: pd.DataFrame
    reliability: pd.DataFrame
    density: pd.DataFrame
    reliable_change: pd.DataFrame
    unanswered: tuple[Unanswered, ...]
    analysed: frozenset[str] = frozenset()
    tables: tuple[KindTable, ...] = ()


def estimate_effects(
    trial: Trial,
    measurements: Measurements,
    questions: Sequence[Question],
    design: Design,
    inference: Inference,
    runs: RunRule | None = None,
    *,
    replies: Replies = REPLIES,
) -> EffectsResult:
    """Answer questions, as far as the data allow.

    Parameters
    ----------
    trial
        The trial, with one value a score.
    measurements
        What was measured, by name.
    questions
        Bound to the trial. Each has random numbers of its own, drawn from the seed and its name,
        so that adding a question changes no other's p.
    design
        How people were allotted.
    inference
        Seed, permutations and level of intervals.
    runs
        What stands for several runs of a session; their mean where it is None.
    replies
        Who answers the kinds that answer by themselves.

    Returns
    -------
    EffectsResult
        The same for the same input, to the byte. A cell that cannot be estimated is NaN with a
        status.
    """
    effects: list[Piece] = []
    influence: list[Piece] = []
    baseline: list[Piece] = []
    unanswered: list[Unanswered] = []
    analysed: set[str] = set()
    tables: list[KindTable] = []
    for question in questions:
        cohort = form_cohort(trial, question, design)
        asking = Asking(question, trial, measurements, cohort, inference, runs)
        if question.kind in replies:
            found = _reply(asking, replies[question.kind])
            effects += found.pieces
            analysed |= found.people
            tables += found.tables
            unanswered += [Unanswered(question.name, why) for why in dict.fromkeys(found.reasons)]
            continue
        asked = _ask(asking)
        unanswered += [Unanswered(question.name, why) for why in dict.fromkeys(asked.reasons)]
        if not asked.tests:
            continue
        answered, beside = carry_out_links(asking, asked.tests)
        tables += beside
        effects += answered.effects
        influence += answered.influence
        analysed |= answered.analysed
        baseline += _baseline(asked.tests, cohort, inference.confidence)
    table = effects_table(effects)
    absent = nulls.nulls_table(table, inference)
    tables += [KindTable("nulls", nulls.ABOUT, absent)] if len(absent) else []
    return EffectsResult(
        table,
        baseline_change_table(baseline),
        influence_table(influence),
        reliability_table(trial, measurements, questions, design, inference.confidence, runs),
        density_table(measurements),
        reliable_change_table(trial, measurements, questions, design, inference.confidence, runs),
        tuple(unanswered),
        frozenset(analysed),
        join_tables(tuple(tables)),
    )


def _reply(asking: Asking, answer: Callable[[Asking], Reply]) -> Reply:
    """Answer a question, or say that nobody is there to answer it of."""
    nobody = nobody_met(asking.trial.participants, asking.question.where)
    return Reply((), frozenset(), (nobody,)) if nobody else answer(asking)


def _ask(asking: Asking) -> Asked:
    question, trial, cohort = asking.question, asking.trial, asking.cohort
    nobody = nobody_met(trial.participants, question.where)
    if nobody:
        return Asked((), (nobody,))
    tests: list[AskedTest] = []
    reasons = [f"{m} was not measured" for m in question.measures if m not in asking.measurements]
    for response in asking.responses():
        if question.kind in _ASSOCIATIONS:
            scores = [score_response(trial, o, cohort.people) for o in question.outcomes]
            parts = [ask_association(asking, response, score) for score in scores]
        else:
            parts = [LONGITUDINAL[question.kind](question, response, cohort)]
        pooled = response.averaged((question.before, *question.after))
        how = [how for how in (pooled, _population(question)) if how]
        made = [test for part in parts for test in part.tests]
        tests += [replace(t, method="; ".join([t.method, *how])) for t in made] if how else made
        reasons += [reason for part in parts for reason in part.reasons]
    return Asked(tuple(tests), tuple(reasons))


def _population(question: Question) -> str:
    return question.analysis if question.repeats or question.analysis == "as treated" else ""


def _baseline(tests: Sequence[AskedTest], cohort: Cohort, confidence: float) -> list[Piece]:
    found = []
    for test in tests:
        if test.question.kind is not Kind.CHANGE:
            continue
        question = test.question
        pairs = retest_pairs(test.response, cohort, question.before, question.after)
        own = f"{test.labels.arm}: "
        retest = next((pair for pair in pairs if not pair.label.startswith(own)), None)
        piece = baseline_change(test, retest, confidence)
        if piece is not None:
            found.append(piece)
    return found
