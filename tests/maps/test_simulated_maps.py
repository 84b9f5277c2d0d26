"""Maps of the simulated trial: what was planted is found, and what was not is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.maps import MapRules
from rewire.core.options import KindOptions
from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.types import Measurement, Timepoint, Trial
from rewire.effects.answering import Asking, Reply
from rewire.effects.design import form_cohort
from rewire.maps.annotation import answer_annotation
from rewire.maps.genes import answer_genes
from rewire.measures.connectivity import global_brain_connectivity
from rewire.plan.options.annotation import AnnotationOptions
from rewire.plan.options.genes import GenesOptions
from rewire.trial.synthetic import DEMO, TrialSpec, simulate_trial
from rewire.trial.synthetic_atlas import simulated_atlas
from rewire.trial.synthetic_maps import PLANTED_SET, RECEPTOR, receptor_density
from rewire.trial.synthetic_series import shared_loadings, simulate_series

DESIGN = Design("parallel", "arm", ("psilocybin", "escitalopram"), "escitalopram", True)


@pytest.fixture(scope="module")
def trial() -> Trial:
    made = simulate_trial()
    return replace(made, maps=replace(made.maps, rules=MapRules(draws=500)))


@pytest.fixture(scope="module")
def measured(trial: Trial) -> Measurement:
    rng = np.random.default_rng(0)
    bold = [r for r in trial.scans if r.kind == "bold"]
    found = [global_brain_connectivity(trial.load(r), rng=rng) for r in bold]
    data = xr.Dataset(
        {
            "value": (
                ("scan", "region"),
                np.stack([f["global_brain_connectivity"].to_numpy() for f in found]),
            ),
            "status": (("scan", "region"), np.full((len(found), 100), "ok")),
        },
        coords={
            "participant_id": ("scan", [r.participant for r in bold]),
            "session_id": ("scan", [r.session for r in bold]),
            "acquisition": ("scan", [""] * len(found)),
            "run": ("scan", [""] * len(found)),
            "region": list(simulated_atlas().regions),
        },
    )
    return Measurement("global_brain_connectivity", "1", "here", data, False, "series")


def _ask(
    answer: Callable[[Asking], Reply], trial: Trial, measured: Measurement, options: KindOptions
) -> dict[str, pd.DataFrame]:
    kind = Kind.ANNOTATION if isinstance(options, AnnotationOptions) else Kind.GENES
    question = Question(
        "q", "?", kind, "primary", ("global_brain_connectivity",), (), Timepoint("ses-baseline"),
        (Timepoint("ses-week6"),), options=options,
    )  # fmt: skip
    cohort = form_cohort(trial, question, DESIGN)
    held = {"global_brain_connectivity": measured}
    reply = answer(Asking(question, trial, held, cohort, Inference(1, 999)))
    return {table.name: table.frame for table in reply.tables}


def test_the_planted_receptor_is_found_in_the_arm_that_it_was_planted_in(
    trial: Trial, measured: Measurement
) -> None:
    table = _ask(answer_annotation, trial, measured, AnnotationOptions())["annotation"]
    held = table[table["holds"] == "both"]
    assert held[["arm", "map"]].to_numpy().tolist() == [["psilocybin", RECEPTOR]]
    truth = trial.truth
    assert truth is not None
    name = f"annotation:global_brain_connectivity:map={RECEPTOR}"
    planted = truth[(truth["name"] == name) & (truth["arm"] == "psilocybin")]["value"].iloc[0]
    # a regression to the mean of r from 300 volumes takes a little off Fisher z
    assert held["slope"].iloc[0] == pytest.approx(planted, rel=0.5)
    assert planted > 0.005


def test_the_planted_gene_set_is_found_and_no_other(trial: Trial, measured: Measurement) -> None:
    options = GenesOptions(of="interaction", smallest=5, bootstraps=50)
    sets = _ask(answer_genes, trial, measured, options)["gene_sets"]
    clear = sets[(sets["p_space_max"] < 0.05) & (sets["p_participants_max"] < 0.05)]
    assert clear["gene_set"].tolist() == [PLANTED_SET], (
        sets.sort_values("p_space").head(4).T.to_string()
    )


def test_maps_are_the_same_in_every_trial_and_unrelated_to_one_another() -> None:
    one = simulate_trial(TrialSpec(seed=1, per_arm=2, volumes=20, gaps="none")).maps
    other = simulate_trial(TrialSpec(seed=2, per_arm=2, volumes=20, gaps="none")).maps
    columns = [np.column_stack([m.values for m in held.annotations]) for held in (one, other)]
    np.testing.assert_array_equal(*columns)
    np.testing.assert_allclose(np.corrcoef(columns[0].T), np.eye(3), atol=1e-12)
    assert one.expression is not None
    assert sorted(g for s in one.gene_sets[0].sets for g in s.genes) == sorted(one.expression.genes)


def test_regions_lie_on_a_sphere_a_hemisphere() -> None:
    atlas = simulated_atlas()
    assert atlas.sphere is not None
    np.testing.assert_allclose(np.linalg.norm(atlas.sphere, axis=1), 1.0)
    np.testing.assert_allclose(atlas.sphere[:50] * [-1.0, 1.0, 1.0], atlas.sphere[50:])


def test_a_receptor_moves_integration_between_regions_and_leaves_its_mean() -> None:
    atlas, slope = simulated_atlas(), DEMO.arms[0].receptor_slope
    assert receptor_density(atlas).sum() == pytest.approx(0.0, abs=1e-9)
    without, with_it = (shared_loadings(atlas, 0.16, s) for s in (0.0, slope))
    np.testing.assert_allclose((with_it**2).sum(axis=1), (without**2).sum(axis=1))
    level = np.arctanh(with_it[:, 0] ** 2)
    np.testing.assert_allclose(level, 0.16 + slope * receptor_density(atlas))


def test_scans_of_arms_without_a_receptor_are_what_they_were() -> None:
    # a scan is drawn from the same numbers whatever the receptor does
    trial = simulate_trial(TrialSpec(per_arm=2, volumes=20, gaps="none"))
    blueprints = trial.load.blueprints  # type: ignore[attr-defined]
    bold = [r for r in trial.scans if r.kind == "bold"]
    tilted = {r.id for r in bold if blueprints[r.id].receptor}
    arms = trial.participants.set_index("participant_id")["arm"]
    assert tilted == {
        r.id for r in bold if arms[r.participant] == "psilocybin" and r.session == "ses-week6"
    }
    one = next(blueprints[i] for i in sorted(tilted))
    atlas = simulated_atlas()
    plain = simulate_series(atlas, replace(one, receptor=0.0), (400, 2.0), 4)
    moved = simulate_series(atlas, one, (400, 2.0), 4)
    assert np.corrcoef(plain[:, 0], moved[:, 0])[0, 1] > 0.9
