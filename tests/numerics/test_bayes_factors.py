"""Bayes factors: published, by R's integrate, and where n is large."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.bayes_factors import bayes_factor_correlation, bayes_factor_t

HALF = np.sqrt(0.5)


def _bf(t: float, df: float, n: float, prior: float = float(HALF)) -> float:
    return float(bayes_factor_t(*(np.array([v]) for v in (t, df, np.sqrt(n))), prior)[0])


def test_example_of_rouder() -> None:
    """Rouder et al. 2009, p. 232: t = 2.03, N = 80, Cauchy scale 1 gives B01 = 1.56."""
    assert _bf(2.03, 79, 80, 1.0) == pytest.approx(1.56, abs=0.005)


@pytest.mark.parametrize(
    ("t", "df", "n", "prior", "bf01"),
    [
        (2.03, 79, 80.0, 1.0, 1.55744684),
        (0.0, 79, 80.0, 1.0, 11.34680490),
        (2.2, 21, 22.0, HALF, 0.61373527),
        (1.65, 41, 22 * 21 / 43, HALF, 1.13382374),
    ],
)
def test_t_by_integration_in_r(t: float, df: float, n: float, prior: float, bf01: float) -> None:
    """R 4.2.2: stats::integrate of the integrand of Rouder et al. over g, rel.tol 1e-10."""
    assert _bf(t, df, n, prior) == pytest.approx(bf01, rel=1e-7)
    assert _bf(-t, df, n, prior) == pytest.approx(bf01, rel=1e-7)


@pytest.mark.parametrize(
    ("r", "n", "bf01"),
    [
        (0.0, 20, 3.613112507),
        (0.6, 20, 0.094041384),
        (0.422, 22, 0.626085629),
        (-0.3, 43, 0.829025609),
    ],
)
def test_r_by_integration_in_r(r: float, n: int, bf01: float) -> None:
    """R 4.2.2: Hotelling's likelihood of rho integrated over a uniform prior."""
    found = bayes_factor_correlation(np.array([r]), np.array([float(n)]))[0]
    assert found == pytest.approx(bf01, rel=1e-7)


def test_large_samples_stay_finite_and_follow_the_laplace_limit() -> None:
    # with t = 0 and many people, BF01 tends to sqrt(n) x pi x prior / sqrt(2 pi)
    n = 1e6
    limit = np.sqrt(n) * np.pi * HALF / np.sqrt(2 * np.pi)
    assert _bf(0.0, n - 1, n) == pytest.approx(limit, rel=1e-4)
    # and for r = 0 to sqrt(n) x 2 / sqrt(2 pi), the uniform prior being 1/2 at 0
    found = bayes_factor_correlation(np.array([0.0, 0.99]), np.array([n, n]))
    assert found[0] == pytest.approx(2 * np.sqrt(n / (2 * np.pi)), rel=1e-4)
    assert 0.0 < found[1] < 1e-300
    assert 0.0 < _bf(900.0, n - 1, n) < 1e-300
    assert _bf(40.0, 3, 4.0) < 0.01


def test_what_is_not_known_has_no_bayes_factor() -> None:
    assert np.isnan(_bf(np.nan, 9, 10))
    some = np.array([1.0, np.nan, 0.2])
    assert np.isnan(bayes_factor_correlation(some, np.array([9.0, 9.0, 2.0]))).all()
