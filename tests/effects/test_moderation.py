"""Moderation: hand-made trials, the same as one model at a time, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.schema import SCORE_COLUMNS, TABULATED_COLUMNS
from rewire.core.types import Timepoint, Trial
from rewire.effects.estimate import estimate_effects
from rewire.numerics.mixed_criterion import MixedData, RandomTerm
from rewire.numerics.mixed_inference import satterthwaite
from rewire.numerics.mixed_model import fit_mixed
from rewire.trial.sessions import session_frame

DESIGN = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
QUESTION = Question(
    "q", "?", Kind.MODERATION, "primary", (), ("bdi", "hamd"), Timepoint("ses-a"),
    (Timepoint("ses-b"),), moderators=("hope",), correction="bonferroni",
)  # fmt: skip


def made(seed: int = 0, people: int = 30, effect: float = 0.0) -> Trial:
    rng = np.random.default_rng(seed)
    ids = [f"sub-{i:02d}" for i in range(people)]
    hope = rng.normal(50, 20, people)
    hope[3] = np.nan
    arm = ["drug" if i % 2 else "placebo" for i in range(people)]
    rows = []
    for scale in ("bdi", "hamd"):
        level = rng.normal(0, 3, people)
        for i, person in enumerate(ids):
            drug = arm[i] == "drug"
            pull = 0.0 if np.isnan(hope[i]) else effect * drug * (hope[i] - 50) / 20
            rows.append((person, "ses-a", scale, 20 + level[i] + rng.normal(), scale))
            later = 15 + level[i] + pull + rng.normal()
            rows.append((person, "ses-b", scale, np.nan if i == 7 else later, scale))
    visits = [(p, s) for p in ids for s in ("ses-a", "ses-b")]
    return Trial(
        "t",
        pd.DataFrame({"participant_id": ids, "arm": arm, "hope": hope}),
        session_frame(visits, (), ["ses-a", "ses-b"]),
        pd.DataFrame(rows, columns=list(SCORE_COLUMNS)),
        pd.DataFrame(columns=list(TABULATED_COLUMNS)),
        (),
        {},
        {},
        lambda record: None,  # type: ignore[arg-type, return-value]
    )


def effects(trial: Trial, question: Question = QUESTION) -> pd.DataFrame:
    return estimate_effects(trial, {}, [question], DESIGN, Inference(permutations=0)).effects


def test_every_term_of_every_model_has_a_row() -> None:
    found = effects(made())
    assert len(found) == 2 * (4 + 4 + 8)
    between = found[(found["contrast"] != "") & (found["outcome"] == "bdi")]
    assert between["term"].tolist() == [
        "(Intercept)", "session[b]", "arm[drug]", "x", "session[b]:arm[drug]", "session[b]:x",
        "arm[drug]:x", "session[b]:arm[drug]:x",
    ]  # fmt: skip
    assert set(found["moderator"]) == {"hope"}


def test_a_row_is_what_one_model_by_itself_gives() -> None:
    trial = made(seed=2)
    people = trial.participants.set_index("participant_id")
    rows = trial.scores[trial.scores["scale"] == "bdi"].join(people, on="participant_id")
    rows = rows[(rows["arm"] == "drug") & rows["hope"].notna()]
    x = (rows["hope"] - rows["hope"].median()) / rows["hope"].std(ddof=1)
    rows = rows.assign(x=x).dropna(subset=["value"])  # scaled before the missing score is dropped
    t = (rows["session_id"] == "ses-b").to_numpy(float)
    fixed = np.column_stack([np.ones(len(rows)), t, rows["x"], t * rows["x"]])
    groups = pd.factorize(rows["participant_id"])[0].astype(np.int64)
    term = RandomTerm("id", groups, np.ones((len(rows), 1)))
    expected = satterthwaite(fit_mixed(MixedData(rows["value"].to_numpy(float), fixed, (term,))))
    found = effects(trial)
    found = found[(found["outcome"] == "bdi") & (found["arm"] == "drug")]
    np.testing.assert_allclose(found["estimate"], expected.estimate, atol=1e-6)
    np.testing.assert_allclose(found["se"], expected.se, rtol=1e-6)
    np.testing.assert_allclose(found["df"], expected.df, rtol=1e-4)
    np.testing.assert_allclose(found["p"], expected.p, rtol=1e-4)


def test_p_is_adjusted_over_scales_for_each_term() -> None:
    found = effects(made(seed=3))
    np.testing.assert_allclose(found["p_adjusted"], np.minimum(2 * found["p"], 1.0))


def test_a_planted_moderation_is_found_between_the_arms_and_not_in_placebo() -> None:
    found = effects(made(seed=4, people=60, effect=3.0))
    three = found[found["term"] == "session[b]:arm[drug]:x"]
    assert (three["p"] < 1e-4).all()
    np.testing.assert_allclose(three["estimate"], 3.0, atol=0.9)
    placebo = found[(found["arm"] == "placebo") & (found["term"] == "session[b]:x")]
    assert (placebo["p"] > 0.01).all()


def test_false_positives_of_the_three_way_term_are_in_their_band() -> None:
    hits = [
        effects(made(seed=100 + s, people=24)).query("term == 'session[b]:arm[drug]:x'")["p"] < 0.05
        for s in range(100)
    ]
    rate = np.mean(np.concatenate(hits))
    assert 0.015 <= rate <= 0.10  # 200 tests: 99.9% of the binomial of .05 lies between


def test_a_moderator_without_numbers_and_a_crossover_say_why() -> None:
    trial = made()
    people = trial.participants.assign(hope="high")
    result = estimate_effects(
        replace(trial, participants=people), {}, [QUESTION], DESIGN, Inference(permutations=0)
    )
    assert [u.reason for u in result.unanswered] == ["hope holds no number"]
    assert result.effects.empty


def test_nobody_varies_gives_nan_with_a_reason() -> None:
    trial = made()
    people = trial.participants.assign(hope=40.0)
    found = effects(replace(trial, participants=people))
    assert found["estimate"].isna().all()
    assert set(found["status"]) == {
        "too few people, effects that depend on one another, or no variation beside them"
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("kind = 'change'\nmoderators = ['hope']", "moderators belong to"),
        ("kind = 'moderation'", "needs at least one"),
        (
            "kind = 'moderation'\nmoderators = ['hope']\ncorrection = 'max_t'",
            "permutations",
        ),
        ("kind = 'moderation'\nmoderators = ['hope']\nalternative = 'less'", "two-sided"),
    ],
)
def test_plans_that_cannot_be_meant_are_refused(line: str, message: str) -> None:
    from rewire.core.errors import PlanError
    from rewire.plan.model import parse_plan

    with pytest.raises(PlanError, match=message):
        parse_plan(f"name = 'p'\n[[questions]]\nname = 'q'\ntext = '?'\n{line}\n", "p.toml")
