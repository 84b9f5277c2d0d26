"""Folders and ids that spell people differently."""

from __future__ import annotations

import pytest

from rewire.trial.matching_ids import match_ids


@pytest.mark.parametrize(
    ("folders", "ids", "rule"),
    [
        (["sub-01", "sub-02"], ["01", "sub-02"], "the same"),
        (["sub-ab1", "sub-ab2"], ["AB_1", "Ab-2"], "but for case and punctuation"),
        (["sub-001", "sub-012"], ["1", "12"], "but for zero padding"),
        (["sub-PSI01", "sub-PSI12"], ["trial-1", "trial-12"], "but for a prefix"),
        (["sub-01", "sub-12"], ["P01-AB", "P12-CD"], "by their numbers"),
        (["sub-1", "sub-2"], ["P1-2019", "P2-2019"], "by the first number"),
        (["sub-1", "sub-2"], ["2019-A-01", "2019-B-02"], "by the last"),
    ],
)
def test_each_rule(folders: list[str], ids: list[str], rule: str) -> None:
    matching = match_ids(folders, ids)
    assert matching.pairs == dict(zip(folders, ids, strict=True))
    assert matching.rules == {rule: 2}
    assert not matching.asked


def test_an_id_that_fits_two_folders_is_asked_about() -> None:
    matching = match_ids(["sub-1", "sub-01", "sub-2"], ["P1", "P2"])
    assert matching.pairs == {"sub-2": "P2"}
    assert matching.asked == {"sub-1": ("P1",), "sub-01": ("P1",)}


def test_a_folder_that_fits_two_ids_is_asked_about() -> None:
    matching = match_ids(["sub-07", "sub-08"], ["P07-AB", "P07-CD", "P08-AB"])
    assert matching.pairs == {"sub-08": "P08-AB"}
    assert matching.asked == {"sub-07": ("P07-AB", "P07-CD")}


def test_equal_numbers_under_unlike_letters_are_asked_about() -> None:
    matching = match_ids(["sub-A1", "sub-B2", "sub-B3"], ["A1", "C2", "B3"])
    assert matching.pairs == {"sub-A1": "A1", "sub-B3": "B3"}
    assert matching.asked == {"sub-B2": ("C2",)}


def test_a_folder_without_a_row_left_is_not_asked_about() -> None:
    matching = match_ids(["sub-1", "sub-2"], ["P1"])
    assert matching.without == ("sub-2",)
    assert not matching.asked


def test_a_row_without_a_folder_is_spare() -> None:
    assert match_ids(["sub-1"], ["P1", "P9"]).spare == ("P9",)
