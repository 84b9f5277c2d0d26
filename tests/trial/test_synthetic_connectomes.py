"""Simulated connectomes: sparse, symmetric, a person's own, and untouched by treatment."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from rewire.core.types import Trial
from rewire.trial.check import check_trial
from rewire.trial.portrait import Portraitist, Wanted
from rewire.trial.reading import Reading
from rewire.trial.synthetic import TrialSpec, simulate_trial
from rewire.trial.synthetic_atlas import simulated_atlas
from rewire.trial.synthetic_connectomes import DENSITY, Wiring, simulate_connectome

PAIRS = np.triu_indices(100, 1)
DISTANCE = np.linalg.norm(
    simulated_atlas().centroid[:, None] - simulated_atlas().centroid[None], axis=2
)


@pytest.fixture(scope="module")
def trial() -> Trial:
    return simulate_trial(TrialSpec(per_arm=4, volumes=60))


@pytest.fixture(scope="module")
def weights() -> dict[tuple[int, int], np.ndarray]:
    """Weights by person and session."""
    atlas = simulated_atlas()
    return {
        (person, session): simulate_connectome(atlas, Wiring(person, session), 4)[0]
        for person in range(1, 13)
        for session in (0, 1)
    }


def test_each_session_with_a_scan_has_one_connectome(trial: Trial) -> None:
    places = {
        kind: sorted((r.participant, r.session) for r in trial.scans if r.kind == kind)
        for kind in ("bold", "connectome")
    }
    assert places["bold"] == places["connectome"]
    assert len(places["bold"]) < 16  # some were not made
    assert len({r.id for r in trial.scans}) == len(trial.scans)


def test_a_loaded_connectome_is_square_symmetric_and_sparse(trial: Trial) -> None:
    record = next(r for r in trial.scans if r.kind == "connectome")
    assert record.path.as_posix().endswith(
        f"dwi/{record.participant}_{record.session}_seg-Simulated100_meas-streamlines_relmat.tsv"
    )
    scan = trial.load(record)
    assert (scan.kind, scan.kept, dict(scan.facts)) == ("connectome", None, {})
    np.testing.assert_array_equal(scan.data, scan.data.T)
    np.testing.assert_array_equal(np.diag(scan.data), 0.0)
    assert (scan.data >= 0.0).all()
    assert (scan.data[PAIRS] > 0.0).mean() == pytest.approx(DENSITY, abs=1e-3)
    assert scan.lengths is not None
    np.testing.assert_array_equal(np.isfinite(scan.lengths), scan.data > 0.0)
    wired = scan.data > 0.0
    np.testing.assert_array_equal(scan.lengths, scan.lengths.T)
    ratio = scan.lengths[wired] / DISTANCE[wired]
    assert 1.1 <= ratio.min() < ratio.max() <= 1.5


def test_weights_fall_with_distance_and_are_higher_within_networks(
    weights: dict[tuple[int, int], np.ndarray],
) -> None:
    one = weights[1, 0][PAIRS]
    wired = one > 0.0
    assert stats.spearmanr(one[wired], DISTANCE[PAIRS][wired]).statistic < -0.4
    network = np.array(simulated_atlas().network)
    together = (network[:, None] == network[None, :])[PAIRS]
    near = (DISTANCE[PAIRS] > 20.0) & (DISTANCE[PAIRS] < 40.0)
    assert one[near & together].mean() > 1.5 * one[near & ~together].mean()


def test_sessions_of_a_person_are_more_alike_than_people(
    weights: dict[tuple[int, int], np.ndarray],
) -> None:
    def alike(a: tuple[int, int], b: tuple[int, int]) -> float:
        return float(np.corrcoef(np.log1p(weights[a][PAIRS]), np.log1p(weights[b][PAIRS]))[0, 1])

    own = [alike((p, 0), (p, 1)) for p in range(1, 13)]
    others = [alike((p, 0), (q, 1)) for p, q in combinations(range(1, 13), 2)]
    assert min(own) > 0.85
    assert max(others) < min(own)


def test_structure_stays(weights: dict[tuple[int, int], np.ndarray]) -> None:
    total = {key: held.sum() for key, held in weights.items()}
    change = [total[p, 1] - total[p, 0] for p in range(1, 13)]
    assert stats.ttest_1samp(change, 0.0).pvalue > 0.01
    assert not np.array_equal(weights[1, 0], weights[1, 1])


def test_a_check_and_raters_find_no_volumes_in_a_connectome(trial: Trial) -> None:
    checked = check_trial(Reading(trial, ()), n_procs=1)
    judged = [q for q in checked.scans if q.record.kind == "connectome"]
    assert judged
    assert not [fault for q in judged for fault in q.faults]
    assert all(np.isnan([q.volumes, q.minutes, q.displacement]).all() for q in judged)
    seen = Portraitist(trial.load)(Wanted(judged[0].record, portrait=True, edges=False))
    assert seen.portrait is not None
    assert seen.portrait.carpet.size == seen.portrait.displacement.size == 0
    assert seen.portrait.silent == ()
