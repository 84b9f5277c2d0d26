"""Benefit and harm on a trial small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.scales import SCALES
from rewire.core.schema import ADVERSE_EVENT_COLUMNS, SCORE_COLUMNS, TABULATED_COLUMNS
from rewire.core.types import Timepoint, Trial
from rewire.effects.estimate import EffectsResult, estimate_effects
from rewire.numerics.exact_difference import exact_difference
from rewire.numerics.risk import Counts
from rewire.plan.options.discrete import DiscreteOptions
from rewire.plan.options.harms import HarmsOptions
from rewire.trial.sessions import session_frame

DESIGN = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
HARMS = Question(
    "h", "?", Kind.HARMS, "secondary", (), ("bdi", "wemwbs"), Timepoint("ses-a"),
    (Timepoint("ses-b"),), outcome_before="ses-a", outcome_after=("ses-b",), correction="holm",
)  # fmt: skip
DISCRETE = replace(HARMS, name="d", kind=Kind.DISCRETE, outcomes=("bdi",))
FIRST = [20, 20, 20, 20, 20, 20, 20, 20]
# drug: halved, remitted (and halved), unchanged, missing; placebo: 5 worse, 4 worse, half, same
LATER = [10, 8, 20, np.nan, 25, 24, 10, 20]
EVENTS = [
    ("sub-0", "", "Headache", 2.0, "mild", "no", "no"),
    ("sub-0", "", "headache", 9.0, "moderate", "no", "no"),
    ("sub-1", "", "headache", 4.0, "severe", "yes", "no"),
    ("sub-2", "", "nausea", 4.0, "mild", "", "yes"),
    ("sub-4", "", "nausea", 6.0, "mild", "no", "no"),
    ("sub-5", "", "nausea", -3.0, "mild", "yes", "no"),
]


def made(events: list[tuple[object, ...]] | None = None) -> Trial:
    ids = [f"sub-{i}" for i in range(8)]
    rows = []
    for i, person in enumerate(ids):
        rows.append((person, "ses-a", "bdi", float(FIRST[i]), "bdi"))
        rows.append((person, "ses-b", "bdi", float(LATER[i]), "bdi"))
        rows.append((person, "ses-a", "wemwbs", 40.0, "wemwbs"))
        rows.append((person, "ses-b", "wemwbs", 37.0 if i % 2 else 43.0, "wemwbs"))
    arms = ["drug"] * 4 + ["placebo"] * 4
    people = {"participant_id": ids, "arm": arms, "weeks": [1.0, 2, 1, 1, 2, 1, 1, 1]}
    visits = [(p, s) for p in ids for s in ("ses-a", "ses-b")]
    return Trial(
        "t",
        pd.DataFrame(people),
        session_frame(visits, (), ["ses-a", "ses-b"]),
        pd.DataFrame(rows, columns=list(SCORE_COLUMNS)),
        pd.DataFrame(columns=list(TABULATED_COLUMNS)),
        (),
        {},
        {name: SCALES[name] for name in ("bdi", "wemwbs")},
        lambda record: None,  # type: ignore[arg-type, return-value]
        adverse_events=pd.DataFrame(
            EVENTS if events is None else events, columns=list(ADVERSE_EVENT_COLUMNS)
        ).astype({"days": float}),
    )


def answered(question: Question, trial: Trial | None = None) -> EffectsResult:
    return estimate_effects(trial or made(), {}, [question], DESIGN, Inference(permutations=0))


@pytest.fixture(scope="module")
def found() -> EffectsResult:
    options = HarmsOptions(least_people=2, follow_up=10.0)
    return answered(replace(HARMS, options=options))


def _table(result: EffectsResult, name: str) -> pd.DataFrame:
    return next(t.frame for t in result.tables if t.name == name)


def test_who_of_how_many_by_hand(found: EffectsResult) -> None:
    table = _table(found, "harm_differences")
    told = {
        (r.occurrence, r.scale): (r.events, r.people, r.reference_events, r.reference_people)
        for r in table.itertuples()
    }
    assert told == {
        ("response", "bdi"): (2, 3, 1, 4),
        ("remission", "bdi"): (1, 3, 0, 4),
        ("worsening", "bdi"): (0, 3, 1, 4),
        ("worsening", "wemwbs"): (2, 4, 2, 4),
        ("any adverse event", ""): (3, 4, 1, 4),
        ("serious adverse event", ""): (1, 3, 0, 4),
        ("suicidality", ""): (1, 4, 0, 4),
        ("headache", ""): (2, 4, 0, 4),
        ("nausea", ""): (1, 4, 1, 4),
    }
    assert set(table["side"][table["occurrence"].isin(["response", "remission"])]) == {"benefit"}
    assert set(table["side"][table["occurrence"] == "worsening"]) == {"harm"}


def test_differences_bounds_and_numbers_needed_by_hand(found: EffectsResult) -> None:
    row = _table(found, "harm_differences").iloc[0]
    assert row["difference"] == pytest.approx(2 / 3 - 1 / 4)
    assert (row["missing"], row["reference_missing"]) == (1, 0)
    assert row["lowest"] == pytest.approx(2 / 4 - 1 / 4)
    assert row["highest"] == pytest.approx(3 / 4 - 1 / 4)
    assert row["number_needed"] == pytest.approx(12 / 5)
    exact = exact_difference(Counts(2, 3, 1, 4))
    assert (row["ci_low"], row["ci_high"]) == (exact.interval.low, exact.interval.high)
    assert row["p"] == exact.p
    assert row["number_needed_told"].startswith("NNT benefit 2.4 (")
    worse = _table(found, "harm_differences").iloc[2]
    assert worse["difference"] == pytest.approx(-0.25)
    assert worse["number_needed_told"].startswith("NNT fewer 4 (")


def test_rows_of_effects(found: EffectsResult) -> None:
    rows = found.effects
    assert rows["term"].tolist()[:3] == ["response", "remission", "worsening"]
    assert set(rows["contrast"]) == {"drug - placebo"}
    assert set(rows["status"]) == {"ok"}
    assert (rows["p_adjusted"] >= rows["p"]).all()
    assert (rows["p_adjusted"] > rows["p"]).any()
    assert found.analysed == {f"sub-{i}" for i in range(8)}


def test_what_a_scale_has_no_number_for_is_said(found: EffectsResult) -> None:
    reasons = [u.reason for u in found.unanswered]
    assert any("WEMWBS has no agreed cut-off of remission" in r for r in reasons)
    assert any("no response by halves" in r for r in reasons)
    assert any("1 event began before the first dose and is left out" in r for r in reasons)


def test_times_to_the_first_event_by_hand(found: EffectsResult) -> None:
    """Drug 2, 4, 4 and none by day 10: 3/4, then 1/4; placebo 6: 3/4."""
    curves = _table(found, "time_to_event")
    drug = curves[curves["arm"] == "drug"]
    assert drug["days"].tolist() == [0.0, 2.0, 4.0, 10.0]
    assert drug["free"].tolist() == pytest.approx([1.0, 0.75, 0.25, 0.25])
    test = _table(found, "time_to_event_tests").iloc[0]
    # 2 + 0.75 * 2 + 0.25 * 6 = 5 against 6 + 0.75 * 4 = 9
    assert test["mean_difference"] == pytest.approx(-4.0)
    assert test["horizon_days"] == 10.0
    assert test["events"] == 4


def test_no_table_of_events_is_not_safety() -> None:
    found = answered(HARMS, made([]))
    assert any("nobody can be said to have had none" in u.reason for u in found.unanswered)
    assert "any adverse event" not in set(found.effects["term"])
    assert not any(t.name == "time_to_event" for t in found.tables)


def test_a_scale_of_suicidality() -> None:
    options = HarmsOptions(suicidality_scale="bdi", suicidality_from=24.0)
    table = _table(answered(replace(HARMS, options=options)), "harm_differences")
    row = table[table["occurrence"] == "bdi of 24 or more"].iloc[0]
    assert (row["events"], row["people"], row["reference_events"]) == (0, 3, 2)


def test_no_arms_of_other_people() -> None:
    crossover = Design("crossover", "drug", ("drug", "placebo"), "placebo", True)
    trial = made()
    found = estimate_effects(trial, {}, [HARMS], crossover, Inference(permutations=0))
    assert "crossover" in found.unanswered[0].reason
    alone = Design("single arm", "arm", (), "", False)
    found = estimate_effects(trial, {}, [HARMS], alone, Inference(permutations=0))
    assert found.effects.empty
    table = _table(found, "harms")
    assert table[table["occurrence"] == "response"]["events"].tolist() == [3]


def _ratio(options: DiscreteOptions, **more: object) -> tuple[pd.Series, EffectsResult]:
    question = replace(DISCRETE, options=options, **more)  # type: ignore[arg-type]
    found = answered(question)
    return _table(found, "discrete_ratios").iloc[0], found


def test_firths_odds_ratio_by_hand() -> None:
    """2 of 3 against 1 of 4, half a person more in each cell: (2.5 / 1.5) / (1.5 / 3.5)."""
    row, found = _ratio(DiscreteOptions(family="firth", event="response"))
    assert row["ratio"] == pytest.approx((2.5 / 1.5) / (1.5 / 3.5))
    assert (row["total"], row["people"], row["reference_total"]) == (2.0, 3.0, 1.0)
    effect = found.effects.iloc[0]
    assert effect["estimate"] == pytest.approx(np.log(row["ratio"]))
    assert effect["term"] == "arm[drug]"
    assert effect["level"] == "event=response"
    assert found.analysed == {f"sub-{i}" for i in range(8) if i != 3}


def test_separation_reaches_the_table() -> None:
    row, found = _ratio(DiscreteOptions(family="logistic", event="remission"))
    assert np.isnan(row["ratio"])
    assert row["status"] == "separated: an estimate is infinite"
    assert found.analysed == frozenset()


def test_rate_ratio_of_events_by_hand() -> None:
    """4 events in 5 weeks against 1 in 5."""
    options = DiscreteOptions(family="poisson", event="adverse events", exposure="weeks")
    row, _ = _ratio(options)
    assert row["ratio"] == pytest.approx(4.0)
    assert row["se"] == pytest.approx(np.sqrt(1 / 4 + 1))


def test_worst_severity_is_a_grade() -> None:
    """Grades 2, 3, 1, 0 against 1, 0, 0, 0: the drug's are higher."""
    row, _ = _ratio(DiscreteOptions(family="ordinal", event="worst severity"))
    assert (row["total"], row["reference_total"]) == (6.0, 1.0)
    assert row["ratio"] > 1.0
    assert row["status"] == "ok"


