"""The effects table as typed rows, and what may be said of each."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any

import pandas as pd

from rewire.core.schema import EFFECT_TEXT
from rewire.report.suppression import WITHHELD

ALPHA = 0.05


class Evidence(Enum):
    """What a row lets a sentence claim."""

    CLEAR = "adjusted p below .05"
    UNADJUSTED = "p below .05 before adjustment alone"
    NOT_ADJUSTED = "p below .05, and no adjusted p is known"
    NONE = "p at or above .05"
    UNDEFINED = "no estimate"


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One row of the effects table; field for field the columns of the schema."""

    question: str
    kind: str
    measure: str
    outcome: str
    term: str
    moderator: str
    session: str
    arm: str
    contrast: str
    region: str
    region2: str
    network: str
    network2: str
    state: str
    acquisition: str
    level: str
    alternative: str
    n: float
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    effect_size: float
    effect_size_kind: str
    statistic: float
    df: float
    p: float
    p_permutation: float
    p_adjusted: float
    method: str
    status: str

    @property
    def response(self) -> str:
        """The measure, or the score where a score is the response."""
        return self.measure or self.outcome

    @property
    def place(self) -> str:
        """Where in the brain, an empty string for a quantity of the whole brain."""
        ends = [self.region or self.network, self.region2 or self.network2]
        joined = "\N{EN DASH}".join(end for end in ends if end)
        return ", ".join(p for p in (joined, f"state {self.state}" if self.state else "") if p)

    @property
    def sides(self) -> tuple[str, str] | None:
        """The two arms or drugs compared; None where the row compares none."""
        parts = [part.strip() for part in self.contrast.split(" - ")]
        of_arms = self.kind in ("interaction", "ancova", "baseline_group")
        if len(parts) == 2 and (of_arms or not any(map(_is_timepoint, parts))):
            return parts[0], parts[1]
        return None

    @property
    def withheld(self) -> bool:
        """Whether a shared copy does not tell the row, since a group is small."""
        return self.status.startswith(WITHHELD)

    @property
    def told_n(self) -> str:
        """What is told of the people of a withheld row: ``<5`` where they are one small group."""
        few = self.status.removeprefix(WITHHELD).removesuffix(" people")
        return f"<{few}" if few.isdigit() else "withheld"

    @property
    def is_association(self) -> bool:
        """Whether the estimate is a correlation."""
        return self.kind.endswith("association")

    @property
    def cell(self) -> tuple[str, ...]:
        """What makes two rows of different kinds speak of the same quantity."""
        places = (self.region, self.region2, self.network, self.network2, self.state)
        return (self.measure, self.outcome, self.session, *places, self.acquisition, self.level)

    @property
    def evidence(self) -> Evidence:
        """What the row lets a sentence claim."""
        if not math.isfinite(self.estimate) or math.isnan(self.p):
            return Evidence.UNDEFINED
        if self.p_adjusted < ALPHA:
            return Evidence.CLEAR
        if self.p >= ALPHA:
            return Evidence.NONE
        return Evidence.NOT_ADJUSTED if math.isnan(self.p_adjusted) else Evidence.UNADJUSTED


def _is_timepoint(text: str) -> bool:
    return text.startswith(("ses-", "acq-"))


def read_rows(effects: pd.DataFrame) -> tuple[EffectRow, ...]:
    """Return the rows of an effects table.

    Parameters
    ----------
    effects
        Columns of :data:`rewire.core.schema.EFFECT_COLUMNS`.

    Returns
    -------
    tuple of EffectRow
        In the order of the table; missing text is an empty string, missing numbers NaN. The
        adjusted p of a test that is alone in its family is its p.

    Examples
    --------
    >>> from rewire.core.schema import EFFECT_COLUMNS
    >>> read_rows(pd.DataFrame(columns=list(EFFECT_COLUMNS)))
    ()
    """
    names = [field.name for field in fields(EffectRow)]
    columns: list[list[Any]] = []
    for name in names:
        column = effects[name]
        if name in EFFECT_TEXT:
            columns.append(["" if pd.isna(v) else str(v) for v in column])
        else:
            columns.append([math.nan if pd.isna(v) else float(v) for v in column])
    rows = tuple(EffectRow(*values) for values in zip(*columns, strict=True))
    tests = Counter(row.question for row in rows if not math.isnan(row.p))
    alone = {question for question, n in tests.items() if n == 1}
    return tuple(
        replace(row, p_adjusted=row.p)
        if row.question in alone and math.isnan(row.p_adjusted)
        else row
        for row in rows
    )
