"""Dynamics: what connectivity does within a scan, in windows and at single volumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.correlation import has_signal
from rewire.numerics.network_blocks import block_means
from rewire.numerics.phase import fill_gaps, usable_volumes
from rewire.numerics.spectral import surrogate_common_phases
from rewire.numerics.windows import (
    cofluctuation,
    connectivity_dynamics,
    distant_pairs,
    edge_variance,
    taper_weights,
    window_starts,
    windowed_connectivity,
)

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Given = dict[str, tuple[tuple[str, ...], FloatArray, str]]

_NAN = float("nan")
_BLOCKS = ("network", "network2")


@dataclass(frozen=True, slots=True, eq=False)
class _Windows:
    """Where windows lie and what each volume weighs in one."""

    starts: npt.NDArray[np.int64]
    weights: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Variability:
    """What windows gave: per pair, against surrogates, and from window to window."""

    spread: FloatArray
    ratio: float = _NAN
    fcd_mean: float = _NAN
    fcd_variance: float = _NAN
    count: int = 0
    reason: str = ""


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "connectivity_variability",
            "1",
            _BLOCKS,
            "Standard deviation over windows of Fisher z, mean over pairs of regions.",
        ),
        Quantity(
            "connectivity_variability_ratio",
            "1",
            (),
            "Mean variability over that of surrogates with the same spectra and no dynamics.",
        ),
        Quantity(
            "fcd_mean",
            "1",
            (),
            "Mean correlation of connectivity between windows that share no volume.",
            label="mean of functional connectivity dynamics",
        ),
        Quantity(
            "fcd_variance",
            "1",
            (),
            "Variance of the correlation of connectivity between windows that share no volume.",
            label="variance of functional connectivity dynamics",
        ),
        Quantity("connectivity_windows", "1", (), "Number of windows.", "diagnostic"),
    ),
    source="Allen et al. 2014, doi:10.1093/cercor/bhs352; Hansen et al. 2015, "
    "doi:10.1016/j.neuroimage.2014.11.001; Hindriks et al. 2016, "
    "doi:10.1016/j.neuroimage.2015.11.055",
)
def dynamic_connectivity(
    scan: Scan,
    *,
    rng: np.random.Generator,
    window: float = 60.0,
    step: float = 6.0,
    taper: float = 0.0,
    surrogates: int = 5,
) -> xr.Dataset:
    """Measure how connectivity varies from window to window.

    Parameters
    ----------
    scan
        Kind ``bold``, with ``repetition_time`` among its facts. Censored volumes weigh nothing;
        windows that lose half their weight are left out.
    rng
        Source of the surrogates' phases.
    window, step
        Length of a window and distance between two, in seconds, rounded to volumes.
    taper
        Standard deviation of the Gaussian that blurs a window's edges, in seconds.
    surrogates
        Phase-randomised copies of the scan; 0 for none.

    Returns
    -------
    xr.Dataset
        ``connectivity_variability`` (network, network2); ``connectivity_variability_ratio``, 1
        where windows differ only as they must; ``fcd_mean`` and ``fcd_variance``;
        ``connectivity_windows``. NaN without two windows, for FCD without two pairs of windows
        that share nothing.

    Notes
    -----
    Short windows vary by chance alone, which is why the surrogates stand beside.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", tuple("abc"), np.arange(3), ("",) * 3, ("X",) * 3, np.zeros((3, 3)))
    >>> made = np.random.default_rng(0).standard_normal((200, 3))
    >>> scan = Scan("s", "bold", made, atlas, {"repetition_time": 2.0})
    >>> found = dynamic_connectivity(scan, rng=np.random.default_rng(0))
    >>> float(found["connectivity_windows"])
    57.0
    """
    repetition_time = scan.facts.get("repetition_time", _NAN)
    live = has_signal(scan.series())
    nothing = np.full((len(live), len(live)), np.nan)
    if not repetition_time > 0.0:
        return _windowed(scan, _Variability(nothing, reason="repetition time unknown"))
    if live.sum() < 2:
        reason = "fewer than two regions with signal"
        return _windowed(scan, _Variability(nothing, reason=reason))
    length = max(round(window / repetition_time), 1)
    starts = window_starts(len(scan.data), length, max(round(step / repetition_time), 1))
    if length < 4 or len(starts) < 2:
        reason = "windows shorter than four volumes" if length < 4 else "fewer than two windows"
        return _windowed(scan, _Variability(nothing, reason=reason))
    windows = _Windows(starts, taper_weights(length, taper / repetition_time))
    return _windowed(scan, _variability(scan, live, windows, surrogates, rng))


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "edge_variance",
            "1",
            _BLOCKS,
            "Variance over volumes of the edge time series, mean over pairs of regions.",
        ),
        Quantity(
            "cofluctuation_mean",
            "1",
            (),
            "Mean over volumes of the root mean square of all edge time series.",
        ),
        Quantity(
            "cofluctuation_variability",
            "1",
            (),
            "Standard deviation over volumes of that amplitude, over its mean.",
        ),
    ),
    source="Faskowitz et al. 2020, doi:10.1038/s41593-020-00719-y; Zamani Esfahlani et al. 2020, "
    "doi:10.1073/pnas.2005531117",
)
def edge_time_series(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Measure how strongly pairs of regions move together at single volumes.

    Parameters
    ----------
    scan
        Kind ``bold``; retained volumes alone are used.
    rng
        Not used: nothing is random.

    Returns
    -------
    xr.Dataset
        ``edge_variance`` (network, network2), ``1 + r^2`` for normal signals without dynamics;
        ``cofluctuation_mean`` and ``cofluctuation_variability``, a coefficient of variation. NaN
        with fewer than two regions with signal or three volumes.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "X"), np.zeros((2, 3)))
    >>> data = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
    >>> found = edge_time_series(Scan("s", "bold", data, atlas), rng=np.random.default_rng(0))
    >>> found["edge_variance"].to_numpy().tolist(), float(found["cofluctuation_variability"])
    ([[1.0]], 0.0)
    """
    series = scan.series()
    live = has_signal(series)
    names = scan.atlas.networks
    edges = np.full((len(live), len(live)), np.nan)
    amplitude = np.full(1, np.nan)
    recorded = series[usable_volumes(series)]
    if live.sum() >= 2 and len(recorded) >= 3:
        edges[np.ix_(live, live)] = edge_variance(recorded[:, live])
        np.fill_diagonal(edges, np.nan)
        amplitude = cofluctuation(recorded[:, live])
    mean = float(amplitude.mean())
    variability = float(amplitude.std()) / mean if mean > 0.0 else _NAN
    why = "fewer than two regions with signal, or three volumes"
    means = block_means(edges, scan.atlas.network, names)
    given: Given = {
        "edge_variance": (_BLOCKS, means, "no pair of regions with signal"),
        "cofluctuation_mean": ((), np.array(mean), why),
        "cofluctuation_variability": ((), np.array(variability), why),
    }
    return _dataset(scan, given)


