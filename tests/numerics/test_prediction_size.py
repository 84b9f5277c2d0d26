"""Numbers of people, beside the published example of each criterion."""

from __future__ import annotations

import math

import pytest

from rewire.numerics.prediction_size import people_for_class, people_for_value, people_to_detect


def test_a_continuous_outcome_as_published() -> None:
    """``pmsampsize(type = "c", rsquared = 0.2, parameters = 25, intercept = 1.9, sd = 0.6)``.

    The package's documented example gives 918, 401 and 259.
    """
    assert people_for_value(25, 0.2) == (918, 401, 259)


def test_two_classes_as_published() -> None:
    """``pmsampsize(type = "b", csrsquared = 0.288, parameters = 24, prevalence = 0.174)``.

    The package's documented example gives 623, 662 and 221.
    """
    most = 1.0 - math.exp(2.0 * (0.174 * math.log(0.174) + 0.826 * math.log(0.826)))
    assert people_for_class(24, 0.174, 0.288 / most) == (623, 662, 221)


def test_more_predictors_need_more_people() -> None:
    assert [people_for_value(p, 0.25)[1] for p in (4, 104)] == [61, 1561]  # 1 + p .75 / .05


@pytest.mark.parametrize(("r2", "n"), [(0.01, 783), (0.09, 85), (0.25, 30)])
def test_people_to_detect_are_those_of_a_correlation(r2: float, n: int) -> None:
    """By Fisher's z: r = .1, .3, .5 need 782.7, 84.9 and 29.0 people at 80% power."""
    assert people_to_detect(r2) == n
