"""The structure that coupling is measured against: a person's connectome, or the cohort's.

Several measures share it, and measures do not import each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.registry import Quantity
from rewire.core.types import Scan
from rewire.numerics.correlation import fisher_z, has_signal, pearson_matrix
from rewire.numerics.structure_graph import (
    Transform,
    both_ways,
    connected,
    keep_strongest,
    transformed,
)
from rewire.numerics.structure_group import consensus_connectome, mean_connectome

FloatArray = npt.NDArray[np.float64]
TextArray = npt.NDArray[np.str_]
Structure = Literal["individual", "consensus", "mean"]
Wired = Literal["session", "person"]
"""Whose connectome a scan takes: that of its own session, or the person's only one."""

_PAIRS = ("region", "region2")


@dataclass(frozen=True, slots=True)
class StructureChoice:
    """What is made of connectomes before anything is held against them.

    Parameters
    ----------
    density
        Share of all pairs of regions that stay connected, the strongest; 1 keeps all.
    transform
        Scale of the weights: ``log1p``, ``none`` or ``rank``.
    structure
        ``individual``: the person's own; ``consensus`` or ``mean``: the cohort's.
    """

    density: float
    transform: Transform
    structure: Structure

    def __post_init__(self) -> None:
        """Refuse what is no choice."""
        faults = []
        if not 0.0 < self.density <= 1.0:
            faults.append(f"density is {self.density}; it must be above 0 and up to 1")
        for name, known in (("transform", Transform), ("structure", Structure)):
            if getattr(self, name) not in get_args(known):
                held = ", ".join(get_args(known))
                faults.append(f"{name} is '{getattr(self, name)}'; there are {held}")
        if faults:
            raise ValueError("; ".join(faults))


@dataclass(frozen=True, slots=True, eq=False)
class Coupled:
    """Both sides of coupling, in the order of the atlas.

    Parameters
    ----------
    weights
        Structural weights, shape (regions, regions): symmetric, 0 where there is no connection,
        NaN for a region that is left out.
    function
        Fisher's z, shape (regions, regions); NaN on the diagonal and for regions without signal.
    reason
        Why a region has no coupling, shape (regions,); an empty string for a region that can have.
    """

    weights: FloatArray
    function: FloatArray
    reason: TextArray

    @property
    def live(self) -> npt.NDArray[np.bool_]:
        """Regions that can have a coupling, shape (regions,)."""
        return np.asarray(self.reason == "")

    @property
    def inner(self) -> FloatArray:
        """Weights of the regions in the structural network alone."""
        there = np.isfinite(np.diag(self.weights))
        inner: FloatArray = self.weights[np.ix_(there, there)]
        return inner

    def outward(self, matrices: FloatArray) -> FloatArray:
        """Put matrices over the structural network back among all regions, NaN elsewhere."""
        there = np.flatnonzero(np.isfinite(np.diag(self.weights)))
        whole = np.full((*matrices.shape[:-2], *self.weights.shape), np.nan)
        whole[..., there[:, None], there[None, :]] = matrices
        return whole


def fit_structure(
    scans: Sequence[Scan],
    *,
    rng: np.random.Generator,
    density: float = 0.2,
    structure: Structure = "individual",
) -> xr.Dataset:
    """Learn one connectome from the cohort, whoever's they are.

    Parameters
    ----------
    scans
        Kind ``connectome``; those with other regions than the first are left out.
    rng
        Not used: nothing is random.
    density
        Under ``consensus``: share of pairs kept in each person first, as complete connectomes have
        no absent connection to agree on.
    structure
        ``individual`` learns nothing and opens no scan.

    Returns
    -------
    xr.Dataset
        ``structure`` with dims (region, region2), NaN for regions without connections in any scan;
        ``scans``, how many counted. Under ``individual`` the count alone.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("L", "L"), ("", ""), np.zeros((2, 3)))
    >>> pair = [Scan("s", "connectome", np.array([[0.0, w], [w, 0.0]]), atlas) for w in (2.0, 4.0)]
    >>> learned = fit_structure(pair, rng=np.random.default_rng(), structure="mean")
    >>> learned["structure"].to_numpy().tolist()
    [[0.0, 3.0], [3.0, 0.0]]
    """
    StructureChoice(density, "none", structure)
    if structure == "individual" or not len(scans):
        return xr.Dataset({"scans": ((), 0)})
    atlas = scans[0].atlas
    people = []
    for scan in scans:
        if scan.atlas.regions == atlas.regions:
            own = both_ways(scan.data)
            people.append(_thinned(own, density) if structure == "consensus" else _known(own))
    weights = np.stack(people)
    if structure == "mean":
        group = mean_connectome(weights)
    else:
        group = consensus_connectome(weights, region_distance(atlas), _across(atlas))
    regions = list(atlas.regions)
    return xr.Dataset(
        {"structure": (_PAIRS, group), "scans": ((), len(people))},
        coords={"region": regions, "region2": regions},
    )


