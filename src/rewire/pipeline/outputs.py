"""The output folder: a BIDS derivative, every file written whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

import rewire
from rewire.core import registry, store
from rewire.core.errors import UsageError
from rewire.core.schema import SCAN_COLUMNS, VALUE_COLUMNS
from rewire.core.types import Measurement, Trial

PLAN = "plan.toml"
PROVENANCE = "provenance.json"

CACHE = ".rewire"
"""Hidden folder in the output where results of single scans are kept."""

_TABLES = ("flow", "quality", "exclusions", "motion", "key", "coverage", "denoising", "maps")
_IGNORED = "\n".join(
    (
        "# No released BIDS specification has names for statistical tables, reports or plans. What",
        "# follows is written by rewire and stays as it is until one has.",
        "# A folder stands without a slash at its end: with one, its files are ignored but the",
        "# validator still reports the folder.",
        "effects",
        "measures",
        *(f"{stem}.*" for stem in _TABLES),
        PLAN,
        "lock.json",
        PROVENANCE,
        "report.html",
        f"# Results of single scans, kept so that a run can go on or be repeated.\n{CACHE}",
        "",
    )
)
"""What the BIDS validator is told to pass over."""

_PAIRWISE = {"region", "region2"}


def prepare(out: Path, trial_root: Path | None, derivatives: Iterable[Path] = ()) -> None:
    """Make the output folder ready, without touching a folder that is somebody else's.

    Parameters
    ----------
    out
        The output folder; made if need be. What a killed run left half-written is removed.
    trial_root
        The trial's folder, which must stay as it is.
    derivatives
        Folders of other programs' output, in which nothing is written at all.

    Raises
    ------
    UsageError
        If the folder is the trial's own or lies among its derivatives, or holds something that
        rewire did not write.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; give a folder for the output.")
    if trial_root is not None and out.resolve() == trial_root.resolve():
        raise UsageError(f"The output cannot be the trial's own folder ({out}).")
    for folder in derivatives:
        if out.resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"{out} lies in {folder}, which is never written to.")
    if out.is_dir() and any(out.iterdir()) and not _is_ours(out):
        raise UsageError(
            f"{out} holds files that rewire did not write; give an empty or a new folder."
        )
    out.mkdir(parents=True, exist_ok=True)
    store.write_json(out / "dataset_description.json", _description(None))
    for part in out.rglob(".part-*"):
        part.unlink(missing_ok=True)


