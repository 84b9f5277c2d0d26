"""What the report says of definitions of coupling."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rewire.effects.coupling_agreement import AGREEMENT_COLUMNS
from rewire.report.coupling import coupling


def frame(*rows: tuple[str, str, float]) -> pd.DataFrame:
    full = [(one, other, 7, 7, 94, rho, 0.6, np.nan, "ok") for one, other, rho in rows]
    return pd.DataFrame(full, columns=list(AGREEMENT_COLUMNS))


def test_weak_agreement_is_counted_whichever_its_sign() -> None:
    told = coupling(
        frame(
            ("coupling_all", "coupling_all", np.nan),
            ("coupling_all", "coupling_connected", 0.18),
            ("coupling_all", "structural_decoupling", -0.73),
            ("coupling_connected", "structural_decoupling", -0.08),
        )
    )
    assert told is not None
    assert "In 2 of 3 pairs" in told.lines[1]
    assert told.table is not None
    assert told.table.total == 4


def test_one_definition_alone_is_said_to_be_alone() -> None:
    told = coupling(frame(("coupling_all", "coupling_all", np.nan)))
    assert told is not None
    assert told.lines[1].startswith("One definition alone")


def test_nothing_is_said_without_coupling() -> None:
    assert coupling(None) is None
    assert coupling(frame()) is None
