"""Response planted on baseline coupling is predicted from it, and a response without is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rewire.measures
from rewire.core import registry
from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.store import ResultStore
from rewire.core.types import Measurement, Timepoint, Trial
from rewire.effects.estimate import estimate_effects
from rewire.effects.prediction import BEYOND
from rewire.pipeline.inputs import digest_inputs
from rewire.pipeline.scanwork import Execution, measure_trial
from rewire.plan.options.prediction import PredictionOptions
from rewire.plan.parts import MeasureChoice
from rewire.trial.synthetic import SESSIONS, simulate_population

OPTIONS = PredictionOptions(target="after", repeats=2, permutations=99, refuse_below=20, clinic=())


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trial, Measurement]:
    """Baseline coupling of simulated people, computed from their scans and connectomes."""
    trial = simulate_population(n=40)
    first = tuple(record for record in trial.scans if record.session == SESSIONS[0])
    trial = replace(trial, scans=first)
    return trial, coupling_of(trial, ResultStore(tmp_path_factory.mktemp("kept")))


def coupling_of(trial: Trial, results: ResultStore, **options: object) -> Measurement:
    registry.discover(rewire.measures)
    return measure_trial(
        trial,
        [MeasureChoice(name="coupling_connected", options=options)],
        digest_inputs(trial),
        1,
        results,
        Execution(1, lambda stage, done, total: None),
    )["coupling_connected"]


def with_scores(trial: Trial, coupling: Measurement, weight: float, seed: int) -> Trial:
    """Replace the last scores: half of the first, plus the planted weight on coupling."""
    rng = np.random.default_rng(seed)
    values = coupling.data["value"].to_numpy()
    drive = values[:, :10].mean(axis=1)
    drive = (drive - drive.mean()) / drive.std()
    people = coupling.data["participant_id"].to_numpy().astype(str)
    planted = dict(zip(people, weight * drive, strict=True))
    scores = trial.scores[trial.scores["scale"] == "bdi"]
    before = scores[scores["session_id"] == SESSIONS[0]].reset_index(drop=True)
    shift = np.array([planted[str(p)] for p in before["participant_id"]])
    later = 0.5 * before["value"] + shift + rng.normal(0, 4, len(before))
    after = before.assign(session_id=SESSIONS[-1], value=later.clip(0, 63))
    both = np.concatenate([before.to_numpy(), after.to_numpy()])
    table = type(before)(both, columns=before.columns).astype({"value": float})
    return replace(trial, scores=table)


@pytest.mark.parametrize("planted", [True, False], ids=["planted", "null"])
def test_baseline_coupling(measured: tuple[Trial, Measurement], planted: bool) -> None:
    trial, coupling = measured
    trial = with_scores(trial, coupling, 6.0 if planted else 0.0, 5)
    arms = ("psilocybin", "escitalopram")
    question = Question(
        name="response", text="?", kind=Kind.PREDICTION, standing="primary",
        measures=("coupling_connected",), outcomes=("bdi",), before=Timepoint(SESSIONS[0]),
        after=(Timepoint(SESSIONS[-1]),), outcome_before=SESSIONS[0],
        outcome_after=(SESSIONS[-1],), options=OPTIONS,
    )  # fmt: skip
    found = estimate_effects(
        trial,
        {"coupling_connected": coupling},
        [question],
        Design("parallel", "arm", arms, arms[-1], True),
        Inference(seed=1),
    )
    gain = found.effects.set_index("term").loc[BEYOND]
    if planted:
        assert gain["ci_low"] > 0.0
        assert gain["p"] == pytest.approx(1 / 100)
    else:
        assert gain["ci_low"] < 0.0
        assert gain["p"] > 0.05


def test_a_cohorts_structure_is_learned_and_a_persons_own_is_not(
    measured: tuple[Trial, Measurement], tmp_path: Path
) -> None:
    trial, own = measured
    people = {f"sub-{i:02d}" for i in range(1, 5)}
    few = replace(trial, scans=tuple(r for r in trial.scans if r.participant in people))
    assert not own.from_cohort
    assert coupling_of(few, ResultStore(tmp_path), structure="mean").from_cohort
