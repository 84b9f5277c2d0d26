"""Modules that change over a scan: their quality, and how regions and networks move among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, Role, measure
from rewire.core.types import Scan
from rewire.numerics import flexibility as change
from rewire.numerics.allegiance import allegiance, network_allegiance
from rewire.numerics.consensus import consensus_partition
from rewire.numerics.correlation import has_signal
from rewire.numerics.multilayer import (
    LayeredCommunities,
    categorical_coupling,
    multilayer_louvain,
    ordinal_coupling,
    published_coupling,
)
from rewire.numerics.partition import compare_partitions
from rewire.numerics.spectral import surrogate_common_phases
from rewire.numerics.window_layers import window_layers

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_COUPLING: dict[str, Callable[[int, float], FloatArray]] = {
    "ordinal": ordinal_coupling,
    "categorical": categorical_coupling,
    "published": published_coupling,
}
_NULLS = ("windows", "phases")
_NULL_REPEATS = 4
_SCAN = ("multilayer_q", "multilayer_flexibility", "multilayer_stationarity")
_COUNTS = ("multilayer_communities", "multilayer_windows")
_AGREED = ("consensus_communities", "consensus_agreement")
_ROLES: dict[str, Role] = {"consensus_module": "label"}
_ROLES |= dict.fromkeys((*_COUNTS, *_AGREED), "diagnostic")
_REGION = ("flexibility", "promiscuity", "cohesion", "disjointedness")
_NETWORK = ("recruitment", "integration")
_NORM = ("multilayer_q_norm", "multilayer_flexibility_norm")


def _gives(name: str, dims: tuple[str, ...], text: str) -> Quantity:
    return Quantity(name, "1", dims, text, _ROLES.get(name, "result"))


@measure(
    needs=("bold",),
    gives=(
        _gives("multilayer_q", (), "Multilayer modularity, mean over repeats of the optimiser."),
        _gives("multilayer_communities", (), "Number of modules, mean over repeats."),
        _gives("multilayer_windows", (), "Windows that the scan was cut into."),
        _gives(
            "multilayer_flexibility", (), "Changes of module over possible changes, all regions."
        ),
        _gives("multilayer_stationarity", (), "Share of a module that stays to the next window."),
        _gives("flexibility", ("region",), "Changes of module over possible changes."),
        _gives("promiscuity", ("region",), "Share of all modules that the region is ever in."),
        _gives("cohesion", ("region",), "Changes made together with another region."),
        _gives("disjointedness", ("region",), "Changes made alone."),
        _gives(
            "recruitment",
            ("network",),
            "How often a network's regions share a module, over the mean of all regions.",
        ),
        _gives(
            "integration",
            ("network",),
            "How often a network's regions share a module with others, over the mean of all.",
        ),
        _gives(
            "network_allegiance",
            ("network", "network2"),
            "How often regions of two networks share a module, over the mean of all regions.",
        ),
        _gives("consensus_module", ("window", "region"), "Module in the consensus of repeats."),
        _gives("consensus_communities", (), "Number of modules in the consensus of repeats."),
        _gives(
            "consensus_agreement",
            (),
            "Adjusted Rand index of each repeat with the consensus, mean over repeats.",
        ),
        _gives("consensus_flexibility", ("region",), "Changes of module in the consensus."),
        _gives("multilayer_q_norm", ("model",), "Multilayer modularity over its mean in nulls."),
        _gives("multilayer_flexibility_norm", ("model",), "Flexibility over its mean in nulls."),
    ),
    source="Mucha et al. 2010, doi:10.1126/science.1184819; Bassett et al. 2011, "
    "doi:10.1073/pnas.1018985108; Bassett et al. 2015, doi:10.1038/nn.3993; Telesford et al. "
    "2017, doi:10.1002/hbm.23403",
)
def multilayer(
    scan: Scan,
    *,
    rng: np.random.Generator,
    length: int = 15,
    step: int = 15,
    taper: float = 0.0,
    coupling: str = "ordinal",
    omega: float = 1.0,
    gamma: float = 1.0,
    repeats: int = 50,
    nulls: int = 10,
) -> xr.Dataset:
    """Find modules over time, and how regions and networks move among them.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal are left out.
    rng
        Source of the optimiser's orders and of the nulls.
    length, step
        Length of a window and distance between the starts of two, in volumes.
    taper
        Standard deviation of the Gaussian that blurs a window's edges, in volumes; 0 for none.
    coupling
        ``ordinal`` (each window to the next), ``categorical`` (to all) or ``published``.
    omega
        Strength of the coupling.
    gamma
        Resolution: above 1 looks for smaller modules.
    repeats
        Repeats of the optimiser.
    nulls
        Scans made for each null model: ``windows`` in random order, and ``phases`` of all
        regions turned by the same random angles, which keeps every cross-spectrum.

    Returns
    -------
    xr.Dataset
        Pure numbers. ``multilayer_q`` is the quality that the optimiser reached: flexibility and
        all that follows from the modules depend on it. ``recruitment`` (within a network) and
        ``integration`` (with all others) are 1 on average for networks drawn at random;
        ``network_allegiance`` holds both, pair by pair. ``consensus_module`` (window, region)
        numbers from 1 the modules that the repeats agree on, with how well they do. NaN with
        fewer than three regions with signal, fewer than two windows or no positive correlation;
        for networks of one region, or where there is one network alone, those that need more.

    Raises
    ------
    ValueError
        If the coupling has another name, or windows are shorter than four volumes.

    Notes
    -----
    Weights are Fisher's z of positive correlations in each window, the diagonal is 0.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> names = tuple("abcd")
    >>> atlas = Atlas("A", names, np.arange(4), ("",) * 4, tuple("XXYY"), np.zeros((4, 3)))
    >>> made = np.random.default_rng(0).standard_normal((60, 2)) @ [[1, 1, 0, 0], [0, 0, 1, 1]]
    >>> made += 0.1 * np.random.default_rng(1).standard_normal((60, 4))
    >>> scan = Scan("s", "bold", made, atlas)
    >>> found = multilayer(scan, rng=np.random.default_rng(0), repeats=2, nulls=2)
    >>> found["recruitment"].to_numpy().tolist(), float(found["multilayer_flexibility"])
    ([3.0, 3.0], 0.0)
    """
    if coupling not in _COUPLING:
        raise ValueError(f"coupling '{coupling}' is unknown; there are {', '.join(_COUPLING)}")
    live = has_signal(scan.series())
    series = scan.series()[:, live]
    series = series[np.isfinite(series).all(axis=1)]
    result = _empty(scan)
    if live.sum() < 3:
        return _with_status(result, scan, live, "fewer than three regions with signal")
    layers = window_layers(series, length, step, taper)
    result["multilayer_windows"] = ((), float(len(layers)))
    if len(layers) < 2:
        return _with_status(result, scan, live, "fewer than two windows")
    if not layers.any():
        return _with_status(result, scan, live, "no positive correlation")
    links = _COUPLING[coupling](len(layers), omega)

    def search(stack: FloatArray, times: int) -> LayeredCommunities:
        return multilayer_louvain(stack, links, times, rng, gamma)

    found = search(layers, repeats)
    _describe(result, found, live)
    _describe_networks(result, found.labels, live, scan)
    result = _agree(result, found.labels, consensus_partition(found.labels, links, rng), live)

    def shuffled() -> FloatArray:
        return layers[rng.permutation(len(layers))]

    def turned() -> FloatArray:
        return window_layers(surrogate_common_phases(series, rng), length, step, taper)

    reference = [
        [search(make(), _NULL_REPEATS) for _ in range(nulls)] for make in (shuffled, turned)
    ]
    _compare(result, found, reference)
    return _with_status(result, scan, live, "undefined")


def _empty(scan: Scan) -> xr.Dataset:
    """Return all quantities, NaN."""
    networks = list(scan.atlas.networks)
    coords: dict[str, Sequence[str] | npt.NDArray[np.str_]] = {
        "region": list(scan.atlas.regions),
        "network": networks,
        "network2": networks,
        "model": list(_NULLS),
        "window": np.empty(0, dtype=str),
    }
    dims: dict[str, tuple[str, ...]] = dict.fromkeys((*_SCAN, *_COUNTS), ())
    dims |= dict.fromkeys(_AGREED, ())
    dims |= dict.fromkeys((*_REGION, "consensus_flexibility"), ("region",))
    dims["consensus_module"] = ("window", "region")
    dims |= dict.fromkeys(_NETWORK, ("network",))
    dims |= dict.fromkeys(_NORM, ("model",))
    dims["network_allegiance"] = ("network", "network2")
    return xr.Dataset(
        {n: (d, np.full([len(coords[k]) for k in d], np.nan)) for n, d in dims.items()}, coords
    )


def _describe(result: xr.Dataset, found: LayeredCommunities, live: npt.NDArray[np.bool_]) -> None:
    """Write what scans and regions give, means over repeats."""
    labels = found.labels
    moved = change.flexibility(labels).mean(axis=0)
    together = np.mean([change.cohesion(one) for one in labels], axis=0)
    stays = np.array([change.stationarity(one) for one in labels])
    result["multilayer_q"] = ((), float(found.quality.mean()))
    result["multilayer_communities"] = ((), float(np.mean([len(np.unique(x)) for x in labels])))
    result["multilayer_flexibility"] = ((), float(moved.mean()))
    known = stays[np.isfinite(stays)]
    result["multilayer_stationarity"] = ((), float(known.mean()) if len(known) else np.nan)
    result["flexibility"][live] = moved
    result["promiscuity"][live] = np.mean([change.promiscuity(one) for one in labels], axis=0)
    result["cohesion"][live] = together
    result["disjointedness"][live] = moved - together


def _describe_networks(
    result: xr.Dataset, labels: IntArray, live: npt.NDArray[np.bool_], scan: Scan
) -> None:
    """Write recruitment and integration; nothing where there is one network alone."""
    names = scan.atlas.networks
    own = [n for n, there in zip(scan.atlas.network, live, strict=True) if there]
    inside = np.array([bool(n) for n in own])
    if len(set(own) - {""}) < 2:
        return
    member = np.array([[n == name for name in names] for n in own], dtype=float)[inside]
    pairs = allegiance(labels)[np.ix_(inside, inside)]
    result["network_allegiance"][:] = network_allegiance(pairs, member)
    result["recruitment"][:] = np.diag(result["network_allegiance"])
    for at in range(len(names)):
        split = np.stack([member[:, at], 1.0 - member[:, at]], axis=1)
        result["integration"][at] = network_allegiance(pairs, split)[0, 1]


def _agree(
    result: xr.Dataset, labels: IntArray, agreed: IntArray, live: npt.NDArray[np.bool_]
) -> xr.Dataset:
    """Write the consensus of repeats, and how far they agree with it."""
    windows = [str(1 + w) for w in range(len(agreed))]
    result = result.drop_vars(["consensus_module", "window"]).assign_coords(window=windows)
    modules = np.full((len(windows), len(live)), np.nan)
    modules[:, live] = agreed + 1
    result["consensus_module"] = (("window", "region"), modules)
    result["consensus_communities"] = ((), float(len(np.unique(agreed))))
    each = [compare_partitions(one.ravel(), agreed.ravel()).rand for one in labels]
    result["consensus_agreement"] = ((), float(np.mean(each)))
    result["consensus_flexibility"][live] = change.flexibility(agreed[None])[0]
    return result


def _compare(
    result: xr.Dataset, found: LayeredCommunities, reference: list[list[LayeredCommunities]]
) -> None:
    """Write quality and flexibility over their means in the nulls."""
    for at, nulls in enumerate(reference):
        if not nulls:
            continue
        q = float(np.nanmean([made.quality.mean() for made in nulls]))
        moved = float(np.mean([change.flexibility(made.labels).mean() for made in nulls]))
        result["multilayer_q_norm"][at] = found.quality.mean() / q if q > 1e-12 else np.nan
        own = float(result["multilayer_flexibility"])
        result["multilayer_flexibility_norm"][at] = own / moved if moved > 0.0 else np.nan


def _with_status(
    result: xr.Dataset, scan: Scan, live: npt.NDArray[np.bool_], reason: str
) -> xr.Dataset:
    """Say why a quantity has no value."""
    present = {n for n, there in zip(scan.atlas.network, live, strict=True) if there and n}
    special: dict[str, str] = {
        "multilayer_stationarity": "no module lives longer than a window",
        "multilayer_q_norm": "nulls without modules",
        "multilayer_flexibility_norm": "no region moves in the nulls",
    }
    lone = "one network alone" if len(present) < 2 else "too few regions with signal"
    special |= dict.fromkeys((*_NETWORK, "network_allegiance"), lone)
    statuses = {}
    for name, value in result.data_vars.items():
        finite = np.isfinite(value.to_numpy())
        why = special.get(str(name), reason) if reason == "undefined" else reason
        text = np.where(finite, "ok", why)
        if value.dims[-1:] == ("region",):
            text = np.where(live | finite, text, "no signal")
        statuses[f"{name}_status"] = (value.dims, text)
    return result.assign(statuses)
