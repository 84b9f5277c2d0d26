"""The demo's planted change in modularity, measured again in other simulated people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rewire.measures
from rewire.core import registry
from rewire.trial.synthetic import DEMO, simulate_population


@pytest.mark.parametrize(
    "people", [16, pytest.param(120, marks=pytest.mark.slow)], ids=["small", "full"]
)
def test_modularity_changes_in_one_arm_by_what_the_truth_says(people: int) -> None:
    registry.discover(rewire.measures)
    spec = registry.get("modularity")
    trial = simulate_population(replace(DEMO, seed=DEMO.seed + 100), people)
    arm = dict(trial.participants[["participant_id", "arm"]].itertuples(index=False))
    found: dict[tuple[str, str], np.ndarray] = {}
    for number, record in enumerate(trial.scans):
        options = {"runs": 30, "nulls": 30}
        measured = registry.compute(spec, (trial.load(record),), options, number)
        found[record.participant, record.session] = np.array(
            [float(measured["modularity_q_norm"].sel(model=m)) for m in ("strength", "hqs")]
        )
    assert trial.truth is not None
    truth = {(r.name, r.arm): r.value for r in trial.truth.itertuples(index=False)}
    names = ["modularity_q_norm:model=strength", "modularity_q_norm:model=hqs"]
    planted = {
        "psilocybin": np.array([truth[f"change:{name}", "psilocybin"] for name in names]),
        "escitalopram": np.zeros(2),
    }
    for treatment, expected in planted.items():
        change = np.array(
            [
                found[person, "ses-week6"] - found[person, "ses-baseline"]
                for person, given in arm.items()
                if given == treatment
            ]
        )
        error = change.std(axis=0, ddof=1) / np.sqrt(people)
        assert (np.abs(change.mean(axis=0) - expected) < 3.5 * error).all()
