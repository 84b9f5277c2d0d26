"""The order of sessions."""

from __future__ import annotations

import pytest

from rewire.trial.sessions import Told, order_sessions, session_frame, time_of


def told(session: str, days: float = float("nan"), drug: str = "", who: str = "") -> Told:
    return Told(who, session, {"drug": drug}, days=days)


@pytest.mark.parametrize(
    "names",
    [
        ("ses-screening", "ses-baseline", "ses-pre", "ses-post", "ses-week1", "ses-month3"),
        ("ses-b0", "ses-d2", "ses-d10"),
        ("ses-1", "ses-2", "ses-10"),
        ("ses-V1", "ses-V2", "ses-V10"),
        ("ses-baseline", "ses-1week", "ses-2weeks", "ses-6months", "ses-1year", "ses-followup"),
        ("ses-pre", "ses-w02", "ses-w12"),
    ],
)
def test_names_that_speak_of_time(names: tuple[str, ...]) -> None:
    assert order_sessions([], [names[::-1]]) == names


def test_a_table_that_adds_a_time_point_in_between() -> None:
    lists = [["ses-baseline", "ses-week2", "ses-week6"], ["ses-baseline", "ses-week3"]]
    assert order_sessions([], lists) == ("ses-baseline", "ses-week2", "ses-week3", "ses-week6")


def test_names_that_say_nothing_keep_their_order_with_baseline_first() -> None:
    assert order_sessions([], [["ses-z", "ses-a", "ses-baseline"]]) == (
        "ses-baseline",
        "ses-z",
        "ses-a",
    )


def test_days_stand_against_the_order_of_rows() -> None:
    rows = [told("ses-x", 40), told("ses-y", 3), told("ses-baseline")]
    assert order_sessions(rows, []) == ("ses-baseline", "ses-y", "ses-x")


def test_days_since_each_infusion_keep_the_listed_order() -> None:
    rows = [told("ses-b0")]
    rows += [told(f"ses-{d[0]}{n}", n, d) for d in ("drug", "placebo") for n in (2, 10)]
    assert order_sessions(rows, []) == ("ses-b0", "ses-d2", "ses-d10", "ses-p2", "ses-p10")


def test_a_persons_own_row_stands_against_everybodys() -> None:
    rows = [told("ses-a", 1), told("ses-a", 5, who="sub-02")]
    table = session_frame([("sub-01", "ses-a"), ("sub-02", "ses-a")], rows, ["ses-a"])
    assert table["days"].tolist() == [1.0, 5.0]


def test_no_time_in_a_drugs_name() -> None:
    assert all(time_of(f"ses-{n}") is None for n in ("psilocybin", "p2", "drug", "A"))
