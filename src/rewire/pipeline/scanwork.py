"""Measure every scan of a trial, in parallel processes, keeping each result as it comes."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import product
from typing import overload

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

import rewire.measures
from rewire.core import registry
from rewire.core.provenance import code_digest
from rewire.core.registry import MeasureSpec
from rewire.core.store import ResultStore, digest
from rewire.core.types import Measurement, Measurements, Scan, ScanRecord, Trial
from rewire.pipeline.inputs import Digests
from rewire.plan.model import MeasureChoice

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How work is carried out.

    Attributes
    ----------
    processes
        Worker processes; with 1 the work is done in this one.
    progress
        Whom to tell.
    """

    processes: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class Task:
    """One measure of one scan (or of the scans of one session that it needs).

    Attributes
    ----------
    measure
        Name of the measure.
    options
        Its options.
    records
        The scans, in the order of the measure's arguments.
    key
        Digest of input, options, seed and code: where the result is kept.
    seed
        Seed of this task alone, so that order and company do not matter.
    learned
        Key of what the measure learned from the cohort, empty where it learns nothing.
    """

    measure: str
    options: Mapping[str, object]
    records: tuple[ScanRecord, ...]
    key: str
    seed: int
    learned: str = ""


def measure_trial(
    trial: Trial,
    choices: Sequence[MeasureChoice],
    digests: Digests,
    seed: int,
    results: ResultStore,
    execution: Execution,
) -> Measurements:
    """Compute every chosen measure of every scan.

    Parameters
    ----------
    trial
        Its scans are loaded one at a time, in the process that measures them.
    choices
        Measures and their options.
    digests
        Of the inputs; part of the key under which a result is kept.
    seed
        The plan's seed.
    results
        Where results are kept; what is there already is not computed again.
    execution
        How many processes, and whom to tell.

    Returns
    -------
    Mapping of str to Measurement
        By quantity.
    """
    learned = {c.name: _learn(trial, c, digests, seed, results) for c in choices}
    tasks = [t for c in choices for t in _tasks(trial, c, digests, seed, learned[c.name])]
    waiting = _by_scan([t for t in tasks if not results.holds(t.key)])
    done = len(tasks) - sum(len(group) for group in waiting)
    execution.progress("Measuring", done, len(tasks))
    for group in _perform(waiting, trial, results, execution):
        done += len(group)
        execution.progress("Measuring", done, len(tasks))
    measured: dict[str, Measurement] = {}
    for choice in choices:
        spec = registry.get(choice.name)
        own = [t for t in tasks if t.measure == choice.name]
        measured |= _gather(spec, own, trial.load, results)
    return measured


class _Loaded(Sequence[Scan]):
    """Scans that are loaded one at a time, when asked for."""

    def __init__(self, records: Sequence[ScanRecord], load: Callable[[ScanRecord], Scan]) -> None:
        self._records = records
        self._load = load

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> Scan: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Scan]: ...
    def __getitem__(self, index: int | slice) -> Scan | Sequence[Scan]:
        if isinstance(index, slice):
            return _Loaded(self._records[index], self._load)
        return self._load(self._records[index])


def _learn(
    trial: Trial, choice: MeasureChoice, digests: Digests, seed: int, results: ResultStore
) -> str:
    """Run a measure's cohort stage, unless its result is kept, and return the result's key."""
    spec = registry.get(choice.name)
    if spec.fit is None:
        return ""
    records = sorted((r for r in trial.scans if r.kind == spec.needs[0]), key=lambda r: r.id)
    ids = [r.id for r in records]
    own_seed = int(digest(str(seed), choice.name, "fit", *ids)[:16], 16)
    key = _key(choice, own_seed, "fit", *(digests.scans[i] for i in ids))
    if not results.holds(key):
        scans = _Loaded(records, trial.load)
        rng = np.random.default_rng(own_seed)
        results.save(key, spec.fit(scans, rng=rng, **choice.options))
    return key


def _key(choice: MeasureChoice, seed: int, *inputs: str) -> str:
    options = json.dumps(choice.options, sort_keys=True)
    return digest(choice.name, options, str(seed), code_digest(), *inputs)


