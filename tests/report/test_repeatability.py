"""What the report says of repeatability, single people and motion."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rewire.effects.motion import MOTION_COLUMNS
from rewire.effects.reliable_change import RELIABLE_CHANGE_COLUMNS
from rewire.effects.split_half import SPLIT_HALF_COLUMNS
from rewire.report.repeatability import motion, reliable_change, split_half

SECTIONS = [
    (split_half, SPLIT_HALF_COLUMNS),
    (reliable_change, RELIABLE_CHANGE_COLUMNS),
    (motion, MOTION_COLUMNS),
]


def frame(columns: tuple[str, ...], *rows: dict[str, object]) -> pd.DataFrame:
    numbers = {"n", "r", "reliability", "rose", "fell", "expected", "ci_low", "ci_high"}
    blank = {c: np.nan if c in numbers or c.startswith(("icc", "minimal")) else "" for c in columns}
    full = [{**blank, "status": "ok", **row} for row in rows]
    return pd.DataFrame(full, columns=list(columns))


@pytest.mark.parametrize(("section", "columns"), SECTIONS)
def test_nothing_is_said_without_numbers(section, columns) -> None:
    assert section(pd.DataFrame(columns=list(columns))) is None


def test_people_are_counted_in_a_sentence_and_no_mean_is_judged() -> None:
    counted = {
        "measure": "modularity_q_norm",
        "session": "ses-week6",
        "arm": "psilocybin",
        "pairs": "placebo: ses-a, ses-b",
        "n": 22,
        "minimal_detectable_change": 0.4,
        "rose": 2.0,
        "fell": 5.0,
        "expected": 1.1,
    }
    told = reliable_change(frame(RELIABLE_CHANGE_COLUMNS, counted))
    assert told is not None
    assert "week 6, psilocybin: of 22 people 2 rose and 5 fell reliably" in told.lines[1]
    assert "about 1.1 would by retest error alone" in told.lines[1]
    assert not any("day to day" in line for line in told.lines)
    runs = reliable_change(frame(RELIABLE_CHANGE_COLUMNS, {**counted, "pairs": "ses-a: runs 1, 2"}))
    assert runs is not None
    assert "day to day" in runs.lines[-1]


def test_where_no_error_is_known_nobody_is_counted() -> None:
    unknown = {"measure": "m", "arm": "a", "n": 3, "rose": np.nan, "status": "no variance"}
    assert reliable_change(frame(RELIABLE_CHANGE_COLUMNS, unknown)) is None


def test_poor_reliability_is_counted() -> None:
    rows = [
        {"measure": "m", "session": "ses-a", "n": 9, "reliability": value}
        for value in (0.2, 0.49, 0.9, np.nan)
    ]
    told = split_half(frame(SPLIT_HALF_COLUMNS, *rows))
    assert told is not None
    assert "In 2 of 3 estimates reliability is below .5" in told.lines[0]
    assert told.table is not None
    assert told.table.total == 4


def test_measures_with_many_regions_stand_in_the_file_alone() -> None:
    many = [{"measure": "gbc", "region": f"r{i}", "over": "scans", "n": 9} for i in range(100)]
    few = [
        {"measure": "m", "over": "within people", "n": 9, "r": 0.9, "ci_low": 0.4, "ci_high": 0.97}
    ]
    told = motion(frame(MOTION_COLUMNS, *many, *few))
    assert told is not None
    assert told.table is not None
    assert told.table.total == 1
    assert "leaves out 0 in 1 of 1 estimate;" in told.lines[0]
