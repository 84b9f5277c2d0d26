"""One test in one sentence: what was found, the numbers behind it, and no claim beyond them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from rewire.core.questions import Kind, Question
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.kinds import wording
from rewire.report.phrases import people_of, response_label, where
from rewire.report.rows import ALPHA, EffectRow, Evidence


@dataclass(frozen=True, slots=True)
class Family:
    """The tests over which a question's p values are adjusted."""

    size: int
    correction: str


def family_of(question: Question, rows: tuple[EffectRow, ...]) -> Family:
    """Return the family of a question: its rows with a p value that are adjusted together."""
    tested = [r for r in rows if not math.isnan(r.p)]
    own = Counter(wording(row.kind).family(row) for row in tested)
    return Family(max(own.values(), default=0), question.correction)


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
        text = f"{where(row)}{what} {verdict}: {reason}{people_of(row)}."
        return lead + names.sentence_case(text)
    finding = wording(row.kind).finding(row, question, contents)
    return f"{lead}{names.sentence_case(finding)}: {figures_of(row, contents, family)}."


def bounded(row: EffectRow) -> bool:
    """Return whether the estimate lies between -1 and 1, as a correlation does."""
    return wording(row.kind).estimate == "bounded"


def figures_of(row: EffectRow, contents: Contents, family: Family) -> str:
    """Return the numbers behind a finding: estimate, interval, test, p, n and effect size."""
    percent = f"{contents.inference.confidence * 100:g}%"
    places = 2 if bounded(row) else numbers.decimals_for(row.ci_high - row.ci_low)
    write = numbers.unit_bound if bounded(row) else numbers.fixed
    between = numbers.interval(row.ci_low, row.ci_high, bounded=bounded(row), decimals=places)
    told = not (math.isnan(row.ci_low) and math.isnan(row.ci_high))
    interval = f" ({percent} CI {between})" if told else ""
    parts = [f"{_symbol(row)} {write(row.estimate, places)}{interval}"]
    parts += [_test(row)] if math.isfinite(row.statistic) and not bounded(row) else []
    parts += [_p_text(row), *_adjusted(row, family)]
    parts += [f"n = {row.n:.0f}"] if math.isfinite(row.n) else []
    parts += _size(row)
    parts += ["singular fit"] if row.method.endswith("; singular") else []
    if row.alternative not in ("", "two-sided"):
        parts.append(f"one-sided test ({row.alternative})")
    return ", ".join(parts)


def _symbol(row: EffectRow) -> str:
    if row.kind == Kind.CHANGE and row.sides is not None:
        return "mean difference"
    ranked = {"rho": "Spearman's rho =", "skipped rho": "skipped rho ="}
    symbol = wording(row.kind).symbol.replace("{size}", row.effect_size_kind)
    return ranked.get(row.effect_size_kind, symbol)


def _test(row: EffectRow) -> str:
    df = numbers.degrees(row.df)
    text = f"t({df}) = {numbers.fixed(row.statistic)}"
    if row.kind == Kind.INTERACTION:
        text += f", the same test as F(1, {df}) = {numbers.fixed(row.statistic**2)}"
    return text


def _p_text(row: EffectRow) -> str:
    text = numbers.p_phrase(row.p)
    if row.p == row.p_permutation:
        return f"{text} by permutation"
    if not math.isnan(row.p_permutation):
        text += f" ({wording(row.kind).beside} {numbers.p_phrase(row.p_permutation)})"
    return text


def _adjusted(row: EffectRow, family: Family) -> list[str]:
    if family.size < 2 or family.correction == "none":
        return []
    if math.isnan(row.p_adjusted):
        return [f"not adjusted for the {family.size:,} tests"]
    if family.correction == "nbs":
        return _component_p(row, family)
    return [f"{numbers.p_phrase(row.p_adjusted, 'adjusted p')} over {family.size:,} tests"]


def _component_p(row: EffectRow, family: Family) -> list[str]:
    """Say that a p is about the component that an edge is in, and not about the edge."""
    if row.p_adjusted == 1.0:
        return [f"in no component that is large among {family.size:,} edges"]
    told = numbers.p_phrase(row.p_adjusted, "p of its component")
    return [f"{told} among {family.size:,} edges, which is about the component and not this edge"]


def _size(row: EffectRow) -> list[str]:
    if bounded(row) or math.isnan(row.effect_size):
        return []
    label = names.effect_size_label(row.effect_size_kind)
    return [f"{label} = {numbers.fixed(row.effect_size)}"]


def is_clear(p: float) -> bool:
    """Return whether p is below the conventional .05; NaN is not."""
    return p < ALPHA
