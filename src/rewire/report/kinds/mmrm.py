"""The arms over all visits: the mixed model for repeated measures, and what it assumes."""

from __future__ import annotations

from rewire.core.questions import Question
from rewire.report import names
from rewire.report.contents import Contents
from rewire.report.kinds.mmrm_exhibits import exhibits
from rewire.report.phrases import arms_of, caveat, response_label, times_of
from rewire.report.rows import EffectRow, Evidence
from rewire.report.wording import Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether the arms differed at a visit."""
    _, after = times_of(row, question)
    what = f"{response_label(row, contents)} at {after}"
    if row.evidence is Evidence.NONE:
        return f"There was no evidence that {what} differed between {arms_of(row)}"
    return f"{names.sentence_case(what)} differed between {arms_of(row)}{caveat(row)}"


WORDING = Wording(
    label="difference between arms, mixed model for repeated measures",
    noun="a difference between the arms in {what} at a visit",
    symbol="difference between arms",
    planned="mixed model for repeated measures (REML): arm by visit and baseline by visit, the "
    "difference between arms at each visit",
    method="Arms were compared at each visit by a mixed model for repeated measures (arm "
    "\N{MULTIPLICATION SIGN} visit, baseline \N{MULTIPLICATION SIGN} visit, REML), valid where "
    "visits are missing at random given what was seen; multiple imputation from a multivariate "
    "normal (data augmentation, one covariance for all arms) and Rubin's rules with Barnard and "
    "Rubin's degrees of freedom show other assumptions",
    finding=finding,
    forest=2,
    exhibits=exhibits,
)
