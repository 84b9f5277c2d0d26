"""Spins: rotations of a sphere that carry the regions of a map to other places.

A kernel and what it calls stay in this file: numba's cache does not notice a change elsewhere.
"""

from __future__ import annotations

from typing import Any, Literal

import numba
import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
SpinMethod = Literal["original", "hungarian", "vasa"]

_HELD = 1 << 22
_MIRROR = np.diag([-1.0, 1.0, 1.0])


def draw_rotations(draws: int, rng: np.random.Generator) -> FloatArray:
    """Return rotations of space, each as likely as any other.

    Unit quaternions of four normal numbers are uniform over rotations (Shoemake 1992).

    Parameters
    ----------
    draws
        How many.
    rng
        Source of the random numbers; (draws, 4) normal numbers are taken.

    Returns
    -------
    ndarray
        Rotation matrices, shape (draws, 3, 3).

    Examples
    --------
    >>> turned = draw_rotations(3, np.random.default_rng(0))
    >>> bool(np.allclose(turned @ turned.transpose(0, 2, 1), np.eye(3)))
    True
    """
    q = rng.standard_normal((draws, 4))
    w, x, y, z = (q / np.linalg.norm(q, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.ascontiguousarray(np.array(rows).transpose(2, 0, 1))


def spin_regions(
    sphere: FloatArray,
    left: npt.NDArray[np.bool_],
    rotations: FloatArray,
    method: SpinMethod = "original",
) -> IntArray:
    """Return which region's value every region takes after each rotation.

    The left hemisphere is turned by the rotation and the right by its mirror image, so that the
    hemispheres stay alike (Alexander-Bloch et al. 2018, 10.1016/j.neuroimage.2018.05.070).

    Parameters
    ----------
    sphere
        Centre of each region on its hemisphere's unit sphere, shape (regions, 3).
    left
        Whether a region lies on the left, shape (regions,).
    rotations
        Shape (draws, 3, 3).
    method
        ``original``: the nearest turned region, which may serve several times; ``hungarian``:
        each serves once, the sum of distances being least (Markello and Misic 2021,
        10.1016/j.neuroimage.2021.118052); ``vasa``: each serves once, the region that is worst
        off choosing first (Vasa et al. 2018, 10.1093/cercor/bhx249).

    Returns
    -------
    ndarray
        int64, shape (draws, regions): a null map is ``values[orders]``.

    Raises
    ------
    ValueError
        If a centre is missing or does not lie on the unit sphere.

    Examples
    --------
    >>> poles = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    >>> upside_down = np.diag([1.0, -1.0, -1.0])[None]
    >>> spin_regions(poles, np.array([True, True]), upside_down).tolist()
    [[1, 0]]
    """
    lengths = np.linalg.norm(sphere, axis=1)
    if not bool(np.all(np.abs(lengths - 1.0) < 1e-3)):
        raise ValueError("every region needs a centre on the unit sphere")
    orders = np.empty((len(rotations), len(sphere)), dtype=np.int64)
    for side, turns in ((left, rotations), (~left, _MIRROR @ rotations @ _MIRROR)):
        at = np.flatnonzero(side)
        if not len(at):
            continue
        points = np.ascontiguousarray(sphere[at] / lengths[at, None])
        held = max(1, _HELD // len(at) ** 2)
        for start in range(0, len(rotations), held):
            part = np.ascontiguousarray(turns[start : start + held])
            orders[start : start + held, at] = at[_assigned(points, part, method)]
    return orders


def _assigned(points: FloatArray, rotations: FloatArray, method: SpinMethod) -> IntArray:
    if method == "original":
        return np.asarray(_nearest(points, rotations))
    if method == "vasa":
        return np.asarray(_worst_off_first(points, rotations))
    turned = points @ rotations.transpose(0, 2, 1)
    near = points @ turned.transpose(0, 2, 1)
    away = np.sqrt(np.maximum(2.0 - 2.0 * near, 0.0))
    return np.stack([linear_sum_assignment(distance)[1] for distance in away])


@numba.njit(cache=True)
def _turn(points: Any, rotation: Any, turned: Any) -> None:
    for i in range(points.shape[0]):
        for a in range(3):
            turned[i, a] = (
                rotation[a, 0] * points[i, 0]
                + rotation[a, 1] * points[i, 1]
                + rotation[a, 2] * points[i, 2]
            )


@numba.njit(cache=True)
def _nearest(points: Any, rotations: Any) -> Any:
    """Return for each rotation and point the turned point that lies nearest."""
    draws, n = rotations.shape[0], points.shape[0]
    found = np.empty((draws, n), dtype=np.int64)
    turned = np.empty((n, 3))
    for d in range(draws):
        _turn(points, rotations[d], turned)
        for i in range(n):
            best, where = -2.0, 0
            for j in range(n):
                near = (
                    points[i, 0] * turned[j, 0]
                    + points[i, 1] * turned[j, 1]
                    + points[i, 2] * turned[j, 2]
                )
                if near > best:
                    best, where = near, j
            found[d, i] = where
    return found


@numba.njit(cache=True)
def _worst_off_first(points: Any, rotations: Any) -> Any:
    """Return one turned point for each point, the one whose nearest is farthest choosing first."""
    draws, n = rotations.shape[0], points.shape[0]
    found = np.empty((draws, n), dtype=np.int64)
    turned = np.empty((n, 3))
    near = np.empty((n, n))
    where = np.empty(n, dtype=np.int64)
    for d in range(draws):
        _turn(points, rotations[d], turned)
        for i in range(n):
            for j in range(n):
                near[i, j] = (
                    points[i, 0] * turned[j, 0]
                    + points[i, 1] * turned[j, 1]
                    + points[i, 2] * turned[j, 2]
                )
        free = np.ones(n, dtype=np.bool_)
        waiting = np.ones(n, dtype=np.bool_)
        for i in range(n):
            where[i] = np.argmax(near[i])
        for _ in range(n):
            worst, row = 3.0, 0
            for i in range(n):
                if waiting[i] and near[i, where[i]] < worst:
                    worst, row = near[i, where[i]], i
            taken = where[row]
            found[d, row] = taken
            waiting[row], free[taken] = False, False
            for i in range(n):
                if waiting[i] and where[i] == taken:
                    where[i] = _nearest_free(near[i], free)
    return found


@numba.njit(cache=True)
def _nearest_free(near: Any, free: Any) -> int:
    best, found = -3.0, 0
    for j in range(near.shape[0]):
        if free[j] and near[j] > best:
            best, found = near[j], j
    return found
