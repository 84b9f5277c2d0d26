"""Connectivity at work: over the single events of a task, and beneath the responses to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.errors import UsageError
from rewire.core.registry import Quantity, measure
from rewire.core.types import Scan
from rewire.numerics.beta_series import FEWEST, beta_series
from rewire.numerics.correlation import fisher_z, has_signal, pearson_matrix
from rewire.numerics.event_models import left_over, network_means
from rewire.numerics.task_design import (
    FREEDOM,
    RESPONSES,
    TOO_SHORT,
    Response,
    TaskRun,
    condition_regressors,
    prepare_run,
    spread,
)

FloatArray = npt.NDArray[np.float64]

_ROUNDING = 1e-9
_PAIRS = ("condition", "region", "region2")
_NETWORKS = ("condition", "network", "network2")
_SERIES = (
    "Rissman et al. 2004, doi:10.1016/j.neuroimage.2004.06.035; "
    "Mumford et al. 2012, doi:10.1016/j.neuroimage.2011.08.076"
)
_BACKGROUND = "Al-Aidroos et al. 2012, doi:10.1073/pnas.1202095109"


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Fisher z of every pair under every condition; why a condition has none; its events."""

    conditions: tuple[str, ...]
    z: FloatArray
    reasons: npt.NDArray[np.str_]
    events: FloatArray


@measure(
    needs=("task",),
    gives=(
        Quantity(
            "task_connectivity",
            "1",
            _PAIRS,
            "Fisher z of the correlation of two regions' responses over the events of a condition.",
            label="connectivity during the task",
        ),
        Quantity(
            "task_connectivity_events",
            "1",
            ("condition",),
            "Events whose responses were correlated.",
            "diagnostic",
        ),
    ),
    source=_SERIES,
)
def task_connectivity(
    scan: Scan,
    *,
    rng: np.random.Generator,
    response: Response = "glover",
    high_pass: float = 0.01,
    fewest: int = 8,
) -> xr.Dataset:
    """Correlate regions over their responses to the single events of each condition.

    Parameters
    ----------
    scan
        Kind ``task``, with events and ``repetition_time``.
    rng
        Not used: nothing is random.
    response, high_pass
        As for :func:`rewire.measures.task_activation.task_activation`.
    fewest
        Events below which a condition has no value. The standard error of z is
        ``1 / sqrt(events - 3)``: .45 with 8 events, and none with 3.

    Returns
    -------
    xr.Dataset
        ``task_connectivity`` with dims (condition, region, region2), atanh(r), unit 1; NaN for a
        region with itself, for regions without signal, and for conditions with too few events.
        ``task_connectivity_events`` with dim condition counts the events; NaN without a model.

    Notes
    -----
    Beta series by least squares, separate: see
    :func:`rewire.numerics.event_models.separate_weights`. Censored volumes are left out; so is an
    event less than half of whose response (in energy) lies in retained volumes.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> from rewire.core.events import Events
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "Y"), np.zeros((2, 3)))
    >>> events = Events(np.arange(10) * 18.0, np.ones(10), ("go",) * 10, "inhibit")
    >>> data = np.random.default_rng(0).standard_normal((100, 2))
    >>> scan = Scan("s", "task", data, atlas, {"repetition_time": 2.0}, events=events)
    >>> task_connectivity(scan, rng=np.random.default_rng(0))["task_connectivity"].shape
    (1, 2, 2)
    """
    found = _beta_series(scan, (response, high_pass), fewest)
    return _pairs(scan, "task_connectivity", found).assign(
        task_connectivity_events=("condition", found.events),
        task_connectivity_events_status=(
            "condition",
            np.where(np.isfinite(found.events), "ok", found.reasons),
        ),
    )


@measure(
    needs=("task",),
    gives=(
        Quantity(
            "task_connectivity_network",
            "1",
            _NETWORKS,
            "Mean task connectivity over pairs of regions, one in each network.",
            label="connectivity by network during the task",
        ),
    ),
    source=_SERIES,
)
def task_connectivity_by_network(
    scan: Scan,
    *,
    rng: np.random.Generator,
    response: Response = "glover",
    high_pass: float = 0.01,
    fewest: int = 8,
) -> xr.Dataset:
    """Average connectivity over the events of each condition within and between networks.

    Parameters
    ----------
    scan, rng, response, high_pass, fewest
        As for :func:`task_connectivity`.

    Returns
    -------
    xr.Dataset
        ``task_connectivity_network`` with dims (condition, network, network2), mean atanh(r), unit
        1, symmetric; NaN where no pair of regions has a value.
    """
    found = _beta_series(scan, (response, high_pass), fewest)
    return _networks(scan, "task_connectivity_network", found)


@measure(
    needs=("task",),
    gives=(
        Quantity(
            "background_connectivity",
            "1",
            _PAIRS,
            "Fisher z of the correlation of two regions after responses to the task are taken out.",
            label="background connectivity",
        ),
    ),
    source=_BACKGROUND,
)
def background_connectivity(
    scan: Scan,
    *,
    rng: np.random.Generator,
    response: Response = "glover",
    high_pass: float = 0.01,
) -> xr.Dataset:
    """Correlate regions after their responses to all conditions are taken out.

    Parameters
    ----------
    scan, rng, response, high_pass
        As for :func:`rewire.measures.task_activation.task_activation`.

    Returns
    -------
    xr.Dataset
        ``background_connectivity`` with dims (condition, region, region2), atanh(r), unit 1; its
        one condition is the task, so that two tasks of a session stay apart. NaN for a region with
        itself, for regions without signal, and with fewer than four degrees of freedom.

    Notes
    -----
    Each condition is modelled by the response, its derivative in time and its derivative in
    dispersion, so that a response somewhat early, late or long leaves little behind.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> from rewire.core.events import Events
    >>> atlas = Atlas("A", ("a", "b"), np.arange(2), ("", ""), ("X", "Y"), np.zeros((2, 3)))
    >>> events = Events(np.arange(10) * 18.0, np.ones(10), ("go",) * 10, "inhibit")
    >>> data = np.random.default_rng(0).standard_normal((100, 2))
    >>> scan = Scan("s", "task", data, atlas, {"repetition_time": 2.0}, events=events)
    >>> background_connectivity(scan, rng=np.random.default_rng(0))["condition"].to_numpy().tolist()
    ['inhibit']
    """
    return _pairs(scan, "background_connectivity", _background(scan, response, high_pass))


