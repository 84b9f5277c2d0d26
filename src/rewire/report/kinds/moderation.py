"""Whether what people brought with them went with how they changed."""

from __future__ import annotations

from rewire.core.questions import Question
from rewire.report.contents import Contents
from rewire.report.phrases import caveat, response_label, where
from rewire.report.rows import EffectRow, Evidence
from rewire.report.wording import Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether people with more of it changed otherwise."""
    what = f"the change in {response_label(row, contents)}"
    brought = row.moderator.replace("_", " ")
    if row.contrast:
        whether = f"the arms differed in how {brought} went with {what}"
    else:
        way = "more positive" if row.estimate > 0 else "more negative"
        whether = (
            f"people with higher {brought} had a {way} change in {response_label(row, contents)}"
        )
    if row.evidence is Evidence.NONE:
        arms = " differently between the arms" if row.contrast else ""
        return f"{where(row)}there was no evidence that {brought} went with {what}{arms}"
    return f"{where(row)}{whether}{caveat(row)}"


def is_answer(row: EffectRow) -> bool:
    """Return whether a row is the moderation itself, within an arm or between arms."""
    within = bool(row.arm) and row.term.startswith("session[")
    return row.term.endswith(":x") and (within or ":arm[" in row.term)


def family(row: EffectRow) -> tuple[str, ...]:
    """Return which rows are adjusted together: one term of one model, over responses."""
    return row.moderator, row.arm, row.contrast, row.session


def subject(row: EffectRow) -> str:
    """Return the moderator, and that arms are compared where they are."""
    name = row.moderator.replace("_", " ")
    return f"{name} in one arm more than in the other" if name and row.contrast else name


WORDING = Wording(
    label="change per SD of a moderator",
    noun="change that goes with {what}",
    symbol="change per SD",
    planned="mixed model (REML, Satterthwaite) of session by moderator, within arms, and of "
    "session by arm by moderator",
    method="Moderators (less their median, over their standard deviation) were tested with linear "
    "mixed models of session \N{MULTIPLICATION SIGN} moderator within arms and session "
    "\N{MULTIPLICATION SIGN} arm \N{MULTIPLICATION SIGN} moderator between arms, a random "
    "intercept for each person, REML and Satterthwaite's degrees of freedom; p adjusted over "
    "responses for each term",
    finding=finding,
    answers=is_answer,
    family=family,
    subject=subject,
    forest=6,
)
