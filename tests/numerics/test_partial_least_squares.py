"""PLS against scikit-learn and a singular value decomposition by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression

from rewire.numerics.partial_least_squares import bootstrap_weights, explain_nulls, fit_pls


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    latent = rng.standard_normal((40, 3))
    columns = latent @ rng.standard_normal((3, 300)) + rng.standard_normal((40, 300))
    return columns, latent[:, 0] + 0.5 * rng.standard_normal(40)


def sklearn_fit(columns: np.ndarray, values: np.ndarray, components: int) -> PLSRegression:
    return PLSRegression(components, scale=False).fit(columns, values)


def test_equals_scikit_learn(data: tuple[np.ndarray, np.ndarray]) -> None:
    columns, values = data
    found = fit_pls(columns, values, 5)
    other = sklearn_fit(columns, values, 5)
    scores = other.x_scores_ / np.linalg.norm(other.x_scores_, axis=0)
    turn = np.sign((scores * found.scores).sum(axis=0))
    np.testing.assert_allclose(found.scores, scores * turn, atol=1e-10)
    np.testing.assert_allclose(found.weights, other.x_weights_ * turn, atol=1e-10)
    centred = values - values.mean()
    for a in range(1, 6):
        fitted = sklearn_fit(columns, values, a).predict(columns).ravel() - values.mean()
        explained = 1 - ((centred - fitted) ** 2).sum() / (centred**2).sum()
        assert found.explained[:a].sum() == pytest.approx(explained, abs=1e-10)


def test_first_weights_are_the_singular_vector_of_the_covariance(
    data: tuple[np.ndarray, np.ndarray],
) -> None:
    columns, values = data
    x, y = columns - columns.mean(axis=0), values - values.mean()
    left = np.linalg.svd((x.T @ y)[:, None], full_matrices=False)[0][:, 0]
    found = fit_pls(columns, values, 1)
    np.testing.assert_allclose(np.abs(found.weights[:, 0]), np.abs(left), atol=1e-12)
    score = x @ left
    share = (score @ score) and ((x.T @ score) ** 2).sum() / (score @ score) / (x**2).sum()
    assert found.explained_columns[0] == pytest.approx(share, abs=1e-12)


def test_null_maps_are_explained_as_if_each_were_fitted(
    data: tuple[np.ndarray, np.ndarray],
) -> None:
    columns, values = data
    rng = np.random.default_rng(1)
    nulls = np.stack([rng.permutation(values) for _ in range(20)])
    found = explain_nulls(columns, nulls, 4)
    for row, null in zip(found, nulls, strict=True):
        np.testing.assert_allclose(row, fit_pls(columns, null, 4).explained, atol=1e-12)


def test_bootstrap_equals_refits(data: tuple[np.ndarray, np.ndarray]) -> None:
    columns, values = data
    found = bootstrap_weights(columns, values, 2, 60, np.random.default_rng(9))
    observed = fit_pls(columns, values, 2).weights
    drawn = np.random.default_rng(9).integers(0, 40, (60, 40))
    made = []
    for rows in drawn:
        weights = sklearn_fit(columns[rows], values[rows], 2).x_weights_
        made.append(weights * np.sign((weights * observed).sum(axis=0)))
    se = np.std(made, axis=0, ddof=1)
    np.testing.assert_allclose(found.se, se, atol=1e-10)
    np.testing.assert_allclose(found.z, observed / se, rtol=1e-7)


def test_components_beyond_the_map_are_nan() -> None:
    columns = np.eye(6)[:, :2]  # two directions only, and the map lies on the first
    found = fit_pls(columns, np.array([1.0, 0, 0, 0, 0, 0]), 4)
    assert np.isfinite(found.explained[0])
    assert np.isnan(found.explained[-1])


def test_fewer_columns_than_components_leave_no_rounding_behind() -> None:
    rng = np.random.default_rng(3)
    columns, values = rng.standard_normal((30, 3)), rng.standard_normal(30)
    found = fit_pls(columns, values, 6).explained
    design = np.column_stack([np.ones(30), columns])
    left = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    share = 1 - (left @ left) / ((values - values.mean()) ** 2).sum()
    assert found[:3].sum() == pytest.approx(share)
    assert np.isnan(found[3:]).all()
    np.testing.assert_allclose(explain_nulls(columns, values[None], 6)[0], found)


@pytest.mark.parametrize("components", [0, 40])
def test_impossible_components_are_refused(
    data: tuple[np.ndarray, np.ndarray], components: int
) -> None:
    with pytest.raises(ValueError, match="components"):
        fit_pls(*data, components)
