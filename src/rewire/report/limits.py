"""What an answer does not say: the limits that its design and its data set."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

from rewire.core.questions import Kind, Question
from rewire.core.schedule import RECEIVED
from rewire.effects.matching import arm_labels
from rewire.effects.responses import MEAN_OF
from rewire.report import numbers
from rewire.report.contents import RANDOMISATION_ASSUMED, Contents
from rewire.report.rows import EffectRow, Evidence

BETWEEN = (Kind.INTERACTION, Kind.ANCOVA)
"""The kinds of question that compare arms over time."""
_COMPARING = (*BETWEEN, Kind.MMRM)
_LINKS = (
    Kind.CHANGE_ASSOCIATION,
    Kind.AFTER_ASSOCIATION,
    Kind.LAGGED_ASSOCIATION,
    Kind.SLOPE_DIFFERENCE,
)
MANY_TESTS = 12
"""Tests beyond which a question is summed up and not told test by test."""


def limits_of(
    question: Question, mine: tuple[EffectRow, ...], contents: Contents
) -> tuple[str, ...]:
    """Return the limits of a question's answer, as plain sentences.

    Parameters
    ----------
    question
        What was asked.
    mine
        Its rows of the effects table.
    contents
        The report's contents.
    """
    lines = []
    design = contents.design
    if question.kind is Kind.CHANGE and design.kind == "single arm":
        lines.append(
            "There was no comparison arm: time, expectation and regression to the "
            "mean can change a measure as treatment can."
        )
    if question.kind in _COMPARING and not design.randomised and design.kind != "single arm":
        lines.append(
            "People were not allotted to the arms at random: a difference between "
            "arms need not be due to treatment."
        )
    if question.kind in _COMPARING and contents.allotment == RANDOMISATION_ASSUMED:
        lines.append(
            "That people were allotted to the arms at random was assumed, not recorded: if they "
            "were not, a difference between arms need not be due to treatment."
        )
    if question.kind in _LINKS:
        lines.append("An association over people does not show that one change caused the other.")
    if question.alternative != "two-sided":
        lines.append(
            "This test looks in one direction only; section 9 gives the two-sided p beside it."
        )
    failed = Counter(r.status for r in mine if r.evidence is Evidence.UNDEFINED)
    if failed and len(mine) > MANY_TESTS:
        reasons = "; ".join(
            f"{status or 'no reason'}: {n:,}" for status, n in sorted(failed.items())
        )
        lines.append(f"{sum(failed.values()):,} tests gave no estimate ({reasons}).")
    if question.analysis == "as treated" and contents.schedule.switches:
        lines.append(
            "People count in the arm whose treatment they received, not in the one that they were "
            "allotted to: what made them switch can also make a difference between arms."
        )
    lines += _missing_people(mine, contents, question)
    lines += _averaged(mine)
    return tuple(lines)


def _averaged(mine: tuple[EffectRow, ...]) -> list[str]:
    found = dict.fromkeys(part for row in mine for part in row.method.split("; ")[1:])
    return [f"Each value is the {part}." for part in found if part.startswith(MEAN_OF)]


def _missing_people(
    mine: tuple[EffectRow, ...], contents: Contents, question: Question
) -> list[str]:
    design = contents.design
    people = contents.trial.participants
    if question.analysis == "as treated" and RECEIVED in people:
        design = replace(design, factor=RECEIVED)
    if design.kind != "parallel" or design.factor not in people:
        return []
    allotted = Counter(arm_labels(people, design))
    lines = []
    for arm in dict.fromkeys(row.arm for row in mine if row.arm):
        used = [row.n for row in mine if row.arm == arm and math.isfinite(row.n)]
        if used and min(used) < allotted[arm]:
            most, least = max(used), min(used)
            if contents.shared is not None:
                lines.append(f"Not all people of the {arm} arm had the data.")
                continue
            n = f"{least:.0f}" if least == most else f"{least:.0f} to {most:.0f}"
            lines.append(f"{n} of the {allotted[arm]} people of the {arm} arm had the data.")
    return lines


def banners(contents: Contents) -> tuple[str, ...]:
    """Return what must be read before anything else; empty where nothing must.

    Parameters
    ----------
    contents
        The report's contents.
    """
    lines = list(contents.shared.sentences) if contents.shared else []
    if contents.trial.simulated:
        lines.append("Simulated data. Nobody was treated or scanned; the numbers are made up.")
    if contents.narrowed:
        lines.append(contents.narrowed)
    if contents.plan_changes and contents.blinding is None:
        n = numbers.count(len(contents.plan_changes), "change")
        lines.append(
            f"The plan changed after the data were first read ({n}, listed in section "
            "11). Read p values as exploratory."
        )
    asked = [q for q in contents.questions if q.standing != "companion"]
    if asked and all(q.standing == "exploratory" for q in asked):
        lines.append(
            "Every question is exploratory: nobody wrote it into a plan before the data were seen."
        )
    if contents.doubts:
        lines.append(f"Assumed by the drafted plan, not recorded: {' '.join(contents.doubts)}")
    return tuple(lines)
