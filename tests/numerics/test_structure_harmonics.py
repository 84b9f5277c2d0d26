"""Graph Fourier transform of activity on a connectome, against transforms done by hand."""

from __future__ import annotations

import numpy as np

from rewire.numerics.structure_harmonics import structural_decoupling, structural_harmonics


def _pair(r: float) -> np.ndarray:
    """Two standardised series that correlate by r exactly."""
    a = np.array([1.0, 1.0, -1.0, -1.0])
    b = np.array([1.0, -1.0, 1.0, -1.0])
    return np.stack([a, r * a + np.sqrt(1.0 - r**2) * b], axis=1)


def test_two_regions_by_hand() -> None:
    # harmonics (1, 1) and (1, -1) over sqrt 2: energies 1 + r and 1 - r, in both regions alike
    found = structural_decoupling(_pair(0.6), np.array([[0.0, 2.0], [2.0, 0.0]]))
    np.testing.assert_allclose(found.ratio, np.sqrt(0.4 / 1.6))
    assert (found.coupled, found.regions) == (1, 2)


def test_where_all_harmonics_are_needed_for_half_the_energy_nothing_is_decoupled() -> None:
    found = structural_decoupling(_pair(-0.6), np.array([[0.0, 2.0], [2.0, 0.0]]))
    assert found.coupled == 2
    assert np.isnan(found.ratio).all()


def test_a_chain_of_three_by_hand() -> None:
    chain = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    frequencies, harmonics = structural_harmonics(chain)
    np.testing.assert_allclose(frequencies, [0.0, 1.0, 2.0], atol=1e-12)
    # harmonic 0 goes with the root of the degree: (1, sqrt 2, 1) / 2
    np.testing.assert_allclose(np.abs(harmonics[:, 0]), np.array([1.0, np.sqrt(2.0), 1.0]) / 2.0)
    series = np.random.default_rng(0).standard_normal((50, 3)) @ np.array(
        [[1.0, 0.8, 0.7], [0.0, 0.6, 0.5], [0.0, 0.0, 0.5]]
    )
    scores = (series - series.mean(0)) / series.std(0)
    smooth = np.array([1.0, np.sqrt(2.0), 1.0]) / 2.0
    low = np.outer(scores @ smooth, smooth)
    energy = ((scores @ smooth) ** 2).sum() / (scores**2).sum()
    assert energy > 0.5  # so that one harmonic is enough
    expected = np.linalg.norm(scores - low, axis=0) / np.linalg.norm(low, axis=0)
    np.testing.assert_allclose(structural_decoupling(series, chain).ratio, expected, rtol=1e-10)


def test_units_of_a_region_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    made = np.triu(rng.uniform(1.0, 2.0, (6, 6)), 1)
    series = rng.standard_normal((40, 6)).cumsum(axis=1)
    plain = structural_decoupling(series, made + made.T).ratio
    scaled = structural_decoupling(series * np.arange(1.0, 7.0) + 100.0, made + made.T).ratio
    np.testing.assert_allclose(scaled, plain, rtol=1e-9)


def test_a_cut_off_among_equal_harmonics_gives_nothing() -> None:
    """All weights equal: every harmonic but the first has frequency n / (n - 1), in no order."""
    weights = np.ones((12, 12)) - np.eye(12)
    series = np.random.default_rng(2).standard_normal((200, 12))
    found = structural_decoupling(series, weights)
    assert 1 < found.coupled < 12
    assert np.isnan(found.ratio).all()


def test_equal_harmonics_on_one_side_of_the_cut_off_do_no_harm() -> None:
    """A strong common signal alone is the coupled part, so that no equal harmonics are divided."""
    rng = np.random.default_rng(2)
    series = 5.0 * rng.standard_normal((200, 1)) + rng.standard_normal((200, 12))
    found = structural_decoupling(series, np.ones((12, 12)) - np.eye(12))
    scores = (series - series.mean(axis=0)) / series.std(axis=0)
    common = scores.mean(axis=1, keepdims=True)
    assert found.coupled == 1
    np.testing.assert_allclose(
        found.ratio, np.linalg.norm(scores - common, axis=0) / np.linalg.norm(common)
    )
