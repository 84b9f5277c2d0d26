"""Evidence for no effect, against scipy and R from the data themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.schema import EFFECT_COLUMNS
from rewire.core.types import Timepoint
from rewire.effects.estimate import estimate_effects
from rewire.effects.nulls import NULL_COLUMNS, nulls_table

DESIGN = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)


@pytest.fixture
def run(make_trial, make_measurement):
    def build(before, after, group, kind=Kind.CHANGE, inference=None) -> pd.DataFrame:
        arms = np.where(group, "drug", "placebo").tolist()
        trial = make_trial({"arm": arms}, {}, {"ses-a": "", "ses-b": ""})
        measure = make_measurement("m", {("ses-a", ""): before, ("ses-b", ""): after})
        points = Timepoint("ses-a"), (Timepoint("ses-b"),)
        question = Question("q", "?", kind, "primary", ("m",), (), *points)
        inference = inference or Inference(permutations=0)
        found = estimate_effects(trial, {"m": measure}, [question], DESIGN, inference)
        return next(t.frame for t in found.tables if t.name == "nulls")

    return build


def test_a_paired_change_by_noncentral_t(run) -> None:
    rng = np.random.default_rng(1)
    before = rng.normal(size=80)
    after = before + rng.normal(0.05, 1, 80)
    group = np.arange(80) < 40
    row = run(before, after, group).set_index("arm").loc["drug"]
    t = stats.ttest_rel(after[group], before[group])
    nc = 0.5 * np.sqrt(40)
    expected = max(stats.nct.cdf(t.statistic, 39, nc), stats.nct.sf(t.statistic, 39, -nc))
    assert row["p_equivalence"] == pytest.approx(expected)
    assert row["bound_raw"] == pytest.approx(0.5 * (after - before)[group].std(ddof=1))
    assert row["p"] == pytest.approx(t.pvalue)
    assert row["reading"].startswith("evidence for no effect as large as 0.5 SD")
    assert row["bf01"] > 3


def test_a_difference_between_arms_is_scaled_by_both_groups(run) -> None:
    rng = np.random.default_rng(2)
    before, group = rng.normal(size=30), np.arange(30) < 12
    after = before + rng.normal(size=30)
    row = run(before, after, group, Kind.INTERACTION).iloc[0]
    change = after - before
    t = stats.ttest_ind(change[group], change[~group]).statistic
    nc = 0.5 * np.sqrt(12 * 18 / 30)
    expected = max(stats.nct.cdf(t, 28, nc), stats.nct.sf(t, 28, -nc))
    assert row["p_equivalence"] == pytest.approx(expected)
    assert row["reading"].startswith("undecided")


def test_bounds_are_the_plans(run) -> None:
    rng = np.random.default_rng(1)
    before, group = rng.normal(size=80), np.arange(80) < 40
    after = before + rng.normal(0.05, 1, 80)
    narrow = Inference(permutations=0, equivalence_smd=0.1)
    assert run(before, after, group, inference=narrow)["reading"].str.startswith("undecided").all()


def _row(**values: object) -> pd.DataFrame:
    blank: dict[str, object] = dict.fromkeys(EFFECT_COLUMNS, "")
    numbers = {"n": 40, "df": 38.0, "se": 0.16, "alternative": "two-sided", "status": "ok"}
    return pd.DataFrame([{**blank, **numbers, **values}])


def test_correlations_and_ranks_have_their_own_laws() -> None:
    same = {"estimate": 0.1, "effect_size": 0.1, "statistic": 0.62, "p": 0.54}
    r = nulls_table(_row(effect_size_kind="r", **same), Inference()).iloc[0]
    rho = nulls_table(_row(effect_size_kind="rho", **same), Inference()).iloc[0]
    fisher = stats.norm.cdf((np.arctanh(0.1) - np.arctanh(0.3)) * np.sqrt(37))
    assert r["p_equivalence"] == pytest.approx(fisher, abs=0.01)
    assert rho["p_equivalence"] > r["p_equivalence"]
    assert np.isnan(rho["bf01"])
    assert rho["status"] == "ok; no Bayes factor for ranks"


def test_a_one_sided_p_is_doubled() -> None:
    one = _row(
        effect_size_kind="r", estimate=0.32, effect_size=0.32, statistic=2.08, p=0.022,
        alternative="greater",
    )  # fmt: skip
    assert nulls_table(one, Inference()).iloc[0]["p"] == pytest.approx(0.044)


def test_an_effect_of_exactly_nothing_and_rows_without_a_size() -> None:
    nothing = _row(effect_size_kind="d_z", estimate=0.0, effect_size=0.0, statistic=0.0, p=1.0)
    found = nulls_table(nothing, Inference()).iloc[0]
    assert np.isnan(found["p_equivalence"])
    assert found["reading"] == "not known"
    other = nulls_table(_row(effect_size_kind="", estimate=1.0, p=0.2), Inference())
    assert other.empty
    assert tuple(other.columns) == NULL_COLUMNS
