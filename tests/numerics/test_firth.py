"""Firth's penalised likelihood."""

import numpy as np
import pytest
from scipy import optimize, stats

from rewire.numerics.firth import fit_firth
from rewire.numerics.likelihood import ONE_OUTCOME


def _two_groups(a: int, n: int, b: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    arm = np.repeat([1.0, 0.0], [n, m])
    event = np.r_[np.arange(n) < a, np.arange(m) < b].astype(float)
    return np.column_stack([np.ones(n + m), arm]), event


def _penalised(a: float, n: int, b: float, m: int) -> tuple[float, float]:
    """Return log likelihood ratio chi-square and top of 2x2, by a search of its own.

    In a saturated 2x2 the penalty log det I / 2 is sum(log(p (1 - p))) / 2 + constant: half a
    person more in each cell.
    """

    def height(p: float, q: float) -> float:
        cells = [(a + 0.5, p), (n - a + 0.5, 1 - p), (b + 0.5, q), (m - b + 0.5, 1 - q)]
        return float(sum(k * np.log(v) for k, v in cells))

    top = height((a + 0.5) / (n + 1), (b + 0.5) / (m + 1))
    pooled = height(*[(a + b + 1) / (n + m + 2)] * 2)
    return 2 * (top - pooled), top


@pytest.mark.parametrize(("a", "n", "b", "m"), [(5, 10, 0, 10), (3, 12, 6, 9), (0, 8, 8, 8)])
def test_a_saturated_table_has_half_a_person_more_in_each_cell(
    a: int, n: int, b: int, m: int
) -> None:
    fit = fit_firth(*_two_groups(a, n, b, m))
    odds = ((a + 0.5) / (n - a + 0.5)) / ((b + 0.5) / (m - b + 0.5))
    assert fit.status == "ok"
    assert fit.estimate[1] == pytest.approx(np.log(odds), abs=1e-7)
    chi_square, _ = _penalised(a, n, b, m)
    assert fit.statistic[1] ** 2 == pytest.approx(chi_square, abs=1e-7)
    assert fit.p[1] == pytest.approx(stats.chi2.sf(chi_square, 1), rel=1e-6)


def test_the_interval_ends_where_the_profile_has_dropped() -> None:
    """The profile is found by a search of its own over the intercept."""
    fit = fit_firth(*_two_groups(5, 10, 0, 10))

    def profile(slope: float) -> float:
        def falling(intercept: float) -> float:
            p, q = 1 / (1 + np.exp(-intercept - slope)), 1 / (1 + np.exp(-intercept))
            cells = [(5.5, p), (5.5, 1 - p), (0.5, q), (10.5, 1 - q)]
            return -float(sum(k * np.log(v) for k, v in cells))

        return -float(optimize.minimize_scalar(falling, bracket=(-3.0, 0.0), tol=1e-12).fun)

    top = profile(float(fit.estimate[1]))
    for end in (fit.ci_low[1], fit.ci_high[1]):
        assert 2 * (top - profile(float(end))) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-5)


def test_nothing_to_explain() -> None:
    assert fit_firth(*_two_groups(0, 5, 0, 5)).status == ONE_OUTCOME
