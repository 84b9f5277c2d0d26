"""The plan of a blind run that nobody wrote: measures and questions in words that any trial has."""

from __future__ import annotations

from collections.abc import Mapping

from rewire.core.questions import DesignKind, Kind
from rewire.core.registry import MeasureSpec, quantity_label
from rewire.core.types import Trial
from rewire.plan.draft import QUESTION_TEXTS, Scope, measures_of, quantities_of, slug
from rewire.plan.model import Plan
from rewire.plan.parts import MeasureChoice
from rewire.plan.question import QuestionDraft

_DESIGNS: dict[Kind, tuple[DesignKind, ...]] = {
    Kind.ANCOVA: ("parallel",),
    Kind.INTERACTION: ("parallel", "crossover"),
    Kind.CHANGE: ("single arm", "parallel", "crossover"),
    Kind.CHANGE_ASSOCIATION: ("single arm", "parallel", "crossover"),
}
_NOTE = "Drafted blind: which sessions, arms and scales are meant was left to the trial's tables."


def draft_blind(trial: Trial, specs: Mapping[str, MeasureSpec], scope: Scope = "usual") -> Plan:
    """Write a plan from the scans alone.

    Parameters
    ----------
    trial
        Its scans say what can be measured; it has no arms and no scores.
    specs
        The registered measures.
    scope
        As for :func:`rewire.plan.draft.draft_plan`.

    Returns
    -------
    Plan
        Every question is exploratory and speaks of roles (``@baseline``), which are bound when
        the arms are joined.
    """
    measures = measures_of(trial, specs, scope)
    questions = [
        QuestionDraft(
            name=f"{slug(quantity)}_{kind.value}",
            text=QUESTION_TEXTS[kind].format(what=quantity_label(quantity)),
            kind=kind,
            measures=(quantity,),
            outcomes=("@outcome",) if "association" in kind.value else (),
            designs=designs,
        )
        for quantity in quantities_of(trial, specs, measures, scope)
        for kind, designs in _DESIGNS.items()
    ]
    questions += [
        QuestionDraft(
            name=f"scores_{kind.value}",
            text=QUESTION_TEXTS[kind].format(what="the scores"),
            kind=kind,
            outcomes=("@outcome",),
            after=("@outcome_sessions",),
            designs=_DESIGNS[kind],
        )
        for kind in (Kind.INTERACTION, Kind.CHANGE)
    ]
    return Plan(
        name="Draft of a blind run",
        author="draft",
        notes=(_NOTE,),
        measures=tuple(MeasureChoice(name=m) for m in measures),
        questions=tuple(questions),
    )