def couple(
    scan: Scan, fibres: Scan, learned: xr.Dataset | None, choice: StructureChoice
) -> Coupled:
    """Prepare function and structure of a scan.

    Parameters
    ----------
    scan
        Kind ``bold``; retained volumes alone are used.
    fibres
        Kind ``connectome``.
    learned
        What :func:`fit_structure` learned; needed unless the structure is individual.
    choice
        What is made of the connectome.

    Returns
    -------
    Coupled
        Weights thresholded, then transformed.
    """
    signal = has_signal(scan.series())
    function = fisher_z(pearson_matrix(scan.series()))
    weights = np.full(function.shape, np.nan)
    why_not = "the connectome has other regions"
    own = _structure(fibres, learned, choice.structure)
    if own is not None and fibres.atlas.regions == scan.atlas.regions:
        why_not = "no structural connection"
        share = 1.0 if choice.structure == "consensus" else choice.density
        weights = transformed(_thinned(own, share), choice.transform)
    connected_now = (np.nan_to_num(weights) > 0.0).any(axis=0)
    reason = np.where(~connected_now, why_not, np.where(~signal, "no signal", ""))
    return Coupled(weights, function, reason)


def region_distance(atlas: Atlas) -> FloatArray:
    """Return Euclidean distances between regions' centres in mm, NaN where one is unknown."""
    apart: FloatArray = atlas.centroid[:, None] - atlas.centroid[None, :]
    return np.asarray(np.sqrt((apart**2).sum(axis=2)))


def declared(name: str, sentence: str, label: str) -> tuple[Quantity, ...]:
    """Return a coupling by region, by network and over all regions as quantities."""
    by = "Mean over the network's regions: "
    return (
        Quantity(name, "1", ("region",), sentence, label=label),
        Quantity(f"{name}_network", "1", ("network",), by + sentence, label=f"{label} by network"),
        Quantity(
            f"{name}_global", "1", (), "Mean over all regions: " + sentence, label=f"mean {label}"
        ),
    )


def summarise(name: str, value: FloatArray, reason: TextArray, atlas: Atlas) -> xr.Dataset:
    """Return a coupling by region, by network and over all regions.

    Parameters
    ----------
    name
        Of the quantity.
    value
        Shape (regions,); NaN where there is none.
    reason
        Why a region has none, shape (regions,).
    atlas
        Names regions and networks.

    Returns
    -------
    xr.Dataset
        What :func:`declared` declares, with statuses. Means are over regions with a value.
    """
    known = np.isfinite(value)
    names = list(atlas.networks)
    means = np.full(len(names), np.nan)
    for i, network in enumerate(names):
        here = known & (np.array(atlas.network) == network)
        means[i] = value[here].mean() if here.any() else np.nan
    whole = value[known].mean() if known.any() else np.nan
    nothing = "no region with a value"
    return xr.Dataset(
        {
            name: ("region", value),
            f"{name}_status": ("region", np.where(known, "ok", reason)),
            f"{name}_network": ("network", means),
            f"{name}_network_status": ("network", np.where(np.isfinite(means), "ok", nothing)),
            f"{name}_global": ((), whole),
            f"{name}_global_status": ((), "ok" if known.any() else nothing),
        },
        coords={"region": list(atlas.regions), "network": names},
    )


def _structure(fibres: Scan, learned: xr.Dataset | None, structure: Structure) -> FloatArray | None:
    if structure == "individual":
        return both_ways(fibres.data)
    if learned is None or "structure" not in learned:
        return None
    if tuple(learned["region"].to_numpy().tolist()) != fibres.atlas.regions:
        return None
    return np.asarray(learned["structure"].to_numpy(), dtype=np.float64)


def _known(weights: FloatArray) -> FloatArray:
    there = connected(weights)
    return np.where(np.logical_and.outer(there, there), weights, np.nan)


def _thinned(weights: FloatArray, density: float) -> FloatArray:
    """Keep the strongest connections among regions that have any; NaN for the others."""
    there = np.flatnonzero(connected(weights))
    kept = np.full(weights.shape, np.nan)
    if len(there):
        square = np.ix_(there, there)
        kept[square] = keep_strongest(weights[square], density)
    return kept


def _across(atlas: Atlas) -> npt.NDArray[np.bool_]:
    side = np.array(atlas.hemisphere)
    return np.asarray(side[:, None] != side[None, :])
