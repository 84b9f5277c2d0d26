"""The rows of a described spreadsheet as the tables that a trial is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rewire.core.errors import Fault
from rewire.trial.description import Description
from rewire.trial.tables import MISSING, Table, listed, shown


class SheetReader:
    """Reads people and scores out of one worksheet, as a description says.

    Parameters
    ----------
    told
        The description.
    table
        The worksheet.
    """

    def __init__(self, told: Description, table: Table) -> None:
        self._told = told
        self._table = table
        self._passed = frozenset(told.not_in_trial)
        self._folder = {name: folder for folder, name in told.participants.items() if name}

    def faults(self) -> tuple[Fault, ...]:
        """Return every way in which description and worksheet do not fit together."""
        missing = tuple(self._missing_columns())
        if missing:
            return missing
        return (
            *self._wrong_ids(),
            *self._repeated_rows(),
            *self._wrong_sessions(),
            *self._wrong_arms(),
            *(f for name in self._personal() for f in self._varying(name)),
        )

    def people(self, unlisted: Sequence[str] = ()) -> Table:
        """Return one row a person: ``participant_id``, ``arm`` and the factors.

        Parameters
        ----------
        unlisted
            Folders that the description does not name; they get a row without anything.
        """
        told = self._told
        columns = ("participant_id", "arm", *told.factors)
        labels = {_key(value): label for value, label in told.arm.labels.items()}
        rows: list[tuple[str, ...]] = []
        lines: list[int] = []
        for participant, row in self._everybody(unlisted):
            arm = self._value(row, told.arm.column)
            rest = [self._value(row, column) for column in told.factors.values()]
            rows.append((participant, labels.get(_key(arm), arm), *rest))
            lines.append(self._table.lines[row[0]] if row else 0)
        table = self._table
        return Table("participants", table.where, columns, tuple(rows), tuple(lines))

    def scores(self) -> Table:
        """Return one row a person and session: ``participant_id``, ``session_id``, the scales."""
        names = tuple(self._told.scales)
        rows: list[tuple[str, ...]] = []
        lines: list[int] = []
        for at, participant in self._rows():
            for session, cells in self._scored(at):
                if any(cell.lower() not in MISSING for cell in cells):
                    rows.append((participant, session, *cells))
                    lines.append(self._table.lines[at])
        columns = ("participant_id", "session_id", *names)
        return Table(self._table.stem, self._table.where, columns, tuple(rows), tuple(lines))

    def without_folder(self) -> tuple[str, ...]:
        """Return the ids that belong to no folder and are not passed over."""
        return tuple(i for i in self._ids() if i not in self._folder)

    def _ids(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for at, name in enumerate(self._table.column(self._told.sheet.id_column)):
            if name.lower() not in MISSING and name not in self._passed:
                rows.setdefault(name, []).append(at)
        return rows

    def _person(self, name: str) -> str:
        return self._folder.get(name) or f"sub-{re.sub(r'[^A-Za-z0-9]', '', name)}"

    def _rows(self) -> Iterator[tuple[int, str]]:
        for name, rows in self._ids().items():
            for at in rows:
                yield at, self._person(name)

    def _everybody(self, unlisted: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
        ids = self._ids()
        for folder, name in self._told.participants.items():
            yield folder, ids.get(name, [])
        for name in self.without_folder():
            yield self._person(name), ids[name]
        for folder in unlisted:
            yield folder, []

    def _value(self, rows: Sequence[int], column: str) -> str:
        cells = self._table.column(column) if column else ()
        return next((cells[at] for at in rows if cells and cells[at].lower() not in MISSING), "")

    def _scored(self, at: int) -> Iterator[tuple[str, list[str]]]:
        """Yield the sessions of a row, each with a cell for every scale."""
        told, table = self._told, self._table
        called = {_key(name): s.label for s in told.sessions for name in s.in_sheet}
        if told.sheet.session_column:
            session = called.get(_key(table.column(told.sheet.session_column)[at]), "")
            if session:
                yield session, [table.column(p.column)[at] for p in told.scales.values()]
            return
        for session in dict.fromkeys(called.values()):
            yield (
                session,
                [
                    next(
                        (
                            table.column(c)[at]
                            for n, c in p.columns.items()
                            if called.get(_key(n)) == session
                        ),
                        "",
                    )
                    for p in told.scales.values()
                ],
            )

    def _personal(self) -> Iterator[str]:
        yield from (c for c in (self._told.arm.column, *self._told.factors.values()) if c)

    def _missing_columns(self) -> Iterator[Fault]:
        told = self._told
        wanted = [("sheet.id_column", told.sheet.id_column), ("arm.column", told.arm.column)]
        wanted += [("sheet.session_column", told.sheet.session_column)]
        wanted += [(f"factors.{name}", column) for name, column in told.factors.items()]
        for name, part in told.scales.items():
            wanted += [(f"scales.{name}.columns", column) for column in part.columns.values()]
            if told.sheet.session_column:
                wanted.append((f"scales.{name}.column", part.column or "(none)"))
        for key, column in wanted:
            if column and column not in self._table.columns:
                what = (
                    f"{key} is '{shown(column)}'; the sheet has {listed(self._table.columns, 40)}."
                )
                yield self._fault(what, "Name a column of the sheet.")

    def _wrong_ids(self) -> Iterator[Fault]:
        held = {*self._ids(), *self._passed}
        for folder, name in self._told.participants.items():
            if name and name not in held:
                what = f"participants: {folder} is '{shown(name)}', an id that the sheet lacks."
                yield self._fault(what, 'Write an id of the sheet, or "" for none.', folder)
            elif name in self._passed:
                what = f"'{shown(name)}' stands under not_in_trial and is {folder} as well."
                yield self._fault(what, "Keep it in one place.", folder)
        owners: dict[str, list[str]] = {}
        for folder, name in self._told.participants.items():
            owners.setdefault(name, []).append(folder)
        for name, folders in owners.items():
            if name and len(folders) > 1:
                what = f"participants: '{shown(name)}' is given to {listed(folders)}."
                yield self._fault(what, "Give every id to one folder.")
        made: dict[str, str] = dict.fromkeys(self._told.participants, "a folder of that name")
        for name in self.without_folder():
            other = made.setdefault(self._person(name), f"'{shown(name)}'")
            if other != f"'{shown(name)}'" or self._person(name) == "sub-":
                what = f"'{shown(name)}' would be called {self._person(name)}, as {other} is."
                remedy = "Change the id in the sheet, or name it under not_in_trial."
                yield self._fault(what, remedy)

    def _repeated_rows(self) -> Iterator[Fault]:
        column = self._told.sheet.session_column
        cells = self._table.column(column)
        for name, rows in self._ids().items():
            first: dict[str, int] = {}
            for at in rows:
                session = _key(cells[at]) if column else ""
                earlier = first.setdefault(session, at)
                if earlier != at:
                    lines = self._table.lines
                    at_session = f" {shown(cells[at])}" if column else ""
                    what = (
                        f"{shown(name)}{at_session} stands on line {lines[earlier]} and again on "
                        f"line {lines[at]}."
                    )
                    remedy = f"Keep one row for each person{' and session' if column else ''}."
                    yield self._fault(what, remedy, self._folder.get(name), "duplicate-session")

    def _wrong_sessions(self) -> Iterator[Fault]:
        told = self._told
        labels = [s.label for s in told.sessions]
        for label in sorted({x for x in labels if labels.count(x) > 1}):
            yield self._fault(f"sessions: {label} is there twice.", "Keep one.")
        called = [_key(name) for s in told.sessions for name in s.in_sheet]
        for name in sorted({x for x in called if called.count(x) > 1}):
            yield self._fault(f"sessions: two are called '{shown(name)}'.", "Keep one of them.")
        used = [n for p in told.scales.values() for n in p.columns]
        if told.sheet.session_column:
            used = [
                c for c in self._table.column(told.sheet.session_column) if c.lower() not in MISSING
            ]
        for name in dict.fromkeys(n for n in used if _key(n) not in called):
            what = f"no session is called '{shown(name)}' in the sheet."
            yield self._fault(
                what, "Add it to in_sheet of the session that it is, or add a session."
            )

    def _wrong_arms(self) -> Iterator[Fault]:
        arm = self._told.arm
        known = {_key(value) for value in arm.labels}
        cells = {self._value(rows, arm.column) for _, rows in self._everybody(())}
        for value in sorted(c for c in cells if c and known and _key(c) not in known):
            what = f"arm.labels does not say what '{shown(value)}' means."
            yield self._fault(what, f"Add it to the labels of {shown(arm.column)}.")

    def _varying(self, column: str) -> Iterator[Fault]:
        cells = self._table.column(column)
        for name, rows in self._ids().items():
            values = {_key(cells[at]): cells[at] for at in rows if cells[at].lower() not in MISSING}
            if len(values) > 1:
                what = f"{shown(name)}: {shown(column)} is {listed(sorted(values.values()))}."
                yield self._fault(what, "Give a person one value.", self._folder.get(name))

    def _fault(
        self, what: str, remedy: str, person: str | None = None, code: str = "trial-description"
    ) -> Fault:
        return Fault("error", code, self._table.where, what, remedy, person)


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()
