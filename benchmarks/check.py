"""Finding 10,000 files, and reading parcellated series."""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks import Row
from rewire.trial.bids import index_trial
from rewire.trial.timeseries import read_columns

T = TypeVar("T")

_PEOPLE, _RUNS, _SESSIONS = 500, 5, ("baseline", "week6")
_SERIES, _VOLUMES, _REGIONS = 20, 600, 100


def run() -> Iterator[Row]:
    """Yield one row for indexing and one for reading."""
    with tempfile.TemporaryDirectory() as folder:
        yield _indexing(Path(folder) / "many")
        yield _reading(Path(folder) / "few")


def _indexing(root: Path) -> Row:
    for person in range(_PEOPLE):
        for session in _SESSIONS:
            func = root / f"sub-{person:04d}" / f"ses-{session}" / "func"
            func.mkdir(parents=True)
            for i in range(1, _RUNS + 1):
                stem = f"sub-{person:04d}_ses-{session}_task-rest_run-{i}_seg-X_stat-mean"
                (func / f"{stem}_timeseries.tsv").touch()
                (func / f"{stem}_timeseries.json").touch()
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.9.0"}')
    ours, found = _timed(lambda: len(index_trial(root).scans))
    rival, theirs = _rival_index(root)
    note = "10,000 files, half of them scans; quality is the number of scans found"
    return Row("check: index", ours, rival, theirs[0], float(found), theirs[1], note)


def _rival_index(root: Path) -> tuple[str, tuple[float, float]]:
    if importlib.util.find_spec("bids2table") is None:
        seconds, found = _timed(lambda: sum(1 for _ in root.rglob("sub-*_timeseries.tsv")))
        return "pathlib.rglob (names not parsed)", (seconds, float(found))
    rival = importlib.import_module("bids2table")
    seconds, found = _timed(lambda: int(rival.index_dataset(root).num_rows))
    return "bids2table", (seconds, float(found))


def _reading(root: Path) -> Row:
    root.mkdir()
    rng = np.random.default_rng(0)
    names = "\t".join(f"region{i}" for i in range(_REGIONS))
    paths = [root / f"{i}.tsv" for i in range(_SERIES)]
    for path in paths:
        data = rng.normal(1000, 10, (_VOLUMES, _REGIONS))
        np.savetxt(path, data, "%.6f", "\t", header=names, comments="")
    size = sum(path.stat().st_size for path in paths) / 1e6
    ours, total = _timed(lambda: sum(float(read_columns(p).values.sum()) for p in paths))
    rival, theirs = _timed(lambda: sum(float(np.loadtxt(p, skiprows=1).sum()) for p in paths))
    note = f"{size:.0f} MB: {size / ours:.0f} and {size / rival:.0f} MB/s; quality is the sum read"
    return Row("check: read", ours, "numpy.loadtxt", rival, total, theirs, note)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    work()
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result
