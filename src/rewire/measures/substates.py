"""Substates: patterns of phase coherence that the brain returns to, learned from the cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.correlation import has_signal
from rewire.numerics.phase import (
    fill_gaps,
    instantaneous_phases,
    leading_eigenvectors,
    usable_volumes,
    why_no_phases,
)
from rewire.numerics.state_complexity import state_complexity
from rewire.numerics.state_sequence import (
    MISSING,
    state_lifetimes,
    state_occupancy,
    state_transitions,
    switching_rate,
)
from rewire.numerics.states import assign_states, fit_states

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LEAST_SHARE = 0.5  # of the regions: a scan with fewer has other patterns


@dataclass(frozen=True, slots=True, eq=False)
class _Sequence:
    """The state of each volume of a scan, or why there is none."""

    labels: IntArray
    similarity: float = float("nan")
    repetition_time: float = float("nan")
    reason: str = ""


def fit_substates(
    scans: Sequence[Scan],
    *,
    rng: np.random.Generator,
    states: int = 3,
    low: float = 0.04,
    high: float = 0.07,
    restarts: int = 200,
    most_volumes: int = 20_000,
) -> xr.Dataset:
    """Learn the substates from scans whose owners, sessions and arms are unknown.

    Parameters
    ----------
    scans
        Kind ``bold``, loaded one at a time. A scan counts if it has the regions of the first one
        that counts, half of them with signal, and phases in the band.
    rng
        Source of the starts of k-means.
    states
        How many substates.
    low, high
        The band, Hz.
    restarts
        Starts of k-means.
    most_volumes
        With more volumes than this in all, as many evenly spaced ones are taken from each scan.

    Returns
    -------
    xr.Dataset
        ``centroid`` with dims (state, region), ordered by occupancy over all scans; NaN for
        regions without signal in some scan that counts, and throughout where nothing could be
        learned. ``pooled_occupancy`` (state) and the number of ``volumes``.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> names = tuple("abcd")
    >>> atlas = Atlas("A", names, np.arange(4), ("",) * 4, ("",) * 4, np.zeros((4, 3)))
    >>> made = np.random.default_rng(0).standard_normal((100, 4))
    >>> scan = Scan("s", "bold", made, atlas, {"repetition_time": 2.0})
    >>> learned = fit_substates([scan], rng=np.random.default_rng(0), restarts=5)
    >>> learned["centroid"].dims, round(float(learned["pooled_occupancy"].sum()), 12)
    (('state', 'region'), 1.0)
    """
    quota = max(most_volumes // max(len(scans), 1), 1)
    regions: tuple[str, ...] = ()
    phases: list[FloatArray] = []
    for scan in scans:
        found = _phases(scan, low, high)
        if isinstance(found, str) or (regions and scan.atlas.regions != regions):
            continue
        regions = scan.atlas.regions
        found = found[~np.isnan(found).all(axis=1)]
        chosen = np.linspace(0, len(found) - 1, min(quota, len(found))).round().astype(int)
        phases.append(found[chosen])
    pooled = np.concatenate(phases) if phases else np.empty((0, len(regions)))
    shared = ~np.isnan(pooled).any(axis=0)
    centroid = np.full((states, len(regions)), np.nan)
    occupancy = np.full(states, np.nan)
    if len(pooled) >= states and shared.sum() >= 3:
        best = fit_states(leading_eigenvectors(pooled[:, shared]), states, restarts, rng)
        centroid[:, shared] = best.centroids
        occupancy = best.occupancy
    return xr.Dataset(
        {
            "centroid": (("state", "region"), centroid),
            "pooled_occupancy": ("state", occupancy),
            "volumes": ((), len(pooled)),
        },
        coords={"state": _names(states), "region": list(regions)},
    )


@measure(
    needs=("bold",),
    gives=(
        Quantity("substate_occupancy", "1", ("state",), "Share of volumes in each substate."),
        Quantity(
            "substate_lifetime", "s", ("state",), "Mean length of the complete runs of a substate."
        ),
        Quantity(
            "substate_transition",
            "1",
            ("condition", "state"),
            "Chance of each substate at the next volume, given the one at this volume.",
        ),
        Quantity(
            "substate_switching", "1/min", (), "Changes from one substate to another per minute."
        ),
        Quantity(
            "substate_similarity",
            "1",
            (),
            "Mean cosine of a volume's pattern with the centroid of its substate.",
            "diagnostic",
        ),
        Quantity(
            "substate_lempel_ziv",
            "1",
            (),
            "Lempel-Ziv words of the sequence of substates, over the same in random order.",
            label="Lempel-Ziv complexity of substates",
        ),
        Quantity(
            "substate_lempel_ziv_markov",
            "1",
            (),
            "The same of sequences with the scan's transitions from each substate to the next.",
            "diagnostic",
        ),
        Quantity(
            "substate_transition_entropy",
            "bit",
            (),
            "How uncertain the next substate is, given the present one.",
        ),
        Quantity(
            "substate_transition_entropy_bias",
            "bit",
            (),
            "What the length of the scan adds to it, on average in sequences with its transitions.",
            "diagnostic",
        ),
    ),
    source="Cabral et al. 2017, doi:10.1038/s41598-017-05425-7; Kringelbach et al. 2020, "
    "doi:10.1073/pnas.1921475117",
    fit=fit_substates,
)
def substates(
    scan: Scan,
    *,
    rng: np.random.Generator,
    learned: xr.Dataset | None,
    states: int = 3,
    low: float = 0.04,
    high: float = 0.07,
    restarts: int = 200,
    most_volumes: int = 20_000,
    surrogates: int = 100,
) -> xr.Dataset:
    """Measure how often, how long and in what order the brain is in each substate.

    Parameters
    ----------
    scan
        Kind ``bold``, with ``repetition_time`` among its facts. Censored volumes are bridged for
        the filter and left out of everything else.
    rng
        Source of the surrogate sequences; k-means is in :func:`fit_substates`.
    learned
        What :func:`fit_substates` returned, for these scans or for others.
    states, low, high, restarts, most_volumes
        As for :func:`fit_substates`.
    surrogates
        Sequences in random order, and as many with the scan's own transitions, that its
        complexity is held against.

    Returns
    -------
    xr.Dataset
        ``substate_occupancy`` and ``substate_lifetime`` (s) with dim state, ``1`` being the most
        frequent over the cohort; ``substate_transition`` with dims condition (``from 1`` and so
        on) and state, rows summing to 1, staying included; ``substate_switching`` per minute;
        ``substate_lempel_ziv`` and ``substate_transition_entropy`` with what stands beside them,
        see :class:`rewire.numerics.state_complexity.StateComplexity`.
        NaN without phases in the band, with fewer than half the learned regions, for the lifetime
        of a state without a run whose beginning and end were seen, and for transitions from a
        state that does not occur.

    Notes
    -----
    Leading eigenvector dynamics analysis (LEiDA): band-passed phases, the leading eigenvector of
    ``cos(theta_i - theta_j)`` at each volume with most regions negative, and the nearest centroid
    of a k-means over the whole cohort. The code of Kringelbach et al. 2020 gives a lifetime of 0
    where no run is complete.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> names = tuple("abcd")
    >>> atlas = Atlas("A", names, np.arange(4), ("",) * 4, ("",) * 4, np.zeros((4, 3)))
    >>> made = np.random.default_rng(0).standard_normal((100, 4))
    >>> scan = Scan("s", "bold", made, atlas, {"repetition_time": 2.0})
    >>> learned = fit_substates([scan], rng=np.random.default_rng(0), restarts=5)
    >>> found = substates(scan, rng=np.random.default_rng(0), learned=learned)
    >>> bool(np.allclose(found["substate_occupancy"], learned["pooled_occupancy"]))
    True
    """
    found = _sequence(scan, learned, low, high)
    count = states if learned is None else learned.sizes["state"]
    names = _names(count)
    per_minute = 60.0 / found.repetition_time
    why = found.reason
    values = {
        "substate_occupancy": (("state",), state_occupancy(found.labels, count), why),
        "substate_lifetime": (
            ("state",),
            state_lifetimes(found.labels, count) * found.repetition_time,
            why or "no complete run of this state",
        ),
        "substate_transition": (
            ("condition", "state"),
            state_transitions(found.labels, count),
            why or "the first state does not occur",
        ),
        "substate_switching": (
            (),
            np.array(switching_rate(found.labels) * per_minute),
            why or "no two volumes in a row",
        ),
        "substate_similarity": ((), np.array(found.similarity), why),
    }
    order = state_complexity(found.labels, count, surrogates, rng)
    for name, one in (
        ("lempel_ziv", order.words),
        ("lempel_ziv_markov", order.words_markov),
        ("transition_entropy", order.transition_entropy),
        ("transition_entropy_bias", order.bias),
    ):
        values[f"substate_{name}"] = ((), np.array(one), why or "no two volumes in a row")
    data: dict[str, tuple[tuple[str, ...], FloatArray | npt.NDArray[np.str_]]] = {}
    for name, (dims, value, text) in values.items():
        data[name] = (dims, value)
        data[f"{name}_status"] = (dims, np.where(np.isfinite(value), "ok", text))
    coords = {"state": names, "condition": [f"from {name}" for name in names]}
    return xr.Dataset(data, coords=coords)


def _sequence(scan: Scan, learned: xr.Dataset | None, low: float, high: float) -> _Sequence:
    """Give each volume of a scan its state."""
    nothing = np.empty(0, dtype=np.int64)
    if learned is None or not np.isfinite(learned["centroid"]).any():
        return _Sequence(nothing, reason="no substates were learned")
    if learned["region"].to_numpy().tolist() != list(scan.atlas.regions):
        return _Sequence(nothing, reason="other regions than those learned")
    phases = _phases(scan, low, high)
    if isinstance(phases, str):
        return _Sequence(nothing, reason=phases)
    centroid = learned["centroid"].to_numpy()
    known = np.isfinite(centroid).all(axis=0)
    there = ~np.isnan(phases).all(axis=1)
    both = known & np.isfinite(phases[there]).all(axis=0)
    if both.sum() < max(3.0, _LEAST_SHARE * known.sum()):
        return _Sequence(nothing, reason="too few of the learned regions")
    vectors = leading_eigenvectors(phases[there][:, both])
    labels = np.full(len(phases), MISSING, dtype=np.int64)
    labels[there] = assign_states(vectors, centroid[:, both])
    own = centroid[labels[there]][:, both]
    cosines = (vectors * own).sum(axis=1) / np.sqrt((own**2).sum(axis=1))
    return _Sequence(labels, float(cosines.mean()), scan.facts["repetition_time"])


def _phases(scan: Scan, low: float, high: float) -> FloatArray | str:
    """Return phases, NaN without signal and at missing volumes, or why there are none."""
    usable = usable_volumes(scan.data, scan.kept)
    repetition_time = scan.facts.get("repetition_time", float("nan"))
    reason = why_no_phases(int(usable.sum()), repetition_time, low, high)
    if reason:
        return reason
    live = has_signal(scan.series())
    if live.sum() < max(3.0, _LEAST_SHARE * len(live)):
        return "fewer than half the regions have signal"
    phases = np.full(scan.data.shape, np.nan)
    bridged = fill_gaps(scan.data[:, live], usable)
    phases[:, live] = instantaneous_phases(bridged, repetition_time, low, high)
    phases[~usable] = np.nan
    return phases


def _names(states: int) -> list[str]:
    return [str(k + 1) for k in range(states)]
