"""Topology, cartography and partitions beside bctpy, on real scans and where bctpy errs.

bctpy 0.6 was called as it is installed, on the same matrices: proportionally thresholded Fisher z
of positive correlations over their maximum, or all correlations. Differences found:

* Betweenness is over ordered pairs there and a share here: a factor of (n - 1)(n - 2).
* Nodes with fewer than two neighbours have clustering and local efficiency 0 there, NaN here, and
  modules whose members are alike have z = 0 there, NaN here.
* ``null_model_und_sign`` multiplies sorted negative weights by the sign once more, so that no
  negative edge is left; ``randmio_und`` swaps self loops and returns networks that are not
  symmetric. The last tests show that ours do neither; they hold whatever bctpy does.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rewire.numerics import paths
from rewire.numerics.betweenness import hop_betweenness, path_betweenness
from rewire.numerics.cartography import diversity, participation, within_module_z
from rewire.numerics.correlation import pearson_matrix, positive_weights
from rewire.numerics.leiden import leiden
from rewire.numerics.module_gains import newman_girvan_gains, signed_gains
from rewire.numerics.network_nulls import rewire_off_diagonal
from rewire.numerics.partition import compare_partitions
from rewire.numerics.signed_nulls import signed_strength_preserving
from rewire.numerics.topology import (
    assortativity,
    clustering,
    proportional_threshold,
    transitivity,
)

bct = pytest.importorskip("bct")

SCANS = (
    "sub-02/ses-placebo/func/sub-02_ses-placebo_task-rest_acq-post",
    "sub-07/ses-psilocybin/func/sub-07_ses-psilocybin_task-rest_acq-pre",
)
CASES = [(scan, density) for scan in SCANS for density in (0.05, 0.2, 0.5)]


def _correlations(data: Path, scan: str) -> np.ndarray:
    path = data / "psilocybin-acute" / f"{scan}_seg-AAL90_stat-mean_timeseries.tsv"
    r = pearson_matrix(pd.read_csv(path, sep="\t").to_numpy(dtype=float))
    np.fill_diagonal(r, 0.0)
    return r


def _kept(data: Path, scan: str, density: float) -> np.ndarray:
    weights = positive_weights(_correlations(data, scan))
    return proportional_threshold(weights / weights.max(), density)


@pytest.mark.real
@pytest.mark.parametrize(("scan", "density"), CASES)
def test_the_same_edges_are_kept(shared_data: Path, scan: str, density: float) -> None:
    weights = positive_weights(_correlations(shared_data, scan))
    theirs = bct.threshold_proportional(weights, density)
    np.testing.assert_allclose(proportional_threshold(weights, density), theirs)


@pytest.mark.real
@pytest.mark.parametrize(("scan", "density"), CASES)
def test_triangles_and_mixing(shared_data: Path, scan: str, density: float) -> None:
    kept = _kept(shared_data, scan, density)
    edges = (kept > 0).astype(float)
    for network, nodes, whole, mixing in (
        (edges, bct.clustering_coef_bu, bct.transitivity_bu, bct.assortativity_bin),
        (kept, bct.clustering_coef_wu, bct.transitivity_wu, bct.assortativity_wei),
    ):
        np.testing.assert_allclose(np.nan_to_num(clustering(network)), nodes(network), atol=1e-12)
        assert transitivity(network) == pytest.approx(whole(network), rel=1e-10)
        assert assortativity(network) == pytest.approx(mixing(network), abs=1e-9)


@pytest.mark.real
@pytest.mark.parametrize(("scan", "density"), CASES)
def test_paths_and_efficiency(shared_data: Path, scan: str, density: float) -> None:
    kept = _kept(shared_data, scan, density)
    edges = (kept > 0).astype(float)
    hops, lengths = paths.hop_distances(edges), paths.path_distances(kept)
    theirs = bct.distance_bin(edges), bct.distance_wei(bct.invert(kept))[0]
    for ours, other in zip((hops, lengths), theirs, strict=True):
        np.testing.assert_allclose(ours, other)
        length = bct.charpath(other, include_infinite=False)[0]
        assert paths.characteristic_path_length(ours) == pytest.approx(length)
    assert paths.global_efficiency(hops) == pytest.approx(bct.efficiency_bin(edges))
    assert paths.global_efficiency(lengths) == pytest.approx(bct.efficiency_wei(kept))
    local = np.nan_to_num(paths.local_efficiency(edges))
    np.testing.assert_allclose(local, bct.efficiency_bin(edges, local=True), atol=1e-12)
    local = np.nan_to_num(paths.weighted_local_efficiency(kept))
    np.testing.assert_allclose(local, bct.efficiency_wei(kept, local=True), atol=1e-12)


@pytest.mark.real
@pytest.mark.parametrize(("scan", "density"), CASES)
def test_betweenness(shared_data: Path, scan: str, density: float) -> None:
    kept = _kept(shared_data, scan, density)
    edges = (kept > 0).astype(float)
    pairs = (len(kept) - 1) * (len(kept) - 2)
    ours = hop_betweenness(edges) * pairs
    np.testing.assert_allclose(ours, bct.betweenness_bin(edges), atol=1e-8)
    ours = path_betweenness(paths.path_distances(kept), paths.edge_lengths(kept)) * pairs
    np.testing.assert_allclose(ours, bct.betweenness_wei(bct.invert(kept)), atol=1e-8)


@pytest.mark.real
@pytest.mark.parametrize("scan", SCANS)
def test_cartography(shared_data: Path, scan: str) -> None:
    r = _correlations(shared_data, scan)
    labels = np.arange(90) % 6
    positive, negative = np.maximum(r, 0), np.maximum(-r, 0)
    for measure, theirs in (
        (participation, bct.participation_coef_sign),
        (diversity, bct.diversity_coef_sign),
    ):
        for part, other in zip((positive, negative), theirs(r, labels + 1), strict=True):
            mine = np.nan_to_num(measure(part, labels))
            np.testing.assert_allclose(mine, np.nan_to_num(other), atol=1e-12)
    z = within_module_z(positive, labels)
    np.testing.assert_allclose(z, bct.module_degree_zscore(positive, labels + 1), atol=1e-10)


@pytest.mark.real
@pytest.mark.parametrize("scan", SCANS)
@pytest.mark.parametrize("gamma", [1.0, 1.5])
def test_quality_is_bctpys_and_not_below_what_it_reaches(
    shared_data: Path, scan: str, gamma: float
) -> None:
    r = _correlations(shared_data, scan)
    for matrix, gains, kind in (
        (positive_weights(r), newman_girvan_gains, "modularity"),
        (r, signed_gains, "negative_asym"),
    ):
        theirs = [bct.community_louvain(matrix, gamma=gamma, B=kind, seed=s) for s in range(20)]
        made = gains(matrix, gamma)
        for labels, q in theirs[:3]:
            assert made[np.equal.outer(labels, labels)].sum() == pytest.approx(q, abs=1e-9)
        ours = leiden(made, 40, np.random.default_rng(0)).quality
        reached = np.array([q for _, q in theirs])
        assert ours.max() >= reached.max() - 1e-9
        error = np.sqrt(ours.var(ddof=1) / len(ours) + reached.var(ddof=1) / len(reached))
        assert ours.mean() >= reached.mean() - 3.0 * error - 1e-12


def test_partitions_are_as_far_apart() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.integers(0, 6, 90), rng.integers(0, 4, 90)
        theirs = bct.partition_distance(a + 1, b + 1)
        found = compare_partitions(a, b)
        assert (found.variation, found.mutual) == pytest.approx(theirs)


@pytest.mark.real
@pytest.mark.parametrize("scan", SCANS)
def test_signed_nulls_lose_no_negative_edge(shared_data: Path, scan: str) -> None:
    r = _correlations(shared_data, scan)
    negative = (r < 0).sum(axis=0)
    assert negative.sum() > 0
    ours = signed_strength_preserving(r, 3, np.random.default_rng(0))
    with np.errstate(invalid="ignore"):  # it correlates strengths that are all 0
        theirs, reached = bct.null_model_und_sign(r, seed=0)
    for network in ours.weights:
        assert np.array_equal((network < 0).sum(axis=0), negative)
    assert (ours.positive_correlation >= reached[0] - 0.01).all()
    assert (theirs < 0).sum() <= negative.sum()  # none at all in bctpy 0.6


@pytest.mark.real
def test_self_loops_are_not_rewired(shared_data: Path) -> None:
    looped = positive_weights(_correlations(shared_data, SCANS[0]), diagonal=1.0)
    degree = np.count_nonzero(looped, axis=0) - 1
    for network in rewire_off_diagonal(looped, 3, np.random.default_rng(0)).weights:
        assert np.array_equal(network, network.T)
        assert np.array_equal(np.count_nonzero(network, axis=0), degree)
