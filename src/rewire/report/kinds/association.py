"""A measure beside a score: change with change, and after treatment."""

from __future__ import annotations

from rewire.core.questions import Kind, Question
from rewire.report import names
from rewire.report.contents import Contents
from rewire.report.link_exhibits import links_shown
from rewire.report.phrases import caveat, response_label, where
from rewire.report.rows import EffectRow, Evidence
from rewire.report.wording import Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether a measure and a score went together."""
    what = response_label(row, contents)
    scale = names.scale_label(row.outcome, contents.trial.scales)
    when = names.time_label(row.session)
    if row.kind == Kind.CHANGE_ASSOCIATION:
        pair = f"the change in {what} and the change in {scale}" + (f" at {when}" if when else "")
    else:
        point = row.contrast or (str(question.after[0]) if question.after else "")
        after = names.time_label(point) or "after treatment"
        pair = f"{what} at {after} and {scale}" + (f" at {when}" if when else "")
    if row.evidence is Evidence.NONE:
        return f"{where(row)}there was no evidence of an association between {pair}"
    way = f"were {'positively' if row.estimate > 0 else 'negatively'} correlated"
    return f"{where(row)}{pair} {way}{caveat(row)}"


CHANGE = Wording(
    label="change with change",
    noun="an association between the change in {what} and that in {scale}",
    symbol="r =",
    planned="Pearson correlation of change with change",
    method="Change in a measure was related to change in a score with Pearson's r and an exact "
    "interval",
    finding=finding,
    forest=4,
    estimate="bounded",
    exhibits=links_shown,
)
AFTER = Wording(
    label="after treatment",
    noun="an association between {what} after treatment and {scale}",
    symbol="r =",
    planned="Pearson correlation of the value after treatment with the score",
    method="Values after treatment were related to scores with Pearson's r and an exact interval",
    finding=finding,
    forest=5,
    estimate="bounded",
    exhibits=links_shown,
)
