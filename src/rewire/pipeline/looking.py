"""Looking at the scans of a trial: one at a time, in this process or in several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from rewire.core.types import Trial
from rewire.numerics.motion_artefact import (
    MotionArtefact,
    MotionByEdge,
    edge_distances,
    judge_motion_artefact,
)
from rewire.plan.parts import QualityRules
from rewire.report.quality_page import MOST_DRAWN
from rewire.trial.doubts import list_doubts, order_by_doubt
from rewire.trial.ledger import Decision
from rewire.trial.portrait import Portrait, Portraitist, Portrayed, Wanted
from rewire.trial.quality import ScanQuality

_LEAST_SCANS = 4
_WORTH_SCANS = 200
"""Starting processes takes longer than looking at fewer scans in one."""

_CHUNK = 4


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What was seen of the scans.

    Attributes
    ----------
    portraits
        By scan id, of the scans that are drawn.
    motion
        None where fewer than four scans that are kept have known motion.
    """

    portraits: Mapping[str, Portrait] = field(default_factory=dict)
    motion: MotionArtefact | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The scans of a trial and what was decided of them.

    Attributes
    ----------
    trial
        Every scan, those that were left out too.
    scans
        What those that were read are worth.
    decisions
        In the order of the trial's scans.
    rules
        The plan's.
    """

    trial: Trial
    scans: tuple[ScanQuality, ...]
    decisions: tuple[Decision, ...]
    rules: QualityRules


def look_at_scans(
    judged: Judged, processes: int, progress: Callable[[str, int, int], None]
) -> Looked:
    """Look at every scan that has to be drawn or compared with motion, one at a time.

    Parameters
    ----------
    judged
        The scans; the most doubtful are drawn, up to
        :data:`rewire.report.quality_page.MOST_DRAWN`.
    processes
        Worker processes.
    progress
        Told how many scans are done.

    Returns
    -------
    Looked
        Of each scan its portrait at most; edges are summed as they come.
    """
    doubts = list_doubts(judged.scans, judged.rules.minimum_minutes)
    readable = [i for i in order_by_doubt(judged.scans, doubts) if judged.scans[i].regions]
    drawn = {judged.scans[i].record.id for i in readable[:MOST_DRAWN]}
    moved = _with_motion(judged)
    wanted = [
        Wanted(q.record, q.record.id in drawn, q.record.id in moved)
        for q in judged.scans
        if q.record.id in drawn or q.record.id in moved
    ]
    portraits: dict[str, Portrait] = {}
    sums: MotionByEdge | None = None
    look = Portraitist(judged.trial.load)
    for done, (one, seen) in enumerate(_look(look, wanted, processes), start=1):
        if seen.portrait is not None:
            portraits[one.record.id] = seen.portrait
        if seen.edges is not None:
            sums = sums or MotionByEdge(len(seen.edges), float(np.mean(list(moved.values()))))
            sums.add(seen.edges.astype(np.float64), moved[one.record.id])
        progress("Looking", done, len(wanted))
    return Looked(portraits, _artefact(judged, sums, moved))


def _with_motion(judged: Judged) -> dict[str, float]:
    """Return the motion of the kept scans at rest whose motion is known, by scan id."""
    pairs = zip(judged.trial.scans, judged.decisions, strict=True)
    kept = {r.id for r, d in pairs if d.decision == "kept"}
    moved = {
        q.record.id: q.displacement
        for q in judged.scans
        if q.record.id in kept and q.record.kind == "bold" and q.displacement == q.displacement
    }
    return moved if len(moved) >= _LEAST_SCANS and len(set(moved.values())) > 1 else {}


def _artefact(
    judged: Judged, sums: MotionByEdge | None, moved: Mapping[str, float]
) -> MotionArtefact | None:
    if sums is None:
        return None
    record = next(q.record for q in judged.scans if q.record.id in moved)
    distance = edge_distances(judged.trial.atlases[record.atlas].centroid)
    return judge_motion_artefact(sums.correlations(), distance, len(moved))


def _look(
    look: Portraitist, wanted: Sequence[Wanted], processes: int
) -> Iterator[tuple[Wanted, Portrayed]]:
    if processes <= 1 or len(wanted) < _WORTH_SCANS:
        yield from ((one, look(one)) for one in wanted)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _prepare, (look,)) as pool:
        yield from zip(wanted, pool.map(_look_at, wanted, chunksize=_CHUNK), strict=True)


_prepared: list[Portraitist] = []


def _prepare(look: Portraitist) -> None:
    """Give a worker process the loader once, since the atlases need not travel with each scan."""
    _prepared[:] = [look]


def _look_at(wanted: Wanted) -> Portrayed:
    return _prepared[0](wanted)
