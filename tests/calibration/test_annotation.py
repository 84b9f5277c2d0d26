"""Tests of maps under no effect, where correlations over regions are far too often clear.

Bounds are 3 to 7% at .05 (three binomial standard errors of 5% over 600 trials are 2.7%).
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.folding import fold_distances
from rewire.numerics.linear import mean_model
from rewire.numerics.map_association import assess_maps
from rewire.numerics.map_prediction import clear_maps
from rewire.numerics.permute import permute_family
from rewire.numerics.spins import draw_rotations, spin_regions
from rewire.numerics.variogram import variogram_surrogates

HALF, PEOPLE = 50, 12


def brain() -> tuple[np.ndarray, np.ndarray]:
    """Return fifty regions a side on mirrored spheres, and the root of a smooth covariance."""
    at = np.arange(HALF) + 0.5
    z, turn = 1 - 2 * at / HALF, np.pi * (1 + np.sqrt(5)) * at
    ring = np.sqrt(1 - z * z)
    right = np.column_stack([ring * np.cos(turn), ring * np.sin(turn), z])
    near = np.exp(-0.5 * (np.linalg.norm(right[:, None] - right, axis=2) / 0.45) ** 2)
    whole = np.block([[near, 0.8 * near], [0.8 * near, near]])
    values, vectors = np.linalg.eigh(whole)
    return np.vstack([right * [-1, 1, 1], right]), vectors * np.sqrt(np.maximum(values, 0))


def places(sphere: np.ndarray) -> np.ndarray:
    return np.asarray(40 * sphere + np.repeat([-45.0, 45.0], HALF)[:, None] * [1, 0, 0])


def test_sign_flips_of_changes_without_effect() -> None:
    """The tests of participants and of spins hold 5%; that of regions as if independent does not.

    Everybody's change is a smooth map whose sign is random; five annotations are tested.
    """
    sphere, root = brain()
    rng = np.random.default_rng(1)
    left = np.arange(2 * HALF) < HALF
    orders = spin_regions(sphere, left, draw_rotations(300, rng), "original")
    plain, people, family, space = [], [], [], []
    for _ in range(600):
        maps = rng.standard_normal((5, 2 * HALF)) @ root.T
        changes = rng.standard_normal((PEOPLE, 2 * HALF)) @ root.T
        changes *= rng.choice([-1.0, 1.0], PEOPLE)[:, None]
        own = changes.mean(axis=0)
        scaled = (maps - maps.mean(axis=1, keepdims=True)).T
        found = permute_family([mean_model(changes @ scaled)], 300, rng)[0]
        plain.append(stats.pearsonr(own, maps[0]).pvalue < 0.05)
        people.append(found.p[0] < 0.05)
        family.append(found.p_max.min() < 0.05)
        space.append(assess_maps(own, own[orders], maps[:1].T).p[0] < 0.05)
    assert np.mean(plain) > 0.25
    assert 0.03 <= np.mean(people) <= 0.07
    assert 0.03 <= np.mean(family) <= 0.07
    assert 0.03 <= np.mean(space) <= 0.07


def _reached(own: np.ndarray, other: np.ndarray, nulls: np.ndarray) -> bool:
    # 39 null maps: p is a multiple of 1/40, and at most .05 in exactly 5%
    return bool(assess_maps(own, nulls, other[:, None]).p[0] <= 0.05 + 1e-9)


def surrogate_rate(trials: int, draws: int, *, folded: bool) -> float:
    """Return how often a map beside an unrelated one has p at most .05."""
    sphere, root = brain()
    rng = np.random.default_rng(2)
    where, left = places(sphere), np.arange(2 * HALF) < HALF
    apart = np.linalg.norm(where[:, None] - where, axis=2)
    clear = []
    for _ in range(trials):
        own, other = rng.standard_normal((2, 2 * HALF)) @ root.T
        apart = fold_distances(own, where, left) if folded else apart
        clear.append(_reached(own, other, variogram_surrogates(own, apart, draws, rng)))
    return float(np.mean(clear))


def partial_rate(trials: int, draws: int) -> float:
    """Return the same where both follow a third map that is held fixed."""
    sphere, root = brain()
    rng = np.random.default_rng(3)
    where, left = places(sphere), np.arange(2 * HALF) < HALF
    clear = []
    for _ in range(trials):
        own, other, fixed = rng.standard_normal((3, 2 * HALF)) @ root.T
        given = fixed[:, None]
        rest, target = clear_maps(np.stack([own + fixed, other + fixed]), given)
        nulls = variogram_surrogates(rest, fold_distances(rest, where, left), draws, rng)
        clear.append(_reached(rest, target, clear_maps(nulls, given)))
    return float(np.mean(clear))


def test_surrogates_know_that_hemispheres_mirror_each_other() -> None:
    assert 0.01 <= surrogate_rate(200, 39, folded=True) <= 0.09


def test_null_maps_of_what_is_left_hold_where_another_map_is_held_fixed() -> None:
    assert 0.01 <= partial_rate(200, 39) <= 0.09


@pytest.mark.slow
def test_surrogates_at_full_size() -> None:
    assert 0.03 <= surrogate_rate(1000, 199, folded=True) <= 0.075
    assert surrogate_rate(1000, 199, folded=False) > 0.10
    assert 0.03 <= partial_rate(1000, 199) <= 0.075
