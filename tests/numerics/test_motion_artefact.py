"""Connectivity that follows motion, beside plain NumPy and with a planted artefact."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.motion_artefact import (
    MotionByEdge,
    edge_distances,
    expected_median,
    judge_motion_artefact,
    scan_edges,
)


def test_edges_are_fisher_z_of_the_upper_triangle() -> None:
    series = np.random.default_rng(0).normal(size=(80, 4))
    r = np.corrcoef(series.T)
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    assert np.allclose(scan_edges(series), [np.arctanh(r[p]) for p in pairs])


def test_it_equals_plain_numpy() -> None:
    rng = np.random.default_rng(1)
    motion = rng.gamma(2.0, 0.1, 30)
    edges = rng.normal(size=(30, 50)) + motion[:, None] * np.linspace(0, 3, 50)
    sums = MotionByEdge(50, float(motion.mean()))
    for row, moved in zip(edges, motion, strict=True):
        sums.add(row, float(moved))
    plain = [np.corrcoef(motion, column)[0, 1] for column in edges.T]
    r = sums.correlations()
    assert np.allclose(r, plain)
    distance = rng.uniform(5, 150, 50)
    found = judge_motion_artefact(r, distance, 30)
    line = stats.linregress(distance, plain)
    assert found.slope == pytest.approx(line.slope)
    assert found.intercept == pytest.approx(line.intercept)
    assert found.spearman == pytest.approx(stats.spearmanr(distance, plain).statistic)
    assert found.median_absolute == pytest.approx(np.median(np.abs(plain)))


def test_scans_without_an_edge_do_not_count_for_it() -> None:
    rng = np.random.default_rng(2)
    motion, edges = rng.random(12), rng.normal(size=(12, 3))
    edges[:5, 1] = np.nan
    edges[3:, 2] = np.nan
    sums = MotionByEdge(3, 0.5)
    for row, moved in zip(edges, motion, strict=True):
        sums.add(row, float(moved))
    r = sums.correlations()
    assert r[0] == pytest.approx(np.corrcoef(motion, edges[:, 0])[0, 1])
    assert r[1] == pytest.approx(np.corrcoef(motion[5:], edges[5:, 1])[0, 1])
    assert np.isnan(r[2])


def test_what_does_not_vary_has_no_correlation() -> None:
    sums = MotionByEdge(1, 0.2)
    for moved in (0.1, 0.2, 0.3, 0.4):
        sums.add(np.array([0.7]), moved)
    assert np.isnan(sums.correlations()).all()
    found = judge_motion_artefact(sums.correlations(), np.array([10.0]), 4)
    assert np.isnan([found.slope, found.median_absolute, found.spearman]).all()


def test_a_planted_artefact_that_fades_with_distance_is_found() -> None:
    """Motion adds a signal that near regions share, as a displaced head does."""
    rng = np.random.default_rng(5)
    place = rng.uniform(-70, 70, (30, 3))
    distance = edge_distances(place)
    root = np.linalg.cholesky(np.exp(-((_square(place) / 40.0) ** 2)) + 1e-6 * np.eye(30))
    motion = rng.gamma(3.0, 0.08, 40)
    found = {}
    for strength in (0.0, 4.0):
        sums = MotionByEdge(len(distance), float(motion.mean()))
        for moved in motion:
            series = rng.normal(size=(200, 30))
            series += strength * moved * rng.normal(size=(200, 30)) @ root.T
            sums.add(scan_edges(series), float(moved))
        found[strength] = judge_motion_artefact(sums.correlations(), distance, 40)
    assert found[4.0].spearman < -0.5
    assert found[4.0].slope < -0.002
    assert found[4.0].r[distance < 40].mean() > 0.4
    assert abs(found[4.0].r[distance > 120].mean()) < 0.15
    assert found[4.0].median_absolute > found[0.0].median_absolute
    assert abs(found[0.0].spearman) < 0.2
    assert found[0.0].median_absolute == pytest.approx(expected_median(40), abs=0.03)


def test_chance_of_four_scans_by_hand() -> None:
    # with four points r of unrelated variables is uniform between -1 and 1
    assert expected_median(4) == pytest.approx(0.5)
    assert np.isnan(expected_median(3))


def _square(place: np.ndarray) -> np.ndarray:
    return np.linalg.norm(place[:, None] - place[None], axis=2)
