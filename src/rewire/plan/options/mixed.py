"""What a mixed model can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from rewire.core.errors import FormulaError
from rewire.core.formula import MixedFormula, parse_formula
from rewire.core.options import KindOptions
from rewire.core.schema import SESSION_COLUMNS

VALUE = "value"
ROW_COLUMNS = (VALUE, "session", "acquisition", "dose", "period", *SESSION_COLUMNS)
"""Columns that the table of a mixed model has beside those of ``participants.tsv``."""


class MixedOptions(KindOptions):
    """A linear mixed model of every outcome or measure of a question.

    Attributes
    ----------
    formula
        ``value ~ drug + period + (1 | participant_id)``, or with one scale's or measure's own
        name on the left.
    df
        Degrees of freedom after Satterthwaite or after Kenward and Roger.
    method
        ``reml`` or ``ml``.
    intervals
        ``wald``, ``profile`` or ``bootstrap``.
    draws
        Responses drawn for a bootstrap.
    terms
        The terms that answer the question, as the effects table names them; all but the
        intercept where empty.
    reference
        Level that the others are compared with, by column.
    at
        Sessions whose rows are in the model; the question's time points where empty.
    periods
        Columns of ``participants.tsv`` that say what a person was given first, second and so on;
        where empty the order of a person's sessions tells.
    codes
        What the values in ``periods`` mean, such as ``{ d = "ketamine" }``.
    """

    formula: str
    df: Literal["satterthwaite", "kenward-roger"] = "satterthwaite"
    method: Literal["reml", "ml"] = "reml"
    intervals: Literal["wald", "profile", "bootstrap"] = "wald"
    draws: int = Field(default=1000, ge=100, le=100_000)
    terms: tuple[str, ...] = ()
    reference: dict[str, str] = Field(default_factory=dict)
    at: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    codes: dict[str, str] = Field(default_factory=dict)

    @field_validator("formula")
    @classmethod
    def _formula_can_be_read(cls, value: str) -> str:
        try:
            parse_formula(value)
        except FormulaError as error:
            raise ValueError("; ".join(error.faults)) from None
        return value

    @model_validator(mode="after")
    def _choices_go_together(self) -> MixedOptions:
        if self.df == "kenward-roger" and self.method == "ml":
            raise ValueError("Kenward and Roger's df need method = 'reml'")
        return self

    def parsed(self) -> MixedFormula:
        """Return the formula taken apart."""
        return parse_formula(self.formula)

    def columns(self) -> tuple[str, ...]:
        """Return the columns of participants that the formula and the periods name."""
        own = (VALUE, self.parsed().response, *ROW_COLUMNS)
        named = (*self.parsed().columns(), *self.periods)
        return tuple(dict.fromkeys(c for c in named if c not in own))

    def sessions(self) -> tuple[str, ...]:
        """Return the sessions whose rows are in the model."""
        return self.at
