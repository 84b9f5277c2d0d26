"""How far a measure follows how much people moved."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.schema import SCAN_COLUMNS
from rewire.core.types import FloatArray, Measurement, Measurements
from rewire.effects.inference import place_columns
from rewire.effects.reliability import few_cells
from rewire.effects.responses import Response, measure_response
from rewire.effects.tables import Piece, stack
from rewire.numerics.association import correlate_columns
from rewire.numerics.estimates import Estimates
from rewire.numerics.repeated_correlation import correlate_within

MOTION_COLUMNS: tuple[str, ...] = (
    "measure",
    "region",
    "network",
    "network2",
    "state",
    "level",
    "over",
    "n",
    "r",
    "ci_low",
    "ci_high",
    "status",
)
"""Correlation with mean framewise displacement, three rows a cell. ``over`` is ``scans`` (each
counts; without an interval where a person has several, since those are not independent),
``people`` (their means) or ``within people`` (differences between people taken out)."""

_PLACES = ("region", "network", "network2", "state", "level")
_TEXT = ("measure", *_PLACES, "over", "status")
_MOTION = "mean_framewise_displacement"


def motion_table(
    measurements: Measurements, quality: pd.DataFrame, confidence: float = 0.95
) -> pd.DataFrame:
    """Correlate each quantity and cell with mean framewise displacement.

    Nothing is held constant. A change that follows motion within people can pass for an effect
    of treatment wherever treatment changes how still people lie.

    Parameters
    ----------
    measurements
        What was measured; tables of changes are left out.
    quality
        Columns of :data:`rewire.core.schema.QUALITY_COLUMNS`.
    confidence
        Level of the intervals, exact under bivariate normality.

    Returns
    -------
    pandas.DataFrame
        Columns of :data:`MOTION_COLUMNS`; empty where no motion is known.
    """
    moved = _by_scan(quality)
    pieces: list[Piece] = []
    for measurement in measurements.values():
        if measurement.change or not few_cells(measurement) or not moved:
            continue
        names = measurement.data["participant_id"].to_numpy().astype(str)
        response = measure_response(measurement, list(dict.fromkeys(names.tolist())))
        motion = np.array([moved.get(scan, np.nan) for scan in _scans(measurement)])
        if np.isfinite(motion).any():
            pieces += _rows(response, motion, confidence)
    return stack(pieces, MOTION_COLUMNS, _TEXT)


def _by_scan(quality: pd.DataFrame) -> dict[tuple[str, ...], float]:
    rows = quality[(quality["kind"] == "bold") & quality[_MOTION].notna()]
    keys = zip(*(rows[column].astype(str) for column in SCAN_COLUMNS), strict=True)
    return dict(zip(keys, rows[_MOTION].astype(float).tolist(), strict=True))


def _scans(measurement: Measurement) -> list[tuple[str, ...]]:
    columns = [measurement.data[c].to_numpy().astype(str).tolist() for c in SCAN_COLUMNS]
    return list(zip(*columns, strict=True))


def _rows(response: Response, motion: FloatArray, confidence: float) -> list[Piece]:
    spread = np.repeat(motion[:, None], response.values.shape[1], axis=1)
    scans = correlate_columns(spread, response.values, confidence=confidence)
    known = np.isfinite(motion)
    if len(set(response.person[known].tolist())) < known.sum():
        scans.ci_low[:], scans.ci_high[:] = np.nan, np.nan
    both = np.isfinite(spread) & np.isfinite(response.values)
    x, y = (_means(np.where(both, v, np.nan), response) for v in (spread, response.values))
    people = correlate_columns(x, y, confidence=confidence)
    within = correlate_within(motion, response.values, response.person, confidence)
    found = {"scans": scans, "people": people, "within people": within}
    return [_piece(response, over, estimates) for over, estimates in found.items()]


def _means(values: FloatArray, response: Response) -> FloatArray:
    shape = (len(response.people), values.shape[1])
    total, count = np.zeros(shape), np.zeros(shape)
    known: npt.NDArray[np.bool_] = np.isfinite(values)
    np.add.at(total, response.person, np.where(known, values, 0.0))
    np.add.at(count, response.person, known)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def _piece(response: Response, over: str, found: Estimates) -> Piece:
    return {
        "measure": response.measure,
        "over": over,
        **place_columns(response, _PLACES),
        "n": found.n,
        "r": found.estimate,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "status": found.status,
    }
