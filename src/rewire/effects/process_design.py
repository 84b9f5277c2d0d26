"""What a question of drug and context compares: factors, cells, and values before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.types import FloatArray, Timepoint
from rewire.effects.answering import Asking
from rewire.effects.responses import Response
from rewire.numerics.factorial import CellContrast, crossed_contrasts, nested_contrasts
from rewire.plan.options.process import ProcessOptions
from rewire.plan.roles import session_order

IntArray = npt.NDArray[np.int64]

MOST_LEVELS = 8
"""Levels of a factor beyond which it is no factor but a number or a name."""

_NO_CONTEXT = (
    "none", "no", "0", "false", "absent", "without", "control", "standard", "usual", "placebo",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """A factor of the design.

    Parameters
    ----------
    name
        What terms are called after: ``arm``, or the column.
    levels
        In the order in which they are told.
    reference
        Index of the level that others are compared with.
    codes
        Level of each person, shape (people,); -1 where it is not known.
    """

    name: str
    levels: tuple[str, ...]
    reference: int
    codes: IntArray

    def term(self, level: int) -> str:
        """Return a level as lme4 names it: ``arm[psilocybin]``."""
        return f"{self.name}[{self.levels[level]}]"

    def against(self, level: int) -> str:
        """Return a level less the reference."""
        return f"{self.levels[level]} - {self.levels[self.reference]}"


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A response at the last session and at baseline.

    Parameters
    ----------
    response
        What is looked at.
    before
        Shape (people, cells); None where values are already after minus before.
    after
        Shape (people, cells).
    session, acquisition
        When.
    """

    response: Response
    before: FloatArray | None
    after: FloatArray
    session: str
    acquisition: str

    def baseline_spread(self, used: npt.NDArray[np.bool_]) -> FloatArray:
        """Return the standard deviation of the baseline over those in a model, shape (cells,)."""
        count = used.sum(axis=0)
        if self.before is None:
            return np.full(len(count), np.nan)
        held = np.where(used, self.before, 0.0)
        mean = held.sum(axis=0) / np.maximum(count, 1)
        squares = (np.where(used, self.before - mean, 0.0) ** 2).sum(axis=0)
        return np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """What a contrast is called.

    Parameters
    ----------
    part
        ``drug``, ``context``, ``interaction``, ``drug within context``, ``context within drug``.
    term
        As lme4 would name it.
    within
        The level within which a simple effect is taken; empty for the others.
    contrast
        Which levels are compared.
    """

    part: str
    term: str
    within: str
    contrast: str


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The cells of drug and context, and what is compared among them.

    Parameters
    ----------
    drug, context
        The factors.
    cells
        Their levels, drug slowest.
    group
        Cell of each person, shape (people,); -1 for none.
    contrasts, labels
        One label for each contrast.
    nested
        Whether the levels of the context are others within each drug.
    instructed
        Whether the context is what people were told they get.
    """

    drug: Factor
    context: Factor
    cells: tuple[tuple[int, int], ...]
    group: IntArray
    contrasts: tuple[CellContrast, ...]
    labels: tuple[Label, ...]
    nested: bool = False
    instructed: bool = False


def drug_factor(asking: Asking, options: ProcessOptions) -> Factor:
    """Return the drug: the arms of the design, or the levels of the column that is named."""
    cohort = asking.cohort
    if options.drug and options.drug != cohort.factor:
        return column_factor(asking, options.drug, options.reference)
    codes = np.full(len(cohort.people), -1, dtype=np.int64)
    for i, arm in enumerate(cohort.arms):
        codes[cohort.members(arm)] = i
    named = options.reference.get(options.drug, "")
    last = cohort.arms.index(named) if named in cohort.arms else len(cohort.arms) - 1
    return Factor("arm", cohort.arms, last, codes)


def column_factor(asking: Asking, name: str, reference: Mapping[str, str]) -> Factor:
    """Return a column of participants as a factor.

    The reference is the level that the plan names, else the one whose name says that there was
    no such context, else the first in alphabetical order.
    """
    texts = [_text(v) for v in _column(asking, name)]
    levels = tuple(sorted({t for t in texts if t}))
    codes = np.array([levels.index(t) if t else -1 for t in texts], dtype=np.int64)
    wanted = reference.get(name, "")
    empty = [i for i, level in enumerate(levels) if level.lower() in _NO_CONTEXT]
    at = levels.index(wanted) if wanted in levels else empty[0] if empty else 0
    return Factor(name, levels, at, codes)


def why_no_factor(factor: Factor, reference: Mapping[str, str]) -> str:
    """Return why a factor cannot be compared within; empty where it can."""
    if len(factor.levels) < 2:
        return f"{factor.name} has {len(factor.levels)} level, and nothing to compare it with"
    if len(factor.levels) > MOST_LEVELS:
        return (
            f"{factor.name} has {len(factor.levels)} levels, more than {MOST_LEVELS}: "
            "a number belongs under moderators"
        )
    wanted = reference.get(factor.name, "")
    if wanted and wanted not in factor.levels:
        return f"{factor.name} has no level {wanted}; it has {', '.join(factor.levels)}"
    return ""


def column_numbers(asking: Asking, name: str) -> FloatArray:
    """Return a column of participants as numbers, NaN where it holds none."""
    column = pd.to_numeric(pd.Series(_column(asking, name)), errors="coerce")
    return column.to_numpy(dtype=np.float64)


def crossed_layout(drug: Factor, context: Factor, *, instructed: bool = False) -> Layout:
    """Return drug by context, every combination a cell."""
    count = len(context.levels)
    known = (drug.codes >= 0) & (context.codes >= 0)
    group = np.where(known, drug.codes * count + context.codes, -1)
    contrasts = crossed_contrasts(len(drug.levels), count, drug.reference, context.reference)
    cells = tuple((i, j) for i in range(len(drug.levels)) for j in range(count))
    labels = tuple(_crossed_label(c, drug, context) for c in contrasts)
    return Layout(drug, context, cells, group, contrasts, labels, False, instructed)


def nested_layout(drug: Factor, context: Factor) -> Layout:
    """Return context within drug, every combination that occurs a cell."""
    cells: list[tuple[int, int]] = []
    sizes = []
    for i in range(len(drug.levels)):
        held = set(context.codes[drug.codes == i].tolist()) - {-1}
        # The reference of the column stands last where a drug has it, since contrasts end there.
        ordered = sorted(held, key=lambda j: (j == context.reference, j))
        cells += [(i, j) for j in ordered]
        sizes.append(len(ordered))
    number = {cell: at for at, cell in enumerate(cells)}
    pairs = zip(drug.codes.tolist(), context.codes.tolist(), strict=True)
    group = np.array([number.get(pair, -1) for pair in pairs], dtype=np.int64)
    contrasts = nested_contrasts(tuple(sizes), drug.reference)
    starts = np.cumsum([0, *sizes])
    labels = tuple(_nested_label(c, drug, context, (cells, starts)) for c in contrasts)
    return Layout(drug, context, tuple(cells), group, contrasts, labels, True)


def panels(asking: Asking) -> tuple[list[Panel], list[str]]:
    """Return every measure and score at baseline and at the last session that has it.

    Returns
    -------
    list of Panel, list of str
        And why some are missing.
    """
    question = asking.question
    found, reasons = [], []
    scored = [Timepoint(session=s) for s in question.outcome_after] or list(question.after)
    start = Timepoint(session=question.outcome_before)
    start = start if question.outcome_before else question.before
    for response in asking.measured():
        found.append(_panel(asking, response, question.before, list(question.after)))
    for response in asking.scored():
        found.append(_panel(asking, response, start, scored))
    reasons += [p for p in found if isinstance(p, str)]
    reasons += [f"{m} was not measured" for m in question.measures if m not in asking.measurements]
    return [p for p in found if isinstance(p, Panel)], reasons


def _panel(
    asking: Asking, response: Response, before: Timepoint, after: list[Timepoint]
) -> Panel | str:
    if response.change:
        return Panel(response, None, response.at(Timepoint()), "", "")
    order = session_order(asking.trial)
    late = sorted(after, key=lambda p: order.get(p.session, -1), reverse=True)
    start = response.at(before)
    for point in late:
        values = response.at(point)
        if (np.isfinite(values) & np.isfinite(start)).any():
            return Panel(response, start, values, point.session, point.acquisition)
    return f"{response.name} has nobody with a value at baseline and afterwards"


def _crossed_label(contrast: CellContrast, drug: Factor, context: Factor) -> Label:
    i, j = contrast.first, contrast.second
    match contrast.part:
        case "first":
            return Label("drug", drug.term(i), "", drug.against(i))
        case "second":
            return Label("context", context.term(j), "", context.against(j))
        case "interaction":
            told = f"{drug.against(i)}, {context.against(j)}"
            return Label("interaction", f"{drug.term(i)}:{context.term(j)}", "", told)
        case "first within":
            return Label("drug within context", drug.term(i), context.term(j), drug.against(i))
        case _:
            return Label("context within drug", context.term(j), drug.term(i), context.against(j))


def _nested_label(
    contrast: CellContrast,
    drug: Factor,
    context: Factor,
    where: tuple[list[tuple[int, int]], IntArray],
) -> Label:
    i = contrast.first
    if contrast.part == "first":
        return Label("drug", drug.term(i), "", drug.against(i))
    cells, starts = where
    level, last = cells[contrast.second][1], cells[int(starts[i + 1]) - 1][1]
    told = f"{context.levels[level]} - {context.levels[last]}"
    term = f"{drug.term(i)}:{context.term(level)}"
    return Label("context within drug", term, drug.term(i), told)


def _column(asking: Asking, name: str) -> list[object]:
    table = asking.trial.participants.set_index("participant_id")
    return list(table[name].reindex(list(asking.cohort.people)))


def _text(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{float(value):g}"
    text = str(value).strip()
    return "" if text == "n/a" else text
