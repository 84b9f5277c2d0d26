"""Structural decoupling: how far activity departs from the harmonics of the connectome."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.structure import (
    Structure,
    StructureChoice,
    Wired,
    couple,
    declared,
    fit_structure,
    summarise,
)
from rewire.core.types import Scan
from rewire.numerics.structure_graph import Transform, connected
from rewire.numerics.structure_harmonics import structural_decoupling as decouple

_LEAST = 3


@measure(
    needs=("bold", "connectome"),
    gives=(
        *declared(
            "structural_decoupling",
            "Norm of the activity that departs from the connectome over that which follows it, "
            "as log2 unless the plan says ratio.",
            "structural decoupling",
        ),
        Quantity(
            "structural_decoupling_harmonics",
            "1",
            (),
            "Share of the harmonics, the smoothest, that hold half the energy.",
            "diagnostic",
        ),
    ),
    source="Preti and Van De Ville 2019, doi:10.1038/s41467-019-12765-7",
    fit=fit_structure,
    learns_from="connectome",
)
def structural_decoupling(
    scan: Scan,
    fibres: Scan,
    *,
    rng: np.random.Generator,
    learned: xr.Dataset | None = None,
    density: float = 0.2,
    transform: Transform = "log1p",
    structure: Structure = "individual",
    scale: Literal["log2", "ratio"] = "log2",
    connectome: Wired = "session",
) -> xr.Dataset:
    """Divide activity into what follows the connectome and what does not, and compare the two.

    Parameters
    ----------
    scan, fibres, rng, learned, density, transform, structure, connectome
        As for :func:`rewire.measures.coupling.coupling_regression`. The published index takes the
        group's complete connectome: ``density = 1, transform = "none", structure = "mean"``.
    scale
        ``log2`` of the ratio, so that half and twice are as far from 0, or the ``ratio`` itself.

    Returns
    -------
    xr.Dataset
        ``structural_decoupling`` (region), ``_network`` and ``_global``: the higher the less
        coupled, the opposite of the other couplings. NaN for regions without signal or
        connection, and with fewer than three regions. Beside it the share of harmonics that count
        as smooth.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", tuple("abcde"), np.arange(5), ("",) * 5, ("X",) * 5, np.zeros((5, 3)))
    >>> made = np.random.default_rng(0).standard_normal((50, 5)).cumsum(axis=1)
    >>> near = 1.0 / (1.0 + np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0))))
    >>> pair = Scan("s", "bold", made, atlas), Scan("c", "connectome", near, atlas)
    >>> found = structural_decoupling(*pair, rng=np.random.default_rng(), density=1.0)
    >>> bool((found["structural_decoupling"] < 0).all())  # a chain follows its wires
    True
    """
    if scale not in ("log2", "ratio"):
        raise ValueError(f"scale is '{scale}'; there are log2, ratio")
    ready = couple(scan, fibres, learned, StructureChoice(density, transform, structure))
    usable = np.logical_and.outer(ready.live, ready.live)
    left = connected(np.where(usable, ready.weights, 0.0)) & ready.live
    value = np.full(len(left), np.nan)
    share = np.nan
    series = scan.series()
    whole = series[np.isfinite(series[:, left]).all(axis=1)][:, left]
    if left.sum() >= _LEAST:
        found = decouple(whole, ready.weights[np.ix_(left, left)])
        value[left] = np.log2(found.ratio) if scale == "log2" else found.ratio
        if np.isfinite(found.ratio).any():
            share = found.coupled / found.regions
    few = "fewer than three regions, or the cut-off leaves out no harmonic or divides equal ones"
    reason = np.where(ready.live, np.where(left, few, "no structural connection"), ready.reason)
    result = summarise("structural_decoupling", value, reason, scan.atlas)
    return result.assign(
        structural_decoupling_harmonics=((), share),
        structural_decoupling_harmonics_status=((), "ok" if np.isfinite(share) else few),
    )
