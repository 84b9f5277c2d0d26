"""Recruitment and integration of the default network exactly as published, for comparison."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.allegiance import allegiance, sampled_network_allegiance
from rewire.numerics.correlation import has_signal
from rewire.numerics.flexibility import flexibility
from rewire.numerics.multilayer import multilayer_louvain, published_coupling
from rewire.numerics.window_layers import window_layers

_LENGTH = 15
_OMEGA = 1.0
_PERMUTATIONS = 1000
_DEFAULT = frozenset({"default", "defaultmode", "dmn"})
_EXECUTIVE = frozenset(
    {"cont", "control", "en", "executive", "cen", "centralexecutive", "fpn", "frontoparietal"}
)
_SALIENCE = frozenset(
    {"salventattn", "salience", "sn", "van", "ventralattention", "salienceventralattention"}
)
_ALLEGIANCE = ("dmn_recruitment", "dmn_en_integration", "dmn_sn_integration")
_OTHER = ("multilayer_q", "multilayer_flexibility")


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "dmn_recruitment",
            "1",
            (),
            "How often regions of the default network share a module, over permuted labels.",
            label="default mode recruitment",
        ),
        Quantity(
            "dmn_en_integration",
            "1",
            (),
            "How often default and executive regions share a module, over permuted labels.",
            label="default mode\N{EN DASH}executive integration",
        ),
        Quantity(
            "dmn_sn_integration",
            "1",
            (),
            "How often default and salience regions share a module, over permuted labels.",
            label="default mode\N{EN DASH}salience integration",
        ),
        Quantity(
            "multilayer_flexibility",
            "1",
            (),
            "Changes of module over windows, mean of all regions.",
        ),
        Quantity(
            "multilayer_q",
            "1",
            (),
            "Multilayer modularity that the optimiser reached, mean over repeats.",
            "diagnostic",
        ),
    ),
    source="Daws et al. 2022, doi:10.1038/s41591-022-01744-z",
    availability="recipe only",
)
def multilayer_daws2022(scan: Scan, *, rng: np.random.Generator, repeats: int = 100) -> xr.Dataset:
    """Measure recruitment and integration of the default network as Daws et al. 2022 did.

    Parameters
    ----------
    scan
        Kind ``bold``, with an atlas that names the networks Default, Cont and SalVentAttn or
        their usual aliases; regions without signal stay in as nodes without edges.
    rng
        Source of the optimiser's orders and of the permutations.
    repeats
        Repeats of the optimiser.

    Returns
    -------
    xr.Dataset
        ``dmn_recruitment``, ``dmn_en_integration`` and ``dmn_sn_integration``, 1 for labels at
        random; ``multilayer_flexibility``, changes over windows (so that 1 cannot be reached);
        ``multilayer_q``. NaN with fewer than two regions with signal, fewer than two windows or
        no positive correlation, and where a network is missing.

    Notes
    -----
    Windows of 15 volumes that do not overlap; Fisher's z of positive correlations with 1 on the
    diagonal; resolution 1; coupling of 1/2 to the next window and 1 to the one after, as coded;
    means over pairs of different regions divided by their mean over 1000 permutations of the
    labels. The optimiser is not the one used there and reaches a higher quality, on which
    flexibility depends. :func:`rewire.measures.multilayer.multilayer` couples each window to the
    next alone, has no self loops and needs no permutations.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> networks = ("Default", "Default", "Cont", "Cont")
    >>> atlas = Atlas("A", tuple("abcd"), np.arange(4), ("",) * 4, networks, np.zeros((4, 3)))
    >>> made = np.random.default_rng(0).standard_normal((60, 2)) @ [[1, 1, 0, 0], [0, 0, 1, 1]]
    >>> made += 0.1 * np.random.default_rng(1).standard_normal((60, 4))
    >>> scan = Scan("s", "bold", made, atlas)
    >>> found = multilayer_daws2022(scan, rng=np.random.default_rng(0), repeats=2)
    >>> round(float(found["dmn_recruitment"])), float(found["dmn_en_integration"])
    (3, 0.0)
    """
    series = scan.series()
    result = xr.Dataset(dict.fromkeys((*_ALLEGIANCE, *_OTHER), ((), np.nan)))
    if has_signal(series).sum() < 2:
        return _with_status(result, "fewer than two regions with signal")
    layers = window_layers(series[np.isfinite(series).any(axis=1)], _LENGTH, _LENGTH)
    if len(layers) < 2:
        return _with_status(result, "fewer than two windows")
    if not layers.any():
        return _with_status(result, "no positive correlation")
    layers[:, np.arange(len(scan.atlas)), np.arange(len(scan.atlas))] = 1.0
    links = published_coupling(len(layers), _OMEGA)
    found = multilayer_louvain(layers, links, repeats, rng)
    windows = len(layers)
    moved = flexibility(found.labels).mean() * (windows - 1) / windows
    result["multilayer_q"] = ((), float(found.quality.mean()))
    result["multilayer_flexibility"] = ((), float(moved))
    ratio = sampled_network_allegiance(allegiance(found.labels), _members(scan), _PERMUTATIONS, rng)
    for name, value in zip(_ALLEGIANCE, ratio[0], strict=True):
        result[name] = ((), float(value))
    return _with_status(result, "the atlas has no such network, or too few regions in it")


def _members(scan: Scan) -> npt.NDArray[np.float64]:
    """Tell which regions belong to the default, executive and salience networks."""
    plain = ["".join(c for c in name.lower() if c.isalpha()) for name in scan.atlas.network]
    return np.array(
        [[name in known for known in (_DEFAULT, _EXECUTIVE, _SALIENCE)] for name in plain],
        dtype=np.float64,
    )


def _with_status(result: xr.Dataset, reason: str) -> xr.Dataset:
    """Say why a quantity has no value."""
    return result.assign(
        {
            f"{name}_status": ((), np.where(np.isfinite(value), "ok", reason))
            for name, value in result.data_vars.items()
        }
    )
