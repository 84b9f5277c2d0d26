"""What other software needs for the measures of one scan, timed on a part and scaled.

Each function returns seconds and a note that says which part was timed. Where an option says how
often something is done, the scale is that option, so that a rival does as much as we do.
"""

from __future__ import annotations

from collections.abc import Callable

import antropy
import bct
import numpy as np
from nilearn.connectome import ConnectivityMeasure
from sklearn.covariance import LedoitWolf

from benchmarks.row import timed
from rewire.core.types import FloatArray
from rewire.numerics.correlation import pearson_matrix, positive_weights
from rewire.numerics.lempel_ziv import binarise
from rewire.numerics.multilayer import ordinal_coupling
from rewire.numerics.phase import instantaneous_phases
from rewire.numerics.topology import proportional_threshold
from rewire.numerics.window_layers import window_layers

Elsewhere = Callable[[FloatArray], tuple[float, str]]

_DENSITY, _DENSITIES, _NULLS, _LATTICES = 0.2, 7, 20, 3
_SWAPS = 10
_REPETITION_TIME = 0.8


def _weights(series: FloatArray) -> FloatArray:
    return positive_weights(pearson_matrix(series))


def connectivity(series: FloatArray) -> tuple[float, str]:
    """Pearson correlations."""
    work = ConnectivityMeasure(kind="correlation")
    return timed(lambda: work.fit_transform([series]), 3)[0], ""


def partial(series: FloatArray) -> tuple[float, str]:
    """Partial correlations with Ledoit and Wolf's shrinkage."""
    work = ConnectivityMeasure(LedoitWolf(store_precision=True), kind="partial correlation")
    return timed(lambda: work.fit_transform([series]), 3)[0], ""


def modularity(series: FloatArray) -> tuple[float, str]:
    """100 Louvain runs on the data and on 200 nulls."""
    weights = _weights(series)
    run, _ = timed(lambda: bct.community_louvain(weights, gamma=1, seed=1), 2)
    with np.errstate(invalid="ignore"):  # bctpy correlates negative strengths that are all 0
        null, _ = timed(lambda: bct.null_model_und_sign(weights, bin_swaps=1, seed=1))
    return run * 100 * 201 + null * 200, "2 Louvain runs and 1 null, scaled"


def cartography(series: FloatArray) -> tuple[float, str]:
    """50 runs, then participation, z and diversity for two divisions."""
    weights = _weights(series)
    run, (labels, _) = timed(lambda: bct.community_louvain(weights, gamma=1, seed=1))
    parts: list[Callable[[], object]] = [
        lambda: bct.participation_coef(weights, labels),
        lambda: bct.module_degree_zscore(weights, labels),
        lambda: bct.diversity_coef_sign(weights, labels),
    ]
    return run * 50 + 2 * sum(timed(part)[0] for part in parts), "1 of 50 runs, scaled; Louvain"


def modules(series: FloatArray) -> tuple[float, str]:
    """30 signed runs at each of five resolutions."""
    z = np.arctanh(pearson_matrix(series) * (1.0 - np.eye(series.shape[1])))
    run, _ = timed(lambda: bct.community_louvain(z, gamma=1, B="negative_sym", seed=1))
    return run * 150, "1 of 150 runs, scaled; Louvain"


def multilayer(series: FloatArray) -> tuple[float, str]:
    """50 repeats on the data and 4 on each of 20 nulls, on the dense supra-matrix."""
    layers = window_layers(series, 15, 15)
    count, nodes = 5, series.shape[1]
    some = layers[:count]
    matrix = np.kron(ordinal_coupling(count, 1.0), np.eye(nodes))
    for s, layer in enumerate(some):
        strength = layer.sum(axis=1)
        at = slice(s * nodes, (s + 1) * nodes)
        matrix[at, at] = layer - np.outer(strength, strength) / strength.sum()
    total = np.zeros_like(matrix)
    total[0, 0] = some.sum()
    seconds, _ = timed(lambda: bct.community_louvain(total, B=matrix.view(Gains), seed=1))
    note = f"1 of 130 runs on {count} of {len(layers)} windows, scaled in proportion (too little)"
    return seconds * 130 * len(layers) / count, note