@measure(
    needs=("task",),
    gives=(
        Quantity(
            "background_connectivity_network",
            "1",
            _NETWORKS,
            "Mean background connectivity over pairs of regions, one in each network.",
            label="background connectivity by network",
        ),
    ),
    source=_BACKGROUND,
)
def background_connectivity_by_network(
    scan: Scan,
    *,
    rng: np.random.Generator,
    response: Response = "glover",
    high_pass: float = 0.01,
) -> xr.Dataset:
    """Average background connectivity within and between networks.

    Parameters
    ----------
    scan, rng, response, high_pass
        As for :func:`rewire.measures.task_activation.task_activation`.

    Returns
    -------
    xr.Dataset
        ``background_connectivity_network`` with dims (condition, network, network2), mean
        atanh(r), unit 1, symmetric; NaN where no pair of regions has a value.
    """
    found = _background(scan, response, high_pass)
    return _networks(scan, "background_connectivity_network", found)


def _prepare(scan: Scan, response: str, high_pass: float) -> TaskRun | str:
    if response not in RESPONSES:
        raise UsageError(f"response '{response}' is unknown; there are {', '.join(RESPONSES)}.")
    if not scan.events:
        return "no events"
    timing = (scan.facts.get("repetition_time", np.nan), scan.facts.get("start_time", 0.0))
    return prepare_run(scan.data, scan.kept, timing, scan.events.arrays, high_pass)


def _beta_series(scan: Scan, model: tuple[Response, float], fewest: int) -> _Found:
    """Correlate the sizes of single responses, condition by condition."""
    response, high_pass = model
    run = _prepare(scan, response, high_pass)
    names = scan.events.conditions if scan.events else ()
    count, n = len(scan.atlas), len(names)
    z, used = np.full((n, count, count), np.nan), np.full(n, np.nan)
    series = run if isinstance(run, str) else beta_series(run, response)
    if series is None or isinstance(series, str):
        return _Found(names, z, np.full(n, series or TOO_SHORT), used)
    least, used[:] = max(fewest, FEWEST), 0.0
    reasons = ["no event in the run"] * n
    for condition, told in series.told.items():
        used[condition] = found = series.count(condition)
        if not told:
            reasons[condition] = "explained by the rest of the design"
        elif found < least:
            reasons[condition] = f"{found} events seen whole and apart, fewer than {least}"
        else:
            reasons[condition] = ""
            z[condition] = series.correlated(condition)
    return _Found(names, z, np.array(reasons, dtype=np.str_), used)


def _background(scan: Scan, response: Response, high_pass: float) -> _Found:
    """Correlate what the responses to the task leave."""
    run = _prepare(scan, response, high_pass)
    names = (scan.events.task or "task",) if scan.events else ()
    count, n = len(scan.atlas), len(names)
    z, none = np.full((n, count, count), np.nan), np.full(n, np.nan)
    if isinstance(run, str):
        return _Found(names, z, np.full(n, run), none)
    columns = condition_regressors(run, f"{response} + derivative + dispersion")
    design = np.column_stack([columns, run.drift])[run.retained]
    if len(design) - np.linalg.matrix_rank(design) < FREEDOM:
        return _Found(names, z, np.full(n, TOO_SHORT), none)
    left = left_over(run.series, design)
    beside = spread(left) > _ROUNDING * spread(run.series)
    at = np.flatnonzero(run.live)[beside]
    z[0][np.ix_(at, at)] = fisher_z(pearson_matrix(left[:, beside]))
    return _Found(names, z, np.full(n, ""), none)


def _pairs(scan: Scan, name: str, found: _Found) -> xr.Dataset:
    """Label pairs of regions and say why a pair has no value."""
    live = has_signal(scan.series())
    both = np.logical_and.outer(live, live)
    own = np.where(np.eye(len(live), dtype=bool), "a region with itself", "no variation left")
    local = np.where(both, own, "no signal")
    reasons = found.reasons[:, None, None]
    status = np.where(np.isfinite(found.z), "ok", np.where(reasons == "", local, reasons))
    regions = list(scan.atlas.regions)
    return xr.Dataset(
        {name: (_PAIRS, found.z), f"{name}_status": (_PAIRS, status)},
        coords={"condition": list(found.conditions), "region": regions, "region2": regions},
    )


def _networks(scan: Scan, name: str, found: _Found) -> xr.Dataset:
    """Average pairs of regions by network."""
    names = scan.atlas.networks
    member = np.array([[own == n for own in scan.atlas.network] for n in names], dtype=np.bool_)
    member = member.reshape(len(names), len(scan.atlas))
    means = np.array([network_means(z, member) for z in found.z])
    means = means.reshape(len(found.z), len(names), len(names))
    reasons = found.reasons[:, None, None]
    reasons = np.where(reasons == "", "no pair of regions with signal", reasons)
    status = np.where(np.isfinite(means), "ok", reasons)
    labels = list(names)
    return xr.Dataset(
        {name: (_NETWORKS, means), f"{name}_status": (_NETWORKS, status)},
        coords={"condition": list(found.conditions), "network": labels, "network2": labels},
    )
