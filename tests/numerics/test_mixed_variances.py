"""Standard deviations, correlations, what is singular, and predictions of groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rewire.numerics.mixed_criterion import MixedData, RandomTerm
from rewire.numerics.mixed_model import MixedFit, fit_mixed
from rewire.numerics.mixed_search import search
from rewire.numerics.mixed_variances import (
    VariancePlace,
    flat_places,
    random_modes,
    random_part,
    variance_values,
)


def _two(covariance: list[list[float]]) -> MixedFit:
    groups = np.repeat(np.arange(6), 3)
    x = np.column_stack([np.ones(18), np.tile(np.arange(3.0), 6)])
    y = np.random.default_rng(0).standard_normal(18)
    fit = fit_mixed(MixedData(y, x, (RandomTerm("id", groups, x),)))
    return replace(fit, random=(np.array(covariance),), sigma=1.5)


def test_deviations_and_correlations() -> None:
    fit = _two([[4.0, -1.0], [-1.0, 1.0]])
    np.testing.assert_allclose(variance_values(fit), [2.0, -0.5, 1.0, 1.5])
    assert flat_places(fit) == ()


@pytest.mark.parametrize(
    ("covariance", "place"),
    [
        ([[4.0, 0.0], [0.0, 0.0]], VariancePlace(0, 1, 1)),
        ([[4.0, 2.0], [2.0, 1.0]], VariancePlace(0, 0, 1)),
    ],
)
def test_what_is_at_its_bound_is_named(covariance: list[list[float]], place: VariancePlace) -> None:
    assert flat_places(_two(covariance)) == (place,)


def test_a_correlation_with_what_does_not_vary_is_unknown() -> None:
    assert np.isnan(variance_values(_two([[4.0, 0.0], [0.0, 0.0]]))[1])


def test_predictions_shrink_means_by_their_reliability() -> None:
    """Of m rows a group the mean is shrunk by m v / (m v + s^2)."""
    fit = _two([[0.0, 0.0], [0.0, 0.0]])
    one = RandomTerm("id", fit.data.terms[0].groups, np.ones((18, 1)))
    fit = replace(fit, data=replace(fit.data, terms=(one,)), random=(np.array([[2.0]]),))
    left = (fit.data.response - fit.data.fixed @ fit.estimate).reshape(6, 3).mean(axis=1)
    expected = left * 6.0 / (6.0 + 2.25)
    np.testing.assert_allclose(random_modes(fit)[0].ravel(), expected)
    np.testing.assert_allclose(random_part(fit), np.repeat(expected, 3))


def test_a_search_leaves_a_bound_that_it_has_overshot() -> None:
    """The slope is 0 at 0 although the least is at 0.1."""
    found = search(lambda x: float((x[0] ** 2 - 0.01) ** 2), np.array([5.0]), [(0.0, None)])
    assert found.at[0] == pytest.approx(0.1, abs=2e-3)
