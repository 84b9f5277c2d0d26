"""Agreement between definitions of coupling, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.types import Measurement
from rewire.effects.coupling_agreement import AGREEMENT_COLUMNS, definition_tables
from rewire.effects.split_half import SPLIT_HALF_COLUMNS

NOTHING = pd.DataFrame(columns=list(SPLIT_HALF_COLUMNS))


def made(name: str, rows: list[list[float]], people: list[str], scans: list[str]) -> Measurement:
    values = np.array(rows)
    data = xr.Dataset(
        {"value": (("scan", "region"), values)},
        coords={
            "scan": scans,
            "region": [f"r{i}" for i in range(values.shape[1])],
            "participant_id": ("scan", people),
        },
    )
    return Measurement(name, "1", "test", data)


def rows_of(*args: object) -> pd.DataFrame:
    (table,) = definition_tables(*args)  # type: ignore[arg-type]
    assert tuple(table.frame.columns) == AGREEMENT_COLUMNS
    return table.frame.set_index(["definition", "other"])


def test_maps_are_averaged_within_people_first() -> None:
    # person p has two scans, q one: means (2, 2, 8, 6) and not those of three scans
    people, scans = ["p", "p", "q"], ["s1", "s2", "s3"]
    one = made("coupling_all", [[0, 0, 9, 0], [0, 0, 9, 24], [4, 4, 7, 0]], people, scans)
    other = made("coupling_connected", [[1, 2, 4, 3]] * 3, people, scans)
    found = rows_of({"coupling_all": one, "coupling_connected": other}, ({}, {}), NOTHING)
    row = found.loc[("coupling_connected", "coupling_all")]
    assert (row["n"], row["scans"], row["regions"]) == (2, 3, 4)
    # ranks 1.5 1.5 4 3 beside 1 2 4 3: 4.5 / sqrt(4.5 * 5)
    assert row["spearman"] == pytest.approx(4.5 / np.sqrt(22.5))
    assert found.loc[("coupling_all", "coupling_all"), "status"] == "scans were not halved"


def test_regions_and_scans_that_one_lacks_do_not_count() -> None:
    one = made("coupling_all", [[1, 2, np.nan, 3], [9, 8, 7, 6]], ["p", "q"], ["s1", "s2"])
    other = made("structural_decoupling", [[3, 2, 9, 1]], ["p"], ["s1"])
    found = rows_of({"coupling_all": one, "structural_decoupling": other}, ({}, {}), NOTHING)
    row = found.loc[("coupling_all", "structural_decoupling")]
    assert (row["n"], row["scans"], row["regions"]) == (1, 1, 3)
    assert row["spearman"] == row["within"] == -1.0


def test_a_definition_meets_itself_in_the_halves() -> None:
    whole = made("coupling_all", [[1, 2, 3]] * 2, ["p", "q"], ["s1", "s2"])
    first = made("coupling_all", [[1, 2, 3], [1, 2, 3]], ["p", "q"], ["s1", "s2"])
    second = made("coupling_all", [[1, 2, 3], [1, 3, 2]], ["p", "q"], ["s1", "s2"])
    split = pd.DataFrame({"measure": "coupling_all", "reliability": [0.2, 0.9, 0.5, np.nan]})
    halves = ({"coupling_all": first}, {"coupling_all": second})
    row = rows_of({"coupling_all": whole}, halves, split).loc[("coupling_all", "coupling_all")]
    assert row["within"] == pytest.approx(0.75)
    assert row["reliability"] == 0.5
    assert np.isnan(row["spearman"])


def test_without_coupling_there_is_no_table() -> None:
    assert definition_tables({}, ({}, {}), NOTHING) == ()
