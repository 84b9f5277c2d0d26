"""Change within an arm, or between drugs within people."""

from __future__ import annotations

from rewire.core.questions import Question
from rewire.report.contents import Contents
from rewire.report.phrases import caveat, direction, meaning, response_label, times_of, where
from rewire.report.rows import EffectRow, Evidence
from rewire.report.wording import Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether and which way a response changed."""
    before, after = times_of(row, question)
    what = response_label(row, contents)
    if row.sides is not None:
        return _between_drugs(row, row.sides, f"{what} ({after} against {before})")
    span = f"from {before} to {after}"
    if row.evidence is Evidence.NONE:
        return f"{where(row)}there was no evidence that {what} changed {span}"
    verdict = f"{where(row)}{what} {direction(row.estimate)} {span}{meaning(row, contents)}"
    return verdict + caveat(row)


def _between_drugs(row: EffectRow, sides: tuple[str, str], what: str) -> str:
    if row.evidence is Evidence.NONE:
        return f"There was no evidence that {what} differed between {sides[0]} and {sides[1]}"
    way = "lower" if row.estimate < 0 else "higher"
    return f"{what} was {way} with {sides[0]} than with {sides[1]}{caveat(row)}"


WORDING = Wording(
    label="change",
    noun="a change in {what}",
    symbol="mean change",
    planned="paired t test of after minus before, within each arm",
    method="Change within an arm was tested with a paired t test (after minus before; "
    "standardised by the SD of the differences)",
    finding=finding,
    forest=0,
)
