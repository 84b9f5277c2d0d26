"""From a trial and questions to tables, on numbers that can be done by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.schema import (
    BASELINE_CHANGE_COLUMNS,
    DENSITY_COLUMNS,
    EFFECT_COLUMNS,
    INFLUENCE_COLUMNS,
    RELIABILITY_COLUMNS,
)
from rewire.core.types import Timepoint
from rewire.effects.estimate import EffectsResult, estimate_effects

PARALLEL = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
CROSSOVER = Design("crossover", "drug", ("drug", "placebo"), "placebo", True)
SINGLE = Design("single arm", "arm", ("drug",), "", False)
INFERENCE = Inference(seed=4, permutations=200)
A, B = Timepoint("ses-a"), Timepoint("ses-b")


def question(kind: Kind, **changes: object) -> Question:
    base = Question("q", "?", kind, "exploratory", ("m",), (), A, (B,))
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.fixture
def numbers() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    arm = np.repeat(["drug", "placebo"], [9, 8])
    before = rng.normal(size=(17, 3))
    after = 0.5 * before - 0.8 * (arm == "drug")[:, None] + rng.normal(size=(17, 3))
    after[4, 1] = np.nan
    first, last = rng.normal(20, 5, 17), rng.normal(12, 5, 17)
    return {"arm": arm, "before": before, "after": after, "first": first, "last": last}


@pytest.fixture
def parallel(numbers, make_trial, make_measurement):
    trial = make_trial(
        {"arm": list(numbers["arm"]), "age": list(range(20, 37)), "sex": ["F", "M"] * 8 + ["F"]},
        {("bdi", "ses-a"): numbers["first"], ("bdi", "ses-b"): numbers["last"]},
    )
    regions = {"region": ["r1", "r2", "r3"]}
    values = {("ses-a", ""): numbers["before"], ("ses-b", ""): numbers["after"]}
    return trial, {"m": make_measurement("m", values, regions)}


def run(given, *questions: Question, design: Design = PARALLEL) -> EffectsResult:
    return estimate_effects(*given, questions, design, INFERENCE)


def test_change_within_each_arm_and_region(parallel, numbers) -> None:
    rows = run(parallel, question(Kind.CHANGE)).effects
    assert tuple(rows.columns) == EFFECT_COLUMNS
    assert list(zip(rows["arm"], rows["region"], strict=True)) == [
        (a, r) for a in ("drug", "placebo") for r in ("r1", "r2", "r3")
    ]
    for i, row in enumerate(rows.itertuples()):
        who = numbers["arm"] == row.arm
        change = (numbers["after"] - numbers["before"])[who, i % 3]
        expected = stats.ttest_1samp(change[np.isfinite(change)], 0)
        assert row.statistic == pytest.approx(expected.statistic)
        assert row.p == pytest.approx(expected.pvalue)
        assert row.n == np.isfinite(change).sum()
    assert set(rows["status"]) == {"ok"}
    assert set(rows["session"]) == {"ses-b"}
    np.testing.assert_allclose(rows["p_adjusted"], stats.false_discovery_control(rows["p"]))


def test_interaction_and_ancova_compare_with_the_reference(parallel, numbers) -> None:
    rows = run(parallel, question(Kind.INTERACTION), question(Kind.ANCOVA, name="a")).effects
    assert set(rows["contrast"]) == {"drug - placebo"}
    assert set(rows["arm"]) == {""}
    change = numbers["after"] - numbers["before"]
    drug = numbers["arm"] == "drug"
    expected = stats.ttest_ind(change[drug, 0], change[~drug, 0])
    assert rows["statistic"][0] == pytest.approx(expected.statistic)
    design = np.column_stack([drug, np.ones(17), numbers["before"][:, 0]]).astype(float)
    beta = np.linalg.lstsq(design, numbers["after"][:, 0], rcond=None)[0]
    assert rows["estimate"][3] == pytest.approx(beta[0])
    assert rows["df"][3] == 14
    assert rows["n"].tolist() == [17, 16, 17, 17, 16, 17]


def test_the_reference_arm_is_the_last_that_the_question_names(parallel) -> None:
    usual = run(parallel, question(Kind.INTERACTION)).effects
    turned = run(parallel, question(Kind.INTERACTION, arms=("placebo", "drug"))).effects
    np.testing.assert_allclose(usual["estimate"], -turned["estimate"])
    assert set(turned["contrast"]) == {"placebo - drug"}


def test_baseline_groups_by_welch(parallel, numbers) -> None:
    rows = run(parallel, question(Kind.BASELINE_GROUP, after=())).effects
    drug = numbers["arm"] == "drug"
    expected = stats.ttest_ind(
        numbers["before"][drug, 0], numbers["before"][~drug, 0], equal_var=False
    )
    assert rows["statistic"][0] == pytest.approx(expected.statistic)
    assert rows["session"][0] == "ses-a"


def test_associations_within_arms(parallel, numbers) -> None:
    linked = {"outcomes": ("bdi",), "outcome_before": "ses-a", "outcome_after": ("ses-b",)}
    found = run(
        parallel,
        question(Kind.CHANGE_ASSOCIATION, **linked),
        question(Kind.AFTER_ASSOCIATION, name="after", **linked),
        question(Kind.CHANGE_ASSOCIATION, name="one", **linked, alternative="greater"),
    )
    rows = found.effects
    drug = numbers["arm"] == "drug"
    dm = (numbers["after"] - numbers["before"])[drug, 0]
    ds = (numbers["last"] - numbers["first"])[drug]
    expected = stats.pearsonr(dm, ds)
    assert rows["estimate"][0] == pytest.approx(expected.statistic)
    assert rows["p"][0] == pytest.approx(expected.pvalue)
    after = stats.pearsonr(numbers["after"][drug, 0], numbers["last"][drug])
    assert rows["estimate"][6] == pytest.approx(after.statistic)
    one = stats.pearsonr(dm, ds, alternative="greater")
    assert rows["p"][12] == pytest.approx(one.pvalue)
    assert rows["alternative"][12] == "greater"
    assert set(rows["outcome"]) == {"bdi"}
    assert found.baseline_change.empty


def test_covariates_of_numbers_and_of_text(parallel, numbers) -> None:
    rows = run(parallel, question(Kind.INTERACTION, covariates=("age", "sex"))).effects
    change = (numbers["after"] - numbers["before"])[:, 0]
    male = np.array(([0.0, 1.0] * 9)[:17])
    x = np.column_stack([numbers["arm"] == "drug", np.ones(17), np.arange(17), male])
    beta = np.linalg.lstsq(x.astype(float), change, rcond=None)[0]
    assert rows["estimate"][0] == pytest.approx(beta[0])
    assert rows["df"][0] == 13


def test_where_narrows_the_people(parallel) -> None:
    rows = run(parallel, question(Kind.CHANGE, where=(("sex", "F"),))).effects
    # five of the nine and four of the eight are F; one of the five has no value in r2
    assert rows["n"].tolist() == [5, 4, 5, 4, 4, 4]


def test_where_compares_numbers_as_numbers(parallel) -> None:
    trial, measured = parallel
    people = trial.participants.assign(site=[1.0, 2.0] * 8 + [np.nan])
    given = replace(trial, participants=people), measured
    rows = run(given, question(Kind.CHANGE, where=(("site", "1"),))).effects
    # every second of the nine and of the first seven of the eight
    assert rows["n"].tolist()[0::3] == [5, 3]


def test_conditions_that_nobody_meets_are_told_with_the_values_there_are(parallel) -> None:
    trial, measured = parallel
    people = trial.participants.assign(site=[1.0, 2.0] * 8 + [np.nan])
    given = replace(trial, participants=people), measured
    found = run(
        given,
        question(Kind.CHANGE, where=(("site", "3"),)),
        question(Kind.CHANGE, name="both", where=(("sex", "F"), ("site", "2"))),
    )
    assert found.effects.empty
    assert [u.reason for u in found.unanswered] == [
        "no participant has site = 3 (there are: 1, 2)",
        "no participant has sex = F and site = 2 together",
    ]


@pytest.mark.parametrize("held", [[1.0, 2.0], ["1", "2"], [1, 2]])
def test_arms_that_are_numbers(held, numbers, make_trial, make_measurement) -> None:
    arm = [held[0] if a == "drug" else held[1] for a in numbers["arm"]]
    values = {("ses-a", ""): numbers["before"], ("ses-b", ""): numbers["after"]}
    given = (
        make_trial({"cohort": arm}),
        {"m": make_measurement("m", values, {"region": list("abc")})},
    )
    coded = Design("parallel", "cohort", ("1", "2"), "2", False)
    rows = run(given, question(Kind.CHANGE), design=coded).effects
    assert rows["arm"].tolist() == ["1"] * 3 + ["2"] * 3
    assert rows["n"].tolist() == [9, 8, 9, 8, 8, 8]


def test_scores_as_the_response(parallel, numbers) -> None:
    rows = run(parallel, question(Kind.CHANGE, measures=(), outcomes=("bdi",))).effects
    drug = numbers["arm"] == "drug"
    expected = stats.ttest_rel(numbers["last"][drug], numbers["first"][drug])
    assert rows["statistic"][0] == pytest.approx(expected.statistic)
    assert (rows["measure"][0], rows["outcome"][0]) == ("", "bdi")


def test_acquisitions_that_are_averaged_are_named(parallel, numbers, make_measurement) -> None:
    keys = [("ses-a", "rest"), ("ses-b", "rest"), ("ses-b", "film")]
    values = [numbers["before"][:, 0], numbers["after"][:, 0], numbers["after"][:, 2]]
    given = parallel[0], {"m": make_measurement("m", dict(zip(keys, values, strict=True)))}
    named = Timepoint("ses-b", "rest")
    rows = run(
        given, question(Kind.CHANGE), question(Kind.CHANGE, name="one", after=(named,))
    ).effects
    assert (
        rows["method"].tolist()
        == ["paired t; mean of acq-film and acq-rest"] * 2 + ["paired t"] * 2
    )


def test_regression_to_the_mean_stands_beside_change(parallel, numbers) -> None:
    frame = run(parallel, question(Kind.CHANGE)).baseline_change
    assert tuple(frame.columns) == BASELINE_CHANGE_COLUMNS
    drug = numbers["arm"] == "drug"
    before, after = numbers["before"][drug, 0], numbers["after"][drug, 0]
    assert frame["r"][0] == pytest.approx(stats.pearsonr(before, after - before).statistic)
    oldham = stats.pearsonr((before + after) / 2, after - before)
    assert frame["oldham_r"][0] == pytest.approx(oldham.statistic)
    # the placebo arm is untreated, so its retest r is the one that is known
    placebo = stats.pearsonr(numbers["before"][~drug, 0], numbers["after"][~drug, 0]).statistic
    assert frame["retest_r"][0] == pytest.approx(placebo)
    assert frame["expected_r"][0] == pytest.approx(-np.sqrt((1 - placebo) / 2))
    assert frame["retest_source"][0] == "untreated, placebo: ses-a, ses-b"
    assert frame["retest_source"][3] == "the arm's own before and after"


def test_influence_names_the_person(parallel, numbers) -> None:
    frame = run(parallel, question(Kind.CHANGE)).influence
    assert tuple(frame.columns) == INFLUENCE_COLUMNS
    change = (numbers["after"] - numbers["before"])[:9, 0]
    without = np.array([np.delete(change, i).mean() for i in range(9)])
    worst = np.abs(without - change.mean()).argmax()
    assert frame["participant_id"][0] == f"sub-{worst:02d}"
    assert frame["estimate_without"][0] == pytest.approx(without[worst])
    assert (frame["p_lowest"] <= frame["p_highest"]).all()


def test_the_same_seed_gives_the_same_table_and_neighbours_do_not_matter(parallel) -> None:
    first = run(parallel, question(Kind.CHANGE))
    again = run(parallel, question(Kind.CHANGE))
    pd.testing.assert_frame_equal(first.effects, again.effects)
    both = run(parallel, question(Kind.INTERACTION, name="x"), question(Kind.CHANGE))
    mine = both.effects[both.effects["question"] == "q"].reset_index(drop=True)
    pd.testing.assert_frame_equal(first.effects, mine)
    other = run(parallel, question(Kind.CHANGE, name="renamed"))
    assert (first.effects["p_permutation"] != other.effects["p_permutation"]).any()


def test_max_t_adjusts_over_arms_and_regions(parallel) -> None:
    rows = run(parallel, question(Kind.CHANGE, correction="max_t")).effects
    assert (rows["p_adjusted"] >= rows["p_permutation"] - 1e-12).all()
    assert rows["p_adjusted"].notna().all()


def test_a_crossover_compares_changes_within_people(make_trial, make_measurement) -> None:
    rng = np.random.default_rng(3)
    # people 0 to 3 had the drug first, 4 to 7 the placebo
    trial = make_trial({"age": [30] * 8}, None, {"ses-1": "drug", "ses-2": "placebo"})
    flip = trial.sessions["participant_id"].isin([f"sub-{i:02d}" for i in range(4, 8)])
    swap = {"drug": "placebo", "placebo": "drug"}
    drug = trial.sessions["drug"].where(~flip, trial.sessions["drug"].map(swap))
    trial = replace(trial, sessions=trial.sessions.assign(drug=drug))
    keys = [(s, a) for s in ("ses-1", "ses-2") for a in ("pre", "post")]
    values = {key: rng.normal(size=8) for key in keys}
    given = trial, {"m": make_measurement("m", values)}
    pre, post = Timepoint(acquisition="pre"), Timepoint(acquisition="post")
    times = {"before": pre, "after": (post,)}
    found = run(
        given,
        question(Kind.CHANGE, **times),
        question(Kind.INTERACTION, name="i", **times),
        question(Kind.BASELINE_GROUP, name="b", before=pre, after=()),
        question(Kind.ANCOVA, name="a", **times),
        design=CROSSOVER,
    )
    first = np.arange(8) < 4
    change = {s: values[s, "post"] - values[s, "pre"] for s in ("ses-1", "ses-2")}
    on_drug = np.where(first, change["ses-1"], change["ses-2"])
    on_placebo = np.where(first, change["ses-2"], change["ses-1"])
    rows = found.effects
    assert rows["arm"].tolist() == ["drug", "placebo", "", ""]
    assert rows["acquisition"].tolist() == ["post", "post", "post", "pre"]
    np.testing.assert_allclose(rows["estimate"][:2], [on_drug.mean(), on_placebo.mean()])
    expected = stats.ttest_rel(on_drug, on_placebo)
    assert rows["statistic"][2] == pytest.approx(expected.statistic)
    assert [u.question for u in found.unanswered] == ["a"]
    # untreated: before and after placebo, and before each drug
    assert found.reliability["pairs"].tolist() == [
        "placebo: acq-pre, acq-post",
        "acq-pre: before drug, before placebo",
    ]
    assert tuple(found.reliability.columns) == RELIABILITY_COLUMNS


def test_a_crossover_of_sessions_contrasts_their_drugs(make_trial) -> None:
    rng = np.random.default_rng(6)
    p2, d2 = rng.normal(20, 4, 10), rng.normal(16, 4, 10)
    trial = make_trial(
        {"age": [30] * 10},
        {("bdi", "ses-b0"): p2 + 9, ("bdi", "ses-p2"): p2, ("bdi", "ses-d2"): d2},
        {"ses-b0": "none", "ses-p2": "placebo", "ses-d2": "drug"},
    )
    sessions = {"measures": (), "outcomes": ("bdi",)}
    against = {"before": Timepoint("ses-p2"), "after": (Timepoint("ses-d2"),)}
    from_start = {"before": Timepoint("ses-b0"), "after": (Timepoint("ses-d2"),)}
    found = run(
        (trial, {}),
        question(Kind.CHANGE, **sessions, **against),
        question(Kind.CHANGE, name="start", **sessions, **from_start),
        question(Kind.INTERACTION, name="i", **sessions, **against),
        design=CROSSOVER,
    )
    rows = found.effects
    assert rows["contrast"][0] == "drug - placebo"
    assert rows["arm"].tolist() == ["", "drug"]
    assert rows["statistic"][0] == pytest.approx(stats.ttest_rel(d2, p2).statistic)
    assert [u.question for u in found.unanswered] == ["i"]
    assert "ses-p2 followed placebo" in found.unanswered[0].reason
    # a session after placebo is no baseline
    assert found.baseline_change["question"].tolist() == ["start"]


@pytest.fixture
def shared_baseline(make_trial, make_measurement):
    """A crossover with one baseline and a session of each drug; person 0 has no baseline."""
    rng = np.random.default_rng(7)
    values = {(f"ses-{s}", ""): rng.normal(size=9) for s in ("base", "drug", "pla")}
    values["ses-base", ""][0] = np.nan
    scores = {("bdi", s): rng.normal(20, 4, 9) for s, _ in values}
    drugs = {"ses-base": "none", "ses-drug": "drug", "ses-pla": "placebo"}
    trial = make_trial({"age": [30] * 9}, scores, drugs)
    sessions = {"before": Timepoint("ses-base")}
    sessions |= {"after": (Timepoint("ses-drug"), Timepoint("ses-pla"))}
    return (trial, {"m": make_measurement("m", values)}), sessions, values, scores


def test_a_shared_baseline_gives_each_session_to_its_drug(shared_baseline) -> None:
    given, sessions, values, _ = shared_baseline
    found = run(
        given,
        question(Kind.CHANGE, **sessions),
        question(Kind.INTERACTION, name="i", **sessions),
        question(Kind.CHANGE, name="one", arms=("drug",), **sessions),
        design=CROSSOVER,
    )
    rows = found.effects
    assert rows["arm"].tolist() == ["drug", "placebo", "", "drug"]
    assert rows["session"].tolist() == ["ses-drug", "ses-pla", "ses-drug", "ses-drug"]
    assert rows["n"].tolist() == [8, 8, 9, 8]
    own = stats.ttest_rel(values["ses-drug", ""][1:], values["ses-base", ""][1:])
    assert rows["statistic"][0] == pytest.approx(own.statistic)
    between = stats.ttest_rel(values["ses-drug", ""], values["ses-pla", ""])
    assert rows["contrast"][2] == "drug - placebo"
    assert rows["statistic"][2] == pytest.approx(between.statistic)
    # no test is made of the placebo session when only the drug is asked about, and that is told
    assert [u.question for u in found.unanswered] == ["one"]


def test_an_association_is_tested_once_for_each_session(shared_baseline) -> None:
    given, sessions, values, scores = shared_baseline
    linked = {"outcomes": ("bdi",), "outcome_before": "ses-base"}
    linked["outcome_after"] = ("ses-drug", "ses-pla")
    rows = run(
        given,
        question(Kind.AFTER_ASSOCIATION, **sessions, **linked),
        question(Kind.CHANGE_ASSOCIATION, name="c", **sessions, **linked),
        design=CROSSOVER,
    ).effects
    assert rows["arm"].tolist() == ["drug", "placebo"] * 2
    assert rows["session"].tolist() == ["ses-drug", "ses-pla"] * 2
    for i, s in enumerate(("ses-drug", "ses-pla")):
        expected = stats.pearsonr(values[s, ""], scores["bdi", s])
        assert rows["estimate"][i] == pytest.approx(expected.statistic)
        m = (values[s, ""] - values["ses-base", ""])[1:]
        change = stats.pearsonr(m, (scores["bdi", s] - scores["bdi", "ses-base"])[1:])
        assert rows["estimate"][i + 2] == pytest.approx(change.statistic)
    np.testing.assert_allclose(rows["p_adjusted"][:2], stats.false_discovery_control(rows["p"][:2]))


@pytest.mark.parametrize(
    ("days", "pairs", "left"),
    [
        # by day, though the order is another; then in order, where no days are known
        ([-7, 1, 7, 7, 1], [("d1", "p2"), ("d2", "p1")], 0),
        ([np.nan] * 5, [("d1", "p1"), ("d2", "p2")], 0),
        ([-7, 1, 7, 1, 30], [("d1", "p1")], 2),
    ],
)
def test_sessions_of_two_drugs_are_paired(days, pairs, left, make_trial) -> None:
    rng = np.random.default_rng(2)
    names = {"b0": "none", "d1": "drug", "d2": "drug", "p1": "placebo", "p2": "placebo"}
    scores = {("bdi", f"ses-{s}"): rng.normal(20, 4, 10) for s in names}
    trial = make_trial({"age": [30] * 10}, scores, {f"ses-{s}": d for s, d in names.items()})
    known = dict(zip((f"ses-{s}" for s in names), days, strict=True))
    table = trial.sessions.assign(days=trial.sessions["session_id"].map(known))
    after = tuple(Timepoint(f"ses-{s}") for s in list(names)[1:])
    asked = {"measures": (), "outcomes": ("bdi",), "before": Timepoint("ses-b0"), "after": after}
    found = run(
        (replace(trial, sessions=table), {}),
        question(Kind.INTERACTION, **asked),
        design=CROSSOVER,
    )
    rows = found.effects
    assert rows["session"].tolist() == [f"ses-{d}" for d, _ in pairs]
    for i, (d, p) in enumerate(pairs):
        expected = stats.ttest_rel(scores["bdi", f"ses-{d}"], scores["bdi", f"ses-{p}"])
        assert rows["statistic"][i] == pytest.approx(expected.statistic)
    assert len(found.unanswered) == left


def test_drugs_in_different_orders_are_compared_within_people(make_trial) -> None:
    rng = np.random.default_rng(4)
    scores = {("bdi", s): rng.normal(20, 4, 8) for s in ("ses-0", "ses-1", "ses-2")}
    trial = make_trial(
        {"age": [30] * 8}, scores, {"ses-0": "none", "ses-1": "drug", "ses-2": "placebo"}
    )
    flip = trial.sessions["participant_id"].isin([f"sub-{i:02d}" for i in range(4, 8)])
    swap = {"drug": "placebo", "placebo": "drug", "none": "none"}
    drug = trial.sessions["drug"].where(~flip, trial.sessions["drug"].map(swap))
    trial = replace(trial, sessions=trial.sessions.assign(drug=drug))
    asked = {"measures": (), "outcomes": ("bdi",), "before": Timepoint("ses-0")}
    asked["after"] = (Timepoint("ses-1"), Timepoint("ses-2"))
    found = run(
        (trial, {}),
        question(Kind.INTERACTION, **asked),
        question(Kind.CHANGE, name="c", **asked),
        question(Kind.INTERACTION, name="order", **{**asked, "before": Timepoint("ses-1")}),
        design=CROSSOVER,
    )
    one, two = scores["bdi", "ses-1"], scores["bdi", "ses-2"]
    first = np.arange(8) < 4
    expected = stats.ttest_rel(np.where(first, one, two), np.where(first, two, one))
    assert found.effects["statistic"][0] == pytest.approx(expected.statistic)
    # within the arms: those who had the drug in that session
    assert found.effects["arm"].tolist() == ["", "drug", "placebo", "drug", "placebo"]
    assert found.effects["n"].tolist() == [8, 4, 4, 4, 4]
    assert [(u.question, u.reason) for u in found.unanswered] == [
        ("order", "what was given at ses-1 differs between people, so it is no baseline")
    ]


def test_change_scores_are_changes_already(make_trial, make_measurement) -> None:
    values = np.array([-1.0, -2.0, -3.0, 1.0, -2.5])
    trial = make_trial({"arm": ["drug"] * 5})
    given = trial, {"m": make_measurement("m", {("", ""): values}, change=True)}
    found = run(
        given, question(Kind.CHANGE), question(Kind.AFTER_ASSOCIATION, name="b"), design=SINGLE
    )
    assert found.effects["statistic"][0] == pytest.approx(stats.ttest_1samp(values, 0).statistic)
    assert found.effects["arm"].tolist() == ["drug"]
    assert found.baseline_change.empty


def test_what_cannot_be_answered_is_told_and_stops_nothing(parallel) -> None:
    never = Timepoint("ses-never")
    linked = {"outcomes": ("bdi",), "outcome_before": "", "outcome_after": ("ses-b",)}
    found = run(
        parallel,
        question(Kind.CHANGE, name="gone", measures=("nothing",)),
        question(Kind.CHANGE, name="late", after=(never, B)),
        question(Kind.CHANGE_ASSOCIATION, name="link", **linked),
        question(
            Kind.AFTER_ASSOCIATION, name="unscored", **{**linked, "outcome_after": ("ses-x",)}
        ),
    )
    assert [(u.question, u.reason) for u in found.unanswered] == [
        ("gone", "nothing was not measured"),
        ("late", "m was not measured at ses-never"),
        ("link", "no session holds a score before treatment"),
        ("unscored", "bdi was not scored at ses-x"),
    ]
    assert set(found.effects["question"]) == {"late"}


def test_a_dead_region_is_nan_with_a_status(parallel, numbers, make_measurement) -> None:
    before, after = numbers["before"].copy(), numbers["after"].copy()
    before[:, 2] = np.nan
    values = {("ses-a", ""): before, ("ses-b", ""): after}
    dead = make_measurement("m", values, {"region": ["r1", "r2", "r3"]})
    found = run((parallel[0], {"m": dead}), question(Kind.CHANGE), question(Kind.ANCOVA, name="a"))
    rows = found.effects
    gone = rows["region"] == "r3"
    assert set(rows.loc[gone, "status"]) == {"too few participants"}
    assert rows.loc[gone, ["estimate", "p", "p_permutation", "p_adjusted"]].isna().all(axis=None)
    assert rows.loc[~gone, "p"].notna().all()
    assert set(found.influence.loc[gone, "verdict"]) == {"not tested"}


def test_no_questions_give_empty_tables_of_the_right_shape(make_trial) -> None:
    found = run((make_trial({"arm": ["drug"] * 3}), {}))
    assert tuple(found.effects.columns) == EFFECT_COLUMNS
    assert tuple(found.density.columns) == DENSITY_COLUMNS
    assert found.effects.empty
    assert found.reliability.empty


def test_density_beside_a_normalised_measure(make_trial, make_measurement) -> None:
    density = np.array([0.1, 0.4, 0.2, 0.3])
    norm = np.stack([-density, density**2 + np.array([0, 0, 0, 0.1])], axis=1)
    times = ("ses-a", "")
    measured = {
        "x_norm": make_measurement("x_norm", {times: norm}, {"model": ["s", "h"]}),
        "x_density": make_measurement("x_density", {times: density}),
    }
    frame = run((make_trial({"arm": ["drug"] * 4}), measured)).density
    assert frame["level"].tolist() == ["model=s", "model=h"]
    # ranks 1 4 2 3 against their reverse, and against 1 3 2 4: 1 - 6 * 2 / (4 * 15)
    np.testing.assert_allclose(frame["spearman"], [-1.0, 0.8])
    assert set(frame["against"]) == {"x_density"}
