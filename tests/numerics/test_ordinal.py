"""Proportional odds."""

import numpy as np
import pytest
from scipy import optimize, special

from rewire.numerics.likelihood import ONE_OUTCOME, SEPARATED, TOO_FEW_ROWS
from rewire.numerics.ordinal import fit_ordinal

OTHER = [1.2, -0.4, 0.3, 2.0, 0.5, -1.1, 0.0, 0.8, -2.0, 1.5, 1.9, -0.2]
X = np.column_stack([[0.0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1], OTHER])
LEVEL = np.array([0.0, 0, 1, 2, 1, 1, 0, 2, 2, 1, 2, 0])


def _height(cuts: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Log-probability of each row and category, with slopes of its own at each cut."""
    reached = special.expit(cuts[None, :] - X @ slopes.T)
    whole = np.column_stack([np.zeros(len(X)), reached, np.ones(len(X))])
    return np.diff(whole, axis=1)


def test_at_the_top_of_the_likelihood() -> None:
    fit = fit_ordinal(X, LEVEL)

    def falling(at: np.ndarray) -> float:
        chance = _height(at[:2], np.tile(at[2:], (2, 1)))
        return -float(np.log(chance[np.arange(12), LEVEL.astype(int)]).sum())

    found = optimize.minimize(falling, [-0.5, 0.5, 0, 0], method="Nelder-Mead",
                              options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000})  # fmt: skip
    assert np.r_[fit.cuts, fit.terms.estimate] == pytest.approx(found.x, abs=1e-5)
    assert fit.terms.log_likelihood == pytest.approx(-found.fun)


def test_score_test_from_derivatives_by_differences() -> None:
    fit = fit_ordinal(X, LEVEL)
    at = np.r_[fit.cuts, np.tile(fit.terms.estimate, 2)]

    def chances(v: np.ndarray) -> np.ndarray:
        return _height(v[:2], v[2:].reshape(2, 2))

    step = 1e-6
    slopes = np.stack([(chances(at + e) - chances(at - e)) / (2 * step) for e in step * np.eye(6)])
    p = chances(at)
    seen = LEVEL.astype(int)
    score = (slopes[:, np.arange(12), seen] / p[np.arange(12), seen]).sum(axis=1)
    information = np.einsum("inc,jnc->ij", slopes / p, slopes)
    assert fit.df == 2
    assert fit.score == pytest.approx(score @ np.linalg.solve(information, score), rel=1e-5)


def test_only_order_matters() -> None:
    fit, other = fit_ordinal(X, LEVEL), fit_ordinal(X, np.array([1.0, 10, 11])[LEVEL.astype(int)])
    assert fit.terms.estimate.tolist() == other.terms.estimate.tolist()
    turned = fit_ordinal(X, -LEVEL)
    assert turned.terms.estimate == pytest.approx(-fit.terms.estimate)


def test_what_cannot_be_fitted_says_so() -> None:
    arm = np.repeat([0.0, 1.0], 5)[:, None]
    apart = fit_ordinal(arm, np.r_[0.0, 0, 1, 1, 1, 2, 2, 2, 3, 3])
    assert apart.terms.status == SEPARATED
    assert apart.terms.infinite.tolist() == [True]
    assert fit_ordinal(arm, np.zeros(10)).terms.status == ONE_OUTCOME
    assert fit_ordinal(arm[:3], np.arange(3.0)).terms.status == TOO_FEW_ROWS
    assert fit_ordinal(np.ones((10, 1)), np.arange(10.0) % 3).terms.status == "singular model"
