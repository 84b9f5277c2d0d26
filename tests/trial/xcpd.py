"""Writes a made-up trial as XCP-D and a trial team leave it, for tests that need one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

ATLAS = "4S24Parcels"
NETWORKS = ("Vis", "SomMot", "Default", "Cont")
CORTEX = tuple(f"{h}H_{n}_{i}" for h in "LR" for n in NETWORKS for i in (1, 2))
SUBCORTEX = (
    ("LH-Pu", "CIT168Subcortical"),
    ("RH-Pu", "CIT168Subcortical"),
    ("LH-Pulvinar", "ThalamusHCP"),
    ("RH-Pulvinar", "ThalamusHCP"),
    ("LH_Hippocampus", "SubcorticalHCP"),
    ("RH_Hippocampus", "SubcorticalHCP"),
    ("Cerebellar_Region1", "Cerebellum"),
    ("Cerebellar_Region2", "Cerebellum"),
)
FOURS = (*CORTEX, *(label for label, _ in SUBCORTEX))
ATLASES = {
    ATLAS: FOURS,
    "Glasser": tuple(f"{h}_{i}" for h in "LR" for i in range(10)),
    "Gordon": tuple(f"parcel{i}" for i in range(20)),
    "Tian": tuple(f"HIP-{i}" for i in range(22)),
}
SESSIONS = ("ses-baseline", "ses-week6")
VOLUMES = 48
ODD = "sub-007"
"""Whose baseline is called ses-bl."""

ONCE = ("sub-021", "sub-042")
"""Who did not come back."""


def people(count: int = 60) -> list[str]:
    return [f"sub-{i:03}" for i in range(1, count + 1)]


def write_xcpd(root: Path, count: int = 60) -> Path:
    """Write a derivative folder: two sessions, four atlases, motion, censoring, coverage."""
    for name, regions in ATLASES.items():
        _write_atlas(root, name, regions)
    about = {"Name": "XCP-D", "BIDSVersion": "1.9.0", "DatasetType": "derivative"}
    (root / "dataset_description.json").write_text(json.dumps(about), encoding="utf-8")
    rng = np.random.default_rng(1)
    for participant in people(count):
        for session in SESSIONS:
            if session == "ses-week6" and participant in ONCE:
                continue
            label = "ses-bl" if (participant, session) == (ODD, "ses-baseline") else session
            _write_run(root / participant / label / "func", f"{participant}_{label}", rng)
    return root


def _write_atlas(root: Path, name: str, regions: Sequence[str]) -> None:
    folder = root / "atlases" / f"atlas-{name}"
    folder.mkdir(parents=True)
    table = pd.DataFrame({"index": range(1, len(regions) + 1), "label": regions})
    if name == ATLAS:
        structures = dict(SUBCORTEX)
        networks = [r.split("_")[1] if r in CORTEX else "n/a" for r in regions]
        table["network_label"] = networks
        table["atlas_name"] = [structures.get(r, "4S24") for r in regions]
    table.to_csv(folder / f"atlas-{name}_dseg.tsv", sep="\t", index=False)


def _write_run(folder: Path, who: str, rng: np.random.Generator) -> None:
    folder.mkdir(parents=True)
    stem = f"{who}_task-rest"
    displacement = rng.gamma(2, 0.08, VOLUMES)
    outliers = displacement > 0.45
    motion = pd.DataFrame({"framewise_displacement": displacement.round(4)})
    motion.to_csv(folder / f"{stem}_desc-filtered_motion.tsv", sep="\t", index=False)
    flags = pd.DataFrame({"framewise_displacement": outliers.astype(int)})
    flags.to_csv(folder / f"{stem}_outliers.tsv", sep="\t", index=False)
    shared = rng.normal(size=(VOLUMES, 1))
    for atlas, regions in ATLASES.items():
        data = rng.normal(size=(VOLUMES, len(regions))) + shared
        kept = pd.DataFrame(data[~outliers].round(4), columns=list(regions))
        name = folder / f"{stem}_space-MNI152NLin2009cAsym_seg-{atlas}_stat-mean_timeseries.tsv"
        kept.to_csv(name, sep="\t", index=False)
        name.with_suffix(".json").write_text('{"RepetitionTime": 2.0}', encoding="utf-8")
        covered = folder / f"{stem}_space-MNI152NLin2009cAsym_seg-{atlas}_stat-coverage_bold.tsv"
        pd.DataFrame([np.ones(len(regions))], columns=list(regions)).to_csv(
            covered, sep="\t", index=False
        )


def wide_scores(count: int = 60) -> pd.DataFrame:
    """Return scores one row a person, ids unlike the folders', two scales and an unknown one."""
    rng = np.random.default_rng(2)
    rows = []
    for i in range(1, count + 1):
        baseline = int(rng.integers(20, 40))
        fall = int(rng.integers(0, 15))
        rows.append(
            {
                "Patient code": f"P{i:02}-{'ABCDEFGHJK'[i % 10]}{'XYZ'[i % 3]}",
                "Site": "North" if i % 3 else "South",
                "Age": int(rng.integers(20, 65)),
                "Group": "AB"[i % 2],
                "BDI BL": baseline,
                "BDI W6": baseline - fall if i % 11 else None,
                "WEMWBS BL": int(rng.integers(20, 40)),
                "WEMWBS W6": int(rng.integers(30, 60)),
                "Calm BL": int(rng.integers(0, 10)),
                "Calm W6": int(rng.integers(0, 10)),
            }
        )
    return pd.DataFrame(rows)


def long_scores(count: int = 60) -> pd.DataFrame:
    """Return the same scores, one row a person and session."""
    wide = wide_scores(count)
    fixed = ["Patient code", "Site", "Age", "Group"]
    parts = [
        wide[fixed].assign(
            Visit=name, **{scale: wide[f"{scale} {name}"] for scale in ("BDI", "WEMWBS", "Calm")}
        )
        for name in ("BL", "W6")
    ]
    return pd.concat(parts, ignore_index=True)


def contents(root: Path) -> Iterator[tuple[str, int]]:
    """Yield every file below a folder and when it was last changed."""
    for path in sorted(root.rglob("*")):
        yield path.relative_to(root).as_posix(), path.stat().st_mtime_ns
