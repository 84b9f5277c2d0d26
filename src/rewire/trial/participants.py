"""Who took part: ``participants.tsv``, and whoever turns up elsewhere without standing in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rewire.core.errors import Fault
from rewire.trial.tables import Table, listed, numbers, plain, read_table, shown

_ID = re.compile(r"sub-[A-Za-z0-9]+")
_ARM_COLUMNS = ("arm", "group", "treatment_arm", "treatment")
_FLAGS = frozenset({"0", "1", "true", "false", "yes", "no", "y", "n"})
_FILE = "participants.tsv"


@dataclass(frozen=True, slots=True, eq=False)
class Participants:
    """The people of a trial.

    Parameters
    ----------
    table
        ``participant_id``, ``arm`` and the columns of the file; numbers as float, rest as text.
    listed
        Who stands in ``participants.tsv``; None where there is no such file.
    faults
        What is wrong with the file.
    """

    table: pd.DataFrame
    listed: frozenset[str] | None
    faults: tuple[Fault, ...]


def read_participants(root: Path) -> Participants:
    """Read ``participants.tsv``.

    The arm is the column ``arm``, else ``group``, ``treatment_arm`` or ``treatment``; an empty
    string where the table has none of them.

    Parameters
    ----------
    root
        The trial's folder.

    Returns
    -------
    Participants
        An empty table with a warning where the file is absent.
    """
    empty = pd.DataFrame({"participant_id": [], "arm": []}, dtype=object)
    if not (root / _FILE).is_file():
        what = "is not there; the participants are those who have a folder or a row elsewhere."
        remedy = "Add it, with the columns participant_id and arm."
        fault = Fault("warning", "no-participants-table", _FILE, what, remedy)
        return Participants(empty, None, (fault,))
    read = read_table(root / _FILE, root)
    if read.table is None:
        return Participants(empty, None, read.faults)
    if "participant_id" not in read.table.columns:
        what = f"has no column participant_id; it has {listed(read.table.columns)}."
        fault = Fault("error", "unreadable-table", _FILE, what, "Name the column of ids so.")
        return Participants(empty, None, (fault,))
    return participants_from(read.table, read.faults)


def participants_from(table: Table, faults: Iterable[Fault] = ()) -> Participants:
    """Return the people of a table.

    Parameters
    ----------
    table
        With the column ``participant_id``; see :func:`read_participants` for the arm.
    faults
        What was wrong with the table so far.
    """
    frame = _frame(table)
    faults = [
        *faults,
        *_repeated(table),
        *_doubtful_ids(frame["participant_id"], table.where),
        *_arms(frame, table.where),
    ]
    frame = frame.drop_duplicates("participant_id", ignore_index=True)
    return Participants(frame, frozenset(frame["participant_id"]), tuple(faults))


def with_unlisted(people: Participants, seen: dict[str, str]) -> Participants:
    """Return the participants with those who turn up elsewhere added, and a warning for each.

    Parameters
    ----------
    people
        Those of ``participants.tsv``.
    seen
        Who else was seen, and in which file or folder.
    """
    known = set(people.table["participant_id"])
    new = [p for p in seen if p not in known]
    if not new:
        return people
    added = pd.DataFrame({"participant_id": new, "arm": ""}, dtype=object)
    table = pd.concat([people.table, added], ignore_index=True) if len(people.table) else added
    for column in table.columns:
        if table[column].dtype == object:
            table[column] = table[column].fillna("")
    faults = list(_doubtful_ids(new))
    if people.listed is not None:
        faults += [_not_listed(p, seen[p]) for p in new]
    return Participants(table, people.listed, (*people.faults, *faults))


def _frame(table: Table) -> pd.DataFrame:
    columns: dict[str, object] = {"participant_id": list(table.column("participant_id"))}
    source = next((c for c in _ARM_COLUMNS if c in table.columns), "")
    columns["arm"] = [plain(text) for text in table.column(source)]
    for name in table.columns:
        if name not in columns:
            texts = table.column(name)
            values = numbers(texts)
            columns[name] = [plain(t) for t in texts] if values is None else values
    frame = pd.DataFrame(columns)
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = frame[name].astype(object)
    return frame


def _repeated(table: Table) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for i, participant, _ in table.ids():
        if participant in first:
            what = (
                f"{shown(participant)} stands on line {table.lines[first[participant]]} and again "
                f"on line {table.lines[i]}."
            )
            remedy = "Keep one row for each participant."
            faults.append(
                Fault("error", "duplicate-participant", table.where, what, remedy, participant)
            )
        first.setdefault(participant, i)
    return faults


def _doubtful_ids(ids: Iterable[str], where: str = _FILE) -> list[Fault]:
    return [
        Fault(
            "warning",
            "participant-name",
            where,
            f"'{shown(str(p))}' is not of the form sub-<letters and digits>.",
            "It is kept as text and matches no folder; correct or exclude it.",
            str(p),
        )
        for p in ids
        if not _ID.fullmatch(str(p))
    ]


def _arms(frame: pd.DataFrame, where: str) -> list[Fault]:
    arms = [str(a) for a in frame["arm"]]
    named = sorted({a for a in arms if a})
    faults = []
    if named and all(a.lower() in _FLAGS for a in named):
        what = f"the arms are called {listed(named)}."
        faults.append(Fault("warning", "arm-names", where, what, "Write what the arms received."))
    folded: dict[str, list[str]] = {}
    for arm in named:
        folded.setdefault(" ".join(arm.lower().split()), []).append(arm)
    for alike in folded.values():
        if len(alike) > 1:
            what = f"{' and '.join(shown(a) for a in alike)} count as different arms."
            remedy = "Spell one arm in one way."
            faults.append(Fault("warning", "arm-names", where, what, remedy))
    without = [str(p) for p, a in zip(frame["participant_id"], arms, strict=True) if not a]
    for participant in without if named else []:
        what = f"{shown(participant)} has no arm."
        remedy = "Give the arm, or exclude the participant."
        faults.append(Fault("warning", "missing-arm", where, what, remedy, participant))
    return faults


def _not_listed(participant: str, where: str) -> Fault:
    return Fault(
        "warning",
        "participant-not-listed",
        where,
        f"{shown(participant)} is not in participants.tsv.",
        "Add a row with the arm, or exclude the participant.",
        participant,
    )
