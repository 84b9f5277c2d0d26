"""Cartography: where regions stand among networks and modules, and how segregated these are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics import cartography as cartographic
from rewire.numerics.correlation import has_signal, pearson_matrix, positive_weights
from rewire.numerics.leiden import leiden
from rewire.numerics.module_gains import newman_girvan_gains

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
TextArray = npt.NDArray[np.str_]

_DIVISIONS = ("networks", "modules")
_BOTH = ("model", "region")
_REGIONAL = ("participation", "within_module_z", "diversity")
_DIMS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_REGIONAL, _BOTH),
    "segregation": ("model",),
    "segregation_network": ("network",),
    "cartography_modules": (),
}


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "participation",
            "1",
            _BOTH,
            "How evenly a region's strength is spread over networks (or modules).",
            label="participation coefficient",
        ),
        Quantity(
            "within_module_z",
            "1",
            _BOTH,
            "A region's strength within its own network (or module), next to its other regions.",
            label="within-module degree z",
        ),
        Quantity(
            "diversity",
            "1",
            _BOTH,
            "Entropy of a region's strength over networks (or modules), over its maximum.",
            label="diversity coefficient",
        ),
        Quantity(
            "segregation",
            "1",
            ("model",),
            "Connectivity within networks (or modules) less that between, over that within.",
            label="system segregation",
        ),
        Quantity(
            "segregation_network",
            "1",
            ("network",),
            "Connectivity within a network less that with all others, over that within.",
            label="segregation of a network",
        ),
        Quantity(
            "cartography_modules", "1", (), "Modules that were found.", "diagnostic", "modules"
        ),
    ),
    source="Guimera and Amaral 2005, doi:10.1038/nature03288; Rubinov and Sporns 2011, "
    "doi:10.1016/j.neuroimage.2011.03.069; Chan et al. 2014, doi:10.1073/pnas.1415122111",
)
def cartography(
    scan: Scan, *, rng: np.random.Generator, runs: int = 50, gamma: float = 1.0
) -> xr.Dataset:
    """Place each region among the atlas's networks and among the modules of the scan.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal are left out, and under ``networks`` those without a
        network.
    rng
        Source of the restarts that look for modules.
    runs
        Restarts of the Leiden method; the partition with the highest modularity counts.
    gamma
        Resolution of the modules.

    Returns
    -------
    xr.Dataset
        ``participation``, ``within_module_z`` and ``diversity`` with dims (model, region) and
        ``segregation`` with dim model, which is ``networks`` (the atlas's, the same in every
        scan) or ``modules`` (the scan's own); ``segregation_network`` with dim network;
        ``cartography_modules``. NaN with fewer than three regions with signal or without positive
        correlations; for a region without positive correlations; for diversity and segregation
        with one network or module only; for z where all members are alike.

    Notes
    -----
    Weights are Fisher's z of positive correlations, the diagonal is 0.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> nets = ("A",) * 3 + ("B",) * 3
    >>> atlas = Atlas("A", tuple("abcdef"), np.arange(6), ("",) * 6, nets, np.zeros((6, 3)))
    >>> made = np.random.default_rng(0).standard_normal((200, 6))
    >>> made[:, :3] += 2 * made[:, [0]]
    >>> made[:, 3:] += 2 * made[:, [3]]
    >>> found = cartography(Scan("s", "bold", made, atlas), rng=np.random.default_rng(0))
    >>> bool((found["segregation"] > 0.8).all())
    True
    """
    series = scan.series()
    live = np.flatnonzero(has_signal(series))
    if len(live) < 3:
        return _Table.blank(scan, "fewer than three regions with signal").dataset(scan)
    weights = positive_weights(pearson_matrix(series)[np.ix_(live, live)])
    if not weights.any():
        return _Table.blank(scan, "no positive correlation").dataset(scan)
    table = _Table.blank(scan, "no signal")
    found = leiden(newman_girvan_gains(weights, gamma), runs, rng).best
    table.write("cartography_modules", (), np.array(found.max() + 1.0), "")
    networks = scan.atlas.networks
    labels = np.array([networks.index(n) if n else -1 for n in scan.atlas.network])[live]
    named = labels >= 0
    for name in _REGIONAL:
        table.status[name][0, live[~named]] = "no network"
    _place(table, 0, live[named], weights[np.ix_(named, named)], labels[named])
    _place(table, 1, live, weights, found)
    return table.dataset(scan)


@dataclass(frozen=True, slots=True)
class _Table:
    """Values of all quantities and why some are missing, filled in step by step."""

    value: dict[str, FloatArray]
    status: dict[str, TextArray]

    @classmethod
    def blank(cls, scan: Scan, reason: str) -> _Table:
        """Return a table without values, all for one reason."""
        sizes = {"model": 2, "region": len(scan.atlas), "network": len(scan.atlas.networks)}
        shapes = {name: tuple(sizes[d] for d in dims) for name, dims in _DIMS.items()}
        return cls(
            {name: np.full(shape, np.nan) for name, shape in shapes.items()},
            {name: np.full(shape, reason, dtype="<U48") for name, shape in shapes.items()},
        )

    def write(
        self, name: str, at: tuple[int | IntArray, ...], value: FloatArray, reason: str
    ) -> None:
        """Write values at a place, and the reason where they are not finite."""
        self.value[name][at] = value
        self.status[name][at] = np.where(np.isfinite(value), "ok", reason)

    def dataset(self, scan: Scan) -> xr.Dataset:
        """Return the table with labels."""
        values = {name: (dims, self.value[name]) for name, dims in _DIMS.items()}
        reasons = {f"{name}_status": (dims, self.status[name]) for name, dims in _DIMS.items()}
        coords = {
            "model": list(_DIVISIONS),
            "region": list(scan.atlas.regions),
            "network": list(scan.atlas.networks),
        }
        return xr.Dataset({**values, **reasons}, coords=coords)


def _place(
    table: _Table, row: int, regions: IntArray, weights: FloatArray, labels: IntArray
) -> None:
    """Write what one division of the regions gives."""
    word = _DIVISIONS[row][:-1]
    if len(regions) == 0:
        table.status["segregation"][row] = "no region has a network"
        return
    present = np.unique(labels)
    alone = f"one {word} only" if present.size < 2 else ""
    none = "no positive correlation"
    at = (row, regions)
    table.write("participation", at, cartographic.participation(weights, labels), none)
    table.write("diversity", at, cartographic.diversity(weights, labels), alone or none)
    z = cartographic.within_module_z(weights, labels)
    table.write("within_module_z", at, z, f"all regions of the {word} are alike")
    found = cartographic.segregation(weights, labels)
    reason = alone or f"no connection within a {word}"
    table.write("segregation", (row,), np.array(found.whole), reason)
    if row == 0:
        table.write("segregation_network", (present,), found.system, reason)
