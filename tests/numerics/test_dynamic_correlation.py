"""GARCH and dynamic conditional correlation: planted dynamics, limits, bad input."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.dynamic_correlation import (
    conditional_correlations,
    fit_dcc,
    fit_garch,
    innovations,
)


def _garch(volumes: int, omega: float, alpha: float, beta: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    h = omega / (1.0 - alpha - beta)
    e = np.empty(volumes)
    for t in range(volumes):
        e[t] = np.sqrt(h) * rng.standard_normal()
        h = omega + alpha * e[t] ** 2 + beta * h
    return e


def _dcc(volumes: int, target: np.ndarray, a: float, b: float, seed: int) -> np.ndarray:
    """Series of unit variance whose correlations follow Engle's recursion."""
    rng = np.random.default_rng(seed)
    q = target.copy()
    u = np.empty((volumes, len(target)))
    for t in range(volumes):
        size = np.sqrt(np.diag(q))
        u[t] = np.linalg.cholesky(q / np.outer(size, size)) @ rng.standard_normal(len(target))
        q = (1.0 - a - b) * target + a * np.outer(u[t], u[t]) + b * q
    return u


def test_planted_variances_are_recovered() -> None:
    series = np.column_stack([_garch(20_000, 0.2, 0.15, 0.75, seed) for seed in range(4)])
    found = fit_garch(1000.0 * series + 3.0)
    np.testing.assert_allclose(found.alpha, 0.15, atol=0.03)
    np.testing.assert_allclose(found.beta, 0.75, atol=0.05)
    np.testing.assert_allclose(found.omega, 0.2e6, rtol=0.25)
    np.testing.assert_allclose((found.residuals**2).mean(axis=0), 1.0, atol=0.02)


def test_likelihood_is_that_of_the_formula_and_a_maximum() -> None:
    e = _garch(400, 0.2, 0.15, 0.75, 0)
    e = e - e.mean()
    found = fit_garch(e[:, None])

    def loglik(omega: float, alpha: float, beta: float) -> float:
        h, total = e.var(), 0.0
        for value in e:
            total -= 0.5 * (np.log(h) + value**2 / h)
            h = omega + alpha * value**2 + beta * h
        return total

    best = found.omega[0], found.alpha[0], found.beta[0]
    assert loglik(*best) == pytest.approx(found.loglik[0], abs=1e-8)
    for k in range(3):
        for factor in (0.98, 1.02):
            other = list(best)
            other[k] *= factor
            assert loglik(*other) < found.loglik[0]


def test_planted_dynamics_are_recovered() -> None:
    target = np.full((5, 5), 0.3) + 0.7 * np.eye(5)
    series = _dcc(4000, target, 0.06, 0.9, 1)
    found = fit_dcc(series)
    assert found.a == pytest.approx(0.06, abs=0.015)
    assert found.b == pytest.approx(0.9, abs=0.04)
    off = ~np.eye(5, dtype=bool)
    # not 0.3: Engle's target is not the mean correlation exactly (Aielli 2013)
    np.testing.assert_allclose(found.mean[off], np.corrcoef(series.T)[off], atol=0.02)
    constant = fit_dcc(_dcc(4000, target, 0.0, 0.0, 1))
    assert np.nanmean(found.variance) > 20.0 * np.nanmean(constant.variance)


def test_a_planted_correlation_is_followed() -> None:
    rng = np.random.default_rng(0)
    truth = 0.8 * np.sin(2 * np.pi * np.arange(2000) / 500)
    first = rng.standard_normal(2000)
    second = truth * first + np.sqrt(1.0 - truth**2) * rng.standard_normal(2000)
    path = conditional_correlations(fit_dcc(np.column_stack([first, second])))[:, 0, 1]
    assert np.corrcoef(path, truth)[0, 1] > 0.8


def test_sums_over_the_path_are_those_of_the_path() -> None:
    found = fit_dcc(_dcc(300, np.eye(3), 0.1, 0.8, 0))
    path = conditional_correlations(found)
    off = ~np.eye(3, dtype=bool)
    np.testing.assert_allclose(path.mean(axis=0)[off], found.mean[off], rtol=1e-9)
    np.testing.assert_allclose(path.var(axis=0)[off], found.variance[off], rtol=1e-6)
    assert np.isnan(np.diag(found.variance)).all()
    assert (np.abs(path) <= 1.0 + 1e-12).all()


def test_units_and_order_do_not_matter() -> None:
    series = _dcc(200, np.eye(4), 0.1, 0.8, 0)
    plain = fit_dcc(series)
    scaled = fit_dcc(series * [1e-3, 1.0, 50.0, 1e6] + 7.0)
    np.testing.assert_allclose(scaled.variance, plain.variance, rtol=1e-5)
    order = [2, 0, 3, 1]
    mixed = fit_dcc(series[:, order])
    np.testing.assert_allclose(mixed.variance, plain.variance[np.ix_(order, order)], rtol=1e-9)


def test_a_perfect_pair_is_nan_and_spoils_nothing() -> None:
    series = _dcc(200, np.eye(3), 0.1, 0.8, 0)
    doubled = np.column_stack([series, 2.0 * series[:, 0]])
    found = fit_dcc(doubled)
    assert np.isnan(found.variance[0, 3])
    assert np.isfinite(found.variance[:3, :3][~np.eye(3, dtype=bool)]).all()
    np.testing.assert_allclose(found.variance[0, 1], found.variance[3, 1], rtol=1e-9)
    with pytest.raises(ValueError, match="perfectly"):
        fit_dcc(doubled[:, [0, 3]])


@pytest.mark.parametrize("shape", [(200, 1), (49, 5)])
def test_too_little_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        fit_dcc(np.random.default_rng(0).standard_normal(shape))


def test_innovations_of_a_planted_autoregression_are_its_noise() -> None:
    noise = np.random.default_rng(0).standard_normal((5000, 1))
    series = noise.copy()
    for t in range(2, 5000):
        series[t] += 1.2 * series[t - 1] - 0.5 * series[t - 2]
    left = innovations(series + 100.0, 2)
    assert left.shape == (4998, 1)
    assert np.corrcoef(left[:, 0], noise[2:, 0])[0, 1] > 0.999
    np.testing.assert_allclose(innovations(series, 0), series - series.mean(axis=0), atol=1e-10)


def test_slow_signals_alone_make_correlations_vary() -> None:
    """Why the measure removes each region's own past first."""
    rng = np.random.default_rng(0)
    series = rng.standard_normal((600, 12))
    for t in range(1, 600):
        series[t] += 0.9 * series[t - 1]
    raw, freed = (np.nanmean(fit_dcc(innovations(series, k)).variance) for k in (0, 1))
    assert raw > 20.0 * freed
