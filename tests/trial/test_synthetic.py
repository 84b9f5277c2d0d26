"""The simulated trial: what was planted is there, nothing else is, and it is reproducible."""

from __future__ import annotations

import pickle
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import signal, stats

from rewire.core.errors import DataError
from rewire.core.questions import Kind
from rewire.core.schema import SCORE_COLUMNS, SESSION_COLUMNS
from rewire.core.types import Scan, ScanRecord, Trial
from rewire.trial.reading import read_trial
from rewire.trial.synthetic import (
    CENSORED_ABOVE_MM,
    DEMO,
    ArmSpec,
    TrialSpec,
    simulate_population,
    simulate_trial,
)
from rewire.trial.synthetic_atlas import simulated_atlas
from rewire.trial.synthetic_series import band_limited, shared_loadings
from rewire.trial.synthetic_spec import BDI

trees = runpy.run_path(str(Path(__file__).with_name("trees.py")))


@pytest.fixture(scope="module")
def demo() -> Trial:
    return simulate_trial()


@pytest.fixture(scope="module")
def population() -> pd.DataFrame:
    """Change of each person in a large trial: connectivity between and within, and BDI."""
    trial = simulate_population(DEMO, 120)
    bdi = trial.scores[trial.scores["scale"] == "bdi"]
    bdi = bdi.pivot_table(index="participant_id", columns="session_id", values="value")
    z = {(r.participant, r.session): _mean_z(trial.load(r)) for r in _of(trial, "bold")}
    rows = []
    for person, arm in trial.participants[["participant_id", "arm"]].itertuples(index=False):
        change = z[person, "ses-week6"] - z[person, "ses-baseline"]
        fall = bdi.loc[person, "ses-week6"] - bdi.loc[person, "ses-baseline"]
        rows.append((arm, change[0], change[1], fall))
    return pd.DataFrame(rows, columns=["arm", "between", "within", "bdi"])


def _of(trial: Trial, kind: str) -> list[ScanRecord]:
    return [record for record in trial.scans if record.kind == kind]


def _mean_z(scan: Scan) -> np.ndarray:
    network = np.array(scan.atlas.network)
    same = network[:, None] == network[None, :]
    correlation = np.corrcoef(scan.series().T)
    np.fill_diagonal(correlation, 0.0)
    z = np.arctanh(correlation)
    off = ~np.eye(len(network), dtype=bool)
    return np.array([z[~same].mean(), z[same & off].mean()])


def _planted(trial: Trial, name: str, arm: str) -> float:
    assert trial.truth is not None
    row = trial.truth[(trial.truth["name"] == name) & (trial.truth["arm"] == arm)]
    return float(row["value"].item())


@pytest.mark.parametrize("arm", ["psilocybin", "escitalopram"])
def test_change_between_networks_is_what_was_planted(
    population: pd.DataFrame, demo: Trial, arm: str
) -> None:
    change = population.loc[population["arm"] == arm, "between"]
    planted = _planted(demo, "change:connectivity_between", arm)
    assert abs(change.mean() - planted) < 3 * change.sem()


def test_the_planted_change_is_far_from_none(population: pd.DataFrame) -> None:
    change = population.loc[population["arm"] == "psilocybin", "between"]
    assert stats.ttest_1samp(change, 0.0).pvalue < 1e-6


@pytest.mark.parametrize("arm", ["psilocybin", "escitalopram"])
def test_connectivity_within_networks_stays(population: pd.DataFrame, arm: str) -> None:
    change = population.loc[population["arm"] == arm, "within"]
    assert abs(change.mean()) < 3 * change.sem()


@pytest.mark.parametrize("arm", ["psilocybin", "escitalopram"])
def test_symptoms_fall_by_what_was_planted(population: pd.DataFrame, demo: Trial, arm: str) -> None:
    change = population.loc[population["arm"] == arm, "bdi"]
    assert abs(change.mean() - _planted(demo, "change:bdi:ses-week6", arm)) < 3 * change.sem()


def test_symptoms_follow_the_networks_in_one_arm_alone(population: pd.DataFrame) -> None:
    r = {
        arm: stats.pearsonr(rows["between"], rows["bdi"]) for arm, rows in population.groupby("arm")
    }
    assert r["psilocybin"].statistic < -0.3
    assert r["escitalopram"].pvalue > 0.01


