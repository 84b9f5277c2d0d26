"""Small trials held in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.schema import SCORE_COLUMNS, SESSION_COLUMNS, TABULATED_COLUMNS
from rewire.core.types import Measurement, Scan, ScanRecord, Trial

MakeTrial = Callable[..., Trial]
MakeMeasurement = Callable[..., Measurement]


def _never(record: ScanRecord) -> Scan:
    raise NotImplementedError


@pytest.fixture
def make_trial() -> MakeTrial:
    """Return a builder: participants' columns, scores by scale and session, drugs by session."""

    def build(
        participants: Mapping[str, Sequence[object]],
        scores: Mapping[tuple[str, str], Sequence[float]] | None = None,
        drugs: Mapping[str, str] | None = None,
    ) -> Trial:
        table = pd.DataFrame(dict(participants))
        n = len(next(iter(participants.values())))
        people = [f"sub-{i:02d}" for i in range(n)]
        table.insert(0, "participant_id", people)
        given = drugs or {}
        names = list(dict.fromkeys([*given, *(s for _, s in scores or {})])) or ["ses-a", "ses-b"]
        sessions = pd.DataFrame(
            [
                (p, s, float(i), "", given.get(s, ""), np.nan, "", "", np.nan)
                for p in people
                for i, s in enumerate(names)
            ],
            columns=list(SESSION_COLUMNS),
        )
        rows = [
            (p, session, scale, value, scale)
            for (scale, session), values in (scores or {}).items()
            for p, value in zip(people, values, strict=True)
        ]
        return Trial(
            "test",
            table,
            sessions,
            pd.DataFrame(rows, columns=list(SCORE_COLUMNS)),
            pd.DataFrame(columns=list(TABULATED_COLUMNS)),
            (),
            {},
            {},
            _never,
        )

    return build


@pytest.fixture
def make_measurement() -> MakeMeasurement:
    """Return a builder: values by (session, acquisition), each (people, *dims)."""

    def build(
        name: str,
        values: Mapping[tuple[str, str], np.ndarray],
        dims: Mapping[str, Sequence[object]] | None = None,
        change: bool = False,
    ) -> Measurement:
        dims = dims or {}
        stacked = np.concatenate([np.asarray(v, dtype=float) for v in values.values()])
        n = len(next(iter(values.values())))
        people = [f"sub-{i:02d}" for i in range(n)]
        data = xr.Dataset(
            {
                "value": (("scan", *dims), stacked),
                "status": (("scan", *dims), np.where(np.isfinite(stacked), "ok", "undefined")),
            },
            coords={
                "participant_id": ("scan", people * len(values)),
                "session_id": ("scan", np.repeat([s for s, _ in values], n)),
                "acquisition": ("scan", np.repeat([a for _, a in values], n)),
                "run": ("scan", np.full(n * len(values), "")),
                **{d: list(labels) for d, labels in dims.items()},
            },
        )
        return Measurement(name, "1", "test", data, change, "test")

    return build
