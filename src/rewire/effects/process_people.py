"""Every participant behind a cell of drug and context, or behind a slope."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rewire.effects.answering import Asking
from rewire.effects.process_design import Factor, Panel
from rewire.effects.process_factors import FactorFit
from rewire.effects.process_slopes import Moderation
from rewire.effects.tables import Piece


def people_of_factors(asking: Asking, found: FactorFit) -> Iterator[Piece]:
    """Return the people in the model of a response with a single cell, and their context."""
    if len(found.panel.response.places) > 1:
        return
    context = found.layout.context
    used = found.fit.used[:, 0]
    levels = np.array([*context.levels, ""], dtype=object)[context.codes]
    yield {
        **_shared(asking, found.panel, found.layout.drug, used),
        "factor": context.name,
        "context_level": levels[used],
    }


def people_of_moderation(asking: Asking, found: Moderation) -> Iterator[Piece]:
    """Return the people in the model of a response with a single cell, and their moderator."""
    if len(found.panel.response.places) > 1:
        return
    used = found.fit.used[:, 0]
    yield {
        **_shared(asking, found.panel, found.drug, used),
        "factor": found.name,
        "value": found.x[used],
    }


def _shared(
    asking: Asking, panel: Panel, drug: Factor, used: npt.NDArray[np.bool_]
) -> dict[str, npt.NDArray[np.generic] | str]:
    people = np.array(asking.cohort.people, dtype=object)
    nothing = np.full(panel.after.shape, np.nan)
    before = panel.before if panel.before is not None else nothing
    return {
        "question": asking.question.name,
        "measure": panel.response.measure,
        "outcome": panel.response.outcome,
        "session": panel.session,
        "participant_id": people[used],
        "drug_level": np.array([*drug.levels, ""], dtype=object)[drug.codes][used],
        "before": before[used, 0],
        "after": panel.after[used, 0],
    }