def test_same_specification_gives_the_same_bytes(demo: Trial) -> None:
    again = simulate_trial()
    pd.testing.assert_frame_equal(demo.scores, again.scores)
    assert [r.id for r in demo.scans] == [r.id for r in again.scans]
    one, two = (t.load(t.scans[5]).data.tobytes() for t in (demo, again))
    assert one == two


def test_another_seed_gives_another_trial(demo: Trial) -> None:
    other = simulate_trial(replace(DEMO, seed=DEMO.seed + 1))
    assert not np.array_equal(demo.load(demo.scans[0]).data, other.load(other.scans[0]).data)
    assert not demo.scores["value"].equals(other.scores["value"])


def test_loader_travels_to_other_processes(demo: Trial) -> None:
    packed = pickle.dumps(demo.load)
    assert len(packed) < 100_000
    record = demo.scans[3]
    np.testing.assert_array_equal(pickle.loads(packed)(record).data, demo.load(record).data)


def test_a_scan_names_no_person_session_or_arm(demo: Trial) -> None:
    scan = demo.load(demo.scans[0])
    told = f"{scan.id} {dict(scan.facts)}"
    record = demo.scans[0]
    assert record.participant not in told
    assert record.session not in told
    assert len({r.id for r in demo.scans}) == len(demo.scans)


def test_unknown_record_is_refused(demo: Trial) -> None:
    with pytest.raises(DataError, match="no such scan"):
        demo.load(replace(demo.scans[0], id="scan-000000000000"))


def test_tables_follow_the_schema(demo: Trial) -> None:
    assert tuple(demo.sessions.columns) == SESSION_COLUMNS
    assert tuple(demo.scores.columns) == SCORE_COLUMNS
    assert demo.simulated
    for scale in demo.scales.values():
        values = demo.scores.loc[demo.scores["scale"] == scale.name, "value"]
        assert values.between(scale.low, scale.high).all()
    assert set(demo.participants["arm"]) == {arm.name for arm in DEMO.arms}


def test_truth_names_kinds_that_questions_have(demo: Trial) -> None:
    assert demo.truth is not None
    assert list(demo.truth.columns) == ["name", "arm", "value", "note"]
    kinds = {str(name).partition(":")[0] for name in demo.truth["name"]}
    assert kinds <= {kind.value for kind in Kind}
    assert not demo.truth.duplicated(["name", "arm"]).any()


def test_something_is_missing_for_the_flow_to_show(demo: Trial) -> None:
    n = 2 * DEMO.per_arm
    bold = _of(demo, "bold")
    assert 2 * n - len(bold) == 4
    silent = [r.label for r in bold if (np.ptp(demo.load(r).data, axis=0) == 0).sum() == 1]
    assert len(silent) == 1
    retained = [int(kept.sum()) for r in bold if (kept := demo.load(r).kept) is not None]
    minutes = np.array(retained) * DEMO.repetition_time / 60.0
    assert minutes.min() < 4.0 < np.median(minutes)


def test_population_misses_nothing() -> None:
    trial = simulate_population(DEMO, 5)
    assert len(_of(trial, "bold")) == len(_of(trial, "connectome")) == 20
    assert len(trial.scans) == 40
    assert len(trial.scores) == 10 * (4 + 2)


def test_censoring_follows_displacement(demo: Trial) -> None:
    scan = demo.load(demo.scans[0])
    displacement = demo.load.displacement(demo.scans[0])  # type: ignore[attr-defined]
    assert scan.kept is not None
    np.testing.assert_array_equal(scan.kept, ~(displacement > CENSORED_ABOVE_MM))
    assert scan.facts["mean_framewise_displacement"] == pytest.approx(np.nanmean(displacement))


def test_atlas_is_mirrored_and_brain_sized() -> None:
    atlas = simulated_atlas()
    left, right = atlas.centroid[:50], atlas.centroid[50:]
    np.testing.assert_array_equal(left * [-1, 1, 1], right)
    assert (right[:, 0] > 0).all()
    assert (np.abs(atlas.centroid) < [70, 110, 75]).all()
    assert atlas.network[:50] == atlas.network[50:]
    assert min(atlas.network.count(n) for n in atlas.networks) >= 8


