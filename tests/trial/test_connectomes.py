"""Which connectome of a session is read, with which lengths, and what is said of bad ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewire.core.errors import DataError
from rewire.core.types import Scan, ScanRecord
from rewire.trial.alone import concealed, opaque_key, read_scans
from rewire.trial.check import check_trial
from rewire.trial.connectomes import choose_connectomes
from rewire.trial.reading import Reading, read_trial
from rewire.trial.sources import Wanted

DWI = "sub-01/ses-a/dwi/sub-01_ses-a"
GOOD = [("a", "b"), (0, 3), (3, 0)]


def record(name: str, **changes: str) -> ScanRecord:
    path = Path("/t/sub-01/dwi", name)
    return replace(
        ScanRecord(name, "sub-01", "ses-a", "", "", "connectome", "Two", path), **changes
    )


def chosen(*names: str) -> tuple[list[str], list[str | None], list[str]]:
    found = choose_connectomes([record(f"sub-01_seg-Two_meas-{n}_relmat.tsv") for n in names])
    lengths = [r.lengths.name if r.lengths else None for r in found.scans]
    return [r.path.name for r in found.scans], lengths, [f.code for f in found.faults]


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        (("fa", "length", "streamlines"), "streamlines"),
        (("siftinvnodevolcount", "count", "fa"), "siftinvnodevolcount"),
        (("fa", "count"), "count"),
        (("md", "fa"), "fa"),
        (("md",), "md"),
    ],
)
def test_counts_are_preferred_and_the_order_of_files_plays_no_part(
    there: tuple[str, ...], taken: str
) -> None:
    for names in (there, there[::-1]):
        found, _, faults = chosen(*names)
        assert found == [f"sub-01_seg-Two_meas-{taken}_relmat.tsv"]
        assert faults == []


def test_lengths_go_with_the_weights_and_are_no_connectome() -> None:
    assert chosen("length", "streamlines")[1] == ["sub-01_seg-Two_meas-length_relmat.tsv"]
    assert chosen("streamlines")[1] == [None]
    assert chosen("meanlength") == ([], [], [])


def test_equals_are_told_of_and_other_places_are_not_mixed_up() -> None:
    assert chosen("count", "countraw")[2] == ["several-connectomes"]
    apart = [
        record("x_meas-count_relmat.tsv"),
        record("y_meas-count_relmat.tsv", session="ses-b"),
        record("z_meas-count_relmat.tsv", atlas="Three"),
        record("w_meas-count_relmat.tsv", acquisition="post"),
    ]
    assert choose_connectomes(apart).scans == tuple(apart)


def loaded(folder: Any) -> tuple[Scan, list[str]]:
    trial = read_trial(folder.root).trial
    (own,) = (r for r in trial.scans if r.kind == "connectome")
    faults = check_trial(Reading(trial, ()), n_procs=1).faults
    return trial.load(own), [f.what for f in faults if f.code in ("connectome", "fibre-lengths")]


@pytest.fixture
def dwi(folder: Any) -> Any:
    folder.table("atlases/atlas-Two_dseg.tsv", [("index", "name"), (1, "b"), (2, "a")])
    folder.table(f"{DWI}_seg-Two_meas-count_relmat.tsv", GOOD)
    return folder


def test_lengths_are_in_the_order_of_the_atlas_and_missing_where_no_fibre_is(dwi: Any) -> None:
    name = f"{DWI}_seg-Two_meas-length_relmat.tsv"
    dwi.table(name, [("a", "b"), (9, 71), (72, 0)])
    scan, faults = loaded(dwi)
    assert faults == []
    np.testing.assert_array_equal(scan.lengths, [[np.nan, 72.0], [71.0, np.nan]])
    dwi.table(name, [("a", "b"), (9, 0), (0, 0)])
    assert np.isnan(loaded(dwi)[0].lengths).all()


@pytest.mark.parametrize("rows", [[("a", "c"), (0, 1), (1, 0)], [("a", "b"), (0, 1)], [("a", "b")]])
def test_lengths_that_cannot_be_used_are_told_of_and_left(dwi: Any, rows: list[Any]) -> None:
    dwi.table(f"{DWI}_seg-Two_meas-length_relmat.tsv", rows)
    scan, faults = loaded(dwi)
    assert scan.lengths is None
    assert len(faults) == 1
    assert "meas-length" in faults[0]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", "b"), (0, 3), (4, 0)], "1 pairs of regions differ with the direction"),
        ([("a", "b"), (5, 3), (3, 0)], "1 regions are connected with themselves"),
        ([("a", "b"), (0, "n/a"), (3, 0)], "weights are missing in 1 of 2 regions (a)"),
    ],
)
def test_doubtful_weights_are_told_of(dwi: Any, rows: list[Any], said: str) -> None:
    dwi.table(f"{DWI}_seg-Two_meas-count_relmat.tsv", rows)
    assert any(said in what for what in loaded(dwi)[1])


def test_negative_weights_are_refused_by_name(dwi: Any) -> None:
    dwi.table(f"{DWI}_seg-Two_meas-count_relmat.tsv", [("a", "b"), (0, -3), (-3, 0)])
    trial = read_trial(dwi.root).trial
    with pytest.raises(DataError, match="weights below 0 in 2 of 2 regions"):
        trial.load(trial.scans[0])


def test_a_blind_run_loads_the_same_lengths_under_another_name(dwi: Any) -> None:
    dwi.table(f"{DWI}_seg-Two_meas-length_relmat.tsv", [("a", "b"), (0, 71), (71, 0)])
    trial = read_scans(dwi.root, Wanted()).trial
    contents = {r.id: "x" for r in trial.scans}
    hidden = concealed(trial, opaque_key(trial.scans, contents), contents)
    (own,) = hidden.scans
    assert own.id != trial.scans[0].id
    scan = hidden.load(own)
    assert scan.lengths is not None
    assert scan.lengths[0, 1] == 71.0
