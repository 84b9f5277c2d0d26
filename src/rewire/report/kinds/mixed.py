"""What a mixed model written as a formula says of each of its terms."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping

import pandas as pd

from rewire.core.questions import Question
from rewire.plan.options.mixed import MixedOptions
from rewire.report import numbers
from rewire.report.contents import Contents
from rewire.report.figures.mixed import draw_model
from rewire.report.phrases import caveat, response_label
from rewire.report.rows import EffectRow, Evidence
from rewire.report.tables import Cell, Column, Table
from rewire.report.wording import Exhibit, Wording

_INTERCEPT = "(Intercept)"
_MOST = 6


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether the response went with a term, the others held fixed."""
    what = response_label(row, contents)
    first, *others = (_told_term(part) for part in row.term.split(":"))
    more = f" differed with {' and '.join(others)}" if others else ""
    if row.evidence is Evidence.NONE:
        asked = f"how {what} went with {first}{more}" if more else f"{what} went with {first}"
        return f"there was no evidence that {asked}{_at_zero(row, contents)}"
    if others:
        way = "more positive" if row.estimate > 0 else "more negative"
        return f"how {what} went with {first} was {way} with {' and '.join(others)}{caveat(row)}"
    way = "higher" if row.estimate > 0 else "lower"
    against = f" than with {_reference(row, question)}" if "[" in row.term else ""
    with_what = f"with {first}{against}" if against else f"with more of {first}"
    return f"{what} was {way} {with_what}{_at_zero(row, contents)}{caveat(row)}"


def _told_term(term: str) -> str:
    """Return a part of a term as words: ``drug[ketamine]`` is drug ketamine."""
    column, bracket, level = term.partition("[")
    words = column.replace("_", " ")
    return f"{words} {level.removesuffix(']')}" if bracket else words


def _reference(row: EffectRow, question: Question) -> str:
    """Return the level that a term is compared with; the first by name where none is set."""
    named = question.options.reference if isinstance(question.options, MixedOptions) else {}
    return named.get(row.term.partition("[")[0], "the first level by name")


def _at_zero(row: EffectRow, contents: Contents) -> str:
    """Say of a term that others multiply that it holds where those are 0 or at their reference."""
    own = set(row.term.split(":"))
    table = contents.effects
    mine = table[(table["question"] == row.question).to_numpy(dtype=bool)]
    higher = (set(str(t).split(":")) for t in mine["term"])
    if any(own < one for one in higher):
        return " where what multiplies it is 0 or at its reference"
    return ""


def is_answer(row: EffectRow) -> bool:
    """Return whether a row answers its question: no intercept, and no term left out of it."""
    asked = math.isnan(row.p) or not math.isnan(row.p_adjusted)
    return row.term != _INTERCEPT and asked


def subject(row: EffectRow) -> str:
    """Return the term."""
    return row.term


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return the coefficients, variances and checks of each whole-brain response's model."""
    groups: dict[tuple[str, ...], list[EffectRow]] = {}
    for row in rows:
        if not row.place:
            groups.setdefault((row.measure, row.outcome, row.level), []).append(row)
    return tuple(
        _exhibit(i, key, tuple(mine), question, contents)
        for i, (key, mine) in enumerate(list(groups.items())[:_MOST], 1)
    )


def _exhibit(
    index: int,
    key: tuple[str, ...],
    rows: tuple[EffectRow, ...],
    question: Question,
    contents: Contents,
) -> Exhibit:
    name = f"mixed-{question.name}-{index}"
    variances, models, checks = (
        _mine(contents, table, question, key)
        for table in ("mixed_variances", "mixed_models", "mixed_checks")
    )
    label = response_label(rows[0], contents)
    figure = draw_model(name, label, rows, checks)
    tables = [_coefficients(name, rows)]
    if len(variances):
        tables.append(_variances(name, variances))
    lines = tuple(line for model in models.to_dict("records") for line in _lines(model))
    return Exhibit(f"The mixed model of {label}", lines, (figure,), tuple(tables))


