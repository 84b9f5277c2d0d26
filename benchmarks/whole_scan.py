"""What is usually asked of one scan of 400 regions and 600 volumes, beside the same elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import bct
import numpy as np
from nilearn.connectome import ConnectivityMeasure
from sklearn.covariance import LedoitWolf

import rewire.measures
from benchmarks.row import Row, timed
from rewire.core import registry
from rewire.core.atlas import Atlas
from rewire.core.types import FloatArray, Scan
from rewire.numerics.correlation import pearson_matrix, positive_weights
from rewire.numerics.topology import proportional_threshold

_REGIONS, _VOLUMES, _NETWORKS = 400, 600, 7
_DENSITY = 0.2


def _scan() -> Scan:
    rng = np.random.default_rng(4)
    network = np.arange(_REGIONS) * _NETWORKS // _REGIONS
    series = rng.standard_normal((_VOLUMES, _NETWORKS))[:, network]
    series = (
        series + rng.standard_normal((_VOLUMES, 1)) + 2 * rng.standard_normal((_VOLUMES, _REGIONS))
    )
    atlas = Atlas(
        "Made400",
        tuple(f"region{i}" for i in range(_REGIONS)),
        np.arange(1, _REGIONS + 1),
        ("L",) * _REGIONS,
        tuple(f"network{k}" for k in network),
        rng.uniform(-60, 60, (_REGIONS, 3)),
    )
    return Scan("scan-made", "bold", series, atlas, {"repetition_time": 0.8})


def _modularity_elsewhere(weights: FloatArray) -> tuple[float, str]:
    """Time 2 Louvain runs and 1 signed null, scaled to 100 runs on the data and on 200 nulls."""
    run, _ = timed(lambda: bct.community_louvain(weights, gamma=1, seed=1), 2)
    null, _ = timed(lambda: bct.null_model_und_sign(weights, bin_swaps=1, wei_freq=0.1, seed=1))
    return (
        run * 100 * 201 + null * 200,
        "timed on 2 Louvain runs and 1 null, scaled to the same set",
    )


def _topology_elsewhere(weights: FloatArray) -> tuple[float, str]:
    """Time the weighted and binary graph measures at one of seven densities."""
    kept = proportional_threshold(weights, _DENSITY)
    binary = (kept > 0).astype(float)
    parts: list[Callable[[], object]] = [
        lambda: bct.clustering_coef_wu(kept),
        lambda: bct.efficiency_wei(kept),
        lambda: bct.efficiency_bin(binary, local=True),
        lambda: bct.assortativity_wei(kept),
        lambda: bct.betweenness_bin(binary),
        lambda: bct.distance_bin(binary),
    ]
    return sum(timed(part)[0] for part in parts) * 7, "timed at 1 of 7 densities, without its nulls"


def run() -> Iterator[Row]:
    """Yield a row a measure and one for the whole set."""
    specs = registry.discover(rewire.measures)
    scan = _scan()
    weights = positive_weights(pearson_matrix(scan.data))
    rivals: dict[str, tuple[str, Callable[[], tuple[float, str]]]] = {
        "connectivity": (
            "nilearn",
            lambda: (
                timed(lambda: ConnectivityMeasure(kind="correlation").fit_transform([scan.data]))[
                    0
                ],
                "",
            ),
        ),
        "connectivity_partial": (
            "nilearn",
            lambda: (
                timed(
                    lambda: ConnectivityMeasure(
                        LedoitWolf(store_precision=True), kind="partial correlation"
                    ).fit_transform([scan.data])
                )[0],
                "",
            ),
        ),
        "modularity": ("bctpy", lambda: _modularity_elsewhere(weights)),
        "topology": ("bctpy", lambda: _topology_elsewhere(weights)),
    }
    ours, theirs = 0.0, 0.0
    for name, (rival, elsewhere) in rivals.items():
        registry.compute(specs[name], (scan,), {}, 1)  # compiles
        mine, _ = timed(lambda spec=specs[name]: registry.compute(spec, (scan,), {}, 1))  # type: ignore[misc]
        seconds, note = elsewhere()
        ours, theirs = ours + mine, theirs + seconds
        yield Row(f"{name}, 400 regions x 600 volumes", mine, rival, seconds, "-", "-", note)
    yield Row("the whole set, 400 regions x 600 volumes", ours, "together", theirs, "-", "-")
