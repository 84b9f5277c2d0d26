"""The demo's planted changes in modularity and coupling, in other simulated people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

import rewire.measures
from rewire.core import registry
from rewire.core.types import Scan
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
    for number, record in enumerate(r for r in trial.scans if r.kind == "bold"):
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


@pytest.mark.parametrize(
    "people", [16, pytest.param(120, marks=pytest.mark.slow)], ids=["small", "full"]
)
def test_coupling_changes_in_one_arm_by_what_the_truth_says(people: int) -> None:
    trial = simulate_population(replace(DEMO, seed=DEMO.seed + 100), people)
    by_place = {(r.participant, r.session, r.kind): r for r in trial.scans}
    assert trial.truth is not None
    truth = trial.truth[trial.truth["name"] == "change:coupling_connected_global"]
    planted = dict(truth[["arm", "value"]].itertuples(index=False))
    assert planted["escitalopram"] == 0.0 > planted["psilocybin"]
    for treatment, expected in planted.items():
        change = []
        who = trial.participants["arm"] == treatment
        for person in trial.participants.loc[who, "participant_id"]:
            before, after = (
                _mean_coupling(
                    *(trial.load(by_place[person, at, kind]) for kind in ("bold", "connectome"))
                )
                for at in ("ses-baseline", "ses-week6")
            )
            change.append(after - before)
        error = np.std(change, ddof=1) / np.sqrt(people)
        assert abs(np.mean(change) - expected) < 3.5 * error


def _mean_coupling(bold: Scan, fibres: Scan) -> float:
    """Return the mean over regions of Spearman's rho over the strongest fifth of connections."""
    z = np.corrcoef(bold.series().T)
    weights = fibres.data
    least = np.sort(weights[np.triu_indices(len(z), 1)])[-round(0.2 * len(z) * (len(z) - 1) / 2)]
    return float(
        np.mean(
            [
                spearmanr(w[w >= least], r[w >= least]).statistic
                for w, r in zip(weights, z, strict=True)
            ]
        )
    )
