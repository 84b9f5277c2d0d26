"""Logistic regression by maximum likelihood."""

import numpy as np
import pytest

from rewire.numerics.likelihood import ONE_OUTCOME, SEPARATED, TOO_FEW_ROWS
from rewire.numerics.logistic import fit_logistic

ARM = np.repeat([0.0, 1.0], 20)
DESIGN = np.column_stack([np.ones(40), ARM])


def _events(first: int, second: int) -> np.ndarray:
    return np.concatenate([np.arange(20) < first, np.arange(20) < second]).astype(float)


def test_two_by_two_by_hand() -> None:
    """5/20 and 12/20: log odds ratio log((12/8)/(5/15)), variance 1/12+1/8+1/5+1/15."""
    fit = fit_logistic(DESIGN, _events(5, 12))
    assert fit.estimate[1] == pytest.approx(np.log(4.5))
    assert fit.se[1] == pytest.approx(np.sqrt(1 / 12 + 1 / 8 + 1 / 5 + 1 / 15))
    assert fit.estimate[0] == pytest.approx(np.log(5 / 15))
    height = 5 * np.log(0.25) + 15 * np.log(0.75) + 12 * np.log(0.6) + 8 * np.log(0.4)
    assert fit.log_likelihood == pytest.approx(height)


def test_rows_that_are_not_known_are_left_out() -> None:
    event = _events(5, 12)
    more = np.vstack([DESIGN, [[1.0, np.nan], [1.0, 1.0]]])
    fit = fit_logistic(more, np.r_[event, 1.0, np.nan])
    assert fit.n == 40
    assert fit.estimate[1] == pytest.approx(np.log(4.5))


@pytest.mark.parametrize(("first", "second"), [(0, 7), (7, 20), (0, 20)])
def test_separation_is_named(first: int, second: int) -> None:
    fit = fit_logistic(DESIGN, _events(first, second))
    assert fit.status == SEPARATED
    assert fit.infinite[1]
    assert np.isnan(fit.estimate).all()


@pytest.mark.parametrize(
    ("design", "event", "status"),
    [
        (DESIGN, _events(0, 0), ONE_OUTCOME),
        (DESIGN[:2], np.array([0.0, 1.0]), TOO_FEW_ROWS),
        (np.column_stack([DESIGN, ARM]), _events(5, 12), "singular model"),
    ],
)
def test_what_cannot_be_fitted_says_so(design: np.ndarray, event: np.ndarray, status: str) -> None:
    fit = fit_logistic(design, event)
    assert fit.status == status
    assert np.isnan(fit.p).all()


def test_an_event_is_yes_or_no() -> None:
    with pytest.raises(ValueError, match="1 or 0"):
        fit_logistic(DESIGN, ARM + 1.0)
