"""Participation, within-module z, diversity and segregation by hand and at their limits."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.cartography import diversity, participation, segregation, within_module_z

# Node 0 has strength 2 in its own module, 1 in the second and 1 in the third.
HUB = np.zeros((6, 6))
HUB[0, [1, 2]] = HUB[[1, 2], 0] = 1.0
HUB[0, [3, 4]] = HUB[[3, 4], 0] = 0.5
HUB[0, 5] = HUB[5, 0] = 1.0
MODULES = np.array([0, 0, 0, 1, 1, 2])


def test_a_hub_by_hand() -> None:
    assert participation(HUB, MODULES)[0] == pytest.approx(1 - (0.25 + 0.0625 + 0.0625))
    assert diversity(HUB, MODULES)[0] == pytest.approx(1.5 * np.log(2) / np.log(3))
    # Strengths within the module are 2, 1, 1.
    z = within_module_z(HUB, MODULES)
    assert z[:3] == pytest.approx([np.sqrt(2), -np.sqrt(0.5), -np.sqrt(0.5)])
    assert np.isnan(z[3:]).all()


def test_segregation_by_hand() -> None:
    # Within: 2 + 0 over 3 + 1 pairs; between: 2 over 11. Module 0: 2/3 within, 2/9 between.
    found = segregation(HUB, MODULES)
    assert found.whole == pytest.approx((0.5 - 2 / 11) / 0.5)
    assert found.system[0] == pytest.approx((2 / 3 - 2 / 9) / (2 / 3))
    assert np.isnan(found.system[1:]).all()


def test_even_spread_reaches_the_largest_values() -> None:
    even = np.ones((8, 8))
    np.fill_diagonal(even, 0.0)
    labels = np.repeat(np.arange(4), 2)
    weights = np.where(np.equal.outer(labels, labels), 2.0, 1.0)
    assert participation(weights, labels) == pytest.approx(np.full(8, 0.75))
    assert diversity(weights, labels) == pytest.approx(np.ones(8))
    assert segregation(even, labels).whole == pytest.approx(0.0)


def test_scale_does_not_matter() -> None:
    weights = np.abs(np.corrcoef(np.random.default_rng(0).standard_normal((20, 9))))
    weights = (weights + weights.T) / 2.0
    labels = np.arange(20) % 3
    for measure in (participation, diversity, within_module_z):
        np.testing.assert_allclose(measure(7.0 * weights, labels), measure(weights, labels))
    assert segregation(7.0 * weights, labels).whole == pytest.approx(
        segregation(weights, labels).whole
    )


def test_lone_nodes_and_lone_modules_have_no_value() -> None:
    alone = np.zeros((3, 3))
    alone[1, 2] = alone[2, 1] = 1.0
    assert np.isnan(participation(alone, np.array([0, 0, 1]))[0])
    assert np.isnan(diversity(alone, np.array([0, 0, 1]))[0])
    assert np.isnan(diversity(HUB, np.zeros(6, int))).all()
    assert np.isnan(segregation(HUB, np.zeros(6, int)).whole)
    assert np.isnan(segregation(HUB, np.arange(6)).whole)


@pytest.mark.parametrize("bad", [-np.ones((2, 2)), np.full((2, 2), np.nan)])
def test_negative_and_missing_weights_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="not negative"):
        participation(bad, np.array([0, 1]))
