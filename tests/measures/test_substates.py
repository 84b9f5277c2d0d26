"""Substates: planted patterns, a cohort stage that serves other scans, and bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.store import ResultStore
from rewire.core.types import Scan
from rewire.measures.substates import fit_substates, substates

_REGIONS = 12


def _scan(data: np.ndarray, repetition_time: float = 2.0) -> Scan:
    names = tuple(f"r{i}" for i in range(data.shape[1]))
    blank = ("",) * len(names)
    atlas = Atlas("A", names, np.arange(len(names)), blank, blank, np.zeros((len(names), 3)))
    return Scan("s", "bold", data, atlas, {"repetition_time": repetition_time})


def _planted(shares: tuple[int, int], seed: int) -> Scan:
    """Blocks of volumes in which all regions move together, or the first four against the rest."""
    rng = np.random.default_rng(seed)
    together, apart = np.ones(_REGIONS), np.where(np.arange(_REGIONS) < 4, 1.0, -1.0)
    blocks = [np.tile(p, (n, 1)) for p, n in zip((together, apart), shares, strict=True)]
    pattern = np.concatenate(3 * blocks)
    wave = np.sin(2 * np.pi * 0.055 * 2.0 * np.arange(len(pattern)) + rng.uniform(0, 6))
    noise = 0.2 * rng.standard_normal(pattern.shape)
    return _scan(1000.0 + 10.0 * (pattern * wave[:, None] + noise))


def _fit(scans: list[Scan], **options: int) -> xr.Dataset:
    return fit_substates(scans, rng=np.random.default_rng(0), states=2, restarts=20, **options)


def _measure(scan: Scan, learned: xr.Dataset | None) -> xr.Dataset:
    return substates(scan, rng=np.random.default_rng(0), learned=learned, states=2)


def test_planted_patterns_and_shares_are_found() -> None:
    scans = [_planted((70, 40), seed) for seed in range(4)]
    learned = _fit(scans)
    signs = np.sign(learned["centroid"].to_numpy())
    assert (signs[0] == -1).all()  # together, most frequent, negative
    assert (signs[1] == np.where(np.arange(_REGIONS) < 4, 1, -1)).all()
    for scan in scans:
        found = _measure(scan, learned)
        occupancy = found["substate_occupancy"].to_numpy()
        np.testing.assert_allclose(occupancy, [70 / 110, 40 / 110], atol=0.06)
        # six blocks; the first and the last are cut off by the ends
        np.testing.assert_allclose(found["substate_lifetime"].to_numpy(), [140.0, 80.0], rtol=0.15)
        per_minute = found["substate_switching"].item()
        # five borders in 11 minutes; the filter may add a brief visit at one
        assert per_minute == pytest.approx(5 / 11, abs=2.1 / 11)
        assert found["substate_similarity"].item() > 0.9
        rows = found["substate_transition"].sum("state").to_numpy()
        np.testing.assert_allclose(rows, 1.0)


def test_centroids_of_one_session_serve_another() -> None:
    learned = _fit([_planted((70, 40), seed) for seed in range(2)])
    other = _measure(_planted((40, 70), 9), learned)
    np.testing.assert_allclose(
        other["substate_occupancy"].to_numpy(), [40 / 110, 70 / 110], atol=0.06
    )


def test_the_order_of_scans_and_their_names_teach_nothing() -> None:
    scans = [_planted((70, 40), seed) for seed in range(3)]
    plain = _fit(scans)["centroid"]
    renamed = _fit([replace(s, id=f"x{n}") for n, s in enumerate(scans)])["centroid"]
    np.testing.assert_array_equal(plain, renamed)
    np.testing.assert_allclose(_fit(scans[::-1])["centroid"], plain, atol=1e-9)


def test_a_bound_on_volumes_is_kept_and_changes_little() -> None:
    scans = [_planted((70, 40), seed) for seed in range(4)]
    few = _fit(scans, most_volumes=200)
    assert few["volumes"] == 200
    assert np.abs(few["centroid"] - _fit(scans)["centroid"]).max() < 0.06


def test_one_silent_region_in_one_scan_is_left_out_of_the_patterns_alone() -> None:
    scans = [_planted((70, 40), seed) for seed in range(3)]
    data = scans[1].data.copy()
    data[:, 5] = 3.0
    learned = _fit([scans[0], replace(scans[1], data=data), scans[2]])
    lost = np.isnan(learned["centroid"].to_numpy())
    assert lost[:, 5].all()
    assert lost.sum() == 2
    assert np.isfinite(_measure(scans[0], learned)["substate_occupancy"]).all()


def test_scans_that_cannot_teach_are_passed_over() -> None:
    good = [_planted((70, 40), seed) for seed in range(2)]
    silent = _scan(np.zeros((330, _REGIONS)))
    other = _scan(np.random.default_rng(0).standard_normal((330, 5)))
    slow = replace(good[0], facts={"repetition_time": 9.0})
    learned = _fit([silent, slow, *good, other])
    np.testing.assert_allclose(learned["centroid"], _fit(good)["centroid"], atol=1e-9)


@pytest.mark.parametrize(
    ("scan", "word"),
    [
        (_scan(np.zeros((330, _REGIONS))), "signal"),
        (_scan(np.random.default_rng(0).standard_normal((20, _REGIONS))), "two periods"),
        (_scan(np.random.default_rng(0).standard_normal((330, _REGIONS)), 9.0), "too far apart"),
        (_scan(np.random.default_rng(0).standard_normal((330, _REGIONS)), np.nan), "unknown"),
        (_scan(np.random.default_rng(0).standard_normal((330, 5))), "other regions"),
    ],
    ids=["silent", "short", "slow", "unknown", "regions"],
)
def test_bad_scans_are_nan_with_a_reason(scan: Scan, word: str) -> None:
    found = _measure(scan, _fit([_planted((70, 40), 0)]))
    for name in ("occupancy", "lifetime", "transition", "switching"):
        assert np.isnan(found[f"substate_{name}"]).all()
        assert all(word in text for text in found[f"substate_{name}_status"].to_numpy().ravel())


def test_nothing_learned_is_said() -> None:
    empty = _fit([_scan(np.zeros((330, _REGIONS)))])
    assert np.isnan(empty["centroid"]).all()
    for learned in (empty, _fit([]), None):
        found = _measure(_planted((70, 40), 0), learned)
        assert np.isnan(found["substate_occupancy"]).all()
        assert (found["substate_occupancy_status"] == "no substates were learned").all()


def test_what_was_learned_survives_the_store(tmp_path: Path) -> None:
    scan = _planted((70, 40), 0)
    learned = _fit([scan])
    store = ResultStore(tmp_path)
    store.save("key", learned)
    assert _measure(scan, store.read("key")).identical(_measure(scan, learned))


def test_censored_volumes_have_no_state() -> None:
    scan = _planted((70, 40), 0)
    learned = _fit([scan])
    kept = np.ones(len(scan.data), dtype=bool)
    kept[100:105] = False
    found = _measure(replace(scan, kept=kept), learned)
    assert found["substate_occupancy"].sum().item() == pytest.approx(1.0)
    counted = found["substate_occupancy"].to_numpy() * kept.sum()
    np.testing.assert_allclose(counted, counted.round(), atol=1e-9)


def test_complexity_stands_beside_sequences_of_the_same_length_and_transitions() -> None:
    scans = [_planted((70, 40), seed) for seed in range(2)]
    found = _measure(scans[0], _fit(scans))
    own, markov = found["substate_lempel_ziv"].item(), found["substate_lempel_ziv_markov"].item()
    assert own < 0.5  # long visits in turn: nothing like a random order
    assert 0.0 < markov < 0.6  # long visits alone explain most of it
    entropy = found["substate_transition_entropy"].item()
    chances = found["substate_transition"].to_numpy()
    assert 0.0 < entropy < 0.3
    assert chances.diagonal().min() > 0.9
    assert abs(found["substate_transition_entropy_bias"].item()) < entropy


def test_complexity_says_why_it_has_no_value() -> None:
    found = _measure(_planted((70, 40), 0), None)
    assert np.isnan(found["substate_lempel_ziv"])
    assert found["substate_transition_entropy_status"].item() == "no substates were learned"
