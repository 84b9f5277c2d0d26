"""Which scans go together into a measure that needs more than one kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from rewire.core.types import ScanKind, ScanRecord


def scan_sets(
    scans: Sequence[ScanRecord], needs: Sequence[ScanKind], connectome: object = None
) -> Iterator[tuple[ScanRecord, ...]]:
    """Yield the scans that a measure takes together.

    Parameters
    ----------
    scans
        Of a trial.
    needs
        Kinds that the measure needs, the one that its result belongs to first.
    connectome
        The measure's option of that name: ``person`` lets a session without a connectome take the
        person's connectome from another session, where there is just one; anything else does not.

    Yields
    ------
    tuple of ScanRecord
        One scan a kind, all of one session; of several acquisitions the scan's own if it is among
        them. A session that lacks a kind gives nothing.
    """
    first, *others = needs
    for record in (r for r in scans if r.kind == first):
        beside = [_beside(record, kind, scans, connectome) for kind in others]
        yield from ((record, *rest) for rest in product(*beside))


def _beside(
    record: ScanRecord, kind: ScanKind, scans: Sequence[ScanRecord], connectome: object
) -> list[ScanRecord]:
    own = [r for r in scans if r.kind == kind and r.participant == record.participant]
    here = [r for r in own if r.session == record.session]
    if not here and kind == "connectome" and connectome == "person" and len(own) == 1:
        return own
    return [r for r in here if r.acquisition == record.acquisition] or here
