"""Links by other methods, with lags and between arms: planted links, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.types import Timepoint
from rewire.effects.estimate import EffectsResult, estimate_effects
from rewire.effects.inference import generator
from rewire.effects.lagged import ADJUSTED, AHEAD, REVERSE, TOGETHER
from rewire.numerics.permute import permute_family
from rewire.numerics.slope_contrast import slope_difference_model
from rewire.plan.options.association import AssociationOptions, LaggedOptions

N = 48
ARMS = ["drug" if i < N // 2 else "placebo" for i in range(N)]
DESIGN = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
SINGLE = Design("single arm", "arm", ("",), "", False)
INFERENCE = Inference(seed=3, permutations=99)
QUESTION = Question(
    "q", "?", Kind.CHANGE_ASSOCIATION, "primary", ("m",), ("bdi",), Timepoint("ses-a"),
    (Timepoint("ses-b"),), "ses-a", ("ses-c",),
)  # fmt: skip


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(8)


@pytest.fixture
def answer(make_trial, make_measurement):
    """Return a builder: answers a question of a measure and a score given by session."""

    def build(question, measured, scored, design=DESIGN, arms=ARMS) -> EffectsResult:
        trial = make_trial(
            {"arm": arms}, {("bdi", s): v for s, v in scored.items()}, dict.fromkeys(scored, "")
        )
        measure = make_measurement("m", {(s, ""): v for s, v in measured.items()})
        return estimate_effects(trial, {"m": measure}, [question], design, INFERENCE)

    return build


def _linked(rng: np.random.Generator, slope: np.ndarray) -> tuple[dict, dict]:
    before, score = rng.normal(size=N), rng.normal(20, 3, N)
    change = rng.normal(size=N)
    later = score + slope * change + rng.normal(size=N)
    return {"ses-a": before, "ses-b": before + change}, {"ses-a": score, "ses-c": later}


def _one(frame: pd.DataFrame, **where: str) -> pd.Series:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_spearman_is_asked_for_by_the_options(answer, rng) -> None:
    measured, scored = _linked(rng, np.full(N, 1.0))
    question = replace(QUESTION, options=AssociationOptions(method="spearman"))
    row = _one(answer(question, measured, scored).effects, arm="drug")
    inside = np.array(ARMS) == "drug"
    theirs = stats.spearmanr(
        (measured["ses-b"] - measured["ses-a"])[inside],
        (scored["ses-c"] - scored["ses-a"])[inside],
    )
    assert row["estimate"] == pytest.approx(theirs.statistic)
    assert row["p"] == pytest.approx(theirs.pvalue)
    assert row["effect_size_kind"] == "rho"
    assert row["p_permutation"] <= 0.05


def test_skipped_names_who_is_left_out(answer, rng) -> None:
    measured, scored = _linked(rng, np.zeros(N))
    measured["ses-b"][2], scored["ses-c"][2] = 60.0, 90.0
    question = replace(QUESTION, options=AssociationOptions(method="skipped"))
    found = answer(question, measured, scored)
    row = _one(found.effects, arm="drug")
    assert row["p"] > 0.05
    assert np.isfinite(row[["ci_low", "ci_high", "p_adjusted"]].astype(float)).all()
    table = next(t for t in found.tables if t.name == "skipped").frame
    assert "sub-02" in _one(table, arm="drug")["who"].split(", ")
    plain = _one(answer(QUESTION, measured, scored).effects, arm="drug")
    assert plain["p"] < 1e-6


def test_a_measure_of_too_many_cells_is_not_skipped(make_trial, make_measurement, rng) -> None:
    trial = make_trial(
        {"arm": ARMS}, {("bdi", s): rng.normal(size=N) for s in ("ses-a", "ses-c")},
        {"ses-a": "", "ses-b": "", "ses-c": ""},
    )  # fmt: skip
    regions = [f"r{i}" for i in range(130)]
    values = {(s, ""): rng.normal(size=(N, 130)) for s in ("ses-a", "ses-b")}
    measure = make_measurement("m", values, {"region": regions})
    question = replace(QUESTION, options=AssociationOptions(method="skipped"))
    found = estimate_effects(trial, {"m": measure}, [question], DESIGN, INFERENCE)
    assert found.effects.empty
    assert "130 cells" in found.unanswered[0].reason


def test_reliability_of_change_is_from_the_untreated_of_the_other_arm(answer, rng) -> None:
    measured, scored = _linked(rng, np.full(N, 1.0))
    untreated = np.array(ARMS) == "placebo"
    # retest noise of variance 2 x .25 in placebo, change of variance about 1 in the drug arm
    noise = rng.normal(0, np.sqrt(0.5), N)
    measured["ses-b"] = np.where(untreated, measured["ses-a"] + noise, measured["ses-b"])
    question = replace(QUESTION, options=AssociationOptions(reliability="icc"))
    found = answer(question, measured, scored)
    table = next(t for t in found.tables if t.name == "unreliability").frame
    row = _one(table, arm="drug")
    change = (measured["ses-b"] - measured["ses-a"])[~untreated]
    reliability = 1 - noise[untreated].var(ddof=1) / change.var(ddof=1)
    assert row["reliability_measure"] == pytest.approx(reliability)
    assert row["r_corrected"] == pytest.approx(row["r"] / np.sqrt(reliability))
    # the untreated arm has no other untreated people
    assert np.isnan(_one(table, arm="placebo")["r_corrected"])
    assert _one(table, arm="placebo")["status"] == "reliability unknown"


def test_given_reliabilities_are_used(answer, rng) -> None:
    measured, scored = _linked(rng, np.full(N, 0.3))
    options = AssociationOptions(
        reliability="icc", measure_reliability=0.64, score_reliability=0.81
    )
    found = answer(replace(QUESTION, options=options), measured, scored)
    for row in found.tables[0].frame.itertuples():
        assert row.r_corrected == pytest.approx(row.r / 0.72)
        assert row.source == "given"


def test_a_difference_between_arms_is_found_where_there_is_one(answer, rng) -> None:
    inside = np.array(ARMS) == "drug"
    measured, scored = _linked(rng, np.where(inside, 2.0, -2.0))
    question = replace(QUESTION, kind=Kind.SLOPE_DIFFERENCE)
    found = answer(question, measured, scored)
    row = _one(found.effects, contrast="drug - placebo")
    assert row["p"] < 0.001
    assert row["p_adjusted"] == pytest.approx(row["p"])
    assert row["p_permutation"] <= 0.02
    x, y = scored["ses-c"] - scored["ses-a"], measured["ses-b"] - measured["ses-a"]
    slopes = [stats.linregress(x[w], y[w]) for w in (inside, ~inside)]
    assert row["estimate"] == pytest.approx(slopes[0].slope - slopes[1].slope)
    assert row["term"] == "score change:arm[drug]"
    beside = found.effects[found.effects["arm"] != ""]
    np.testing.assert_allclose(beside["estimate"], [s.slope for s in slopes])
    assert beside["p_adjusted"].isna().all()
    table = next(t for t in found.tables if t.name == "slope_difference").frame.iloc[0]
    assert table["r_first"] == pytest.approx(slopes[0].rvalue)
    assert table["ci_low"] < row["estimate"] < table["ci_high"]


def test_one_clear_link_and_one_that_is_not_are_no_difference(answer, rng) -> None:
    measured, scored = _linked(rng, np.full(N, 0.45))
    found = answer(replace(QUESTION, kind=Kind.SLOPE_DIFFERENCE), measured, scored).effects
    assert _one(found, contrast="drug - placebo")["p"] > 0.05


def _early(rng: np.random.Generator, ahead: float) -> tuple[dict, dict]:
    start, change = rng.normal(size=N), rng.normal(size=N)
    score = rng.normal(20, 3, N)
    week1 = score + rng.normal(size=N)
    measured = {"ses-a": start, "ses-b": start + change, "ses-c": start + rng.normal(size=N)}
    return measured, {
        "ses-a": score,
        "ses-b": week1,
        "ses-c": week1 + ahead * change + rng.normal(size=N),
    }


LAGGED = replace(
    QUESTION,
    kind=Kind.LAGGED_ASSOCIATION,
    after=(Timepoint("ses-b"), Timepoint("ses-c")),
    outcome_after=("ses-b", "ses-c"),
)


def test_early_change_is_related_to_what_comes_after_it(answer, rng) -> None:
    measured, scored = _early(rng, 2.0)
    found = answer(LAGGED, measured, scored, SINGLE, [""] * N).effects
    change = measured["ses-b"] - measured["ses-a"]
    since, early = scored["ses-c"] - scored["ses-b"], scored["ses-b"] - scored["ses-a"]
    whole = scored["ses-c"] - scored["ses-a"]
    ahead = _one(found, term=AHEAD)
    assert ahead["estimate"] == pytest.approx(stats.pearsonr(change, since).statistic)
    assert (ahead["session"], ahead["p"] < 0.001) == ("ses-c", True)
    reverse = _one(found, term=REVERSE)
    later = measured["ses-c"] - measured["ses-b"]
    assert reverse["estimate"] == pytest.approx(stats.pearsonr(early, later).statistic)
    held = _one(found, term=ADJUSTED)
    left = [v - np.polyval(np.polyfit(early, v, 1), early) for v in (change, whole)]
    assert held["estimate"] == pytest.approx(np.corrcoef(*left)[0, 1])
    assert held["df"] == N - 3
    beside = _one(found, term=TOGETHER)
    assert np.isnan(beside["p_adjusted"])
    assert beside["estimate"] == pytest.approx(np.corrcoef(change, early)[0, 1])


def test_later_change_is_not_read_backwards(answer, rng) -> None:
    measured, scored = _early(rng, 1.0)
    turned = replace(LAGGED, after=(Timepoint("ses-c"), Timepoint("ses-b")))
    found = answer(turned, measured, scored, SINGLE, [""] * N)
    assert found.effects.empty
    assert "ses-c is not" in found.unanswered[0].reason


def test_a_lag_without_an_early_score_says_how_to_name_one(answer, rng) -> None:
    measured, scored = _early(rng, 1.0)
    late = {"ses-a": scored["ses-a"], "ses-b": np.full(N, np.nan), "ses-c": scored["ses-c"]}
    found = answer(LAGGED, measured, late, SINGLE, [""] * N)
    assert found.effects.empty
    assert "options.early_score" in found.unanswered[0].reason
    moved = {"ses-a": scored["ses-a"], "ses-e": scored["ses-b"], "ses-c": scored["ses-c"]}
    question = replace(
        LAGGED, after=(Timepoint("ses-b"),), options=LaggedOptions(early_score="ses-e")
    )
    assert _one(answer(question, measured, moved, SINGLE, [""] * N).effects, term=AHEAD)["n"] == N


@pytest.mark.parametrize(
    "given",
    [
        {"method": "spearman", "reliability": "icc"},
        {"measure_reliability": 0.5},
        {"method": "kendall"},
        {"reliability": "icc", "score_reliability": 0.0},
    ],
)
def test_options_that_do_not_fit_are_refused(given: dict) -> None:
    with pytest.raises(ValueError):
        AssociationOptions(**given)


def test_links_are_exchanged_within_sites(make_trial, make_measurement, rng) -> None:
    """Sites apart in both changes: what is asked of people of one site alone shows no link."""
    site = np.arange(N) // 2 % 2
    measured = {"ses-a": np.zeros(N), "ses-b": 4.0 * site + rng.normal(size=N)}
    scored = {"ses-a": np.full(N, 20.0), "ses-c": 20.0 + 4.0 * site + rng.normal(size=N)}
    trial = make_trial(
        {"arm": ARMS, "site": [f"s{i}" for i in site]},
        {("bdi", s): v for s, v in scored.items()},
        dict.fromkeys(scored, ""),
    )
    measure = make_measurement("m", {(s, ""): v for s, v in measured.items()})
    inference = replace(INFERENCE, exchange_within="site")

    def ask(question, how):
        return estimate_effects(trial, {"m": measure}, [question], DESIGN, how).effects

    skipped = replace(QUESTION, options=AssociationOptions(method="skipped"), arms=("drug",))
    free, within = (_one(ask(skipped, how), arm="drug")["p"] for how in (INFERENCE, inference))
    assert free < 0.05 < within
    slopes = replace(QUESTION, kind=Kind.SLOPE_DIFFERENCE)
    row = _one(ask(slopes, inference), contrast="drug - placebo")
    group = (np.array(ARMS) == "drug").astype(float)
    model = slope_difference_model(
        (measured["ses-b"])[:, None], scored["ses-c"] - 20.0, group, np.empty((N, 0))
    )
    (expected,) = permute_family(
        [model], INFERENCE.permutations, generator(INFERENCE.seed, "q"), exchange=site
    )
    assert row["p_permutation"] == expected.p[0]
    (other,) = permute_family([model], INFERENCE.permutations, generator(INFERENCE.seed, "q"))
    assert other.p[0] != expected.p[0]
