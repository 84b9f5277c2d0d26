from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from rewire.core.questions import Design
from rewire.report.contents import Contents
from rewire.report.critic import objections
from rewire.report.objection import Objection
from rewire.report.rows import read_rows


def find(contents: Contents, title: str) -> Objection:
    found = objections(contents, read_rows(contents.effects))
    return next(o for o in found if title in o.title)


def test_one_sided_p_stands_beside_the_two_sided_one(contents: Contents) -> None:
    table = find(contents, "one-sided").table
    assert table is not None
    for row in table.rows:
        one, two = float(row[-2].key), float(row[-1].key)
        assert two == pytest.approx(2 * min(one, 1 - one), rel=1e-6)


def test_the_two_sided_p_is_that_of_the_same_test(contents: Contents) -> None:
    effects = contents.effects.copy()
    one = effects["alternative"] != "two-sided"
    other = effects[one].assign(alternative="two-sided", contrast="another - contrast", p=0.77)
    made = replace(contents, effects=pd.concat([effects, other], ignore_index=True))
    table = find(made, "one-sided").table
    assert table is not None
    assert len(table.rows) == one.sum()
    for row in table.rows:
        one_p, two_p = float(row[-2].key), float(row[-1].key)
        assert two_p == pytest.approx(2 * min(one_p, 1 - one_p), rel=1e-6)


def test_all_two_sided_is_said(contents: Contents) -> None:
    made = replace(contents, effects=contents.effects.assign(alternative="two-sided"))
    assert "every test of this run is two-sided" in find(made, "one-sided").lines[0]


def test_coupling_expectation_is_drawn_beside_r(contents: Contents) -> None:
    forest = find(contents, "regression").forest
    assert forest is not None
    for row, expected in zip(forest.rows, contents.baseline_change["expected_r"], strict=True):
        assert row.mark == pytest.approx(50 * (1 + expected), abs=0.01)


def test_influence_counts_crossings(contents: Contents) -> None:
    frame = contents.influence
    crossing = ((frame["p_lowest"] < 0.05) & (frame["p_highest"] >= 0.05)).sum()
    assert f"in {crossing} of {len(frame)} tests" in find(contents, "one person").lines[0]


def test_one_arm_is_called_one_arm(contents: Contents) -> None:
    made = replace(contents, design=Design("single arm", "", (), "", False))
    assert "one arm" in find(made, "difference between the arms").lines[0]
