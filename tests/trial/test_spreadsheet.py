"""Spreadsheets in the forms that trial teams keep them in."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from rewire.trial.spreadsheet import read_spreadsheet


def test_worksheets_of_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Notes"
    first["A1"] = "Scores of the trial"
    scores = book.create_sheet("Scores")
    for row in (
        ["Scores, final"],
        [],
        ["ID", "BDI", "Note"],
        [1, 12.5, None],
        [2.0, None, " a  b "],
    ):
        scores.append(row)
    book.save(tmp_path / "x.xlsx")
    read = read_spreadsheet(tmp_path / "x.xlsx", tmp_path)
    (sheet,) = read.sheets
    assert sheet.name == "Scores"
    assert sheet.table.columns == ("ID", "BDI", "Note")
    assert sheet.table.rows == (("1", "12.5", ""), ("2", "", "a b"))
    assert sheet.table.lines == (4, 5)


@pytest.mark.parametrize(
    "text",
    [
        "id,BDI\nP1,12.5\n",
        "id\tBDI\nP1\t12.5\n",
        "id;BDI\nP1;12,5\n",
        "\ufeffid,BDI\r\nP1,12.5\r\n",
    ],
)
def test_text_in_every_delimiter(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    (sheet,) = read_spreadsheet(path, tmp_path).sheets
    assert (sheet.table.columns, sheet.table.rows) == (("id", "BDI"), (("P1", "12.5"),))


def test_a_file_of_an_old_program(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("id,Müde\nP1,3\n".encode("cp1252"))
    assert read_spreadsheet(tmp_path / "x.csv", tmp_path).sheets[0].table.columns == ("id", "Müde")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.csv", b"", "empty-table"),
        ("x.csv", b"id,BDI\n", "empty-table"),
        ("x.csv", b"id,BDI,BDI\nP1,1,2\n", "unreadable-table"),
        ("x.xlsx", b"this is no workbook", "unreadable-table"),
        ("x.sav", b"$FL2", "unreadable-table"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    read = read_spreadsheet(tmp_path / name, tmp_path)
    assert not read.sheets
    assert [(f.code, f.where, f.severity) for f in read.faults] == [(code, name, "error")]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (fault,) = read_spreadsheet(tmp_path / "x.csv", tmp_path).faults
    assert "is no file" in fault.what
