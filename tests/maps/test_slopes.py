"""Slopes of scans on annotations, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.effects.responses import Place, Response
from rewire.maps.matching import Matched
from rewire.maps.slopes import joint_slopes, map_slopes, network_excess, partial_slopes

LINE = np.arange(10.0)
SD = np.sqrt(82.5 / 9)
"""Of 0 to 9: squares about 4.5 sum to 82.5."""


def response(values: np.ndarray, person: tuple[int, ...] = (0, 1)) -> Response:
    n, cells = values.shape
    return Response(
        "m", "", tuple(f"sub-{i}" for i in range(max(person) + 1)), np.array(person[:n]),
        np.array(["ses-a", "ses-b"] * n)[:n], np.full(n, ""), values,
        tuple(Place(region=f"r{i}") for i in range(cells)),
    )  # fmt: skip


def matched(*columns: np.ndarray) -> Matched:
    return Matched(tuple("abc"[: len(columns)]), np.column_stack(columns), ())


def test_a_slope_is_per_standard_deviation() -> None:
    """Twice the annotation rises by twice its standard deviation; a level changes nothing."""
    found = map_slopes(response(np.stack([2 * LINE + 1, np.ones(10)])), matched(LINE), "pearson")
    np.testing.assert_allclose(found.values, [[2 * SD], [0.0]], atol=1e-12)
    assert found.places == (Place(level="map=a"),)


def test_ranks_take_the_place_of_the_annotation() -> None:
    found = map_slopes(response(np.stack([3 * LINE])), matched(np.exp(LINE)), "spearman")
    assert found.values[0, 0] == pytest.approx(3 * SD)


def test_scans_of_a_person_are_looked_at_over_the_same_regions() -> None:
    """The second scan lacks a region, so that the slope of the change is the change of slopes."""
    rng = np.random.default_rng(0)
    line = np.arange(14.0)
    before, after, other = rng.standard_normal((3, 14))
    after[3] = np.nan
    found = map_slopes(
        response(np.stack([before, after, other]), (0, 0, 1)), matched(line), "pearson"
    )
    there = np.arange(14) != 3
    change = np.polyfit(line[there], (after - before)[there], 1)[0] * line[there].std(ddof=1)
    assert found.values[1, 0] - found.values[0, 0] == pytest.approx(change)
    whole = np.polyfit(line, other, 1)[0] * line.std(ddof=1)
    assert found.values[2, 0] == pytest.approx(whole)


def test_a_scan_with_few_regions_takes_none_from_others() -> None:
    values = np.stack([2 * LINE, np.where(LINE < 3, LINE, np.nan)])
    found = map_slopes(response(values, (0, 0)), matched(LINE), "pearson")
    assert found.values[0, 0] == pytest.approx(2 * SD)
    assert np.isnan(found.values[1, 0])


def test_a_map_that_cannot_be_used_has_no_slope() -> None:
    found = map_slopes(response(2 * LINE[None]), matched(np.full(10, np.nan), LINE), "pearson")
    assert np.isnan(found.values[0, 0])
    assert found.values[0, 1] == pytest.approx(2 * SD)


def test_joint_slopes_are_those_of_a_regression_on_all() -> None:
    other = np.tile([1.0, -1.0, 0.0, 0.0, 2.0], 2)
    found = joint_slopes(response((2 * LINE + 3 * other)[None]), matched(LINE, other), "pearson")
    np.testing.assert_allclose(found.values[0], [2 * SD, 3 * other.std(ddof=1)])
    twice = joint_slopes(response(LINE[None]), matched(LINE, 2 * LINE), "pearson")
    assert np.isnan(twice.values).all()


def test_partial_slopes_hold_others_fixed() -> None:
    other = LINE + np.tile([1.0, -1.0], 5)
    values = (2 * LINE + 5 * other)[None]
    found = partial_slopes(response(values), matched(LINE, other), other[:, None], "pearson")
    assert found.values[0, 0] == pytest.approx(2 * SD)
    assert np.isnan(found.values[0, 1])  # held fixed itself


def test_excess_of_a_network_is_its_mean_less_the_whole_mean() -> None:
    networks = ["x"] * 3 + ["y"] * 6 + ["z"]
    found = network_excess(response(LINE[None]), np.ones(10, dtype=bool), networks, ("x", "y", "z"))
    np.testing.assert_allclose(found.values[0, :2], [1.0 - 4.5, 5.5 - 4.5])
    assert np.isnan(found.values[0, 2])  # a single region is no network
    assert found.places[1] == Place(network="y")
