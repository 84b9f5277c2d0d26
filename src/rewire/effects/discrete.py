"""Events, counts and grades by arm: logistic, Firth's, Poisson, negative-binomial and ordinal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rewire.core.types import FloatArray
from rewire.effects.answering import Asking, KindTable, Reply
from rewire.effects.occurrences import (
    NO_EVENTS,
    Occurrence,
    emergent_events,
    event_occurrences,
    score_occurrences,
)
from rewire.effects.tables import Piece
from rewire.numerics.adjust import adjust_p
from rewire.numerics.counts import fit_negative_binomial, fit_poisson, overdispersion
from rewire.numerics.estimates import OK
from rewire.numerics.firth import fit_firth
from rewire.numerics.likelihood import RegressionFit
from rewire.numerics.logistic import fit_logistic
from rewire.numerics.ordinal import fit_ordinal
from rewire.plan.options.discrete import COUNT, GRADE, OF_SCALES, DiscreteOptions

_METHODS = {
    "logistic": "logistic regression, log odds ratio, Wald",
    "firth": "Firth's logistic regression, log odds ratio, penalised likelihood ratio and profile",
    "poisson": "Poisson regression, log rate ratio, Wald",
    "negative binomial": "negative-binomial regression, log rate ratio, Wald",
    "ordinal": "proportional odds, log odds ratio, Wald",
}
_ABOUT = (
    "Ratios of odds or of rates, arm against reference, one row a contrast and event: the ratio "
    "with its interval, log ratio and standard error, z (for Firth the signed root of the "
    "likelihood ratio), people and those with an event (or the sum of counts, or of grades), and "
    "what the model says of itself."
)
_GRADES = ("", "mild", "moderate", "severe")
_BLANK = ("", "n/a", "nan", "none", "<na>")
_CROSSOVER = "in a crossover each person has both treatments: arms of other people only"
_COLUMNS = (
    "question", "family", "event", "scale", "session", "contrast", "ratio", "ci_low", "ci_high",
    "log_ratio", "se", "z", "p", "p_adjusted", "n", "total", "people", "reference_total",
    "reference_people", "dispersion", "p_proportional", "status",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Modelled:
    """A fitted model of one event."""

    occurrence: Occurrence
    fit: RegressionFit
    terms: slice
    dispersion: float
    p_proportional: float
    used: np.ndarray

    @property
    def status(self) -> str:
        if self.fit.status == OK:
            return "ok"
        return self.fit.status


def answer_discrete(asking: Asking) -> Reply:
    """Compare how often, how many times or how badly something happened in the arms.

    Parameters
    ----------
    asking
        Its options say what is modelled, and how; its covariates are adjusted for.

    Returns
    -------
    Reply
        A row of effects for each event and contrast, ``arm[drug]``: a log odds or log rate ratio.
        Table ``discrete_ratios`` holds the ratios.
    """
    if asking.cohort.crossover:
        return Reply((), frozenset(), (_CROSSOVER,))
    if len(asking.cohort.arms) < 2:
        return Reply((), frozenset(), ("there is one arm: nothing to compare",))
    options = asking.options(DiscreteOptions)
    found, reasons = _events(asking, options)
    told = [*reasons, *(_no_numbers(asking, options.exposure) if options.exposure else ())]
    models = []
    for occurrence in found:
        try:
            models.append(_model(asking, options, occurrence))
        except ValueError as error:
            told.append(f"{occurrence.name}: {error}")
    if not models:
        return Reply((), frozenset(), tuple(told))
    how = asking.question.correction
    p = np.concatenate([m.fit.p[m.terms] for m in models])
    if how == "max_t":
        told.append("correction max_t needs permutations: p is not adjusted")
        adjusted = np.full(len(p), np.nan)
    else:
        adjusted = adjust_p(p, how)
    parts = np.split(adjusted, np.cumsum([m.terms.stop - m.terms.start for m in models])[:-1])
    pieces = [_piece(asking, options, m, q) for m, q in zip(models, parts, strict=True)]
    rows = [r for m, q in zip(models, parts, strict=True) for r in _rows(asking, options, m, q)]
    table = KindTable("discrete_ratios", _ABOUT, pd.DataFrame(rows, columns=list(_COLUMNS)))
    people = {
        asking.cohort.people[i]
        for m in models
        if m.fit.status == OK
        for i in np.flatnonzero(m.used)
    }
    return Reply(tuple(pieces), frozenset(people), tuple(told), (table,))


def _events(
    asking: Asking, options: DiscreteOptions
) -> tuple[tuple[Occurrence, ...], tuple[str, ...]]:
    if options.event in OF_SCALES:
        scored = score_occurrences(asking, (options.event,))
        none = () if asking.question.outcomes else (f"{options.event} needs outcomes (scales)",)
        return scored.found, (*scored.reasons, *none)
    if options.of_participants:
        return (_column(asking, options.event),), _no_numbers(asking, options.event)
    if asking.trial.adverse_events.empty:
        return (), (NO_EVENTS,)
    if options.event in (COUNT, GRADE):
        return _counted(asking, options.event)
    everything = event_occurrences(asking, 1)
    chosen = tuple(o for o in everything.found if o.name == options.event)[:1]
    return chosen, everything.reasons


def _counted(asking: Asking, event: str) -> tuple[tuple[Occurrence, ...], tuple[str, ...]]:
    rows, reasons = emergent_events(asking)
    person = rows["person"].to_numpy(dtype=np.int64)
    values = np.zeros(len(asking.cohort.people))
    if event == COUNT:
        np.add.at(values, person, 1.0)
        return (Occurrence(COUNT, "harm", "", "", values),), reasons
    grade = np.array([float(_GRADES.index(s)) for s in rows["severity"]])
    np.maximum.at(values, person, grade)
    values[person[grade == 0.0]] = np.nan
    return (Occurrence(GRADE, "harm", "", "", values),), reasons


def _column(asking: Asking, name: str) -> Occurrence:
    column = asking.trial.participants.set_index("participant_id")[name]
    held = column.reindex(list(asking.cohort.people))
    words = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}
    values = [words.get(str(v).strip().lower(), v) for v in held]
    numbers = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce")
    return Occurrence(name, "harm", "", "", numbers.to_numpy(dtype=np.float64))


def _no_numbers(asking: Asking, name: str) -> tuple[str, ...]:
    """Return what in a column is neither a number nor yes or no, and counts as not known."""
    column = asking.trial.participants.set_index("participant_id")[name]
    held = [str(v).strip() for v in column.reindex(list(asking.cohort.people))]
    unread = ~np.isfinite(_column(asking, name).happened)
    words = [w for w, odd in zip(held, unread, strict=True) if odd and w.lower() not in _BLANK]
    if not words:
        return ()
    seen = ", ".join(repr(w) for w in sorted(set(words))[:5])
    people = "1 person, who is" if len(words) == 1 else f"{len(words)} people, who are"
    return (f"{name} holds {seen}, which is no number, for {people} left out",)


def _model(asking: Asking, options: DiscreteOptions, occurrence: Occurrence) -> _Modelled:
    cohort = asking.cohort
    own = [cohort.members(arm).astype(np.float64) for arm in cohort.arms[:-1]]
    inside = np.logical_or.reduce([cohort.members(arm) for arm in cohort.arms])
    exposure = _exposure(asking, options)
    design = np.column_stack([*own, cohort.covariates])
    used = inside & np.isfinite(design).all(axis=1) & np.isfinite(exposure)
    used &= np.isfinite(occurrence.happened)
    x, y, time = design[used], occurrence.happened[used], exposure[used]
    x = x - np.where(np.arange(x.shape[1]) < len(own), 0.0, x.mean(axis=0) if len(x) else 0.0)
    confidence, nan = asking.inference.confidence, float("nan")
    whole = np.column_stack([np.ones(len(x)), x])
    terms = slice(1, 1 + len(own))
    if options.family == "ordinal":
        graded = fit_ordinal(x, y, confidence)
        return _Modelled(
            occurrence, graded.terms, slice(0, len(own)), nan, graded.p_proportional, used
        )
    if options.family == "poisson":
        fit = fit_poisson(whole, y, time, confidence)
        return _Modelled(occurrence, fit, terms, overdispersion(whole, y, time), nan, used)
    if options.family == "negative binomial":
        fit = fit_negative_binomial(whole, y, time, confidence)
        return _Modelled(occurrence, fit, terms, fit.dispersion, nan, used)
    binary = fit_firth if options.family == "firth" else fit_logistic
    return _Modelled(occurrence, binary(whole, y, confidence), terms, nan, nan, used)


def _exposure(asking: Asking, options: DiscreteOptions) -> FloatArray:
    if not options.exposure:
        return np.ones(len(asking.cohort.people))
    return _column(asking, options.exposure).happened


def _piece(asking: Asking, options: DiscreteOptions, m: _Modelled, adjusted: FloatArray) -> Piece:
    cohort = asking.cohort
    count = m.terms.stop - m.terms.start
    note = "" if m.fit.status == OK else f" ({m.fit.status})"
    return {
        "question": asking.question.name,
        "kind": asking.question.kind.value,
        "outcome": m.occurrence.scale,
        "term": np.array([f"arm[{arm}]" for arm in cohort.arms[:-1]], dtype=object),
        "level": f"event={m.occurrence.name}",
        "session": m.occurrence.session,
        "contrast": np.array([f"{a} - {b}" for a, b in cohort.contrasts()], dtype=object),
        "alternative": "two-sided",
        "n": np.full(count, m.fit.n if m.fit.status == OK else 0),
        "estimate": m.fit.estimate[m.terms],
        "se": m.fit.se[m.terms],
        "ci_low": m.fit.ci_low[m.terms],
        "ci_high": m.fit.ci_high[m.terms],
        "p": m.fit.p[m.terms],
        "p_adjusted": adjusted,
        "method": f"{_METHODS[options.family]}{note}",
        "status": m.status,
    }


def _rows(
    asking: Asking, options: DiscreteOptions, m: _Modelled, adjusted: FloatArray
) -> list[tuple[object, ...]]:
    cohort = asking.cohort
    rows: list[tuple[object, ...]] = []
    for k, (arm, reference) in enumerate(cohort.contrasts()):
        at = m.terms.start + k
        fit = m.fit
        totals: list[float] = []
        for name in (arm, reference):
            inside = m.used & cohort.members(name)
            totals += [float(m.occurrence.happened[inside].sum()), float(inside.sum())]
        ratio = [float(np.exp(v[at])) for v in (fit.estimate, fit.ci_low, fit.ci_high)]
        rows.append(
            (
                asking.question.name,
                options.family,
                m.occurrence.name,
                m.occurrence.scale,
                m.occurrence.session,
                f"{arm} - {reference}",
                *ratio,
                fit.estimate[at],
                fit.se[at],
                fit.statistic[at],
                fit.p[at],
                adjusted[k],
                fit.n,
                *totals,
                m.dispersion,
                m.p_proportional,
                m.status,
            )
        )
    return rows
