"""What is drawn of a map of a change: its regions, and everybody's own slopes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rewire.effects.answering import Asking, KindTable
from rewire.maps.contrasts import Contrast
from rewire.maps.holding import Held
from rewire.numerics.linear import TermModel
from rewire.numerics.welch import WelchModel

TOLD = ("question", "measure", "session", "acquisition", "arm", "contrast")
"""Columns that say which test a row is about."""
MAP_COLUMNS: tuple[str, ...] = (*TOLD, "region", "network", "estimate", "used")
"""One row a region: the group's estimate, and whether the region is held against annotations."""
PEOPLE_COLUMNS: tuple[str, ...] = (*TOLD, "map", "participant_id", "group", "slope")
"""One row a participant and map: their own slope of the change, before any adjustment; ``group`` is
their arm where arms are compared."""


def told(asking: Asking, contrast: Contrast) -> dict[str, str]:
    """Return the columns that say which test a row is about."""
    labels = contrast.slopes.labels
    return {
        "question": asking.question.name,
        "measure": contrast.slopes.response.measure,
        "session": labels.session,
        "acquisition": labels.acquisition,
        "arm": labels.arm,
        "contrast": labels.contrast,
    }


def describe_maps(asking: Asking, held: Held) -> KindTable:
    """Return the map of a test, region by region."""
    contrast = held.contrast
    frame = pd.DataFrame(
        {
            "region": contrast.atlas.regions,
            "network": contrast.atlas.network,
            "estimate": contrast.estimates,
            "used": np.where(held.nulls.used, "yes", "no"),
        }
    ).assign(**told(asking, contrast))
    about = "The map of each change that annotations are held against."
    return KindTable("annotation_maps", about, frame[list(MAP_COLUMNS)])


def describe_people(asking: Asking, held: Held) -> KindTable:
    """Return each participant's own slope on each annotation."""
    contrast = held.contrast
    model, response = contrast.slopes.model, contrast.slopes.response
    values = np.asarray(model.response)
    groups = np.full(len(values), "", dtype=object)
    term = None
    if isinstance(model, WelchModel):
        term = model.group
    elif isinstance(model, TermModel) and model.role == "group":
        term = model.term
    if term is not None:
        first, _, second = contrast.slopes.labels.contrast.partition(" - ")
        groups = np.where(term == 1.0, first, np.where(term == 0.0, second, "")).astype(object)
    rows, cells = np.nonzero(model.valid)
    names = np.array(held.matched.names, dtype=object)
    frame = pd.DataFrame(
        {
            "map": names[cells],
            "participant_id": np.array(response.people, dtype=object)[rows],
            "group": groups[rows],
            "slope": values[rows, cells],
        }
    ).assign(**told(asking, contrast))
    about = "Each participant's own slope of the change on each annotation."
    return KindTable("annotation_people", about, frame[list(PEOPLE_COLUMNS)])
