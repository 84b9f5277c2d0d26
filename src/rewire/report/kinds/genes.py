"""Whether the map of a change follows gene expression: over participants and over space."""

from __future__ import annotations

from rewire.core.questions import Question
from rewire.report import names
from rewire.report.contents import Contents
from rewire.report.kinds.genes_exhibits import exhibits
from rewire.report.phrases import where
from rewire.report.rows import ALPHA, EffectRow, Evidence
from rewire.report.wording import Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether a change follows a component, and which null failed where it does not."""
    what = f"the change in {names.measure_label(row.measure)}"
    if row.contrast and not row.arm:
        what = f"the difference in {what[4:]} between the arms"
    component = f"component {row.term.removeprefix('PLS')} of gene expression"
    if row.evidence is Evidence.CLEAR:
        return (
            f"{where(row)}{what} follows {component}, over participants and more than maps as "
            "smooth do"
        )
    return f"{where(row)}there was no evidence that {what} follows {component}{_failed(row)}"


def _failed(row: EffectRow) -> str:
    space, people = row.p, row.p_permutation
    if space < ALPHA <= people:
        return ": it does so more than maps as smooth, but participants do not agree"
    if people < ALPHA <= space:
        return ": participants agree, but maps as smooth are explained as well"
    if max(space, people) < ALPHA:
        return ": both p are below .05 only before adjustment over components and tests"
    return ""


def subject(row: EffectRow) -> str:
    """Return what a map is held against."""
    return "gene expression"


WORDING = Wording(
    label="share explained by gene expression",
    noun="a change that follows {what}",
    symbol="share of the map's variance",
    planned="partial least squares of the map on gene expression, each component against null "
    "maps and against relabelled participants, fitted anew; gene sets and genes over null maps "
    "and over participants; a claim needs both",
    method="The map of a change was held against gene expression by partial least squares. Each "
    "component was tested over space (null maps as smooth as the map, each fitted anew) and over "
    "participants (signs or labels exchanged, each map fitted anew); the larger p was adjusted "
    "over components by Holm's procedure. Gene sets were scored by the mean correlation of their "
    "genes with the map and tested over the same null maps (ensemble null) and over participants, "
    "each against the most extreme set of its collection and by Bonferroni over "
    "collections; p against random genes is given for comparison "
    "alone. Expression comes from other, healthy people",
    finding=finding,
    subject=subject,
    estimate="bounded",
    beside="over participants",
    exhibits=exhibits,
)