def test_neighbours_share_networks_more_than_chance() -> None:
    atlas = simulated_atlas()
    right, network = atlas.centroid[50:], np.array(atlas.network[50:])
    distance = np.linalg.norm(right[:, None] - right[None, :], axis=2)
    np.fill_diagonal(distance, np.inf)
    together = (network[distance.argmin(axis=1)] == network).mean()
    assert together > 2 * np.mean(network[:, None] == network[None, :])


def test_loadings_give_the_correlations_that_the_docstring_says() -> None:
    atlas = simulated_atlas()
    low, high = (shared_loadings(atlas, z) for z in (0.05, 0.25))
    change = high @ high.T - low @ low.T
    network = np.array(atlas.network)
    same = network[:, None] == network[None, :]
    np.testing.assert_allclose(change[same], 0.0, atol=1e-12)
    np.testing.assert_allclose(change[~same], np.tanh(0.25) - np.tanh(0.05), atol=1e-12)


def test_spectrum_is_that_of_a_filtered_resting_scan() -> None:
    x = band_limited(400, 200, 2.0, np.random.default_rng(1))
    frequency, power = signal.periodogram(x, fs=0.5, axis=0)
    mean = power.mean(axis=1)
    slow = mean[(frequency > 0.01) & (frequency < 0.04)].mean()
    fast = mean[frequency > 0.15].mean()
    assert slow / fast > 10
    assert x.var() == pytest.approx(1.0, rel=0.02)


def test_expected_score_agrees_with_draws_from_the_model() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(30.0 - 24.0, np.sqrt(6.0**2 + 7.0**2 + 2.0**2), 400_000)
    assert BDI.expected(-24.0, 1.0) == pytest.approx(np.clip(true, 0, 63).mean(), abs=0.05)


def test_null_arm_keeps_its_distribution() -> None:
    null = ArmSpec("a", 0.0, 0.5, 0.0, 0.0, 0.0, (0.5, 0.5))
    trial = simulate_population(TrialSpec(arms=(null, replace(null, name="b")), volumes=60), 400)
    prints = list(trial.load.blueprints.values())  # type: ignore[attr-defined]
    before, after = ([b.integration for b in prints if b.session == s] for s in (0, 1))
    assert stats.ks_2samp(before, after).pvalue > 0.01
    assert np.std(after) == pytest.approx(np.std(before), rel=0.1)


def test_a_written_tree_holds_what_the_trial_holds(tmp_path: Path) -> None:
    trial = simulate_trial(TrialSpec(per_arm=2, volumes=20, gaps="none"))
    root = trees["write_tree"](trial, tmp_path / "trial")
    assert len(list(root.glob("sub-*/ses-*/func/*_timeseries.tsv"))) == 8
    assert len(list(root.glob("sub-*/ses-*/dwi/*_meas-streamlines_relmat.tsv"))) == 8
    assert len(trial.scans) == 16
    record = trial.scans[0]
    read = pd.read_csv(root / record.path, sep="\t")
    assert tuple(read.columns) == trial.load(record).atlas.regions
    np.testing.assert_allclose(read.to_numpy(), trial.load(record).data, rtol=1e-5)
    assert len(list(root.glob("phenotype/*.tsv"))) == 2


def test_reading_a_written_tree_gives_the_trial_back(tmp_path: Path) -> None:
    trial = simulate_trial(TrialSpec(per_arm=7, volumes=40))
    read = read_trial(trees["write_tree"](trial, tmp_path / "trial")).trial
    assert [r.label for r in read.scans] == sorted(r.label for r in trial.scans)
    keys = ["participant_id", "session_id", "scale"]
    scores = [t.scores.sort_values(keys)[[*keys, "value"]] for t in (trial, read)]
    pd.testing.assert_frame_equal(*(s.reset_index(drop=True) for s in scores), check_dtype=False)
    assert read.participants["arm"].tolist() == trial.participants["arm"].tolist()
    written = {(r.label, r.kind): trial.load(r) for r in trial.scans}
    for record in read.scans:
        scan, source = read.load(record), written[record.label, record.kind]
        np.testing.assert_allclose(scan.data, source.data, rtol=1e-5)
        assert scan.atlas.network == source.atlas.network
        if record.kind == "connectome":
            assert scan.lengths is not None
            np.testing.assert_allclose(scan.lengths, source.lengths, rtol=1e-5)
            continue
        assert scan.facts["repetition_time"] == source.facts["repetition_time"]
        fd = "mean_framewise_displacement"
        assert scan.facts[fd] == pytest.approx(source.facts[fd], rel=1e-4)
