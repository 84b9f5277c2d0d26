"""One objection of the critic's."""

from __future__ import annotations

from dataclasses import dataclass

from rewire.report.forest import Forest
from rewire.report.tables import Table


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection, what this run says to it, and the numbers.

    Parameters
    ----------
    title
        The objection as a question.
    lines
        Plain sentences.
    table
        The numbers, or None.
    forest
        A drawing of them, or None.
    """

    title: str
    lines: tuple[str, ...]
    table: Table | None = None
    forest: Forest | None = None
