"""One test in one sentence: what was found, the numbers behind it, and no claim beyond them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from rewire.core.questions import Kind, Question
from rewire.core.scales import Scale
from rewire.core.types import Timepoint
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.rows import ALPHA, EffectRow, Evidence


@dataclass(frozen=True, slots=True)
class Family:
    """The tests over which a question's p values are adjusted."""

    size: int
    correction: str


def family_of(question: Question, rows: tuple[EffectRow, ...]) -> Family:
    """Return the family of a question: its rows that gave a p value."""
    tested = [r for r in rows if not math.isnan(r.p)]
    if question.kind is Kind.MODERATION:  # a family is one term of one model, over responses
        own = Counter((r.moderator, r.arm, r.contrast, r.session) for r in tested)
        return Family(max(own.values(), default=0), question.correction)
    return Family(len(tested), question.correction)


def response_label(row: EffectRow, contents: Contents) -> str:
    """Return what the row's response is called, with its level and its place."""
    if row.measure:
        label = names.measure_label(row.measure)
    else:
        label = names.scale_label(row.outcome, contents.trial.scales)
    label += f" ({names.level_label(row.level)})" if row.level else ""
    return f"{label}, {row.place}" if row.place else label


def sentence(row: EffectRow, question: Question, contents: Contents, family: Family) -> str:
    """Return the answer that one row gives.

    Parameters
    ----------
    row
        A row of the effects table.
    question
        The question that it belongs to.
    contents
        The report's contents, for labels, design and the level of intervals.
    family
        The tests among which p is adjusted.

    Returns
    -------
    str
        Plain text; where a row gave no estimate, the reason that its status holds.
    """
    lead = f"{names.sentence_case(question.analysis)}: " if question.repeats else ""
    if row.evidence is Evidence.UNDEFINED:
        reason = row.status if row.status and row.status != "ok" else "no reason recorded"
        what = response_label(row, contents)
        verdict = "is not told" if row.withheld else "could not be tested"
        text = f"{_where(row)}{what} {verdict}: {reason}{_people(row)}."
        return lead + names.sentence_case(text)
    finding = _FINDINGS[Kind(row.kind)](row, question, contents)
    return f"{lead}{names.sentence_case(finding)}: {figures_of(row, contents, family)}."


def figures_of(row: EffectRow, contents: Contents, family: Family) -> str:
    """Return the numbers behind a finding: estimate, interval, test, p, n and effect size."""
    percent = f"{contents.inference.confidence * 100:g}%"
    places = 2 if row.is_association else numbers.decimals_for(row.ci_high - row.ci_low)
    write = numbers.unit_bound if row.is_association else numbers.fixed
    between = numbers.interval(row.ci_low, row.ci_high, bounded=row.is_association, decimals=places)
    parts = [f"{_symbol(row)} {write(row.estimate, places)} ({percent} CI {between})"]
    parts += [_test(row)] if math.isfinite(row.statistic) and not row.is_association else []
    parts += [_p_text(row), *_adjusted(row, family)]
    parts += [f"n = {row.n:.0f}"] if math.isfinite(row.n) else []
    parts += _size(row)
    parts += ["singular fit"] if row.method.endswith("; singular") else []
    if row.alternative not in ("", "two-sided"):
        parts.append(f"one-sided test ({row.alternative})")
    return ", ".join(parts)


def direction(estimate: float) -> str:
    """Return the past tense of what a change did."""
    return "fell" if estimate < 0 else "rose"


def times_of(row: EffectRow, question: Question) -> tuple[str, str]:
    """Return the labels of the time points before and after that a row compares."""
    before = question.outcome_before if not row.measure else ""
    after = str(Timepoint(row.session, row.acquisition)) if not row.is_association else ""
    after = after or (str(question.after[0]) if question.after else "")
    return names.time_label(before or str(question.before)), names.time_label(after)


def _change(row: EffectRow, question: Question, contents: Contents) -> str:
    before, after = times_of(row, question)
    what = response_label(row, contents)
    if row.sides is not None:
        return _between_drugs(row, row.sides, f"{what} ({after} against {before})")
    span = f"from {before} to {after}"
    if row.evidence is Evidence.NONE:
        return f"{_where(row)}there was no evidence that {what} changed {span}"
    verdict = f"{_where(row)}{what} {direction(row.estimate)} {span}{_meaning(row, contents)}"
    return verdict + _caveat(row)


def _between_drugs(row: EffectRow, sides: tuple[str, str], what: str) -> str:
    if row.evidence is Evidence.NONE:
        return f"There was no evidence that {what} differed between {sides[0]} and {sides[1]}"
    way = "lower" if row.estimate < 0 else "higher"
    return f"{what} was {way} with {sides[0]} than with {sides[1]}{_caveat(row)}"


def _interaction(row: EffectRow, question: Question, contents: Contents) -> str:
    before, after = times_of(row, question)
    what = f"the change in {response_label(row, contents)} from {before} to {after}"
    if row.evidence is Evidence.NONE:
        return f"There was no evidence that {what} differed between {_arms(row)}"
    return f"{names.sentence_case(what)} differed between {_arms(row)}{_caveat(row)}"


