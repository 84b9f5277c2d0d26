"""A small trial in a folder: two arms, four people each, two sessions, twelve regions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

REGIONS = [
    f"{h}_{net}_{i}" for h in ("LH", "RH") for net in ("Vis", "Default", "Cont") for i in (1, 2)
]


def write_small_trial(root: Path, seed: int = 1) -> Path:
    """Write the trial and return its folder."""
    rng = np.random.default_rng(seed)
    root.mkdir(parents=True, exist_ok=True)
    (root / "dataset_description.json").write_text('{"Name": "small", "BIDSVersion": "1.10.0"}')
    people = [f"sub-{i:02d}" for i in range(1, 9)]
    arms = ["psilocybin"] * 4 + ["placebo"] * 4
    lines = ["participant_id\tarm\tage"]
    lines += [f"{p}\t{a}\t{30 + i}" for i, (p, a) in enumerate(zip(people, arms, strict=True))]
    (root / "participants.tsv").write_text("\n".join(lines) + "\n")
    (root / "atlases").mkdir()
    rows = ["index\tname\themisphere\tnetwork\tx\ty\tz"]
    for i, name in enumerate(REGIONS, start=1):
        hemisphere, network, _ = name.split("_")
        x = (-1 if hemisphere == "LH" else 1) * (20 + i)
        rows.append(f"{i}\t{name}\t{hemisphere[0]}\t{network}\t{x}\t{i * 5 - 40}\t{30 - i}")
    (root / "atlases" / "atlas-Toy12_dseg.tsv").write_text("\n".join(rows) + "\n")
    (root / "phenotype").mkdir()
    scores = ["participant_id\tsession_id\tbdi"]
    for person in people:
        for session in ("ses-baseline", "ses-week6"):
            scores.append(f"{person}\t{session}\t{rng.integers(8, 40)}")
            func = root / person / session / "func"
            func.mkdir(parents=True)
            stem = f"{person}_{session}_task-rest_seg-Toy12_stat-mean_timeseries"
            shared = rng.standard_normal((150, 3))
            nets = [n.split("_")[1] for n in REGIONS]
            which = [("Vis", "Default", "Cont").index(n) for n in nets]
            series = 100 + shared[:, which] + rng.standard_normal((150, len(REGIONS)))
            body = "\n".join("\t".join(f"{v:.5f}" for v in row) for row in series)
            (func / f"{stem}.tsv").write_text("\t".join(REGIONS) + "\n" + body + "\n")
            (func / f"{stem}.json").write_text(json.dumps({"RepetitionTime": 2.0}))
    (root / "phenotype" / "bdi.tsv").write_text("\n".join(scores) + "\n")
    return root


@pytest.fixture
def small_trial(tmp_path: Path) -> Path:
    """The small trial, written afresh."""
    return write_small_trial(tmp_path / "trial")
