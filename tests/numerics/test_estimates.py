"""The pieces that all tests share."""

import numpy as np
from scipy import stats

from rewire.numerics.estimates import hedges_correction, no_spread, p_of_t, patterns, t_quantile


def test_patterns_cover_every_cell_once() -> None:
    rng = np.random.default_rng(1)
    valid = rng.random((12, 40)) < 0.8
    found = patterns(valid)
    assert sorted(np.concatenate([p.cells for p in found])) == list(range(40))
    for pattern in found:
        for cell in pattern.cells:
            np.testing.assert_array_equal(pattern.rows, np.flatnonzero(valid[:, cell]))


def test_no_cells_give_no_patterns() -> None:
    assert patterns(np.ones((3, 0), dtype=bool)) == ()


def test_sides_of_p_add_up() -> None:
    t, df = np.array([-2.0, 0.3, 4.0]), np.array([3.0, 10.0, 100.0])
    greater, less = p_of_t(t, df, "greater"), p_of_t(t, df, "less")
    np.testing.assert_allclose(greater + less, 1.0)
    np.testing.assert_allclose(p_of_t(t, df, "two-sided"), 2 * np.minimum(greater, less))
    np.testing.assert_allclose(greater, stats.t.sf(t, df))


def test_p_is_never_zero() -> None:
    assert p_of_t(np.array([1e200]), np.array([50.0]), "two-sided")[0] > 0


def test_t_quantile_of_a_textbook() -> None:
    np.testing.assert_allclose(t_quantile(np.array([15.0]), 0.95), [2.131], atol=5e-4)


def test_hedges_correction_is_near_its_usual_approximation() -> None:
    df = np.array([10.0, 41.0, 200.0])
    np.testing.assert_allclose(hedges_correction(df), 1 - 3 / (4 * df - 1), atol=4e-4)


def test_rounding_error_is_no_spread() -> None:
    values = np.full((5, 1), 0.1) * 3 - np.full((5, 1), 0.3)
    noisy = 0.3 + values * np.array([1.0, -1.0, 1.0, 0.0, 0.0])[:, None]
    ss = ((noisy - noisy.mean(axis=0)) ** 2).sum(axis=0)
    assert no_spread(ss, noisy).all()
    assert not no_spread(np.array([1.0]), noisy).any()
