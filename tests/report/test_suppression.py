from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from rewire.report.suppression import (
    Told,
    about_suicidality,
    blank_small_cells,
    names_suicidality,
    tell_counts,
)


def test_a_small_count_is_less_than_five_and_nobody_is_nobody() -> None:
    assert [str(t) for t in tell_counts([0, 1, 4, 5], 5)] == ["0", "<5", "<5", "5"]


def test_a_sum_of_what_is_told_tells_no_more_than_its_parts() -> None:
    assert str(Told(20, 20) + Told(1, 4)) == "21 to 24"


@pytest.mark.parametrize("smallest", [3, 5])
def test_no_difference_of_told_counts_gives_a_small_group_back(smallest: int) -> None:
    for counts in itertools.product(range(17), repeat=3):
        if sorted(counts, reverse=True) != list(counts):
            continue
        told = tell_counts(counts, smallest)
        exact = [t.low for t in told if t.exact]
        exact = [n for n in exact if n]
        gaps = [abs(a - b) for a, b in itertools.combinations(exact, 2)]
        assert not any(0 < gap < smallest for gap in gaps)
        assert all(t.low <= n <= t.high for t, n in zip(told, counts, strict=True))
        assert all(t.exact is False for t, n in zip(told, counts, strict=True) if 0 < n < smallest)


def test_small_cells_are_blank_and_others_are_left() -> None:
    values = pd.DataFrame(
        {
            "participant": ["a", "b", "c", "a", "b", "c"],
            "arm": ["x"] * 6,
            "time": ["1"] * 3 + ["2"] * 3,
            "value": [1.0, 2.0, 3.0, 4.0, 5.0, np.nan],
        }
    )
    left = blank_small_cells(values, 3)["value"].tolist()
    assert left[:3] == [1.0, 2.0, 3.0]
    assert np.isnan(left[3:]).all(), "two people are left at the second time"


@pytest.mark.parametrize(
    "name",
    [
        "suicidality",
        "BSS",
        "bss_total",
        "bssi",
        "C-SSRS",
        "cssrs_ideation",
        "c_ssrs",
        "SSI",
        "bdi_item9",
        "bdi_9",
        "BDI09",
        "phq9_9",
        "phq9_item9",
        "madrs_10",
        "madrs_item_10",
        "MADRS10",
        "hamd_3",
        "ham_d_item3",
        "qids_12",
        "ids_18",
        "self_harm",
    ],
)
def test_it_is_about_suicidality(name: str) -> None:
    assert about_suicidality(name)


@pytest.mark.parametrize(
    "name",
    [
        "bdi",
        "bdi2",
        "hamd17",
        "hamd_17",
        "madrs",
        "madrs_total",
        "qids_sr16",
        "phq9",
        "PHQ-9",
        "phq9_total",
        "wemwbs",
        "tmt_b",
        "stait",
        "session",
        "passion",
        "wcst_categories",
        "gad7",
    ],
)
def test_it_is_not_about_suicidality(name: str) -> None:
    assert not about_suicidality(name)


def test_a_brain_measure_with_a_number_is_not_an_item() -> None:
    assert not names_suicidality("gradient_9")
    assert names_suicidality("bss_change")
