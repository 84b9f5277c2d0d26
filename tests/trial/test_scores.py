"""Long and wide score tables."""

from __future__ import annotations

from typing import Any

import pytest

from rewire.trial.scores import read_scores, wide_columns


@pytest.mark.parametrize(
    ("column", "scale", "session"),
    [
        ("bdi_baseline", "bdi", "ses-baseline"),
        ("bdi_ses-week1", "bdi", "ses-week1"),
        ("BDI_pre", "bdi", "ses-pre"),
        ("qids_sr16_week3", "qids_sr16", "ses-week3"),
        ("calm_month6", "calm", "ses-month6"),
        ("bdi_visitA", "bdi", "ses-visitA"),
    ],
)
def test_wide_column(column: str, scale: str, session: str) -> None:
    (found,) = wide_columns([column], frozenset({"ses-visitA"}))
    assert (found.scale, found.session) == (scale, session)


@pytest.mark.parametrize("column", ["age", "hamd_17", "bdi_3", "hamd_total", "expectancy_received"])
def test_columns_of_no_session(column: str) -> None:
    assert wide_columns([column], frozenset()) == ()


def test_a_bare_number_that_is_a_session(folder: Any) -> None:
    assert wide_columns(["bdi_2"], frozenset({"ses-2"}))[0].session == "ses-2"


def test_sessions_without_their_prefix(folder: Any) -> None:
    folder.table("phenotype/x.tsv", [("participant_id", "session_id", "BDI"), ("sub-01", "b", 3)])
    assert read_scores(folder.root, ()).rows == [("sub-01", "ses-b", "bdi", 3.0, "x")]


def test_wide_score_out_of_range(folder: Any) -> None:
    folder.table("phenotype/x.tsv", [("participant_id", "bdi_week1"), ("sub-01", 99)])
    (fault,) = read_scores(folder.root, ()).faults
    assert (fault.code, fault.session, fault.participant) == ("score-range", "ses-week1", "sub-01")


def test_text_columns_are_passed_over(folder: Any) -> None:
    head = ("participant_id", "session_id", "rater", "bdi")
    folder.table("phenotype/x.tsv", [head, ("sub-01", "ses-a", "Kim", 3)])
    assert [row[2] for row in read_scores(folder.root, ()).rows] == ["bdi"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("subject\tbdi\nsub-01\t3\n", "table-skipped"),
        ("participant_id\tbdi\tbdi\nsub-01\t3\t4\n", "unreadable-table"),
        ("participant_id\tbdi\nsub-01\t3\t4\n", "unreadable-table"),
        ("", "empty-table"),
    ],
)
def test_tables_that_cannot_be_used(folder: Any, text: str, code: str) -> None:
    folder.text("phenotype/x.tsv", text)
    scores = read_scores(folder.root, ())
    assert [f.code for f in scores.faults] == [code]
    assert scores.rows == []


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("bdi", 0, 63),
        ("hamd", 0, 52),
        ("madrs", 0, 60),
        ("qids", 0, 27),
        ("wemwbs", 14, 70),
        ("stait", 20, 80),
    ],
)
def test_the_range_of_every_scale(folder: Any, name: str, low: int, high: int) -> None:
    cells = [low, high, low - 1, high + 1]
    rows = [(f"sub-{i}", "ses-a", v) for i, v in enumerate(cells)]
    folder.table("phenotype/x.tsv", [("participant_id", "session_id", name), *rows])
    faults = read_scores(folder.root, ()).faults
    assert [f.participant for f in faults] == ["sub-2", "sub-3"]
