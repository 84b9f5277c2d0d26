"""Guesses of the treatment: hand-made trials, five answers, three arms, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.types import Timepoint, Trial
from rewire.effects.estimate import EffectsResult, estimate_effects
from rewire.numerics.guess_rate import FIXED_RATE
from rewire.plan.options.blinding import BlindingOptions
from rewire.plan.question import QuestionDraft

MakeTrial = Callable[..., Trial]
DESIGN = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
QUESTION = Question(
    "guesses", "?", Kind.BLINDING, "secondary", (), ("bdi",), Timepoint("ses-a"),
    (Timepoint("ses-b"),), outcome_before="ses-a", outcome_after=("ses-b",), correction="holm",
)  # fmt: skip
# drug: 5 right, 2 wrong, 1 unsure, 1 blank; placebo: 3 right, 3 wrong, 1 unsure, 1 strange
ARM = ["drug"] * 9 + ["placebo"] * 8
CURLY = "Don\N{RIGHT SINGLE QUOTATION MARK}t know"
GUESS = [
    *["drug", "Drug", "drug ", "drug", "drug", "placebo", "placebo", CURLY, ""],
    *["placebo"] * 3, *["drug"] * 3, "unsure", "maybe",
]  # fmt: skip
CHANGE = [-9.0, -8.0, -7.0, -8.0, -8.0, -2.0, -4.0, -6.0, -5.0, -1.0, 0.0, 1.0, -4.0, -5.0, -6.0]


def _trial(make_trial: MakeTrial, **columns: list[object]) -> Trial:
    n = len(ARM)
    after = np.concatenate([20.0 + np.array(CHANGE), np.full(n - len(CHANGE), 15.0)])
    scores = {("bdi", "ses-a"): [20.0] * n, ("bdi", "ses-b"): after}
    return make_trial({"arm": ARM, "guess": GUESS, **columns}, scores)


def _answer(trial: Trial, question: Question = QUESTION, design: Design = DESIGN) -> EffectsResult:
    return estimate_effects(trial, {}, [question], design, Inference(permutations=0))


def test_indices_by_hand(make_trial: MakeTrial) -> None:
    found = _answer(_trial(make_trial))
    rows = found.effects[found.effects["measure"] != ""].set_index("term")
    assert rows.loc["guess in drug", "estimate"] == pytest.approx((5 - 2) / 8)
    assert rows.loc["guess in placebo", "estimate"] == pytest.approx(0.0)
    assert rows.loc["guess in drug", "n"] == 8
    # 13 named an arm, 2 of 15 were unsure; 5 wrong; expected wrong (8 x 6 + 5 x 7) / 13
    james = (1 + 2 / 15 + 13 / 15 * (5 / (83 / 13) - 1)) / 2
    assert rows.loc["guess by arm", "estimate"] == pytest.approx(james)
    assert "maybe" in found.unanswered[0].reason
    assert len(found.analysed) == 15
    p, adjusted = rows["p"].to_numpy(), rows["p_adjusted"].to_numpy()
    assert adjusted.min() == pytest.approx(min(3 * p.min(), 1.0))


def test_arm_effects_by_hand(make_trial: MakeTrial) -> None:
    found = _answer(_trial(make_trial))
    rows = found.effects[found.effects["outcome"] == "bdi"].set_index("term")
    assert rows["contrast"].unique().tolist() == ["drug - placebo"]
    assert rows["n"].tolist() == [13, 13, 13]
    # strata: drug right -8, drug wrong -3, placebo right 0, placebo wrong -5
    crude = (5 * -8 + 2 * -3) / 7 - (3 * 0 + 3 * -5) / 6
    assert rows.loc["arm[drug]", "estimate"] == pytest.approx(crude)
    share = np.array([5 / 8, 2 / 5, 3 / 8, 3 / 5])  # of right guesses, of wrong ones
    drug = (share[0] * -8 + share[1] * -3) / (share[0] + share[1])
    placebo = (share[2] * 0 + share[3] * -5) / (share[2] + share[3])
    at_half = rows.loc["arm[drug] at guess rate 0.5", "estimate"]
    assert at_half == pytest.approx(drug - placebo)
    # least squares beside the guess weighs the guesses by n1 n0 / (n1 + n0): 5 and 3, 2 and 3
    w = np.array([15 / 8, 6 / 5])
    beside = w @ [-8 - -5, -3 - 0] / w.sum()
    assert rows.loc["arm[drug] beside the guess", "estimate"] == pytest.approx(beside)


def test_tables_stand_beside(make_trial: MakeTrial) -> None:
    sure = [*np.arange(9.0), *[np.nan] * 8]
    options = BlindingOptions(confidence="sure")
    found = _answer(_trial(make_trial, sure=sure), replace(QUESTION, options=options))
    tables = {t.name: t.frame for t in found.tables}
    guesses = tables["blinding_guesses"]
    drug = guesses[(guesses["arm"] == "drug") & (guesses["counts_as"] == "placebo")]
    assert drug["n"].tolist() == [2]
    assert drug["confidence_mean"].tolist() == [5.5]
    assert guesses["n"].sum() == len(ARM)
    assert guesses[guesses["recorded"] == "maybe"]["counts_as"].tolist() == ["no answer"]
    indices = tables["blinding_indices"].set_index("arm")
    assert indices.loc["", ["named_an_arm", "right"]].tolist() == [13, 8]
    # exact interval of 5 of 7, from tables
    assert indices.loc["drug", "share_low"] == pytest.approx(0.2904, abs=1e-4)
    assert indices.loc["drug", "share_high"] == pytest.approx(0.9633, abs=1e-4)
    curve = tables["blinding_cgr"]
    rates = curve[curve["effect"] == "at a rate of right guesses"]
    assert rates["rate"].iloc[0] == pytest.approx(8 / 13)
    assert rates["rate"].iloc[-1] == 0.5
    crude = curve[curve["effect"] == "as it was"]["estimate"].item()
    assert rates["estimate"].iloc[0] == pytest.approx(crude)
    improvement = tables["blinding_improvement"].set_index("arm")
    assert improvement["difference"].tolist() == pytest.approx([-8 + 3, -5 - 0])


def test_five_answers_count_half_where_people_were_not_certain(make_trial: MakeTrial) -> None:
    words = ["5", "5", "4", "3", "2", "1", "5", "4", "1", *["1", "1", "2", "2", "3", "4", "5", "5"]]
    meaning = {"5": "drug", "4": "drug", "3": "don't know", "2": "placebo", "1": "placebo"}
    options = BlindingOptions(levels=meaning, rather=("2", "4"))
    trial = _trial(make_trial, guess=[float(w) for w in words])
    found = _answer(trial, replace(QUESTION, options=options))
    rows = found.effects.set_index("term")
    assert rows.loc["guess in drug", "estimate"] == pytest.approx((3 + 1 - 0.5 - 2) / 9)
    assert rows.loc["guess in placebo", "estimate"] == pytest.approx((2 + 1 - 0.5 - 2) / 8)
    assert not found.unanswered


def test_three_arms_are_compared_with_the_reference(make_trial: MakeTrial) -> None:
    arm = [a for a in ("high", "low", "placebo") for _ in range(6)]
    guess = ["high", "high", "high", "low", "placebo", "unsure"] * 3
    change = np.random.default_rng(3).normal(size=18)
    scores = {("bdi", "ses-a"): [20.0] * 18, ("bdi", "ses-b"): 20.0 + change}
    design = Design("parallel", "arm", ("high", "low", "placebo"), "placebo", True)
    found = _answer(make_trial({"arm": arm, "guess": guess}, scores), design=design).effects
    rows = found.set_index("term")
    assert rows.loc["guess in high", "estimate"] == pytest.approx((3 - 1) / 6)
    assert rows.loc["guess in low", "estimate"] == pytest.approx((1 - 2) / 6)
    assert set(found["contrast"]) == {"", "high - placebo", "low - placebo"}
    assert rows.loc["guess by arm", "estimate"] == pytest.approx(1 / 6 + 5 / 6 / 2)


def test_what_cannot_be_said_says_why(make_trial: MakeTrial) -> None:
    trial = _trial(make_trial)
    blank = _answer(_trial(make_trial, guess=["n/a"] * len(ARM)))
    assert blank.effects.empty
    assert "holds no guess" in blank.unanswered[-1].reason
    alone = Design("single arm", "arm", ("drug",), "", False)
    assert "nothing to guess" in _answer(trial, design=alone).unanswered[0].reason
    crossed = _answer(trial, design=Design("crossover", "drug", ("a", "b"), "b", True))
    assert "other people" in crossed.unanswered[0].reason
    largest = _answer(trial, replace(QUESTION, correction="max_t"))
    assert "max_t" in largest.unanswered[0].reason
    same = ["drug"] * 9 + ["placebo"] * 8
    told = _answer(_trial(make_trial, guess=same)).effects.set_index("term")
    assert told.loc["arm[drug] at guess rate 0.5", "status"] == FIXED_RATE
    assert told.loc["arm[drug] beside the guess", "status"] == "singular model"
    assert told.loc["guess in drug", "estimate"] == 1.0
    assert told.loc["guess in drug", "ci_low"] < 1.0
    assert np.isnan(told.loc["guess by arm", "p"])
    assert told.loc["guess by arm", "status"] == "answers too alike for a standard error"


def test_without_an_outcome_guesses_are_still_told(make_trial: MakeTrial) -> None:
    found = _answer(_trial(make_trial), replace(QUESTION, outcomes=()))
    assert len(found.effects) == 3
    assert {t.name for t in found.tables} == {"blinding_guesses", "blinding_indices"}


def test_a_plan_names_columns_that_the_options_use() -> None:
    draft = QuestionDraft.model_validate(
        {"name": "g", "text": "?", "kind": "blinding", "options": {"confidence": "sure"}}
    )
    assert draft.options is not None
    assert draft.options.columns() == ("guess", "sure")
    with pytest.raises(ValueError, match="one column"):
        QuestionDraft.model_validate(
            {"name": "g", "text": "?", "kind": "blinding", "options": {"confidence": "guess"}}
        )


def test_a_meaning_that_is_no_arm_is_told(make_trial: MakeTrial) -> None:
    """With ``maybe`` given another word, it was no answer and nobody was told."""
    options = BlindingOptions(levels={"maybe": "plcebo", "Perhaps": "placebo"})
    found = _answer(_trial(make_trial), replace(QUESTION, options=options))
    told = [u.reason for u in found.unanswered if "plcebo" in u.reason]
    assert told == [
        "options.levels: 'maybe' means 'plcebo', which is no arm here (there are: drug, placebo): "
        "it counts as no answer"
    ]


def test_answers_all_alike_have_no_error_of_nothing(make_trial: MakeTrial) -> None:
    """Bang's published variance is 0 where everybody is right; the interval is not."""
    found = _answer(_trial(make_trial, guess=list(ARM)))
    rows = found.effects[found.effects["measure"] == "bang_index"]
    assert rows["estimate"].tolist() == [1.0, 1.0]
    assert rows["se"].isna().all()
    assert (rows["ci_low"] < 0.9).all()
