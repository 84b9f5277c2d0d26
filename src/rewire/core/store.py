"""Where output is written: whole or not at all, and kept per scan under a hash of what made it."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

_HEADER = "header.json"
FLAG_MEANINGS = "flag_meanings"
"""Attribute of a variable of flags: the JSON list of what flag 0, 1, 2 ... stand for."""


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside its place and move it there in one step.

    Parameters
    ----------
    path
        Where the file ends up; its folder is made if need be.
    write
        Receives a temporary path in the same folder and writes the content there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".part-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step."""
    write_atomically(path, lambda part: _write_text(part, text))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file's content as it is, in one step."""
    write_atomically(path, lambda part: _write_bytes(part, content))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file, keys in the order given."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as BIDS does: tabs, a header, ``n/a`` for what is missing or empty.

    Floats are written with nine significant digits.
    """
    plain = table.copy()
    for column in plain.columns:
        if not pd.api.types.is_numeric_dtype(plain[column]):
            plain[column] = plain[column].fillna("").astype(str).map(_one_line)
    text = plain.to_csv(
        sep="\t", index=False, na_rep="n/a", float_format="%.9g", lineterminator="\n"
    )
    write_text(path, text)


def write_dataset(path: Path, data: xr.Dataset) -> None:
    """Write a labelled array as NetCDF; text of a closed set (``status``) becomes flags."""
    write_atomically(path, lambda part: _write_netcdf(part, data))


def read_dataset(path: Path) -> xr.Dataset:
    """Read what :func:`write_dataset` wrote."""
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        return decode_flags(opened.load())


def encode_flags(data: xr.Dataset) -> xr.Dataset:
    """Write text of a closed set as small whole numbers, which a pair of regions can afford.

    Parameters
    ----------
    data
        Text variables that are not coordinates become flags; the rest is left alone.

    Returns
    -------
    xr.Dataset
        Flags are uint8, or int32 where there are more than 256 texts; the attribute
        ``flag_meanings`` is the JSON list of the texts, sorted, that flag 0, 1, 2 ... stand for.

    Examples
    --------
    >>> found = encode_flags(xr.Dataset({"status": ("region", ["ok", "no signal", "ok"])}))
    >>> found["status"].to_numpy().tolist(), found["status"].attrs["flag_meanings"]
    ([1, 0, 1], '["no signal", "ok"]')
    """
    encoded = data.copy()
    for name, variable in data.data_vars.items():
        if variable.dtype.kind in "UO":
            flat = variable.to_numpy().astype(str).reshape(-1)
            codes, found = pd.factorize(flat.astype(object), sort=True)
            meanings = [str(text) for text in found]
            kind = np.uint8 if len(meanings) <= 256 else np.int32
            flags = codes.reshape(variable.shape).astype(kind)
            about = {**variable.attrs, FLAG_MEANINGS: json.dumps(meanings)}
            encoded[name] = (variable.dims, flags, about)
    return encoded


def decode_flags(data: xr.Dataset) -> xr.Dataset:
    """Return what :func:`encode_flags` was given."""
    decoded = data.copy()
    for name, variable in data.variables.items():
        if FLAG_MEANINGS in variable.attrs:
            about = {k: v for k, v in variable.attrs.items() if k != FLAG_MEANINGS}
            texts = np.array(json.loads(variable.attrs[FLAG_MEANINGS]) or [""], dtype=str)
            decoded[name] = (variable.dims, texts[variable.to_numpy()], about)
    return decoded


class ResultStore:
    """Results of single scans, kept so that a run that was cut off can go on.

    Parameters
    ----------
    folder
        Where they are kept; made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Return where the result with this key is kept."""
        return self.folder / key[:2] / f"{key}.npz"

    def holds(self, key: str) -> bool:
        """Return whether there is a result with this key."""
        return self.path(key).is_file()

    def save(self, key: str, data: xr.Dataset) -> None:
        """Keep a result under its key; text of a closed set takes a byte a value."""
        write_atomically(self.path(key), lambda part: _write_arrays(part, encode_flags(data)))

    def read(self, key: str) -> xr.Dataset:
        """Return the result with this key; a damaged file counts as absent.

        Raises
        ------
        KeyError
            If there is none.
        """
        return decode_flags(self.read_flagged(key))

    def read_flagged(self, key: str) -> xr.Dataset:
        """Return the result with its text left as flags; see :func:`encode_flags`.

        Raises
        ------
        KeyError
            If there is none, or it is damaged.
        """
        try:
            return _read_arrays(self.path(key))
        except (OSError, ValueError, KeyError, BadZipFile):
            self.path(key).unlink(missing_ok=True)
            raise KeyError(key) from None


class RowStack:
    """Rows of one array, put in one at a time: held in memory, or on disk where they are many.

    What is on disk is a file without a name, which is gone when the process ends, however it
    ends; what is read from it is paged in by the system and can be paged out again.

    Parameters
    ----------
    rows
        How many there will be.
    like
        A row: gives shape and type.
    folder
        Where the file lies; made if need be.
    most_bytes
        What is held in memory at most.

    Examples
    --------
    >>> stack = RowStack(2, np.array([1.0, 2.0]), Path())
    >>> stack.put(1, np.array([1.0, 2.0]))
    >>> stack.finish().tolist()
    [[nan, nan], [1.0, 2.0]]
    """

    def __init__(
        self, rows: int, like: npt.NDArray[Any], folder: Path, most_bytes: int = 1 << 25
    ) -> None:
        self._shape = (rows, *like.shape)
        self._blank = np.full(like.shape, np.nan if like.dtype.kind == "f" else 0, like.dtype)
        self._next = 0
        self._file: BinaryIO | None = None
        self._held: list[npt.NDArray[Any]] = []
        if rows * like.nbytes > most_bytes:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115

    def put(self, index: int, row: npt.NDArray[Any]) -> None:
        """Put a row in its place; places are filled in order, and those left out are blank.

        Raises
        ------
        ValueError
            If the row has another shape than the first.
        """
        if row.shape != self._shape[1:]:
            raise ValueError(f"row {index} has shape {row.shape}, the others {self._shape[1:]}")
        for _ in range(self._next, index):
            self._append(self._blank)
        self._append(row.astype(self._blank.dtype, copy=False))
        self._next = index + 1

    def finish(self) -> npt.NDArray[Any]:
        """Return the array, read-only where it lies on disk."""
        for _ in range(self._next, self._shape[0]):
            self._append(self._blank)
        if self._file is None:
            return np.array(self._held, self._blank.dtype).reshape(self._shape)
        self._file.flush()
        mapped = np.memmap(self._file, self._blank.dtype, "r", 0, self._shape)
        self._file.close()
        return mapped

    def _append(self, row: npt.NDArray[Any]) -> None:
        if self._file is None:
            self._held.append(row)
        else:
            self._file.write(np.ascontiguousarray(row).data)


def digest(*parts: str | bytes) -> str:
    """Return the SHA-256 of the parts, each delimited, as hexadecimal.

    Examples
    --------
    >>> digest("ab", "c") == digest("a", "bc")
    False
    """
    total = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        total.update(len(content).to_bytes(8, "big"))
        total.update(content)
    return total.hexdigest()


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _write_arrays(path: Path, data: xr.Dataset) -> None:
    names = [str(name) for name in data.variables]
    header = {
        "dims": {name: [str(d) for d in data.variables[name].dims] for name in names},
        "coords": [str(name) for name in data.coords],
        "attrs": {n: dict(data.variables[n].attrs) for n in names if data.variables[n].attrs},
    }
    arrays: dict[str, Any] = {n: _plain(data.variables[n].to_numpy()) for n in names}
    arrays[_HEADER] = np.array(json.dumps(header))
    with path.open("wb") as handle:
        np.savez(handle, **arrays)


def _read_arrays(path: Path) -> xr.Dataset:
    with np.load(path, allow_pickle=False) as stored:
        header = json.loads(str(stored[_HEADER]))
        variables = {
            name: (dims, stored[name], header["attrs"].get(name, {}))
            for name, dims in header["dims"].items()
        }
    return xr.Dataset(variables).set_coords(header["coords"])


def _plain(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values if values.dtype.kind in "biufc" else values.astype(str)


def _write_netcdf(path: Path, data: xr.Dataset) -> None:
    encoded = encode_flags(data)
    encoding: dict[str, dict[str, Any]] = {}
    for name, variable in encoded.data_vars.items():
        if variable.dtype.kind == "f" or FLAG_MEANINGS in variable.attrs:
            encoding[str(name)] = {"zlib": True, "complevel": 1}
            if variable.dims[:1] == ("scan",) and variable.size and variable.ndim > 1:
                # a scan to a chunk, so that a reader can take one at a time
                encoding[str(name)]["chunksizes"] = (1, *variable.shape[1:])
    encoded.to_netcdf(path, engine="h5netcdf", encoding=encoding)


def _one_line(text: str) -> str:
    cleaned = " ".join(text.split())
    return cleaned or "n/a"
