"""What a question about benefit and harm can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rewire.core.options import KindOptions


class HarmsOptions(KindOptions):
    """Options of ``kind = "harms"``; all have defaults.

    Parameters
    ----------
    least_people
        An adverse event is named in a row of its own if at least so many people had it.
    suicidality_scale, suicidality_from
        A scale (or an item kept as one), and the score from which it counts as suicidality at any
        later session asked about; both or neither.
    interval
        Of a risk difference: ``exact`` (unconditional, one test of both sides), ``exact equal
        tails`` (Chan and Zhang), ``newcombe`` or ``miettinen-nurminen``.
    test
        ``score`` (exact, the one that ``exact`` inverts), ``fisher``, ``fisher mid-p`` or
        ``boschloo``.
    followed
        Column of ``participants.tsv`` with the days after the first dose that a person was
        followed; without it everybody counts as followed to ``follow_up`` days.
    follow_up
        Days of follow-up for everybody; None takes the last day that the trial knows.
    """

    least_people: int = Field(default=2, ge=1)
    suicidality_scale: str = ""
    suicidality_from: float | None = None
    interval: Literal["exact", "exact equal tails", "newcombe", "miettinen-nurminen"] = "exact"
    test: Literal["score", "fisher", "fisher mid-p", "boschloo"] = "score"
    followed: str = ""
    follow_up: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _suicidality_is_whole(self) -> HarmsOptions:
        if bool(self.suicidality_scale) != (self.suicidality_from is not None):
            raise ValueError("suicidality_scale and suicidality_from belong together")
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the column of days followed."""
        return (self.followed,) if self.followed else ()

    def scales(self) -> tuple[str, ...]:
        """Return the scale of suicidality."""
        return (self.suicidality_scale,) if self.suicidality_scale else ()
