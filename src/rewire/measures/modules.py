"""Modules of the signed network, over a range of resolutions, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.correlation import has_signal, pearson_matrix, positive_weights
from rewire.numerics.leiden import Partitions, leiden
from rewire.numerics.module_gains import (
    distance_gains,
    newman_girvan_gains,
    potts_gains,
    signed_gains,
)
from rewire.numerics.partition import compare_partitions, mean_variation, split_modules

FloatArray = npt.NDArray[np.float64]

NULLS = ("signed", "newman-girvan", "potts", "distance")
_SWEEP = ("resolution",)
_NAMES = (
    "quality",
    "count",
    "variation",
    "split",
    "network_variation",
    "network_mutual",
    "network_rand",
)


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "modules_quality", "1", _SWEEP, "Largest quality over the restarts.", label="module Q"
        ),
        Quantity("modules_count", "1", _SWEEP, "Modules in the best partition.", "diagnostic"),
        Quantity(
            "modules_variation",
            "1",
            _SWEEP,
            "Mean variation of information between restarts, over log regions.",
            "diagnostic",
        ),
        Quantity(
            "modules_split",
            "1",
            _SWEEP,
            "Modules that positive correlations do not hold together.",
            "diagnostic",
        ),
        Quantity(
            "modules_network_variation",
            "1",
            _SWEEP,
            "Variation of information between modules and the atlas's networks, over log regions.",
            label="distance of modules from networks",
        ),
        Quantity(
            "modules_network_mutual",
            "1",
            _SWEEP,
            "Normalised mutual information of modules and the atlas's networks.",
            label="agreement of modules with networks (NMI)",
        ),
        Quantity(
            "modules_network_rand",
            "1",
            _SWEEP,
            "Adjusted Rand index of modules and the atlas's networks.",
            label="agreement of modules with networks (ARI)",
        ),
    ),
    source="Traag et al. 2019, doi:10.1038/s41598-019-41695-z; Rubinov and Sporns 2011, "
    "doi:10.1016/j.neuroimage.2011.03.069; Meila 2007, doi:10.1016/j.jmva.2006.11.013",
)
def modules(
    scan: Scan,
    *,
    rng: np.random.Generator,
    null: str = "signed",
    resolutions: Sequence[float] = (0.75, 1.0, 1.25, 1.5, 2.0),
    runs: int = 30,
) -> xr.Dataset:
    """Find modules at several resolutions and compare them with the atlas's networks.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal are left out.
    rng
        Source of the restarts.
    null
        What edges are weighed against: ``signed`` (positive and negative correlations, each
        against their own strengths), or for positive correlations alone ``newman-girvan``
        (strengths), ``potts`` (the mean) or ``distance`` (strengths and distance).
    resolutions
        Above 1 looks for smaller modules.
    runs
        Restarts of the Leiden method at each resolution; 2 or more.

    Returns
    -------
    xr.Dataset
        With dim resolution: ``modules_quality``, ``modules_count``, ``modules_variation`` (0
        where all restarts agree), ``modules_split``, and the agreement of the best partition
        with the atlas's networks, over regions that have one: ``modules_network_variation`` (0
        for the same division, at most 1), ``modules_network_mutual`` (1 for the same) and
        ``modules_network_rand`` (1 for the same, 0 by chance). NaN with fewer than three regions
        with signal, without positive correlations, with a place unknown for ``distance``, and,
        for the agreement, with fewer than two networks.

    Raises
    ------
    ValueError
        If there is no such null, no resolution or one not above 0, or fewer than two runs.

    Notes
    -----
    Weights are Fisher's z, the diagonal is 0. Where several partitions share the highest quality
    the agreement is that of the first one found.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> nets = ("A",) * 3 + ("B",) * 3
    >>> atlas = Atlas("A", tuple("abcdef"), np.arange(6), ("",) * 6, nets, np.zeros((6, 3)))
    >>> made = np.random.default_rng(0).standard_normal((200, 6))
    >>> made[:, :3] += 2 * made[:, [0]]
    >>> made[:, 3:] += 2 * made[:, [3]]
    >>> found = modules(Scan("s", "bold", made, atlas), rng=np.random.default_rng(0))
    >>> found["modules_network_rand"].sel(resolution=1.0).item()
    1.0
    """
    sweep = np.array(resolutions, dtype=np.float64)
    if null not in NULLS or not sweep.size or not (sweep > 0.0).all() or runs < 2:
        raise ValueError(
            f"null '{null}', resolutions {tuple(resolutions)}, {runs} runs; nulls are "
            f"{', '.join(NULLS)}, resolutions above 0, runs 2 or more"
        )
    series = scan.series()
    live = has_signal(series)
    if live.sum() < 3:
        return _dataset(sweep, {}, "fewer than three regions with signal")
    r = pearson_matrix(series)[np.ix_(live, live)]
    if not positive_weights(r).any():
        return _dataset(sweep, {}, "no positive correlation")
    places = scan.atlas.centroid[live]
    if null == "distance" and not np.isfinite(places).all():
        return _dataset(sweep, {}, "a region's place is unknown")
    networks = np.array(scan.atlas.network)[live]
    rows = []
    for gamma in sweep.tolist():
        found = leiden(_gains(r, places, null, gamma), runs, rng)
        rows.append(_described(found, r, networks))
    columns = dict(zip(_NAMES, np.array(rows).T, strict=True))
    return _dataset(sweep, columns, "fewer than two networks")


def _gains(r: FloatArray, places: FloatArray, null: str, gamma: float) -> FloatArray:
    """Return what it is worth to have two regions in one module, under one null."""
    positive = positive_weights(r)
    if null == "newman-girvan":
        return newman_girvan_gains(positive, gamma)
    if null == "potts":
        return potts_gains(positive, gamma)
    if null == "distance":
        return distance_gains(positive, places, gamma)
    return signed_gains(positive - positive_weights(-r), gamma)


def _described(
    found: Partitions, r: FloatArray, networks: npt.NDArray[np.str_]
) -> tuple[float, ...]:
    """Return each quantity of one resolution, in the order of their names."""
    best = found.best
    known = networks != ""
    names, own = np.unique(networks[known], return_inverse=True)
    agreement = (float("nan"),) * 3
    if len(names) > 1:
        alike = compare_partitions(best[known], own.astype(np.int64))
        agreement = (alike.variation, alike.mutual, alike.rand)
    return (
        float(found.quality.max()),
        float(best.max() + 1),
        mean_variation(found.labels),
        float(split_modules(positive_weights(r), best)),
        *agreement,
    )


def _dataset(sweep: FloatArray, values: dict[str, FloatArray], reason: str) -> xr.Dataset:
    """Label the results; ``reason`` is the status of those that are undefined."""
    variables: dict[str, tuple[tuple[str, ...], npt.NDArray[np.generic]]] = {}
    for name in _NAMES:
        value = values.get(name, np.full(sweep.shape, np.nan))
        variables[f"modules_{name}"] = (_SWEEP, value)
        status = np.where(np.isfinite(value), "ok", reason)
        variables[f"modules_{name}_status"] = (_SWEEP, status)
    return xr.Dataset(variables, coords={"resolution": sweep})
