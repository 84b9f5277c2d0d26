"""Mediated effects: R's coefficients, the sensitivity formula, and where nothing is estimated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from rewire.numerics.mediation import MediationData, estimate_mediation, mediated_at

# The rows of test_contrasts.py.
# fmt: off
BEFORE = np.array([
    22, 19, 25, 30, 17, 21, 24, 20, 28, 26, 18, 23, 27, 29, 20,
    24, 22, 26, 19, 31, 20, 25, 23, 18, 27, 21, 28, 22, 24, 26,
], dtype=float)
AFTER = np.array([
    9, 8, 14, 17, 5, 12, 13, 9, 20, 15, 14, 15, 21, 20, 13,
    20, 18, 19, 15, 27, 17, 22, 19, 13, 21, 19, 24, 20, 19, 23,
], dtype=float)
AGE = np.array([
    34, 51, 28, 45, 39, 61, 33, 42, 29, 50, 37, 48, 55, 31, 40,
    44, 36, 58, 27, 49, 53, 30, 41, 46, 38, 35, 47, 32, 57, 43,
], dtype=float)
# fmt: on
ARM = np.repeat([1.0, 0.0], 15)
DATA = MediationData(ARM, AGE, AFTER, BEFORE[:, None])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def _planted(rng: np.random.Generator, n: int = 80) -> MediationData:
    t = np.repeat([0.0, 1.0], n // 2)
    x = rng.standard_normal(n)
    m = 0.8 * t + 0.5 * x + rng.standard_normal(n)
    y = 0.3 * t + 0.7 * m + 0.4 * x + rng.standard_normal(n)
    return MediationData(t, m, y, x[:, None])


def test_paths_as_r_has_them() -> None:
    """R 4.2.2: ``lm(age ~ T + b)``, ``lm(y ~ T + age + b)``, ``cor(resid, resid)``, ``sigma``."""
    found = estimate_mediation(DATA, 0, np.random.default_rng(0))
    assert found.mediated == pytest.approx(0.01486333473, rel=1e-8)
    assert found.to_mediator.estimate == pytest.approx(-0.8044244950, rel=1e-8)
    assert found.to_mediator.p == pytest.approx(0.8258394158, rel=1e-8)
    assert found.to_outcome.se == pytest.approx(0.04145622552, rel=1e-8)
    assert found.p == pytest.approx(0.8258394158, rel=1e-8)
    assert found.rho_at_zero == pytest.approx(-0.0870766636, rel=1e-8)
    assert found.spread == pytest.approx((9.895632045, 2.099774850), rel=1e-8)
    assert np.isnan(found.percentile).all()


def test_total_less_direct_is_mediated(rng: np.random.Generator) -> None:
    found = estimate_mediation(_planted(rng), 0, rng)
    assert found.mediated == pytest.approx(found.total.estimate - found.direct.estimate)


def test_sensitivity_at_no_correlation_is_the_product_of_coefficients() -> None:
    found = estimate_mediation(DATA, 0, np.random.default_rng(0))
    at = mediated_at(found, np.array([0.0, found.rho_at_zero]))
    assert at == pytest.approx([found.mediated, 0.0], abs=1e-12)


def test_sensitivity_recovers_the_effect_when_errors_are_correlated() -> None:
    """Errors of M and Y correlated .6: the naive b is wrong, the formula at .6 is right."""
    rng = np.random.default_rng(5)
    n = 400_000
    t = np.repeat([0.0, 1.0], n // 2)
    e = rng.multivariate_normal([0.0, 0.0], [[1.0, 0.6 * 1.5], [0.6 * 1.5, 2.25]], n)
    m = 0.8 * t + e[:, 0]
    y = 0.2 * t + 0.5 * m + e[:, 1]
    found = estimate_mediation(MediationData(t, m, y, np.empty((n, 0))), 0, rng)
    assert found.mediated == pytest.approx(0.8 * 1.4, abs=0.02)  # b is .5 + .6 * 1.5
    assert mediated_at(found, np.array([0.6]))[0] == pytest.approx(0.8 * 0.5, abs=0.02)


def test_monte_carlo_interval_is_that_of_a_product_of_normals() -> None:
    data = _planted(np.random.default_rng(3))
    found = estimate_mediation(data, 200_000, np.random.default_rng(4))
    a, b = found.to_mediator, found.to_outcome

    def below(limit: float) -> float:
        """P(A B <= limit) by numerical integration over A."""

        def inner(x: float) -> float:
            z = (limit / x - b.estimate) / b.se
            return float(stats.norm.cdf(z if x > 0 else -z) * stats.norm.pdf(x, a.estimate, a.se))

        parts = [(-2.0, -1e-12), (1e-12, 4.0)]
        return float(sum(integrate.quad(inner, *part, limit=200)[0] for part in parts))

    assert below(found.monte_carlo[0]) == pytest.approx(0.025, abs=0.0015)
    assert below(found.monte_carlo[1]) == pytest.approx(0.975, abs=0.0015)


def test_bootstrap_resamples_people_within_arms() -> None:
    """The same resamples, one by one, with numpy's least squares."""
    data = _planted(np.random.default_rng(8), 20)
    found = estimate_mediation(data, 300, np.random.default_rng(9))
    rng = np.random.default_rng(9)
    times = np.zeros((300, 20), dtype=int)
    for arm in (np.arange(10), np.arange(10, 20)):
        times[:, arm] = rng.multinomial(10, np.full(10, 0.1), size=300)
    products = []
    for count in times:
        rows = np.repeat(np.arange(20), count)
        shared = np.column_stack([np.ones(20), data.treatment, data.covariates])[rows]
        a = np.linalg.lstsq(shared, data.mediator[rows], rcond=None)[0][1]
        full = np.column_stack([shared, data.mediator[rows]])
        products.append(a * np.linalg.lstsq(full, data.outcome[rows], rcond=None)[0][-1])
    low, high = np.quantile(products, [0.025, 0.975])
    assert found.percentile == pytest.approx((low, high), rel=1e-8)
    z0 = stats.norm.ppf(np.mean(np.array(products) < found.mediated))
    levels = stats.norm.cdf([2 * z0 - stats.norm.ppf(0.975), 2 * z0 + stats.norm.ppf(0.975)])
    assert found.bias_corrected == pytest.approx(np.quantile(products, levels), rel=1e-8)


def test_what_cannot_be_estimated_says_why(rng: np.random.Generator) -> None:
    data = _planted(rng, 20)
    few = MediationData(
        np.where(np.arange(20) < 8, np.nan, data.treatment),
        data.mediator, data.outcome, data.covariates,
    )  # fmt: skip
    assert estimate_mediation(few, 9, rng).status == "too few participants"
    flat = MediationData(data.treatment, np.ones(20), data.outcome, data.covariates)
    assert estimate_mediation(flat, 9, rng).status == "no variance"
    same = MediationData(data.treatment, data.covariates[:, 0], data.outcome, data.covariates)
    found = estimate_mediation(same, 9, rng)
    assert found.status == "singular model"
    assert np.isnan([found.mediated, found.p, found.rho_at_zero]).all()
