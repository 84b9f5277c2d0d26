"""Whether the link between a measure and a score differs between arms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rewire.core.types import FloatArray, Timepoint
from rewire.effects.answering import Asking, KindTable, Reply
from rewire.effects.asked import AskedTest, Labels, absent, nobody
from rewire.effects.inference import effect_piece
from rewire.effects.responses import Response
from rewire.effects.tables import Piece
from rewire.numerics.adjust import adjust_p
from rewire.numerics.estimates import Estimates
from rewire.numerics.linear import TermModel, slope_model
from rewire.numerics.permute import PermutationP, permute_family
from rewire.numerics.slope_contrast import (
    compare_correlations,
    estimate_slope,
    estimate_slope_robust,
    slope_difference_model,
)
from rewire.numerics.terms import fit_term

ABOUT = "Differences of slopes with errors that survive unequal spread (HC3), and of correlations."
_COLUMNS = (
    "question", "measure", "outcome", "session", "contrast", "place", "level", "n", "difference",
    "se_hc3", "ci_low", "ci_high", "p_hc3", "r_first", "n_first", "r_second", "n_second",
    "r_difference", "r_ci_low", "r_ci_high", "r_p", "status",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Link:
    """Change of a measure and of a score, arm by arm.

    Parameters
    ----------
    response, outcome
        The measure, and the name of the scale.
    session, span
        Of the later score; the time points of the measure.
    change
        Of the measure, shape (people, cells).
    scored
        Of the score, shape (people,).
    arm
        Index of each person's arm among ``arms``, NaN for none.
    arms
        The reference last.
    """

    response: Response
    outcome: str
    session: str
    span: str
    change: FloatArray
    scored: FloatArray
    arm: FloatArray
    arms: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    test: AskedTest
    found: Estimates
    robust: Estimates
    link: _Link


def answer_slope_difference(asking: Asking) -> Reply:
    """Test arm x change of the score on the change of a measure, each arm's slope beside it.

    Parameters
    ----------
    asking
        Its arms are compared, the reference last.

    Returns
    -------
    Reply
        One row a pair of arms and cell for the difference of slopes (it alone answers the
        question and has an adjusted p), and one row an arm for its slope; the table
        ``slope_difference`` has the interval by HC3 and the difference of the correlations.
    """
    reasons = [
        f"{m} was not measured" for m in asking.question.measures if m not in asking.measurements
    ]
    if asking.cohort.crossover:
        return Reply((), frozenset(), ("slopes are compared between arms of other people",))
    results: list[_Result] = []
    slopes: list[_Result] = []
    for response in asking.measured():
        for score in asking.scored():
            for link in _links(asking, response, score, reasons):
                slopes += _slopes(asking, link)
                results += _differences(asking, link)
    if not results:
        return Reply((), frozenset(), tuple(dict.fromkeys(reasons)))
    pieces = [*_pieces(asking, results), *_pieces_beside(slopes)]
    people = {
        r.test.response.people[i]
        for r in results
        for i in np.flatnonzero(r.test.model.valid[:, np.isfinite(r.found.estimate)].any(axis=1))
    }
    rows = [row for result in results for row in _rows(asking, result)]
    table = KindTable("slope_difference", ABOUT, pd.DataFrame(rows, columns=list(_COLUMNS)))
    return Reply(tuple(pieces), frozenset(people), tuple(dict.fromkeys(reasons)), (table,))


def _links(
    asking: Asking, response: Response, score: Response, reasons: list[str]
) -> Iterator[_Link]:
    question, cohort = asking.question, asking.cohort
    arm = np.full(len(cohort.people), np.nan)
    for i, name in enumerate(cohort.arms):
        arm[cohort.members(name)] = i
    if not question.outcome_before:
        reasons.append("no session holds a score before treatment")
        return
    start = score.at(Timepoint(question.outcome_before))[:, 0]
    for after in (None,) if response.change else question.after:
        if after is None:
            change, span = response.at(Timepoint()), ""
        else:
            change = response.at(after) - response.at(question.before)
            span = f"{after} - {question.before}"
        if nobody(change):
            reasons.append(f"{response.name} did not change between sessions that were measured")
            continue
        for session in question.outcome_after:
            scored = score.at(Timepoint(session))[:, 0] - start
            if nobody(scored):
                reasons.append(absent(score, Timepoint(session)))
                continue
            yield _Link(response, score.outcome, session, span, change, scored, arm, cohort.arms)


def _slopes(asking: Asking, link: _Link) -> Iterator[_Result]:
    covariates = asking.cohort.covariates
    for i, arm in enumerate(link.arms):
        inside = np.where(link.arm == i, link.scored, np.nan)
        labels = Labels(link.session, "", arm, link.span, link.outcome, "score change")
        model = slope_model(link.change, inside, covariates)
        yield _result(asking, link, labels, model, "slope of one arm")


def _differences(asking: Asking, link: _Link) -> Iterator[_Result]:
    reference = len(link.arms) - 1
    for i, arm in enumerate(link.arms[:-1]):
        group = np.where(link.arm == i, 1.0, np.where(link.arm == reference, 0.0, np.nan))
        contrast = f"{arm} - {link.arms[-1]}"
        term = f"score change:arm[{arm}]"
        labels = Labels(link.session, "", "", contrast, link.outcome, term)
        model = slope_difference_model(link.change, link.scored, group, asking.cohort.covariates)
        yield _result(asking, link, labels, model, "linear model, arm x score change")


def _result(asking: Asking, link: _Link, labels: Labels, model: TermModel, method: str) -> _Result:
    kind = "r" if labels.arm else "partial r"
    side, confidence = asking.question.alternative, asking.inference.confidence
    test = AskedTest(asking.question, link.response, labels, model, method, kind)
    return _Result(
        test,
        estimate_slope(model, side, confidence),
        estimate_slope_robust(model, side, confidence),
        link,
    )


def _pieces(asking: Asking, results: Sequence[_Result]) -> list[Piece]:
    question = asking.question
    models = [r.test.model for r in results if isinstance(r.test.model, TermModel)]
    permuted = permute_family(
        models,
        asking.inference.permutations,
        asking.rng(),
        question.alternative,
        asking.exchange(),
    )
    if question.correction == "max_t":
        adjusted = [p.p_max for p in permuted]
    else:
        joined = adjust_p(np.concatenate([r.found.p for r in results]), question.correction)
        adjusted = np.split(joined, np.cumsum([len(r.found.p) for r in results])[:-1])
    return [
        effect_piece(r.test, r.found, p, q)
        for r, p, q in zip(results, permuted, adjusted, strict=True)
    ]


def _pieces_beside(slopes: Sequence[_Result]) -> list[Piece]:
    pieces = []
    for result in slopes:
        none = np.full(len(result.found.p), np.nan)
        pieces.append(effect_piece(result.test, result.found, PermutationP(none, none), none))
    return pieces


def _rows(asking: Asking, result: _Result) -> list[tuple[object, ...]]:
    link, labels, robust = result.link, result.test.labels, result.robust
    first = labels.contrast.partition(" - ")[0]
    fits = [
        fit_term(
            slope_model(
                link.change,
                np.where(link.arm == link.arms.index(arm), link.scored, np.nan),
                asking.cohort.covariates,
            )
        )
        for arm in (first, link.arms[-1])
    ]
    sizes = [np.nan_to_num(fit.df + 2.0).astype(np.int64) for fit in fits]
    gap = compare_correlations(
        (fits[0].r, fits[1].r), (sizes[0], sizes[1]), asking.inference.confidence
    )
    rows: list[tuple[object, ...]] = []
    for cell, place in enumerate(link.response.places):
        told = (result.test.question.name, link.response.measure, link.outcome, link.session)
        slopes = (robust.n, robust.estimate, robust.se, robust.ci_low, robust.ci_high, robust.p)
        links = (fits[0].r, fits[0].n, fits[1].r, fits[1].n, gap.difference, gap.ci_low)
        rows.append(
            (
                *told,
                labels.contrast,
                place.label,
                place.level,
                *(column[cell] for column in (*slopes, *links, gap.ci_high, gap.p)),
                str(robust.status[cell]),
            )
        )
    return rows
