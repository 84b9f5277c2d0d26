"""What a kind of question is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from rewire.core.options import KindOptions
from rewire.core.questions import Inference, Kind, Question
from rewire.core.schedule import RunRule
from rewire.core.types import Measurements, Trial
from rewire.effects.design import Cohort
from rewire.effects.inference import generator
from rewire.effects.matching import exchange_blocks
from rewire.effects.responses import Response, measure_response, score_response
from rewire.effects.tables import Piece
from rewire.numerics.estimates import IntArray

Options = TypeVar("Options", bound=KindOptions)


@dataclass(frozen=True, slots=True, eq=False)
class Asking:
    """A question with all that it may look at.

    Parameters
    ----------
    question
        Bound to the trial.
    trial
        The trial, with one value a score.
    measurements
        What was measured, by name.
    cohort
        Whom it is asked of.
    inference
        Seed, permutations and level of intervals.
    runs
        What stands for several runs of a session; their mean where it is None.
    """

    question: Question
    trial: Trial
    measurements: Measurements
    cohort: Cohort
    inference: Inference
    runs: RunRule | None = None

    def responses(self) -> list[Response]:
        """Return what is looked at over time: the measures, or the scores where there are none."""
        return self.measured() if self.question.measures else self.scored()

    def measured(self) -> list[Response]:
        """Return the measures of the question that there are."""
        held = (self.measurements.get(name) for name in self.question.measures)
        return [measure_response(m, self.cohort.people, self.runs) for m in held if m is not None]

    def scored(self) -> list[Response]:
        """Return the scores of the question."""
        people = self.cohort.people
        return [score_response(self.trial, scale, people) for scale in self.question.outcomes]

    def options(self, kind: type[Options]) -> Options:
        """Return the question's options; the defaults where the plan gives none.

        Raises
        ------
        TypeError
            If they are another kind's.
        """
        if self.question.options is None:
            return kind()
        if not isinstance(self.question.options, kind):
            raise TypeError(f"{self.question.name} has {type(self.question.options).__name__}")
        return self.question.options

    def exchange(self) -> IntArray | None:
        """Return the block within which each person is exchanged; None for one block of all."""
        return exchange_blocks(
            self.trial.participants, self.cohort.people, self.inference.exchange_within
        )

    def rng(self) -> np.random.Generator:
        """Return the question's own random numbers, the same at every call."""
        return generator(self.inference.seed, self.question.name)


@dataclass(frozen=True, slots=True, eq=False)
class KindTable:
    """A table that stands beside the effects table.

    Parameters
    ----------
    name
        Stem of its file in ``effects/``; questions that give the same name share the file.
    about
        What it holds, in a sentence.
    frame
        The rows; the first column is ``question``.
    """

    name: str
    about: str
    frame: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """The answer to one question.

    Parameters
    ----------
    pieces
        Rows of the effects table.
    people
        Participants in at least one test that gave an estimate.
    reasons
        Why parts of the question have no answer.
    tables
        What stands beside the effects table.
    """

    pieces: tuple[Piece, ...]
    people: frozenset[str]
    reasons: tuple[str, ...]
    tables: tuple[KindTable, ...] = ()


Replies = Mapping[Kind, Callable[[Asking], Reply]]
"""Who answers which kind of question."""


def join_tables(tables: tuple[KindTable, ...]) -> tuple[KindTable, ...]:
    """Return one table a name, the questions under one another in the order they came."""
    named: dict[str, list[KindTable]] = {}
    for table in tables:
        named.setdefault(table.name, []).append(table)
    return tuple(
        KindTable(name, parts[0].about, pd.concat([p.frame for p in parts], ignore_index=True))
        for name, parts in named.items()
    )
