"""Measures that came as tables."""

from __future__ import annotations

from typing import Any

from rewire.trial.tabulated import read_tabulated


def test_long_and_change_tables(folder: Any) -> None:
    folder.table(
        "measures/modularity.tsv",
        [
            ("participant_id", "session_id", "q", "software"),
            ("sub-01", "ses-a", 1.5, "x"),
            ("sub-01", "ses-b", "n/a", "x"),
        ],
    )
    folder.table("measures/other.tsv", [("participant_id", "dmn_change"), ("sub-01", -0.5)])
    read = read_tabulated(folder.root)
    assert read.faults == ()
    rows = read.frame.fillna({"value": -99}).to_numpy().tolist()
    assert rows == [
        ["sub-01", "ses-a", "q", 1.5, "modularity", False],
        ["sub-01", "ses-b", "q", -99, "modularity", False],
        ["sub-01", "", "dmn", -0.5, "other", True],
    ]


def test_no_measures(folder: Any) -> None:
    folder.root.mkdir()
    assert read_tabulated(folder.root).frame.empty
