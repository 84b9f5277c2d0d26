"""The exact distribution of r."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from rewire.numerics.correlation_interval import correlation_interval, correlation_survival


@pytest.mark.parametrize("n", [4, 5, 12, 43, 500])
@pytest.mark.parametrize("r", [-0.95, -0.2, 0.0, 0.6, 0.999])
def test_without_correlation_it_is_students_t(n: int, r: float) -> None:
    t = r * np.sqrt((n - 2) / (1 - r**2))
    found = correlation_survival(np.array([r]), np.array([0.0]), n)[0]
    np.testing.assert_allclose(found, stats.t.sf(t, n - 2), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(("n", "rho", "r"), [(6, 0.5, 0.2), (16, -0.3, 0.1), (43, 0.8, 0.85)])
def test_survival_by_another_route(n: int, rho: float, r: float) -> None:
    # r / sqrt(1 - r^2) is (rho* chi_(n-1) + normal) / chi_(n-2); condition on both chi
    ratio, slope = r / np.sqrt(1 - r**2), rho / np.sqrt(1 - rho**2)

    def chance(u: float) -> float:
        given = stats.nct.sf(ratio * np.sqrt(n - 2), n - 2, slope * u)
        return float(given * stats.chi.pdf(u, n - 1))

    expected, _ = integrate.quad(chance, 0, 40, limit=200)
    found = correlation_survival(np.array([r]), np.array([rho]), n)[0]
    np.testing.assert_allclose(found, expected, atol=1e-7)


@pytest.mark.parametrize("n", [4, 7, 16, 120])
def test_limits_have_the_tail_that_defines_them(n: int) -> None:
    r = np.array([-0.9, -0.1, 0.0, 0.42, 0.97])
    low, high = correlation_interval(r, n, 0.9)
    np.testing.assert_allclose(correlation_survival(r, low, n), 0.05, rtol=1e-5)
    np.testing.assert_allclose(correlation_survival(r, high, n), 0.95, rtol=1e-5)
    assert ((low < r) & (r < high)).all()


def test_the_table_gives_what_direct_solution_gives() -> None:
    r = np.linspace(-0.99, 0.99, 199)
    low, high = correlation_interval(r, 19)
    direct = np.array([correlation_interval(np.array([value]), 19) for value in r])[:, :, 0]
    np.testing.assert_allclose(low, direct[:, 0], atol=1e-7)
    np.testing.assert_allclose(high, direct[:, 1], atol=1e-7)


def test_large_samples_approach_fisher() -> None:
    low, high = correlation_interval(np.array([0.3]), 4000)
    z = np.arctanh(0.3) + special.ndtri([0.025, 0.975]) / np.sqrt(3997)
    np.testing.assert_allclose([low[0], high[0]], np.tanh(z), atol=2e-4)


def test_no_interval_without_a_correlation() -> None:
    low, high = correlation_interval(np.array([np.nan, 1.0, -1.0, 0.5]), 10)
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, True, True, False]
    assert np.isnan(correlation_interval(np.array([0.5]), 3)[0]).all()
