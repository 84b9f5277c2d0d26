"""MMRM from a trial to rows and tables: by hand where nothing is missing, by R on real scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.scales import find_scale
from rewire.core.types import Measurement, Timepoint, Trial
from rewire.effects.estimate import EffectsResult, estimate_effects
from rewire.effects.mmrm_imputation import harmful_sign
from rewire.plan.options.mmrm import MmrmOptions
from rewire.trial.reading import read_trial

MakeTrial = Callable[..., Trial]
MakeMeasurement = Callable[..., Measurement]

DESIGN = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
OPTIONS = MmrmOptions(
    strategy="hypothetical", intercurrent_events="stopping", draws=20, tipping=(0.0, 5.0, 500.0)
)
VISITS = ("ses-b", "ses-c", "ses-d")
QUESTION = Question(
    "q", "?", Kind.MMRM, "primary", (), ("bdi",), Timepoint("ses-a"),
    tuple(Timepoint(v) for v in VISITS), correction="holm", options=OPTIONS,
)  # fmt: skip
N = 24
"""People; every other one is given the drug."""


def scores(left: int) -> dict[tuple[str, str], np.ndarray]:
    """Return scores of 24 people; some of the drug arm leave before the last visit."""
    rng = np.random.default_rng(3)
    drug = np.arange(N) % 2 == 1
    base = rng.normal(25, 4, N)
    held = {("bdi", "ses-a"): base}
    level = rng.normal(0, 2, N)
    for t, visit in enumerate(VISITS, 1):
        held["bdi", visit] = 5 + 0.6 * base + level - 4.0 * t * drug + rng.normal(0, 2, N)
    held["bdi", "ses-d"][np.flatnonzero(drug)[:left]] = np.nan
    return held


def run(trial: Trial, question: Question = QUESTION, **measured: object) -> EffectsResult:
    return estimate_effects(trial, measured, [question], DESIGN, Inference(permutations=0))  # type: ignore[arg-type]


def table(result: EffectsResult, name: str) -> pd.DataFrame:
    return next(t.frame for t in result.tables if t.name == name)


@pytest.fixture
def arms() -> list[str]:
    return ["drug" if i % 2 else "placebo" for i in range(N)]


def test_complete_visits_are_analyses_of_covariance(make_trial: MakeTrial, arms: list[str]) -> None:
    """Arm and baseline by visit, nothing missing: least squares at each visit, 24 - 3 df."""
    held = scores(0)
    found = run(make_trial({"arm": arms}, held)).effects
    assert found["session"].tolist() == list(VISITS)
    assert set(found["term"]) == {"arm[drug]"}
    assert set(found["contrast"]) == {"drug - placebo"}
    x = np.column_stack([np.ones(N), np.arange(N) % 2, held["bdi", "ses-a"]])
    inverse = np.linalg.inv(x.T @ x)
    for visit, row in zip(VISITS, found.itertuples(), strict=True):
        y = held["bdi", visit]
        beta = inverse @ x.T @ y
        se = np.sqrt(((y - x @ beta) ** 2).sum() / 21 * inverse[1, 1])
        assert (row.estimate, row.se, row.df) == pytest.approx((beta[1], se, 21.0), rel=1e-5)
        assert row.n == N
    by_p = found.sort_values("p")
    holm = np.maximum.accumulate(np.minimum(by_p["p"] * [3, 2, 1], 1.0))
    np.testing.assert_allclose(by_p["p_adjusted"], holm)


def test_means_differ_by_the_difference_and_a_change_by_baseline(
    make_trial: MakeTrial, arms: list[str]
) -> None:
    trial = make_trial({"arm": arms}, scores(4))
    plain = run(trial)
    changed = replace(QUESTION, options=OPTIONS.model_copy(update={"response": "change"}))
    change = run(trial, changed)
    np.testing.assert_allclose(plain.effects["estimate"], change.effects["estimate"], rtol=1e-6)
    np.testing.assert_allclose(plain.effects["se"], change.effects["se"], rtol=1e-6)
    means = table(plain, "mmrm_means").pivot_table("estimate", "session", "arm", sort=False)
    np.testing.assert_allclose(means["drug"] - means["placebo"], plain.effects["estimate"])
    base = np.mean(scores(4)["bdi", "ses-a"])
    moved = table(change, "mmrm_means")["estimate"] + base
    np.testing.assert_allclose(moved, table(plain, "mmrm_means")["estimate"], rtol=1e-6)
    seen = table(plain, "mmrm_means").set_index(["arm", "session"])["seen"]
    assert seen["drug", "ses-d"] == 8
    assert seen["placebo", "ses-d"] == 12


def test_the_rule_that_is_named_answers_and_all_stand_beside(
    make_trial: MakeTrial, arms: list[str]
) -> None:
    trial = make_trial({"arm": arms}, scores(4))
    named = replace(QUESTION, options=OPTIONS.model_copy(update={"imputation": "copy reference"}))
    result = run(trial, named)
    beside = table(result, "mmrm_imputed")
    assert set(beside["rule"]) == {
        "none", "mar", "jump to reference", "copy reference", "copy increments",
    }  # fmt: skip
    copied = beside[beside["rule"] == "copy reference"]
    np.testing.assert_allclose(result.effects["estimate"], copied["estimate"])
    assert result.effects["method"].str.contains("copy reference, 20 draws").all()
    last = beside[beside["session"] == "ses-d"].set_index("rule")["estimate"]
    assert last["mar"] < last["copy increments"] < last["jump to reference"] < 0
    pd.testing.assert_frame_equal(run(trial, named).effects, result.effects)


def test_the_tipping_point_lies_where_the_drug_does_worse(
    make_trial: MakeTrial, arms: list[str]
) -> None:
    """A delta of 500 on 4 of 12 people moves the difference by about 167, past 0."""
    trial = make_trial({"arm": arms}, scores(4))
    scale = find_scale("bdi")
    assert scale is not None
    found = table(run(replace(trial, scales={"bdi": scale})), "tipping")
    assert found["delta"].tolist() == [0.0, 5.0, 500.0]
    assert (found["status"] == "found").all()
    assert 5.0 < found["point"].iloc[0] < 500.0
    assert found["estimate"].iloc[2] - found["estimate"].iloc[0] == pytest.approx(500 / 3, rel=0.15)
    reverse = replace(scale, direction="higher is better")
    assert (harmful_sign(scale, -1.0), harmful_sign(reverse, -1.0)) == (1.0, -1.0)
    assert (harmful_sign(None, -1.0), harmful_sign(None, 1.0)) == (1.0, -1.0)
    # the same scores on a scale that rises as people get better: the drug did worse
    worse = table(run(replace(trial, scales={"bdi": reverse})), "tipping")
    assert set(worse["status"]) == {
        "the arm fared worse already, and deltas for the worse only add to it"
    }
    assert worse["delta"].tolist() == [0.0, -5.0, -500.0]
    assert worse["point"].isna().all()


def test_regions_are_models_of_their_own_and_one_that_fails_stops_no_other(
    make_trial: MakeTrial, make_measurement: MakeMeasurement, arms: list[str]
) -> None:
    rng = np.random.default_rng(5)
    values = {(s, ""): rng.normal(size=(N, 3)) for s in ("ses-a", *VISITS)}
    for own in values.values():
        own[:, 1] = np.nan
        own[:, 2] = 1.0
    measured = make_measurement("gbc", values, {"region": ["A", "B", "C"]})
    asked = replace(QUESTION, measures=("gbc",), outcomes=())
    found = run(make_trial({"arm": arms}), asked, gbc=measured).effects.set_index("region")
    assert (found.loc["A", "status"] == "ok").all()
    for region in ("B", "C"):
        assert (found.loc[region, "status"] != "ok").all()
        assert found.loc[region, ["estimate", "p", "p_adjusted"]].isna().all(axis=None)
        assert (found.loc[region, "n"] == 0).all()


def test_few_people_fall_back_to_a_poorer_structure_and_say_so(
    make_trial: MakeTrial, arms: list[str]
) -> None:
    held = {key: values[:8] for key, values in scores(0).items()}
    held["bdi", "ses-c"] = held["bdi", "ses-b"] + 1e-9 * np.arange(8)
    found = run(make_trial({"arm": arms[:8]}, held)).effects
    assert found["method"].str.contains("unstructured: ").all()


def test_missing_visits_and_covariates_are_told(make_trial: MakeTrial, arms: list[str]) -> None:
    held = scores(0)
    held["bdi", "ses-c"][:] = np.nan
    age = np.where(np.arange(N) == 5, np.nan, 30.0 + np.arange(N))
    result = run(
        make_trial({"arm": arms, "age": age}, held), replace(QUESTION, covariates=("age",))
    )
    why = [u.reason for u in result.unanswered]
    assert "bdi was not scored at ses-c" in why
    assert "1 person is left out of bdi: a covariate is missing" in why
    assert result.effects["session"].tolist() == ["ses-b", "ses-d"]
    assert (result.effects["n"] == N - 1).all()
    assert len(result.analysed) == N - 1


@pytest.mark.real
def test_baseline_among_the_visits_is_told_and_left_out(
    make_trial: MakeTrial, arms: list[str]
) -> None:
    trial = make_trial({"arm": arms}, scores(0))
    asked = replace(QUESTION, after=(Timepoint("ses-a"), *QUESTION.after))
    found = run(trial, asked)
    assert found.effects["session"].tolist() == list(VISITS)
    assert [u.reason for u in found.unanswered] == ["ses-a is baseline and no later visit"]
    np.testing.assert_array_equal(found.effects["p"], run(trial).effects["p"])


def test_bdi_of_the_second_psilocybin_trial(shared_data: Path) -> None:
    """R 4.2.2, nlme 3.1-162: ``gls(bdi ~ 0 + v + v:arm + v:base, corSymm, varIdent)`` by REML.

    Its standard errors are not adjusted for small samples: Kenward and Roger's may not be
    smaller. Nobody is missing at week 6: ``lm(bdi ~ arm + base)`` there gives the SE, df and p.
    """
    trial = read_trial(shared_data / "psilodep2").trial
    trial = replace(trial, scores=trial.scores[trial.scores["table"] == "bdi"])
    visits = tuple(Timepoint(f"ses-week{week}") for week in (2, 4, 6))
    question = replace(QUESTION, before=Timepoint("ses-baseline"), after=visits)
    design = Design("parallel", "arm", ("psilocybin", "escitalopram"), "escitalopram", True)
    result = estimate_effects(trial, {}, [question], design, Inference(permutations=0))
    found = result.effects
    np.testing.assert_allclose(
        found["estimate"], [-5.86691055, -6.24617801, -7.37821638], rtol=1e-6
    )
    unadjusted = np.array([2.55193103, 2.38398220, 2.77448821])
    assert (found["se"] > unadjusted - 1e-6).all()
    np.testing.assert_allclose(found["se"], unadjusted, rtol=5e-3)
    last = found.iloc[2]
    assert (last["se"], last["df"], last["p"]) == pytest.approx(
        (2.7744882128, 56.0, 0.0101913923), rel=1e-6
    )
    assert found["method"].str.contains("unstructured").all()
    assert len(result.analysed) == 59
