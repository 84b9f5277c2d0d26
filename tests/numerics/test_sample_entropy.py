"""Sample entropy against pairs counted one by one, and against noise of known entropy."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.sample_entropy import sample_entropies, white_sample_entropy


def _by_pairs(x: np.ndarray, limit: float, m: int, offsets: list[np.ndarray]) -> float:
    short = long = 0
    for y in offsets:
        n = len(y)
        for i in range(n - m):
            for j in range(i + 1, n - m):
                if np.abs(y[i : i + m] - y[j : j + m]).max() <= limit:
                    short += 1
                    long += abs(y[i + m] - y[j + m]) <= limit
    return -np.log(long / short)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_pairs_counted_one_by_one(m: int) -> None:
    x = np.random.default_rng(0).standard_normal((90, 2)).cumsum(axis=0)
    found = sample_entropies(x, (1, 2, 3), m, 0.3)
    for region in range(2):
        y = x[:, region]
        for row, s in enumerate((1, 2, 3)):
            coarse = [
                np.array([y[k + j * s : k + (j + 1) * s].mean() for j in range((len(y) - k) // s)])
                for k in range(s)
            ]
            expected = _by_pairs(y, 0.3 * y.std(), m, coarse)
            assert found[row, region] == pytest.approx(expected, abs=1e-12)


def test_five_volumes_by_hand() -> None:
    # 0 0 0 0 9: three starts 0, 1, 2 agree in all three pairs; one pair goes on agreeing.
    series = np.array([[0.0], [0.0], [0.0], [0.0], [9.0]])
    assert sample_entropies(series)[0, 0] == pytest.approx(np.log(3))


def test_white_noise_has_the_entropy_of_theory_at_every_scale() -> None:
    noise = np.random.default_rng(0).standard_normal((3000, 2))
    found = sample_entropies(noise, (1, 2, 4), 2, 0.3).mean(axis=1)
    theory = [white_sample_entropy(s, 0.3) for s in (1, 2, 4)]
    np.testing.assert_allclose(found, theory, rtol=0.05)


def test_a_random_walk_is_more_regular_than_noise_and_changes_less_with_scale() -> None:
    noise = np.random.default_rng(1).standard_normal((600, 5))
    white = sample_entropies(noise, (1, 4)).mean(axis=1)
    walk = sample_entropies(noise.cumsum(axis=0), (1, 4)).mean(axis=1)
    assert walk[0] < 0.5 * white[0]
    assert white[1] < white[0]
    assert walk[1] > walk[0]


def test_what_cannot_be_said_is_nan() -> None:
    assert np.isnan(sample_entropies(np.full((50, 1), 3.0))).all()
    assert np.isnan(sample_entropies(np.arange(6.0)[:, None] ** 3)).all()  # no two volumes agree
    assert np.isnan(sample_entropies(np.random.default_rng(0).standard_normal((2, 1)))).all()
    assert np.isnan(sample_entropies(np.zeros((0, 3)))).all()
    with pytest.raises(ValueError, match="tolerance"):
        sample_entropies(np.zeros((5, 1)), tolerance=0.0)
