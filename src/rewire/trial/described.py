"""Reading a trial through its ``trial.toml``: the same tables as from a folder laid out as BIDS."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rewire.core.errors import Fault, TrialError
from rewire.core.types import ScanRecord
from rewire.trial.adverse_events import ADVERSE_EVENTS, read_adverse_events
from rewire.trial.bids import Index, index_trial, parse_name, scan_id
from rewire.trial.description import Description, description_at, read_description
from rewire.trial.participants import participants_from
from rewire.trial.scores import Scores, add_long
from rewire.trial.sessions import SessionTables, Told, read_session_tables
from rewire.trial.sheet_rows import SheetReader
from rewire.trial.sources import FoundScans, Sources, Wanted, found_scans
from rewire.trial.spreadsheet import Worksheet, join_worksheets, read_spreadsheet
from rewire.trial.tables import Table, listed, repeated_rows, shown
from rewire.trial.tabulated import read_tabulated


@dataclass(frozen=True, slots=True)
class Located:
    """A description and where its folders and its sheet are.

    Parameters
    ----------
    description
        What the file says.
    file
        The ``trial.toml``.
    root
        The folder that holds the file and every derivative.
    derivatives
        The folders of derivatives.
    sheet
        The spreadsheet.
    """

    description: Description
    file: Path
    root: Path
    derivatives: tuple[Path, ...]
    sheet: Path


def locate(file: Path) -> Located:
    """Read a description and find what it names.

    Raises
    ------
    TrialError
        If it cannot be used, still asks something, or names a folder that is not there.
    """
    file = file.resolve()
    told = read_description(file)
    folders = tuple((file.parent / name).resolve() for name in told.derivatives)
    faults = [
        Fault("error", "no-trial", file.name, f"there is no folder {shown(name)}.", _FOLDERS)
        for name, folder in zip(told.derivatives, folders, strict=True)
        if not folder.is_dir()
    ]
    if faults:
        raise TrialError(faults)
    root = Path(os.path.commonpath([file.parent, *folders]))
    return Located(told, file, root, folders, (file.parent / told.sheet.file).resolve())


_FOLDERS = "Correct derivatives, which are relative to the file."


def folders_apart(root: Path) -> tuple[Path, ...]:
    """Return the folders of derivatives of a described trial, empty for any other.

    Parameters
    ----------
    root
        As a user gives it: a folder or a ``trial.toml``.
    """
    file = description_at(root)
    return locate(file).derivatives if file is not None else ()


def read_described_scans(located: Located, wanted: Wanted) -> FoundScans:
    """Find the scans of a described trial, without a look at arms, scores or the sheet.

    Parameters
    ----------
    located
        What :func:`locate` gave.
    wanted
        What the plan wants; its atlas stands against that of the description.
    """
    told = located.description
    found = [index_trial(folder) for folder in located.derivatives]
    index = Index(
        tuple(record for one in found for record in one.scans),
        tuple(sorted({folder for one in found for folder in one.folders})),
        tuple(table for one in found for table in one.session_tables),
        tuple(fault for one in found for fault in one.faults),
        tuple(table for one in found for table in one.event_tables),
        tuple(path for one in found for path in one.companions),
    )
    wanted = replace(wanted, atlas=wanted.atlas or told.atlas or None)
    return found_scans(
        index, wanted, located.root, located.derivatives, lambda record: _renamed(record, told)
    )


def read_described(file: Path, wanted: Wanted) -> Sources:
    """Read everything that a ``trial.toml`` describes.

    Parameters
    ----------
    file
        The ``trial.toml``.
    wanted
        As for :func:`read_described_scans`.

    Raises
    ------
    TrialError
        If the description or the sheet cannot be used; every fault is named.
    """
    located = locate(file)
    file, told = located.file, located.description
    scans = read_described_scans(located, wanted)
    table = _worksheet(located)
    reader = SheetReader(told, table)
    wrong = [*reader.faults(), *_unknown_folders(located, scans.index)]
    if wrong:
        raise TrialError(wrong)
    unlisted = [f for f in scans.index.folders if f not in told.participants]
    people = participants_from(reader.people(unlisted))
    scores = Scores()
    scores.described = {n: p.scale(n, file.name) for n, p in told.scales.items()}
    long = reader.scores()
    again, repeated = repeated_rows(long)
    scores.faults += repeated
    add_long(long, again, scores)
    sessions = _session_tables(located, scans.index)
    tabulated = read_tabulated(file.parent)
    elsewhere = {r.session for r in scans.index.scans} | {t.session for t in sessions.rows}
    elsewhere |= set(tabulated.frame["session_id"])
    return Sources(
        told.name,
        located.root,
        scans,
        people,
        sessions,
        scores,
        tabulated,
        read_adverse_events(file.parent, people),
        tuple(dict.fromkeys([*(s.label for s in told.sessions), *sorted(elsewhere - {""})])),
        (file, located.sheet, *_tables_beside(file)),
        tuple(_doubts(located, reader, unlisted)),
    )


def _renamed(record: ScanRecord, told: Description) -> ScanRecord:
    label = told.rename.get(record.participant, {}).get(record.session)
    if label is None:
        return record
    record = replace(record, session=label)
    return replace(record, id=scan_id(record, parse_name(record.path.name).get("meas")))


def _worksheet(located: Located) -> Table:
    told = located.description.sheet
    read = read_spreadsheet(located.sheet, located.root)
    held = {sheet.name: sheet for sheet in read.sheets}
    faults = [f for f in read.faults if f.severity == "error"]
    wanted = [told.worksheet or next(iter(held), ""), *(part.worksheet for part in told.joined)]
    for name in wanted if held else ():
        if name not in held:
            what = f"has no worksheet '{shown(name)}' with rows; it has {listed(held)}."
            remedy = f"Correct the names under sheet in {located.file.name}."
            faults.append(Fault("error", "unreadable-table", located.sheet.name, what, remedy))
    more = [(held[p.worksheet], p.id_column) for p in told.joined if p.worksheet in held]
    for sheet, column in more:
        faults += _not_joinable(sheet, column)
    if faults:
        raise TrialError(faults)
    return join_worksheets(held[wanted[0]].table, told.id_column, more)


def _not_joinable(sheet: Worksheet, column: str) -> Iterator[Fault]:
    table = sheet.table
    if column not in table.columns:
        what = f"has no column '{shown(column)}'; it has {listed(table.columns, 40)}."
        remedy = "Correct its id_column under sheet.joined."
        yield Fault("error", "trial-description", table.where, what, remedy)
    counts = Counter(name for name in table.column(column) if name)
    again = [name for name, count in counts.items() if count > 1]
    if again:
        what = f"has more than one row for {listed(again)}."
        remedy = "Keep one row for each person in a joined worksheet."
        yield Fault("error", "duplicate-participant", table.where, what, remedy)


def _unknown_folders(located: Located, index: Index) -> Iterator[Fault]:
    for participant in located.description.participants:
        if participant not in index.folders:
            what = f"participants: there is no folder {participant} in the derivatives."
            remedy = "Correct the name, or remove the line."
            where = located.file.name
            yield Fault("error", "trial-description", where, what, remedy, participant)


def _tables_beside(file: Path) -> list[Path]:
    held = sorted((file.parent / "measures").glob("*.tsv"))
    named = [file.parent / name for name in ("sessions.tsv", ADVERSE_EVENTS)]
    return [p for p in (*named, *held) if p.is_file()]


def _session_tables(located: Located, index: Index) -> SessionTables:
    """Return what the description says of sessions, and session tables beside it or the scans."""
    told = located.description
    phases = {s.label: s.phase for s in told.sessions}
    rows = [Told("", label, {"phase": phase}) for label, phase in phases.items()]
    read = read_session_tables(located.file.parent, index.session_tables)
    for row in read.rows:
        label = told.rename.get(row.participant, {}).get(row.session, row.session)
        phase = row.text.get("phase") or phases.get(label, "")
        rows.append(replace(row, session=label, text={**row.text, "phase": phase}))
    return SessionTables(tuple(rows), read.faults)


def _doubts(located: Located, reader: SheetReader, unlisted: Sequence[str]) -> Iterator[Fault]:
    where = located.file.name
    if unlisted:
        what = f"{listed(unlisted)} {'is' if len(unlisted) == 1 else 'are'} not in it."
        remedy = "Add a line under participants; until then arm and scores are unknown."
        yield Fault("warning", "participant-not-listed", where, what, remedy)
    spare = reader.without_folder()
    if spare:
        what = f"ids of the sheet that belong to no folder: {listed(spare, 20)}."
        remedy = "They count as people without scans; else name them under not_in_trial."
        yield Fault("warning", "row-without-folder", where, what, remedy)
