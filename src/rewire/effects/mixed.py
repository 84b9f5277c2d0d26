"""Mixed models that a plan writes as formulas: each outcome or measure, every cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from rewire.core.errors import FormulaError
from rewire.core.questions import Question
from rewire.effects.answering import Asking, Reply
from rewire.effects.formula import FormulaFit, MixedChoices, fit_design
from rewire.effects.formula_design import INTERCEPT, MixedDesign, read_formula
from rewire.effects.mixed_rows import visit_rows
from rewire.effects.mixed_tables import FittedCell, mixed_tables
from rewire.effects.responses import Response
from rewire.effects.tables import Piece
from rewire.numerics.adjust import adjust_p
from rewire.numerics.estimates import FloatArray, patterns
from rewire.plan.options.mixed import VALUE, MixedOptions

_DEGREES = {"satterthwaite": "Satterthwaite", "kenward-roger": "Kenward-Roger"}
_PLACES = ("region", "region2", "network", "network2", "state", "level")


def answer_mixed(asking: Asking) -> Reply:
    """Fit the plan's formula to each outcome or measure, cell by cell.

    Parameters
    ----------
    asking
        The question, with :class:`~rewire.plan.options.mixed.MixedOptions`.

    Returns
    -------
    Reply
        A row a term. p is adjusted over all rows that answer the question; the others, such as
        the intercept, have none. A model that did not converge is NaN with a status, and one
        that is singular says in its method what does not vary.
    """
    question, options = asking.question, asking.options(MixedOptions)
    refused = _refused(question)
    if refused:
        return Reply((), frozenset(), (refused,))
    models = _Models(asking, options)
    reasons = [f"{m} was not measured" for m in question.measures if m not in asking.measurements]
    written = options.parsed().response
    for response in asking.responses():
        if written in (VALUE, response.name):
            models.fit(response)
        else:
            reasons.append(f"the formula is one of {written}, not of {response.name}")
    cells = tuple(models.cells)
    reasons += models.reasons + _unknown_terms(options, cells)
    people = frozenset(p for one in cells if one.fit.converged for p in one.people)
    pieces = tuple(_pieces(question, options, cells))
    tables = mixed_tables(question.name, cells) if cells else ()
    return Reply(pieces, people, tuple(reasons), tables)


class _Models:
    """The models of a question, and why some could not be fitted."""

    def __init__(self, asking: Asking, options: MixedOptions) -> None:
        self.cells: list[FittedCell] = []
        self.reasons: list[str] = []
        self._asking, self._options, self._rng = asking, options, asking.rng()
        self._choices = MixedChoices(
            method=options.method,
            df=options.df,
            intervals=options.intervals,
            draws=options.draws,
            confidence=asking.inference.confidence,
        )

    def fit(self, response: Response) -> None:
        """Fit the formula to every cell; its design is read once for cells with the same rows."""
        rows = visit_rows(self._asking, response, self._options)
        known = np.isfinite(rows.values)
        if not known.any():
            self.reasons.append(f"{response.name} was not recorded at these sessions")
            return
        for pattern in patterns(known):
            first = int(pattern.cells[0])
            if not len(pattern.rows):
                continue
            table = rows.filled(first, response.name)
            try:
                options = self._options
                design = read_formula(options.formula, table, options.reference)
            except FormulaError as error:
                self.reasons.append(f"{response.name}: {'; '.join(error.faults)}")
                continue
            kept = design.rows.kept
            people = frozenset(table["participant_id"].iloc[kept].astype(str))
            for cell in pattern.cells:
                fit = self._one(design, rows.values[kept, cell])
                if fit is None:
                    place = response.places[cell].label
                    where = f"{response.name} {place}".strip()
                    self.reasons.append(f"{where}: its values leave nothing to be fitted")
                else:
                    self.cells.append(FittedCell(response, int(cell), fit, people))

    def _one(self, design: MixedDesign, values: FloatArray) -> FormulaFit | None:
        """Return the model of one cell, None where its values do not vary or are fitted exactly."""
        if np.ptp(values) == 0.0:
            return None
        own = replace(design, data=replace(design.data, response=values))
        try:
            with np.errstate(all="ignore"):
                return fit_design(own, self._choices, self._rng)
        except np.linalg.LinAlgError:
            return None


def _refused(question: Question) -> str:
    if question.correction == "max_t":
        return "a mixed model has no permutations to take the largest statistic of"
    if question.alternative != "two-sided":
        return "a mixed model is tested two-sided"
    if question.covariates:
        return "covariates of a mixed model stand in its formula"
    return ""


def _unknown_terms(options: MixedOptions, cells: Sequence[FittedCell]) -> list[str]:
    held = tuple(dict.fromkeys(term for one in cells for term in one.fit.design.terms))
    unknown = [term for term in options.terms if cells and term not in held]
    if not unknown:
        return []
    return [f"no model has a term {', '.join(unknown)}; there are {', '.join(held)}"]


def _answering(options: MixedOptions, terms: Sequence[str]) -> np.ndarray:
    """Return which terms answer the question."""
    asked = set(options.terms) or (set(terms) - {INTERCEPT})
    return np.array([term in asked for term in terms], dtype=np.bool_)


def _pieces(
    question: Question, options: MixedOptions, cells: Sequence[FittedCell]
) -> Iterator[Piece]:
    answers = [_answering(options, one.fit.design.terms) for one in cells]
    p = [
        np.where(asked, one.fit.coefficients["p"].to_numpy(), np.nan)
        for one, asked in zip(cells, answers, strict=True)
    ]
    if not cells or question.correction == "max_t":
        return
    adjusted = adjust_p(np.concatenate(p), question.correction)
    ends = np.cumsum([len(own) for own in p])[:-1]
    for one, own in zip(cells, np.split(adjusted, ends), strict=True):
        yield _piece(question, one, own)


def _piece(question: Question, one: FittedCell, adjusted: FloatArray) -> Piece:
    fit, place = one.fit, one.response.places[one.cell]
    numbers = fit.coefficients
    names = ("estimate", "se", "ci_low", "ci_high", "statistic", "df", "p")
    return {
        "question": question.name,
        "kind": question.kind.value,
        "measure": one.response.measure,
        "outcome": one.response.outcome,
        "term": np.array(fit.design.terms, dtype=object),
        **{name: str(getattr(place, name)) for name in _PLACES},
        "alternative": "two-sided",
        "n": float(len(one.people) if fit.converged else 0),
        **{name: numbers[name].to_numpy() for name in names},
        "p_adjusted": adjusted,
        "method": _method(fit),
        "status": "ok" if fit.converged else "the model did not converge",
    }


def _method(fit: FormulaFit) -> str:
    choices = fit.choices
    told = {
        "wald": "intervals from t",
        "profile": "profile-likelihood intervals",
        "bootstrap": f"percentile intervals of {choices.draws} bootstrap draws",
    }[choices.intervals]
    if fit.failed_draws:
        told += f", of which {fit.failed_draws} failed"
    parts = [
        f"linear mixed model {fit.design.text}",
        choices.method.upper(),
        _DEGREES[choices.df],
        told,
        f"{fit.rows} rows",
    ]
    return "; ".join([*parts, f"singular: {fit.singular}"] if fit.singular else parts)
