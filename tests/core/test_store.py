"""Writing whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.store import (
    ResultStore,
    digest,
    read_dataset,
    write_atomically,
    write_dataset,
    write_table,
)


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail(part: Path) -> None:
        part.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_atomically(target, fail)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_tables_write_missing_and_empty_as_na_and_one_row_a_line(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": ["x\ty\nz", ""], "b": [1 / 3, np.nan]})
    write_table(tmp_path / "t.tsv", table)
    assert (tmp_path / "t.tsv").read_text() == "a\tb\nx y z\t0.333333333\nn/a\tn/a\n"


def test_datasets_come_back_with_their_statuses(tmp_path: Path) -> None:
    data = xr.Dataset(
        {
            "v": ("region", [1.0, np.nan]),
            "v_status": ("region", np.array(["ok", "no signal"])),
        },
        coords={"region": ["a", "b"]},
    )
    write_dataset(tmp_path / "d.nc", data)
    back = read_dataset(tmp_path / "d.nc")
    assert back["v_status"].to_numpy().tolist() == ["ok", "no signal"]
    np.testing.assert_array_equal(back["v"], data["v"])
    assert back["region"].to_numpy().tolist() == ["a", "b"]


def test_the_same_dataset_gives_the_same_bytes(tmp_path: Path) -> None:
    data = xr.Dataset({"v": ("region", np.arange(100.0))})
    write_dataset(tmp_path / "a.nc", data)
    write_dataset(tmp_path / "b.nc", data)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_a_damaged_result_counts_as_absent(tmp_path: Path) -> None:
    results = ResultStore(tmp_path)
    key = digest("x")
    results.save(key, xr.Dataset({"v": ((), 1.0)}))
    assert results.holds(key)
    results.path(key).write_bytes(b"half")
    with pytest.raises(KeyError):
        results.read(key)
    assert not results.holds(key)
