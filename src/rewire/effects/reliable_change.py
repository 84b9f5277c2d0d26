"""How many people changed by more than their measurements err."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rewire.core.questions import Design, Question
from rewire.core.schedule import RunRule
from rewire.core.types import FloatArray, Measurement, Measurements, Timepoint, Trial
from rewire.effects.design import Cohort, form_cohort
from rewire.effects.inference import place_columns
from rewire.effects.reliability import (
    asked_about,
    everybody,
    few_cells,
    repeated_runs,
    retest_pairs,
)
from rewire.effects.responses import Response, measure_response
from rewire.effects.tables import Piece, stack
from rewire.numerics.agreement import intraclass

RELIABLE_CHANGE_COLUMNS: tuple[str, ...] = (
    "measure",
    "region",
    "network",
    "network2",
    "state",
    "level",
    "session",
    "acquisition",
    "arm",
    "pairs",
    "n",
    "minimal_detectable_change",
    "rose",
    "fell",
    "expected",
    "status",
)
"""People with reliable change, one row an arm and cell: how many of ``n`` ``rose`` or ``fell`` by
more than the minimal detectable change, and how many would be ``expected`` to by retest error
alone; ``pairs`` says which untreated scans that error is from."""

_PLACES = ("region", "network", "network2", "state", "level")
_TEXT = ("measure", *_PLACES, "session", "acquisition", "arm", "pairs", "status")


def reliable_change_table(
    trial: Trial,
    measurements: Measurements,
    questions: Sequence[Question],
    design: Design,
    confidence: float,
    runs: RunRule | None = None,
) -> pd.DataFrame:
    """Count the people of each arm who changed beyond the minimal detectable change.

    A minimal detectable change is about one person: people are counted, and no mean is held
    against it.

    Parameters
    ----------
    trial, measurements
        What was recorded and measured.
    questions
        Their time points say what change is from and to.
    design
        How people were allotted.
    confidence
        Level of the minimal detectable change.
    runs
        What stands for several runs of a session.

    Returns
    -------
    pandas.DataFrame
        Columns of :data:`RELIABLE_CHANGE_COLUMNS`; empty where nobody untreated was scanned
        twice. Scans as far apart as the treated ones are used before runs of one session, whose
        error lacks what varies from day to day.
    """
    pieces: list[Piece] = []
    for name, measurement in measurements.items():
        asked = asked_about(name, questions)
        if asked is None or measurement.change or not few_cells(measurement):
            continue
        cohort = form_cohort(trial, everybody(asked), design)
        response = measure_response(measurement, cohort.people, runs)
        for after in asked.after:
            error = _error(measurement, response, cohort, (asked.before, after))
            if error is None:
                continue
            for arm in _arms(cohort, asked.before, after):
                change = _change(response, cohort, arm, (asked.before, after))
                if np.isfinite(change).any():
                    labels = {
                        "measure": name,
                        "session": after.session,
                        "acquisition": after.acquisition,
                        "arm": arm,
                        "pairs": error[0],
                    }
                    pieces.append({**labels, **_count(response, change, error[1], confidence)})
    return stack(pieces, RELIABLE_CHANGE_COLUMNS, _TEXT)


def _error(
    measurement: Measurement,
    response: Response,
    cohort: Cohort,
    points: tuple[Timepoint, Timepoint],
) -> tuple[str, FloatArray] | None:
    """Return which untreated scans there are, the best first, and their values."""
    before, after = points
    pairs = retest_pairs(response, cohort, before, (after,))
    if pairs:
        return pairs[0].label, np.stack([pairs[0].first, pairs[0].second], axis=1)
    runs = repeated_runs(measurement, measure_response(measurement, cohort.people), cohort, before)
    return (runs[0].label, runs[0].values) if runs else None


def _arms(cohort: Cohort, before: Timepoint, after: Timepoint) -> tuple[str, ...]:
    """Return the arms; one without a name where a crossover's sessions are compared directly."""
    return ("",) if cohort.crossover and (before.session or after.session) else cohort.arms


def _change(
    response: Response, cohort: Cohort, arm: str, points: tuple[Timepoint, Timepoint]
) -> FloatArray:
    if not arm:
        return response.at(points[1]) - response.at(points[0])
    before, after = (cohort.values(response, point, arm) for point in points)
    return after - before


def _count(
    response: Response, change: FloatArray, untreated: FloatArray, confidence: float
) -> Piece:
    found = intraclass(untreated, confidence)
    limit = found.minimal_detectable_change
    n = np.isfinite(change).sum(axis=0)
    known = np.isfinite(limit)
    above = np.where(known, limit, np.inf)
    return {
        **place_columns(response, _PLACES),
        "n": n,
        "minimal_detectable_change": limit,
        "rose": np.where(known, (change > above).sum(axis=0), np.nan),
        "fell": np.where(known, (change < -above).sum(axis=0), np.nan),
        "expected": np.where(known, (1.0 - confidence) * n, np.nan),
        "status": found.status,
    }
