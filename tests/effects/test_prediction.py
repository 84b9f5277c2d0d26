"""Prediction: rows and tables of made trials, what is refused, and the real trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.scales import SCALES
from rewire.core.types import Measurement, Timepoint, Trial
from rewire.effects.estimate import EffectsResult, estimate_effects
from rewire.effects.prediction import BEYOND
from rewire.plan.options.prediction import PredictionOptions
from rewire.trial.reading import read_trial

MakeTrial = Callable[..., Trial]

DESIGN = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
SMALL = PredictionOptions(repeats=1, permutations=39, refuse_below=20)


def _question(options: PredictionOptions, **more: object) -> Question:
    given = {
        "name": "q", "text": "?", "kind": Kind.PREDICTION, "standing": "primary",
        "measures": ("strength",), "outcomes": ("bdi",), "before": Timepoint("ses-a"),
        "after": (Timepoint("ses-b"),), "outcome_before": "ses-a", "outcome_after": ("ses-b",),
        "options": options,
    }  # fmt: skip
    return Question(**{**given, **more})  # type: ignore[arg-type]


def _brain(values: np.ndarray, *, change: bool = False) -> Measurement:
    people = [f"sub-{i:02d}" for i in range(len(values))]
    n = len(people)
    data = xr.Dataset(
        {
            "value": (("scan", "region"), values),
            "status": (("scan", "region"), np.full(values.shape, "ok")),
        },
        coords={
            "participant_id": ("scan", people),
            "session_id": ("scan", ["ses-a"] * n),
            "acquisition": ("scan", [""] * n),
            "run": ("scan", [""] * n),
            "region": [f"r{i}" for i in range(values.shape[1])],
        },
    )
    return Measurement("strength", "1", "here", data, change, "table")


def _trial(make_trial: MakeTrial, brain: np.ndarray, weight: float, seed: int = 0) -> Trial:
    rng = np.random.default_rng(seed)
    n = len(brain)
    before = rng.integers(20, 45, size=n).astype(float)
    after = np.clip(0.5 * before + weight * brain[:, 0] + rng.normal(0, 4, n), 0, 63)
    trial = make_trial(
        {
            "arm": ["drug" if i % 2 else "placebo" for i in range(n)],
            "age": rng.normal(40, 9, n),
            "sex": ["F" if i % 3 else "M" for i in range(n)],
            "site": [("x", "y", "z")[i % 3] for i in range(n)],
        },
        {("bdi", "ses-a"): before, ("bdi", "ses-b"): after},
    )
    return replace(trial, scales={"bdi": SCALES["bdi"]})


def _ask(trial: Trial, brain: np.ndarray, question: Question) -> EffectsResult:
    held = {"strength": _brain(brain)}
    return estimate_effects(trial, held, [question], DESIGN, Inference(seed=1))


@pytest.fixture
def brain() -> np.ndarray:
    values = np.random.default_rng(3).normal(size=(60, 8))
    values[4, 2] = np.nan
    return values


def test_a_brain_that_matters_is_seen_and_everybody_is_in_the_tables(
    make_trial: MakeTrial, brain: np.ndarray
) -> None:
    trial = _trial(make_trial, brain, 8.0)
    got = _ask(trial, brain, _question(SMALL))
    rows = got.effects.set_index("term")
    assert rows.index.tolist() == ["clinic", "brain", "both", BEYOND]
    assert (rows["n"] == 60).all()
    assert rows.loc["both", "estimate"] > rows.loc["clinic", "estimate"]
    assert rows.loc[BEYOND, "ci_low"] > 0.0
    assert rows.loc[["brain", "both", BEYOND], "p"].to_numpy() == pytest.approx(1.0 / 40.0)
    assert (rows["alternative"] == "greater").all()
    gain = rows.loc["both", "estimate"] - rows.loc["clinic", "estimate"]
    assert rows.loc[BEYOND, "estimate"] == pytest.approx(gain)
    tables = {t.name: t.frame for t in got.tables}
    people = tables["prediction_people"]
    assert people.groupby("features")["participant_id"].nunique().tolist() == [60, 60, 60]
    performance = tables["prediction_performance"].set_index("features")
    assert performance["predictors"].to_dict() == {"clinic": 4, "brain": 8, "both": 12}
    # R2 on the table of people differs from the row's only by averaging before and after
    both = people[people["features"] == "both"]
    r2 = (
        1
        - ((both["observed"] - both["predicted"]) ** 2).sum()
        / ((both["observed"] - both["training_mean"]) ** 2).sum()
    )
    assert r2 == pytest.approx(rows.loc["both", "estimate"], abs=0.05)
    weights = tables["prediction_weights"]
    alone = weights[weights["features"] == "brain"].set_index("predictor")["slope"].abs()
    assert alone.idxmax() == "strength r0"
    assert tables["prediction_net_benefit"].empty


def test_the_same_plan_gives_the_same_numbers(make_trial: MakeTrial, brain: np.ndarray) -> None:
    trial = _trial(make_trial, brain, 0.0)
    first, again = (_ask(trial, brain, _question(SMALL)) for _ in range(2))
    pd.testing.assert_frame_equal(first.effects, again.effects)
    for one, other in zip(first.tables, again.tables, strict=True):
        pd.testing.assert_frame_equal(one.frame, other.frame)


def test_too_few_people_are_refused_with_the_number_that_is_needed(
    make_trial: MakeTrial, brain: np.ndarray
) -> None:
    trial = _trial(make_trial, brain, 8.0)
    got = _ask(trial, brain, _question(PredictionOptions()))
    assert got.effects.empty
    # Riley's largest number for four clinical predictors is 234 + 4
    assert "60 people have all that is needed, and 238 would be" in got.unanswered[0].reason
    assert "refuse_below" in got.unanswered[0].reason
    assert not got.tables


def test_a_bar_that_the_plan_sets_stands(make_trial: MakeTrial, brain: np.ndarray) -> None:
    trial = _trial(make_trial, brain, 8.0)
    got = _ask(trial, brain, _question(PredictionOptions(refuse_below=61)))
    assert "the plan refuses below 61" in got.unanswered[0].reason
    lowered = _ask(trial, brain, _question(SMALL))
    short = lowered.effects["method"].str.contains("fewer people than the")
    assert short.all()


def test_a_rare_class_is_refused_whatever_the_bar(make_trial: MakeTrial, brain: np.ndarray) -> None:
    trial = _trial(make_trial, brain, 0.0)
    got = _ask(trial, brain, _question(SMALL.model_copy(update={"target": "remission"})))
    scores = trial.scores.set_index(["participant_id", "session_id"])["value"].unstack()
    rarer = int((scores["ses-b"] <= 9).sum())
    assert rarer < 10
    assert f"the rarer class has {rarer} of 60 people" in got.unanswered[0].reason


@pytest.mark.parametrize("model", ["ridge", "logistic"])
def test_classes_have_an_area_and_a_net_benefit(
    make_trial: MakeTrial, brain: np.ndarray, model: str
) -> None:
    trial = _trial(make_trial, brain, 8.0)
    options = SMALL.model_copy(
        update={
            "target": "response",
            "model": model,
            "permutations": 9,
            "features": ("clinic", "brain"),
        }
    )
    got = _ask(trial, brain, _question(options))
    rows = got.effects.set_index("term")
    assert rows.loc["brain", "effect_size_kind"] == "AUC"
    assert rows.loc["brain", "estimate"] > 0.7
    scores = trial.scores.set_index(["participant_id", "session_id"])["value"].unstack()
    responded = (scores["ses-b"] <= 0.5 * scores["ses-a"]).astype(float)
    tables = {t.name: t.frame for t in got.tables}
    people = tables["prediction_people"]
    told = people[people["features"] == "clinic"].set_index("participant_id")["observed"]
    pd.testing.assert_series_equal(told, responded[told.index], check_names=False)
    benefit = tables["prediction_net_benefit"].set_index(["features", "threshold"])["net_benefit"]
    share = responded.mean()
    assert benefit["nobody", 0.2] == 0.0
    assert benefit["everybody", 0.2] == pytest.approx(share - (1 - share) * 0.25)


def test_elastic_net_selection_and_sites(make_trial: MakeTrial, brain: np.ndarray) -> None:
    trial = _trial(make_trial, brain, 8.0)
    options = PredictionOptions(
        model="elastic net", select=3, harmonise="site", leave_out="site", permutations=4,
        refuse_below=20, clinic=("age",), features=("brain",), repeats=1,
    )  # fmt: skip
    got = _ask(trial, brain, _question(options))
    rows = got.effects.set_index("term")
    assert rows.loc["brain", "df"] == 2.0  # three sites
    assert rows.loc["brain", "estimate"] > 0.2
    tables = {t.name: t.frame for t in got.tables}
    assert (
        "60 people were predicted by models that had seen nobody of their site"
        in (tables["prediction_performance"]["note"].iloc[0])
    )
    assert tables["prediction_weights"]["kept"].max() == 1.0
    kept = tables["prediction_weights"].groupby("features")["kept"].sum()
    assert (kept <= 3.0 + 1e-9).all()


def test_a_measure_that_learns_from_everybody_is_refused(
    make_trial: MakeTrial, brain: np.ndarray
) -> None:
    trial = _trial(make_trial, brain, 8.0)
    for held, why in (
        (replace(_brain(brain), from_cohort=True), "learns from the whole cohort"),
        (_brain(brain, change=True), "known as a change alone"),
    ):
        got = estimate_effects(
            trial, {"strength": held}, [_question(SMALL)], DESIGN, Inference(seed=1)
        )
        assert got.effects.empty
        assert any(why in u.reason for u in got.unanswered)


def test_people_without_a_baseline_brain_are_left_out_of_every_set_and_counted(
    make_trial: MakeTrial, brain: np.ndarray
) -> None:
    trial = _trial(make_trial, brain, 8.0)
    brain = brain.copy()
    brain[:7] = np.nan
    got = _ask(trial, brain, _question(SMALL))
    assert (got.effects["n"] == 53).all()
    performance = next(t.frame for t in got.tables if t.name == "prediction_performance")
    assert set(performance["note"]) == {
        "7 people with both scores have no baseline value of a measure"
    }
    assert len(got.analysed) == 53


def test_one_question_changes_no_other(make_trial: MakeTrial, brain: np.ndarray) -> None:
    trial = _trial(make_trial, brain, 2.0)
    one, other = _question(SMALL), _question(SMALL, name="p")
    held = {"strength": _brain(brain)}
    together = estimate_effects(trial, held, [other, one], DESIGN, Inference(seed=1)).effects
    alone = estimate_effects(trial, held, [one], DESIGN, Inference(seed=1)).effects
    mine = together[together["question"] == "q"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone)


def test_a_crossover_is_refused(make_trial: MakeTrial, brain: np.ndarray) -> None:
    trial = _trial(make_trial, brain, 0.0)
    design = Design("crossover", "drug", ("drug", "placebo"), "placebo", True)
    got = estimate_effects(
        trial, {"strength": _brain(brain)}, [_question(SMALL)], design, Inference(seed=1)
    )
    assert "people who are in one arm" in got.unanswered[0].reason


def _psilodep2(shared_data: Path, options: PredictionOptions) -> EffectsResult:
    """Baseline modularity, and BDI at week 6, of the 43 who have both."""
    trial = read_trial(shared_data / "psilodep2").trial
    rows = trial.scores[(trial.scores["table"] == "bdi").to_numpy(dtype=bool)]
    trial = replace(trial, scores=rows)
    people = trial.tabulated[trial.tabulated["session_id"] == "ses-baseline"]
    data = xr.Dataset(
        {
            "value": ("scan", people["value"].to_numpy(float)),
            "status": ("scan", ["ok"] * len(people)),
        },
        coords={
            "participant_id": ("scan", people["participant_id"].astype(str).tolist()),
            "session_id": ("scan", ["ses-baseline"] * len(people)),
            "acquisition": ("scan", [""] * len(people)),
            "run": ("scan", [""] * len(people)),
        },
    )
    held = {"modularity_q_norm": Measurement("modularity_q_norm", "1", "table", data)}
    question = _question(
        options, measures=("modularity_q_norm",), before=Timepoint("ses-baseline"),
        after=(Timepoint("ses-week6"),), outcome_before="ses-baseline",
        outcome_after=("ses-week6",),
    )  # fmt: skip
    design = Design("parallel", "arm", ("psilocybin", "escitalopram"), "escitalopram", True)
    return estimate_effects(trial, held, [question], design, Inference(seed=2022))


def test_the_real_trial_is_refused(shared_data: Path) -> None:
    got = _psilodep2(shared_data, PredictionOptions())
    assert got.effects.empty
    assert "43 people have all that is needed, and 235 would be" in got.unanswered[0].reason


def test_with_the_bar_lowered_the_brain_of_the_real_trial_adds_nothing(shared_data: Path) -> None:
    """The interval of what baseline modularity adds to the clinic holds 0, as does its own R2."""
    got = _psilodep2(shared_data, PredictionOptions(refuse_below=40, repeats=2, permutations=19))
    rows = got.effects.set_index("term")
    assert (rows["n"] == 43).all()
    for term in ("brain", BEYOND):
        assert rows.loc[term, "ci_low"] < 0.0 < rows.loc[term, "ci_high"]


def test_response_is_a_fall_of_what_lies_above_the_lowest_score(
    make_trial: MakeTrial, brain: np.ndarray
) -> None:
    """The same response as that of harms, and no cut-off of remission is needed for it."""
    trial = _trial(make_trial, brain, 8.0)
    scale = replace(SCALES["bdi"], low=10.0, remission=None)
    trial = replace(trial, scales={"bdi": scale})
    options = SMALL.model_copy(
        update={"target": "response", "permutations": 0, "features": ("clinic",)}
    )
    got = _ask(trial, brain, _question(options))
    scores = trial.scores.set_index(["participant_id", "session_id"])["value"].unstack()
    above = scores - 10.0
    responded = (above["ses-b"] <= 0.5 * above["ses-a"]).astype(float)
    people = next(t.frame for t in got.tables if t.name == "prediction_people")
    told = people.set_index("participant_id")["observed"]
    pd.testing.assert_series_equal(told, responded[told.index], check_names=False)
    remission = _question(options.model_copy(update={"target": "remission"}))
    assert "no agreed cut-off of remission" in _ask(trial, brain, remission).unanswered[0].reason


def test_outcomes_are_permuted_within_the_blocks_of_the_plan(
    make_trial: MakeTrial, brain: np.ndarray
) -> None:
    """A brain that tells the site, and sites that differ in outcome: nothing within sites."""
    site = np.arange(len(brain)) % 3
    told = site[:, None] + 0.01 * brain
    trial = _trial(make_trial, 3.0 * site[:, None] * np.ones((1, brain.shape[1])), 2.0)
    options = SMALL.model_copy(update={"permutations": 19, "features": ("clinic", "brain", "both")})
    free, within = (
        estimate_effects(
            trial, {"strength": _brain(told)}, [_question(options)], DESIGN, how
        ).effects.set_index("term")["p"]
        for how in (Inference(seed=1), Inference(seed=1, exchange_within="site"))
    )
    assert free["brain"] == free["brain beyond clinic"] == 0.05
    assert within["brain"] > 0.05
    assert within["brain beyond clinic"] > 0.05


def test_the_arm_counts_once_among_the_predictors(make_trial: MakeTrial, brain: np.ndarray) -> None:
    options = SMALL.model_copy(update={"permutations": 0, "features": ("clinic",)})
    named = options.model_copy(update={"clinic": ("arm", "age")})
    alone = options.model_copy(update={"clinic": ("age",)})
    trial = _trial(make_trial, brain, 8.0)
    first, second = (_ask(trial, brain, _question(o)).effects for o in (named, alone))
    pd.testing.assert_frame_equal(first, second)
