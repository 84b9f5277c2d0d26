"""Five definitions of structure-function coupling, on made scans and on real people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import spearmanr

import rewire.measures
from rewire.core import registry
from rewire.core.atlas import Atlas
from rewire.core.store import ResultStore
from rewire.core.structure import StructureChoice, fit_structure
from rewire.core.types import Measurement, Scan
from rewire.effects.coupling_agreement import DEFINITIONS, definition_tables
from rewire.effects.split_half import split_half_table
from rewire.pipeline.inputs import digest_inputs
from rewire.pipeline.preparing import silent
from rewire.pipeline.scanwork import Execution, measure_halves, measure_trial
from rewire.plan.parts import MeasureChoice
from rewire.trial.reading import read_trial

SIZE = 16


def atlas(size: int = SIZE) -> Atlas:
    names = tuple(f"r{i}" for i in range(size))
    place = np.random.default_rng(9).uniform(-60.0, 60.0, (size, 3))
    sides = tuple("LR"[i % 2] for i in range(size))
    nets = tuple("XY"[i // (size // 2)] for i in range(size))
    return Atlas("A", names, np.arange(size), sides, nets, place)


def wired(seed: int = 0) -> Scan:
    made = np.triu(np.random.default_rng(seed).uniform(0.5, 9.0, (SIZE, SIZE)), 1)
    return Scan("c", "connectome", made + made.T, atlas())


def following(fibres: Scan, noise: float, seed: int = 1) -> Scan:
    """Activity that diffuses along the connections, plus noise."""
    rng = np.random.default_rng(seed)
    strength = fibres.data.sum(axis=1)
    spread = np.linalg.inv(np.diag(strength) * 1.1 - fibres.data)
    own = rng.standard_normal((400, SIZE)) @ spread
    own = own / own.std(axis=0) + noise * rng.standard_normal((400, SIZE))
    return Scan("b", "bold", own, fibres.atlas)


def measured(name: str, scan: Scan, fibres: Scan, **options: object) -> xr.Dataset:
    registry.discover(rewire.measures)
    spec = registry.get(name)
    learned = registry.learn(spec, [fibres], options, np.random.default_rng(0))
    return registry.compute(spec, [scan, fibres], options, 0, learned)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_each_definition_tells_following_from_noise(name: str) -> None:
    fibres = wired()
    close, far = (
        float(measured(name, following(fibres, n), fibres, density=1.0)[f"{name}_global"])
        for n in (0.1, 30.0)
    )
    assert (close < far - 0.1) if name == "structural_decoupling" else (close > far + 0.1)
    if name in ("coupling_connected", "coupling_predictor"):
        assert abs(far) < 0.2  # nothing but chance


def test_means_are_over_regions_with_a_value() -> None:
    fibres = wired()
    scan = following(fibres, 1.0)
    data = scan.data.copy()
    data[:, 0] = 5.0
    found = measured("coupling_all", replace(scan, data=data), fibres, density=1.0)
    value = found["coupling_all"].to_numpy()
    assert np.isnan(value[0])
    assert found["coupling_all_status"].to_numpy()[0] == "no signal"
    np.testing.assert_allclose(found["coupling_all_network"], [value[1:8].mean(), value[8:].mean()])
    np.testing.assert_allclose(found["coupling_all_global"], value[1:].mean())


def test_a_region_that_the_threshold_cuts_off_is_said() -> None:
    fibres = wired()
    weights = fibres.data.copy()
    weights[3] = weights[:, 3] = 0.01
    weights[3, 3] = 0.0
    found = measured(
        "coupling_regression", following(fibres, 1.0), replace(fibres, data=weights), density=0.5
    )
    assert found["coupling_regression_status"].to_numpy()[3] == "no structural connection"
    assert np.isfinite(np.delete(found["coupling_regression"].to_numpy(), 3)).all()


def test_the_cohort_structure_is_what_stands_for_each() -> None:
    people = [wired(seed) for seed in range(3)]
    scan = following(people[0], 1.0)
    spec = registry.get("coupling_all")
    rng = np.random.default_rng(0)
    options = {"structure": "mean", "density": 1.0}
    learned = registry.learn(spec, people, options, rng)
    mean = replace(people[0], data=np.mean([p.data for p in people], axis=0))
    group = registry.compute(spec, [scan, people[0]], options, 0, learned)
    other = registry.compute(spec, [scan, people[2]], options, 0, learned)
    own = registry.compute(spec, [scan, mean], {"density": 1.0}, 0, None)
    np.testing.assert_allclose(group["coupling_all"], own["coupling_all"])
    assert group.identical(other)
    consensus = fit_structure(people, rng=rng, structure="consensus", density=0.2)
    kept = np.triu(consensus["structure"].to_numpy(), 1) > 0.0
    assert 0.1 < kept.sum() / (SIZE * (SIZE - 1) / 2) < 0.3
    assert int(fit_structure(people, rng=rng)["scans"]) == 0


def test_another_atlas_gives_nothing_and_says_so() -> None:
    fibres = wired()
    order = [*fibres.atlas.regions[1:], fibres.atlas.regions[0]]
    found = measured(
        "coupling_predictor",
        following(fibres, 1.0),
        replace(fibres, atlas=fibres.atlas.take(order)),
    )
    assert np.isnan(found["coupling_predictor"]).all()
    status = set(found["coupling_predictor_status"].to_numpy())
    assert status == {"the connectome has other regions"}


def test_bad_options_are_all_named() -> None:
    with pytest.raises(ValueError, match=r"density is 2.*transform is 'cube'.*structure is 'own'"):
        StructureChoice(2.0, "cube", "own")  # type: ignore[arg-type]
    fibres = wired()
    with pytest.raises(ValueError, match="scale is 'ln'"):
        measured("structural_decoupling", following(fibres, 1.0), fibres, scale="ln")


def test_the_scale_of_decoupling_is_a_matter_of_writing() -> None:
    fibres = wired()
    log, ratio = (
        measured("structural_decoupling", following(fibres, 1.0), fibres, scale=s)
        for s in ("log2", "ratio")
    )
    np.testing.assert_allclose(2.0 ** log["structural_decoupling"], ratio["structural_decoupling"])


# --- real people ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(shared_data: Path, tmp_path_factory: pytest.TempPathFactory):
    registry.discover(rewire.measures)
    whole = read_trial(shared_data / "connectome-bold").trial
    people = sorted({r.participant for r in whole.scans})[:3]
    trial = replace(whole, scans=tuple(r for r in whole.scans if r.participant in people))
    results = ResultStore(tmp_path_factory.mktemp("results"))
    choices = [MeasureChoice(name=n) for n in DEFINITIONS]
    what = (trial, choices, digest_inputs(trial), 1, results)
    found = measure_trial(*what, Execution(1, silent), halves="consecutive")
    return trial, found, measure_halves(*what, halves="consecutive")


def values(measurement: Measurement) -> np.ndarray:
    return measurement.data["value"].to_numpy()


@pytest.mark.real
def test_every_person_is_measured_once_by_each_definition(real) -> None:
    _, found, halves = real
    for name in DEFINITIONS:
        assert values(found[name]).shape == (3, 94)
        assert np.isfinite(values(found[name])).mean() > 0.98
        assert all(name in half for half in halves)
    assert (values(found["coupling_all_global"]) > 0.1).all()
    optimism = values(found["coupling_predictor_optimism"])
    assert optimism.min() > -1e-12  # 0 where both halves choose alike
    assert optimism.mean() > 0.005


@pytest.mark.real
def test_ranks_equal_scipy_on_the_files_themselves(real) -> None:
    trial, found, _ = real
    connectome = next(r for r in trial.scans if r.kind == "connectome")
    person = connectome.participant
    bold = next(r for r in trial.scans if r.participant == person and r.kind == "bold")
    counts = pd.read_csv(connectome.path, sep="\t")
    r = pd.read_csv(bold.path, sep="\t")[counts.columns].corr().to_numpy()
    weights = counts.to_numpy(dtype=float)
    pairs = np.sort(weights[np.triu_indices(94, 1)])[::-1]
    least = pairs[round(0.2 * len(pairs)) - 1]
    ours = found["coupling_connected"]
    row = ours.data["participant_id"].to_numpy().tolist().index(person)
    for region in (0, 40, 93):
        on = (weights[region] >= least) & (np.arange(94) != region)
        expected = spearmanr(weights[region, on], r[region, on]).statistic
        np.testing.assert_allclose(values(ours)[row, region], expected, atol=1e-9)


@pytest.mark.real
def test_connected_and_all_targets_coincide_at_density_one_and_differ_at_a_fifth(real) -> None:
    trial, found, _ = real
    person = trial.scans[0].participant
    scan, fibres = (
        trial.load(next(r for r in trial.scans if r.participant == person and r.kind == kind))
        for kind in ("bold", "connectome")
    )
    one, other = (
        measured(n, scan, fibres, density=1.0)[n] for n in ("coupling_connected", "coupling_all")
    )
    np.testing.assert_array_equal(one, other)
    apart = np.abs(values(found["coupling_connected"]) - values(found["coupling_all"]))
    assert np.nanmean(apart) > 0.05


@pytest.mark.real
def test_definitions_beside_one_another(real) -> None:
    _, found, halves = real
    one, other = ({"coupling_all": half["coupling_all"]} for half in halves)
    (table,) = definition_tables(found, halves, split_half_table(one, other))
    rows = table.frame.set_index(["definition", "other"])
    assert len(rows) == 15
    assert rows.loc[("coupling_all", "structural_decoupling"), "spearman"] < -0.3
    assert rows.loc[("coupling_all", "coupling_predictor"), "spearman"] > 0.3
    for name in DEFINITIONS:
        assert rows.loc[(name, name), "within"] > 0.5
