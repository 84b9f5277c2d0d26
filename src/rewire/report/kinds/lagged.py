"""Whether early change in the brain came before later change in symptoms."""

from __future__ import annotations

from rewire.core.questions import Question
from rewire.effects.lagged import ADJUSTED, AHEAD, REVERSE, TOGETHER
from rewire.report import names
from rewire.report.contents import Contents
from rewire.report.link_exhibits import arms_apart
from rewire.report.phrases import caveat, response_label, where
from rewire.report.rows import EffectRow, Evidence
from rewire.report.tables import Table, from_frame
from rewire.report.wording import Exhibit, Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether what came early went with what came later."""
    what = response_label(row, contents)
    scale = names.scale_label(row.outcome, contents.trial.scales)
    early, later = names.time_label(str(question.after[0])), names.time_label(row.session)
    first, then = f"the change in {what} by {early}", f"the later change in {scale} up to {later}"
    if row.term == REVERSE:
        first, then = (
            f"the early change in {scale}",
            f"the change in {what} from {early} to {later}",
        )
    elif row.term == TOGETHER:
        then = f"the change in {scale} by then"
    beside = " with the early change in the score held constant" if row.term == ADJUSTED else ""
    pair = f"{first} and {then}"
    if row.evidence is Evidence.NONE:
        return f"{where(row)}there was no evidence of an association between {pair}{beside}"
    way = "positively" if row.estimate > 0 else "negatively"
    return f"{where(row)}{pair} were {way} correlated{beside}{caveat(row)}"


def is_answer(row: EffectRow) -> bool:
    """Return whether a row looks from early to later."""
    return row.term != TOGETHER


def family(row: EffectRow) -> tuple[str, ...]:
    """Return which rows are adjusted together: those of one term."""
    return (row.term,)


_READ = {
    AHEAD: "brain first",
    ADJUSTED: "brain first, early score change held constant",
    REVERSE: "symptoms first",
    TOGETHER: "both early",
}


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return both directions beside one another."""
    lines = [
        "One correlation tells no direction. The score at the early session is in both changes of "
        "the score, so that its error alone relates them: read the first beside that with the "
        "early change held constant, and beside the reverse.",
    ]
    if not any(row.term == REVERSE for row in rows):
        lines.append("The measure was not taken again later: the reverse cannot be asked.")
    apart = arms_apart(question, contents)
    lines += [apart] if apart else []
    frame = contents.effects[contents.effects["question"] == question.name].copy()
    frame["direction"] = frame["term"].map(_READ)
    headings = {
        "direction": "Direction",
        "measure": "Measure",
        "outcome": "Score",
        "session": "Up to",
        "arm": "Arm",
        "n": "n",
        "estimate": "Correlation",
        "ci_low": "CI low",
        "ci_high": "CI high",
        "p": "p",
        "p_adjusted": "p adjusted",
    }
    shown: Table = from_frame(f"lagged-{question.name}", "Both directions", frame, headings)
    return (Exhibit("Which came first?", tuple(lines), (), (shown,)),)


WORDING = Wording(
    label="early change with later change",
    noun="early change in {what} going with later change in {scale}",
    symbol="r =",
    planned="correlation of early change in a measure with the change in a score from then on, "
    "the same with early change in the score held constant, and the reverse",
    method="Early change in a measure was related to the change in a score from the early session "
    "on (with and without the early change in the score held constant), and early change in the "
    "score to later change in the measure where that was taken again; p adjusted within each of "
    "these",
    finding=finding,
    answers=is_answer,
    family=family,
    estimate="bounded",
    exhibits=exhibits,
)
