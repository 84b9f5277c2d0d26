"""Runs and occasions by hand: which value stands for several."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.repeats import combine_runs, join_occasions

NAN = float("nan")
VISIT = np.array([0, 0, 0, 1])
MINUTES = np.array([5.0, 10.0, 10.0, 4.0])
VALUES = np.array([[NAN, 1.0], [2.0, 3.0], [6.0, 8.0], [7.0, NAN]])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("mean", [4.0, 4.0]),
        ("first", [2.0, 1.0]),
        ("last", [6.0, 8.0]),
        ("longest", [2.0, 3.0]),
        ("weighted", [4.0, (5 * 1 + 10 * 3 + 10 * 8) / 25]),
    ],
)
def test_each_rule_by_hand_and_a_run_without_a_value_does_not_count(rule, expected) -> None:
    found = combine_runs(VALUES, VISIT, MINUTES, rule)
    np.testing.assert_allclose(found[0], expected)
    assert np.isnan(found[1:3]).all()
    np.testing.assert_array_equal(found[3], [7.0, NAN])


def test_runs_of_unknown_length_do_not_count_by_length() -> None:
    minutes = np.array([NAN, NAN, 3.0, 4.0])
    for rule in ("longest", "weighted"):
        np.testing.assert_array_equal(combine_runs(VALUES, VISIT, minutes, rule)[0], [6.0, 8.0])
    unknown = combine_runs(VALUES, VISIT, np.full(4, NAN), "longest")
    assert np.isnan(unknown[:3]).all()


def test_visits_need_not_lie_together() -> None:
    found = combine_runs(np.array([[1.0], [9.0], [3.0]]), np.array([0, 1, 0]), np.ones(3), "last")
    np.testing.assert_array_equal(found[:, 0], [3.0, 9.0, NAN])


def test_occasions_by_mean_and_by_last() -> None:
    visits = [np.array([1.0, 2.0, NAN]), np.array([5.0, NAN, NAN])]
    np.testing.assert_array_equal(join_occasions(visits, "mean"), [3.0, 2.0, NAN])
    np.testing.assert_array_equal(join_occasions(visits, "last"), [5.0, 2.0, NAN])
