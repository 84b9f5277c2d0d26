"""Faults about scans, and which of them an exclusion silences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rewire.core.errors import Fault, Severity
from rewire.core.exclusion import Exclusion
from rewire.core.types import ScanRecord
from rewire.trial.tables import relative


class ScanFaults:
    """Collects what is wrong with one scan.

    Parameters
    ----------
    record
        The scan.
    root
        The trial's folder, or None.
    """

    __slots__ = ("_found", "_record", "_where")

    def __init__(self, record: ScanRecord, root: Path | None) -> None:
        self._record = record
        self._where = relative(record.path, root) if root else record.path.name
        self._found: list[Fault] = []

    def add(self, severity: Severity, code: str, what: str, remedy: str) -> None:
        """Note a fault."""
        record = self._record
        self._found.append(
            Fault(
                severity,
                code,
                self._where,
                what,
                remedy,
                record.participant,
                record.session or None,
            )
        )

    @property
    def found(self) -> tuple[Fault, ...]:
        """The faults so far, in the order in which they were found."""
        return tuple(self._found)

    @property
    def stopping(self) -> tuple[Fault, ...]:
        """The errors among them."""
        return tuple(f for f in self._found if f.severity == "error")


def included(scans: Iterable[ScanRecord], exclusions: Sequence[Exclusion]) -> list[ScanRecord]:
    """Return the scans that no exclusion covers."""
    return [r for r in scans if not any(e.covers(r) for e in exclusions)]


def people_left_out(exclusions: Sequence[Exclusion]) -> frozenset[str]:
    """Return the participants who are left out altogether."""
    return frozenset(e.participant for e in exclusions if e.whole_participant)


def standing(faults: Iterable[Fault], exclusions: Sequence[Exclusion]) -> tuple[Fault, ...]:
    """Return the faults that no exclusion silences.

    A fault of a person is silenced when the person is left out, one of a session when that
    session is. Scans left out one by one are not looked at in the first place.

    Examples
    --------
    >>> fault = Fault("error", "missing-tr", "x", "no TR.", "Add it.", "sub-01", "ses-a")
    >>> standing([fault], [Exclusion("sub-01", session="ses-a", reason="no TR")])
    ()
    """
    return tuple(f for f in faults if not any(_silences(e, f) for e in exclusions))


def _silences(exclusion: Exclusion, fault: Fault) -> bool:
    if fault.participant != exclusion.participant:
        return False
    session = exclusion.session and exclusion.session == fault.session
    return exclusion.whole_participant or bool(
        session and not exclusion.acquisition and not exclusion.run
    )
