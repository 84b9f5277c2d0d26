"""How a prediction is told: no claim beyond what people left out show, and none for a patient."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from rewire.core.questions import Kind, Question
from rewire.core.types import Timepoint
from rewire.effects.prediction import BEYOND
from rewire.plan.options.prediction import PredictionOptions
from rewire.report.contents import Contents
from rewire.report.kinds.prediction import exhibits
from rewire.report.numbers import MINUS
from rewire.report.rows import EffectRow, read_rows
from rewire.report.sentences import Family, sentence

OPTIONS = PredictionOptions(refuse_below=20)
ASKED = Question(
    "q", "?", Kind.PREDICTION, "primary", ("modularity_q_norm",), ("bdi",),
    Timepoint("ses-baseline"), (Timepoint("ses-week6"),), options=OPTIONS,
)  # fmt: skip


@pytest.fixture
def row(contents: Contents) -> EffectRow:
    blank = read_rows(contents.effects)[0]
    return replace(
        blank, question="q", kind="prediction", measure="", outcome="bdi", term="brain", arm="",
        contrast="", session="ses-week6", level="features=brain", alternative="greater", n=43.0,
        estimate=0.2, ci_low=0.05, ci_high=0.35, effect_size=0.2, effect_size_kind="R2",
        statistic=math.nan, p=0.01, p_permutation=0.01, p_adjusted=0.02, method="", status="ok",
    )  # fmt: skip


def _say(row: EffectRow, contents: Contents) -> str:
    return sentence(row, ASKED, contents, Family(3, "fdr_bh"))


def test_performance_above_chance(row: EffectRow, contents: Contents) -> None:
    assert _say(row, contents) == (
        "The brain before treatment predicted BDI at week 6 better than chance in people left out: "
        "R2 = .20 (95% CI .05 to .35), p = .010 by permutation, adjusted p = .020 over 3 tests, "
        "n = 43, one-sided test (greater)."
    )


def test_a_small_p_with_an_interval_at_chance_claims_no_better_prediction(
    row: EffectRow, contents: Contents
) -> None:
    for change in (
        {"ci_low": -0.1},
        {"effect_size_kind": "AUC", "estimate": 0.6, "ci_low": 0.45},
    ):
        text = _say(replace(row, **change), contents)
        assert (
            "went with BDI at week 6, but there was no evidence that people left out were" in text
        )
        assert "better than chance" not in text
    beyond = _say(replace(row, term=BEYOND, estimate=-0.02, ci_low=-0.1), contents)
    assert "no evidence that people left out were predicted better for it" in beyond
    assert f"R2 = {MINUS}.02" in beyond


def test_no_evidence_is_said_of_sets_and_of_the_increment(
    row: EffectRow, contents: Contents
) -> None:
    none = replace(row, p=0.5, p_permutation=0.5, p_adjusted=0.5)
    assert "There was no evidence that the brain before treatment predicted" in _say(none, contents)
    added = _say(replace(none, term=BEYOND), contents)
    assert "There was no evidence that the brain before treatment added to" in added


def _tables() -> dict[str, pd.DataFrame]:
    keys = {"question": "q", "outcome": "bdi", "session": "ses-week6"}
    performance = {
        "features": "brain", "n": 43, "predictors": 1, "wanted_people": 235, "r2": 0.1,
        "r2_low": -0.1, "r2_high": 0.3, "r": 0.3, "mae": 8.0, "mae_of_mean": 9.0,
        "auc": math.nan, "auc_low": math.nan, "auc_high": math.nan, "brier": math.nan,
        "brier_of_mean": math.nan, "calibration_slope": 0.9, "calibration_intercept": 1.0,
        "p": 0.04, "permutations": 99, "permuted_repeats": 20,
        "clinic": "baseline score, arm drug, age", "note": "2 people have no scan",
    }  # fmt: skip
    person = {
        "features": "brain", "participant_id": "sub-<b>1", "arm": "drug", "observed": 10.0,
        "predicted": 12.0, "training_mean": 11.0,
    }  # fmt: skip
    other = {**person, "participant_id": "sub-2", "predicted": 9.0, "arm": "placebo"}
    curve = {"features": "brain", "r2_lowest": -0.3, "r2_highest": 0.2, "repeats": 5}
    return {
        "prediction_performance": pd.DataFrame([keys | performance]),
        "prediction_people": pd.DataFrame([keys | person, keys | other]),
        "prediction_curve": pd.DataFrame(
            [
                keys | curve | {"training_people": 12, "r2": -0.2},
                keys | curve | {"training_people": 34, "r2": 0.1},
            ]
        ),
    }


def test_the_exhibit_says_the_bar_the_numbers_needed_and_that_it_serves_no_patient(
    contents: Contents,
) -> None:
    held = replace(contents, tables=_tables())
    (shown,) = exhibits(ASKED, (), held)
    text = " ".join(shown.lines)
    assert "43 people" in text
    assert "235 for brain" in text
    assert "lowered the bar to 20" in text
    assert "None of this is of use for a patient" in text
    assert "30 for 0.25, 77 for 0.1 and 155 for 0.05" in text
    assert "2 people have no scan." in text
    assert "baseline score, arm drug, age" in text
    assert f"brain {MINUS}.20 from 12 and .10 from 34" in text
    assert [f.id for f in shown.figures] == ["predicted-q-1", "learning-q-1"]
    assert "<b>" not in shown.figures[0].spec


def test_there_is_nothing_to_show_where_nothing_was_predicted(contents: Contents) -> None:
    assert exhibits(ASKED, (), contents) == ()
    assert exhibits(replace(ASKED, name="other"), (), replace(contents, tables=_tables())) == ()
