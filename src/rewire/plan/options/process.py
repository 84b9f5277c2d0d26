"""What a question of drug and context can be told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from rewire.core.options import KindOptions
from rewire.numerics.johnson_neyman import RegionRule

Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class ProcessOptions(KindOptions):
    """Which factor is the drug, which is the context, and what people brought or went through.

    Parameters
    ----------
    drug
        Column of participants that holds the drug; empty for the arm of the design.
    context
        Columns that hold the context (psychotherapy, setting, music, what people were told);
        each is crossed with the drug by itself.
    nested
        A column whose levels are others within each drug, such as the therapy.
    instructed
        A column that holds what people were told they get (balanced placebo).
    therapist
        A column whose levels are a random effect.
    moderators
        Columns of numbers that people brought with them: expectancy, suggestibility, alliance.
    experience
        The acute experience: a scale at ``experience_session``, or without it a column.
    experience_session
        The dosing session, such as ``ses-dosing1``.
    reference
        By column, the level that others are compared with.
    bounds
        Effects within this many standard deviations of the baseline count as none.
    at
        By moderator, two or more values at which the effect of the drug is told; the 10th, 50th
        and 90th percentile of those observed where it is not given.
    region
        What the Johnson-Neyman region holds: ``fdr``, ``simultaneous`` or ``pointwise``.
    draws
        Resamples behind the intervals of mediated effects.
    """

    drug: str = ""
    context: tuple[str, ...] = ()
    nested: str = ""
    instructed: str = ""
    therapist: str = ""
    moderators: tuple[str, ...] = ()
    experience: str = ""
    experience_session: str = ""
    reference: dict[str, str] = Field(default_factory=dict)
    bounds: Positive = 0.5
    at: dict[str, tuple[Finite, ...]] = Field(default_factory=dict)
    region: RegionRule = "fdr"
    draws: int = Field(default=2000, ge=200, le=100_000)

    @model_validator(mode="after")
    def _names_fit_together(self) -> ProcessOptions:
        faults = []
        factors = [*self.context, *filter(None, (self.nested, self.instructed))]
        if not (factors or self.moderators or self.experience):
            faults.append("name a context, nested, instructed, moderators or experience")
        named = [n for n in (self.drug, *factors, self.therapist) if n]
        twice = sorted({n for n in named if named.count(n) > 1})
        if twice:
            faults.append(f"{', '.join(twice)} cannot be two factors at once")
        strange = sorted(set(self.reference) - set(named))
        if strange:
            faults.append(f"reference names {', '.join(strange)}, which is no factor here")
        looked = {*self.moderators, *([self.experience] if self.experience else [])}
        strange = sorted(set(self.at) - looked)
        if strange:
            faults.append(f"at names {', '.join(strange)}, which is no moderator here")
        few = sorted(name for name, values in self.at.items() if len(set(values)) < 2)
        if few:
            faults.append(f"at needs two or more values of {', '.join(few)}")
        if self.experience_session and not self.experience:
            faults.append("experience_session has no experience")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the columns of participants that are named."""
        column = "" if self.experience_session else self.experience
        single = (self.drug, self.nested, self.instructed, self.therapist, column)
        return (*filter(None, single), *self.context, *self.moderators)

    def scales(self) -> tuple[str, ...]:
        """Return the scale of the experience, where a session is named for it."""
        return (self.experience,) if self.experience_session else ()

    def sessions(self) -> tuple[str, ...]:
        """Return the session of the experience."""
        return (self.experience_session,) if self.experience_session else ()
