"""What a kind of question can be told beyond what every question can."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class KindOptions(BaseModel):
    """The options of one kind of question: frozen, and without keys that nobody knows.

    A subclass says which names of the trial it holds, so that a plan that names what the trial
    lacks is told so before anything is computed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    def columns(self) -> tuple[str, ...]:
        """Return the columns of ``participants.tsv`` that the options name."""
        return ()

    def scales(self) -> tuple[str, ...]:
        """Return the scales that the options name."""
        return ()

    def sessions(self) -> tuple[str, ...]:
        """Return the sessions that the options name, such as ``ses-week1``."""
        return ()

    def quantities(self) -> tuple[str, ...]:
        """Return the quantities that the options name, such as ``modularity_q_norm``."""
        return ()
