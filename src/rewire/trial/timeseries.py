"""Parcellated series and connectomes: text files of numbers under a header of region names."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rewire.core.errors import DataError
from rewire.core.types import FloatArray
from rewire.trial.tables import number, shown

_MISSING = ["n/a", "N/A", "NA", "nan", "NaN", "NAN", ""]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A file of numbers.

    Parameters
    ----------
    names
        Names in the header.
    values
        float64, shape (rows, columns); NaN where a cell is missing or infinite.
    size
        Bytes read.
    whole_lines
        Whether the last line ends as the others do; if not, its last number may be cut off.
    """

    names: tuple[str, ...]
    values: FloatArray
    size: int
    whole_lines: bool


def read_header(path: Path) -> tuple[str, ...]:
    """Return the column names of a file of numbers.

    Raises
    ------
    DataError
        If the file cannot be opened or its header is not text.
    """
    try:
        with path.open("rb") as file:
            return _names(file.readline())
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read ({shown(str(error))}).") from error


def read_columns(path: Path) -> Columns:
    r"""Read a tab-separated file of numbers whose rows must all be complete.

    Parameters
    ----------
    path
        The file: one header line, then one line a volume (or region). ``n/a`` is missing.

    Raises
    ------
    DataError
        If it cannot be opened, holds no rows, breaks off within a row or holds something that is
        no number; the message says where, without naming the file.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "x.tsv")
    >>> _ = path.write_text("a\tb\n1\t2\nn/a\t4\n")
    >>> read_columns(path).values
    array([[ 1.,  2.],
           [nan,  4.]])
    """
    try:
        raw = path.read_bytes()
        head, _, body = raw.partition(b"\n")
        names = _names(head)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read ({shown(str(error))}).") from error
    whole = body.endswith(b"\n")
    body = body.rstrip(b"\r\n")
    if not body:
        raise DataError("holds no rows under its header." if raw else "is empty.")
    _refuse_ragged(body, len(names))
    values = _parse(body, len(names))
    values[np.isinf(values)] = np.nan
    return Columns(names, values, len(raw), whole)


def _names(head: bytes) -> tuple[str, ...]:
    text = head.decode("utf-8-sig").rstrip("\r\n")
    return tuple(name.strip() for name in text.split("\t"))


def _refuse_ragged(body: bytes, columns: int) -> None:
    """Refuse rows of the wrong length, which a parser would fill up or cut without a word."""
    text = np.frombuffer(body, dtype=np.uint8)
    ends = np.append(np.flatnonzero(text == ord("\n")), len(text))
    before = np.searchsorted(np.flatnonzero(text == ord("\t")), ends)
    fields = np.diff(before, prepend=0) + 1
    wrong = np.flatnonzero(fields != columns)
    if len(wrong):
        first = int(wrong[0])
        last = " (the last line: the file is cut off)" if first == len(fields) - 1 else ""
        raise DataError(
            f"line {first + 2} has {fields[first]} field{'' if fields[first] == 1 else 's'}, "
            f"the header has {columns}{last}."
        )


def _parse(body: bytes, columns: int) -> FloatArray:
    try:
        table = pd.read_csv(
            io.BytesIO(body),
            sep="\t",
            header=None,
            names=range(columns),
            index_col=False,
            na_values=_MISSING,
            keep_default_na=False,
            dtype=np.float64,
            low_memory=False,
            skip_blank_lines=False,
        )
    except (ValueError, pd.errors.ParserError) as error:
        raise DataError(_first_text(body) or f"cannot be parsed ({shown(str(error))}).") from error
    return np.ascontiguousarray(table.to_numpy(dtype=np.float64))


def _first_text(body: bytes) -> str:
    for i, line in enumerate(body.decode("utf-8", "replace").split("\n")):
        for j, cell in enumerate(line.strip("\r").split("\t")):
            if number(cell.strip()) is None:
                return f"line {i + 2}, column {j + 1} holds '{shown(cell)}', which is no number."
    return ""
