"""Measures that came as tables, in the same form as those computed from scans."""

from __future__ import annotations

import numpy as np
import xarray as xr

from rewire.core.types import Measurement, Measurements, Trial


def tabulated_measurements(trial: Trial) -> Measurements:
    """Return each measure of the trial's own tables as a :class:`Measurement`.

    Values that are missing are NaN with the status ``not recorded``. The unit is not known and
    given as ``1``.
    """
    found: dict[str, Measurement] = {}
    for (name, change), rows in trial.tabulated.groupby(["measure", "change"], sort=False):
        values = rows["value"].to_numpy(dtype=np.float64)
        blank = np.full(len(rows), "", dtype="U1")
        data = xr.Dataset(
            {
                "value": ("scan", values),
                "status": ("scan", np.where(np.isfinite(values), "ok", "not recorded")),
            },
            coords={
                "participant_id": ("scan", rows["participant_id"].to_numpy(dtype=str)),
                "session_id": ("scan", rows["session_id"].to_numpy(dtype=str)),
                "acquisition": ("scan", blank),
                "run": ("scan", blank),
            },
        )
        table = str(rows["table"].iloc[0])
        found[str(name)] = Measurement(
            str(name), "1", f"table measures/{table}.tsv of the trial", data, bool(change), table
        )
    return found
