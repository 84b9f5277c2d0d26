"""Whether a link between a measure and a score differed between arms."""

from __future__ import annotations

from rewire.core.questions import Question
from rewire.report import names
from rewire.report.contents import Contents
from rewire.report.phrases import arms_of, caveat, response_label
from rewire.report.rows import EffectRow, Evidence
from rewire.report.tables import from_frame
from rewire.report.wording import Exhibit, Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether the slopes of two arms differed; of one arm's slope, that it is beside."""
    what = response_label(row, contents)
    scale = names.scale_label(row.outcome, contents.trial.scales)
    when = names.time_label(row.session)
    link = f"the change in {what} went with the change in {scale}" + (f" at {when}" if when else "")
    if not is_answer(row):
        return f"the slope of the {row.arm} arm stands beside the comparison of arms"
    if row.evidence is Evidence.NONE:
        return f"there was no evidence that {arms_of(row)} differed in how {link}"
    way = "more positive" if row.estimate > 0 else "more negative"
    one = row.sides[0] if row.sides else "first"
    return f"{arms_of(row)} differed in how {link}: the slope was {way} in {one}{caveat(row)}"


def is_answer(row: EffectRow) -> bool:
    """Return whether a row compares arms."""
    return ":arm[" in row.term


_HEADINGS = {
    "measure": "Measure",
    "outcome": "Score",
    "session": "Session",
    "contrast": "Arms",
    "place": "Where",
    "level": "Level",
    "n": "n",
    "difference": "Difference of slopes",
    "ci_low": "CI low (HC3)",
    "ci_high": "CI high (HC3)",
    "p_hc3": "p (HC3)",
    "r_first": "r, first arm",
    "n_first": "n, first arm",
    "r_second": "r, second arm",
    "n_second": "n, second arm",
    "r_difference": "Difference of r",
    "r_ci_low": "CI low",
    "r_ci_high": "CI high",
    "r_p": "p (Fisher's z)",
    "status": "Status",
}


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return slopes and correlations of each arm, and their differences."""
    frame = contents.tables.get("slope_difference")
    if frame is None or not (frame["question"] == question.name).any():
        return ()
    mine = frame[frame["question"] == question.name]
    lines = (
        "Whether a link differs between arms is said by this difference alone, never by a p below "
        ".05 in one arm and above it in another. A slope is in units of the measure for one point "
        "of the score. HC3 errors hold roughly where the spread is not the same throughout, "
        "where ordinary errors and permutation do not: where the two disagree, trust HC3. The "
        "difference of correlations also moves with the spread of either variable.",
    )
    table = from_frame(f"slopes-{question.name}", "Links of both arms", mine, _HEADINGS)
    return (Exhibit("Slopes and correlations of each arm", lines, (), (table,)),)


WORDING = Wording(
    label="difference in slope",
    noun="a difference between the arms in how the change in {what} goes with that in {scale}",
    symbol="difference of slopes",
    planned="linear model of change in the measure on arm by change in the score",
    method="Whether the link of change with change differed between arms was tested as arm "
    "\N{MULTIPLICATION SIGN} change of the score in a linear model, with an HC3 interval and the "
    "difference of the correlations (Fisher's z) beside it",
    finding=finding,
    answers=is_answer,
    exhibits=exhibits,
)
