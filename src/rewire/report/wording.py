"""What a kind of question is called, how its tests are told, and what is shown below them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rewire.core.questions import Question
from rewire.report.contents import Contents
from rewire.report.figures.theme import Figure
from rewire.report.rows import EffectRow
from rewire.report.tables import Table

Finding = Callable[[EffectRow, Question, Contents], str]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What is shown below a question's answer.

    Parameters
    ----------
    title
        A short heading.
    lines
        Plain sentences.
    figures, tables
        What is drawn, and the numbers.
    """

    title: str
    lines: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


def every_row(row: EffectRow) -> bool:
    """Return True: each row answers its question."""
    return True


def one_family(row: EffectRow) -> tuple[str, ...]:
    """Return the same key for each row: p is adjusted over all rows of the question."""
    return ()


def nothing_more(row: EffectRow) -> str:
    """Return no subject: the measure or score is what the test is about."""
    return ""


def no_exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return nothing to show below the answer."""
    return ()


@dataclass(frozen=True, slots=True)
class Wording:
    """How a kind of question is told.

    Parameters
    ----------
    label
        What is estimated, in a few words: ``difference in change``.
    noun
        What there is evidence of or none, with ``{what}``, ``{measure}`` (where what a test is
        about is not the measure) and ``{scale}``: ``a change in {what}``.
    symbol
        What stands before the estimate in a sentence: ``mean change``; ``{size}`` is the row's kind
        of effect size.
    planned
        The test as the plan document names it.
    method
        The test as a methods section tells it, without a full stop.
    finding
        Returns what one row says, as a sentence without figures and full stop; a row whose
        ``evidence`` is NONE must say that there was no evidence.
    answers
        Whether a row answers its question and is no lower term of a model.
    family
        What rows have in common over which p is adjusted together.
    subject
        What a test is about where that is not the measure or score alone.
    forest
        Where it stands in forest plots of whole-brain effects (lower numbers first); None where
        its estimates have another unit than the response and are drawn in exhibits alone.
    beside
        What a second p of a row comes from.
    estimate
        ``difference`` has the unit of the response; ``bounded`` lies between -1 and 1.
    exhibits
        Returns what is shown below the question's answer.
    """

    label: str
    noun: str
    symbol: str
    planned: str
    method: str
    finding: Finding
    answers: Callable[[EffectRow], bool] = every_row
    family: Callable[[EffectRow], tuple[str, ...]] = one_family
    subject: Callable[[EffectRow], str] = nothing_more
    forest: int | None = None
    estimate: Literal["difference", "bounded"] = "difference"
    beside: str = "by permutation"
    exhibits: Callable[[Question, tuple[EffectRow, ...], Contents], tuple[Exhibit, ...]] = (
        no_exhibits
    )
