"""What people guessed that they were given, as recorded and as it counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.types import FloatArray, Trial
from rewire.effects.design import Cohort
from rewire.plan.options.blinding import BlindingOptions

UNSURE = -1
"""The person answered that they don't know."""
UNASKED = -2
"""No answer, or one that names no arm."""
DONT_KNOW = "don't know"

_UNSURE_WORDS = (
    "don't know",
    "dont know",
    "do not know",
    "don't know/unsure",
    "unsure",
    "not sure",
)
_BLANK = ("", "n/a", "nan", "none")


@dataclass(frozen=True, slots=True, eq=False)
class Guesses:
    """One entry a person of the cohort.

    Parameters
    ----------
    arms
        Arms that can be named, the reference last.
    given
        Index of the arm that the person is in, -1 for none of these; shape (people,).
    named
        Index of the arm that the person named, :data:`UNSURE` or :data:`UNASKED`.
    weight
        1 for a guess, .5 for one without certainty.
    words
        As recorded; an empty string where nothing was.
    confidence
        How sure they were, as recorded; NaN where unknown.
    strange
        Words that name no arm, with how many people gave them.
    misnamed
        Words of the plan's ``levels`` with what they are said to mean, where that is no arm.
    """

    arms: tuple[str, ...]
    given: npt.NDArray[np.int64]
    named: npt.NDArray[np.int64]
    weight: FloatArray
    words: npt.NDArray[np.str_]
    confidence: FloatArray
    strange: tuple[tuple[str, int], ...]
    misnamed: tuple[tuple[str, str], ...] = ()

    @property
    def answered(self) -> npt.NDArray[np.bool_]:
        """Whether a person is in an arm and gave an answer that counts, shape (people,)."""
        return np.asarray((self.given >= 0) & (self.named != UNASKED), dtype=np.bool_)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether a person named their own arm, shape (people,)."""
        return np.asarray(self.answered & (self.named == self.given), dtype=np.bool_)

    def counts(self) -> FloatArray:
        """Return people by arm (rows) and answer (arms, then don't know), shape (k, k + 1)."""
        k = len(self.arms)
        table = np.zeros((k, k + 1))
        kept = self.answered
        column = np.where(self.named == UNSURE, k, self.named)
        np.add.at(table, (self.given[kept], column[kept]), 1.0)
        return table


def read_guesses(trial: Trial, cohort: Cohort, options: BlindingOptions) -> Guesses:
    """Return what a cohort guessed.

    Case, spaces at the ends and the shape of an apostrophe make no difference.

    Parameters
    ----------
    trial
        Its participants hold the columns that the options name.
    cohort
        Whose guesses, and which arms.
    options
        The columns and what their words mean.

    Returns
    -------
    Guesses
        What names no arm counts as no answer.
    """
    table = trial.participants.set_index("participant_id").reindex(list(cohort.people))
    words = np.array([_written(value) for value in table[options.guess]], dtype=str)
    meaning = {_plain(arm): i for i, arm in enumerate(cohort.arms)}
    meaning |= dict.fromkeys(_UNSURE_WORDS, UNSURE)
    misnamed = tuple((w, m) for w, m in options.levels.items() if _plain(m) not in meaning)
    meaning |= {_plain(w): meaning.get(_plain(m), UNASKED) for w, m in options.levels.items()}
    rather = {_plain(word) for word in options.rather}
    plain = [_plain(word) for word in words]
    given = np.full(len(words), -1, dtype=np.int64)
    for i, arm in enumerate(cohort.arms):
        given[cohort.members(arm)] = i
    strange = pd.Series([w for w, p in zip(words, plain, strict=True) if p not in meaning and w])
    counted = strange.value_counts(sort=False).sort_index()
    return Guesses(
        cohort.arms,
        given,
        np.array([meaning.get(p, UNASKED) for p in plain], dtype=np.int64),
        np.array([0.5 if p in rather else 1.0 for p in plain]),
        words,
        _numbers(table, options.confidence),
        tuple((str(word), int(n)) for word, n in counted.items()),
        misnamed,
    )


def _written(value: object) -> str:
    """Return a value as text, ``1`` for 1.0; what stands for nothing is an empty string."""
    whole = isinstance(value, (int, float, np.number)) and float(value).is_integer()
    text = str(int(float(value))) if whole else str(value).strip()  # type: ignore[arg-type]
    return "" if text.lower() in _BLANK else text


def _plain(word: str) -> str:
    return " ".join(word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


def _numbers(table: pd.DataFrame, column: str) -> FloatArray:
    if not column:
        return np.full(len(table), np.nan)
    return pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