def _mine(contents: Contents, name: str, question: Question, key: tuple[str, ...]) -> pd.DataFrame:
    """Return the rows of a table that belong to a response's model; none where it is absent."""
    table = contents.tables.get(name)
    if table is None:
        return pd.DataFrame()
    own = (table["question"] == question.name).to_numpy(dtype=bool)
    for column, value in zip(("measure", "outcome", "level"), key, strict=True):
        own = own & (table[column].fillna("") == value).to_numpy(dtype=bool)
    for column in ("region", "network", "state"):
        own = own & (table[column].fillna("") == "").to_numpy(dtype=bool)
    return table[own]


def _lines(model: Mapping[Hashable, object]) -> Iterator[str]:
    yield f"{model['formula']}: {model['rows']} rows of {model['people']} people."
    if _told(model["left_out"]):
        yield f"Rows that are not in it: {model['left_out']}."
    if _told(model["singular"]):
        yield (
            f"The model is singular: {model['singular']}. Its fixed effects stand, and that part "
            "of its random terms is not supported by the data."
        )
    failed = model["failed_draws"]
    if isinstance(failed, (int, float)) and failed > 0:
        yield f"{failed:.0f} bootstrap refits failed and are in no interval."


def _told(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _coefficients(name: str, rows: tuple[EffectRow, ...]) -> Table:
    heads = ("Term", "Estimate", "Interval", "SE", "t", "df", "p", "Adjusted p")
    columns = tuple(Column(h, numeric=h != "Term") for h in heads)
    cells = []
    for row in rows:
        places = numbers.decimals_for(row.ci_high - row.ci_low)
        between = numbers.interval(row.ci_low, row.ci_high, bounded=False, decimals=places)
        told = (
            Cell(row.term),
            _number(row.estimate, numbers.fixed(row.estimate, places)),
            Cell(numbers.MISSING if math.isnan(row.ci_low) else between),
            _number(row.se, numbers.plain(row.se)),
            _number(row.statistic, numbers.fixed(row.statistic, 2)),
            _number(row.df, numbers.degrees(row.df)),
            _number(row.p, numbers.p_value(row.p)),
            _number(row.p_adjusted, numbers.p_value(row.p_adjusted)),
        )
        cells.append(told)
    return Table(f"{name}-terms", "Fixed effects", columns, tuple(cells), len(cells))


def _variances(name: str, variances: pd.DataFrame) -> Table:
    heads = ("Group", "Coefficient", "Quantity", "Estimate", "Interval")
    columns = tuple(Column(h, numeric=h in heads[3:]) for h in heads)
    cells = []
    for row in variances.to_dict("records"):
        low, high, value = (float(row[c]) for c in ("ci_low", "ci_high", "estimate"))
        both = [str(t) for t in (row["term"], row["term2"]) if _told(t)]
        spread = "standard deviation" if row["quantity"] == "sd" else "correlation"
        known = not math.isnan(low) or not math.isnan(high)
        between = f"{numbers.plain(low)} to {numbers.plain(high)}" if known else numbers.MISSING
        cells.append(
            (
                Cell(str(row["group"])),
                Cell(" with ".join(both)),
                Cell(spread),
                _number(value, numbers.plain(value)),
                Cell(between),
            )
        )
    return Table(f"{name}-variances", "Variance parameters", columns, tuple(cells), len(cells))


def _number(value: float, text: str) -> Cell:
    return Cell(text, f"{value:.9g}", numeric=True)


WORDING = Wording(
    label="coefficient of a mixed model",
    noun="an association of {what} with a term of the model",
    symbol="coefficient",
    planned="linear mixed model, as the formula says",
    method="Linear mixed models were fitted as the plan's formulas say; the estimation (REML or "
    "ML), degrees of freedom (Satterthwaite or Kenward-Roger) and intervals stand with each "
    "result, levels are compared with the reference of their column, and p is adjusted over the "
    "terms that answer a question",
    finding=finding,
    answers=is_answer,
    subject=subject,
    exhibits=exhibits,
)
