"""Couplings of a region, against scipy and scikit-learn, and on data without any coupling."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import LinearRegression

from rewire.numerics.structure_coupling import (
    predictor_coupling,
    rank_coupling,
    regression_coupling,
)
from rewire.numerics.structure_walks import communicability


def _symmetric(rng: np.random.Generator, n: int) -> np.ndarray:
    made = np.triu(rng.standard_normal((n, n)), 1)
    return made + made.T


def _function_and_structure(n: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    function = _symmetric(rng, n)
    counts = np.triu(rng.poisson(1.0, (n, n)), 1).astype(float)
    return function, counts + counts.T


def test_ranks_over_connected_targets_equal_scipy() -> None:
    function, structure = _function_and_structure()
    found = rank_coupling(function, structure)
    for i in range(len(function)):
        on = structure[i] > 0.0
        expected = spearmanr(function[i, on], structure[i, on]).statistic
        np.testing.assert_allclose(found.value[i], expected, atol=1e-12)
        assert found.targets[i] == on.sum()


def test_ranks_over_all_targets_count_absent_connections_as_none() -> None:
    function, structure = _function_and_structure()
    found = rank_coupling(function, structure, "all")
    others = np.arange(20) != 3
    expected = spearmanr(function[3, others], structure[3, others]).statistic
    np.testing.assert_allclose(found.value[3], expected, atol=1e-12)


def test_both_targets_coincide_where_everything_is_connected() -> None:
    function, structure = _function_and_structure()
    complete = structure + 1.0 - np.eye(20)
    one, other = (rank_coupling(function, complete, t).value for t in ("connected", "all"))
    assert np.array_equal(one, other)
    apart = [rank_coupling(function, structure, t).value for t in ("connected", "all")]
    assert (np.abs(apart[0] - apart[1]) > 0.01).any()


def test_a_target_without_function_is_left_out() -> None:
    function, structure = _function_and_structure()
    holed = function.copy()
    holed[5] = holed[:, 5] = np.nan
    found = rank_coupling(holed, structure, "all")
    keep = np.delete(np.arange(20), 5)
    fewer = rank_coupling(function[np.ix_(keep, keep)], structure[np.ix_(keep, keep)], "all")
    assert np.isnan(found.value[5])
    np.testing.assert_allclose(found.value[keep], fewer.value)


def test_adjusted_r_squared_equals_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    predictors = np.stack([_symmetric(rng, 18) for _ in range(3)])
    function = 0.5 * predictors[0] - 0.2 * predictors[2] + 0.5 * _symmetric(rng, 18)
    predictors[1, 2, 7] = np.inf
    found = regression_coupling(function, predictors)
    for i in range(18):
        on = (np.arange(18) != i) & np.isfinite(predictors[:, i]).all(axis=0)
        x, y = predictors[:, i, on].T, function[i, on]
        plain = LinearRegression().fit(x, y).score(x, y)
        n = int(on.sum())
        np.testing.assert_allclose(found.value[i], 1 - (1 - plain) * (n - 1) / (n - 4), rtol=1e-9)
        assert found.targets[i] == n


def test_collinear_predictors_and_few_targets_give_nothing() -> None:
    rng = np.random.default_rng(2)
    one = _symmetric(rng, 12)
    assert np.isnan(
        regression_coupling(_symmetric(rng, 12), np.stack([one, 2.0 * one])).value
    ).all()
    few = np.stack([_symmetric(rng, 6) for _ in range(3)])
    assert np.isnan(regression_coupling(_symmetric(rng, 6), few).value).all()


def test_the_best_of_many_is_too_high_by_chance_and_the_held_out_one_is_not() -> None:
    """Function has nothing to do with the predictors; 1200 regions in all."""
    rng = np.random.default_rng(3)
    best, held_out, average = [], [], []
    for _ in range(30):
        predictors = np.stack([_symmetric(rng, 40) for _ in range(7)])
        halves = _symmetric(rng, 40), _symmetric(rng, 40)
        found = predictor_coupling(halves[0] + halves[1], halves, predictors)
        best.append(found.best.mean())
        held_out.append(found.held_out.mean())
        average.append(found.average.mean())
    # r of 39 independent pairs has SD 1/sqrt(38) = .162: |r| .129 on average, the best of 7 .28
    assert abs(np.mean(average) - 0.129) < 0.01
    assert np.mean(best) > 0.25
    assert abs(np.mean(held_out)) < 4.0 * np.std(held_out) / np.sqrt(30)


def test_a_predictor_that_holds_in_both_halves_is_found_with_its_strength() -> None:
    rng = np.random.default_rng(4)
    predictors = np.stack([_symmetric(rng, 60) for _ in range(4)])
    halves = tuple(-predictors[2] + _symmetric(rng, 60) for _ in range(2))
    found = predictor_coupling(halves[0] + halves[1], halves, predictors)
    assert (found.choice == 2).all()
    # one half's noise has the variance of the predictor: r is 1 / sqrt 2
    assert abs(found.held_out.mean() - np.sqrt(0.5)) < 0.03
    assert abs(found.optimism.mean()) < 0.03


def test_no_predictor_at_all_is_said() -> None:
    rng = np.random.default_rng(5)
    function = _symmetric(rng, 8)
    found = predictor_coupling(function, (function, function), np.full((2, 8, 8), np.nan))
    assert (found.choice == -1).all()
    for value in (found.best, found.held_out, found.average, found.optimism):
        assert np.isnan(value).all()


def test_a_predictor_that_varies_by_rounding_alone_explains_nothing() -> None:
    """Where all weights are equal communicability is the same for every pair but for rounding."""
    rng = np.random.default_rng(4)
    function, distance = _symmetric(rng, 16), np.abs(_symmetric(rng, 16))
    alike = communicability(np.ones((16, 16)) - np.eye(16))
    off = ~np.eye(16, dtype=bool)
    assert 0.0 < np.ptp(alike[off]) < 1e-12
    found = regression_coupling(function, np.stack([distance, alike]))
    assert np.isnan(found.value).all()