def _tasks(
    trial: Trial, choice: MeasureChoice, digests: Digests, seed: int, learned: str
) -> Iterator[Task]:
    spec = registry.get(choice.name)
    for records in _scan_sets(trial.scans, spec):
        ids = [r.id for r in records]
        own_seed = int(digest(str(seed), choice.name, *ids)[:16], 16)
        key = _key(choice, own_seed, learned, *(digests.scans[i] for i in ids))
        yield Task(choice.name, choice.options, records, key, own_seed, learned)


def _scan_sets(scans: Sequence[ScanRecord], spec: MeasureSpec) -> Iterator[tuple[ScanRecord, ...]]:
    first, *others = spec.needs
    for record in (r for r in scans if r.kind == first):
        beside = [
            [r for r in scans if r.kind == kind and _same_session(r, record)] for kind in others
        ]
        yield from ((record, *rest) for rest in product(*beside))


def _same_session(a: ScanRecord, b: ScanRecord) -> bool:
    return (a.participant, a.session) == (b.participant, b.session)


def _by_scan(tasks: Sequence[Task]) -> list[list[Task]]:
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.records[0].id, []).append(task)
    return list(groups.values())


def _perform(
    groups: list[list[Task]], trial: Trial, results: ResultStore, execution: Execution
) -> Iterator[list[Task]]:
    load = trial.load
    if execution.processes == 1 or len(groups) < 2:
        for group in groups:
            _measure(group, load, results)
            yield group
        return
    context = multiprocessing.get_context("spawn")
    workers = min(execution.processes, len(groups))
    with ProcessPoolExecutor(workers, context, _become_worker, (os.getpid(),)) as pool:
        running = {pool.submit(_measure, group, load, results): group for group in groups}
        try:
            for future in as_completed(running):
                future.result()
                yield running[future]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _become_worker(parent: int) -> None:
    """Import the measures, take one thread, and end when the parent does, however it does."""
    registry.discover(rewire.measures)
    threadpool_limits(1)  # one scan, one core: the processes share the machine already
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _measure(
    tasks: Sequence[Task], load: Callable[[ScanRecord], Scan], results: ResultStore
) -> None:
    loaded: dict[str, Scan] = {}
    for task in tasks:
        for record in task.records:
            if record.id not in loaded:
                loaded[record.id] = load(record)
        scans = tuple(loaded[record.id] for record in task.records)
        spec = registry.get(task.measure)
        learned = results.read(task.learned) if task.learned else None
        result = registry.compute(spec, scans, task.options, task.seed, learned)
        results.save(task.key, result)


def _result(task: Task, load: Callable[[ScanRecord], Scan], results: ResultStore) -> xr.Dataset:
    try:
        return results.read(task.key)
    except KeyError:  # damaged or removed since it was kept
        _measure([task], load, results)
        return results.read(task.key)


def _gather(
    spec: MeasureSpec,
    tasks: Sequence[Task],
    load: Callable[[ScanRecord], Scan],
    results: ResultStore,
) -> Measurements:
    datasets = [_result(t, load, results) for t in tasks]
    records = [t.records[0] for t in tasks]
    coords = {
        "participant_id": ("scan", [r.participant for r in records]),
        "session_id": ("scan", [r.session for r in records]),
        "acquisition": ("scan", [r.acquisition for r in records]),
        "run": ("scan", [r.run for r in records]),
        "scan": [r.id for r in records],
    }
    gathered: dict[str, Measurement] = {}
    for quantity in spec.gives if datasets else ():
        joined = xr.concat(
            [_one(d, quantity.name) for d in datasets],
            "scan",
            join="exact",
            coords="minimal",
            compat="override",
        ).transpose("scan", *quantity.dims)
        data = joined.assign_coords(coords)
        gathered[quantity.name] = Measurement(
            quantity.name, quantity.unit, spec.source, data, provider=spec.name
        )
    return gathered


def _one(data: xr.Dataset, name: str) -> xr.Dataset:
    parts = {"value": data[name], "status": data[f"{name}_status"]}
    for extra in ("se", "ci_low", "ci_high"):
        if f"{name}_{extra}" in data:
            parts[extra] = data[f"{name}_{extra}"]
    kept = set(data[name].dims)
    one = xr.Dataset(parts)
    return one.drop_vars([c for c in one.coords if c not in kept])
