"""Distances between hemispheres laid over each other, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.folding import fold_distances

LINE = np.array([0.0, 10.0, 20.0, 40.0])


def sides() -> tuple[np.ndarray, np.ndarray]:
    places = np.array([[x, y, 5.0] for x in (-30.0, 30.0) for y in LINE])
    return places, places[:, 0] < 0


def test_within_a_side_distances_are_in_mm() -> None:
    places, left = sides()
    found = fold_distances(np.random.default_rng(0).standard_normal(8), places, left)
    expected = np.abs(LINE[:, None] - LINE)
    np.testing.assert_allclose(found[:4, :4], expected)
    np.testing.assert_allclose(found[4:, 4:], expected)
    np.testing.assert_allclose(found, found.T)


def test_no_gap_where_both_sides_are_the_same() -> None:
    places, left = sides()
    found = fold_distances(np.tile([0.0, 1.0, 2.0, 4.0], 2), places, left)
    np.testing.assert_allclose(found[:4, 4:], np.abs(LINE[:, None] - LINE), atol=1e-12)


def test_the_gap_is_the_distance_at_which_regions_differ_as_much() -> None:
    """Values rise by 1 in 10 mm; counterparts differ by 1, as regions 10 mm apart do."""
    places, left = sides()
    values = np.concatenate([LINE / 10, LINE / 10 + 1.0])
    found = fold_distances(values, places, left)
    np.testing.assert_allclose(np.diag(found[:4, 4:]), 10.0)
    assert found[0, 5] == pytest.approx(np.hypot(10.0, 10.0))


def test_a_wide_gap_where_sides_have_nothing_in_common() -> None:
    places, left = sides()
    values = np.concatenate([LINE, -LINE - 100.0])
    found = fold_distances(values, places, left)
    np.testing.assert_allclose(np.diag(found[:4, 4:]), 80.0)  # twice the largest distance


def test_one_side_alone_has_plain_distances() -> None:
    places, left = sides()
    found = fold_distances(LINE, places[left], left[left])
    np.testing.assert_allclose(found, np.abs(LINE[:, None] - LINE))


def test_a_region_in_the_midline_unfolds_nothing() -> None:
    """It lies on neither side, takes no part in the gap and is as far from both counterparts."""
    places, left = sides()
    values = np.concatenate([LINE / 10, LINE / 10 + 1.0])
    middle = np.vstack([places, [0.0, 10.0, 5.0]])
    found = fold_distances(np.append(values, 7.0), middle, np.append(left, False),
                           np.append(~left, False))  # fmt: skip
    np.testing.assert_allclose(found[:8, :8], fold_distances(values, places, left))
    np.testing.assert_allclose(found[8, :4], np.hypot(30.0, LINE - 10.0))
    np.testing.assert_allclose(found[8, 4:8], found[8, :4])