def _ancova(row: EffectRow, question: Question, contents: Contents) -> str:
    _, after = times_of(row, question)
    what = f"{response_label(row, contents)} at {after}"
    if row.evidence is Evidence.NONE:
        return (
            f"Adjusted for baseline, there was no evidence that {what} differed between "
            f"{_arms(row)}"
        )
    return f"Adjusted for baseline, {what} differed between {_arms(row)}{_caveat(row)}"


def _association(row: EffectRow, question: Question, contents: Contents) -> str:
    what = response_label(row, contents)
    scale = names.scale_label(row.outcome, contents.trial.scales)
    when = names.time_label(row.session)
    if row.kind == Kind.CHANGE_ASSOCIATION:
        pair = f"the change in {what} and the change in {scale}" + (f" at {when}" if when else "")
    else:
        point = row.contrast or (str(question.after[0]) if question.after else "")
        after = names.time_label(point) or "after treatment"
        pair = f"{what} at {after} and {scale}" + (f" at {when}" if when else "")
    if row.evidence is Evidence.NONE:
        return f"{_where(row)}there was no evidence of an association between {pair}"
    way = f"were {'positively' if row.estimate > 0 else 'negatively'} correlated"
    return f"{_where(row)}{pair} {way}{_caveat(row)}"


def _baseline(row: EffectRow, question: Question, contents: Contents) -> str:
    what = response_label(row, contents)
    if row.evidence is Evidence.NONE:
        return f"Before treatment there was no evidence that {what} differed between {_arms(row)}"
    return f"Before treatment {what} differed between {_arms(row)}{_caveat(row)}"


def _moderation(row: EffectRow, question: Question, contents: Contents) -> str:
    what = f"the change in {response_label(row, contents)}"
    brought = row.moderator.replace("_", " ")
    if row.contrast:
        whether = f"the arms differed in how {brought} went with {what}"
    else:
        way = "more positive" if row.estimate > 0 else "more negative"
        whether = (
            f"people with higher {brought} had a {way} change in {response_label(row, contents)}"
        )
    if row.evidence is Evidence.NONE:
        arms = " differently between the arms" if row.contrast else ""
        return f"{_where(row)}there was no evidence that {brought} went with {what}{arms}"
    return f"{_where(row)}{whether}{_caveat(row)}"


_FINDINGS = {
    Kind.CHANGE: _change,
    Kind.INTERACTION: _interaction,
    Kind.ANCOVA: _ancova,
    Kind.CHANGE_ASSOCIATION: _association,
    Kind.AFTER_ASSOCIATION: _association,
    Kind.BASELINE_GROUP: _baseline,
    Kind.MODERATION: _moderation,
}

_SYMBOLS = {
    Kind.CHANGE: "mean change",
    Kind.INTERACTION: "difference in change",
    Kind.ANCOVA: "adjusted difference",
    Kind.CHANGE_ASSOCIATION: "r =",
    Kind.AFTER_ASSOCIATION: "r =",
    Kind.BASELINE_GROUP: "difference",
    Kind.MODERATION: "change per SD",
}


def _symbol(row: EffectRow) -> str:
    if row.kind == Kind.CHANGE and row.sides is not None:
        return "mean difference"
    return _SYMBOLS[Kind(row.kind)]


def _where(row: EffectRow) -> str:
    return f"In the {row.arm} arm, " if row.arm and row.sides is None else ""


def _people(row: EffectRow) -> str:
    return f" (n = {row.n:.0f})" if math.isfinite(row.n) else ""


def _arms(row: EffectRow) -> str:
    if row.sides is None:
        return row.contrast or "the arms"
    one, other = row.sides
    return f"{one} and {other} ({one} {numbers.MINUS} {other})"


def _caveat(row: EffectRow) -> str:
    if row.evidence is Evidence.UNADJUSTED:
        return " before adjustment for the number of tests, but not after it"
    if row.evidence is Evidence.NOT_ADJUSTED:
        return " without any adjustment for the number of tests"
    return ""


def _meaning(row: EffectRow, contents: Contents) -> str:
    scale: Scale | None = contents.trial.scales.get(row.outcome) if not row.measure else None
    if scale is None:
        return ""
    better = (row.estimate < 0) == (scale.direction == "lower is better")
    return f" ({'an improvement' if better else 'a worsening'})"


def _test(row: EffectRow) -> str:
    df = numbers.degrees(row.df)
    text = f"t({df}) = {numbers.fixed(row.statistic)}"
    if row.kind == Kind.INTERACTION:
        text += f", the same test as F(1, {df}) = {numbers.fixed(row.statistic**2)}"
    return text


def _p_text(row: EffectRow) -> str:
    text = numbers.p_phrase(row.p)
    if not math.isnan(row.p_permutation):
        text += f" (by permutation {numbers.p_phrase(row.p_permutation)})"
    return text


def _adjusted(row: EffectRow, family: Family) -> list[str]:
    if family.size < 2 or family.correction == "none":
        return []
    if math.isnan(row.p_adjusted):
        return [f"not adjusted for the {family.size:,} tests"]
    return [f"{numbers.p_phrase(row.p_adjusted, 'adjusted p')} over {family.size:,} tests"]


def _size(row: EffectRow) -> list[str]:
    if row.is_association or math.isnan(row.effect_size):
        return []
    label = names.effect_size_label(row.effect_size_kind)
    return [f"{label} = {numbers.fixed(row.effect_size)}"]


def is_clear(p: float) -> bool:
    """Return whether p is below the conventional .05; NaN is not."""
    return p < ALPHA