class OutputFolder:
    """Writes the outputs of one run and removes what an earlier plan left there.

    Parameters
    ----------
    out
        The folder.
    plan_digest
        Put into every output.
    """

    def __init__(self, out: Path, plan_digest: str) -> None:
        self.out = out
        self.plan_digest = plan_digest
        self._written: set[Path] = set()
        self._stems: dict[str, str] = {}

    def table(self, name: str, table: pd.DataFrame, about: Mapping[str, Any]) -> None:
        """Write ``name`` (a ``.tsv``) and its JSON sidecar, which holds the plan's digest."""
        store.write_table(self._path(name), table)
        self.json(f"{name.removesuffix('.tsv')}.json", {"PlanHash": self.plan_digest, **about})

    def json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file."""
        store.write_json(self._path(name), content)

    def text(self, name: str, text: str) -> None:
        """Write a text file."""
        store.write_text(self._path(name), text)

    def description(self, trial: Trial) -> None:
        """Write ``dataset_description.json`` and ``.bidsignore``."""
        self.json("dataset_description.json", _description(trial) | {"PlanHash": self.plan_digest})
        self.text(".bidsignore", _IGNORED)
        self.text("README.md", _readme(trial))

    def measurement(self, measurement: Measurement) -> None:
        """Write one quantity: a long table, or NetCDF where it holds a value for each edge."""
        about = _about(measurement)
        name = f"measures/{self._file_stem(measurement.name)}"
        if set(measurement.dims) >= _PAIRWISE:
            data = measurement.data.assign_attrs(
                unit=measurement.unit, source=measurement.source, plan_hash=self.plan_digest
            )
            store.write_dataset(self._path(f"{name}.nc"), data)
            self.json(f"{name}.json", {"PlanHash": self.plan_digest, **about})
            return
        self.table(f"{name}.tsv", long_table(measurement), about)

    def finish(self) -> None:
        """Remove measures and effects that this run did not write."""
        for folder in ("measures", "effects"):
            for path in sorted((self.out / folder).glob("*")):
                if path not in self._written and path.is_file():
                    path.unlink()

    def _file_stem(self, label: str) -> str:
        """Make a file name of a label from a file, which may hold anything."""
        stem = re.sub(r"[^A-Za-z0-9_\-]+", "_", label).strip("_") or "measure"
        if self._stems.setdefault(stem, label) != label:
            stem = f"{stem}_{store.digest(label)[:8]}"
            self._stems[stem] = label
        return stem

    def _path(self, name: str) -> Path:
        path = self.out / name
        self._written.add(path)
        return path


def long_table(measurement: Measurement) -> pd.DataFrame:
    """Return a measurement as a long table: scan, dims, value, se, ci_low, ci_high, status.

    Parameters
    ----------
    measurement
        One quantity over scans.

    Returns
    -------
    pandas.DataFrame
        One row a scan and cell, in the order of the scans and of the dims. A measurement that
        does not tell whose its scans are has their ids in a column ``scan`` instead.
    """
    data = measurement.data
    told = [column for column in SCAN_COLUMNS if column in data.coords]
    index = data.drop_vars("scan", errors="ignore") if told else data
    frame = index.to_dataframe(dim_order=["scan", *measurement.dims]).reset_index()
    for column in VALUE_COLUMNS:
        if column not in frame:
            frame[column] = float("nan")
    return frame[[*(told or ["scan"]), *measurement.dims, *VALUE_COLUMNS]]


def _about(measurement: Measurement) -> dict[str, Any]:
    described = {
        q.name: q.description
        for spec in registry.registered().values()
        if spec.name == measurement.provider
        for q in spec.gives
    }
    return {
        "Measure": measurement.name,
        "Description": described.get(measurement.name, "Read from a table of the trial."),
        "Units": measurement.unit,
        "Dimensions": list(measurement.dims),
        "Source": measurement.source,
        "Provider": measurement.provider,
        "AlreadyAfterMinusBefore": measurement.change,
        "MissingValues": "n/a; status says why",
    }


def _is_ours(out: Path) -> bool:
    try:
        content = json.loads((out / "dataset_description.json").read_text(encoding="utf-8"))
        return any(g.get("Name") == "rewire" for g in content.get("GeneratedBy", []))
    except (OSError, ValueError, AttributeError):
        return all(p.name == CACHE or p.name.startswith(".part-") for p in out.iterdir())


def _readme(trial: Trial) -> str:
    simulated = (
        "\nThe data are simulated: nobody was treated or scanned.\n" if trial.simulated else ""
    )
    return (
        f"# Results of rewire: {' '.join(trial.name.split())}\n{simulated}\n"
        "This folder is a BIDS derivative. rewire made it from the folder of a clinical trial, "
        "following `plan.toml`.\n\n"
        "- `report.html`: the answers, and everything they rest on; it opens in a browser, "
        "offline.\n"
        "- `effects/`: one row a test, and the tables beside them.\n"
        "- `measures/`: what was measured on every scan.\n"
        "- `flow.tsv`, `quality.tsv`: who is in, who is out and why; what each scan is worth.\n"
        "- `provenance.json`: versions, seed, digests of the inputs, machine and times.\n\n"
        "Each table has a JSON file beside it. Estimates are after minus before. `n/a` is a value "
        "that does not exist or could not be computed; the column `status` says which.\n\n"
        "These files name single participants by their labels. Do not pass them on: "
        "`rewire report TRIAL OUT --share DEST` makes a copy of the report without labels and "
        "small groups.\n"
    )


def _description(trial: Trial | None) -> dict[str, Any]:
    name = trial.name if trial else "unfinished"
    return {
        "Name": f"rewire: {name}",
        "BIDSVersion": "1.10.0",
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "rewire", "Version": rewire.__version__}],
        "SourceDatasets": [],
    }
