"""The scans of a trial and nothing else: no arms, no scores, no tables of people or sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from rewire.core.atlas import Atlas
from rewire.core.errors import Fault, TrialError
from rewire.core.schema import SCORE_COLUMNS, TABULATED_COLUMNS
from rewire.core.store import digest
from rewire.core.types import Scan, ScanRecord, Trial
from rewire.trial.bids import index_trial
from rewire.trial.described import locate, read_described_scans
from rewire.trial.description import description_at
from rewire.trial.faults import included, standing
from rewire.trial.reading import Reading
from rewire.trial.scan import ScanLoader
from rewire.trial.sessions import session_frame
from rewire.trial.sources import Wanted, found_scans

_NAMELESS = "Blind run"  # a trial's own name may name its drug


@dataclass(frozen=True, slots=True)
class KeyRow:
    """Whose scan an opaque id stands for.

    Attributes
    ----------
    scan
        The opaque id.
    record
        The scan.
    """

    scan: str
    record: ScanRecord


def read_scans(root: Path, wanted: Wanted) -> Reading:
    """Find the scans of a trial without opening a table of people, sessions, scores or measures.

    Parameters
    ----------
    root
        The trial's folder, or a ``trial.toml``; the spreadsheet that it names is not opened.
    wanted
        What the plan wants; scans that it leaves out by name are gone from the result.

    Returns
    -------
    Reading
        Nobody has an arm, no session an order or a drug, and there is no score.

    Raises
    ------
    TrialError
        If there is no such folder, or no scan in it.
    """
    root = Path(root)
    file = description_at(root)
    if file is None and not root.is_dir():
        what, remedy = "is not a folder.", "Give the folder that holds the sub-* folders."
        raise TrialError([Fault("error", "no-trial", str(root), what, remedy)])
    if file is not None:
        located = locate(file)
        root, name = located.root, located.description.name
        found = read_described_scans(located, wanted)
    else:
        root, name = root.resolve(), root.resolve().name
        found = found_scans(index_trial(root), wanted, root)
    scans = tuple(included(found.selection.scans, wanted.exclusions))
    faults = [*found.index.faults, *found.selection.faults, *found.atlases.faults, *found.faults]
    if not scans:
        what = "there is no parcellated scan in it."
        remedy = "A blind run measures scans: give a folder with *_timeseries.tsv files."
        raise TrialError([*faults, Fault("error", "no-scans", name, what, remedy)])
    atlases = found.atlases.found
    trial = _bare_trial(name, scans, atlases, ScanLoader(atlases, root), root)
    return Reading(trial, standing(dict.fromkeys(faults), wanted.exclusions))


def opaque_key(scans: Sequence[ScanRecord], contents: Mapping[str, str]) -> tuple[KeyRow, ...]:
    """Give every scan an id that only the trial's own data can lead back to a person.

    Parameters
    ----------
    scans
        The scans.
    contents
        By scan id: digest of what the scan's own file holds.

    Returns
    -------
    tuple of KeyRow
        In the order of the opaque ids, which says nothing.

    Notes
    -----
    The id is a digest of content and name together. Who has an output alone cannot try out names;
    who has the trial's folder can rebuild the key.
    """
    rows = [KeyRow(_opaque("scan", contents[r.id], r.id), r) for r in scans]
    return tuple(sorted(rows, key=lambda row: row.scan))


def concealed(trial: Trial, key: Sequence[KeyRow], contents: Mapping[str, str]) -> Trial:
    """Return a trial in which scans, people and visits have opaque names.

    Parameters
    ----------
    trial
        What :func:`read_scans` found.
    key
        What :func:`opaque_key` gave for it.
    contents
        As for :func:`opaque_key`.

    Returns
    -------
    Trial
        Its scans in the order of the key. Scans of one visit still share a name, since some
        measures need two kinds of scan; no name occurs in two visits or people.
    """
    people = _joint_digests(trial.scans, contents, lambda r: (r.participant,))
    visits = _joint_digests(trial.scans, contents, lambda r: (r.participant, r.session))
    scans = tuple(
        replace(
            row.record,
            id=row.scan,
            origin=row.record.id,
            participant=_opaque("person", people[(row.record.participant,)]),
            session=_opaque("visit", visits[(row.record.participant, row.record.session)]),
            acquisition="",
            run=row.scan.removeprefix("scan-"),
        )
        for row in key
    )
    return _bare_trial(_NAMELESS, scans, trial.atlases, trial.load, trial.root)


def _opaque(kind: str, *parts: str) -> str:
    return f"{kind}-{digest('opaque', kind, *parts)[:12]}"


def _joint_digests(
    scans: Sequence[ScanRecord],
    contents: Mapping[str, str],
    group: Callable[[ScanRecord], tuple[str, ...]],
) -> dict[tuple[str, ...], str]:
    members: dict[tuple[str, ...], list[str]] = {}
    for record in scans:
        members.setdefault(group(record), []).append(contents[record.id] + record.id)
    return {name: digest(*sorted(found)) for name, found in members.items()}


def _bare_trial(
    name: str,
    scans: tuple[ScanRecord, ...],
    atlases: Mapping[str, Atlas],
    load: Callable[[ScanRecord], Scan],
    root: Path | None,
) -> Trial:
    people = list(dict.fromkeys(r.participant for r in scans))
    visits = [(r.participant, r.session) for r in scans]
    return Trial(
        name=name,
        participants=pd.DataFrame({"participant_id": people, "arm": [""] * len(people)}),
        sessions=session_frame(visits, (), list(dict.fromkeys(s for _, s in visits))),
        scores=pd.DataFrame(columns=list(SCORE_COLUMNS)),
        tabulated=pd.DataFrame(columns=list(TABULATED_COLUMNS)),
        scans=scans,
        atlases=atlases,
        scales={},
        load=load,
        root=root,
    )
