from __future__ import annotations

import math

import pytest

from rewire.report.contents import Contents
from rewire.report.forest import Axis, axis_over, forests
from rewire.report.numbers import MINUS
from rewire.report.rows import read_rows


def test_axis_places_and_labels_round_numbers() -> None:
    axis = Axis(-1.0, 1.0)
    assert axis.percent(0.5) == 75.0
    assert axis.percent(9.0) == 100.0
    assert [text for _, text in axis.ticks(bounded=True)] == [
        f"{MINUS}1.0",
        f"{MINUS}.5",
        "0",
        ".5",
        "1.0",
    ]


@pytest.mark.parametrize("values", [[math.nan], [0.0], [5.0, 6.0], [-1e-6, -2e-6]])
def test_axis_always_holds_zero_and_the_values(values: list[float]) -> None:
    axis = axis_over(values)
    assert axis.low < 0 < axis.high
    assert all(axis.low <= v <= axis.high for v in values if not math.isnan(v))
    assert axis.ticks()


def test_one_forest_a_response_with_every_whole_brain_effect(contents: Contents) -> None:
    rows = read_rows(contents.effects)
    found = forests(contents, rows)
    assert sum(len(f.rows) for f in found) == sum(not row.place for row in rows)
    titles = [f.title for f in found]
    assert "BDI (points)" in titles
    assert "Normalised modularity (hqs null) with BDI: correlation r" in titles
    for one in found:
        for row in one.rows:
            assert 0 <= row.low <= row.at <= row.high <= 100
