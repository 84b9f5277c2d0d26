"""What a rater sees of scans made by hand."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.numerics.carpet import HIGHEST, NO_VALUE
from rewire.trial.portrait import Band, Portraitist, Wanted, draw_portrait
from rewire.trial.quality import judge_scan
from rewire.trial.reading import read_trial
from rewire.trial.synthetic import TrialSpec, simulate_trial

TR = 2.0


def made(volumes: int = 120) -> Scan:
    """Four regions of two networks, interleaved; all follow a sine of 0.05 Hz."""
    rng = np.random.default_rng(0)
    data = np.sin(2 * np.pi * 0.05 * TR * np.arange(volumes))[:, None]
    data = data + 0.2 * rng.normal(size=(volumes, 4))
    names = ("V1", "D1", "V2", "D2")
    network = ("Vis", "Default", "Vis", "Default")
    centre = np.zeros((4, 3))
    atlas = Atlas("Small", names, np.arange(1, 5), ("L",) * 4, network, centre)
    return Scan("scan-1", "bold", data, atlas, {"repetition_time": TR})


def test_the_spectrum_peaks_at_the_planted_sine() -> None:
    found = draw_portrait(made()).spectrum
    assert found.frequency[found.power.argmax()] == pytest.approx(0.05, abs=1 / 240)


def test_regions_stand_in_order_of_their_networks() -> None:
    scan = made()
    scan.data[60, [0, 2]] = 40.0  # both visual regions, which are not neighbours in the atlas
    portrait = draw_portrait(scan)
    assert portrait.bands == (Band("Vis", 0.0, 0.5), Band("Default", 0.5, 1.0))
    assert (portrait.carpet[:2, 60] == HIGHEST).all()
    assert (portrait.carpet[2:, 60] < HIGHEST).all()


def test_a_region_without_network_comes_last() -> None:
    scan = made()
    scan = replace(scan, atlas=replace(scan.atlas, network=("", "Default", "Vis", "Default")))
    assert [band.network for band in draw_portrait(scan).bands] == ["Default", "Vis", ""]


def test_a_censored_stretch_is_marked_and_changes_nothing_else() -> None:
    scan = made()
    kept = np.ones(120, dtype=bool)
    kept[30:40] = False
    spoilt = scan.data.copy()
    spoilt[30:40] = 500.0
    portrait = draw_portrait(replace(scan, data=spoilt, kept=kept))
    assert np.flatnonzero(portrait.censored).tolist() == list(range(30, 40))
    whole = draw_portrait(replace(scan, kept=kept))
    assert np.array_equal(portrait.carpet[:, kept], whole.carpet[:, kept])
    assert np.allclose(portrait.spectrum.power, whole.spectrum.power)


def test_coverage_names_the_regions() -> None:
    scan = made()
    scan.data[:, 1] = 3.0
    scan.data[5:9, 2] = np.nan
    scan.data[:, 3] = np.nan
    portrait = draw_portrait(scan)
    assert portrait.silent == ("D1", "D2")
    assert portrait.partial == ("V2",)
    assert (portrait.carpet[2:] == NO_VALUE).all()


def test_the_trace_keeps_its_peaks_however_long_the_scan() -> None:
    displacement = np.full(3000, 0.1)
    displacement[0] = np.nan
    displacement[1777] = 2.5
    portrait = draw_portrait(made(3000), displacement)
    assert len(portrait.displacement) == portrait.carpet.shape[1] == 300
    assert portrait.displacement.argmax() == 177
    assert portrait.displacement.max() == 2.5
    assert np.isfinite(portrait.displacement).all()
    assert portrait.seconds == 6000.0


def test_motion_of_another_length_is_not_drawn() -> None:
    assert not len(draw_portrait(made(), np.zeros(119)).displacement)
    assert not len(draw_portrait(made()).displacement)


def test_a_connectome_shows_its_coverage_alone() -> None:
    square = np.array([[0, 1, 2, 0], [1, 0, 3, 0], [2, 3, 0, 0], [0, 0, 0, 0]], dtype=float)
    portrait = draw_portrait(replace(made(), kind="connectome", data=square))
    assert portrait.carpet.size == 0
    assert portrait.silent == ("D2",)


def test_who_looks_can_be_sent_to_another_process_and_knows_simulated_motion() -> None:
    trial = simulate_trial(TrialSpec(per_arm=4, volumes=60, gaps="none"))
    look = pickle.loads(pickle.dumps(Portraitist(trial.load)))
    seen = look(Wanted(trial.scans[0], portrait=True, edges=True))
    assert np.nanmax(seen.portrait.displacement) == pytest.approx(
        np.nanmax(trial.load.displacement(trial.scans[0]))
    )
    assert seen.edges.shape == (100 * 99 // 2,)
    nothing = look(Wanted(trial.scans[0], portrait=False, edges=False))
    assert (nothing.portrait, nothing.edges) == (None, None)


def test_motion_beside_a_scan_is_its_trace(whole) -> None:
    name = whole.scan("sub-01", "ses-baseline")
    entities = name.partition("_seg-")[0]
    moved = [("framewise_displacement",), ("n/a",), *((0.1,) for _ in range(148)), (0.9,)]
    whole.table(f"{entities}_motion.tsv", moved)
    trial = read_trial(whole.root).trial
    record = next(r for r in trial.scans if r.path.name == name.rpartition("/")[2])
    seen = Portraitist(trial.load)(Wanted(record, portrait=True, edges=False))
    assert np.isnan(seen.portrait.displacement[0])
    assert seen.portrait.displacement[-1] == 0.9
    quality = judge_scan(record, trial.atlases, trial.root)
    assert quality.displacement == pytest.approx((148 * 0.1 + 0.9) / 149)
