"""Regression to the mean: baseline against change beside what coupling alone predicts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rewire.core.schema import BASELINE_CHANGE_COLUMNS
from rewire.core.types import FloatArray
from rewire.effects.asked import AskedTest
from rewire.effects.inference import place_columns
from rewire.effects.reliability import RetestPair
from rewire.effects.tables import Piece, stack
from rewire.numerics.association import correlate_columns
from rewire.numerics.coupling import baseline_against_change

_TEXT = ("question", "measure", "outcome", "session", "arm", "region", "level", "retest_source",
         "status")  # fmt: skip


def baseline_change(test: AskedTest, retest: RetestPair | None, confidence: float) -> Piece | None:
    """Correlate baseline with change in each cell of a test of change.

    Parameters
    ----------
    test
        A test of change within an arm; None comes back for any other.
    retest
        Scans without treatment between them, which give the retest correlation; None takes the
        correlation of before with after in the arm itself.
    confidence
        Level of the interval.
    """
    if test.pair is None:
        return None
    before, after = test.pair
    known = None
    if retest is not None:
        known = correlate_columns(retest.first, retest.second).estimate
    found = baseline_against_change(before, after, known, confidence)
    used = found.own_retest_r if known is None else np.where(np.isfinite(known), known, np.nan)
    used = np.where(np.isfinite(used), used, found.own_retest_r)
    return {
        "question": test.question.name,
        "measure": test.response.measure,
        "outcome": test.response.outcome,
        "session": test.labels.session,
        "arm": test.labels.arm or test.labels.contrast,
        "region": np.array([p.label for p in test.response.places], dtype=object),
        **place_columns(test.response, ("level",)),
        "n": found.observed.n,
        "r": found.observed.estimate,
        "ci_low": found.observed.ci_low,
        "ci_high": found.observed.ci_high,
        "p": found.observed.p,
        "retest_r": used,
        "retest_source": _sources(known, retest),
        "expected_r": found.expected_r,
        "oldham_r": found.oldham.estimate,
        "oldham_p": found.oldham.p,
        "status": found.observed.status,
    }


def baseline_change_table(pieces: Sequence[Piece]) -> pd.DataFrame:
    """Return pieces as the table of baseline against change.

    ``region`` holds the place in the brain, ``A - B`` for a pair of regions or networks.
    """
    return stack(pieces, BASELINE_CHANGE_COLUMNS, _TEXT)


def _sources(known: FloatArray | None, retest: RetestPair | None) -> str | np.ndarray:
    own = "the arm's own before and after"
    if known is None or retest is None:
        return own
    return np.where(np.isfinite(known), f"untreated, {retest.label}", own).astype(object)
