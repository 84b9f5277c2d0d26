"""Results put together over scans, in memory and on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from rewire.core import store
from rewire.core.registry import MeasureSpec, Quantity
from rewire.core.store import encode_flags
from rewire.core.types import ScanRecord
from rewire.pipeline.gathering import gather

PAIRS = ("region", "region2")


class Given:
    """Results that are at hand."""

    def __init__(self, folder: Path, data: Sequence[xr.Dataset]) -> None:
        self.folder, self._data = folder, data
        self.records = tuple(
            ScanRecord(f"s{i}", f"sub-{i}", "ses-a", "", "", "bold", "A", Path())
            for i in range(len(data))
        )

    def __iter__(self) -> Iterator[xr.Dataset]:
        return iter([encode_flags(one) for one in self._data])


def spec(*quantities: Quantity) -> MeasureSpec:
    return MeasureSpec("m", ("bold",), quantities, "test", "general", lambda scan: scan)


def matrix(values: np.ndarray, status: str = "no signal") -> xr.Dataset:
    names = [f"r{i}" for i in range(len(values))]
    texts = np.where(np.isfinite(values), "ok", status)
    return xr.Dataset(
        {"q": (PAIRS, values), "q_status": (PAIRS, texts)},
        coords={"region": names, "region2": names},
    )


def test_values_and_statuses_arrive_where_they_belong(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(3, 4, 4))
    values[1, 2] = np.nan
    values[2, :, 0] = np.nan
    given = [matrix(values[0]), matrix(values[1]), matrix(values[2], "a region with itself")]
    quantity = Quantity("q", "1", PAIRS, "")
    one = gather(spec(quantity), [quantity], Given(tmp_path, given))["q"]
    np.testing.assert_array_equal(one.data["value"], values)
    assert one.data["status"].dtype.itemsize <= 2
    assert set(one.statuses(0).ravel()) == {"ok"}
    assert one.statuses(1)[2].tolist() == ["no signal"] * 4
    assert one.statuses(2)[:, 0].tolist() == ["a region with itself"] * 4
    assert one.data["participant_id"].to_numpy().tolist() == ["sub-0", "sub-1", "sub-2"]


def test_what_is_too_large_for_memory_is_the_same_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.random.default_rng(0).normal(size=(5, 6, 6))
    values[3, 1] = np.nan
    quantity = Quantity("q", "1", PAIRS, "")

    def once() -> xr.Dataset:
        given = Given(tmp_path, [matrix(v) for v in values])
        return gather(spec(quantity), [quantity], given)["q"].data

    held = once()
    init = store.RowStack.__init__
    monkeypatch.setattr(store.RowStack, "__init__", lambda *a: init(*a, most_bytes=0))
    mapped = once()
    xr.testing.assert_identical(held, mapped)
    assert not mapped["value"].to_numpy().flags.writeable
    assert list(tmp_path.iterdir()) == []
    store.write_dataset(tmp_path / "a.nc", held)
    store.write_dataset(tmp_path / "b.nc", mapped)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    back = store.read_dataset(tmp_path / "b.nc")
    assert back["status"].to_numpy()[3, 1].tolist() == ["no signal"] * 6


def test_an_extra_that_some_scans_lack_is_nan_there(tmp_path: Path) -> None:
    quantity = Quantity("q", "1", (), "")
    plain = xr.Dataset({"q": ((), 1.0), "q_status": ((), "ok")})
    given = Given(tmp_path, [plain, plain.assign(q_se=((), 0.5)), plain])
    data = gather(spec(quantity), [quantity], given)["q"].data
    np.testing.assert_array_equal(data["se"], [np.nan, 0.5, np.nan])
    assert data["status"].to_numpy().tolist() == ["ok"] * 3


def test_scans_with_other_regions_are_refused(tmp_path: Path) -> None:
    quantity = Quantity("q", "1", ("region",), "")

    def regions(*names: str) -> xr.Dataset:
        n = len(names)
        return xr.Dataset(
            {"q": ("region", np.zeros(n)), "q_status": ("region", ["ok"] * n)},
            coords={"region": list(names)},
        )

    given = Given(tmp_path, [regions("a", "b"), regions("a", "c")])
    with pytest.raises(ValueError, match="sub-1 ses-a has another region"):
        gather(spec(quantity), [quantity], given)


def test_lengths_that_differ_without_coordinates_are_refused(tmp_path: Path) -> None:
    quantity = Quantity("q", "1", ("state",), "")
    given = [
        xr.Dataset({"q": ("state", np.zeros(n)), "q_status": ("state", ["ok"] * n)}) for n in (2, 3)
    ]
    with pytest.raises(ValueError, match="shape"):
        gather(spec(quantity), [quantity], Given(tmp_path, given))


def windows(count: int) -> xr.Dataset:
    return xr.Dataset(
        {"q": ("window", np.arange(float(count))), "q_status": ("window", ["ok"] * count)},
        coords={"window": [str(1 + w) for w in range(count)]},
    )


def test_a_shorter_run_lacks_the_last_windows(tmp_path: Path) -> None:
    quantity = Quantity("q", "1", ("window",), "")
    one = gather(spec(quantity), [quantity], Given(tmp_path, [windows(2), windows(3)]))["q"]
    assert one.data["window"].to_numpy().tolist() == ["1", "2", "3"]
    np.testing.assert_array_equal(one.data["value"], [[0, 1, np.nan], [0, 1, 2]])
    assert one.statuses(0).tolist() == ["ok", "ok", "the run is shorter"]
