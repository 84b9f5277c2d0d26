"""Where output is written: whole or not at all, and kept per scan under a hash of what made it."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

_HEADER = "header.json"


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
        data = opened.load()
    for name, variable in data.variables.items():
        if "flag_meanings" in variable.attrs:
            meanings = np.array(json.loads(variable.attrs.pop("flag_meanings")), dtype=object)
            data[name] = (variable.dims, np.asarray(meanings[variable.to_numpy()], dtype=str))
    return data


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
        """Keep a result under its key."""
        write_atomically(self.path(key), lambda part: _write_arrays(part, data))

    def read(self, key: str) -> xr.Dataset:
        """Return the result with this key; a damaged file counts as absent.

        Raises
        ------
        KeyError
            If there is none.
        """
        try:
            return _read_arrays(self.path(key))
        except (OSError, ValueError, KeyError, BadZipFile):
            self.path(key).unlink(missing_ok=True)
            raise KeyError(key) from None


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


def _write_arrays(path: Path, data: xr.Dataset) -> None:
    names = [str(name) for name in data.variables]
    header = {
        "dims": {name: [str(d) for d in data.variables[name].dims] for name in names},
        "coords": [str(name) for name in data.coords],
    }
    arrays: dict[str, Any] = {n: _plain(data.variables[n].to_numpy()) for n in names}
    arrays[_HEADER] = np.array(json.dumps(header))
    with path.open("wb") as handle:
        np.savez(handle, **arrays)


def _read_arrays(path: Path) -> xr.Dataset:
    with np.load(path, allow_pickle=False) as stored:
        header = json.loads(str(stored[_HEADER]))
        variables = {name: (dims, stored[name]) for name, dims in header["dims"].items()}
    return xr.Dataset(variables).set_coords(header["coords"])


def _plain(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values if values.dtype.kind in "biufc" else values.astype(str)


def _write_netcdf(path: Path, data: xr.Dataset) -> None:
    encoded = data.copy()
    encoding: dict[str, dict[str, Any]] = {}
    for name, variable in data.variables.items():
        if name not in data.coords and variable.dtype.kind in "UO":
            flat = variable.to_numpy().astype(str)
            meanings, codes = np.unique(flat, return_inverse=True)
            flags = codes.reshape(flat.shape).astype(np.int16)
            encoded[name] = (variable.dims, flags, {"flag_meanings": json.dumps(meanings.tolist())})
        if variable.dtype.kind == "f":
            encoding[str(name)] = {"zlib": True, "complevel": 1}
    encoded.to_netcdf(path, engine="h5netcdf", encoding=encoding)


def _one_line(text: str) -> str:
    cleaned = " ".join(text.split())
    return cleaned or "n/a"