def test_a_column_that_is_no_event_is_told() -> None:
    options = DiscreteOptions(family="logistic", event="weeks")
    found = answered(replace(DISCRETE, options=options))
    assert any("1 or 0" in u.reason for u in found.unanswered)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"family": "ordinal", "event": "response"}, "logistic or firth"),
        ({"family": "firth", "event": "adverse events"}, "is a count"),
        ({"family": "firth", "event": "worst severity"}, "is a grade"),
        ({"family": "firth", "event": "response", "exposure": "weeks"}, "belongs to a count"),
    ],
)
def test_a_family_that_does_not_fit(options: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DiscreteOptions(**options)  # type: ignore[arg-type]


def test_half_a_suicidality_is_refused() -> None:
    with pytest.raises(ValueError, match="belong together"):
        HarmsOptions(suicidality_scale="bdi")


def test_words_of_a_column_of_events_are_told() -> None:
    trial = made()
    people = trial.participants.assign(fell=["yes", "no", "Y", "maybe", "no", "n/a", "yes", "no"])
    options = DiscreteOptions(family="firth", event="fell")
    found = answered(replace(DISCRETE, options=options), replace(trial, participants=people))
    assert [u.reason for u in found.unanswered] == [
        "fell holds 'Y', 'maybe', which is no number, for 2 people, who are left out"
    ]
    assert found.effects["n"].tolist() == [5]


def test_an_arm_of_which_nothing_is_known_leaves_no_test() -> None:
    trial = made()
    gone = trial.scores["participant_id"].isin([f"sub-{i}" for i in range(4)])
    rows = answered(HARMS, replace(trial, scores=trial.scores[~gone])).effects
    scored = rows[rows["outcome"] == "bdi"]
    assert set(scored["status"]) == {"nobody in an arm is known"}
    assert (scored["n"] == 0).all()
    assert scored[["estimate", "ci_low", "p", "p_adjusted"]].isna().all(axis=None)
