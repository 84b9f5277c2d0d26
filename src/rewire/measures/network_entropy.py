"""Entropies of the network and of its modes: degrees, eigenvalues, synchrony within networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.correlation import has_signal, pearson_matrix
from rewire.numerics.entropy import degree_entropy, eigenvalue_entropy, histogram_entropy
from rewire.numerics.spectral import surrogate_common_phases, surrogate_independent_phases

FloatArray = npt.NDArray[np.float64]
_Part = tuple[tuple[str, ...], FloatArray, npt.NDArray[np.str_] | str]

_DENSITIES = (0.05, 0.1, 0.15, 0.2, 0.25)


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "degree_entropy",
            "bit",
            ("density",),
            "Entropy of the distribution of degrees, the strongest correlations kept.",
        ),
        Quantity(
            "degree_entropy_independent",
            "bit",
            ("density",),
            "What independent series of the same length and spectra give.",
            "diagnostic",
        ),
        Quantity(
            "von_neumann_entropy",
            "bit",
            (),
            "Entropy of the eigenvalues of the correlation matrix.",
            label="von Neumann entropy",
        ),
        Quantity(
            "von_neumann_entropy_independent",
            "bit",
            (),
            "What independent series of the same length and spectra give.",
            "diagnostic",
        ),
        Quantity(
            "spatial_complexity",
            "1",
            (),
            "Entropy of the variances of principal components over that of equal ones.",
            label="normalised global spatial complexity",
        ),
        Quantity(
            "spatial_complexity_independent",
            "1",
            (),
            "What independent series of the same length and spectra give.",
            "diagnostic",
        ),
    ),
    source="Viol et al. 2017, doi:10.1038/s41598-017-06854-0; Felippe et al. 2021, "
    "arXiv:2106.05379; Siegel et al. 2024, doi:10.1038/s41586-024-07624-5",
)
def network_entropy(
    scan: Scan,
    *,
    rng: np.random.Generator,
    densities: Sequence[float] = _DENSITIES,
    surrogates: int = 10,
) -> xr.Dataset:
    """Measure how evenly a scan's network and its variance are spread.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal are left out, censored volumes are cut out.
    rng
        Source of the surrogates' phases.
    densities
        Shares of edges kept for the degrees.
    surrogates
        Scans of independent regions with the same spectra.

    Returns
    -------
    xr.Dataset
        ``degree_entropy`` (density), bits, of the strongest correlations; ``von_neumann_entropy``,
        bits, at most log2 of the smaller of regions and volumes - 1; ``spatial_complexity``, the
        same of the covariance over its maximum, 0 to 1. Each with its mean over independent series
        of the same length (``_independent``): short scans have low entropy without any
        connection. NaN with fewer than three regions with signal or four volumes, and where fewer
        correlations are positive than are to be kept.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> names = tuple("abcdef")
    >>> atlas = Atlas("A", names, np.arange(6), ("",) * 6, ("",) * 6, np.zeros((6, 3)))
    >>> noise = np.random.default_rng(0).standard_normal((500, 6))
    >>> scan = Scan("s", "bold", noise + 3 * noise[:, [0]], atlas)
    >>> found = network_entropy(scan, rng=np.random.default_rng(0))
    >>> float(found["von_neumann_entropy"]) < float(found["von_neumann_entropy_independent"])
    True
    """
    series = _recorded(scan)
    volumes, regions = series.shape
    found = np.full((2, len(densities) + 2), np.nan)
    reason = "fewer than three regions with signal"
    if regions >= 3 and volumes < 4:
        reason = "fewer than four volumes"
    elif regions >= 3:
        found[0] = _entropies(series, densities)
        made = [
            _entropies(surrogate_independent_phases(series, rng), densities)
            for _ in range(surrogates)
        ]
        found[1] = np.mean(made, axis=0)
        reason = "too few positive correlations"
    values: dict[str, _Part] = {}
    for row, suffix in zip(found, ("", "_independent"), strict=True):
        values[f"degree_entropy{suffix}"] = (("density",), row[2:], reason)
        values[f"von_neumann_entropy{suffix}"] = ((), row[0], reason)
        values[f"spatial_complexity{suffix}"] = ((), row[1], reason)
    return _dataset(values, {"density": list(densities)})


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "intranetwork_variance",
            "1",
            ("network",),
            "Mean over volumes of the variance over a network's regions, low where in step.",
        ),
        Quantity(
            "intranetwork_synchrony_entropy",
            "bit",
            ("network",),
            "Entropy over volumes of the variance over a network's regions.",
        ),
        Quantity(
            "intranetwork_synchrony_entropy_phase_randomised",
            "bit",
            ("network",),
            "What series with the same spectra and covariance and random phases give.",
            "diagnostic",
        ),
    ),
    source="Carhart-Harris et al. 2014, doi:10.3389/fnhum.2014.00020",
)
def intranetwork_synchrony(
    scan: Scan, *, rng: np.random.Generator, bins: int = 16, surrogates: int = 20
) -> xr.Dataset:
    """Measure how varied the synchrony within each network is over a scan.

    Parameters
    ----------
    scan
        Kind ``bold``, with an atlas that names networks; regions without signal are left out and
        all others standardised.
    rng
        Source of the surrogates' phases.
    bins
        Bins of equal width between the least and the largest variance.
    surrogates
        Scans with the same spectra and covariance and random phases.

    Returns
    -------
    xr.Dataset
        ``intranetwork_variance`` (network): 0 where all regions move as one, 1 - 1/regions for
        independent ones. ``intranetwork_synchrony_entropy`` (network), bits, at most log2(bins),
        and its mean over surrogates of the same length. NaN for a network with fewer than two
        regions with signal, or whose variance is the same in every volume.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "X"), np.zeros((2, 3)))
    >>> noise = np.random.default_rng(0).standard_normal((500, 1))
    >>> scan = Scan("s", "bold", np.hstack([noise, -noise]), atlas)
    >>> found = intranetwork_synchrony(scan, rng=np.random.default_rng(0))
    >>> found["intranetwork_variance"].round(6).to_numpy().tolist()
    [1.0]
    """
    series = _recorded(scan)
    live = has_signal(scan.series())
    own = [n for n, there in zip(scan.atlas.network, live, strict=True) if there]
    names = scan.atlas.networks
    groups = [np.array([n == name for n in own], dtype=bool) for name in names]
    found = np.full((3, len(names)), np.nan)
    if len(series) > 1 and series.size:
        scores = (series - series.mean(axis=0)) / series.std(axis=0)
        made = [surrogate_common_phases(scores, rng) for _ in range(surrogates)]
        for i, member in enumerate(groups):
            if member.sum() < 2:
                continue
            variance = _over_regions(scores[:, member])
            rotated = [histogram_entropy(_over_regions(m[:, member]), bins) for m in made]
            found[:, i] = variance.mean(), histogram_entropy(variance, bins), np.mean(rotated)
    few = np.array([member.sum() < 2 for member in groups], dtype=bool)
    reason = np.where(few, "fewer than two regions with signal", "variance never changes")
    dims = ("network",)
    return _dataset(
        {
            "intranetwork_variance": (dims, found[0], reason),
            "intranetwork_synchrony_entropy": (dims, found[1], reason),
            "intranetwork_synchrony_entropy_phase_randomised": (dims, found[2], reason),
        },
        {"network": list(names)},
    )


def _recorded(scan: Scan) -> FloatArray:
    """Return the recorded volumes of regions with signal."""
    series = scan.series()
    recorded: FloatArray = series[~np.isnan(series).all(axis=1)][:, has_signal(series)]
    return recorded


def _over_regions(scores: FloatArray) -> FloatArray:
    """Return the variance over regions in each volume, without rounding's share."""
    return np.asarray(scores.var(axis=1).round(12))


def _entropies(series: FloatArray, densities: Sequence[float]) -> FloatArray:
    """Return von Neumann entropy, spatial complexity, and degree entropy at each density."""
    r = pearson_matrix(series)
    most = float(np.log2(min(len(r), len(series) - 1)))
    spread = eigenvalue_entropy(np.atleast_2d(np.cov(series.T))) / most
    return np.array([eigenvalue_entropy(r), spread, *degree_entropy(r, densities)])


def _dataset(
    values: dict[str, _Part], coords: dict[str, list[str]] | dict[str, list[float]]
) -> xr.Dataset:
    """Label the results, each with dims, values and the status of those that are undefined."""
    data: dict[str, tuple[tuple[str, ...], npt.NDArray[np.generic]]] = {}
    for name, (dims, value, reason) in values.items():
        data[name] = (dims, np.asarray(value))
        data[f"{name}_status"] = (dims, np.where(np.isfinite(value), "ok", reason))
    return xr.Dataset(data, coords=coords)
