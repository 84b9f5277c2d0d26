"""A small trial written to disk, whole at first, for tests to break."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rewire.core.errors import Fault
from rewire.core.exclusion import Exclusion
from rewire.trial.check import CheckResult, check_trial
from rewire.trial.reading import read_trial

REGIONS = ("LH_Vis_1", "LH_Default_1", "RH_Vis_1", "RH_Default_1")
PEOPLE = ("sub-01", "sub-02", "sub-03", "sub-04")
SESSIONS = ("ses-baseline", "ses-week6")


class Folder:
    """A trial's folder under construction."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def table(self, name: str, rows: Sequence[Sequence[object]]) -> Path:
        text = "\n".join("\t".join(str(cell) for cell in row) for row in rows)
        return self.text(name, text + "\n")

    def text(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def json(self, name: str, content: object) -> Path:
        return self.text(name, json.dumps(content))

    def series(
        self, name: str, volumes: int = 150, regions: Sequence[str] = REGIONS, tr: float | None = 2
    ) -> Path:
        """Write noise as a parcellated series, with its sidecar where ``tr`` is given."""
        rng = np.random.default_rng(len(name) + volumes)
        data = rng.normal(size=(volumes, len(regions))).round(4)
        path = self.table(name, [regions, *data.tolist()])
        if tr is not None:
            self.json(name.removesuffix(".tsv") + ".json", {"RepetitionTime": tr})
        return path

    def scan(self, participant: str, session: str) -> str:
        stem = f"{participant}_{session}_task-rest_seg-Small_stat-mean_timeseries.tsv"
        return f"{participant}/{session}/func/{stem}"

    def check(self, exclusions: Sequence[Exclusion] = (), atlas: str | None = None) -> CheckResult:
        reading = read_trial(self.root, exclusions, atlas=atlas)
        return check_trial(reading, n_procs=1, exclusions=exclusions)

    def faults(self, code: str, exclusions: Sequence[Exclusion] = ()) -> list[Fault]:
        return [f for f in self.check(exclusions).faults if f.code == code]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty folder."""
    return Folder(tmp_path / "trial")


@pytest.fixture
def whole(folder: Folder) -> Folder:
    """A trial without any fault: four people, two arms, two sessions, an atlas, two scales."""
    rows = [(p, "drug" if i % 2 else "placebo", 30 + i) for i, p in enumerate(PEOPLE)]
    folder.table("participants.tsv", [("participant_id", "arm", "age"), *rows])
    atlas = [(i, r, r[0], r.split("_")[1], i, 2 * i, -i) for i, r in enumerate(REGIONS, 1)]
    columns = ("index", "name", "hemisphere", "network", "x", "y", "z")
    folder.table("atlases/atlas-Small_dseg.tsv", [columns, *atlas])
    for participant in PEOPLE:
        for session in SESSIONS:
            folder.series(folder.scan(participant, session))
    long = [(p, s, 20 + i) for i, p in enumerate(PEOPLE) for s in SESSIONS]
    folder.table("phenotype/bdi.tsv", [("participant_id", "session_id", "bdi"), *long])
    return folder
