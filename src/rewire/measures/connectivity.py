"""Functional connectivity: how regions' signals go together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.correlation import (
    fisher_z,
    has_signal,
    partial_correlation,
    pearson_matrix,
)

FloatArray = npt.NDArray[np.float64]

_FIELD = "Biswal et al. 1995, doi:10.1002/mrm.1910340409"
_PAIRS = ("region", "region2")


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "connectivity",
            "1",
            _PAIRS,
            "Fisher z of Pearson's r of two regions.",
            label="functional connectivity",
        ),
    ),
    source=_FIELD,
)
def connectivity(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Correlate every pair of regions.

    Parameters
    ----------
    scan
        Kind ``bold``; retained volumes alone are used.
    rng
        Not used: nothing is random.

    Returns
    -------
    xr.Dataset
        ``connectivity`` with dims (region, region2), atanh(r), unit 1; NaN for a region with
        itself, for regions without signal and for a perfect correlation.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "Y"), np.zeros((2, 3)))
    >>> scan = Scan("s", "bold", np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]]), atlas)
    >>> float(connectivity(scan, rng=np.random.default_rng())["connectivity"][0, 1].round(4))
    0.5493
    """
    z = fisher_z(pearson_matrix(scan.series()))
    return _paired(scan, "connectivity", z)


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "connectivity_partial",
            "1",
            _PAIRS,
            "Fisher z of the shrunk partial correlation.",
            label="partial connectivity",
        ),
        Quantity(
            "connectivity_shrinkage",
            "1",
            (),
            "Weight of the identity in the covariance that was inverted.",
            "diagnostic",
        ),
    ),
    source="Ledoit and Wolf 2004, doi:10.1016/S0047-259X(03)00096-4; "
    "Marrelec et al. 2006, doi:10.1016/j.neuroimage.2005.12.057",
)
def connectivity_partial(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Correlate every pair of regions with all other regions held constant.

    Parameters
    ----------
    scan
        Kind ``bold``; retained volumes alone are used.
    rng
        Not used: nothing is random.

    Returns
    -------
    xr.Dataset
        ``connectivity_partial`` with dims (region, region2), atanh(partial r), unit 1; NaN for a
        region with itself and for regions without signal. ``connectivity_shrinkage``, 0 to 1: near
        1 the scan was too short to tell direct from indirect connections.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "Y"), np.zeros((2, 3)))
    >>> scan = Scan("s", "bold", np.random.default_rng(0).standard_normal((50, 2)), atlas)
    >>> sorted(connectivity_partial(scan, rng=np.random.default_rng()).data_vars)[:2]
    ['connectivity_partial', 'connectivity_partial_status']
    """
    found = partial_correlation(scan.series())
    result = _paired(scan, "connectivity_partial", fisher_z(found.matrix))
    return result.assign(connectivity_shrinkage=((), found.shrinkage))


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "connectivity_network",
            "1",
            ("network", "network2"),
            "Mean Fisher z over pairs of regions, one in each network.",
            label="connectivity by network",
        ),
    ),
    source=_FIELD,
)
def connectivity_by_network(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Average connectivity within and between networks.

    Parameters
    ----------
    scan
        Kind ``bold``, with an atlas that names networks; regions without one are left out.
    rng
        Not used: nothing is random.

    Returns
    -------
    xr.Dataset
        ``connectivity_network`` with dims (network, network2), mean atanh(r), unit 1, symmetric.
        Within a network a region's correlation with itself does not count. NaN where no pair of
        regions has a value.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "Y"), np.zeros((2, 3)))
    >>> scan = Scan("s", "bold", np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]]), atlas)
    >>> found = connectivity_by_network(scan, rng=np.random.default_rng())
    >>> found["connectivity_network"].round(4).to_numpy().tolist()
    [[nan, 0.5493], [0.5493, nan]]
    """
    z = fisher_z(pearson_matrix(scan.series()))
    names = scan.atlas.networks
    member = np.array([[own == name for own in scan.atlas.network] for name in names], dtype=float)
    member = member.reshape(len(names), len(scan.atlas))
    known = np.isfinite(z)
    total = member @ np.where(known, z, 0.0) @ member.T
    pairs = member @ known.astype(float) @ member.T
    means = np.full(total.shape, np.nan)
    np.divide(total, pairs, out=means, where=pairs > 0)
    means = (means + means.T) / 2.0
    status = np.where(pairs > 0, "ok", "no pair of regions with signal")
    dims = ("network", "network2")
    return xr.Dataset(
        {"connectivity_network": (dims, means), "connectivity_network_status": (dims, status)},
        coords={"network": list(names), "network2": list(names)},
    )


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "global_brain_connectivity",
            "1",
            ("region",),
            "Mean Fisher z of a region with all others.",
        ),
    ),
    source="Cole et al. 2010, doi:10.1016/j.neuroimage.2009.11.001",
)
def global_brain_connectivity(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Average each region's connectivity with all other regions.

    Parameters
    ----------
    scan
        Kind ``bold``; retained volumes alone are used.
    rng
        Not used: nothing is random.

    Returns
    -------
    xr.Dataset
        ``global_brain_connectivity`` with dims (region,), mean atanh(r), unit 1; NaN for regions
        without signal, which also count nowhere else.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "Y"), np.zeros((2, 3)))
    >>> scan = Scan("s", "bold", np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]]), atlas)
    >>> found = global_brain_connectivity(scan, rng=np.random.default_rng())
    >>> found["global_brain_connectivity"].round(4).to_numpy().tolist()
    [0.5493, 0.5493]
    """
    z = fisher_z(pearson_matrix(scan.series()))
    known = np.isfinite(z)
    others = known.sum(axis=1)
    means = np.full(len(z), np.nan)
    np.divide(np.where(known, z, 0.0).sum(axis=1), others, out=means, where=others > 0)
    live = has_signal(scan.series())
    status = np.where(others > 0, "ok", np.where(live, "no other region", "no signal"))
    return xr.Dataset(
        {
            "global_brain_connectivity": ("region", means),
            "global_brain_connectivity_status": ("region", status),
        },
        coords={"region": list(scan.atlas.regions)},
    )


def _paired(scan: Scan, name: str, z: FloatArray) -> xr.Dataset:
    """Label a matrix of pairs and say why a pair has no value."""
    live = has_signal(scan.series())
    both = np.logical_and.outer(live, live)
    reason = np.where(np.eye(len(live), dtype=bool), "a region with itself", "perfect correlation")
    status = np.where(np.isfinite(z), "ok", np.where(both, reason, "no signal"))
    regions = list(scan.atlas.regions)
    return xr.Dataset(
        {name: (_PAIRS, z), f"{name}_status": (_PAIRS, status)},
        coords={"region": regions, "region2": regions},
    )
