"""Modularity: how far the brain's network falls into modules, against random networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.correlation import has_signal, pearson_matrix, positive_weights
from rewire.numerics.correlation_nulls import hqs_null
from rewire.numerics.graph import density
from rewire.numerics.louvain import louvain, louvain_quality
from rewire.numerics.network_nulls import strength_preserving

FloatArray = npt.NDArray[np.float64]

_NULLS = ("strength", "hqs")
_NAN = float("nan")
_MOST_WEIGHTS = 2**23  # of random networks in memory at a time: 64 MiB for each kind


@dataclass(frozen=True, slots=True)
class _Found:
    """What one scan's network gave."""

    q: float = _NAN
    q_norm: tuple[float, float] = (_NAN, _NAN)
    density: float = _NAN
    swaps_per_edge: float = _NAN
    strength_correlation: float = _NAN


@measure(
    needs=("bold",),
    gives=(
        Quantity(
            "modularity_q", "1", (), "Largest modularity over the restarts.", label="modularity Q"
        ),
        Quantity(
            "modularity_q_norm",
            "1",
            ("model",),
            "Modularity over its mean in random networks treated in the same way.",
            label="normalised modularity",
        ),
        Quantity(
            "modularity_density",
            "1",
            (),
            "Share of positive correlations.",
            "diagnostic",
            label="edge density",
        ),
        Quantity(
            "modularity_swaps_per_edge",
            "1",
            (),
            "Edge swaps made over edges in the strength-preserving networks, on average.",
            "diagnostic",
        ),
        Quantity(
            "modularity_strength_correlation",
            "1",
            (),
            "Correlation of strengths with those of the strength-preserving networks, on average.",
            "diagnostic",
        ),
    ),
    source="Newman 2006, doi:10.1073/pnas.0601602103; Rubinov and Sporns 2011, "
    "doi:10.1016/j.neuroimage.2011.03.069; Zalesky et al. 2012, "
    "doi:10.1016/j.neuroimage.2012.02.001",
)
def modularity(
    scan: Scan,
    *,
    rng: np.random.Generator,
    runs: int = 100,
    nulls: int = 100,
    gamma: float = 1.0,
) -> xr.Dataset:
    """Measure modularity Q, and Q relative to random networks.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal are left out.
    rng
        Source of the restarts and of the random networks.
    runs
        Louvain restarts, as many on each random network as on the data.
    nulls
        Random networks of each kind.
    gamma
        Resolution: above 1 looks for smaller modules.

    Returns
    -------
    xr.Dataset
        ``modularity_q``, a pure number; ``modularity_q_norm`` with dim model: ``strength``
        (networks with the same edges or degrees, the same weights and nearly the same strengths)
        and ``hqs`` (correlation matrices with the same mean and variance, hence as transitive);
        ``modularity_density``, ``modularity_swaps_per_edge`` and
        ``modularity_strength_correlation`` beside them. NaN with fewer than three regions with
        signal, without positive correlations, or where random networks have no modularity.

    Notes
    -----
    Weights are Fisher's z of positive correlations, the diagonal is 0, and
    ``Q_norm = max(Q) / mean(max(Q_null))`` with maxima over the same number of restarts. The
    published form (:mod:`rewire.measures.modularity_daws2022`) differs in all three.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> names = tuple("abcdef")
    >>> atlas = Atlas("A", names, np.arange(6), ("",) * 6, ("",) * 6, np.zeros((6, 3)))
    >>> made = np.random.default_rng(0).standard_normal((200, 6))
    >>> made[:, :3] += 2 * made[:, [0]]
    >>> made[:, 3:] += 2 * made[:, [3]]
    >>> scan = Scan("s", "bold", made, atlas)
    >>> found = modularity(scan, rng=np.random.default_rng(0), runs=5, nulls=5)
    >>> bool((found["modularity_q_norm"] > 1).all())
    True
    """
    series = scan.series()
    live = has_signal(series)
    if live.sum() < 3:
        return _dataset(_Found(), "fewer than three regions with signal")
    r = pearson_matrix(series)[np.ix_(live, live)]
    weights = positive_weights(r)
    if not weights.any():
        return _dataset(_Found(density=0.0, swaps_per_edge=_NAN), "no positive correlation")
    q = float(louvain(weights, runs, rng, gamma).quality.max())

    def search(networks: FloatArray) -> FloatArray:
        return np.asarray(louvain_quality(networks, runs, rng, gamma).max(axis=1))

    reached, swaps, alike = [], [], []
    for count in _blocks(nulls, len(weights)):
        kept = strength_preserving(weights, count, rng)
        drawn = _drawn(r, count, rng)
        reached.append([search(kept.weights), search(drawn)])
        swaps.append(kept.swaps_per_edge)
        alike.append(kept.strength_correlation)
    strength, hqs = np.concatenate(reached, axis=1).mean(axis=1).tolist()
    found = _Found(
        q,
        (_relative(q, strength), _relative(q, hqs)),
        density(weights),
        float(np.concatenate(swaps).mean()),
        float(np.concatenate(alike).mean()),
    )
    return _dataset(found, "random networks without modularity")


def _blocks(networks: int, nodes: int) -> list[int]:
    """Split random networks into as many at a time as memory is meant for."""
    most = max(_MOST_WEIGHTS // nodes**2, 1)
    return [min(most, networks - start) for start in range(0, networks, most)]


def _drawn(r: FloatArray, networks: int, rng: np.random.Generator) -> FloatArray:
    """Draw correlation matrices and treat them as the data; 0 throughout where there are none."""
    drawn = hqs_null(r, networks, rng).matrices
    if not np.isfinite(drawn).all():
        return np.zeros_like(drawn)
    return np.stack([positive_weights(matrix) for matrix in drawn])


def _relative(q: float, reached: float) -> float:
    """Return q over what random networks reach; NaN where that is not positive."""
    return q / reached if reached > 1e-12 else _NAN


def _dataset(found: _Found, reason: str) -> xr.Dataset:
    """Label the results; ``reason`` is the status of those that are undefined."""
    values: dict[str, tuple[tuple[str, ...], FloatArray]] = {
        "modularity_q": ((), np.array(found.q)),
        "modularity_q_norm": (("model",), np.array(found.q_norm)),
        "modularity_density": ((), np.array(found.density)),
        "modularity_swaps_per_edge": ((), np.array(found.swaps_per_edge)),
        "modularity_strength_correlation": ((), np.array(found.strength_correlation)),
    }
    statuses = {
        f"{name}_status": (dims, np.where(np.isfinite(value), "ok", reason))
        for name, (dims, value) in values.items()
    }
    return xr.Dataset({**values, **statuses}, coords={"model": list(_NULLS)})