def topology(series: FloatArray) -> tuple[float, str]:
    """Every graph measure at seven densities, with random networks and lattices for each."""
    kept = proportional_threshold(_weights(series), _DENSITY)
    binary = (kept > 0).astype(float)
    own: list[Callable[[], object]] = [
        lambda: bct.clustering_coef_wu(kept),
        lambda: bct.transitivity_wu(kept),
        lambda: bct.transitivity_bu(binary),
        lambda: bct.efficiency_wei(kept),
        lambda: bct.efficiency_bin(binary, local=True),
        lambda: bct.assortativity_wei(kept),
        lambda: bct.assortativity_bin(binary),
        lambda: bct.betweenness_bin(binary),
    ]
    profile, _ = timed(lambda: (bct.clustering_coef_bu(binary), bct.distance_bin(binary)))
    random, _ = timed(lambda: bct.randmio_und(binary, _SWAPS, seed=1))
    networks = (_NULLS + _LATTICES) * (random + profile)
    seconds = sum(timed(part)[0] for part in own) + profile + networks
    note = (
        "1 of 7 densities and 1 of 20 nulls, scaled; lattices counted as nulls; without weighted "
        "local efficiency and betweenness"
    )
    return seconds * _DENSITIES, note


def substates(series: FloatArray) -> tuple[float, str]:
    """An eigen-solver for each volume; nearest centroids are not counted."""
    phases = instantaneous_phases(series, _REPETITION_TIME, 0.04, 0.07)
    few = phases[:10]

    def solve() -> None:
        for t in few:
            np.linalg.eigh(np.cos(t[:, None] - t[None, :]))

    return timed(solve)[0] * len(phases) / len(few), f"10 of {len(phases)} volumes, scaled"


def lempel_ziv(series: FloatArray) -> tuple[float, str]:
    """Each region with 40 surrogates, and all in one row, in two orders, with ten."""
    symbols = binarise(series)
    antropy.lziv_complexity(symbols[:20, 0], normalize=False)  # compiles

    def each() -> None:
        for row in symbols.T:
            antropy.lziv_complexity(row, normalize=False)

    some = symbols[: len(symbols) // 10].ravel()
    row, _ = timed(lambda: antropy.lziv_complexity(some, normalize=False))
    regions, _ = timed(each)
    note = "1 of 41 for each region; a tenth of one of 22 rows, scaled in proportion (too little)"
    return regions * 41 + row * 10 * 22, note


def sample_entropy(series: FloatArray) -> tuple[float, str]:
    """Five scales of each region with five surrogates of two kinds."""
    columns = np.ascontiguousarray(series.T)
    antropy.sample_entropy(columns[0, :30], 2)  # compiles

    def scales() -> None:
        for scale in range(1, 6):
            length = series.shape[0] // scale
            coarse = columns[:, : length * scale].reshape(len(columns), length, scale).mean(axis=2)
            for x in coarse:
                antropy.sample_entropy(x, 2, tolerance=0.3 * x.std())

    return timed(scales)[0] * 11, "1 of 11 sets, scaled"


def dynamic_connectivity(series: FloatArray) -> tuple[float, str]:
    """Correlations in windows of 75 volumes every 8, of the data and five surrogates."""
    starts = range(0, len(series) - 75 + 1, 8)

    def windows() -> float:
        stack = np.stack([np.corrcoef(series[s : s + 75].T) for s in starts])
        rows, columns = np.triu_indices(series.shape[1], 1)
        edges = np.arctanh(stack[:, rows, columns])
        return float(edges.var(axis=0).mean() + np.corrcoef(edges).mean())

    return timed(windows)[0] * 6, "1 of 6, scaled"


class Gains(np.ndarray):
    """A matrix that is not equal to any name, as bctpy's reading of its options needs."""

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None


RIVALS: dict[str, tuple[str, Elsewhere]] = {
    "cartography": ("bctpy", cartography),
    "connectivity": ("nilearn", connectivity),
    "connectivity_partial": ("nilearn", partial),
    "dynamic_connectivity": ("numpy, a window at a time", dynamic_connectivity),
    "lempel_ziv": ("antropy", lempel_ziv),
    "modularity": ("bctpy", modularity),
    "modules": ("bctpy", modules),
    "multilayer": ("bctpy", multilayer),
    "sample_entropy": ("antropy", sample_entropy),
    "substates": ("numpy eigh a volume", substates),
    "topology": ("bctpy", topology),
}
"""The measures that other software gives, with its name."""
