"""What a mixed model for repeated measures can be told."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator

from rewire.core.options import KindOptions
from rewire.numerics.reference_imputation import Rule
from rewire.numerics.repeated_covariance import StructureName
from rewire.numerics.repeated_inference import DegreesOfFreedom

Strategy = Literal["treatment policy", "hypothetical", "while on treatment"]


class MmrmOptions(KindOptions):
    """Estimand, model and what is assumed of people who left (``kind = "mmrm"``).

    Parameters
    ----------
    strategy
        How intercurrent events are dealt with, in the words of ICH E9(R1).
    intercurrent_events
        Which events they are.
    estimand
        The estimand in a sentence of the plan's own; may be empty.
    response
        ``score``: the values after baseline; ``change``: these less baseline. The difference
        between arms is the same.
    covariance
        Structure of the covariance of visits.
    fallback
        Structures that are tried in turn where it has no estimate.
    df
        How standard errors and degrees of freedom allow for small samples.
    imputation
        ``none``: the mixed model answers, and every rule is shown beside it. Else the rule whose
        estimates answer.
    draws
        Imputed data sets.
    tipping
        Sizes of the deltas of the tipping-point analysis, in units of the response, from 0 up;
        empty for steps up to two standard deviations of the last visit.
    """

    strategy: Strategy
    intercurrent_events: str = Field(min_length=3)
    estimand: str = ""
    response: Literal["score", "change"] = "score"
    covariance: StructureName = "unstructured"
    fallback: tuple[StructureName, ...] = (
        "heterogeneous toeplitz",
        "heterogeneous ar(1)",
        "heterogeneous compound symmetry",
        "compound symmetry",
    )
    df: DegreesOfFreedom = "kenward-roger"
    imputation: Literal["none"] | Rule = "none"
    draws: int = Field(default=100, ge=2, le=5000)
    tipping: tuple[float, ...] = ()

    @field_validator("tipping")
    @classmethod
    def _deltas_rise_from_zero(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        rises = all(a < b for a, b in pairwise(value))
        if value and (value[0] != 0.0 or len(value) < 2 or not rises):
            raise ValueError("write deltas as sizes that rise from 0, such as [0, 1, 2, 3]")
        return value

    def order(self) -> tuple[StructureName, ...]:
        """Return the structures in the order in which they are tried, each once."""
        return tuple(dict.fromkeys((self.covariance, *self.fallback)))
