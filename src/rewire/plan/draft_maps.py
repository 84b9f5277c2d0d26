"""Drafted questions about maps, where a trial comes with any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rewire.core.questions import Design, Kind
from rewire.core.registry import quantity_label
from rewire.core.types import Trial
from rewire.plan.question import QuestionDraft

_REGIONAL = "global_brain_connectivity"
_FEWEST = 40


def map_questions(
    trial: Trial, design: Design, quantities: Sequence[str]
) -> tuple[QuestionDraft, ...]:
    """Return the questions that the trial's maps suggest of global brain connectivity.

    Parameters
    ----------
    trial
        Its ``maps`` hold annotations and expression.
    design
        With several arms genes are held against the difference between them.
    quantities
        What is measured.
    """
    if _REGIONAL not in quantities:
        return ()
    label = quantity_label(_REGIONAL)
    asked: list[dict[str, Any]] = []
    if trial.maps.annotations:
        asked.append(
            {
                "name": "receptors",
                "text": f"Does the change in {label} follow receptors or other maps?",
                "kind": Kind.ANNOTATION,
            }
        )
    if trial.maps.expression is not None:
        of = "change" if design.kind == "single arm" else "interaction"
        asked.append(
            {
                "name": "genes",
                "text": f"Which genes does the change in {label} follow?",
                "kind": Kind.GENES,
                "options": {"of": of},
            }
        )
    if asked and len(trial.participants) >= _FEWEST:
        asked.append(
            {
                "name": "groups",
                "text": "Do people fall into groups by the regional profile of their change?",
                "kind": Kind.STRATIFICATION,
                "outcomes": ("@outcome",),
            }
        )
    return tuple(QuestionDraft(measures=(_REGIONAL,), **question) for question in asked)
