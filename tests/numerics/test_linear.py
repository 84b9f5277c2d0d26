"""Models of one term, and what is taken out of them."""

import numpy as np
import pytest

from rewire.numerics.linear import group_model, mean_model, reduce_model, slope_model
from rewire.numerics.terms import fit_term


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_residuals_are_clear_of_covariates(rng: np.random.Generator) -> None:
    y, covariates, own = (
        rng.normal(size=(20, 3)),
        rng.normal(size=(20, 2)),
        rng.normal(size=(20, 3)),
    )
    group = np.repeat([0.0, 1.0], 10)
    (part,) = reduce_model(group_model(y, group, covariates, own))
    for cell in range(3):
        design = np.column_stack([np.ones(20), covariates, own[:, cell]])
        np.testing.assert_allclose(design.T @ part.residual[:, cell], 0.0, atol=1e-10)
    assert part.df == 20 - 5


def test_collinear_covariates_cost_one_degree_of_freedom(rng: np.random.Generator) -> None:
    y, x, z = rng.normal(size=(15, 1)), rng.normal(size=15), rng.normal(size=15)
    twice = fit_term(slope_model(y, x, np.column_stack([z, 2 * z + 1])))
    once = fit_term(slope_model(y, x, z[:, None]))
    np.testing.assert_allclose(twice.statistic, once.statistic)
    np.testing.assert_array_equal(twice.df, once.df)


def test_a_constant_covariate_changes_nothing(rng: np.random.Generator) -> None:
    y, x = rng.normal(size=(15, 1)), rng.normal(size=15)
    with_it = fit_term(slope_model(y, x, np.full((15, 1), 3.7)))
    np.testing.assert_allclose(with_it.statistic, fit_term(slope_model(y, x)).statistic)
    np.testing.assert_array_equal(with_it.df, [13])


def test_covariates_leave_a_mean_where_it_is(rng: np.random.Generator) -> None:
    y, z = rng.normal(size=(15, 1)), rng.normal(size=(15, 1)) + 40
    fit = fit_term(mean_model(y, z))
    np.testing.assert_allclose(fit.estimate, y.mean(axis=0))
    np.testing.assert_array_equal(fit.df, [13])


def test_a_missing_covariate_leaves_the_person_out(rng: np.random.Generator) -> None:
    y, x, z = rng.normal(size=(15, 2)), rng.normal(size=15), rng.normal(size=(15, 1))
    z[4] = np.nan
    kept = np.arange(15) != 4
    np.testing.assert_allclose(
        fit_term(slope_model(y, x, z)).statistic,
        fit_term(slope_model(y[kept], x[kept], z[kept])).statistic,
    )


def test_a_term_that_covariates_explain_is_singular(rng: np.random.Generator) -> None:
    y, x = rng.normal(size=(15, 1)), rng.normal(size=15)
    fit = fit_term(slope_model(y, x, (3 * x + 2)[:, None]))
    assert fit.status.tolist() == ["singular model"]
    assert np.isnan(fit.estimate).all()


def test_a_constant_baseline_is_singular_in_its_cell_alone(rng: np.random.Generator) -> None:
    y, own = rng.normal(size=(12, 2)), rng.normal(size=(12, 2))
    own[:, 0] = 5.0
    fit = fit_term(group_model(y, np.repeat([0.0, 1.0], 6), own=own))
    assert fit.status.tolist() == ["singular model", "ok"]
    assert np.isfinite(fit.estimate).tolist() == [False, True]
