"""Who or what a plan leaves out."""

from __future__ import annotations

from dataclasses import dataclass

from rewire.core.types import ScanRecord


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Who or what a plan leaves out, and why.

    Parameters
    ----------
    participant
        The person.
    session, acquisition, run
        Narrow it to some of the person's scans; an empty string means all of them.
    reason
        A plain sentence, printed in the participant flow.
    by
        Who decided; an empty string where nobody says.
    scan
        Narrow it to the scan with this id, whatever else is recorded under the same labels.
    """

    participant: str
    session: str = ""
    acquisition: str = ""
    run: str = ""
    reason: str = ""
    by: str = ""
    scan: str = ""

    def covers(self, record: ScanRecord) -> bool:
        """Return whether this scan is left out."""
        return (
            self.participant == record.participant
            and self.session in ("", record.session)
            and self.acquisition in ("", record.acquisition)
            and self.run in ("", record.run)
            and self.scan in ("", record.id)
        )

    @property
    def whole_participant(self) -> bool:
        """Whether the person is left out altogether, scores included."""
        return not (self.session or self.acquisition or self.run or self.scan)

    @property
    def whole_session(self) -> bool:
        """Whether a session is left out altogether, scores included."""
        return bool(self.session) and not (self.acquisition or self.run or self.scan)
