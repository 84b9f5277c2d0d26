"""Spins against rotations worked out by hand and by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from rewire.numerics.spins import SpinMethod, draw_rotations, spin_regions


def scattered(n: int, seed: int = 3) -> np.ndarray:
    points = np.random.default_rng(seed).standard_normal((n, 3))
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


def brute(points: np.ndarray, rotation: np.ndarray, method: SpinMethod) -> np.ndarray:
    """Assign turned points with distances of scipy, one rotation of one hemisphere."""
    distance = cdist(points, points @ rotation.T)
    if method == "original":
        return np.asarray(distance.argmin(axis=1))
    if method == "hungarian":
        return np.asarray(linear_sum_assignment(distance)[1])
    found = np.zeros(len(points), dtype=int)
    rows, columns = set(range(len(points))), set(range(len(points)))
    while rows:
        nearest = {i: min(distance[i, j] for j in columns) for i in rows}
        worst = max(rows, key=lambda i: nearest[i])
        found[worst] = min(columns, key=lambda j: distance[worst, j])
        rows.remove(worst)
        columns.remove(int(found[worst]))
    return found


@pytest.mark.parametrize("method", ["original", "hungarian", "vasa"])
def test_each_hemisphere_is_assigned_as_brute_force_does(method: SpinMethod) -> None:
    sphere = np.vstack([scattered(23), scattered(19, 4)])
    left = np.arange(42) < 23
    turns = Rotation.random(25, random_state=5).as_matrix()
    found = spin_regions(sphere, left, turns, method)
    mirror = np.diag([-1.0, 1.0, 1.0])
    for order, turn in zip(found, turns, strict=True):
        np.testing.assert_array_equal(order[:23], brute(sphere[:23], turn, method))
        other = brute(sphere[23:], mirror @ turn @ mirror, method)
        np.testing.assert_array_equal(order[23:], 23 + other)


def test_no_turn_changes_nothing() -> None:
    sphere = scattered(30)
    left = np.arange(30) % 2 == 0
    for method in ("original", "hungarian", "vasa"):
        found = spin_regions(sphere, left, np.eye(3)[None], method)
        np.testing.assert_array_equal(found[0], np.arange(30))


def test_a_turn_about_the_axis_moves_mirror_images_to_mirror_images() -> None:
    own = scattered(20)
    sphere = np.vstack([own, own * [-1.0, 1.0, 1.0]])
    left = np.arange(40) < 20
    found = spin_regions(sphere, left, draw_rotations(50, np.random.default_rng(1)))
    np.testing.assert_array_equal(found[:, 20:], found[:, :20] + 20)


def test_one_to_one_methods_use_every_region_once() -> None:
    sphere, left = scattered(40), np.arange(40) < 21
    turns = draw_rotations(20, np.random.default_rng(2))
    for method in ("hungarian", "vasa"):
        found = spin_regions(sphere, left, turns, method)
        np.testing.assert_array_equal(np.sort(found, axis=1), np.tile(np.arange(40), (20, 1)))


def test_rotations_are_uniform() -> None:
    """The turned pole has mean 0 and, on each axis, the variance 1/3 of a uniform sphere."""
    turned = draw_rotations(20_000, np.random.default_rng(3))
    assert np.allclose(np.linalg.det(turned), 1.0)
    for axis in range(3):
        pole = turned[:, :, axis]
        assert np.abs(pole.mean(axis=0)).max() < 5 * np.sqrt(1 / 3 / 20_000)
        assert np.abs((pole**2).mean(axis=0) - 1 / 3).max() < 0.015


def test_a_region_off_the_sphere_is_refused() -> None:
    sphere = scattered(12)
    sphere[4] = np.nan
    with pytest.raises(ValueError, match="unit sphere"):
        spin_regions(sphere, np.ones(12, dtype=bool), np.eye(3)[None])
