"""Whether it was the pill, the process, or both."""

from __future__ import annotations

from rewire.core.questions import Question
from rewire.report.contents import Contents
from rewire.report.kinds.process_exhibits import exhibits
from rewire.report.phrases import caveat, response_label
from rewire.report.rows import EffectRow, Evidence
from rewire.report.wording import Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether the effect of the drug depended on context or moderator, and no more."""
    what, with_what = response_label(row, contents), row.moderator.replace("_", " ")
    none = row.evidence is Evidence.NONE
    if not is_answer(row):
        which = row.contrast.replace(" - ", " less ")
        verb = "there was no evidence of a difference" if none else "there was a difference"
        return f"{verb} in {what}, {which}{'' if none else caveat(row)}"
    if row.arm:
        if none:
            return (
                f"in the {row.arm} arm there was no evidence that {with_what} went with {what} "
                "afterwards"
            )
        way = "higher" if row.estimate > 0 else "lower"
        return (
            f"in the {row.arm} arm people with more {with_what} had {way} {what} afterwards "
            f"(an association, since nobody was allotted to it){caveat(row)}"
        )
    if _is_nested(row):
        which = row.contrast.replace(" - ", " and ")
        drug = row.term.partition(":")[0]
        if none:
            return f"there was no evidence that {what} differed between {which} within {drug}"
        return f"{what} differed between {which} within {drug}{caveat(row)}"
    if none:
        return (
            f"there was no evidence that the effect of the drug on {what} depended on {with_what}, "
            "which does not show that it did not"
        )
    return f"the effect of the drug on {what} depended on {with_what}{caveat(row)}"


def is_answer(row: EffectRow) -> bool:
    """Return whether a row is an interaction, a moderation or an association, no main effect."""
    return "]:" in row.term or not row.term.endswith("]")


def family(row: EffectRow) -> tuple[str, ...]:
    """Return which rows are adjusted together: one part of the question."""
    if not row.term.endswith("]"):
        return ("moderation",)
    if "]:" in row.term:
        return ("nested",) if _is_nested(row) else ("interaction",)
    return ("context",) if row.moderator and row.term.startswith(f"{row.moderator}[") else ("drug",)


def subject(row: EffectRow) -> str:
    """Return what the effect of the drug may depend on."""
    return row.moderator.replace("_", " ")


def _is_nested(row: EffectRow) -> bool:
    """Return whether a row compares contexts within one drug: its contrast names no drug."""
    return "]:" in row.term and row.term.endswith("]") and ", " not in row.contrast


WORDING = Wording(
    label="drug by context",
    noun="an effect of the drug that depends on {what}",
    symbol="difference",
    planned="drug, context and drug by context at the last session, adjusted for baseline; "
    "equivalence by two one-sided tests",
    method="Drug and context were compared at the last session, adjusted for baseline, by least "
    "squares (or with a random effect of therapist, REML, Satterthwaite): main effects averaged "
    "over the other factor, their interaction as a difference of differences, and simple effects, "
    "each tested for equivalence to none by two one-sided tests (Schuirmann 1987) against a bound "
    "in standard deviations of the baseline; p adjusted for each part of the question. Effects of "
    "the drug were taken at stated values of moderators, with Johnson-Neyman regions at a critical "
    "value that holds the error over the values (Esarey and Sumner 2018), and mediated effects as "
    "products of coefficients with bootstrap and Monte Carlo intervals (MacKinnon 2004) and their "
    "sensitivity to confounding (Imai, Keele and Yamamoto 2010)",
    finding=finding,
    answers=is_answer,
    family=family,
    subject=subject,
    exhibits=exhibits,
)
