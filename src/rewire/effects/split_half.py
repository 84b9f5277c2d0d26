"""How far one half of a scan says what the other half says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.types import Measurement, Measurements
from rewire.effects.inference import place_columns
from rewire.effects.reliability import few_cells
from rewire.effects.responses import Response, measure_response
from rewire.effects.tables import Piece, stack
from rewire.numerics.agreement import intraclass, split_half

SPLIT_HALF_COLUMNS: tuple[str, ...] = (
    "measure",
    "region",
    "network",
    "network2",
    "state",
    "level",
    "session",
    "acquisition",
    "n",
    "r",
    "r_low",
    "r_high",
    "reliability",
    "reliability_low",
    "reliability_high",
    "icc21",
    "icc21_low",
    "icc21_high",
    "status",
)
"""Split-half reliability, one row a cell and time point, over one scan of each person: ``r`` and
``icc21`` compare the halves, ``reliability`` is that of the whole scan by Spearman and Brown."""

_PLACES = ("region", "network", "network2", "state", "level")
_TEXT = ("measure", *_PLACES, "session", "acquisition", "status")


def split_half_table(
    first: Measurements, second: Measurements, confidence: float = 0.95
) -> pd.DataFrame:
    """Return split-half reliability of each quantity and cell at each time point.

    Parameters
    ----------
    first, second
        The same quantities of both halves of the same scans.
    confidence
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        Columns of :data:`SPLIT_HALF_COLUMNS`. Each person counts once at a time point, with the
        first run, so that the intervals hold; treated or not does not matter, since both halves
        are of one scan. Empty where there are no halves.
    """
    pieces: list[Piece] = []
    for name in (n for n in first if n in second and few_cells(first[n])):
        one, other = _response(first[name]), _response(second[name])
        if one.places != other.places:
            continue
        for session, acquisition, rows in _one_scan_each(first[name], one):
            a, b = one.values[rows], other.values[rows]
            if np.isfinite(a).any() and np.isfinite(b).any():
                labels = {"measure": name, "session": session, "acquisition": acquisition}
                pieces.append({**labels, **_agreement(one, a, b, confidence)})
    return stack(pieces, SPLIT_HALF_COLUMNS, _TEXT)


def _response(measurement: Measurement) -> Response:
    people = dict.fromkeys(measurement.data["participant_id"].to_numpy().astype(str).tolist())
    return measure_response(measurement, list(people))


def _one_scan_each(
    measurement: Measurement, response: Response
) -> Iterator[tuple[str, str, npt.NDArray[np.int64]]]:
    """Yield each session and acquisition with the records of everybody's first run."""
    run = measurement.data["run"].to_numpy().astype(str)
    moments = zip(response.session.tolist(), response.acquisition.tolist(), strict=True)
    for session, acquisition in dict.fromkeys(moments):
        here = (response.session == session) & (response.acquisition == acquisition)
        rows = np.flatnonzero(here)
        rows = rows[np.argsort(run[rows], kind="stable")]
        _, earliest = np.unique(response.person[rows], return_index=True)
        yield session, acquisition, np.asarray(rows[earliest], dtype=np.int64)


def _agreement(
    response: Response,
    first: npt.NDArray[np.float64],
    second: npt.NDArray[np.float64],
    confidence: float,
) -> Piece:
    found = split_half(first, second, confidence)
    absolute = intraclass(np.stack([first, second], axis=1), confidence)
    return {
        **place_columns(response, _PLACES),
        "n": found.n,
        "r": found.r,
        "r_low": found.r_low,
        "r_high": found.r_high,
        "reliability": found.reliability,
        "reliability_low": found.reliability_low,
        "reliability_high": found.reliability_high,
        "icc21": absolute.icc21,
        "icc21_low": absolute.icc21_low,
        "icc21_high": absolute.icc21_high,
        "status": found.status,
    }
