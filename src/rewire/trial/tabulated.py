"""Measures that came as tables, for trials whose scans are not public."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rewire.core.errors import Fault
from rewire.core.schema import TABULATED_COLUMNS
from rewire.trial.tables import Table, listed, numbers, read_table, repeated_rows

_KEYS = ("participant_id", "session_id")
_CHANGE = "_change"


@dataclass(frozen=True, slots=True, eq=False)
class Tabulated:
    """Measure tables as one long table, and what was wrong with them.

    Parameters
    ----------
    frame
        Columns of :data:`rewire.core.schema.TABULATED_COLUMNS`.
    faults
        Tables that cannot be read and rows that repeat.
    """

    frame: pd.DataFrame
    faults: tuple[Fault, ...]


def read_tabulated(root: Path) -> Tabulated:
    """Read every table in ``measures/``.

    A column whose name ends in ``_change`` holds after minus before, whether or not the table
    has sessions; columns that hold text are passed over.

    Parameters
    ----------
    root
        The trial's folder.
    """
    rows: list[tuple[str, str, str, float, str, bool]] = []
    faults: list[Fault] = []
    for path in sorted((root / "measures").glob("*.tsv")):
        read = read_table(path, root)
        faults += read.faults
        if read.table is None:
            continue
        if "participant_id" not in read.table.columns:
            what = f"has no column participant_id; it has {listed(read.table.columns)}."
            remedy = "It is not read; name the column of ids so."
            faults.append(Fault("warning", "table-skipped", read.table.where, what, remedy))
            continue
        again, repeated = repeated_rows(read.table)
        faults += repeated
        rows += _rows(read.table, again)
    frame = pd.DataFrame(rows, columns=list(TABULATED_COLUMNS), dtype=object)
    return Tabulated(frame.astype({"value": np.float64, "change": bool}), tuple(faults))


def _rows(table: Table, again: frozenset[int]) -> list[tuple[str, str, str, float, str, bool]]:
    rows = []
    for name in table.columns:
        values = None if name in _KEYS else numbers(table.column(name))
        if values is None:
            continue
        change = name.endswith(_CHANGE)
        measure = name.removesuffix(_CHANGE)
        for i, participant, session in table.ids():
            if i not in again:
                at = "" if change else session
                value = float(values[i])
                rows.append((participant, at, measure, value, table.stem, change))
    return rows
