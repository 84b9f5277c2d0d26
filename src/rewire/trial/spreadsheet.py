"""Spreadsheets as trial teams keep them: worksheets of an xlsx file, or a csv or tsv."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from rewire.core.errors import Fault
from rewire.trial.tables import Table, listed, relative, shown

_ENDINGS = (".xlsx", ".xlsm", ".csv", ".tsv", ".txt")
_EXCEL = (".xlsx", ".xlsm")
_DELIMITERS = "\t;,"
_COMMA = re.compile(r"[+-]?\d+,\d+")
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One worksheet.

    Parameters
    ----------
    name
        Its name; an empty string for a file of text.
    table
        Its cells as text, numbers without a needless ``.0``.
    """

    name: str
    table: Table


@dataclass(frozen=True, slots=True)
class Spreadsheet:
    """The worksheets of a file that hold rows, and what was wrong with it."""

    sheets: tuple[Worksheet, ...]
    faults: tuple[Fault, ...]


def read_spreadsheet(path: Path, root: Path) -> Spreadsheet:
    r"""Read every worksheet of a spreadsheet.

    The header is the first row with two or more filled cells, so that a title may stand above.
    Cells of formulas give the value that was last computed.

    Parameters
    ----------
    path
        An ``.xlsx``, ``.csv`` or ``.tsv`` file. Fields of a csv may be parted by semicolons, and
        its decimals then by commas.
    root
        The trial's folder; messages name the file relative to it.

    Returns
    -------
    Spreadsheet
        An error for a file that cannot be read, is empty, or has two columns of one name.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "scores.csv")
    >>> _ = path.write_text("id;BDI\nP01;12,5\n")
    >>> read_spreadsheet(path, path.parent).sheets[0].table.column("BDI")
    ('12.5',)
    """
    where = relative(path, root)
    if not path.is_file() or path.suffix.lower() not in _ENDINGS:
        what = "is no file." if not path.is_file() else f"ends in '{shown(path.suffix)}'."
        return _unreadable(where, what)
    excel = path.suffix.lower() in _EXCEL
    try:
        grids = _workbook(path) if excel else {"": _text(path)}
    except (OSError, ValueError, KeyError, csv.Error, zipfile.BadZipFile) as error:
        return _unreadable(where, f"cannot be read ({shown(str(error))}).")
    sheets: list[Worksheet] = []
    faults: list[Fault] = []
    for name, grid in grids.items():
        place = f"{where}, worksheet {shown(name)}" if name else where
        table = _table(grid, path.stem, place)
        if table is None:
            continue
        repeated = sorted({c for c in table.columns if table.columns.count(c) > 1})
        if repeated:
            what = f"has two columns of one name: {listed(repeated)}."
            remedy = "Give every column a name of its own."
            faults.append(Fault("error", "unreadable-table", place, what, remedy))
            continue
        sheets.append(Worksheet(name, table))
    if not sheets and not faults:
        remedy = "Give the file that holds the scores, one header row above the values."
        faults.append(Fault("error", "empty-table", where, "holds no rows of values.", remedy))
    return Spreadsheet(tuple(sheets), tuple(faults))


def join_worksheets(main: Table, column: str, more: Sequence[tuple[Worksheet, str]]) -> Table:
    """Return a worksheet with the columns of others added to its rows, by their ids.

    Parameters
    ----------
    main, column
        The worksheet whose rows are kept, and its column of ids.
    more
        Worksheets with one row a person, each with its column of ids. A column whose name is taken
        gets its worksheet's name before it.

    Examples
    --------
    >>> main = Table("x", "x", ("id", "BDI"), (("P1", "9"),), (2,))
    >>> arms = Worksheet("People", Table("x", "x", ("code", "arm"), (("P1", "drug"),), (2,)))
    >>> join_worksheets(main, "id", [(arms, "code")]).rows
    (('P1', '9', 'drug'),)
    """
    for sheet, key in more:
        table = sheet.table
        added = [i for i, name in enumerate(table.columns) if name != key]
        held = {name: row for name, row in zip(table.column(key), table.rows, strict=True) if name}
        names = tuple(
            f"{sheet.name}: {table.columns[i]}"
            if table.columns[i] in main.columns
            else table.columns[i]
            for i in added
        )
        empty = ("",) * len(table.columns)
        rows = tuple(
            (*row, *(held.get(name, empty)[i] for i in added))
            for name, row in zip(main.column(column), main.rows, strict=True)
        )
        main = replace(main, columns=(*main.columns, *names), rows=rows)
    return main


def _workbook(path: Path) -> dict[str, list[list[str]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about formatting that openpyxl does not keep
        frames = pd.read_excel(
            path, sheet_name=None, header=None, dtype=object, engine="openpyxl", na_filter=False
        )
    return {
        str(name): [[_cell(value) for value in row] for row in frame.to_numpy().tolist()]
        for name, frame in frames.items()
    }


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def _text(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return [[_number(" ".join(c.split()), delimiter) for c in row] for row in rows]


def _number(cell: str, delimiter: str) -> str:
    return cell.replace(",", ".") if delimiter == ";" and _COMMA.fullmatch(cell) else cell


def _table(grid: Sequence[Sequence[str]], stem: str, where: str) -> Table | None:
    filled = [(line, row) for line, row in enumerate(grid, 1) if any(row)]
    wide = [sum(map(bool, row)) >= _FEWEST for _, row in filled]
    if True not in wide:
        return None
    (_, head), *below = filled[wide.index(True) :]
    width = max(len(row) for _, row in ((0, head), *below))
    used = [
        i for i in range(width) if any(i < len(r) and r[i] for r in (head, *(r for _, r in below)))
    ]
    columns = tuple(head[i] if i < len(head) and head[i] else f"column {i + 1}" for i in used)
    rows = tuple(tuple(row[i] if i < len(row) else "" for i in used) for _, row in below)
    return Table(stem, where, columns, rows, tuple(line for line, _ in below)) if rows else None


def _unreadable(where: str, what: str) -> Spreadsheet:
    remedy = "Give an .xlsx, .csv or .tsv file with one header row."
    return Spreadsheet((), (Fault("error", "unreadable-table", where, what, remedy),))
