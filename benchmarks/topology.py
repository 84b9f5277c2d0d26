"""Topology at one density, refined modules and the topology measure as a whole, next to bctpy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import bct
import numpy as np
import numpy.typing as npt

from benchmarks.row import Row, timed
from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.topology import topology
from rewire.numerics import paths
from rewire.numerics.betweenness import hop_betweenness, path_betweenness
from rewire.numerics.correlation import pearson_matrix, positive_weights
from rewire.numerics.leiden import leiden
from rewire.numerics.module_gains import signed_gains
from rewire.numerics.signed_nulls import signed_strength_preserving
from rewire.numerics.topology import clustering, proportional_threshold, small_world

FloatArray = npt.NDArray[np.float64]
Pair = tuple[str, Callable[[], FloatArray], Callable[[], FloatArray]]

_DENSITY = 0.2
_RUNS = 20
_NULLS = 10


def _series(nodes: int) -> FloatArray:
    """Return a scan of 300 volumes with seven modules and a signal common to all."""
    rng = np.random.default_rng(nodes)
    modules = np.arange(nodes) * 7 // nodes
    made = rng.standard_normal((300, nodes)) + 0.4 * rng.standard_normal((300, 1))
    return np.asarray(made + 0.6 * rng.standard_normal((300, 7))[:, modules])


def _pairs(kept: FloatArray) -> Iterator[Pair]:
    """Yield what is computed, by us and by bctpy."""
    edges = (kept > 0.0).astype(np.float64)
    pairs = (len(kept) - 1) * (len(kept) - 2)

    yield (
        "clustering, weighted",
        lambda: np.nan_to_num(clustering(kept)),
        lambda: bct.clustering_coef_wu(kept),
    )
    yield "hops", lambda: paths.hop_distances(edges), lambda: bct.distance_bin(edges)
    yield (
        "shortest paths, weighted",
        lambda: paths.path_distances(kept),
        lambda: bct.distance_wei(bct.invert(kept))[0],
    )
    yield (
        "local efficiency, binary",
        lambda: np.nan_to_num(paths.local_efficiency(edges)),
        lambda: bct.efficiency_bin(edges, local=True),
    )
    yield (
        "betweenness, binary",
        lambda: hop_betweenness(edges) * pairs,
        lambda: bct.betweenness_bin(edges),
    )
    if len(kept) > 100:
        return
    yield (
        "local efficiency, weighted",
        lambda: np.nan_to_num(paths.weighted_local_efficiency(kept)),
        lambda: bct.efficiency_wei(kept, local=True),
    )
    yield (
        "betweenness, weighted",
        lambda: path_betweenness(paths.path_distances(kept), paths.edge_lengths(kept)) * pairs,
        lambda: bct.betweenness_wei(bct.invert(kept)),
    )


def _topology(nodes: int) -> Iterator[Row]:
    weights = positive_weights(pearson_matrix(_series(nodes)))
    kept = proportional_threshold(weights / weights.max(), _DENSITY)
    for case, ours, theirs in _pairs(kept):
        seconds, found = timed(ours, 5)
        rival, expected = timed(theirs)
        apart = f"largest difference {np.abs(found - expected).max():.1e}"
        title = f"{case}, {nodes} regions, density {_DENSITY}"
        yield Row(title, seconds, "bctpy", rival, apart, "the reference")


def _modules(nodes: int) -> Row:
    r = pearson_matrix(_series(nodes))
    np.fill_diagonal(r, 0.0)
    gains = signed_gains(r)

    def theirs() -> FloatArray:
        found = [bct.community_louvain(r, B="negative_asym", seed=s)[1] for s in range(_RUNS)]
        return np.array(found)

    ours, q = timed(lambda: leiden(gains, _RUNS, np.random.default_rng(0)).quality, 5)
    rival, q_rival = timed(theirs)
    return Row(
        f"signed modules, {_RUNS} runs, {nodes} regions",
        ours,
        "bctpy Louvain",
        rival,
        f"Q max {q.max():.5f} mean {q.mean():.5f}",
        f"Q max {q_rival.max():.5f} mean {q_rival.mean():.5f}",
    )


def _small_world(nodes: int) -> Row:
    """Random networks and lattices, with their clustering and path lengths."""
    weights = positive_weights(pearson_matrix(_series(nodes)))
    edges = (proportional_threshold(weights, _DENSITY) > 0.0).astype(np.float64)

    def theirs() -> float:
        made = [bct.randmio_und(edges, 10, seed=s)[0] for s in range(2)]
        c = np.mean([bct.clustering_coef_bu(m).mean() for m in made])
        length = np.mean([bct.charpath(bct.distance_bin(m))[0] for m in made])
        own = bct.clustering_coef_bu(edges).mean(), bct.charpath(bct.distance_bin(edges))[0]
        return float(own[0] / c / (own[1] / length))

    ours, found = timed(lambda: small_world(edges, _NULLS, 1, np.random.default_rng(0)), 3)
    rival, sigma = timed(theirs)
    note = f"bctpy's nulls timed on 2, scaled to {_NULLS}; ours makes a lattice and omega as well"
    title = f"sigma, {_NULLS} nulls with ten swaps an edge, {nodes} regions"
    mine = f"sigma {found.sigma:.3f}"
    return Row(title, ours, "bctpy", rival * _NULLS / 2, mine, f"sigma {sigma:.3f}", note)


def _signed(nodes: int) -> Row:
    r = pearson_matrix(_series(nodes))
    np.fill_diagonal(r, 0.0)
    ours, made = timed(lambda: signed_strength_preserving(r, 1, np.random.default_rng(0)), 3)
    with np.errstate(invalid="ignore"):  # bctpy correlates strengths that are all 0
        rival, (theirs, reached) = timed(lambda: bct.null_model_und_sign(r, seed=0))
    left = (theirs < 0).sum()
    kept = f"strengths r {made.positive_correlation[0]:.4f}, negative edges kept "
    return Row(
        f"one signed null, {nodes} regions",
        ours,
        "bctpy",
        rival,
        f"{kept}{(made.weights[0] < 0).sum() / (r < 0).sum():.0%}",
        f"strengths r {reached[0]:.4f}, negative edges kept {left / (r < 0).sum():.0%}",
    )


def _measure(nodes: int) -> float:
    """Return the seconds of the whole measure with its defaults: seven densities, 20 nulls."""
    names = tuple(f"r{i}" for i in range(nodes))
    blank = ("",) * nodes
    atlas = Atlas("A", names, np.arange(nodes), blank, blank, np.zeros((nodes, 3)))
    scan = Scan("s", "bold", _series(nodes), atlas)
    return timed(lambda: topology(scan, rng=np.random.default_rng(0)))[0]


def run() -> Iterable[Row]:
    """Compare on simulated scans of 100 and 400 regions."""
    list(_topology(20))  # compiles
    _modules(20), _small_world(20), _signed(20), _measure(20)
    for nodes in (100, 400):
        yield from _topology(nodes)
    yield _modules(100)
    yield _modules(400)
    yield _small_world(100)
    yield _signed(100)
    for nodes in (100, 400):
        whole = _measure(nodes)
        note = "no rival: the whole measure, 7 densities, 20 nulls and 3 lattices each, both kinds"
        yield Row(f"topology measure, {nodes} regions", whole, "itself", whole, "-", "-", note)
