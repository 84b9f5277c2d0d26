"""What columns are taken for."""

from __future__ import annotations

import pytest

from rewire.trial.sheet_columns import (
    find_arm_column,
    find_factors,
    find_id_column,
    find_joined,
    find_scores,
    find_session_column,
    split_column,
)
from rewire.trial.spreadsheet import Worksheet
from rewire.trial.tables import Table

FOLDERS = [f"sub-{i:02}" for i in range(1, 9)]


def table(columns: dict[str, list[object]]) -> Table:
    rows = tuple(tuple(str(c) for c in row) for row in zip(*columns.values(), strict=True))
    return Table("x", "x.csv", tuple(columns), rows, tuple(range(2, 2 + len(rows))))


def test_ids_stand_against_a_running_number() -> None:
    sheet = table({"Row": list(range(1, 9)), "Patient": [f"P{9 - i}" for i in range(1, 9)]})
    found, faults = find_id_column([Worksheet("", sheet)], FOLDERS)
    assert not faults
    assert found is not None
    assert (found.column, found.matching.pairs["sub-08"]) == ("Patient", "P8")


def test_the_worksheet_whose_ids_fit() -> None:
    legend = table({"code": ["BDI", "HAMD"], "meaning": ["Beck", "Hamilton"]})
    sheet = table({"code": [f"P{i}" for i in range(1, 9)], "BDI_BL": [1] * 8})
    found, _ = find_id_column([Worksheet("legend", legend), Worksheet("data", sheet)], FOLDERS)
    assert found is not None
    assert found.worksheet.name == "data"


def test_a_sheet_without_ids() -> None:
    sheet = table({"BDI": [10, 12, 12, 9], "Site": ["N", "S", "N", "S"]})
    found, (fault,) = find_id_column([Worksheet("", sheet)], FOLDERS)
    assert found is None
    assert (fault.code, fault.severity) == ("no-id-column", "error")
    assert "BDI, Site" in fault.what


def test_long_and_wide() -> None:
    names = ["P1", "P2", "P3"] * 2
    long = table({"id": names, "visit": ["BL"] * 3 + ["W6"] * 3, "BDI": list(range(6))})
    assert find_session_column(long, "id") == ("visit", ())
    wide = table({"id": ["P1", "P2"], "BDI_BL": [1, 2]})
    assert find_session_column(wide, "id") == ("", ())


def test_every_repeated_row_is_named() -> None:
    long = table({"id": ["P1", "P2", "P1", "P2", "P2"], "visit": ["BL", "BL", "W6", "W6", "w6"]})
    column, (fault,) = find_session_column(long, "id")
    assert column == "visit"
    assert "P2 w6 stands on lines 5, 6." in fault.what
    _, faults = find_session_column(table({"id": ["P1", "P1", "P2", "P2", "P3"]}), "id")
    assert len(faults) == 2
    assert all("add a column that names the session" in f.remedy for f in faults)


def test_arms_and_factors() -> None:
    sheet = table(
        {"id": list("abcd"), "Treatment": ["A", "B", "A", "B"], "Centre": ["x", "x", "y", "y"]}
    )
    assert find_arm_column(sheet, "id", ["id"]) == ("Treatment", ())
    assert find_factors(sheet, "id", ["id", "Treatment"]) == {"centre": "Centre"}
    unnamed = table({"id": list("abcd"), "Cohort": ["1", "2", "1", "2"], "Sex": list("mfmf")})
    assert find_arm_column(unnamed, "id", ["id"]) == ("", ("Cohort",))


@pytest.mark.parametrize(
    ("column", "pair"),
    [
        ("BDI_W6", ("BDI", "W6")),
        ("bdi baseline", ("bdi", "baseline")),
        ("Week 6 HAM-D", ("HAM D", "Week 6")),
        ("CAPS-5 (BL)", ("CAPS 5", "BL")),
        ("BDI_2", None),
        ("Age", None),
    ],
)
def test_columns_of_a_wide_sheet(column: str, pair: tuple[str, str] | None) -> None:
    assert split_column(column) == pair


def test_scores_of_a_wide_sheet() -> None:
    sheet = table(
        {
            "id": ["P1", "P2", "P3"],
            "WEMWBS_BL": [30, 40, 35],
            "WEMWBS_W6": [50, "lost", 41],
            "calm_BL": [1, 2, 3],
            "calm_W6": [1, 2, "n/a"],
            "once_BL": [1, 2, 3],
            "rater_BL": ["Kim", "Lee", "Kim"],
            "rater_W6": ["Kim", "Lee", "Kim"],
            "age_BL": [30, 40, 50],
            "age_W6": [30, 40, 50],
        }
    )
    wemwbs, calm = find_scores(sheet, "id", "", ["id"])
    assert wemwbs.columns == {"BL": "WEMWBS_BL", "W6": "WEMWBS_W6"}
    assert wemwbs.scale is not None
    assert wemwbs.scale.direction == "higher is better"
    assert (calm.name, calm.scale) == ("calm", None)
    assert calm.columns == {"BL": "calm_BL", "W6": "calm_W6"}


def test_a_number_that_never_changes_is_no_score_of_a_long_sheet() -> None:
    sheet = table({"id": ["P1", "P2"] * 2, "ill": [3, 4, 3, 4], "calm": [1, 2, 3, 4]})
    assert [s.name for s in find_scores(sheet, "id", "visit", ["id"])] == ["calm"]


def test_a_worksheet_of_people_is_joined_to_the_one_of_scores() -> None:
    names = [f"P{i}" for i in range(1, 9)]
    people = Worksheet("People", table({"code": names, "Arm": list("abababab")}))
    scores = Worksheet(
        "Scores", table({"id": names * 2, "visit": ["BL"] * 8 + ["W6"] * 8, "BDI": [9] * 16})
    )
    found, _ = find_id_column([people, scores], FOLDERS)
    assert found is not None
    assert found.worksheet.name == "Scores"
    assert find_joined([people, scores], found) == ((people, "code"),)
