"""Whether the change differed between arms."""

from __future__ import annotations

from rewire.core.questions import Question
from rewire.report import names
from rewire.report.contents import Contents
from rewire.report.phrases import arms_of, caveat, response_label, times_of
from rewire.report.rows import EffectRow, Evidence
from rewire.report.wording import Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether the arms changed differently."""
    before, after = times_of(row, question)
    what = f"the change in {response_label(row, contents)} from {before} to {after}"
    if row.evidence is Evidence.NONE:
        return f"There was no evidence that {what} differed between {arms_of(row)}"
    return f"{names.sentence_case(what)} differed between {arms_of(row)}{caveat(row)}"


WORDING = Wording(
    label="difference in change",
    noun="a difference between the arms in the change of {what}",
    symbol="difference in change",
    planned="arm by session interaction: the difference in change between arms",
    method="Whether change differed between arms was tested with the arm "
    "\N{MULTIPLICATION SIGN} session interaction",
    finding=finding,
    forest=1,
)
