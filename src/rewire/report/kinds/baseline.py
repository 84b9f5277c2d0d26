"""Whether the arms differed before treatment."""

from __future__ import annotations

from rewire.core.questions import Question
from rewire.report.contents import Contents
from rewire.report.phrases import arms_of, caveat, response_label
from rewire.report.rows import EffectRow, Evidence
from rewire.report.wording import Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether the arms differed before treatment."""
    what = response_label(row, contents)
    if row.evidence is Evidence.NONE:
        return f"Before treatment there was no evidence that {what} differed between {arms_of(row)}"
    return f"Before treatment {what} differed between {arms_of(row)}{caveat(row)}"


WORDING = Wording(
    label="difference before treatment",
    noun="a difference between the arms in {what} before treatment",
    symbol="difference",
    planned="Welch t test between arms before treatment",
    method="Arms were compared before treatment with Welch's t test",
    finding=finding,
    forest=3,
)
