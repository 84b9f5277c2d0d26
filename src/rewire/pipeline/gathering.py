"""Results of single scans put together into measurements, one scan in memory at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import MeasureSpec, Quantity
from rewire.core.store import FLAG_MEANINGS, RowStack
from rewire.core.types import Measurement, Measurements, ScanRecord

EXTRAS = ("_se", "_ci_low", "_ci_high")
"""What may stand beside a quantity, after its name."""

UNEVEN = {"condition": "no such condition in this run", "window": "the run is shorter"}
"""Dims in which runs may differ, and the status of what other runs have and one lacks."""

_PAIRWISE = {"region", "region2"}


class Results(Protocol):
    """Results of one measure, scan by scan, with their statuses as flags.

    Attributes
    ----------
    records
        The scans, in the order of the results.
    folder
        Where what is too large for memory is put.
    """

    records: tuple[ScanRecord, ...]
    folder: Path

    def __iter__(self) -> Iterator[xr.Dataset]:
        """Read one result after another."""
        ...


def gather(spec: MeasureSpec, quantities: Sequence[Quantity], results: Results) -> Measurements:
    """Put the results of a measure together over scans.

    Parameters
    ----------
    spec
        The measure.
    quantities
        Those of its quantities that are wanted.
    results
        Read one at a time; twice where a quantity has conditions or windows, since runs of
        several tasks or lengths do not have the same ones.

    Returns
    -------
    Mapping of str to Measurement
        By quantity; empty where there is no result. Statuses are text, save over pairs of
        regions, where they stay flags.

    Raises
    ------
    ValueError
        If the scans do not agree in the coordinates of a dim.
    """
    uneven = [dim for dim in UNEVEN if any(dim in quantity.dims for quantity in quantities)]
    labels = _all_labels(results, uneven)
    joining = [_Joining(quantity, results, labels) for quantity in quantities]
    for index, data in enumerate(results):
        for one in joining:
            one.put(index, data)
    found = [(one.quantity, one.finish()) for one in joining if results.records]
    return {
        q.name: Measurement(q.name, q.unit, spec.source, data, provider=spec.name)
        for q, data in found
    }


class _Joining:
    """One quantity while it is put together."""

    def __init__(
        self, quantity: Quantity, results: Results, labels: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.quantity, self._all = quantity, labels
        self._records, self._folder = results.records, results.folder
        self._stacks: dict[str, RowStack] = {}
        self._coords: dict[str, npt.NDArray[Any]] = {}
        self._meanings: dict[str, int] = {}

    def put(self, index: int, data: xr.Dataset) -> None:
        name, dims = self.quantity.name, self.quantity.dims
        for dim in UNEVEN:
            if dim in dims and dim in data.coords:
                data = self._complete(data, dim)
        self._agree(index, data)
        for end in ("", *EXTRAS):
            if f"{name}{end}" in data:
                values = data[f"{name}{end}"].transpose(*dims).to_numpy()
                self._stack(end.lstrip("_") or "value", values.astype(np.float64), index)
        self._stack("status", self._recode(data[f"{name}_status"].transpose(*dims)), index)

    def finish(self) -> xr.Dataset:
        dims = ("scan", *self.quantity.dims)
        parts = {name: (dims, stack.finish()) for name, stack in self._stacks.items()}
        data = xr.Dataset(parts)
        meanings = list(self._meanings)
        flags = data["status"].to_numpy()
        if set(dims) >= _PAIRWISE:
            data["status"] = (dims, flags, {FLAG_MEANINGS: json.dumps(meanings)})
        else:
            data["status"] = (dims, np.array(meanings, dtype=str)[flags])
        return data.assign_coords(self._coords).assign_coords(_labels(self._records))

    def _stack(self, name: str, row: npt.NDArray[Any], index: int) -> None:
        if name not in self._stacks:
            self._stacks[name] = RowStack(len(self._records), row, self._folder)
        self._stacks[name].put(index, row)

    def _recode(self, status: xr.DataArray) -> npt.NDArray[Any]:
        """Give each text the same flag in every scan."""
        own = json.loads(status.attrs[FLAG_MEANINGS])
        codes = [self._meanings.setdefault(text, len(self._meanings)) for text in own]
        kind = np.uint16 if set(self.quantity.dims) >= _PAIRWISE else np.int32
        flags: npt.NDArray[np.integer[Any]] = np.array(codes, dtype=kind)[status.to_numpy()]
        return np.asarray(flags)

    def _complete(self, data: xr.Dataset, dim: str) -> xr.Dataset:
        """Give a run the conditions or windows that other runs have, as NaN with a reason."""
        status = f"{self.quantity.name}_status"
        ends = ("", *EXTRAS, "_status")
        names = [n for end in ends if (n := f"{self.quantity.name}{end}") in data]
        meanings = [*json.loads(data[status].attrs[FLAG_MEANINGS]), UNEVEN[dim]]
        whole = data[names].reindex(
            {dim: list(self._all[dim])}, fill_value={status: len(meanings) - 1}
        )
        whole[status].attrs[FLAG_MEANINGS] = json.dumps(meanings)
        return whole

    def _agree(self, index: int, data: xr.Dataset) -> None:
        for dim in self.quantity.dims:
            if dim not in data.coords:
                continue
            own = data[dim].to_numpy()
            if not np.array_equal(self._coords.setdefault(dim, own), own):
                scan = self._records[index].label
                raise ValueError(f"{self.quantity.name}: {scan} has another {dim} than the others")


def _all_labels(results: Results, dims: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return every label of these dims, in the order in which runs show them."""
    found: dict[str, dict[str, None]] = {dim: {} for dim in dims}
    for data in results if dims else ():
        for dim in dims:
            if dim in data.coords:
                found[dim] |= dict.fromkeys(data[dim].to_numpy().astype(str).tolist())
    return {dim: tuple(labels) for dim, labels in found.items()}


def _labels(records: Sequence[ScanRecord]) -> dict[str, Any]:
    return {
        "participant_id": ("scan", [r.participant for r in records]),
        "session_id": ("scan", [r.session for r in records]),
        "acquisition": ("scan", [r.acquisition for r in records]),
        "run": ("scan", [r.run for r in records]),
        "scan": [r.id for r in records],
    }
