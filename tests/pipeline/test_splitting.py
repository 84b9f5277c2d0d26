"""Halves of scans, and what the pipeline makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import rewire.measures
from rewire.core import registry
from rewire.core.atlas import Atlas
from rewire.core.store import ResultStore
from rewire.core.types import Scan
from rewire.pipeline.inputs import digest_inputs
from rewire.pipeline.preparing import silent
from rewire.pipeline.scanwork import Execution, measure_halves, measure_trial
from rewire.pipeline.splitting import PARTS, splittable, take_part
from rewire.plan.parts import MeasureChoice
from rewire.trial.synthetic import TrialSpec, simulate_trial

ATLAS = Atlas("A", ("a",), np.arange(1), ("",), ("X",), np.zeros((1, 3)))


def scan(volumes: int, kept: np.ndarray | None = None) -> Scan:
    facts = {"repetition_time": 2.0, "mean_framewise_displacement": 0.2}
    return Scan("s", "bold", np.arange(float(volumes))[:, None], ATLAS, facts, kept)


def halves(given: Scan, how: str) -> tuple[list[float], list[float]]:
    first, second = (take_part(given, part) for part in PARTS[how])
    return first.series().ravel().tolist(), second.series().ravel().tolist()


def test_consecutive_halves_share_nothing_and_leave_the_odd_volume_out() -> None:
    assert halves(scan(7), "consecutive") == ([0, 1, 2], [3, 4, 5])


def test_alternating_blocks_by_hand() -> None:
    # 20 volumes in ten blocks of two: the 1st, 3rd ... and the 2nd, 4th ...
    first, second = halves(scan(20), "alternating")
    assert first == [0, 1, 4, 5, 8, 9, 12, 13, 16, 17]
    assert second == [2, 3, 6, 7, 10, 11, 14, 15, 18, 19]


@pytest.mark.parametrize("how", ["consecutive", "alternating"])
@pytest.mark.parametrize("volumes", [0, 1, 2, 3, 13, 101, 300])
def test_halves_are_equally_long_and_made_of_retained_volumes(how: str, volumes: int) -> None:
    kept = np.random.default_rng(volumes).random(volumes) < 0.7
    first, second = halves(scan(volumes, kept), how)
    assert len(first) == len(second) == kept.sum() // 2
    assert not set(first) & set(second)
    assert set(first) | set(second) <= set(np.flatnonzero(kept))
    assert len(set(first) | set(second)) == len(first) + len(second)


def test_censored_volumes_inside_a_half_stay_marked() -> None:
    kept = np.array([False, True, False, True, True, False, True, True])
    first = take_part(scan(8, kept), "consecutive 1")
    assert first.data.ravel().tolist() == [1, 2, 3]
    assert first.kept is not None
    assert first.kept.tolist() == [True, False, True]


def test_the_motion_of_the_whole_is_not_that_of_a_half() -> None:
    part = take_part(scan(10), "alternating 2")
    assert dict(part.facts) == {"repetition_time": 2.0}


def test_pairs_of_regions_and_learned_or_paired_needs() -> None:
    specs = registry.discover(rewire.measures)
    assert splittable(specs["connectivity"]) == ()
    assert [q.name for q in splittable(specs["modularity"])] == [
        "modularity_q",
        "modularity_q_norm",
    ]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory):
    registry.discover(rewire.measures)
    trial = simulate_trial(TrialSpec(per_arm=2, volumes=80))
    results = ResultStore(tmp_path_factory.mktemp("results"))
    names = ("connectivity", "global_brain_connectivity", "connectivity_by_network")
    what = (trial, [MeasureChoice(name=n) for n in names], digest_inputs(trial), 3, results)
    whole = measure_trial(*what, Execution(1, silent), halves="consecutive")
    return what, whole


def test_each_half_is_measured_as_a_scan_of_its_own(measured) -> None:
    what, whole = measured
    first, second = measure_halves(*what, halves="consecutive")
    assert sorted(first) == sorted(second)
    assert sorted(first) == ["connectivity_network", "global_brain_connectivity"]
    trial = what[0]
    spec = registry.get("global_brain_connectivity")
    for found, part in ((first, "consecutive 1"), (second, "consecutive 2")):
        data = found["global_brain_connectivity"].data
        half = take_part(trial.load(trial.scans[1]), part)
        by_hand = registry.compute(spec, [half], {}, 0)["global_brain_connectivity"]
        np.testing.assert_array_equal(data["value"][1], by_hand)
        np.testing.assert_array_equal(data["scan"], whole["global_brain_connectivity"].data["scan"])


def test_halves_are_computed_with_the_rest_and_only_gathered_later(measured) -> None:
    what, _ = measured
    results = what[-1]
    kept = sorted(results.folder.rglob("*.npz"))
    measure_halves(*what, halves="consecutive")
    assert sorted(results.folder.rglob("*.npz")) == kept
    measure_halves(*what, halves="alternating")
    assert len(list(results.folder.rglob("*.npz"))) > len(kept)


def test_halving_changes_nothing_of_the_whole(measured, tmp_path: Path) -> None:
    what, whole = measured
    plain = measure_trial(*what[:-1], ResultStore(tmp_path), Execution(1, silent))
    assert sorted(plain) == sorted(whole)
    for name, one in plain.items():
        xr.testing.assert_identical(one.data, whole[name].data)
