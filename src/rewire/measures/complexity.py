"""Complexity of series: Lempel-Ziv words and sample entropy, beside what chance alone gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.correlation import has_signal
from rewire.numerics.lempel_ziv import Binarisation, binarise, count_words, lempel_ziv_limit
from rewire.numerics.sample_entropy import sample_entropies
from rewire.numerics.spectral import surrogate_common_phases, surrogate_independent_phases

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LEAST_VOLUMES = 10
_ORDERS = ("volume by volume", "region by region")
_SCALES = (1, 2, 3, 4, 5)


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "lempel_ziv",
            "1",
            ("region",),
            "Lempel-Ziv words of a region's series over those of the same symbols shuffled.",
            label="Lempel-Ziv complexity",
        ),
        Quantity(
            "lempel_ziv_phase_randomised",
            "1",
            ("region",),
            "What series with the same spectrum and random phases give.",
            "diagnostic",
        ),
        Quantity(
            "lempel_ziv_finite_length",
            "1",
            ("region",),
            "Words of the shuffled symbols over the limit for endless ones: 1 if length were none.",
            "diagnostic",
        ),
        Quantity(
            "lempel_ziv_global",
            "1",
            ("model",),
            "Lempel-Ziv words of all regions' symbols in one row over those of them shuffled.",
            label="global Lempel-Ziv complexity",
        ),
        Quantity(
            "lempel_ziv_global_phase_randomised",
            "1",
            ("model",),
            "What series with the same spectra and covariance and random phases give.",
            "diagnostic",
        ),
    ),
    source="Lempel and Ziv 1976, doi:10.1109/TIT.1976.1055501; Schartner et al. 2015, "
    "doi:10.1371/journal.pone.0133532; Varley et al. 2020, doi:10.1016/j.neuroimage.2020.117049",
)
def lempel_ziv(
    scan: Scan,
    *,
    rng: np.random.Generator,
    surrogates: int = 20,
    global_surrogates: int = 5,
    binarised: Binarisation = "amplitude",
) -> xr.Dataset:
    """Count in how few new words a scan can be written.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal are left out, censored volumes are cut out.
    rng
        Source of shuffles, of random phases, and of the order of regions in one row.
    surrogates
        Shuffled and phase-randomised series of each region.
    global_surrogates
        The same for all regions in one row, each time in another order of regions.
    binarised
        ``amplitude`` or ``mean``; see :func:`rewire.numerics.lempel_ziv.binarise`.

    Returns
    -------
    xr.Dataset
        ``lempel_ziv`` (region) and ``lempel_ziv_global`` (model: ``volume by volume`` looks at
        patterns over space first, ``region by region`` over time), 1 for random symbols and less
        the more repeats. Beside each what surrogates of the same length give: smooth series repeat
        by their spectrum alone, so a value equal to ``_phase_randomised`` says nothing beyond it.
        NaN for a region without signal, with fewer than 10 volumes, and of the global ones with
        fewer than two regions.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("", ""), np.zeros((2, 3)))
    >>> noise = np.random.default_rng(0).standard_normal((500, 2))
    >>> noise[:, 1] = np.cos(noise[:, 1].cumsum() / 10)
    >>> found = lempel_ziv(Scan("s", "bold", noise, atlas), rng=np.random.default_rng(0))
    >>> bool(found["lempel_ziv"][0] > 0.8 > found["lempel_ziv"][1])
    True
    """
    series, live, reason = _usable(scan)
    own = np.full((3, len(live)), np.nan)
    whole = np.full((2, len(_ORDERS)), np.nan)
    if series.size:
        symbols = binarise(series, binarised)
        shuffled = _mean(surrogates, lambda: count_words(rng.permuted(symbols, axis=0).T))
        spectral = _mean(
            surrogates,
            lambda: count_words(binarise(surrogate_independent_phases(series, rng), binarised).T),
        )
        limit = np.array([lempel_ziv_limit(len(s), _bits(s)) for s in symbols.T])
        own[:, live] = [count_words(symbols.T) / shuffled, spectral / shuffled, shuffled / limit]
    if series.shape[1] > 1:
        whole = _global(series, binarised, global_surrogates, rng)
    too_few = reason or "fewer than two regions with signal"
    status = np.where(live, reason, "no signal")
    return _dataset(
        {
            "lempel_ziv": (("region",), own[0], status),
            "lempel_ziv_phase_randomised": (("region",), own[1], status),
            "lempel_ziv_finite_length": (("region",), own[2], status),
            "lempel_ziv_global": (("model",), whole[0], too_few),
            "lempel_ziv_global_phase_randomised": (("model",), whole[1], too_few),
        },
        {"region": list(scan.atlas.regions), "model": list(_ORDERS)},
    )


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "sample_entropy",
            "nat",
            ("scale", "region"),
            "How poorly a stretch of a region's series tells the next volume, by scale.",
        ),
        Quantity(
            "sample_entropy_phase_randomised",
            "nat",
            ("scale", "region"),
            "What series with the same spectrum and random phases give.",
            "diagnostic",
        ),
        Quantity(
            "sample_entropy_white",
            "nat",
            ("scale",),
            "What white noise of the same length gives.",
            "diagnostic",
        ),
    ),
    source="Richman and Moorman 2000, doi:10.1152/ajpheart.2000.278.6.H2039; Costa et al. 2002, "
    "doi:10.1103/PhysRevLett.89.068102; Wu et al. 2014, doi:10.1016/j.physleta.2014.03.034",
)
def sample_entropy(
    scan: Scan,
    *,
    rng: np.random.Generator,
    scales: Sequence[int] = _SCALES,
    length: int = 2,
    tolerance: float = 0.3,
    surrogates: int = 5,
) -> xr.Dataset:
    """Measure the irregularity of each region's series, at one volume and more at a time.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal are left out, censored volumes are cut out.
    rng
        Source of the surrogates.
    scales
        Volumes averaged into one; 1 is plain sample entropy.
    length
        Volumes in a stretch.
    tolerance
        Two volumes agree within this many standard deviations of the region's series.
    surrogates
        Series with random phases for each region, and as many of white noise.

    Returns
    -------
    xr.Dataset
        ``sample_entropy`` with dims (scale, region), nats; NaN without signal, with fewer than 10
        volumes, and where no two stretches agree. ``sample_entropy_phase_randomised`` (scale,
        region) and ``sample_entropy_white`` (scale) are means over surrogates of the same length;
        :func:`rewire.numerics.sample_entropy.white_sample_entropy` says what the latter would be
        without end.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("", ""), np.zeros((2, 3)))
    >>> noise = np.random.default_rng(0).standard_normal((300, 2))
    >>> noise[:, 1] = noise[:, 1].cumsum()
    >>> found = sample_entropy(Scan("s", "bold", noise, atlas), rng=np.random.default_rng(0))
    >>> bool(found["sample_entropy"][0, 0] > 3 * found["sample_entropy"][0, 1])
    True
    """
    series, live, reason = _usable(scan)
    own = np.full((2, len(scales), len(live)), np.nan)
    white = np.full(len(scales), np.nan)

    def entropies(values: FloatArray) -> FloatArray:
        return sample_entropies(values, scales, length, tolerance)

    if series.size:
        own[0][:, live] = entropies(series)
        own[1][:, live] = _mean(
            surrogates, lambda: entropies(surrogate_independent_phases(series, rng))
        )
        white = _mean(surrogates, lambda: entropies(rng.standard_normal((len(series), 1))))[:, 0]
    short = reason or "no two stretches agree"
    status = np.where(live, short, "no signal")[None, :]
    dims = ("scale", "region")
    return _dataset(
        {
            "sample_entropy": (dims, own[0], status),
            "sample_entropy_phase_randomised": (dims, own[1], status),
            "sample_entropy_white": (("scale",), white, short),
        },
        {"scale": list(scales), "region": list(scan.atlas.regions)},
    )


def _usable(scan: Scan) -> tuple[FloatArray, npt.NDArray[np.bool_], str]:
    """Return the recorded volumes of regions with signal, which those are, and why none are."""
    series = scan.series()
    live = has_signal(series)
    recorded = series[~np.isnan(series).all(axis=1)][:, live]
    if not live.any():
        return recorded[:, :0], live, "no signal"
    if len(recorded) < _LEAST_VOLUMES:
        return recorded[:0, :0], live, f"fewer than {_LEAST_VOLUMES} volumes"
    return recorded, live, ""


def _mean(times: int, draw: Callable[[], npt.NDArray[np.generic]]) -> FloatArray:
    """Average draws; one without a value does not count."""
    made = np.stack([np.asarray(draw(), dtype=np.float64) for _ in range(times)])
    known = np.isfinite(made)
    counted = known.sum(axis=0)
    mean = np.full(counted.shape, np.nan)
    np.divide(np.where(known, made, 0.0).sum(axis=0), counted, out=mean, where=counted > 0)
    return mean


def _bits(symbols: IntArray) -> float:
    p = float(np.clip(symbols.mean(), 1e-12, 1.0 - 1e-12))
    return float(-p * np.log2(p) - (1.0 - p) * np.log2(1.0 - p))


def _global(
    series: FloatArray, rule: Binarisation, surrogates: int, rng: np.random.Generator
) -> FloatArray:
    """Return the words of data and of phase-randomised data over those of shuffled symbols."""
    symbols = binarise(series, rule)
    words = np.zeros((3, len(_ORDERS)))
    for _ in range(surrogates):
        order = rng.permutation(symbols.shape[1])
        rotated = binarise(surrogate_common_phases(series, rng), rule)[:, order]
        shuffled = rng.permuted(symbols, axis=None)
        for row, made in enumerate((symbols[:, order], rotated, shuffled)):
            words[row] += count_words(np.stack([made.ravel(), made.T.ravel()]))
    return np.asarray(words[:2] / words[2])


def _dataset(
    values: dict[str, tuple[tuple[str, ...], FloatArray, npt.NDArray[np.str_] | str]],
    coords: dict[str, list[str] | list[int]],
) -> xr.Dataset:
    """Label the results, each with dims, values and the status of those that are undefined."""
    data: dict[str, tuple[tuple[str, ...], npt.NDArray[np.generic]]] = {}
    for name, (dims, value, reason) in values.items():
        data[name] = (dims, value)
        data[f"{name}_status"] = (dims, np.where(np.isfinite(value), "ok", reason))
    return xr.Dataset(data, coords=coords)
