"""Synchrony: how far regions move in phase, and how much that varies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.correlation import has_signal
from rewire.numerics.phase import (
    fill_gaps,
    instantaneous_phases,
    synchrony,
    usable_volumes,
    why_no_phases,
)

FloatArray = npt.NDArray[np.float64]


@measure(
    needs=("bold",),
    gives=(
        Quantity("synchrony", "1", (), "Mean over volumes of the agreement of regions' phases."),
        Quantity(
            "metastability", "1", (), "Standard deviation over volumes of the agreement of phases."
        ),
        Quantity(
            "synchrony_network", "1", ("network",), "Synchrony of the regions of one network."
        ),
        Quantity(
            "metastability_network",
            "1",
            ("network",),
            "Metastability of the regions of one network.",
        ),
    ),
    source="Deco et al. 2017, doi:10.1038/s41598-017-03073-5; Shanahan 2010, doi:10.1063/1.3305451",
)
def phase_synchrony(
    scan: Scan, *, rng: np.random.Generator, low: float = 0.04, high: float = 0.07
) -> xr.Dataset:
    """Measure how far regions move in phase, and how much that varies.

    Parameters
    ----------
    scan
        Kind ``bold``, with ``repetition_time`` among its facts. Censored volumes are bridged for
        the filter and left out of mean and deviation.
    rng
        Not used: nothing is random.
    low, high
        The band, Hz.

    Returns
    -------
    xr.Dataset
        ``synchrony`` and ``metastability``, mean and standard deviation over volumes of Kuramoto's
        order parameter, over all regions and, with dim network, within each. NaN without phases in
        the band or with fewer than two regions with signal.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "X"), np.zeros((2, 3)))
    >>> wave = np.sin(0.6 * np.arange(100))[:, None] * np.array([1.0, 2.0])
    >>> scan = Scan("s", "bold", wave, atlas, {"repetition_time": 2.0})
    >>> float(phase_synchrony(scan, rng=np.random.default_rng(0))["synchrony"].round(6))
    1.0
    """
    live = has_signal(scan.series())
    usable = usable_volumes(scan.data, scan.kept)
    repetition_time = scan.facts.get("repetition_time", float("nan"))
    reason = why_no_phases(int(usable.sum()), repetition_time, low, high)
    names = scan.atlas.networks
    found = np.full((len(names) + 1, 2), np.nan)
    if not reason and live.sum() >= 2:
        bridged = fill_gaps(scan.data[:, live], usable)
        phases = instantaneous_phases(bridged, repetition_time, low, high)[usable]
        own = np.array(scan.atlas.network)[live]
        members = [np.ones(len(own), dtype=bool), *(own == name for name in names)]
        for row, member in enumerate(members):
            if member.sum() >= 2:
                order = synchrony(phases[:, member])
                found[row] = order.mean(), order.std()
    why = reason or "fewer than two regions with signal"
    given: dict[str, tuple[tuple[str, ...], FloatArray]] = {
        "synchrony": ((), found[0, 0]),
        "metastability": ((), found[0, 1]),
        "synchrony_network": (("network",), found[1:, 0]),
        "metastability_network": (("network",), found[1:, 1]),
    }
    statuses = {
        f"{name}_status": (dims, np.where(np.isfinite(value), "ok", why))
        for name, (dims, value) in given.items()
    }
    return xr.Dataset({**given, **statuses}, coords={"network": list(names)})
