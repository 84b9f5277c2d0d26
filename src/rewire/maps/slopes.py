"""How far each scan's map follows an annotation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from rewire.core.types import FloatArray
from rewire.effects.responses import Place, Response
from rewire.maps.matching import FEWEST, Matched
from rewire.numerics.map_association import MapStatistic
from rewire.numerics.map_prediction import clear_maps

BoolArray = npt.NDArray[np.bool_]


def map_slopes(response: Response, matched: Matched, statistic: MapStatistic) -> Response:
    """Return each record's slope on each annotation as a response with one cell an annotation.

    The slope is that of least squares on the annotation less its mean and over its standard
    deviation: what the measure rises by, per standard deviation of the annotation. All scans of a
    person are looked at over the same regions, so that the slope of a change is the change of
    slopes, and whatever can be tested of a measure can be tested of its slopes.

    Parameters
    ----------
    response
        Records by regions.
    matched
        Annotations at these regions.
    statistic
        ``spearman`` puts ranks in the place of the annotation's values.

    Returns
    -------
    Response
        NaN for a person with fewer than ten regions, or where the annotation does not vary there.
    """

    def weigh(there: BoolArray) -> FloatArray:
        scaled = scale_columns(matched.columns[there], statistic)
        return np.asarray(scaled / np.einsum("ij,ij->j", scaled, scaled))

    return weigh_regions(response, matched.regions, weigh, name_places(matched.names))


def joint_slopes(response: Response, matched: Matched, statistic: MapStatistic) -> Response:
    """Return slopes of a regression on all annotations at once, per SD of each.

    Parameters
    ----------
    response, matched, statistic
        As for :func:`map_slopes`.

    Returns
    -------
    Response
        NaN where regions are too few, or annotations repeat one another.
    """

    def weigh(there: BoolArray) -> FloatArray:
        scaled = scale_columns(matched.columns[there], statistic)
        weights = np.full(scaled.shape, np.nan)
        held = np.isfinite(scaled).all(axis=0)
        design = scaled[:, held]
        if held.sum() + 1 < len(design) and np.linalg.matrix_rank(design) == held.sum():
            weights[:, held] = np.linalg.pinv(design).T
        return weights

    return weigh_regions(response, matched.regions, weigh, name_places(matched.names))


def partial_slopes(
    response: Response, matched: Matched, given: FloatArray, statistic: MapStatistic
) -> Response:
    """Return each record's slope on each annotation cleared of what is held fixed.

    Parameters
    ----------
    response, matched, statistic
        As for :func:`map_slopes`.
    given
        What is held fixed, shape (regions, others).

    Returns
    -------
    Response
        Per SD of the annotation before it was cleared; NaN where nothing of it is left.
    """

    def weigh(there: BoolArray) -> FloatArray:
        scaled = scale_columns(matched.columns[there], statistic)
        left = cleared_columns(scaled, scale_columns(given[there], statistic))
        size = np.einsum("ij,ij->j", left, left)
        return np.asarray(left / np.where(size > 0, size, np.nan))

    return weigh_regions(response, matched.regions, weigh, name_places(matched.names))


def network_excess(
    response: Response, regions: BoolArray, networks: Sequence[str], names: Sequence[str]
) -> Response:
    """Return each record's mean in each network, less its mean over all regions.

    Parameters
    ----------
    response
        Records by regions.
    regions
        Regions that are looked at, shape (regions,).
    networks
        Network of each region.
    names
        Networks, one cell each.
    """
    return weigh_regions(
        response,
        regions,
        lambda there: network_weights(np.asarray(networks, dtype=object)[there], names),
        tuple(Place(network=name) for name in names),
    )


def network_weights(networks: npt.NDArray[np.object_], names: Sequence[str]) -> FloatArray:
    """Return weights that sum to a network's mean less the whole mean, shape (regions, networks).

    Parameters
    ----------
    networks
        Network of each region.
    names
        Networks; the weights are NaN of one with a single region or none, or with all.
    """
    inside = np.array([networks == name for name in names], dtype=np.float64).T
    inside = inside.reshape(len(networks), len(names))
    count = inside.sum(axis=0)
    fit = (count >= 2) & (count < len(networks))
    return np.where(fit, inside / np.maximum(count, 1.0) - 1.0 / len(networks), np.nan)


def weigh_regions(
    response: Response,
    regions: BoolArray,
    weigh: Callable[[BoolArray], FloatArray],
    places: tuple[Place, ...],
) -> Response:
    """Return weighted sums over regions as a response.

    Each person is looked at over the regions that all their scans have; a scan with fewer than
    ten regions is left out and takes none from the others.

    Parameters
    ----------
    response
        Records by regions.
    regions
        Regions that are looked at, shape (regions,).
    weigh
        Returns weights, shape (regions there, cells), of the regions that there are.
    places
        One for each cell.
    """
    shared = shared_regions(response, regions, FEWEST)
    found = np.full((len(shared), len(places)), np.nan)
    patterns, which = np.unique(shared, axis=0, return_inverse=True)
    for i, pattern in enumerate(patterns):
        if pattern.sum() >= FEWEST:
            rows = which.reshape(-1) == i
            found[rows] = response.values[rows][:, pattern] @ weigh(pattern)
    return replace(response, values=found, places=places)


def shared_regions(response: Response, regions: BoolArray, fewest: int) -> BoolArray:
    """Return the regions that all scans of a person have, for each scan; (records, regions).

    Parameters
    ----------
    response
        Records by regions.
    regions
        Regions that are looked at, shape (regions,).
    fewest
        A scan with fewer has none, and takes none from the others of the person.
    """
    there = np.isfinite(response.values) & regions
    enough = there.sum(axis=1) >= fewest
    own = np.ones((len(response.people), there.shape[1]), dtype=np.bool_)
    np.logical_and.at(own, response.person[enough], there[enough])
    return np.asarray(own[response.person] & enough[:, None])


def scale_columns(columns: FloatArray, statistic: MapStatistic) -> FloatArray:
    """Return columns less their mean and over their SD (n - 1); NaN where one does not vary.

    Parameters
    ----------
    columns
        Shape (regions, maps).
    statistic
        ``spearman`` ranks them first.
    """
    held = np.isfinite(columns).all(axis=0)
    scaled = np.full(columns.shape, np.nan)
    own = columns[:, held]
    own = rankdata(own, axis=0) if statistic == "spearman" else own
    spread = own.std(axis=0, ddof=1)
    varies = spread > 1e-12 * np.maximum(1e-300, np.abs(own).max(axis=0, initial=0.0))
    scaled[:, held] = (own - own.mean(axis=0)) / np.where(varies, spread, np.nan)
    return scaled


def cleared_columns(columns: FloatArray, given: FloatArray) -> FloatArray:
    """Return columns cleared of what is held fixed; NaN where a column is, or nothing is left.

    Parameters
    ----------
    columns
        Shape (regions, maps).
    given
        Shape (regions, others); a column of NaN clears nothing.
    """
    left = np.full(columns.shape, np.nan)
    held = np.isfinite(columns).all(axis=0)
    fixed = given[:, np.isfinite(given).all(axis=0)]
    cleared = clear_maps(columns[:, held].T, fixed).T
    left[:, held] = np.where((cleared != 0).any(axis=0), cleared, np.nan)
    return left


def name_places(names: Sequence[str]) -> tuple[Place, ...]:
    """Return the cells of annotations."""
    return tuple(Place(level=f"map={name}") for name in names)
