"""What a question about events, counts or grades can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from rewire.core.options import KindOptions

OF_SCALES = ("response", "remission", "worsening")
"""Events that a scale's cut-offs define."""
OF_ADVERSE_EVENTS = ("any adverse event", "serious adverse event", "suicidality")
"""Events that a person had or not."""
COUNT = "adverse events"
"""How many adverse events a person had."""
GRADE = "worst severity"
"""None, mild, moderate or severe: the worst adverse event of a person."""

_COUNTS = ("poisson", "negative binomial")


class DiscreteOptions(KindOptions):
    """Options of ``kind = "discrete"``; ``covariates`` stand in the question itself.

    Parameters
    ----------
    family
        ``logistic`` (maximum likelihood), ``firth`` (penalised), ``poisson``, ``negative
        binomial`` or ``ordinal`` (proportional odds).
    event
        ``response``, ``remission`` or ``worsening`` on the question's scales, ``any adverse
        event``, ``serious adverse event``, ``suicidality``, ``adverse events`` (a count), ``worst
        severity`` (a grade), or a column of ``participants.tsv``.
    exposure
        Column of ``participants.tsv`` with the time at risk of a count; everybody's is the same
        without it.
    """

    family: Literal["logistic", "firth", "poisson", "negative binomial", "ordinal"] = "firth"
    event: str = "response"
    exposure: str = ""

    @model_validator(mode="after")
    def _family_fits_the_event(self) -> DiscreteOptions:
        wrong = []
        counted = self.family in _COUNTS
        if self.exposure and not counted:
            wrong.append("exposure belongs to a count (poisson or negative binomial)")
        if self.event in (*OF_SCALES, *OF_ADVERSE_EVENTS) and (counted or self.family == "ordinal"):
            wrong.append(f"'{self.event}' is an event: family is logistic or firth")
        if self.event == COUNT and not counted:
            wrong.append("'adverse events' is a count: family is poisson or negative binomial")
        if self.event == GRADE and self.family != "ordinal":
            wrong.append("'worst severity' is a grade: family is ordinal")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def of_participants(self) -> bool:
        """Whether the event is a column of ``participants.tsv``."""
        return self.event not in (*OF_SCALES, *OF_ADVERSE_EVENTS, COUNT, GRADE)

    def columns(self) -> tuple[str, ...]:
        """Return the columns of event and exposure."""
        named = (self.event if self.of_participants else "", self.exposure)
        return tuple(name for name in named if name)
