"""A fold's predictors: imputed, scaled and cleared by the training people alone."""

from __future__ import annotations

import numpy as np

from rewire.numerics.fold_preparation import Predictors, prepare_fold

NOTHING = np.empty((6, 0))


def test_training_gives_mean_and_spread_and_what_is_missing_becomes_the_mean() -> None:
    x = np.array([[1.0], [5.0], [np.nan], [3.0], [np.nan], [9.0]])
    got = prepare_fold(Predictors(NOTHING, x), np.arange(4), np.array([4, 5]))
    # 1, 5, 3 with mean 3; the imputed person lies at 3: variance 8 / 4
    np.testing.assert_allclose(got.train.ravel(), np.array([-2.0, 2.0, 0.0, 0.0]) / np.sqrt(2.0))
    np.testing.assert_allclose(got.test.ravel(), [0.0, 6.0 / np.sqrt(2.0)])


def test_what_does_not_vary_in_training_predicts_nothing() -> None:
    x = np.array([[2.0, np.nan], [2.0, np.nan], [2.0, np.nan], [9.0, 1.0], [2.0, 5.0], [2.0, 1.0]])
    got = prepare_fold(Predictors(NOTHING, x), np.arange(3), np.arange(3, 6))
    assert not got.train.any()
    assert not got.test.any()


def test_predictors_are_cleared_of_those_that_are_always_in() -> None:
    rng = np.random.default_rng(0)
    always = rng.normal(size=(30, 2))
    x = always @ rng.normal(size=(2, 3)) + rng.normal(size=(30, 3))
    train, test = np.arange(24), np.arange(24, 30)
    got = prepare_fold(Predictors(always, x), train, test)
    np.testing.assert_allclose(got.always_train.T @ got.train, 0.0, atol=1e-10)
    # the test people are cleared by the slopes of the training people
    scaled = (x - x[train].mean(axis=0)) / x[train].std(axis=0)
    design = np.column_stack([np.ones(30), always])
    slopes = np.linalg.lstsq(design[train], scaled[train], rcond=None)[0]
    np.testing.assert_allclose(got.test, (scaled - design @ slopes)[test], atol=1e-10)


def test_always_columns_that_repeat_each_other_do_no_harm() -> None:
    rng = np.random.default_rng(1)
    one = rng.normal(size=(20, 1))
    x = rng.normal(size=(20, 4))
    both = prepare_fold(Predictors(np.hstack([one, one]), x), np.arange(15), np.arange(15, 20))
    alone = prepare_fold(Predictors(one, x), np.arange(15), np.arange(15, 20))
    np.testing.assert_allclose(both.train, alone.train, atol=1e-9)
    np.testing.assert_allclose(both.test, alone.test, atol=1e-9)


def test_a_site_that_training_lacks_is_left_as_measured() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(12, 2))
    site = np.repeat([0, 1], 6)
    train, test = np.arange(6), np.arange(6, 12)
    with_site = prepare_fold(Predictors(np.empty((12, 0)), x, site), train, test)
    without = prepare_fold(Predictors(np.empty((12, 0)), x), train, test)
    np.testing.assert_allclose(with_site.test, without.test, atol=1e-12)
