"""Questions of kind mixed: rows of visits, terms that answer, tables, and what cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.schedule import RECEIVED
from rewire.core.schema import SCORE_COLUMNS, SESSION_COLUMNS, TABULATED_COLUMNS
from rewire.core.types import Timepoint, Trial
from rewire.effects.answering import Asking, Reply
from rewire.effects.design import form_cohort
from rewire.effects.formula import MixedChoices, fit_formula
from rewire.effects.inference import effects_table
from rewire.effects.mixed import answer_mixed
from rewire.effects.mixed_rows import visit_rows
from rewire.plan.options.mixed import MixedOptions

DESIGN = Design("crossover", "drug", ("ketamine", "placebo"), "placebo", True)
FORMULA = "value ~ drug + period + sex + (1 | participant_id)"


def trial(people: int = 20) -> Trial:
    """Two dosing sessions after a baseline; odd people were given placebo first."""
    rng = np.random.default_rng(0)
    ids = [f"sub-{i:02d}" for i in range(people)]
    sessions, scores = [], []
    for i, person in enumerate(ids):
        order = ["", "placebo", "ketamine"] if i % 2 else ["", "ketamine", "placebo"]
        level = 3.0 * rng.standard_normal()
        for k, (session, drug) in enumerate(zip(("ses-b", "ses-1", "ses-2"), order, strict=True)):
            row = (person, session, k, "dosing", drug, 30.0 * k, "", "", float(k))
            sessions.append(row)
            for scale in ("madrs", "bdi"):
                value = 20 + level - 5.0 * (drug == "ketamine") + rng.standard_normal()
                scores.append((person, session, scale, value, scale))
    return Trial(
        "t",
        pd.DataFrame(
            {
                "participant_id": ids,
                "arm": "",
                "sex": ["f", "m", "f", ""] * (people // 4),
                "first": ["k", "p"] * (people // 2),
                "second": ["p", "k"] * (people // 2),
            }
        ),
        pd.DataFrame(sessions, columns=list(SESSION_COLUMNS)),
        pd.DataFrame(scores, columns=list(SCORE_COLUMNS)),
        pd.DataFrame(columns=list(TABULATED_COLUMNS)),
        (),
        {},
        {},
        lambda record: None,  # type: ignore[arg-type, return-value]
    )


def asking(made: Trial, options: dict[str, Any], **changes: Any) -> Asking:
    question = Question(
        "q", "?", Kind.MIXED, "primary", (), ("madrs",), Timepoint("ses-b"),
        (Timepoint("ses-1"), Timepoint("ses-2")),
        options=MixedOptions(**{"formula": FORMULA, "reference": {"drug": "placebo"}, **options}),
    )  # fmt: skip
    question = replace(question, **changes)
    cohort = form_cohort(made, question, DESIGN)
    return Asking(question, made, {}, cohort, Inference(seed=3))


def table(reply: Reply) -> pd.DataFrame:
    return effects_table(reply.pieces).set_index("term")


def test_a_row_is_a_visit_with_all_that_is_known_of_it() -> None:
    made = trial()
    ask = asking(made, {})
    rows = visit_rows(ask, ask.scored()[0], MixedOptions(formula=FORMULA)).table
    assert len(rows) == 60
    one = rows[(rows.participant_id == "sub-01") & (rows.session == "2")].iloc[0]
    assert (one.drug, one.period, one.dose, one.days, one.sex) == ("ketamine", "2", 60, 2, "m")
    assert set(rows.loc[rows.session == "b", "period"]) == {""}


def test_columns_can_say_what_was_given_first() -> None:
    made = trial()
    options = {"periods": ("second", "first"), "codes": {"k": "ketamine", "p": "placebo"}}
    ask = asking(made, options)
    told = visit_rows(ask, ask.scored()[0], ask.options(MixedOptions)).table
    own = visit_rows(ask, ask.scored()[0], MixedOptions(formula=FORMULA)).table
    dosed = own.period != ""
    swapped = own.period[dosed].map({"1": "2", "2": "1"})
    assert told.period[dosed].tolist() == swapped.tolist()


def test_an_answer_is_what_the_formula_gives_by_itself() -> None:
    made = trial()
    reply = answer_mixed(asking(made, {"df": "kenward-roger"}))
    found = table(reply)
    rows = made.scores[made.scores.scale == "madrs"].merge(
        made.sessions, on=["participant_id", "session_id"]
    )
    rows = rows[rows.drug != ""].merge(made.participants, on="participant_id")
    rows["period"] = rows.session_id.map({"ses-1": "1", "ses-2": "2"})
    choices = MixedChoices(df="kenward-roger")
    own = fit_formula(FORMULA, rows, choices, reference={"drug": "placebo"}).coefficients
    columns = ["estimate", "se", "df", "p", "ci_low", "ci_high"]
    np.testing.assert_allclose(found[columns], own[columns], rtol=1e-4)
    assert found.n.tolist() == [15] * 4
    assert reply.people == {p for p, s in zip(made.participants.participant_id,
                                              made.participants.sex, strict=True) if s}  # fmt: skip
    models = {t.name: t.frame for t in reply.tables}
    # 20 baselines have neither drug nor period, and 5 people at 3 visits no sex
    assert models["mixed_models"].left_out[0] == (
        "20 without drug; 20 without period; 15 without sex"
    )
    assert models["mixed_models"].rows[0] == 30
    assert models["mixed_variances"].quantity.tolist() == ["sd", "sd"]
    checks = models["mixed_checks"].groupby("of")["observed"].agg(["count", "std"])
    assert checks["count"].to_dict() == {"residual": 30, "participant_id: (Intercept)": 15}
    np.testing.assert_allclose(checks["std"], 1.0)


def test_p_is_adjusted_over_the_terms_that_answer() -> None:
    drug = "drug[ketamine]"
    both = answer_mixed(asking(trial(), {"terms": (drug,)}, outcomes=("madrs", "bdi"),
                               correction="bonferroni"))  # fmt: skip
    found = table(both)
    answered = found[found.p_adjusted.notna()]
    assert answered.index.tolist() == [drug, drug]
    np.testing.assert_allclose(answered.p_adjusted, np.minimum(2 * answered.p, 1.0))
    every = table(answer_mixed(asking(trial(), {}, correction="bonferroni")))
    assert np.isnan(every.p_adjusted["(Intercept)"])
    np.testing.assert_allclose(every.p_adjusted[drug], 3 * every.p[drug])


def test_intervals_are_as_asked_and_the_same_again() -> None:
    first, again = (
        table(answer_mixed(asking(trial(), {"intervals": "bootstrap", "draws": 200})))
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, again)
    wald = table(answer_mixed(asking(trial(), {})))
    assert (first.ci_low != wald.ci_low).all()
    assert first.method.str.contains("percentile intervals of 200 bootstrap draws").all()


@pytest.mark.parametrize(
    ("options", "changes", "reason"),
    [
        ({"formula": "bdi ~ drug + (1|participant_id)"}, {}, "one of bdi, not of madrs"),
        ({"formula": "value ~ drgu + (1|participant_id)"}, {}, "did you mean 'drug'"),
        ({"reference": {"drug": "saline"}}, {}, "drug has no level 'saline'"),
        ({"terms": ("drug[k]",)}, {}, "no model has a term drug[k]"),
        ({"formula": "value ~ drug + session + period + (1|participant_id)"}, {}, "cannot be told"),
        ({}, {"correction": "max_t"}, "no permutations"),
        ({}, {"alternative": "less"}, "two-sided"),
        ({}, {"covariates": ("sex",)}, "stand in its formula"),
        ({"at": ("ses-9",)}, {}, "was not recorded"),
    ],
)
def test_what_cannot_be_answered_says_why(
    options: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    reply = answer_mixed(asking(trial(), options, **changes))
    assert any(reason in why for why in reply.reasons), reply.reasons


def test_a_score_without_variation_stops_no_other() -> None:
    made = trial()
    same = made.scores.assign(value=made.scores.value.where(made.scores.scale == "madrs", 4.0))
    reply = answer_mixed(asking(replace(made, scores=same), {}, outcomes=("bdi", "madrs")))
    assert set(table(reply).outcome) == {"madrs"}
    assert any("bdi" in why for why in reply.reasons)


def test_what_does_not_vary_stands_in_the_method() -> None:
    made = trial()
    scores = made.scores
    level = scores.groupby(["participant_id", "scale"]).value.transform("mean")
    reply = answer_mixed(
        asking(replace(made, scores=scores.assign(value=scores.value - level)), {})
    )
    found = table(reply)
    assert found.method.str.contains("singular: .Intercept. does not vary").all()
    assert np.isfinite(found.estimate).all()


def test_as_treated_the_formula_reads_what_people_received() -> None:
    made = trial()
    arms = ["a", "b"] * 10
    received = ["b", "b", "none", *arms[3:]]
    made = replace(made, participants=made.participants.assign(arm=arms, **{RECEIVED: received}))
    formula = "value ~ arm + (1 | participant_id)"
    question = asking(made, {"formula": formula, "reference": {}}).question
    parallel = Design("parallel", "arm", ("b", "a"), "a", True)
    found = {}
    for population in ("as randomised", "as treated"):
        own = replace(question, analysis=population)
        asked = Asking(own, made, {}, form_cohort(made, own, parallel), Inference(seed=3))
        (response,) = asked.responses()
        rows = visit_rows(asked, response, asked.options(MixedOptions)).table
        held = rows.drop_duplicates("participant_id").set_index("participant_id")["arm"]
        found[population] = [held[p] for p in made.participants["participant_id"]]
        assert table(answer_mixed(asked)).loc["arm[b]", "n"] == 20 - (population == "as treated")
    assert found["as randomised"] == arms
    assert pd.isna(found["as treated"].pop(2))
    assert found["as treated"] == ["b", "b", *arms[3:]]
