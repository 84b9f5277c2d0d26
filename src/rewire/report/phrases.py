"""Fragments of sentences that the kinds of question share."""

from __future__ import annotations

import math

from rewire.core.questions import Question
from rewire.core.scales import Scale
from rewire.core.types import Timepoint
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.rows import EffectRow, Evidence


def response_label(row: EffectRow, contents: Contents) -> str:
    """Return what the row's response is called, with its level and its place."""
    if row.measure:
        label = names.measure_label(row.measure)
    else:
        label = names.scale_label(row.outcome, contents.trial.scales)
    label += f" ({names.level_label(row.level)})" if row.level else ""
    return f"{label}, {row.place}" if row.place else label


def direction(estimate: float) -> str:
    """Return the past tense of what a change did."""
    return "fell" if estimate < 0 else "rose"


def times_of(row: EffectRow, question: Question) -> tuple[str, str]:
    """Return the labels of the time points before and after that a row compares."""
    before = question.outcome_before if not row.measure else ""
    after = str(Timepoint(row.session, row.acquisition)) if not row.is_association else ""
    after = after or (str(question.after[0]) if question.after else "")
    return names.time_label(before or str(question.before)), names.time_label(after)


def where(row: EffectRow) -> str:
    """Return the arm as the beginning of a sentence; empty where arms are compared."""
    return f"In the {row.arm} arm, " if row.arm and row.sides is None else ""


def people_of(row: EffectRow) -> str:
    """Return the number of people in brackets; empty where it is not known."""
    return f" (n = {row.n:.0f})" if math.isfinite(row.n) else ""


def arms_of(row: EffectRow) -> str:
    """Return the two arms compared and which was taken from which."""
    if row.sides is None:
        return row.contrast or "the arms"
    one, other = row.sides
    return f"{one} and {other} ({one} {numbers.MINUS} {other})"


def caveat(row: EffectRow) -> str:
    """Return what a p below .05 does not survive, as the end of a sentence."""
    if row.evidence is Evidence.UNADJUSTED:
        return " before adjustment for the number of tests, but not after it"
    if row.evidence is Evidence.NOT_ADJUSTED:
        return " without any adjustment for the number of tests"
    return ""


def meaning(row: EffectRow, contents: Contents) -> str:
    """Return whether a change of a score is for the better, in brackets; empty for a measure."""
    scale: Scale | None = contents.trial.scales.get(row.outcome) if not row.measure else None
    if scale is None:
        return ""
    better = (row.estimate < 0) == (scale.direction == "lower is better")
    return f" ({'an improvement' if better else 'a worsening'})"