def _variability(
    scan: Scan, live: BoolArray, windows: _Windows, surrogates: int, rng: np.random.Generator
) -> _Variability:
    usable = usable_volumes(scan.data, scan.kept)
    series = scan.data[:, live]
    spread = np.full((len(live), len(live)), np.nan)
    windowed = windowed_connectivity(series, usable, windows.starts, windows.weights)
    count = int(np.isfinite(windowed).any(axis=1).sum())
    if count < 2:
        return _Variability(spread, count=count, reason="fewer than two windows left")
    pairs = _spread(windowed)
    upper = np.triu_indices(len(live), 1)
    both = live[upper[0]] & live[upper[1]]
    spread[upper[0][both], upper[1][both]] = pairs
    spread[upper[1][both], upper[0][both]] = pairs
    by_chance = _by_chance(fill_gaps(series, usable), usable, windows, surrogates, rng)
    ratio = float(np.nanmean(pairs)) / by_chance if np.isfinite(pairs).any() else _NAN
    apart = distant_pairs(connectivity_dynamics(windowed), windows.starts, len(windows.weights))
    if len(apart) < 2:
        return _Variability(spread, ratio, count=count)
    return _Variability(spread, ratio, float(apart.mean()), float(apart.var()), count)


def _spread(windowed: FloatArray) -> FloatArray:
    """Return each pair's standard deviation over the windows that have it, NaN below two."""
    known = np.isfinite(windowed)
    count = known.sum(axis=0)
    enough = np.where(count > 1, count, np.nan)
    mean = np.where(known, windowed, 0.0).sum(axis=0) / enough
    squares = (np.where(known, windowed - mean, 0.0) ** 2).sum(axis=0)
    return np.asarray(np.sqrt(squares / (enough - 1.0)))


def _by_chance(
    series: FloatArray,
    usable: BoolArray,
    windows: _Windows,
    surrogates: int,
    rng: np.random.Generator,
) -> float:
    """Return the mean variability of surrogates; NaN where there is none."""
    means = []
    for _ in range(surrogates):
        made = surrogate_common_phases(series, rng)
        spread = _spread(windowed_connectivity(made, usable, windows.starts, windows.weights))
        if np.isfinite(spread).any():
            means.append(float(np.nanmean(spread)))
    return float(np.mean(means)) if means else _NAN


def _windowed(scan: Scan, found: _Variability) -> xr.Dataset:
    why = found.reason
    means = block_means(found.spread, scan.atlas.network, scan.atlas.networks)
    alike = why or "no two pairs of windows that share no volume"
    given: Given = {
        "connectivity_variability": (_BLOCKS, means, why or "no pair of regions with signal"),
        "connectivity_variability_ratio": (
            (),
            np.array(found.ratio),
            why or "no surrogates, or no pair with a value",
        ),
        "fcd_mean": ((), np.array(found.fcd_mean), alike),
        "fcd_variance": ((), np.array(found.fcd_variance), alike),
        "connectivity_windows": ((), np.array(float(found.count)), why),
    }
    return _dataset(scan, given)


def _dataset(scan: Scan, given: Given) -> xr.Dataset:
    """Label values, each with the status of those that are undefined."""
    data: dict[str, tuple[tuple[str, ...], FloatArray | npt.NDArray[np.str_]]] = {}
    for name, (dims, value, why) in given.items():
        data[name] = (dims, value)
        data[f"{name}_status"] = (dims, np.where(np.isfinite(value), "ok", why))
    names = list(scan.atlas.networks)
    return xr.Dataset(data, coords={"network": names, "network2": names})
