"""The arm effect after treatment, adjusted for baseline."""

from __future__ import annotations

from rewire.core.questions import Question
from rewire.report.contents import Contents
from rewire.report.phrases import arms_of, caveat, response_label, times_of
from rewire.report.rows import EffectRow, Evidence
from rewire.report.wording import Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether the arms differed afterwards."""
    _, after = times_of(row, question)
    what = f"{response_label(row, contents)} at {after}"
    if row.evidence is Evidence.NONE:
        return (
            f"Adjusted for baseline, there was no evidence that {what} differed between "
            f"{arms_of(row)}"
        )
    return f"Adjusted for baseline, {what} differed between {arms_of(row)}{caveat(row)}"


WORDING = Wording(
    label="difference adjusted for baseline",
    noun="a difference between the arms in {what}, adjusted for baseline,",
    symbol="adjusted difference",
    planned="analysis of covariance: value after treatment, adjusted for baseline",
    method="The arm effect after treatment was estimated by analysis of covariance with the "
    "baseline value as covariate",
    finding=finding,
    forest=2,
)
