"""Variogram-matched surrogates: the variogram by hand, and how well it is matched."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.variogram import VariogramRules, variogram, variogram_surrogates


def smooth_map(places: np.ndarray, reach: float, rng: np.random.Generator) -> np.ndarray:
    apart = np.linalg.norm(places[:, None] - places, axis=2)
    covariance = np.exp(-apart / reach) + 1e-8 * np.eye(len(places))
    return np.asarray(np.linalg.cholesky(covariance) @ rng.standard_normal(len(places)))


def brain(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    places = rng.uniform(-60, 60, (n, 3))
    return places, np.linalg.norm(places[:, None] - places, axis=2)


def test_variogram_is_half_the_mean_squared_difference() -> None:
    """Three places on a line: every pair one apart, so each bin is the mean of the pairs' halves.

    Values 0, 1, 3 at the corners of an equilateral triangle: halves of 1, 9 and 4 are .5, 4.5, 2.
    """
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0.5, np.sqrt(3) / 2, 0]])
    apart = np.round(np.linalg.norm(corners[:, None] - corners, axis=2), 12)
    rules = VariogramRules(distance_share=1.0, bins=2)
    found = variogram(np.array([0.0, 1.0, 3.0]), apart, rules)
    np.testing.assert_allclose(found, (0.5 + 4.5 + 2.0) / 3)


def test_surrogates_follow_the_variogram_and_not_the_map() -> None:
    rng = np.random.default_rng(11)
    places, apart = brain(120, rng)
    values = smooth_map(places, 40.0, rng)
    made = variogram_surrogates(values, apart, 400, rng)
    own = variogram(values, apart)
    theirs = np.mean([variogram(row, apart) for row in made], axis=0)
    shuffled = np.mean([variogram(rng.permutation(values), apart) for _ in range(200)], axis=0)
    assert np.abs(theirs - own).mean() < 0.4 * np.abs(shuffled - own).mean()
    r = np.corrcoef(made, values)[-1, :-1]
    assert abs(r.mean()) < 4 * r.std() / np.sqrt(len(r))
    assert r.std() > 1.5 / np.sqrt(120)  # wider than for maps without smoothness


def test_a_rough_map_gets_rough_surrogates() -> None:
    rng = np.random.default_rng(12)
    _, apart = brain(100, rng)
    values = rng.standard_normal(100)
    r = np.corrcoef(variogram_surrogates(values, apart, 500, rng), values)[-1, :-1]
    assert 0.7 < r.std() * np.sqrt(99) < 1.6


@pytest.mark.parametrize("fault", ["few", "missing", "shape"])
def test_what_cannot_be_matched_is_refused(fault: str) -> None:
    rng = np.random.default_rng(1)
    n = 9 if fault == "few" else 20
    _, apart = brain(n, rng)
    values = rng.standard_normal(n)
    if fault == "missing":
        values[3] = np.nan
    if fault == "shape":
        apart = apart[:-1]
    with pytest.raises(ValueError, match="variogram needs"):
        variogram_surrogates(values, apart, 5, rng)
