"""Normalised modularity exactly as it was published, for comparison."""

from __future__ import annotations

import numpy as np
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.correlation import has_signal, pearson_matrix, positive_weights
from rewire.numerics.graph import density
from rewire.numerics.louvain import louvain, louvain_quality
from rewire.numerics.network_nulls import rewire_degree_preserving

_NAMES = (
    "modularity_q",
    "modularity_q_norm",
    "modularity_density",
    "modularity_swaps_per_edge",
)


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "modularity_q",
            "1",
            (),
            "Largest modularity over 100 restarts, self loops in.",
            label="modularity Q",
        ),
        Quantity(
            "modularity_q_norm",
            "1",
            (),
            "Modularity over its mean in 100 rewired networks, one restart each, as published.",
            label="normalised modularity",
        ),
        Quantity(
            "modularity_density",
            "1",
            (),
            "Share of positive correlations.",
            "diagnostic",
            label="edge density",
        ),
        Quantity(
            "modularity_swaps_per_edge",
            "1",
            (),
            "Edge swaps made over edges in the rewired networks, on average.",
            "diagnostic",
        ),
    ),
    source="Daws et al. 2022, doi:10.1038/s41591-022-01744-z",
    availability="recipe only",
)
def modularity_daws2022(
    scan: Scan, *, rng: np.random.Generator, runs: int = 100, nulls: int = 100
) -> xr.Dataset:
    """Measure normalised modularity as Daws et al. 2022 did.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal stay in as nodes without edges, as published.
    rng
        Source of the restarts and of the rewired networks.
    runs
        Louvain restarts on the data; each rewired network has one.
    nulls
        Rewired networks.

    Returns
    -------
    xr.Dataset
        ``modularity_q`` and ``modularity_q_norm``, pure numbers, ``modularity_density`` (self
        loops left out) and ``modularity_swaps_per_edge`` (self loops in). NaN with fewer than two
        regions with signal.

    Notes
    -----
    Weights are Fisher's z of positive correlations with 1 on the diagonal and
    ``Q_norm = max(Q) / mean(Q_null)``. Three faults are kept: the data have the best of 100
    restarts and each null the only one; the unit diagonal is rewired as if it were edges, so that
    nulls are not symmetric; and the denser the network the fewer swaps are possible, so that
    Q_norm follows density. :func:`rewire.measures.modularity.modularity` has none of them.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("", ""), np.zeros((2, 3)))
    >>> scan = Scan("s", "bold", np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]]), atlas)
    >>> found = modularity_daws2022(scan, rng=np.random.default_rng(0))
    >>> float(found["modularity_density"])
    1.0
    """
    series = scan.series()
    values = np.full(4, np.nan)
    reason = "fewer than two regions with signal"
    if has_signal(series).sum() >= 2:
        weights = positive_weights(pearson_matrix(series), diagonal=1.0)
        q = float(louvain(weights, runs, rng).quality.max())
        rewired = rewire_degree_preserving(weights, nulls, rng)
        reached = float(louvain_quality(rewired.weights, 1, rng).mean())
        ratio = q / reached if reached > 1e-12 else np.nan
        reason = "rewired networks without modularity"
        values[:] = (q, ratio, density(weights), rewired.swaps_per_edge.mean())
    statuses = np.where(np.isfinite(values), "ok", reason)
    result = xr.Dataset({name: ((), value) for name, value in zip(_NAMES, values, strict=True)})
    return result.assign(
        {f"{name}_status": ((), text) for name, text in zip(_NAMES, statuses, strict=True)}
    )
