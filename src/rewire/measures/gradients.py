"""Gradients of connectivity, turned to a template that is learned from the cohort."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.correlation import fisher_z, has_signal, pearson_matrix
from rewire.numerics.diffusion_map import diffusion_map, procrustes, profile_affinity

FloatArray = npt.NDArray[np.float64]
_Part = tuple[tuple[str, ...], FloatArray, npt.NDArray[np.str_] | str]

_SHOWN = 3
_ALIGNED = 10
_LEAST_SHARE = 0.5  # of the template's regions: with fewer there is nothing to turn by


def fit_gradients(
    scans: Sequence[Scan],
    *,
    rng: np.random.Generator,
    share: float = 0.1,
    aligned: int = _ALIGNED,
) -> xr.Dataset:
    """Learn the template from the cohort's mean connectivity, whoever's and whenever it was.

    Parameters
    ----------
    scans
        Kind ``bold``, loaded one at a time; one counts if it has the regions of the first with
        signal.
    rng
        Not used: nothing is random.
    share, aligned
        As for :func:`gradients`.

    Returns
    -------
    xr.Dataset
        ``template`` with dims (gradient, region), NaN for regions that have no signal in any scan
        or share no scan with another, and throughout where there is no map; ``scans``, how many
        counted.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> names = tuple("abcdef")
    >>> atlas = Atlas("A", names, np.arange(6), ("",) * 6, ("",) * 6, np.zeros((6, 3)))
    >>> scan = Scan("s", "bold", np.random.default_rng(0).standard_normal((50, 6)), atlas)
    >>> learned = fit_gradients([scan], rng=np.random.default_rng(), aligned=2, share=0.4)
    >>> learned["template"].shape, int(learned["scans"])
    ((2, 6), 1)
    """
    regions: tuple[str, ...] = ()
    total = known = np.zeros((0, 0))
    used = 0
    for scan in scans:
        series = scan.series()
        if not has_signal(series).any() or (regions and scan.atlas.regions != regions):
            continue
        if not regions:
            regions = scan.atlas.regions
            total, known = np.zeros((2, len(regions), len(regions)))
        z = fisher_z(pearson_matrix(series))
        total += np.nan_to_num(z)
        known += np.isfinite(z)
        used += 1
    template = np.full((aligned, len(regions)), np.nan)
    live = np.flatnonzero(known.any(axis=0)) if used else np.zeros(0, dtype=np.int64)
    counts = known[np.ix_(live, live)]
    together = (counts > 0) | np.eye(len(live), dtype=bool)
    if together.all() and len(live):
        mean = np.tanh(total[np.ix_(live, live)] / np.maximum(counts, 1.0))
        template[:, live] = diffusion_map(profile_affinity(mean, share), aligned).gradients
    return xr.Dataset(
        {"template": (("gradient", "region"), template), "scans": ((), used)},
        coords={"gradient": _names(aligned), "region": list(regions)},
    )


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "gradient_place",
            "1",
            ("gradient", "region"),
            "Place of a region along each gradient of connectivity, turned to the cohort's.",
            label="connectivity gradient",
        ),
        Quantity(
            "gradient_range", "1", ("gradient",), "Largest less smallest place along a gradient."
        ),
        Quantity(
            "gradient_range_network",
            "1",
            ("network", "gradient"),
            "Largest less smallest place of a network's regions along a gradient.",
            label="gradient range by network",
        ),
        Quantity(
            "gradient_dispersion",
            "1",
            ("network",),
            "Mean squared distance of a network's regions from their centre in gradient space.",
        ),
        Quantity(
            "gradient_agreement",
            "1",
            ("gradient",),
            "Correlation over regions with the template after turning.",
            "diagnostic",
        ),
        Quantity(
            "gradient_eigenvalue",
            "1",
            ("gradient",),
            "Eigenvalues of the scan's own walk, largest first, before turning.",
            "diagnostic",
        ),
    ),
    source="Margulies et al. 2016, doi:10.1073/pnas.1608282113; Coifman and Lafon 2006, "
    "doi:10.1016/j.acha.2006.04.006; dispersion as in Bethlehem et al. 2020, "
    "doi:10.1016/j.neuroimage.2020.117299",
    fit=fit_gradients,
)
def gradients(
    scan: Scan,
    *,
    rng: np.random.Generator,
    learned: xr.Dataset | None,
    share: float = 0.1,
    aligned: int = _ALIGNED,
) -> xr.Dataset:
    """Place each region along the gradients of connectivity.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal are left out.
    rng
        Not used: nothing is random.
    learned
        What :func:`fit_gradients` learned.
    share
        Share of each region's connections kept, the strongest.
    aligned
        Gradients computed and turned together; the first three are given.

    Returns
    -------
    xr.Dataset
        ``gradient_place`` (gradient, region), ``gradient_range`` (gradient),
        ``gradient_range_network`` (network, gradient) and ``gradient_dispersion`` (network), all
        pure numbers, beside agreement with the template and own eigenvalues. NaN for regions
        without signal or not in the template, networks with fewer than two regions, scans with
        fewer than half of the template's regions or two more than ``aligned``, or without a
        template.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> names = tuple("abcdef")
    >>> atlas = Atlas("A", names, np.arange(6), ("",) * 6, ("X",) * 6, np.zeros((6, 3)))
    >>> scan = Scan("s", "bold", np.random.default_rng(0).standard_normal((50, 6)), atlas)
    >>> options = {"rng": np.random.default_rng(), "aligned": 3, "share": 0.4}
    >>> found = gradients(scan, learned=fit_gradients([scan], **options), **options)
    >>> found["gradient_agreement"].round(6).to_numpy().tolist()
    [1.0, 1.0, 1.0]
    """
    shown = min(_SHOWN, aligned)
    names = scan.atlas.networks
    own = np.full((shown, len(scan.atlas)), np.nan)
    agreement = np.full(shown, np.nan)
    eigenvalues = np.full(shown, np.nan)
    live = has_signal(scan.series())
    template = None if learned is None else _template(learned, scan.atlas.regions)
    reason = _why_none(live, template, aligned)
    if template is not None and not reason:
        both = live & np.isfinite(template).all(axis=0)
        r = pearson_matrix(scan.series())[np.ix_(both, both)]
        found = diffusion_map(profile_affinity(r, share), aligned)
        reason = "no positive correlation"
        if np.isfinite(found.gradients).all():
            turned = procrustes(found.gradients, template[:, both])[:shown]
            own[:, both] = turned
            agreement = np.array(
                [_correlation(a, b) for a, b in zip(turned, template[:shown, both], strict=True)]
            )
            eigenvalues = found.eigenvalues[:shown]
            reason = "not in the template"
    ranges, dispersion = _by_network(own, scan.atlas.network, names)
    few = np.where(np.isfinite(own).any(), "fewer than two regions with a gradient", reason)
    along = ("gradient",)
    return _dataset(
        {
            "gradient_place": (
                ("gradient", "region"),
                own,
                np.where(live, reason, "no signal")[None],
            ),
            "gradient_range": (along, _span(own), reason),
            "gradient_range_network": (("network", "gradient"), ranges, str(few)),
            "gradient_dispersion": (("network",), dispersion, str(few)),
            "gradient_agreement": (along, agreement, reason),
            "gradient_eigenvalue": (along, eigenvalues, reason),
        },
        {
            "gradient": _names(shown),
            "region": list(scan.atlas.regions),
            "network": list(names),
        },
    )


def _template(learned: xr.Dataset, regions: tuple[str, ...]) -> FloatArray:
    """Return the template for these regions, NaN where it does not have one."""
    return learned["template"].reindex(region=list(regions)).to_numpy()


def _why_none(live: npt.NDArray[np.bool_], template: FloatArray | None, aligned: int) -> str:
    """Say why a scan has no gradients, or nothing."""
    if template is None or not np.isfinite(template).any():
        return "no template"
    both = live & np.isfinite(template).all(axis=0)
    if both.sum() < _LEAST_SHARE * np.isfinite(template[0]).sum():
        return "fewer than half of the template's regions"
    if both.sum() < aligned + 2:
        return f"fewer than {aligned + 2} regions with signal"
    return ""


def _by_network(
    own: FloatArray, network: tuple[str, ...], names: tuple[str, ...]
) -> tuple[FloatArray, FloatArray]:
    """Return range (networks, gradients) and dispersion (networks,) of networks."""
    ranges = np.full((len(names), len(own)), np.nan)
    dispersion = np.full(len(names), np.nan)
    known = np.isfinite(own).all(axis=0)
    for i, name in enumerate(names):
        places = own[:, known & np.array([n == name for n in network], dtype=bool)]
        if places.shape[1] > 1:
            ranges[i] = np.ptp(places, axis=1)
            centre = places.mean(axis=1, keepdims=True)
            dispersion[i] = ((places - centre) ** 2).sum(axis=0).mean()
    return ranges, dispersion


def _span(own: FloatArray) -> FloatArray:
    known = np.isfinite(own).all(axis=0)
    return np.ptp(own[:, known], axis=1) if known.any() else np.full(len(own), np.nan)


def _correlation(a: FloatArray, b: FloatArray) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def _names(count: int) -> list[str]:
    return [str(k + 1) for k in range(count)]


def _dataset(values: dict[str, _Part], coords: dict[str, list[str]]) -> xr.Dataset:
    """Label the results, each with dims, values and the status of those that are undefined."""
    data: dict[str, tuple[tuple[str, ...], npt.NDArray[np.generic]]] = {}
    for name, (dims, value, reason) in values.items():
        data[name] = (dims, value)
        data[f"{name}_status"] = (dims, np.where(np.isfinite(value), "ok", reason))
    return xr.Dataset(data, coords=coords)
