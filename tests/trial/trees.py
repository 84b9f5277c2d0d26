"""Writes a simulated trial as a folder, for tests that need one; rewire itself never does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from rewire.core.atlas import Atlas
from rewire.core.types import Scan, ScanRecord, Trial

TreeWriter = Callable[[Trial, Path], Path]


def write_tree(trial: Trial, root: Path) -> Path:
    """Write ``trial`` under ``root`` as an XCP-D-like BIDS derivative and return ``root``."""
    root.mkdir(parents=True, exist_ok=True)
    description = {
        "Name": trial.name,
        "BIDSVersion": "1.9.0",
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "a test of rewire", "Description": "simulated, no people"}],
    }
    _write_json(root / "dataset_description.json", description)
    _write_table(trial.participants, root / "participants.tsv")
    _write_phenotype(trial, root / "phenotype")
    for atlas in trial.atlases.values():
        _write_atlas(atlas, root / "atlases")
    for participant, rows in trial.sessions.groupby("participant_id", sort=False):
        table = rows[["session_id", "days"]].rename(columns={"days": "days_since_infusion"})
        _write_table(table, root / str(participant) / f"{participant}_sessions.tsv")
    for record in trial.scans:
        _write_scan(trial, record, root)
    return root


def _write_phenotype(trial: Trial, folder: Path) -> None:
    keys = ["participant_id", "session_id"]
    for (table, scale), rows in trial.scores.groupby(["table", "scale"], sort=False):
        wide = rows[[*keys, "value"]].rename(columns={"value": str(scale)})
        _write_table(wide, folder / f"{table}.tsv")


def _write_atlas(atlas: Atlas, folder: Path) -> None:
    table = pd.DataFrame(
        {
            "index": atlas.index,
            "name": atlas.regions,
            "hemisphere": atlas.hemisphere,
            "network": atlas.network,
            **dict(zip("xyz", atlas.centroid.T, strict=True)),
        }
    )
    _write_table(table, folder / f"atlas-{atlas.name}_dseg.tsv")


def _write_scan(trial: Trial, record: ScanRecord, root: Path) -> None:
    scan = trial.load(record)
    path = root / record.path
    if record.kind == "connectome":
        _write_connectome(scan, path)
        return
    table = pd.DataFrame(scan.data, columns=list(scan.atlas.regions))
    _write_table(table, path)
    sidecar = {"RepetitionTime": scan.facts["repetition_time"], "TaskName": record.task}
    _write_json(path.with_suffix(".json"), sidecar)
    displacement = getattr(trial.load, "displacement", None)
    if displacement is not None:
        entities = path.name.partition("_seg-")[0]
        motion = pd.DataFrame({"framewise_displacement": displacement(record)})
        _write_table(motion, path.with_name(f"{entities}_motion.tsv"))


def _write_connectome(scan: Scan, path: Path) -> None:
    regions = list(scan.atlas.regions)
    _write_table(pd.DataFrame(scan.data, columns=regions), path)
    if scan.lengths is not None:
        beside = path.with_name(path.name.replace("meas-streamlines", "meas-length"))
        _write_table(pd.DataFrame(np.nan_to_num(scan.lengths), columns=regions), beside)


def _write_table(table: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, sep="\t", index=False, na_rep="n/a", float_format="%.6g")


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def truncate(path: Path, share: float = 0.5) -> None:
    """Cut a file short in the middle of a row, as a full disk does."""
    data = path.read_bytes()
    path.write_bytes(data[: max(1, int(len(data) * share))].rstrip(b"\n")[:-1])


def silence(path: Path, region: int) -> None:
    """Set one column of a written series to 0."""
    table = pd.read_csv(path, sep="\t")
    table.isetitem(region, np.zeros(len(table)))
    _write_table(table, path)
