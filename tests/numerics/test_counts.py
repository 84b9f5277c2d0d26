"""Poisson and negative-binomial regression."""

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.counts import (
    NO_OVERDISPERSION,
    fit_negative_binomial,
    fit_poisson,
    overdispersion,
)
from rewire.numerics.likelihood import SEPARATED

ARM = np.repeat([0.0, 1.0], 4)
DESIGN = np.column_stack([np.ones(8), ARM])
COUNT = np.array([0.0, 1, 2, 5, 3, 0, 9, 4])
TIME = np.array([1.0, 2, 1, 2, 1, 2, 3, 2])


def test_poisson_by_hand() -> None:
    """8 in 6 and 16 in 8: a rate ratio of 1.5, variance of its log 1/8 + 1/16."""
    fit = fit_poisson(DESIGN, COUNT, TIME)
    assert fit.estimate[1] == pytest.approx(np.log((16 / 8) / (8 / 6)))
    assert fit.se[1] == pytest.approx(np.sqrt(1 / 8 + 1 / 16))
    mean = np.where(ARM == 1, 2.0 * TIME, TIME * 8 / 6)
    assert fit.log_likelihood == pytest.approx(stats.poisson.logpmf(COUNT, mean).sum())
    pearson = ((COUNT - mean) ** 2 / mean).sum() / 6
    assert overdispersion(DESIGN, COUNT, TIME) == pytest.approx(pearson)


def test_negative_binomial_is_at_the_top_of_the_likelihood() -> None:
    fit = fit_negative_binomial(DESIGN, COUNT, TIME)

    def height(b: np.ndarray, theta: float) -> float:
        mean = np.exp(DESIGN @ b) * TIME
        return float(stats.nbinom.logpmf(COUNT, theta, theta / (theta + mean)).sum())

    top = height(fit.estimate, fit.dispersion)
    assert fit.log_likelihood == pytest.approx(top)
    for step in (1e-3, -1e-3):
        assert height(fit.estimate + np.array([step, 0.0]), fit.dispersion) < top
        assert height(fit.estimate + np.array([0.0, step]), fit.dispersion) < top
        assert height(fit.estimate, fit.dispersion * np.exp(10 * step)) < top


def test_counts_that_vary_less_than_poissons_have_no_theta() -> None:
    fit = fit_negative_binomial(DESIGN, np.array([2.0, 2, 2, 2, 4, 4, 4, 4]), np.ones(8))
    assert fit.status == NO_OVERDISPERSION
    assert np.isnan(fit.estimate).all()


@pytest.mark.parametrize("fit", [fit_poisson, fit_negative_binomial])
def test_an_arm_without_events_is_named(fit) -> None:  # type: ignore[no-untyped-def]
    found = fit(DESIGN, COUNT * ARM, TIME)
    assert found.status == SEPARATED
    assert found.infinite.tolist() == [True, True]
    assert fit(DESIGN, np.zeros(8), TIME).status == "nobody has an event"
    assert fit(DESIGN[:, [0, 0]], COUNT, TIME).status == "singular model"


def test_what_is_not_a_count_is_refused() -> None:
    with pytest.raises(ValueError, match="whole number"):
        fit_poisson(DESIGN, COUNT + 0.5, TIME)
    with pytest.raises(ValueError, match="above 0"):
        fit_poisson(DESIGN, COUNT, TIME - 1.0)
