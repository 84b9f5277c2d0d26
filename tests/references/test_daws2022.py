"""Daws et al. 2022 (10.1038/s41591-022-01744-z), from the public per-patient tables.

The expected numbers are those of the paper, or were recomputed from the same tables with other
software, as the comments say. The paper's "95%" intervals for r use 1.65 standard errors and are
90% intervals; ours are exact and 95%.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rewire.numerics.adjust import adjust_p
from rewire.numerics.association import estimate_association
from rewire.numerics.coupling import baseline_against_change
from rewire.numerics.linear import group_model, mean_model, slope_model
from rewire.numerics.terms import estimate_term

pytestmark = pytest.mark.real


def wide(path: Path, column: str) -> pd.DataFrame:
    table = pd.read_csv(path, sep="\t", na_values="n/a")
    return table.pivot(index="participant_id", columns="session_id", values=column)


@pytest.fixture
def trial1(shared_data: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    root = shared_data / "psilodep1"
    q = wide(root / "measures" / "modularity.tsv", "modularity_q_norm")
    return q, wide(root / "phenotype" / "bdi.tsv", "bdi").reindex(q.index)


@pytest.fixture
def trial2(shared_data: Path) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    root = shared_data / "psilodep2"
    q = wide(root / "measures" / "modularity.tsv", "modularity_q_norm")
    people = pd.read_csv(root / "participants.tsv", sep="\t").set_index("participant_id")
    arm = people["arm"].reindex(q.index)
    bdi = wide(root / "phenotype" / "bdi.tsv", "bdi").reindex(q.index)
    return q, bdi, (arm == "psilocybin").to_numpy(dtype=float)


def change(table: pd.DataFrame, after: str) -> np.ndarray:
    return (table[after] - table["ses-baseline"]).to_numpy()


def test_trial1_modularity_falls(trial1: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    found = estimate_term(mean_model(change(trial1[0], "ses-week1")[:, None]))
    assert found.n.tolist() == [16]
    np.testing.assert_allclose(found.estimate, -0.286, atol=5e-4)
    np.testing.assert_allclose(found.statistic, -2.870, atol=5e-4)
    assert found.df.tolist() == [15]
    np.testing.assert_allclose(found.p, 0.0117, atol=5e-5)
    np.testing.assert_allclose([found.ci_low[0], found.ci_high[0]], [-0.499, -0.074], atol=6e-4)
    np.testing.assert_allclose(found.effect_size, -0.718, atol=5e-4)


def test_trial1_depression_falls(trial1: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    found = estimate_term(mean_model(change(trial1[1], "ses-week1")[:, None]))
    np.testing.assert_allclose(found.estimate, -21.0, atol=0.05)
    np.testing.assert_allclose(found.statistic, -7.113, atol=5e-4)


def test_trial1_modularity_after_against_depression(
    trial1: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    q, bdi = trial1
    after = q["ses-week1"].to_numpy()[:, None]
    sessions = ("ses-week1", "ses-month3", "ses-month6")
    found = [
        estimate_association(slope_model(after, bdi[s].to_numpy(dtype=float))) for s in sessions
    ]
    r = np.concatenate([f.estimate for f in found])
    p = np.concatenate([f.p for f in found])
    np.testing.assert_allclose(r, [0.286, 0.456, 0.639], atol=6e-4)
    np.testing.assert_allclose(p[2], 0.0077, atol=5e-5)
    np.testing.assert_allclose(adjust_p(p, "fdr_bh")[2], 0.023, atol=5e-4)


def test_trial1_change_against_change(trial1: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    q, bdi = trial1
    dq = change(q, "ses-week1")[:, None]
    expected = {"ses-week1": -0.10, "ses-month3": 0.12, "ses-month6": 0.535}
    for session, r in expected.items():
        found = estimate_association(slope_model(dq, change(bdi, session)))
        np.testing.assert_allclose(found.estimate, r, atol=6e-3 if abs(r) < 0.2 else 6e-4)
    np.testing.assert_allclose(found.p, 0.033, atol=5e-4)


def test_trial1_network_changes(shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "psilodep1" / "measures" / "change_scores.tsv", sep="\t")
    columns = ["dmn_recruitment_change", "dmn_en_integration_change", "dmn_sn_integration_change"]
    found = estimate_term(mean_model(table[columns].to_numpy(dtype=float)))
    np.testing.assert_allclose(found.estimate, [-0.535, 0.526, 0.547], atol=6e-4)
    np.testing.assert_allclose(found.statistic, [-2.99, 3.01, 2.89], atol=6e-3)


def test_trial2_change_within_arms(
    trial2: tuple[pd.DataFrame, pd.DataFrame, np.ndarray],
) -> None:
    q, _, arm = trial2
    dq = change(q, "ses-week6")
    columns = np.column_stack([np.where(arm == 1, dq, np.nan), np.where(arm == 0, dq, np.nan)])
    found = estimate_term(mean_model(columns))
    np.testing.assert_allclose(found.estimate, [-0.386, 0.011], atol=6e-4)
    np.testing.assert_allclose(found.statistic, [-2.20, 0.07], atol=6e-3)
    assert found.df.tolist() == [21, 20]
    np.testing.assert_allclose(found.p[0], 0.039, atol=5e-4)


def test_trial2_arms_do_not_differ(
    trial2: tuple[pd.DataFrame, pd.DataFrame, np.ndarray],
) -> None:
    q, _, arm = trial2
    found = estimate_term(group_model(change(q, "ses-week6")[:, None], arm))
    # t squared is the arm x session F of the mixed analysis of variance
    np.testing.assert_allclose(found.statistic**2, 2.72, atol=6e-3)
    assert found.df.tolist() == [41]
    np.testing.assert_allclose(found.p, 0.107, atol=5e-4)


def test_trial2_change_against_change_on_one_and_two_sides(
    trial2: tuple[pd.DataFrame, pd.DataFrame, np.ndarray],
) -> None:
    q, bdi, arm = trial2
    score = np.where(arm == 1, change(bdi, "ses-week6"), np.nan)
    model = slope_model(change(q, "ses-week6")[:, None], score)
    two, one = estimate_association(model), estimate_association(model, "greater")
    np.testing.assert_allclose(two.estimate, 0.422, atol=6e-4)
    np.testing.assert_allclose(two.p, 0.050, atol=6e-4)
    np.testing.assert_allclose(one.p, 0.025, atol=4e-4)
    assert two.ci_low[0] < 0.01


def test_trial2_baseline_against_change(
    trial2: tuple[pd.DataFrame, pd.DataFrame, np.ndarray],
) -> None:
    q, _, arm = trial2
    inside = np.column_stack([arm == 1, arm == 0])
    before = np.where(inside, q["ses-baseline"].to_numpy()[:, None], np.nan)
    after = np.where(inside, q["ses-week6"].to_numpy()[:, None], np.nan)
    found = baseline_against_change(before, after)
    np.testing.assert_allclose(found.observed.estimate, [-0.88, -0.55], atol=6e-3)
    np.testing.assert_allclose(found.own_retest_r, [0.21, 0.54], atol=6e-3)
    np.testing.assert_allclose(found.expected_r, [-0.63, -0.48], atol=6e-3)
