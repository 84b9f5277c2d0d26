"""Atlas tables in the forms that people have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rewire.trial.reading import read_trial

SERIES = "sub-01/func/sub-01_task-rest_seg-Two_stat-mean_timeseries.tsv"


def read(folder: Any) -> Any:
    folder.series(SERIES, regions=("a", "b"))
    return read_trial(folder.root)


@pytest.mark.parametrize(
    "name",
    [
        "atlases/atlas-Two_dseg.tsv",
        "atlases/atlas-Two/atlas-Two_dseg.tsv",
        "atlases/atlas-Two/atlas-Two_space-MNI_dseg.tsv",
        "atlas-Two_dseg.tsv",
        "seg-Two_dseg.tsv",
    ],
)
def test_where_a_table_may_lie(folder: Any, name: str) -> None:
    folder.table(name, [("index", "name", "network"), (7, "a", "Vis"), (9, "b", "n/a")])
    reading = read(folder)
    atlas = reading.trial.atlases["Two"]
    assert atlas.index.tolist() == [7, 9]
    assert atlas.network == ("Vis", "")
    assert "no-atlas-table" not in {f.code for f in reading.faults}


def test_columns_of_xcp_d(folder: Any) -> None:
    rows = [("index", "label", "network_label", "hemisphere"), (1, "a", "Vis", "Left")]
    folder.table("atlases/atlas-Two_dseg.tsv", [*rows, (2, "b", "n/a", "right")])
    atlas = read(folder).trial.atlases["Two"]
    assert atlas.regions == ("a", "b")
    assert atlas.hemisphere == ("L", "R")
    assert np.isnan(atlas.centroid).all()


def test_a_structure_stands_for_a_network_outside_the_cortex(folder: Any) -> None:
    regions = ("LH_Vis_1", "RH-Pulvinar", "LH-Pu", "Cerebellar_Region1")
    cells = ("4S156", "ThalamusHCP", "CIT168Subcortical", "Cerebellum")
    rows = [
        (i, r, "Vis" if i == 1 else "n/a", c)
        for i, (r, c) in enumerate(zip(regions, cells, strict=True), 1)
    ]
    head = ("index", "label", "network_label", "atlas_name")
    folder.table("atlases/atlas-Two_dseg.tsv", [head, *rows])
    folder.series(SERIES, regions=regions)
    atlas = read_trial(folder.root).trial.atlases["Two"]
    assert atlas.network == ("Vis", "Thalamus", "Subcortical", "Cerebellum")
    assert atlas.hemisphere == ("L", "R", "L", "")


def test_the_name_of_the_whole_atlas_is_no_structure(folder: Any) -> None:
    rows = [(1, "a", "Vis", "Whole"), (2, "b", "n/a", "Whole")]
    head = ("index", "label", "network_label", "atlas_name")
    folder.table("atlases/atlas-Two_dseg.tsv", [head, *rows])
    assert read(folder).trial.atlases["Two"].network == ("Vis", "")


@pytest.mark.parametrize(
    "rows",
    [
        [("index", "name"), (1, "a"), (2, "a")],
        [("index", "colour"), (1, "a"), (2, "b")],
        [("index", "name"), (1, ""), (2, "b")],
    ],
)
def test_tables_that_cannot_be_used(folder: Any, rows: list[Any]) -> None:
    folder.table("atlases/atlas-Two_dseg.tsv", rows)
    read(folder)
    assert {f.code for f in folder.check().errors} == {"atlas-table", "columns"}


def test_the_commonest_header_stands_in_for_a_table(folder: Any) -> None:
    for i in range(3):
        folder.series(SERIES.replace("sub-01", f"sub-1{i}"), regions=("a", "b"))
    folder.series(SERIES, regions=("a", "x"))
    errors = folder.check().errors
    assert [f.participant for f in errors] == ["sub-01"]


def test_structures_stand_in_for_networks_that_are_not_there(folder: Any) -> None:
    """The columns of the 4S atlases: below the cortex ``network_label`` is n/a."""
    folder.table(
        "atlases/atlas-Two_dseg.tsv",
        [
            ("index", "label", "network_label", "atlas_name"),
            (1, "LH_Vis_1", "Vis", "4S156"),
            (2, "LH-Pu", "n/a", "CIT168Subcortical"),
            (3, "RH-Thalamus-AN", "n/a", "n/a"),
            (4, "Cerebellar_Region1", "n/a", "n/a"),
            (5, "Other", "n/a", "n/a"),
        ],
    )
    regions = ("LH_Vis_1", "LH-Pu", "RH-Thalamus-AN", "Cerebellar_Region1", "Other")
    folder.series(SERIES, regions=regions)
    atlas = read_trial(folder.root).trial.atlases["Two"]
    assert atlas.network == ("Vis", "Subcortical", "Thalamus", "Cerebellum", "")
    assert atlas.hemisphere == ("L", "L", "R", "", "")
