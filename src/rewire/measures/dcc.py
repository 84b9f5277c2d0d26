"""Dynamic conditional correlation: how much connectivity varies within a scan."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.correlation import has_signal
from rewire.numerics.dynamic_correlation import (
    LEAST_VOLUMES,
    DynamicCorrelation,
    fit_dcc,
    innovations,
)
from rewire.numerics.network_blocks import block_means
from rewire.numerics.phase import fill_gaps, usable_volumes
from rewire.numerics.spectral import surrogate_common_phases

FloatArray = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]

_NAN = float("nan")


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "dcc_variance",
            "1",
            ("region", "region2"),
            "Variance over the scan of the conditional correlation of two regions.",
        ),
        Quantity(
            "dcc_variance_network",
            "1",
            ("network", "network2"),
            "Mean of that variance over pairs of regions, one in each network.",
            label="variance of dynamic conditional correlation by network",
        ),
        Quantity(
            "dcc_variance_surrogate",
            "1",
            (),
            "Mean variance over pairs in surrogates that have the scan's spectra and no dynamics.",
            "diagnostic",
        ),
        Quantity(
            "dcc_a", "1", (), "Weight of the last volume in the next correlation.", "diagnostic"
        ),
        Quantity("dcc_b", "1", (), "Weight of the last correlation in the next one.", "diagnostic"),
    ),
    source="Engle 2002, doi:10.1198/073500102288618487; Pakel et al. 2021, "
    "doi:10.1080/07350015.2020.1713795; Lindquist et al. 2014, "
    "doi:10.1016/j.neuroimage.2014.06.052",
)
def dynamic_conditional_correlation(
    scan: Scan,
    *,
    rng: np.random.Generator,
    autoregression: int = 2,
    surrogates: int = 2,
) -> xr.Dataset:
    """Measure how much every pair's correlation varies over the scan.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal are left out, censored volumes bridged for the fit.
    rng
        Source of the surrogates' phases.
    autoregression
        Volumes of its own past that each region is freed of first; 0 follows the raw series.
    surrogates
        Phase-randomised copies of the scan that are treated in the same way; 0 for none.

    Returns
    -------
    xr.Dataset
        ``dcc_variance`` (region, region2), NaN for a region with itself and without signal;
        ``dcc_variance_network`` (network, network2); ``dcc_a`` and ``dcc_b``, common to all pairs;
        ``dcc_variance_surrogate``, the mean over pairs where nothing varies but by chance. All NaN
        with fewer than 50 volumes or two regions.

    Notes
    -----
    Slow signals alone make conditional correlations vary: without an autoregression, resting scans
    and their stationary surrogates differ little. Compare ``dcc_variance_surrogate``.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "Y"), np.zeros((2, 3)))
    >>> scan = Scan("s", "bold", np.random.default_rng(0).standard_normal((200, 2)), atlas)
    >>> found = dynamic_conditional_correlation(scan, rng=np.random.default_rng(0))
    >>> found["dcc_variance"].dims, found["dcc_variance_network"].shape
    (('region', 'region2'), (2, 2))
    """
    live = has_signal(scan.series())
    usable = usable_volumes(scan.data, scan.kept)
    variance = np.full((len(live), len(live)), np.nan)
    if live.sum() < 2:
        return _dataset(scan, variance, None, _NAN, "fewer than two regions with signal")
    if usable.sum() < LEAST_VOLUMES + autoregression:
        return _dataset(scan, variance, None, _NAN, f"fewer than {LEAST_VOLUMES} volumes")
    series = fill_gaps(scan.data[:, live], usable)
    try:
        found = _fit(series, autoregression)
        made = [surrogate_common_phases(series, rng) for _ in range(surrogates)]
        by_chance = [float(np.nanmean(_fit(x, autoregression).variance)) for x in made]
    except ValueError:
        reason = "no pair of regions without a perfect correlation or prediction"
        return _dataset(scan, variance, None, _NAN, reason)
    variance[np.ix_(live, live)] = found.variance
    return _dataset(scan, variance, found, float(np.mean(by_chance)) if made else _NAN, "")


def _fit(series: FloatArray, autoregression: int) -> DynamicCorrelation:
    left = innovations(series, autoregression)
    size = np.abs(left).max(axis=0)
    if not (size > 1e-9 * np.abs(series - series.mean(axis=0)).max(axis=0)).all():
        raise ValueError("a region is predicted perfectly by its own past")
    return fit_dcc(left)


def _dataset(
    scan: Scan,
    variance: FloatArray,
    found: DynamicCorrelation | None,
    by_chance: float,
    reason: str,
) -> xr.Dataset:
    live = has_signal(scan.series())
    both = np.logical_and.outer(live, live)
    why = np.where(np.eye(len(live), dtype=bool), "a region with itself", "perfect correlation")
    why = np.where(both, reason or why, "no signal")
    means = block_means(variance, scan.atlas.network, scan.atlas.networks)
    scalars = {
        "dcc_variance_surrogate": (by_chance, reason or "no surrogate was asked for"),
        "dcc_a": (found.a if found else _NAN, reason),
        "dcc_b": (found.b if found else _NAN, reason),
    }
    regions, networks = list(scan.atlas.regions), list(scan.atlas.networks)
    edges, blocks = ("region", "region2"), ("network", "network2")
    missing = reason or "no pair of regions with signal"
    data: dict[str, tuple[tuple[str, ...], FloatArray | Texts]] = {
        "dcc_variance": (edges, variance),
        "dcc_variance_status": (edges, np.where(np.isfinite(variance), "ok", why)),
        "dcc_variance_network": (blocks, means),
        "dcc_variance_network_status": (blocks, np.where(np.isfinite(means), "ok", missing)),
    }
    for name, (value, text) in scalars.items():
        data[name] = ((), np.array(value))
        data[f"{name}_status"] = ((), np.array("ok" if np.isfinite(value) else text))
    coords = {"region": regions, "region2": regions, "network": networks, "network2": networks}
    return xr.Dataset(data, coords=coords)
