"""Writing whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.store import (
    ResultStore,
    RowStack,
    decode_flags,
    digest,
    encode_flags,
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


def test_text_of_a_closed_set_takes_a_byte_a_value_and_comes_back(tmp_path: Path) -> None:
    texts = np.array([["ok", "no signal"], ["", "ok"]])
    data = xr.Dataset(
        {"v": (("region", "region2"), np.eye(2)), "v_status": (("region", "region2"), texts)},
        coords={"region": ["a", "b"]},
    )
    results = ResultStore(tmp_path)
    results.save("ab", data)
    flagged = results.read_flagged("ab")["v_status"]
    assert flagged.dtype == np.uint8
    assert flagged.attrs["flag_meanings"] == '["", "no signal", "ok"]'
    xr.testing.assert_identical(results.read("ab"), data)


def test_more_texts_than_a_byte_holds() -> None:
    texts = np.array([f"{i} volumes" for i in range(300)])
    data = xr.Dataset({"status": ("scan", texts)})
    flagged = encode_flags(data)
    assert flagged["status"].dtype == np.int32
    xr.testing.assert_identical(decode_flags(flagged), data)


def test_rows_put_on_disk_leave_no_file_and_blanks_where_none_was_put(tmp_path: Path) -> None:
    rows = np.arange(6.0).reshape(2, 3)
    for most in (0, 1 << 20):
        stack = RowStack(4, rows[0], tmp_path, most)
        stack.put(1, rows[0])
        stack.put(2, rows[1])
        found = stack.finish()
        assert isinstance(found, np.memmap) == (most == 0)
        np.testing.assert_array_equal(found[1:3], rows)
        assert np.isnan(found[[0, 3]]).all()
        assert list(tmp_path.iterdir()) == []


def test_rows_of_another_shape_are_refused(tmp_path: Path) -> None:
    stack = RowStack(2, np.zeros(3), tmp_path, 0)
    with pytest.raises(ValueError, match="shape"):
        stack.put(0, np.zeros(4))
    stack.finish()
