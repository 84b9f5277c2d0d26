"""Multilayer modules beside leidenalg and bctpy, on windows of real scans.

leidenalg 0.12 optimises the slices as layers of one graph (``slices_to_layers``) with
``RBConfigurationVertexPartition`` in each slice and ``CPMVertexPartition`` of resolution 0 for the
coupling; its qualities count each pair once where ours counts it twice. bctpy 0.6 gets the dense
supra-modularity matrix; it compares the matrix with names, which an array cannot answer, hence the
subclass.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rewire.numerics.multilayer import (
    multilayer_louvain,
    multilayer_quality,
    ordinal_coupling,
    published_coupling,
)
from rewire.numerics.window_layers import window_layers

SCANS = (
    "sub-02/ses-placebo/func/sub-02_ses-placebo_task-rest_acq-post",
    "sub-06/ses-psilocybin/func/sub-06_ses-psilocybin_task-rest_acq-post",
)


class _Gains(np.ndarray):
    """A matrix that is not equal to any name."""

    def __eq__(self, other: object) -> object:
        return False if isinstance(other, str) else super().__eq__(other)

    __hash__ = None


def _layers(data: Path, scan: str) -> np.ndarray:
    path = data / "psilocybin-acute" / f"{scan}_seg-AAL90_stat-mean_timeseries.tsv"
    return window_layers(pd.read_csv(path, sep="\t").to_numpy(dtype=float), 15, 15)


def _leiden(weights: np.ndarray, omega: float, seed: int) -> tuple[np.ndarray, float]:
    """Return labels, shape (layers, nodes), and leidenalg's own sum of qualities."""
    leidenalg = pytest.importorskip("leidenalg")
    igraph = pytest.importorskip("igraph")
    slices = []
    for layer in weights:
        graph = igraph.Graph.Weighted_Adjacency(layer, mode="undirected", loops=False)
        graph.vs["id"] = list(range(len(layer)))
        slices.append(graph)
    layers, between, whole = leidenalg.time_slices_to_layers(slices, interslice_weight=omega)
    parts = [
        leidenalg.RBConfigurationVertexPartition(g, weights="weight", resolution_parameter=1.0)
        for g in layers
    ]
    parts.append(
        leidenalg.CPMVertexPartition(
            between, node_sizes="node_size", weights="weight", resolution_parameter=0.0
        )
    )
    optimiser = leidenalg.Optimiser()
    optimiser.set_rng_seed(seed)
    optimiser.optimise_partition_multiplex(parts, n_iterations=-1)
    labels = np.zeros(weights.shape[:2], dtype=np.int64)
    for vertex, module in zip(whole.vs, parts[0].membership, strict=True):
        labels[vertex["slice"], vertex["id"]] = module
    return labels, sum(part.quality() for part in parts)


@pytest.mark.real
@pytest.mark.parametrize(
    "scan", [SCANS[0], *(pytest.param(scan, marks=pytest.mark.slow) for scan in SCANS[1:])]
)
def test_quality_is_that_of_leidenalg_and_ours_is_as_high(shared_data: Path, scan: str) -> None:
    weights = _layers(shared_data, scan)
    links = ordinal_coupling(len(weights), 1.0)
    whole = weights.sum() + weights.shape[1] * links.sum()
    theirs = []
    for seed in range(8):
        labels, quality = _leiden(weights, 1.0, seed)
        assert multilayer_quality(weights, links, labels) == pytest.approx(quality / whole)
        theirs.append(quality / whole)
    ours = multilayer_louvain(weights, links, 40, np.random.default_rng(0)).quality
    assert ours.mean() >= np.mean(theirs)
    assert ours.max() >= max(theirs) - 1e-12


@pytest.mark.real
@pytest.mark.parametrize("make", [ordinal_coupling, published_coupling])
def test_quality_is_above_that_of_bctpy(shared_data: Path, make) -> None:
    bct = pytest.importorskip("bct")
    weights = _layers(shared_data, SCANS[0])
    weights[:, np.arange(90), np.arange(90)] = 1.0
    layers, nodes = weights.shape[:2]
    links = make(layers, 1.0)
    strength = weights.sum(axis=2)
    blocks = weights - np.einsum("si,sj,s->sij", strength, strength, 1 / strength.sum(axis=1))
    matrix = np.kron(links, np.eye(nodes))
    for s, block in enumerate(blocks):
        at = slice(s * nodes, (s + 1) * nodes)
        matrix[at, at] = block
    total = np.zeros_like(matrix)
    total[0, 0] = weights.sum() + nodes * links.sum()  # bctpy divides by the sum of the weights
    theirs = []
    for seed in range(6):
        labels, quality = bct.community_louvain(total, B=matrix.view(_Gains), seed=seed)
        own = multilayer_quality(weights, links, labels.reshape(layers, nodes))
        assert own == pytest.approx(quality, abs=1e-12)
        theirs.append(quality)
    ours = multilayer_louvain(weights, links, 40, np.random.default_rng(0)).quality
    assert ours.mean() > np.mean(theirs)
    assert ours.max() >= max(theirs) - 1e-12
