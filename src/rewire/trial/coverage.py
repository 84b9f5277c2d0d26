"""How much of each region a scan covers, and which regions are left out for it."""

from __future__ import annotations

import numpy as np

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError
from rewire.core.types import FloatArray, ScanRecord
from rewire.trial.faults import ScanFaults
from rewire.trial.tables import listed, shown
from rewire.trial.timeseries import read_columns


def read_coverage(record: ScanRecord, atlas: Atlas, faults: ScanFaults) -> FloatArray | None:
    """Read which share of each region a parcellated series covers.

    Parameters
    ----------
    record
        The scan; its ``coverage`` names the table.
    atlas
        The regions wanted, by name.
    faults
        Receives a warning for a table that cannot be used.

    Returns
    -------
    FloatArray or None
        Shares from 0 to 1, shape (regions,); NaN for a region that the table lacks. None where
        there is no table that can be used.
    """
    if record.coverage is None:
        return None
    try:
        table = read_columns(record.coverage.path)
    except DataError as error:
        _refuse(record, str(error), faults)
        return None
    found = dict(zip(table.names, table.values[0], strict=True))
    shares = np.array([found.get(region, np.nan) for region in atlas.regions], dtype=np.float64)
    known = shares[np.isfinite(shares)]
    if len(table.values) != 1 or not len(known) or known.min() < 0 or known.max() > 1:
        _refuse(record, "does not hold one row of shares from 0 to 1 for the regions.", faults)
        return None
    return shares


def leave_out(
    series: FloatArray, coverage: FloatArray, minimum: float, atlas: Atlas, faults: ScanFaults
) -> FloatArray:
    """Return the series without the regions that are covered too little.

    Parameters
    ----------
    series
        float64, shape (volumes, regions).
    coverage
        Share of each region, shape (regions,). NaN, where it is unknown, leaves a region in.
    minimum
        The smallest share that is enough.
    atlas
        Names of the regions.
    faults
        Receives a warning that names the regions left out.

    Returns
    -------
    FloatArray
        A copy, NaN in the columns of regions whose coverage is below ``minimum``.
    """
    low = np.flatnonzero(coverage < minimum)
    if not len(low):
        return series
    names = [f"{atlas.regions[i]} ({coverage[i]:.0%})" for i in low]
    faults.add(
        "warning",
        "low-coverage",
        f"{len(low)} region{'' if len(low) == 1 else 's'} with less than {minimum:.0%} of their "
        f"volume in the image: {listed(names)}.",
        "They become NaN in every measure that needs them.",
    )
    kept = series.copy()
    kept[:, low] = np.nan
    return kept


def _refuse(record: ScanRecord, what: str, faults: ScanFaults) -> None:
    name = shown(record.coverage.path.name) if record.coverage else ""
    faults.add("warning", "coverage-table", f"{name} {what}", "Coverage counts as unknown.")
