"""Multilayer modules: one repeat on 100 nodes and 20 windows, beside bctpy and leidenalg."""

from __future__ import annotations

import csv
import importlib
import importlib.util
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import bct
import numpy as np
import numpy.typing as npt

from benchmarks.elsewhere import Gains
from benchmarks.row import Row, timed
from rewire.numerics.flexibility import flexibility
from rewire.numerics.multilayer import (
    multilayer_louvain,
    multilayer_quality,
    ordinal_coupling,
    published_coupling,
)
from rewire.numerics.window_layers import window_layers

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_WINDOW = 15
_OURS = 100
_THEIRS = 8
_COUPLING = {"ordinal": ordinal_coupling, "published": published_coupling}
_EFFORTS = {"fast (rounds=1)": 1, "default (rounds=4)": 4}


def _described(quality: list[float], labels: IntArray) -> str:
    q = np.array(quality)
    return (
        f"Q mean {q.mean():.4f} sd {q.std():.4f} range {q.min():.4f} to {q.max():.4f}, "
        f"flexibility {flexibility(labels).mean():.3f}"
    )


def _bctpy(weights: FloatArray, links: FloatArray) -> tuple[float, str]:
    """Run on the dense supra-matrix; making the matrix is not timed."""
    layers, nodes = weights.shape[:2]
    strength = weights.sum(axis=2)
    blocks = weights - np.einsum("si,sj,s->sij", strength, strength, 1 / strength.sum(axis=1))
    matrix = np.kron(links, np.eye(nodes))
    for s, block in enumerate(blocks):
        at = slice(s * nodes, (s + 1) * nodes)
        matrix[at, at] = block
    total = np.zeros_like(matrix)
    total[0, 0] = weights.sum() + nodes * links.sum()
    seeds = iter(range(_THEIRS))
    found: list[IntArray] = []

    def once() -> None:
        made = bct.community_louvain(total, B=matrix.view(Gains), seed=next(seeds))[0]
        found.append(np.asarray(made).reshape(layers, nodes))

    seconds, _ = timed(once, _THEIRS)
    quality = [multilayer_quality(weights, links, labels) for labels in found]
    return seconds, _described(quality, np.stack(found))


def _leidenalg(weights: FloatArray, links: FloatArray) -> tuple[float, str]:
    """Run until nothing gains; ordinal coupling alone; making the graphs is not timed."""
    leidenalg, igraph = (importlib.import_module(name) for name in ("leidenalg", "igraph"))
    slices = []
    for layer in weights:
        graph = igraph.Graph.Weighted_Adjacency(layer, mode="undirected", loops="once")
        graph.vs["id"] = list(range(len(layer)))
        slices.append(graph)
    layers, between, whole = leidenalg.time_slices_to_layers(slices, interslice_weight=links[0, 1])
    seeds = iter(range(_THEIRS))
    found: list[IntArray] = []

    def once() -> None:
        parts = [leidenalg.RBConfigurationVertexPartition(g, weights="weight") for g in layers]
        options = {"node_sizes": "node_size", "weights": "weight", "resolution_parameter": 0.0}
        parts.append(leidenalg.CPMVertexPartition(between, **options))
        optimiser = leidenalg.Optimiser()
        optimiser.set_rng_seed(next(seeds))
        optimiser.optimise_partition_multiplex(parts, n_iterations=-1)
        labels = np.zeros(weights.shape[:2], dtype=np.int64)
        for vertex, module in zip(whole.vs, parts[0].membership, strict=True):
            labels[vertex["slice"], vertex["id"]] = module
        found.append(labels)

    seconds, _ = timed(once, _THEIRS)
    quality = [multilayer_quality(weights, links, labels) for labels in found]
    return seconds, _described(quality, np.stack(found))


def _compare(name: str, weights: FloatArray, coupling: str) -> Iterator[Row]:
    links = _COUPLING[coupling](len(weights), 1.0)
    rivals = [("bctpy", _bctpy)]
    if coupling == "ordinal" and importlib.util.find_spec("leidenalg"):
        rivals.append(("leidenalg", _leidenalg))
    measured = [(rival, *run_rival(weights, links)) for rival, run_rival in rivals]
    for effort, rounds in _EFFORTS.items():
        rng = np.random.default_rng(0)
        work = lambda r=rounds, g=rng: multilayer_louvain(weights, links, _OURS, g, rounds=r)  # noqa: E731
        seconds, found = timed(work, 3)
        for rival, their_seconds, their_quality in measured:
            yield Row(
                f"multilayer, one repeat, {name}, {coupling} coupling, {effort}",
                seconds / _OURS,
                rival,
                their_seconds,
                _described(found.quality.tolist(), found.labels),
                their_quality,
                f"mean over {_OURS} repeats; rival: median of {_THEIRS}",
            )


def _simulated(nodes: int) -> FloatArray:
    """A scan of 300 volumes with seven modules and a signal common to all."""
    rng = np.random.default_rng(nodes)
    series = rng.standard_normal((304, nodes)) + 0.3 * rng.standard_normal((304, 1))
    series += 0.6 * rng.standard_normal((304, 7))[:, np.arange(nodes) * 7 // nodes]
    sums = series.cumsum(axis=0)
    smooth: FloatArray = sums[4:] - sums[:-4]
    return smooth


def _real() -> Iterator[tuple[str, FloatArray]]:
    shared = Path(os.environ.get("REWIRE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    for path in sorted((shared / "data" / "connectome-bold").glob("sub-*/func/*timeseries.tsv"))[
        :1
    ]:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines, delimiter="\t"))
        series = np.array(rows[1:301], dtype=np.float64)
        yield f"{path.name.split('_task')[0]} ({series.shape[1]} regions)", series


def run() -> Iterable[Row]:
    """Compare on a simulated scan of 100 regions and on a real one, 20 windows each."""
    small = window_layers(_simulated(20), _WINDOW, _WINDOW)
    multilayer_louvain(small, ordinal_coupling(len(small), 1.0), 1, np.random.default_rng(0))
    for name, series in (("100 simulated regions", _simulated(100)), *_real()):
        weights = window_layers(series, _WINDOW, _WINDOW, diagonal=1.0)
        for coupling in _COUPLING:
            yield from _compare(f"{name} x {len(weights)} windows", weights, coupling)
