"""Prediction far away against scikit-learn, split by split; partial correlation by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from rewire.numerics.map_prediction import clear_maps, predict_far


def placed(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    places = rng.standard_normal((40, 3))
    x = rng.standard_normal((40, 2))
    apart = np.linalg.norm(places[:, None] - places, axis=2)
    return x @ np.array([1.0, -0.5]) + rng.standard_normal(40), x, apart


def test_equals_scikit_learn_split_by_split() -> None:
    y, x, apart = placed()
    nulls = np.random.default_rng(2).standard_normal((30, 40))
    found = predict_far(y, nulls, x, apart)
    medians = []
    for one in (y, *nulls):
        r = []
        for source in range(40):
            order = np.argsort(apart[source])
            train, test = order[:30], order[30:]
            told = LinearRegression().fit(x[train], one[train]).predict(x[test])
            r.append(np.corrcoef(told, one[test])[0, 1])
        if one is y:
            np.testing.assert_allclose(found.r, r, atol=1e-10)
        medians.append(np.median(r))
    assert found.median == pytest.approx(medians[0])
    np.testing.assert_allclose(found.null_median, medians[1:], atol=1e-10)
    assert found.p == (1 + sum(m >= medians[0] for m in medians[1:])) / 31


def test_too_few_regions_are_refused() -> None:
    y, _, apart = placed()
    with pytest.raises(ValueError, match="too few"):
        predict_far(y[:10], y[None, :10], np.ones((10, 7)), apart[:10, :10])


def test_clearing_gives_partial_correlations() -> None:
    """r_xy.z = (r_xy - r_xz r_yz) / sqrt((1 - r_xz^2)(1 - r_yz^2))."""
    rng = np.random.default_rng(4)
    z = rng.standard_normal(50)
    x, y = z + rng.standard_normal(50), 0.5 * z + rng.standard_normal(50)
    left = clear_maps(np.array([x, y]) + 100.0, z[:, None])
    r = np.corrcoef([x, y, z])
    expected = (r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    assert np.corrcoef(left)[0, 1] == pytest.approx(expected, abs=1e-10)
    np.testing.assert_allclose(left @ z, 0.0, atol=1e-9)
    np.testing.assert_allclose(left.sum(axis=1), 0.0, atol=1e-9)


def test_a_map_that_others_explain_is_zero_and_others_may_repeat() -> None:
    z = np.random.default_rng(5).standard_normal((30, 2))
    left = clear_maps((z @ [[3.0], [1.0]]).T, np.column_stack([z, z[:, 0], np.full(30, 2.0)]))
    np.testing.assert_array_equal(left, 0.0)
