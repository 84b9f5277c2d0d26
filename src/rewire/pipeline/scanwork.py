"""Measure every scan of a trial, in parallel processes, keeping each result as it comes."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import overload

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

import rewire.measures
from rewire.core import registry
from rewire.core.provenance import code_digest
from rewire.core.registry import Quantity
from rewire.core.store import ResultStore, digest
from rewire.core.types import Measurement, Measurements, Scan, ScanRecord, Trial
from rewire.pipeline.gathering import EXTRAS, gather
from rewire.pipeline.inputs import Digests
from rewire.pipeline.pairing import scan_sets
from rewire.pipeline.splitting import DEFINITION, PARTS, Halves, Part, splittable, take_part
from rewire.plan.parts import MeasureChoice

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
    part
        The whole scan, or one of its halves.
    """

    measure: str
    options: Mapping[str, object]
    records: tuple[ScanRecord, ...]
    key: str
    seed: int
    learned: str = ""
    part: Part = "whole"


def measure_trial(
    trial: Trial,
    choices: Sequence[MeasureChoice],
    digests: Digests,
    seed: int,
    results: ResultStore,
    execution: Execution,
    *,
    halves: Halves | None = None,
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
    halves
        Measure both halves of every scan as well, for :func:`measure_halves` to gather.

    Returns
    -------
    Mapping of str to Measurement
        By quantity. Values over pairs of regions lie on disk where they are many.
    """
    learned = {c.name: _learn(trial, c, digests, seed, results) for c in choices}
    sources = [_Source(trial, c, digests, seed, learned[c.name]) for c in choices]
    wholes = {s.choice.name: list(_tasks(s, "whole")) for s in sources}
    parts = [t for s in sources for t in _half_tasks(s, halves)] if halves else []
    tasks = [*(t for own in wholes.values() for t in own), *parts]
    waiting = _by_scan([t for t in tasks if not results.holds(t.key)])
    done = len(tasks) - sum(len(group) for group in waiting)
    execution.progress("Measuring", done, len(tasks))
    for group in _perform(waiting, trial, results, execution):
        done += len(group)
        execution.progress("Measuring", done, len(tasks))
    measured: dict[str, Measurement] = {}
    for name, own in wholes.items():
        spec = registry.get(name)
        found = gather(spec, spec.gives, _Kept(own, trial.load, results))
        if learned[name] and results.read(learned[name]).sizes:
            found = {q: replace(m, from_cohort=True) for q, m in found.items()}
        measured |= found
    return measured


def measure_halves(
    trial: Trial,
    choices: Sequence[MeasureChoice],
    digests: Digests,
    seed: int,
    results: ResultStore,
    *,
    halves: Halves,
) -> tuple[Measurements, Measurements]:
    """Return what every quantity is on the first and on the second half of each scan.

    Parameters
    ----------
    trial, choices, digests, seed, results
        As given to :func:`measure_trial` with the same ``halves``, which computes and keeps
        what is gathered here; what has gone missing since is computed again.
    halves
        How scans are halved.

    Returns
    -------
    first, second
        By quantity; results over pairs of regions and measures that need more than one
        resting series are left out. A cohort stage is not repeated on halves.
    """
    found: tuple[dict[str, Measurement], dict[str, Measurement]] = ({}, {})
    for choice in choices:
        spec = registry.get(choice.name)
        quantities = splittable(spec)
        if not quantities:
            continue
        learned = _learn(trial, choice, digests, seed, results)
        source = _Source(trial, choice, digests, seed, learned)
        for into, part in zip(found, PARTS[halves], strict=True):
            tasks = list(_tasks(source, part))
            into.update(gather(spec, quantities, _Kept(tasks, trial.load, results)))
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    """What the tasks of one measure are made from."""

    trial: Trial
    choice: MeasureChoice
    digests: Digests
    seed: int
    learned: str


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
    wanted = (r for r in trial.scans if r.kind == spec.learning)
    records = sorted(wanted, key=lambda r: r.seed_id)
    inputs = [digests.scans[r.id] for r in records]
    names = [r.seed_id for r in records]
    own_seed = int(digest(str(seed), choice.name, "fit", *names)[:16], 16)
    key = _key(choice, own_seed, "fit", *inputs)
    if not results.holds(key):
        scans = _Loaded(records, trial.load)
        rng = np.random.default_rng(own_seed)
        results.save(key, registry.learn(spec, scans, choice.options, rng))
    return key


def _key(choice: MeasureChoice, seed: int, *inputs: str) -> str:
    options = json.dumps(choice.options, sort_keys=True)
    return digest(choice.name, options, str(seed), code_digest(), *inputs)


def _tasks(source: _Source, part: Part) -> Iterator[Task]:
    choice, digests = source.choice, source.digests
    spec = registry.get(choice.name)
    half = () if part == "whole" else (DEFINITION, part)
    for records in scan_sets(source.trial.scans, spec.needs, choice.options.get("connectome")):
        inputs = [digests.scans[r.id] for r in records]
        names = [r.seed_id for r in records]
        own_seed = int(digest(str(source.seed), choice.name, *names, *half)[:16], 16)
        key = _key(choice, own_seed, source.learned, *inputs, *half)
        yield Task(choice.name, choice.options, records, key, own_seed, source.learned, part)


def _half_tasks(source: _Source, halves: Halves) -> Iterator[Task]:
    if splittable(registry.get(source.choice.name)):
        for part in PARTS[halves]:
            yield from _tasks(source, part)


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
        scans = tuple(take_part(loaded[record.id], task.part) for record in task.records)
        spec = registry.get(task.measure)
        learned = results.read(task.learned) if task.learned else None
        result = registry.compute(spec, scans, task.options, task.seed, learned)
        if task.part != "whole":
            result = _only(result, splittable(spec))
        results.save(task.key, result)


def _only(result: xr.Dataset, quantities: Sequence[Quantity]) -> xr.Dataset:
    """Keep these quantities and what stands beside them."""
    wanted = [f"{q.name}{end}" for q in quantities for end in ("", "_status", *EXTRAS)]
    return result[[name for name in wanted if name in result]]


class _Kept:
    """Results of the tasks of one measure, read one at a time; see :func:`gather`."""

    def __init__(
        self, tasks: Sequence[Task], load: Callable[[ScanRecord], Scan], results: ResultStore
    ) -> None:
        self._tasks, self._load, self._results = tasks, load, results
        self.records = tuple(task.records[0] for task in tasks)
        self.folder = results.folder

    def __iter__(self) -> Iterator[xr.Dataset]:
        for task in self._tasks:
            try:
                yield self._results.read_flagged(task.key)
            except KeyError:  # damaged or removed since it was kept
                _measure([task], self._load, self._results)
                yield self._results.read_flagged(task.key)
