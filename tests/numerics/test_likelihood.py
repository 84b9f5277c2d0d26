"""Newton steps that do not overshoot, and fits that say why they have no numbers."""

import numpy as np
import pytest

from rewire.numerics.likelihood import (
    NOT_CONVERGED,
    Summit,
    climb,
    complete_rows,
    empty_fit,
    full_rank,
    normal_p,
    wald_fit,
)


def test_a_step_too_far_is_halved() -> None:
    """Newton's first step on -log cosh(x) from 3 goes to about -98; the top is at 0."""

    def slopes(b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        x = b[0]
        return -float(np.log(np.cosh(x))), np.array([-np.tanh(x)]), np.array([[np.cosh(x) ** -2.0]])

    top = climb(slopes, np.array([3.0]))
    assert top.status == "ok"
    assert abs(top.at[0]) < 1e-8


def test_a_likelihood_without_a_top_does_not_converge_or_is_singular() -> None:
    def slopes(b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        return float(b[0]), np.ones(1), np.array([[1.0]])

    assert climb(slopes, np.zeros(1)).status == NOT_CONVERGED


def test_a_flat_direction_is_singular() -> None:
    def slopes(b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        total = float(b.sum())
        return -((total - 1.0) ** 2), np.full(2, -2.0 * (total - 1.0)), np.full((2, 2), 2.0)

    assert climb(slopes, np.zeros(2)).status == "singular model"


def test_wald_by_hand() -> None:
    """Information 4: a standard error of one half; 1 is two of them, p = 0.0455."""
    fit = wald_fit(Summit(np.ones(1), -1.0, np.array([[4.0]]), "ok", 3), 10, 0.95)
    assert fit.se[0] == 0.5
    assert fit.statistic[0] == 2.0
    assert fit.p[0] == pytest.approx(0.04550026)
    assert [fit.ci_low[0], fit.ci_high[0]] == pytest.approx([1 - 0.979982, 1 + 0.979982], abs=1e-6)


def test_nothing_but_a_reason() -> None:
    fit = wald_fit(Summit(np.ones(2), -1.0, np.eye(2), NOT_CONVERGED, 100), 10, 0.95)
    assert fit.status == NOT_CONVERGED
    assert np.isnan(fit.estimate).all()
    assert np.isnan(fit.p).all()
    assert empty_fit(1, 3, "x").n == 3


def test_rows_and_rank() -> None:
    columns = np.array([[1.0, 2.0], [1.0, np.nan], [1.0, 4.0]])
    assert complete_rows(columns, np.array([1.0, 1.0, np.nan])).tolist() == [True, False, False]
    assert full_rank(np.array([[1.0, 1e6], [1.0, 2e6], [1.0, 4e6]]))
    assert not full_rank(np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]))
    assert not full_rank(np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert np.isnan(normal_p(np.array([np.nan])))[0]
