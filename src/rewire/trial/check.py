"""Judging a trial: every scan is read, everything is compared, every fault is listed at once."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rewire.core.atlas import Atlas
from rewire.core.errors import Fault, TrialError
from rewire.core.exclusion import Exclusion
from rewire.core.types import Scan, ScanRecord, Trial
from rewire.plan.parts import QualityRules
from rewire.trial.balance import judge_motion_balance
from rewire.trial.cohort import judge_cohort, judge_lengths
from rewire.trial.faults import included, people_left_out, standing
from rewire.trial.image_tables import coverage_table, denoising_table
from rewire.trial.ledger import rule_exclusions, rule_faults
from rewire.trial.quality import (
    ScanQuality,
    judge_loaded,
    judge_scan,
    quality_table,
)
from rewire.trial.reading import Reading
from rewire.trial.scan import ScanLoader

USUAL_RULES = QualityRules()
"""Short scans draw a warning; none is left out."""

Progress = Callable[[int, int], None]
"""Called with the number of scans done and of all scans."""

_WORTH_BYTES = 200_000_000
"""Starting processes takes longer than reading so much in one."""

_WORTH_SCANS = 400
_CHUNK = 8


@dataclass(frozen=True, slots=True, eq=False)
class CheckResult:
    """What a check found.

    Parameters
    ----------
    faults
        Every fault, errors first, exclusions heeded.
    quality
        One row a scan, columns of :data:`rewire.core.schema.QUALITY_COLUMNS`.
    denoising, coverage
        What was taken out of images, and how much of each region scans cover; columns of
        :data:`rewire.core.schema.DENOISING_COLUMNS` and ``COVERAGE_COLUMNS``.
    files_read, bytes_read
        Data files and their bytes.
    seconds
        Time that reading and judging the scans took.
    scans
        What each scan is worth, in the order of ``quality``.
    """

    faults: tuple[Fault, ...]
    quality: pd.DataFrame
    files_read: int
    bytes_read: int
    seconds: float
    denoising: pd.DataFrame
    coverage: pd.DataFrame
    scans: tuple[ScanQuality, ...] = ()

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that stop a run."""
        return tuple(f for f in self.faults if f.severity == "error")

    @property
    def megabytes_per_second(self) -> float:
        """How fast the scans were read, in MB/s."""
        return self.bytes_read / 1e6 / self.seconds if self.seconds > 0 else 0.0

    def stop_on_errors(self) -> None:
        """Raise TrialError with every fault if one of them is an error."""
        if self.errors:
            raise TrialError(self.faults)


def check_trial(
    reading: Reading,
    *,
    n_procs: int,
    exclusions: Sequence[Exclusion] = (),
    rules: QualityRules = USUAL_RULES,
    progress: Progress | None = None,
) -> CheckResult:
    """Read every scan of a trial and judge all of it.

    Parameters
    ----------
    reading
        What :func:`rewire.trial.reading.read_trial` gave, or a simulated trial in its place.
    n_procs
        Processes to read scans with; little data are read in this one.
    exclusions
        Whom and what the plan leaves out: such files are not opened, such faults not listed.
    rules
        When a scan is doubted, and when it is left out; what is wrong with a scan that the rules
        leave out is not listed, that they leave some out is.
    progress
        Called after each scan with the number done and the number of all.

    Returns
    -------
    CheckResult
        All faults; the run can go on if none is an error.
    """
    trial = reading.trial
    scans = included(trial.scans, exclusions)
    started = time.perf_counter()
    judged = []
    for quality in _judge_all(_judge(trial, rules.minimum_minutes), scans, n_procs):
        judged.append(quality)
        if progress is not None:
            progress(len(judged), len(scans))
    seconds = time.perf_counter() - started
    by_rule = rule_exclusions(judged, rules)
    counted = [q for q in judged if not any(e.covers(q.record) for e in by_rule)]
    faults = [*reading.faults, *(f for q in counted for f in q.faults)]
    faults += rule_faults(by_rule, len(trial.scans))
    faults += judge_cohort(trial, [q.record for q in counted], people_left_out(exclusions))
    faults += [*judge_lengths(counted), *judge_motion_balance(trial, counted)]
    ranked = sorted(dict.fromkeys(faults), key=lambda f: f.severity)
    return CheckResult(
        standing(ranked, exclusions),
        quality_table(judged),
        len(scans),
        sum(q.size for q in judged),
        seconds,
        denoising_table(judged),
        coverage_table(judged, trial.atlases),
        tuple(judged),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _FileJudge:
    """Judge scans that lie in files; sent to other processes."""

    atlases: Mapping[str, Atlas]
    root: Path | None
    minimum_minutes: float

    def __call__(self, record: ScanRecord) -> ScanQuality:
        return judge_scan(record, self.atlases, self.root, self.minimum_minutes)


@dataclass(frozen=True, slots=True, eq=False)
class _MemoryJudge:
    """Judge scans that only exist when asked for."""

    load: Callable[[ScanRecord], Scan]
    minimum_minutes: float

    def __call__(self, record: ScanRecord) -> ScanQuality:
        return judge_loaded(record, self.load(record), None, self.minimum_minutes)


_Judge = _FileJudge | _MemoryJudge


def _judge(trial: Trial, minimum_minutes: float) -> _Judge:
    if isinstance(trial.load, ScanLoader):
        return _FileJudge(trial.atlases, trial.root, minimum_minutes)
    return _MemoryJudge(trial.load, minimum_minutes)


def _judge_all(judge: _Judge, scans: Sequence[ScanRecord], n_procs: int) -> Iterator[ScanQuality]:
    in_files = isinstance(judge, _FileJudge)
    few = _bytes(scans) < _WORTH_BYTES if in_files else len(scans) < _WORTH_SCANS
    if n_procs <= 1 or few:
        yield from map(judge, scans)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_procs, context, _prepare, (judge,)) as pool:
        yield from pool.map(_judge_one, scans, chunksize=_CHUNK)


def _bytes(scans: Sequence[ScanRecord]) -> int:
    return sum(r.path.stat().st_size for r in scans if r.path.is_file())


_prepared: list[_Judge] = []


def _prepare(judge: _Judge) -> None:
    """Give a worker process its judge once, since the atlases need not travel with each scan."""
    _prepared[:] = [judge]


def _judge_one(record: ScanRecord) -> ScanQuality:
    return _prepared[0](record)
