"""Tables put together from pieces, each column text or numbers throughout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Piece = Mapping[str, npt.NDArray[np.generic] | str | float]
"""Columns of some rows; a single text or number stands in every row."""


def stack(pieces: Sequence[Piece], columns: Sequence[str], text: Sequence[str]) -> pd.DataFrame:
    """Put pieces under one another.

    Parameters
    ----------
    pieces
        Each with at least one array; arrays of a piece have one length.
    columns
        Columns of the table, in order; a piece may hold no others, and what it lacks is an empty
        string or NaN.
    text
        Those that hold text; ``n`` is int64 and the rest float64.

    Returns
    -------
    pandas.DataFrame
        With these columns, also where there is no piece.

    Examples
    --------
    >>> stack([{"a": "x", "b": np.array([1.0, 2.0])}], ["a", "b"], ["a"])["b"].tolist()
    [1.0, 2.0]
    """
    known = set(columns)
    for piece in pieces:
        if not set(piece) <= known:
            raise ValueError(f"no such columns: {sorted(set(piece) - known)}")
    return pd.DataFrame({c: _column(pieces, c, c in text) for c in columns})


def _column(pieces: Sequence[Piece], name: str, is_text: bool) -> npt.NDArray[np.generic]:
    kind: type = object if is_text else np.int64 if name == "n" else np.float64
    blank: str | float = "" if is_text else 0 if name == "n" else np.nan
    parts: list[npt.NDArray[np.generic]] = []
    for piece in pieces:
        value = piece.get(name, blank)
        if isinstance(value, np.ndarray):
            parts.append(value.astype(kind))
        else:
            parts.append(np.full(_length(piece), value, dtype=kind))
    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)


def _length(piece: Piece) -> int:
    return next(len(v) for v in piece.values() if isinstance(v, np.ndarray))
