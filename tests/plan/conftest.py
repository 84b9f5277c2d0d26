"""Small trials in memory, for binding plans."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from rewire.core.scales import find_scale
from rewire.core.schema import SESSION_COLUMNS
from rewire.core.types import Scan, ScanRecord, Trial

Sessions = list[tuple[str, str, str, float]]
MakeTrial = Callable[..., Trial]


def _no_scans(record: ScanRecord) -> Scan:
    raise AssertionError(record)


@pytest.fixture
def make_trial() -> MakeTrial:
    """Build a trial from arms, sessions as (id, phase, drug, days), scales and measures."""

    def build(
        arms: dict[str, str],
        sessions: Sessions,
        scores: dict[str, list[str]],
        measures: list[str],
        tables: tuple[str, ...] = ("",),
    ) -> Trial:
        rows = [
            (p, s, i, phase, drug, np.nan, "", "", days)
            for p in arms
            for i, (s, phase, drug, days) in enumerate(sessions)
        ]
        score_rows = [
            (p, s, scale, 10.0 + i, table or scale)
            for i, p in enumerate(arms)
            for scale, at in scores.items()
            for s in at
            for table in tables
        ]
        measured = [
            (p, s, "modularity_q_norm", 1.0 + i, "modularity", False)
            for i, p in enumerate(arms)
            for s in measures
        ]
        return Trial(
            name="made up",
            participants=pd.DataFrame({"participant_id": list(arms), "arm": list(arms.values())}),
            sessions=pd.DataFrame(rows, columns=list(SESSION_COLUMNS)),
            scores=pd.DataFrame(
                score_rows, columns=["participant_id", "session_id", "scale", "value", "table"]
            ),
            tabulated=pd.DataFrame(
                measured,
                columns=["participant_id", "session_id", "measure", "value", "table", "change"],
            ).astype({"change": bool}),
            scans=(),
            atlases={},
            scales={s: scale for s in scores if (scale := find_scale(s))},
            load=_no_scans,
        )

    return build


@pytest.fixture
def parallel(make_trial: MakeTrial) -> Trial:
    """Four people, two arms, a measure at baseline and week 6, BDI at four sessions."""
    return make_trial(
        {"sub-1": "drug", "sub-2": "drug", "sub-3": "placebo", "sub-4": "placebo"},
        [
            ("ses-baseline", "", "", -7.0),
            ("ses-week2", "", "", 14.0),
            ("ses-week6", "", "", 42.0),
            ("ses-month6", "", "", 180.0),
        ],
        {"bdi": ["ses-baseline", "ses-week2", "ses-week6", "ses-month6"]},
        ["ses-baseline", "ses-week6"],
    )
