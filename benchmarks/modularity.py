"""The published modularity pipeline: 100 Louvain runs, 100 rewired networks, one run on each."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bct
import numpy as np
import numpy.typing as npt

from benchmarks.row import Row, timed
from rewire.numerics.correlation import pearson_matrix, positive_weights
from rewire.numerics.graph import density
from rewire.numerics.louvain import louvain, louvain_quality
from rewire.numerics.network_nulls import rewire_degree_preserving

FloatArray = npt.NDArray[np.float64]

_RUNS = 100
_NULLS = 100
_THEIR_NULLS = 5
_REPEATS = 7


@dataclass(frozen=True, slots=True)
class _Pipeline:
    """What the pipeline found and, part by part, how long it took.

    ``q`` has shape (repeats, runs), ``q_null`` and ``swaps_per_edge`` (nulls in all,).
    """

    louvain_seconds: float
    null_seconds: float
    q: FloatArray
    q_null: FloatArray
    swaps_per_edge: FloatArray

    @property
    def louvain_quality(self) -> str:
        """Q, its maximum over runs averaged over repeats so that luck counts for less."""
        return f"Q max {self.q.max(axis=1).mean():.4f} mean {self.q.mean():.4f}"

    @property
    def quality(self) -> str:
        """Q over runs and normalised Q."""
        norm = self.q.max(axis=1).mean() / self.q_null.mean()
        swaps = self.swaps_per_edge.mean()
        return f"{self.louvain_quality}, Q_norm {norm:.3f}, swaps per edge {swaps:.2f}"


def _ours(weights: FloatArray) -> _Pipeline:
    rng = np.random.default_rng(0)
    q, q_null, swaps = [], [], []

    def runs() -> None:
        q.append(louvain(weights, _RUNS, rng).quality)

    def nulls() -> None:
        made = rewire_degree_preserving(weights, _NULLS, rng)
        q_null.append(louvain_quality(made.weights, 1, rng))
        swaps.append(made.swaps_per_edge)

    first, _ = timed(runs, _REPEATS)
    second, _ = timed(nulls, _REPEATS)
    return _Pipeline(first, second, np.array(q), np.array(q_null), np.array(swaps))


def _theirs(weights: FloatArray) -> _Pipeline:
    """Time part of the pipeline in bctpy and scale it to the whole."""
    edges = np.count_nonzero(np.tril(weights))
    seeds = iter(range(10_000))
    q: list[list[float]] = []

    def runs() -> None:
        q.append([bct.community_louvain(weights, seed=next(seeds))[1] for _ in range(_RUNS)])

    def nulls() -> tuple[list[float], list[float]]:
        q_null, swaps = [], []
        for seed in range(_THEIR_NULLS):
            made, count = bct.randmio_und(weights, 1, seed=seed)
            # bctpy's Louvain can loop for ever on the asymmetric network itself
            q_null.append(bct.community_louvain((made + made.T) / 2.0, seed=seed)[1])
            swaps.append(count / edges)
        return q_null, swaps

    first, _ = timed(runs, _REPEATS)
    second, (q_null, swaps) = timed(nulls)
    second *= _NULLS / _THEIR_NULLS
    return _Pipeline(first, second, np.array(q), np.array(q_null), np.array(swaps))


def _compare(name: str, weights: FloatArray) -> Iterator[Row]:
    ours, theirs = _ours(weights), _theirs(weights)
    yield Row(
        f"{_RUNS} Louvain runs + {_NULLS} rewired nulls, {name}, density {density(weights):.2f}",
        ours.louvain_seconds + ours.null_seconds,
        "bctpy",
        theirs.louvain_seconds + theirs.null_seconds,
        ours.quality,
        theirs.quality,
        f"medians of {_REPEATS}; bctpy's nulls timed on {_THEIR_NULLS}, scaled to {_NULLS}",
    )
    yield Row(
        f"the {_RUNS} Louvain runs alone, {name}",
        ours.louvain_seconds,
        "bctpy",
        theirs.louvain_seconds,
        ours.louvain_quality,
        theirs.louvain_quality,
        f"medians of {_REPEATS}",
    )


def _simulated(nodes: int, common: float) -> FloatArray:
    """Weights of a scan of 200 volumes with seven modules and a signal common to all."""
    rng = np.random.default_rng(nodes)
    modules = np.arange(nodes) * 7 // nodes
    series = rng.standard_normal((200, nodes)) + common * rng.standard_normal((200, 1))
    series += 0.6 * rng.standard_normal((200, 7))[:, modules]
    sums = series.cumsum(axis=0)
    smooth: FloatArray = sums[4:] - sums[:-4]
    return positive_weights(pearson_matrix(smooth), diagonal=1.0)


def _real() -> Iterator[tuple[str, FloatArray]]:
    """The sparsest, the middle and the densest of the real scans, where they are at hand."""
    shared = Path(os.environ.get("REWIRE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    scans = sorted((shared / "data" / "psilocybin-acute").glob("sub-*/ses-*/func/*timeseries.tsv"))
    found = []
    for path in scans:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines, delimiter="\t"))
        series = np.array(rows[1:], dtype=np.float64)
        found.append((path.name.split("_task")[0], pearson_matrix(series)))
    found.sort(key=lambda pair: density(np.maximum(pair[1], 0.0)))
    for at in (0, len(found) // 2, len(found) - 1) if found else ():
        name, r = found[at]
        yield f"{name} ({len(r)} regions)", positive_weights(r, diagonal=1.0)


def run() -> Iterable[Row]:
    """Compare on simulated scans of 100 regions and on real ones."""
    _ours(_simulated(20, 0.3))  # compiles
    for common in (0.3, 0.6):
        yield from _compare("100 simulated regions", _simulated(100, common))
    for name, weights in _real():
        yield from _compare(name, weights)
