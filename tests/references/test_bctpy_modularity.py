"""The published modularity pipeline beside the pieces of bctpy, on real scans and on a toy.

bctpy's ``community_louvain`` does not symmetrise its gains, as the MATLAB original does, and can
loop for ever on the asymmetric networks that ``randmio_und`` makes of a matrix with a unit
diagonal ("Modularity infinite loop"); it therefore gets their symmetric part here.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rewire.numerics.correlation import pearson_matrix, positive_weights
from rewire.numerics.louvain import louvain, louvain_quality
from rewire.numerics.network_nulls import rewire_degree_preserving

bct = pytest.importorskip("bct")

SCANS = (
    "sub-02/ses-placebo/func/sub-02_ses-placebo_task-rest_acq-post",
    "sub-07/ses-psilocybin/func/sub-07_ses-psilocybin_task-rest_acq-pre",
    "sub-06/ses-psilocybin/func/sub-06_ses-psilocybin_task-rest_acq-post",
)


def _weights(data: Path, scan: str) -> np.ndarray:
    path = data / "psilocybin-acute" / f"{scan}_seg-AAL90_stat-mean_timeseries.tsv"
    series = pd.read_csv(path, sep="\t").to_numpy(dtype=float)
    return positive_weights(pearson_matrix(series), diagonal=1.0)


def _apart(a: np.ndarray, b: np.ndarray) -> float:
    """Return the difference of two means in standard errors."""
    error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    return float(abs(a.mean() - b.mean()) / error)


@pytest.mark.real
@pytest.mark.parametrize("scan", SCANS)
def test_q_over_runs_is_that_of_bctpy(shared_data: Path, scan: str) -> None:
    weights = _weights(shared_data, scan)
    theirs = np.array([bct.community_louvain(weights, seed=s)[1] for s in range(150)])
    ours = louvain(weights, 2000, np.random.default_rng(0)).quality
    assert abs(ours.mean() - theirs.mean()) < 0.002
    assert _apart(ours, theirs) < 4.0
    assert ours.max() >= theirs.max() - 1e-12


@pytest.mark.real
@pytest.mark.parametrize("scan", SCANS[:2])
def test_rewired_networks_are_those_of_bctpy(shared_data: Path, scan: str) -> None:
    weights = _weights(shared_data, scan)
    edges = np.count_nonzero(np.tril(weights))
    pairs = [bct.randmio_und(weights, 1, seed=s) for s in range(12)]
    swaps = np.array([made[1] / edges for made in pairs])
    lopsided = np.array([np.count_nonzero(made[0] != made[0].T) for made in pairs])
    q = np.array(
        [bct.community_louvain((m + m.T) / 2, seed=s)[1] for s, (m, _) in enumerate(pairs)]
    )
    ours = rewire_degree_preserving(weights, 200, np.random.default_rng(0))
    our_q = louvain_quality(ours.weights, 1, np.random.default_rng(1))[:, 0]
    ours_lopsided = (ours.weights != ours.weights.transpose(0, 2, 1)).sum(axis=(1, 2))
    assert _apart(ours.swaps_per_edge, swaps) < 4.0
    assert _apart(ours_lopsided, lopsided) < 4.0
    assert _apart(our_q, q) < 4.0
    best = louvain(weights, 100, np.random.default_rng(2)).quality.max()
    spread = best / our_q.mean() * our_q.std() / our_q.mean() * np.sqrt(1 / len(q) + 1 / 200)
    assert abs(best / our_q.mean() - best / q.mean()) < 4.0 * spread


def test_a_toy_is_rewired_with_the_frequencies_of_bctpy() -> None:
    # Six nodes, weights all different, two self loops: every outcome tells what was done to what.
    weights = np.zeros((6, 6))
    ends = [(0, 1), (2, 3), (4, 5), (1, 2), (0, 0), (3, 3)]
    for weight, (i, j) in enumerate(ends, start=1):
        weights[i, j] = weights[j, i] = weight
    draws = 3000
    theirs = [bct.randmio_und(weights, 1, seed=s) for s in range(draws)]
    ours = rewire_degree_preserving(weights, draws, np.random.default_rng(0))
    ours_swaps = np.round(ours.swaps_per_edge * len(ends)).astype(int)

    def frequencies(keys: list[object]) -> Counter[object]:
        return Counter(keys)

    for a, b in (
        (
            frequencies([int(made[1]) for made in theirs]),
            frequencies(ours_swaps.tolist()),
        ),
        *(
            (
                frequencies([float(made[0][i, j]) for made in theirs]),
                frequencies(ours.weights[:, i, j].tolist()),
            )
            for i in range(6)
            for j in range(6)
        ),
    ):
        kinds = [k for k in a | b if a[k] + b[k] >= 20]
        if len(kinds) > 1:
            table = np.array([[a[k] for k in kinds], [b[k] for k in kinds]])
            assert stats.chi2_contingency(table).pvalue > 1e-5
