"""Arms compared over all visits: the mixed model for repeated measures of clinical trials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rewire.core.questions import Alternative
from rewire.core.types import FloatArray
from rewire.effects.answering import Asking, Reply
from rewire.effects.inference import place_columns
from rewire.effects.mmrm_imputation import harmful_sign, impute_cell, tip
from rewire.effects.mmrm_tables import MODEL, CellAnswer, mmrm_tables, select
from rewire.effects.repeated_visits import Visits, gather_visits, left_out, model_of_cell
from rewire.effects.tables import Piece
from rewire.numerics.adjust import adjust_p
from rewire.numerics.estimates import p_of_t, t_quantile
from rewire.numerics.fixed_tests import FixedTests
from rewire.numerics.reference_imputation import RULES, Rule
from rewire.numerics.repeated_inference import estimate_contrasts
from rewire.numerics.repeated_model import fit_first
from rewire.plan.options.mmrm import MmrmOptions

MOST_IMPUTED = 20
"""Cells of a response up to which every rule of imputation is tried beside the model."""

_PLACES = ("region", "region2", "network", "network2", "state", "level")
_NAMES = {"kenward-roger": "Kenward-Roger", "satterthwaite": "Satterthwaite"}


def answer_mmrm(asking: Asking) -> Reply:
    """Compare arms at each visit by a mixed model for repeated measures.

    Parameters
    ----------
    asking
        The question's ``after`` are the visits; its measures or outcomes the responses, each
        cell a model of its own.

    Returns
    -------
    Reply
        One row a cell, active arm and visit, named ``arm[drug]``, and the tables ``mmrm_means``,
        ``mmrm_imputed`` and ``tipping``. p is adjusted over all rows of the question.

    Notes
    -----
    Arm by visit and baseline by visit, and covariates; everyone with a baseline, all covariates
    and at least one later visit is in. The rows are the mixed model's, or those of the rule of
    imputation that the options name.
    """
    question, cohort = asking.question, asking.cohort
    if cohort.crossover:
        return Reply((), frozenset(), ("arms of other people are compared, not of the same",))
    if len(cohort.arms) < 2:
        return Reply((), frozenset(), ("it compares arms, and there is one",))
    if question.correction == "max_t":
        return Reply((), frozenset(), ("a mixed model has no permutations for max_t",))
    answers: list[CellAnswer] = []
    families: list[list[CellAnswer]] = []
    reasons: list[str] = []
    for number, response in enumerate(asking.responses()):
        visits, missing = gather_visits(question, response, cohort)
        reasons += missing
        if visits is None:
            continue
        family = _answers(asking, visits, number)
        families.append(family)
        answers += family
        reasons += [why for why in (left_out(visits), _not_imputed(visits)) if why]
    pieces = _pieces(asking, families)
    tables = mmrm_tables(question.name, answers, asking.inference.confidence) if answers else ()
    people = {cohort.people[i] for a in answers if a.fit.converged for i in a.model.who}
    return Reply(tuple(pieces), frozenset(people), tuple(reasons), tables)


def _not_imputed(visits: Visits) -> str:
    if len(visits.response.places) <= MOST_IMPUTED:
        return ""
    return (
        f"{visits.response.name} has more than {MOST_IMPUTED} cells: other assumptions about those "
        "who left were not tried beside the model"
    )


def _answers(asking: Asking, visits: Visits, number: int) -> list[CellAnswer]:
    options = asking.options(MmrmOptions)
    cells = len(visits.response.places)
    rules: tuple[Rule, ...] = RULES if cells <= MOST_IMPUTED else ()
    if options.imputation != "none" and not rules:
        rules = (options.imputation,)
    streams = asking.rng().spawn(number + 1)[number].spawn(cells)
    scale = asking.trial.scales.get(visits.response.outcome)
    found = []
    for cell, rng in enumerate(streams):
        model = model_of_cell(visits, cell, options.response)
        fit, failures = fit_first(model.data(), options.order())
        differences, means = (
            estimate_contrasts(fit, rows, options.df)
            for rows in (model.differences(), model.means())
        )
        imputed = impute_cell(model, rules, options.draws, rng)
        last = model.visits - 1
        tips = []
        for arm in range(model.active if len(rules) > 1 else 0):
            estimate = float(differences.estimate[arm * model.visits + last])
            sign = harmful_sign(scale, estimate)
            tips.append(tip(model, imputed, arm, options.tipping, sign))
        before = f" ({'; '.join(failures)})" if failures else ""
        method = (
            f"MMRM, REML, {fit.structure.name} covariance{before}, {_NAMES[options.df]} "
            "degrees of freedom"
        )
        tipped = tuple(one for one in tips if one is not None)
        found.append(
            CellAnswer(visits, cell, model, fit, method, differences, means, imputed, tipped)
        )
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Tested:
    """One arm at one visit, over all cells of a response."""

    family: Sequence[CellAnswer]
    arm: int
    visit: int
    estimate: FloatArray
    se: FloatArray
    df: FloatArray
    p: FloatArray


def _pieces(asking: Asking, families: Sequence[Sequence[CellAnswer]]) -> list[Piece]:
    """Return the rows of all responses, p adjusted over all of them together."""
    question = asking.question
    rule = asking.options(MmrmOptions).imputation
    tested = [t for family in families for t in _tested(family, rule, question.alternative)]
    if not tested:
        return []
    how = question.correction
    if how == "max_t":
        raise ValueError("a mixed model has no permutations to take the largest statistic of")
    joined = adjust_p(np.concatenate([t.p for t in tested]), how)
    adjusted = np.split(joined, np.cumsum([len(t.p) for t in tested])[:-1])
    return [_piece(asking, t, rule, q) for t, q in zip(tested, adjusted, strict=True)]


def _tested(family: Sequence[CellAnswer], rule: str, alternative: Alternative) -> Iterator[_Tested]:
    visits = family[0].visits
    for arm in range(len(visits.arms) - 1):
        chosen = [_chosen(one, arm, rule) for one in family]
        for t in range(len(visits.points)):
            estimate, se, df = (
                np.array([getattr(tests, name)[t] for tests in chosen])
                for name in ("estimate", "se", "df")
            )
            p = p_of_t(estimate / se, df, alternative)
            yield _Tested(family, arm, t, estimate, se, df, p)


def _chosen(answer: CellAnswer, arm: int, rule: str) -> FixedTests:
    """Return the differences of one arm at each visit, by the model or by a rule."""
    visits = answer.model.visits
    if rule == MODEL:
        return select(answer.differences, arm * visits, (arm + 1) * visits)
    pooled = {name: found for name, found in answer.imputation.pooled.items() if name == rule}
    if not pooled:
        blank = np.full(visits, np.nan)
        return FixedTests(blank, blank, blank, blank, blank)
    return next(iter(pooled.values()))[arm].tests


def _piece(asking: Asking, tested: _Tested, rule: str, adjusted: FloatArray) -> Piece:
    question, family = asking.question, tested.family
    visits = family[0].visits
    point, arm = visits.points[tested.visit], visits.arms[tested.arm]
    half = t_quantile(tested.df, asking.inference.confidence) * tested.se
    people = [
        int(np.isin(one.model.arm, (tested.arm, len(visits.arms) - 1)).sum()) for one in family
    ]
    return {
        "question": question.name,
        "kind": question.kind.value,
        "measure": visits.response.measure,
        "outcome": visits.response.outcome,
        "term": f"arm[{arm}]",
        "session": point.session,
        "acquisition": point.acquisition,
        "contrast": f"{arm} - {visits.arms[-1]}",
        **place_columns(visits.response, _PLACES),
        "alternative": question.alternative,
        "n": np.where(np.isfinite(tested.estimate), people, 0),
        "estimate": tested.estimate,
        "se": tested.se,
        "ci_low": tested.estimate - half,
        "ci_high": tested.estimate + half,
        "statistic": tested.estimate / tested.se,
        "df": tested.df,
        "p": tested.p,
        "p_adjusted": adjusted,
        "method": np.array([_method(one, rule) for one in family], dtype=object),
        "status": np.array(
            [one.fit.status if rule == MODEL else one.imputation.status for one in family],
            dtype=object,
        ),
    }


def _method(answer: CellAnswer, rule: str) -> str:
    if rule == MODEL or answer.imputation.draws is None:
        return answer.method
    drawn = len(answer.imputation.draws.values)
    return f"multiple imputation, {rule}, {drawn} draws; ANCOVA at each visit; Rubin's rules"
