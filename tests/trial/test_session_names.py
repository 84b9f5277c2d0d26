"""Sessions under two names."""

from __future__ import annotations

import pytest

from rewire.trial.session_names import find_renames, match_sessions, spoken_time


@pytest.mark.parametrize(
    ("text", "column", "time"),
    [("W6", "", 42), ("wk 6", "", 42), ("T1", "", 1), ("6", "Week", 42), ("month_3", "", 91.2)],
)
def test_spoken_time(text: str, column: str, time: float) -> None:
    assert spoken_time(text, column) == pytest.approx(time)


def test_names_that_speak_of_one_time() -> None:
    found = match_sessions(["ses-baseline", "ses-week6"], ["BL", "W3", "W6", "M6"])
    assert [(s.label, s.in_sheet) for s in found] == [
        ("ses-baseline", ("BL",)),
        ("ses-w3", ("W3",)),
        ("ses-week6", ("W6",)),
        ("ses-m6", ("M6",)),
    ]
    assert [s.phase for s in found] == ["baseline", "", "", ""]


def test_week_zero_is_the_baseline() -> None:
    found = match_sessions(["ses-pre", "ses-week6"], ["0", "6"], "Week")
    assert [(s.label, s.in_sheet) for s in found] == [("ses-pre", ("0",)), ("ses-week6", ("6",))]


def test_as_many_sessions_in_known_order_are_matched_by_it_and_marked() -> None:
    found = match_sessions(["ses-01", "ses-02"], ["BL", "W6"])
    assert [(s.in_sheet, s.ranked) for s in found] == [(("BL",), True), (("W6",), True)]


def test_names_that_say_nothing_are_asked_about() -> None:
    found = match_sessions(["ses-a", "ses-b"], ["BL", "W6"])
    assert [(s.in_sheet, s.options) for s in found] == [((), ("BL", "W6"))] * 2


def people(count: int = 30) -> dict[str, list[str]]:
    return {f"sub-{i}": ["ses-baseline", "ses-week6"] for i in range(count)}


def test_one_person_with_another_label() -> None:
    (rename,) = find_renames(people() | {"sub-x": ["ses-bl", "ses-week6"]})
    assert (rename.participant, rename.label, rename.meant) == ("sub-x", "ses-bl", "ses-baseline")


def test_a_label_that_says_nothing_is_asked_about() -> None:
    (rename,) = find_renames(people() | {"sub-x": ["ses-rescan", "ses-week6"]})
    assert (rename.meant, rename.options) == ("", ("ses-baseline",))


@pytest.mark.parametrize("labels", [["ses-baseline"], ["ses-baseline", "ses-week6", "ses-month6"]])
def test_a_missing_or_a_further_session_is_no_rename(labels: list[str]) -> None:
    assert find_renames(people() | {"sub-x": labels}) == ()
