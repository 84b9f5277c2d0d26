"""What a question about guesses of the treatment can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rewire.core.options import KindOptions


class BlindingOptions(KindOptions):
    """Where the guesses stand and what their words mean.

    Attributes
    ----------
    guess
        Column of ``participants.tsv`` that holds each person's guess: the name of an arm, or
        ``don't know``.
    confidence
        Column that holds how sure people were, as a number; empty where nobody asked.
    levels
        What other words mean: a word of the column, and the arm or ``don't know``.
    rather
        Words that name an arm without certainty; they count half in Bang's index (its format of
        five answers).
    keeping
        How right guesses are split over arms at another rate of right guesses: in the ``shares``
        observed, or in ``halves`` (each arm guesses right at the rate itself).
    """

    guess: str = "guess"
    confidence: str = ""
    levels: dict[str, str] = Field(default_factory=dict)
    rather: tuple[str, ...] = ()
    keeping: Literal["shares", "halves"] = "shares"

    @model_validator(mode="after")
    def _columns_are_two(self) -> BlindingOptions:
        if not self.guess:
            raise ValueError("guess must name a column of participants.tsv")
        if self.confidence == self.guess:
            raise ValueError("confidence and guess are one column")
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the columns that hold guesses and how sure people were."""
        return tuple(c for c in (self.guess, self.confidence) if c)
