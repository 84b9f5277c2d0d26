"""Whether what people brought with them decides how they change: mixed models with a moderator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from rewire.core.questions import Question
from rewire.core.types import FloatArray, Timepoint, Trial
from rewire.effects.answering import Asking, Reply
from rewire.effects.design import Cohort
from rewire.effects.inference import place_columns
from rewire.effects.responses import Response
from rewire.effects.tables import Piece
from rewire.numerics.adjust import adjust_p
from rewire.numerics.mixed_many import ManyMixed, fit_many_mixed

IntArray = npt.NDArray[np.int64]

_METHOD = "linear mixed model, random intercept, REML, Satterthwaite"
_NO_FIT = "too few people, effects that depend on one another, or no variation beside them"


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """One row a person and session; the data of a model.

    Parameters
    ----------
    values
        Shape (rows, cells), NaN where a score is missing.
    person
        Index of the person, shape (rows,).
    later
        1 after treatment, 0 at baseline, shape (rows,).
    moderator
        As recorded, shape (rows,).
    """

    values: FloatArray
    person: IntArray
    later: FloatArray
    moderator: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """A fitted model: what it is called, and a column of results for each term."""

    response: Response
    moderator: str
    session: str
    arm: str
    contrast: str
    terms: tuple[str, ...]
    fit: ManyMixed
    people: IntArray


def answer_moderation(asking: Asking) -> Reply:
    """Fit ``value ~ session * x`` within each arm and ``value ~ session * arm * x`` between arms.

    Parameters
    ----------
    asking
        The question's ``moderators`` are columns of participants, its outcomes or measures the
        responses.

    Returns
    -------
    Reply
        One row a term, cell and model, named as lme4 would: ``session[week6]:arm[drug]:x``. A
        model that is singular (people vary no more than their rows) says so in its method.

    Notes
    -----
    x is the moderator less its median over its standard deviation (ddof 1), both over all rows
    of the sessions compared that have it, also where the value is missing, and within an arm for
    the model of that arm (Szigeti et al. 2024, 10.1017/S0033291723003653). p is adjusted over
    responses for each term, moderator and model by itself.
    """
    question, trial, cohort = asking.question, asking.trial, asking.cohort
    reasons = []
    if cohort.crossover:
        return Reply((), frozenset(), ("a moderator is asked about in arms of other people",))
    responses = asking.responses()
    models: list[_Model] = []
    for name in question.moderators:
        x = _numbers(trial, name, cohort.people)
        if not np.isfinite(x).any():
            reasons.append(f"{name} holds no number")
            continue
        for response in responses:
            for after in question.after:
                rows = _rows(response, question.before, after, x)
                if not np.isfinite(rows.values).any():
                    reasons.append(f"{response.name} was not scored at both sessions")
                    continue
                models += _models(response, name, after, rows, cohort)
    pieces = [
        piece
        for group in _families(models)
        for piece in _pieces(question, group, asking.inference.confidence)
    ]
    people = {cohort.people[i] for m in models for i in m.people}
    return Reply(tuple(pieces), frozenset(people), tuple(reasons))


def _numbers(trial: Trial, name: str, people: Sequence[str]) -> FloatArray:
    table = trial.participants.set_index("participant_id")
    column = table[name].reindex(list(people))
    return np.array([_number(v) for v in column], dtype=np.float64)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float, np.number)) else float("nan")


def _rows(response: Response, before: Timepoint, after: Timepoint, x: FloatArray) -> _Rows:
    """Return a row for every person and session on record that has the moderator."""
    values, person, later = [], [], []
    for flag, point in enumerate((before, after)):
        parts = point.parts or (point,)
        recorded = np.isin(response.session, [p.session for p in parts if p.session])
        there = np.unique(response.person[recorded]) if recorded.any() else np.empty(0, np.int64)
        there = there[np.isfinite(x[there])]
        values.append(response.at(point)[there])
        person.append(there)
        later.append(np.full(len(there), float(flag)))
    who = np.concatenate(person)
    return _Rows(np.concatenate(values), who, np.concatenate(later), x[who])


def _models(
    response: Response, moderator: str, after: Timepoint, rows: _Rows, cohort: Cohort
) -> Iterator[_Model]:
    session = f"session[{after.session.removeprefix('ses-')}]"
    for arm in cohort.arms:
        inside = cohort.members(arm)[rows.person]
        x = _scaled(rows.moderator, inside)
        terms = ("(Intercept)", session, "x", f"{session}:x")
        columns = [np.ones(len(x)), rows.later, x, rows.later * x]
        fit = fit_many_mixed(
            rows.values[inside], np.column_stack(columns)[inside], rows.person[inside]
        )
        people = np.unique(rows.person[inside])
        yield _Model(response, moderator, after.session, arm, "", terms, fit, people)
    reference = cohort.arms[-1]
    for arm in cohort.arms[:-1]:
        own = cohort.members(arm)[rows.person].astype(float)
        inside = (own > 0.0) | cohort.members(reference)[rows.person]
        x = _scaled(rows.moderator, inside)
        a = f"arm[{arm}]"
        pairs = (f"{session}:{a}", f"{session}:x", f"{a}:x")
        whole = ("(Intercept)", session, a, "x", *pairs, f"{session}:{a}:x")
        t = rows.later
        columns = [np.ones(len(x)), t, own, x, t * own, t * x, own * x, t * own * x]
        fit = fit_many_mixed(
            rows.values[inside], np.column_stack(columns)[inside], rows.person[inside]
        )
        people = np.unique(rows.person[inside])
        contrast = f"{arm} - {reference}"
        yield _Model(response, moderator, after.session, "", contrast, whole, fit, people)


def _scaled(moderator: FloatArray, inside: npt.NDArray[np.bool_]) -> FloatArray:
    """Return the moderator less its median over its standard deviation, both over rows inside."""
    own = moderator[inside]
    spread = float(own.std(ddof=1)) if len(own) > 1 else 0.0
    if not spread > 0.0:
        return np.zeros_like(moderator)
    return np.asarray((moderator - np.median(own)) / spread)


def _families(models: Sequence[_Model]) -> Iterator[list[_Model]]:
    """Gather the models that ask the same of different responses."""
    groups: dict[tuple[str, ...], list[_Model]] = {}
    for m in models:
        groups.setdefault((m.moderator, m.session, m.arm, m.contrast), []).append(m)
    yield from groups.values()


def _pieces(question: Question, family: Sequence[_Model], confidence: float) -> Iterator[Piece]:
    sizes = np.cumsum([m.fit.p.shape[1] for m in family])[:-1]
    together = np.concatenate([m.fit.p for m in family], axis=1)
    how = question.correction
    if how == "max_t":
        raise ValueError("a moderation has no permutations to take the largest statistic of")
    adjusted = np.stack([adjust_p(row, how) for row in together])
    for model, q in zip(family, np.split(adjusted, sizes, axis=1), strict=True):
        for at, term in enumerate(model.terms):
            yield _piece(question, model, at, term, q[at], confidence)


def _piece(
    question: Question, model: _Model, at: int, term: str, adjusted: FloatArray, confidence: float
) -> Piece:
    fit, response = model.fit, model.response
    estimate, se, df = fit.estimate[at], fit.se[at], fit.df[at]
    half = special.stdtrit(df, 0.5 + confidence / 2.0) * se
    known = np.isfinite(estimate)
    singular = np.where(fit.singular, f"{_METHOD}; singular", _METHOD)
    return {
        "question": question.name,
        "kind": question.kind.value,
        "measure": response.measure,
        "outcome": response.outcome,
        "term": term,
        "moderator": model.moderator,
        "session": model.session,
        "arm": model.arm,
        "contrast": model.contrast,
        **place_columns(response, ("region", "region2", "network", "network2", "state", "level")),
        "alternative": "two-sided",
        "n": np.where(known, len(model.people), 0),
        "estimate": estimate,
        "se": se,
        "ci_low": estimate - half,
        "ci_high": estimate + half,
        "statistic": estimate / se,
        "df": df,
        "p": fit.p[at],
        "p_adjusted": adjusted,
        "method": np.where(known, singular, _METHOD).astype(object),
        "status": np.where(known, "ok", _NO_FIT).astype(object),
    }
