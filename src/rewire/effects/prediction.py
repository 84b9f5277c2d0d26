"""Who responds, from what was known before treatment: performance in people never learned from."""

from __future__ import annotations

import math

import numpy as np

from rewire.core.questions import Question
from rewire.effects.answering import Asking, KindTable, Reply
from rewire.effects.prediction_cases import Cases, brain_columns, gather_cases
from rewire.effects.prediction_fit import Predicted, predict_cases
from rewire.effects.prediction_tables import prediction_tables
from rewire.effects.tables import Piece
from rewire.numerics.adjust import adjust_p
from rewire.numerics.prediction_performance import Interval
from rewire.numerics.prediction_size import GENEROUS_R2, people_for_class, people_for_value
from rewire.plan.options.prediction import PredictionOptions

LEAST_CLASS = 10
"""People that the rarer class needs."""

BEYOND = "brain beyond clinic"
"""The term of the row that says what the brain adds."""


def answer_prediction(asking: Asking) -> Reply:
    """Predict scores, response or remission, and say how well that went in people left out.

    Parameters
    ----------
    asking
        Its measures are the brain, its outcomes are predicted one by one.

    Returns
    -------
    Reply
        A row a feature set (term ``clinic``, ``brain``, ``both``) with R2 or, of classes, the area
        under the curve, and a row for what the brain adds to the clinic (in R2 always; of classes
        that of probabilities, from the Brier score). Intervals are corrected resampled t (Nadeau
        and Bengio 2003); p counts permutations that do as well, the whole pipeline refitted.
        Too few people by Riley's criteria (2020, 10.1136/bmj.m441) give a reason and no row.
    """
    options = asking.options(PredictionOptions)
    if asking.cohort.crossover:
        return Reply((), frozenset(), ("a prediction is asked of people who are in one arm",))
    if asking.question.correction == "max_t":
        return Reply((), frozenset(), ("a prediction has no max_t; choose another correction",))
    brain = brain_columns(asking)
    if not brain.names and set(options.features) != {"clinic"}:
        why = "nothing that was measured before treatment can stand for the brain"
        return Reply((), frozenset(), (*brain.reasons, why))
    found: list[Predicted] = []
    reasons = list(brain.reasons)
    rng = asking.rng()
    for score in asking.scored():
        cases = gather_cases(asking, score, brain)
        why = cases if isinstance(cases, str) else refusal(cases, options)
        if why or isinstance(cases, str):
            reasons.append(f"{score.outcome}: {why}")
            continue
        found.append(predict_cases(cases, options, asking.inference.confidence, rng))
    pieces = _pieces(asking.question, options, found)
    people = {person for one in found for person in one.cases.people}
    return Reply(pieces, frozenset(people), tuple(reasons), _tables(asking, options, found))


def refusal(cases: Cases, options: PredictionOptions) -> str:
    """Return why too few people are there for anything to be said; empty where enough are.

    Parameters
    ----------
    cases
        The people.
    options
        ``refuse_below`` stands in for Riley's number where it is given.
    """
    people = len(cases.value)
    if options.of_classes:
        rarer = int(min(cases.value.sum(), people - cases.value.sum()))
        if rarer < LEAST_CLASS:
            return (
                f"the rarer class has {rarer} of {people} people, and {LEAST_CLASS} are needed "
                "before classes can be predicted at all"
            )
    if cases.left_out is not None and len(np.unique(cases.left_out)) < 3:
        return f"{options.leave_out} has fewer than three values to leave out one at a time"
    features = min(options.features, key=cases.parameters)
    count = cases.parameters(features)
    parts = needed(cases, count, options)
    bar = options.refuse_below or max(parts)
    if people >= bar:
        return ""
    if options.refuse_below:
        return f"{people} people have all that is needed, and the plan refuses below {bar}"
    return (
        f"{people} people have all that is needed, and {bar} would be by Riley's criteria (2020, "
        f"10.1136/bmj.m441) for {count} candidate predictor{'s' * (count != 1)} ({features}) "
        f"if they truly explain {GENEROUS_R2:.0%}: shrinkage of at most a tenth, optimism of at "
        f"most .05, {'the overall risk' if options.of_classes else 'the spread of what is left'} "
        "known closely; refuse_below lowers the bar"
    )


def needed(cases: Cases, predictors: int, options: PredictionOptions) -> tuple[int, int, int]:
    """Return Riley's numbers of people for the outcome of these cases."""
    if options.of_classes:
        return people_for_class(predictors, float(cases.value.mean()), GENEROUS_R2)
    return people_for_value(predictors, GENEROUS_R2)


def _pieces(
    question: Question, options: PredictionOptions, found: list[Predicted]
) -> tuple[Piece, ...]:
    rows: list[tuple[Predicted, str, Interval, float, int]] = []
    for one in found:
        for features, result in one.results.items():
            shown = result.area if options.of_classes else result.skill
            count = one.cases.parameters(features)
            rows.append((one, features, shown, result.p, count))
        if one.increment is not None:
            count = one.cases.parameters("both")
            rows.append((one, BEYOND, one.increment.skill, one.increment.p, count))
    if not rows:
        return ()
    how = question.correction
    if how == "max_t":
        raise ValueError("a prediction has no permutations to take the largest statistic of")
    adjusted = adjust_p(np.array([row[3] for row in rows]), how)
    return tuple(
        _piece(question, options, row, float(q)) for row, q in zip(rows, adjusted, strict=True)
    )


def _piece(
    question: Question,
    options: PredictionOptions,
    row: tuple[Predicted, str, Interval, float, int],
    adjusted: float,
) -> Piece:
    one, term, shown, p, count = row
    area = options.of_classes and term != BEYOND
    low, high = (max(shown.low, 0.0), min(shown.high, 1.0)) if area else (shown.low, shown.high)
    known = math.isfinite(shown.estimate)
    return {
        "question": question.name,
        "kind": question.kind.value,
        "outcome": one.cases.outcome,
        "term": term,
        "session": one.cases.session,
        "level": f"features={term}",
        "alternative": "greater",
        "n": np.array([len(one.cases.value)]),
        "estimate": shown.estimate,
        "se": shown.se,
        "ci_low": low,
        "ci_high": high,
        "effect_size": shown.estimate,
        "effect_size_kind": "AUC" if area else "R2 gained" if term == BEYOND else "R2",
        "df": shown.df,
        "p": p,
        "p_permutation": p,
        "p_adjusted": adjusted,
        "method": _method(one, options, count),
        "status": ("ok" if math.isfinite(p) else "no permutations") if known else "no variance",
    }


def _method(one: Predicted, options: PredictionOptions, count: int) -> str:
    folds = f"{options.folds}-fold x {options.repeats}"
    if one.cases.left_out is not None:
        folds = f"leave one {options.leave_out} out"
    parts = [
        f"{options.model}, nested, {folds}, corrected resampled t",
        f"p by {one.permutations} permutations of {one.permuted_repeats} x",
    ]
    wanted = max(needed(one.cases, count, options))
    if len(one.cases.value) < wanted:
        parts.append(f"fewer people than the {wanted} of Riley 2020 for {count} predictors")
    return "; ".join(parts)


def _tables(
    asking: Asking, options: PredictionOptions, found: list[Predicted]
) -> tuple[KindTable, ...]:
    if not found:
        return ()
    counts = [
        {
            features: max(needed(one.cases, one.cases.parameters(features), options))
            for features in one.results
        }
        for one in found
    ]
    return prediction_tables(asking.question.name, options, found, counts)
