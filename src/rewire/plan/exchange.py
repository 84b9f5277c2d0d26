"""What a plan asks of relabelling that a trial cannot give."""

from __future__ import annotations

from collections.abc import Mapping, Set

import pandas as pd

from rewire.core.questions import NETWORK_CORRECTIONS, Design
from rewire.core.registry import MeasureSpec
from rewire.core.types import Trial
from rewire.plan.question import QuestionDraft


def exchange_faults(column: str, trial: Trial, design: Design) -> list[str]:
    """Return why people cannot be exchanged within the values of a column; empty if they can.

    Parameters
    ----------
    column
        Of ``participants``; empty where all people are exchanged with each other.
    trial
        As read.
    design
        In a parallel design each value must hold people of two arms.
    """
    if not column:
        return []
    table = trial.participants
    if column not in table or column == "participant_id":
        held = ", ".join(sorted(str(c) for c in table if c != "participant_id")) or "none"
        return [
            f"inference: exchange_within names no column of participants.tsv '{column}'; "
            f"there are {held}."
        ]
    unknown = table.loc[_unknown(table[column]), "participant_id"]
    faults = [
        f"inference: exchange_within = '{column}', which is not known of "
        f"{', '.join(map(str, unknown[:5]))}{' and others' if len(unknown) > 5 else ''}."
    ] * bool(len(unknown))
    known = table[~_unknown(table[column])]
    arm = known[design.factor].astype(str) if _has_arms(design, known) else None
    for value, people in known.groupby(known[column].astype(str)):
        if len(people) == 1:
            faults.append(
                f"inference: exchange_within = '{column}': '{value}' has one participant, who "
                "can be exchanged with nobody."
            )
        elif arm is not None and arm[people.index].nunique() == 1:
            faults.append(
                f"inference: exchange_within = '{column}': all of '{value}' are in one arm, so "
                "that no labels can be exchanged."
            )
    return faults


def _unknown(values: pd.Series) -> pd.Series:
    return values.isna() | (values.astype(str) == "")


def _has_arms(design: Design, table: pd.DataFrame) -> bool:
    return design.kind == "parallel" and design.factor in table


def not_of_edges(
    draft: QuestionDraft, quantities: Set[str], specs: Mapping[str, MeasureSpec]
) -> list[str]:
    """Return why a question about networks of edges is not about edges; empty if it is.

    Parameters
    ----------
    draft
        As written.
    quantities
        What the trial or the plan's measures give.
    specs
        The registered measures.
    """
    if draft.correction not in NETWORK_CORRECTIONS:
        return []
    edges = {
        q.name
        for spec in specs.values()
        for q in spec.gives
        if {"region", "region2"} <= set(q.dims)
    }
    others = [m for m in draft.measures if m in quantities and m not in edges]
    if draft.measures and not others:
        return []
    what = f"{', '.join(others)} is not measured" if others else "scores are not measured"
    return [f"correction = '{draft.correction}' is about edges, and {what} between regions"]
