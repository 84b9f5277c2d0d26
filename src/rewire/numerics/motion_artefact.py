"""How far connectivity follows motion over scans, and whether that depends on distance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from rewire.numerics.correlation import fisher_z, pearson_matrix

FloatArray = npt.NDArray[np.float64]

_LEAST_SCANS = 4


def scan_edges(series: FloatArray) -> FloatArray:
    """Return Fisher's z of the correlation of every pair of regions.

    Parameters
    ----------
    series
        Float64, retained volumes by regions.

    Returns
    -------
    FloatArray
        Shape (regions * (regions - 1) / 2,), the upper triangle row by row; NaN for pairs with a
        region that does not vary or is not complete.

    Examples
    --------
    >>> scan_edges(np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 2.0]])).round(3).tolist()
    [0.549]
    """
    matrix = pearson_matrix(np.asarray(series, dtype=np.float64))
    return fisher_z(matrix[np.triu_indices(len(matrix), 1)])


class MotionByEdge:
    """Correlation over scans of each edge with motion, from one scan at a time.

    Parameters
    ----------
    edges
        How many there are.
    typical
        Mean framewise displacement around which sums are taken, mm, so that nothing is lost to
        rounding.
    """

    def __init__(self, edges: int, typical: float) -> None:
        self._typical = typical
        self._sums = np.zeros((6, edges))

    def add(self, edges: FloatArray, motion: float) -> None:
        """Take in a scan: its edges, NaN where there is none, and its motion in mm."""
        known: npt.NDArray[np.bool_] = np.isfinite(edges)
        x = motion - self._typical
        y = np.where(known, edges, 0.0)
        self._sums += np.stack([known, known * x, known * x * x, y, y * y, x * y])

    def correlations(self) -> FloatArray:
        """Return Pearson's r of each edge with motion; NaN with fewer than four scans."""
        n, x, xx, y, yy, xy = self._sums
        size = np.where(n >= _LEAST_SCANS, n, np.nan)
        across, along = xx - x * x / size, yy - y * y / size
        spread = (across > 1e-12 * xx) & (along > 1e-12 * yy)
        scale = np.sqrt(np.where(spread, across * along, np.nan))
        return np.asarray(np.clip((xy - x * y / size) / scale, -1.0, 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class MotionArtefact:
    """How the correlation of edges with motion is spread, and how it goes with distance.

    Parameters
    ----------
    scans
        Scans it is computed over.
    r
        Correlation of each edge with mean framewise displacement, shape (edges,); NaN where there
        is none.
    distance
        Between the centres of the two regions, mm, shape (edges,); NaN where unknown.
    median_absolute
        Median of the absolute correlations.
    expected_absolute
        The median that independent scans give where nothing follows motion.
    slope, intercept
        Of the least-squares line of r on distance; slope in 1/mm. NaN where distances are unknown.
    spearman
        Rank correlation of r with distance.
    """

    scans: int
    r: FloatArray
    distance: FloatArray
    median_absolute: float
    expected_absolute: float
    slope: float
    intercept: float
    spearman: float


def judge_motion_artefact(r: FloatArray, distance: FloatArray, scans: int) -> MotionArtefact:
    """Summarise the correlations of edges with motion, and their dependence on distance.

    Parameters
    ----------
    r
        From :meth:`MotionByEdge.correlations`.
    distance
        mm, shape (edges,).
    scans
        How many went in.

    Notes
    -----
    Satterthwaite et al. 2013 (10.1016/j.neuroimage.2012.08.052); Ciric et al. 2017
    (10.1016/j.neuroimage.2017.03.020). No p is given: edges are not independent of each other,
    nor scans of one person.

    Examples
    --------
    >>> found = judge_motion_artefact(np.array([0.4, 0.2, 0.0]), np.array([10.0, 20.0, 30.0]), 12)
    >>> round(found.slope, 4), round(found.median_absolute, 2), round(found.spearman, 2)
    (-0.02, 0.2, -1.0)
    """
    known = r[np.isfinite(r)]
    both = np.isfinite(r) & np.isfinite(distance)
    slope = intercept = spearman = math.nan
    if both.sum() > 2 and np.ptp(distance[both]) > 0 and np.ptp(r[both]) > 0:
        slope, intercept = (float(v) for v in np.polyfit(distance[both], r[both], 1))
        ranks = stats.rankdata(distance[both]), stats.rankdata(r[both])
        spearman = float(np.corrcoef(*ranks)[0, 1])
    middle = float(np.median(np.abs(known))) if len(known) else math.nan
    return MotionArtefact(
        scans, r, distance, middle, expected_median(scans), slope, intercept, spearman
    )


def expected_median(scans: int) -> float:
    """Return the median absolute correlation of two unrelated normal variables.

    Examples
    --------
    >>> round(expected_median(60), 3)
    0.089
    """
    if scans < _LEAST_SCANS:
        return math.nan
    t = float(stats.t.ppf(0.75, scans - 2))
    return t / math.sqrt(scans - 2 + t * t)


def edge_distances(centroid: FloatArray) -> FloatArray:
    """Return the distance between the centres of every pair of regions.

    Parameters
    ----------
    centroid
        mm, shape (regions, 3); NaN where unknown.

    Returns
    -------
    FloatArray
        mm, in the order of :func:`scan_edges`.

    Examples
    --------
    >>> edge_distances(np.array([[0.0, 0.0, 0.0], [3.0, 4.0, 0.0]])).tolist()
    [5.0]
    """
    first, second = np.triu_indices(len(centroid), 1)
    return np.asarray(np.linalg.norm(centroid[first] - centroid[second], axis=1))
