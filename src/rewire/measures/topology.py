"""Topology: how a scan's network is wired, over a range of densities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics import paths
from rewire.numerics.betweenness import hop_betweenness, path_betweenness
from rewire.numerics.correlation import has_signal, pearson_matrix, positive_weights
from rewire.numerics.topology import (
    assortativity,
    clustering,
    proportional_threshold,
    small_world,
    transitivity,
)

FloatArray = npt.NDArray[np.float64]

_KINDS = ("binary", "weighted")
_CURVES = {
    "clustering": ("Mean clustering coefficient.", "clustering coefficient"),
    "transitivity": ("Triangles over pairs of neighbours, of the whole network.", "transitivity"),
    "path_length": (
        "Mean shortest path between regions that a path connects.",
        "characteristic path length",
    ),
    "global_efficiency": ("Mean inverse shortest path.", "global efficiency"),
    "local_efficiency": ("Mean efficiency among a region's neighbours.", "local efficiency"),
    "assortativity": ("Correlation of strengths at two ends of an edge.", "assortativity"),
}
_SMALL = {
    "small_world_sigma": (
        "Clustering over that of random networks, over the same ratio of path lengths.",
        "small-world sigma",
    ),
    "small_world_omega": (
        "Path length of random networks over its own, less clustering over that of lattices.",
        "small-world omega",
    ),
}
_BESIDE = {
    "reachable": "Share of pairs of regions that a path connects.",
    "swaps_per_edge": "Edge swaps made over edges in the random networks, on average.",
}


def _declared() -> tuple[Quantity, ...]:
    """Return each curve with its area, then what is of regions, then what stands beside."""
    found: list[Quantity] = []
    for names, dims in ((_CURVES, ("density", "model")), (_SMALL, ("density",))):
        for name, (sentence, label) in names.items():
            area = f"Area under the curve over densities, per unit of density: {sentence}"
            found.append(Quantity(f"topology_{name}", "1", dims, sentence, label=label))
            found.append(
                Quantity(f"topology_{name}_auc", "1", dims[1:], area, label=f"{label} (area)")
            )
    sentence = "Share of shortest paths through a region, its area over densities."
    label = "betweenness (area)"
    found.append(Quantity("topology_betweenness", "1", ("model", "region"), sentence, label=label))
    found += [
        Quantity(f"topology_{name}", "1", ("density",), text, "diagnostic")
        for name, text in _BESIDE.items()
    ]
    return tuple(found)


@measure(
    needs=("bold",),
    gives=_declared(),
    source="Rubinov and Sporns 2010, doi:10.1016/j.neuroimage.2009.10.003; Humphries and Gurney "
    "2008, doi:10.1371/journal.pone.0002051; Telesford et al. 2011, doi:10.1089/brain.2011.0038",
)
def topology(
    scan: Scan,
    *,
    rng: np.random.Generator,
    densities: Sequence[float] = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4),
    nulls: int = 20,
    lattices: int = 3,
) -> xr.Dataset:
    """Measure clustering, paths, efficiency, mixing and small-worldness over densities.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal are left out.
    rng
        Source of the random networks and lattices.
    densities
        Shares of all pairs to keep, the strongest correlations first; ascending, two or more.
    nulls
        Random networks at each density, for sigma and omega.
    lattices
        Lattices at each density, for omega.

    Returns
    -------
    xr.Dataset
        With dims (density, model), where model is ``binary`` or ``weighted``:
        ``topology_clustering``, ``_transitivity``, ``_path_length``, ``_global_efficiency``,
        ``_local_efficiency``, ``_assortativity``; with dim density and binary alone:
        ``topology_small_world_sigma``, ``_small_world_omega``; each also with ``_auc``, the
        area under its curve over the width of the range, so that it reads like the curve;
        ``topology_betweenness`` (model, region), an area too; and beside them
        ``topology_reachable`` and ``topology_swaps_per_edge``. NaN where fewer correlations are
        positive than the density asks for (and in the areas then), with fewer than four regions
        with signal, and where a quantity is undefined, as the assortativity of a network whose
        regions have equal degrees.

    Raises
    ------
    ValueError
        If the densities are not ascending, two or more and above 0 up to 1, or there is no
        random network or lattice.

    Notes
    -----
    Weights are Fisher's z over the largest one, so that they do not exceed 1; the length of an
    edge is 1 / weight. In mean clustering and local efficiency a region with fewer than two
    neighbours counts as 0, as it does in other software. Path length is over pairs with a path:
    read it with ``topology_reachable``.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> names = tuple(f"r{i}" for i in range(20))
    >>> atlas = Atlas("A", names, np.arange(20), ("",) * 20, ("",) * 20, np.zeros((20, 3)))
    >>> made = np.random.default_rng(0).standard_normal((200, 21))
    >>> scan = Scan("s", "bold", made[:, :20] + made[:, 1:], atlas)  # a chain
    >>> found = topology(scan, rng=np.random.default_rng(0), densities=(0.1, 0.2))
    >>> found["topology_reachable"].to_numpy().tolist()
    [1.0, 1.0]
    """
    steps = np.array(densities, dtype=np.float64)
    good = (
        len(steps) > 1 and bool((np.diff(steps) > 0.0).all()) and 0.0 < steps[0] <= steps[-1] <= 1
    )
    if not good or nulls < 1 or lattices < 1:
        raise ValueError(
            f"densities {tuple(densities)}, {nulls} nulls, {lattices} lattices; densities must "
            "ascend from above 0 to 1 at most, two or more, with a null and a lattice"
        )
    series = scan.series()
    live = has_signal(series)
    values = _blank(scan, len(steps))
    if live.sum() < 4:
        return _dataset(scan, steps, values, "fewer than four regions with signal")
    weights = positive_weights(pearson_matrix(series)[np.ix_(live, live)])
    if not weights.any():
        return _dataset(scan, steps, values, "no positive correlation")
    through = np.full((len(steps), 2, len(live)), np.nan)
    for at, density in enumerate(steps.tolist()):
        kept = proportional_threshold(weights / weights.max(), density)
        if np.isfinite(kept).all():
            _fill(values, at, kept)
            through[at][:, live] = _betweenness(kept)
            small = small_world(kept, nulls, lattices, rng)
            values["small_world_sigma"][at] = small.sigma
            values["small_world_omega"][at] = small.omega
            values["swaps_per_edge"][at] = small.swaps_per_edge
    for name in (*_CURVES, *_SMALL):
        values[f"{name}_auc"] = _area(values[name], steps)
    values["betweenness"] = _area(through, steps)
    return _dataset(scan, steps, values, "")


def _fill(values: dict[str, FloatArray], at: int, kept: FloatArray) -> None:
    """Write what one network gives, without and with its weights."""
    edges = (kept > 0.0).astype(np.float64)
    hops = paths.hop_distances(edges)
    values["reachable"][at] = paths.reachable(hops)
    for model, network, distances, local in (
        (0, edges, hops, paths.local_efficiency(edges)),
        (1, kept, paths.path_distances(kept), paths.weighted_local_efficiency(kept)),
    ):
        place = (at, model)
        values["clustering"][place] = np.nan_to_num(clustering(network)).mean()
        values["transitivity"][place] = transitivity(network)
        values["path_length"][place] = paths.characteristic_path_length(distances)
        values["global_efficiency"][place] = paths.global_efficiency(distances)
        values["local_efficiency"][place] = np.nan_to_num(local).mean()
        values["assortativity"][place] = assortativity(network)


def _betweenness(kept: FloatArray) -> FloatArray:
    """Return the betweenness of each region, without and with weights; shape (2, regions)."""
    edges = (kept > 0.0).astype(np.float64)
    return np.stack(
        [
            hop_betweenness(edges),
            path_betweenness(paths.path_distances(kept), paths.edge_lengths(kept)),
        ]
    )


def _area(curve: FloatArray, steps: FloatArray) -> FloatArray:
    """Return the area under a curve along the first axis, over the width of its range."""
    width = np.diff(steps).reshape(-1, *[1] * (curve.ndim - 1))
    return np.asarray(((curve[1:] + curve[:-1]) / 2.0 * width).sum(axis=0) / width.sum())


def _blank(scan: Scan, count: int) -> dict[str, FloatArray]:
    """Return all quantities without values, under the ends of their names."""
    sizes = {"density": count, "model": 2, "region": len(scan.atlas)}
    return {
        quantity.name.removeprefix("topology_"): np.full(
            tuple(sizes[d] for d in quantity.dims), np.nan
        )
        for quantity in _declared()
    }


def _dataset(
    scan: Scan, steps: FloatArray, values: dict[str, FloatArray], reason: str
) -> xr.Dataset:
    """Label the results and say why some are undefined; an empty reason asks for each one's."""
    sparse = np.isnan(values["reachable"])
    dead = ~has_signal(scan.series())
    variables: dict[str, tuple[tuple[str, ...], npt.NDArray[np.generic]]] = {}
    for quantity in _declared():
        value = values[quantity.name.removeprefix("topology_")]
        why = np.full(value.shape, reason or "undefined in this network", dtype="<U64")
        if not reason and "density" in quantity.dims:
            why[sparse] = "fewer positive correlations than the density asks for"
        elif not reason:
            why[...] = "undefined at one density or more"
        if not reason and "region" in quantity.dims:
            why[:, dead] = "no signal"
        variables[quantity.name] = (quantity.dims, value)
        variables[f"{quantity.name}_status"] = (
            quantity.dims,
            np.where(np.isfinite(value), "ok", why),
        )
    coords = {"density": steps, "model": list(_KINDS), "region": list(scan.atlas.regions)}
    return xr.Dataset(variables, coords=coords)
