"""Responses to single events: by hand, and against a model fitted for every event."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.event_models import (
    event_responses,
    left_over,
    network_means,
    separate_weights,
    variance_inflation,
)


def test_response_by_hand() -> None:
    kernel = (np.array([0.0, 1.0, 0.5]), 1.0)
    made = event_responses(np.array([1.0, 2.0]), np.array([1.0, 2.0]), np.arange(7.0), kernel)
    np.testing.assert_allclose(made[:, 0], [0, 0, 1.0, 0.5, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(made[:, 1], [0, 0, 0, 1.0, 1.5, 0.5, 0], atol=1e-12)


def test_an_event_without_extent_lasts_one_step() -> None:
    kernel = (np.array([0.25, 0.5, 0.25]), 0.5)
    short, instant = (
        event_responses(np.ones(1), np.full(1, d), np.arange(5.0), kernel) for d in (0.5, 0.0)
    )
    np.testing.assert_array_equal(short, instant)


def test_separate_weights_are_those_of_one_model_an_event() -> None:
    rng = np.random.default_rng(0)
    events, series = rng.standard_normal((60, 9)), rng.standard_normal((60, 4))
    nuisance = np.column_stack([np.ones(60), np.linspace(-1, 1, 60)])
    member = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2])
    found = separate_weights(series, events, member, nuisance)
    for e in range(9):
        others = [
            events[:, [j for j in range(9) if member[j] == c and j != e]].sum(axis=1)
            for c in range(3)
        ]
        design = np.column_stack([events[:, e], *others, nuisance])
        expected = np.linalg.lstsq(design, series, rcond=None)[0][0]
        np.testing.assert_allclose(found[e], expected, rtol=1e-9, atol=1e-11)


def test_events_that_cannot_be_told_apart_have_no_weight() -> None:
    rng = np.random.default_rng(1)
    events = rng.standard_normal((40, 5))
    events[:, 1] = events[:, 0]
    member = np.array([0, 0, 1, 1, 2])
    found = separate_weights(rng.standard_normal((40, 2)), events, member, np.ones((40, 1)))
    # alone in its condition, an event is its condition
    assert np.isnan(found[4]).all()
    # two that coincide are each half of their condition
    assert np.isnan(found[:2]).all()
    assert np.isfinite(found[2:4]).all()


def test_variance_inflation_is_one_over_one_minus_r_squared() -> None:
    rng = np.random.default_rng(2)
    a = rng.standard_normal(200)
    b = a + rng.standard_normal(200)
    r = np.corrcoef(a, b)[0, 1]
    found = variance_inflation(np.column_stack([a, b]), np.ones((200, 1)))
    np.testing.assert_allclose(found, 1 / (1 - r**2), rtol=1e-10)


@pytest.mark.parametrize("lost", ["twice", "constant", "zero"])
def test_what_the_design_holds_already_cannot_be_told(lost: str) -> None:
    rng = np.random.default_rng(3)
    a = rng.standard_normal(50)
    b = {"twice": 3 * a, "constant": np.full(50, 7.0), "zero": np.zeros(50)}[lost]
    found = variance_inflation(np.column_stack([a, b]), np.ones((50, 1)))
    assert np.isinf(found[1])
    assert np.isinf(found[0]) == (lost == "twice")


def test_what_is_left_is_orthogonal_to_the_design() -> None:
    rng = np.random.default_rng(4)
    design = rng.standard_normal((50, 3)) * np.array([1e6, 1.0, 1e-6])
    left = left_over(rng.standard_normal((50, 4)), np.column_stack([design, design[:, 0]]))
    lengths = np.linalg.norm(design, axis=0)
    np.testing.assert_allclose(design.T @ left / lengths[:, None], 0.0, atol=1e-8)


def test_network_means_by_hand() -> None:
    z = np.array([[np.nan, 1.0, 2.0], [1.0, np.nan, np.nan], [2.0, np.nan, np.nan]])
    member = np.array([[True, True, False], [False, False, True]])
    np.testing.assert_allclose(network_means(z, member), [[1.0, 2.0], [2.0, np.nan]])
