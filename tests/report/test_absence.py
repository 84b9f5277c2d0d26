"""What the critic's page says of tests with p at or above .05."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rewire.core.questions import Inference
from rewire.effects.nulls import NULL_COLUMNS, nulls_table
from rewire.report.absence import absence
from rewire.report.contents import Contents
from rewire.report.critic import objections
from rewire.report.methods import write_methods
from rewire.report.rows import read_rows


@pytest.fixture
def judged(contents: Contents) -> Contents:
    return replace(contents, tables={"nulls": nulls_table(contents.effects, Inference())})


def test_every_silent_test_is_counted_once(judged: Contents) -> None:
    rows = read_rows(judged.effects)
    found = absence(judged, rows)
    assert found is not None
    silent = judged.tables["nulls"]
    silent = silent[silent["p"] >= 0.05]
    assert f"Of {len(silent)} tests" in found.lines[1]
    told = silent["reading"].str.partition(" ")[0]
    for reading in set(told):
        assert reading in {"evidence", "undecided:", "not"}
    assert any(o.title == found.title for o in objections(judged, rows))


def test_regions_are_counted_and_not_listed(judged: Contents) -> None:
    frame = judged.tables["nulls"].copy()
    whole = frame[(frame[["region", "network", "state"]] == "").all(axis=1) & (frame["p"] >= 0.05)]
    found = absence(judged, read_rows(judged.effects))
    assert found is not None
    assert found.table is not None
    assert found.table.total == len(whole)
    assert len(found.table.rows) <= 40


def test_bounds_are_those_of_the_plan(judged: Contents) -> None:
    made = replace(judged, inference=Inference(equivalence_smd=0.2, equivalence_r=0.1))
    found = absence(made, read_rows(made.effects))
    assert found is not None
    assert "0.2 SD for means, |r| = 0.1 for links" in found.lines[0]
    assert "0.2 standard deviations or |r| = 0.1" in write_methods(made, ()).text


def test_nothing_is_said_where_nothing_is_silent_or_known(judged: Contents) -> None:
    rows = read_rows(judged.effects)
    clear = judged.tables["nulls"].assign(p=0.001)
    assert absence(replace(judged, tables={"nulls": clear}), rows) is None
    assert absence(replace(judged, tables={}), rows) is None
    empty = pd.DataFrame(columns=list(NULL_COLUMNS))
    assert absence(replace(judged, tables={"nulls": empty}), rows) is None


def test_one_sided_tests_count_by_their_two_sided_p(judged: Contents) -> None:
    frame = judged.tables["nulls"]
    one = judged.effects["alternative"] != "two-sided"
    assert one.any()
    keys = ["question", "measure", "outcome", "session", "arm", "region", "level"]
    both = judged.effects[one].merge(frame, on=keys, suffixes=("", "_null"))
    smaller = np.minimum(both["p"], 1 - both["p"])
    np.testing.assert_allclose(both["p_null"], np.minimum(1, 2 * smaller))
