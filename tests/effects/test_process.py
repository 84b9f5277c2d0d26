"""Drug and context: planted effects, hand-made differences, and what is refused or not claimed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.schedule import RECEIVED
from rewire.core.schema import SCORE_COLUMNS, TABULATED_COLUMNS
from rewire.core.types import Measurement, Timepoint, Trial
from rewire.effects.estimate import EffectsResult, estimate_effects
from rewire.effects.process_verdict import Shown, verdicts
from rewire.plan.options.process import ProcessOptions
from rewire.trial.sessions import session_frame

DESIGN = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
QUESTION = Question(
    "q", "?", Kind.PROCESS, "primary", (), ("bdi",), Timepoint("ses-a"), (Timepoint("ses-b"),),
)  # fmt: skip


def made(
    effects: tuple[float, float, float] = (0.0, 0.0, 0.0), people: int = 48, noise: float = 2.0
) -> Trial:
    """Return drug x therapy with planted effects of drug, therapy and both together."""
    rng = np.random.default_rng(4)
    ids = [f"sub-{i:02d}" for i in range(people)]
    drug, yes = np.arange(people) % 2 == 0, np.arange(people) // 2 % 2 == 0
    hope = rng.uniform(0, 100, people).round()
    mystical = np.where(drug, rng.uniform(40, 100, people), np.nan).round()
    before = 25 + rng.gamma(3.0, 2.0, people)
    a, b, both = effects
    after = 5 + 0.6 * before + a * drug + b * yes + both * drug * yes
    after += noise * rng.standard_normal(people)
    after[5] = np.nan
    rows = [(p, "ses-a", "bdi", v, "bdi") for p, v in zip(ids, before, strict=True)]
    rows += [(p, "ses-b", "bdi", v, "bdi") for p, v in zip(ids, after, strict=True)]
    table = pd.DataFrame(
        {
            "participant_id": ids,
            "arm": np.where(drug, "drug", "placebo"),
            "therapy": np.where(yes, "yes", "no"),
            "school": np.where(drug, np.where(yes, "act", "cbt"), np.where(yes, "ipt", "rest")),
            "therapist": [f"t{i % 5}" for i in range(people)],
            "hope": hope,
            "mystical": mystical,
            "depth": rng.normal(50, 10, people) + 20 * drug,
        }
    )
    return Trial(
        "t", table, session_frame([(p, s) for p in ids for s in ("ses-a", "ses-b")], (), ["ses-a",
        "ses-b"]), pd.DataFrame(rows, columns=list(SCORE_COLUMNS)),
        pd.DataFrame(columns=list(TABULATED_COLUMNS)), (), {}, {},
        lambda record: None,  # type: ignore[arg-type, return-value]
    )  # fmt: skip


def ask(trial: Trial, correction: str = "fdr_bh", **options: object) -> EffectsResult:
    question = replace(
        QUESTION,
        options=ProcessOptions.model_validate(options),
        correction=correction,  # type: ignore[arg-type]
    )
    return estimate_effects(trial, {}, [question], DESIGN, Inference(permutations=0))


def table(found: EffectsResult, name: str) -> pd.DataFrame:
    (frame,) = [t.frame for t in found.tables if t.name == name]
    return frame


def wide(trial: Trial) -> pd.DataFrame:
    scores = trial.scores.pivot(index="participant_id", columns="session_id", values="value")
    scores.columns = ["a", "b"]
    return trial.participants.merge(scores, on="participant_id").dropna(subset=["a", "b"])


def test_terms_and_numbers_of_a_two_by_two_beside_statsmodels() -> None:
    trial = made((-3.0, -1.0, -4.0))
    found = ask(trial, context=["therapy"]).effects
    assert found["term"].tolist() == ["arm[drug]", "therapy[yes]", "arm[drug]:therapy[yes]"]
    data = wide(trial)
    data["d"] = np.where(data["arm"] == "drug", 0.5, -0.5)
    data["t"] = np.where(data["therapy"] == "yes", 0.5, -0.5)
    model = smf.ols("b ~ a + d * t", data).fit()
    for row, name in zip(found.itertuples(), ("d", "t", "d:t"), strict=True):
        assert row.estimate == pytest.approx(model.params[name])
        assert row.se == pytest.approx(model.bse[name])
        assert row.p == pytest.approx(model.pvalues[name])
        assert (row.ci_low, row.ci_high) == pytest.approx(tuple(model.conf_int().loc[name]))
        assert row.effect_size == pytest.approx(model.params[name] / data["a"].std(ddof=1))
    assert found["df"].tolist() == [model.df_resid] * 3
    assert set(found["n"]) == {47}


def test_interaction_is_the_difference_of_simple_effects_and_cells_are_means() -> None:
    trial = made((-3.0, -1.0, -4.0))
    result = ask(trial, context=["therapy"])
    rows = table(result, "process_simple").set_index(["part", "within"])["estimate"]
    gap = rows["drug within context", "therapy[yes]"] - rows["drug within context", "therapy[no]"]
    assert rows["interaction", ""] == pytest.approx(gap)
    other = rows["context within drug", "arm[drug]"] - rows["context within drug", "arm[placebo]"]
    assert rows["interaction", ""] == pytest.approx(other)
    cells = table(result, "process_cells").set_index(["drug_level", "context_level"])
    by = wide(trial).groupby(["arm", "therapy"])["b"]
    for key, mean in by.mean().items():
        assert cells.loc[key, "mean_after"] == pytest.approx(mean)
        assert cells.loc[key, "sd_after"] == pytest.approx(by.std(ddof=1)[key])
        assert cells.loc[key, "n"] == by.size()[key]


@pytest.mark.parametrize(
    ("effects", "noise", "bounds", "expected"),
    [
        ((0.0, 0.0, -8.0), 1.0, 0.5, "together"),
        ((-6.0, 0.0, 0.0), 0.3, 0.5, "pill"),
        ((0.0, -6.0, 0.0), 0.3, 0.5, "process"),
        ((-6.0, -6.0, 0.0), 0.3, 0.5, "both"),
        ((0.0, 0.0, 0.0), 0.3, 0.5, "neither"),
        ((-6.0, 0.0, 0.0), 4.0, 0.05, "undecided"),
    ],
)
def test_what_it_is_called(
    effects: tuple[float, float, float], noise: float, bounds: float, expected: str
) -> None:
    rows = table(
        ask(made(effects, noise=noise), "none", context=["therapy"], bounds=bounds),
        "process_simple",
    )
    assert set(rows.loc[rows["part"] == "interaction", "verdict"]) == {expected}
    claimed = set(rows.loc[rows["part"] == "drug within context", "standing"])
    clear = "the interaction is clear"
    assert claimed == ({clear} if expected == "together" else {"not claimed: no clear interaction"})


def test_no_evidence_is_not_evidence_of_none() -> None:
    yes, no = np.array([True]), np.array([False])
    silent, absent, there = Shown(no, no), Shown(no, yes), Shown(yes, no)
    assert verdicts(there, absent, silent).tolist() == ["undecided"]
    assert verdicts(there, silent, absent).tolist() == ["undecided"]
    assert verdicts(silent, silent, there).tolist() == ["together"]


def test_a_cell_of_two_people_is_not_told_and_takes_the_interaction_with_it() -> None:
    trial = made((-3.0, 0.0, 0.0))
    people = trial.participants
    rare = (people["arm"] == "drug") & (people["therapy"] == "yes")
    gone = people.index[rare][2:]
    trial = replace(trial, participants=people.assign(therapy=people["therapy"].mask(
        people.index.isin(gone), "no")))  # fmt: skip
    result = ask(trial, context=["therapy"])
    assert result.effects["estimate"].isna().all()
    assert set(result.effects["status"]) == {"too few participants"}
    cells = table(result, "process_cells").set_index(["drug_level", "context_level"])
    assert cells.loc[("drug", "yes"), "n"] == 2
    assert np.isnan(cells.loc[("drug", "yes"), "mean_after"])
    rows = table(result, "process_simple")
    inside = rows[(rows["part"] == "drug within context") & (rows["within"] == "therapy[no]")]
    assert np.isfinite(inside["estimate"]).all()


def test_therapies_within_drugs_and_therapists() -> None:
    trial = made((-3.0, -1.0, 0.0))
    nested = ask(trial, nested="school")
    assert nested.effects["term"].tolist() == [
        "arm[drug]", "arm[drug]:school[cbt]", "arm[placebo]:school[ipt]",
    ]  # fmt: skip
    assert nested.effects["contrast"].tolist()[1:] == ["cbt - act", "ipt - rest"]
    means = wide(trial)
    model = smf.ols("b ~ a + C(school)", means).fit()
    assert nested.effects["estimate"].iloc[1] == pytest.approx(model.params["C(school)[T.cbt]"])
    mixed = ask(trial, context=["therapy"], therapist="therapist").effects
    assert mixed["method"].str.contains("random effect of therapist").all()
    assert np.isfinite(mixed["estimate"]).all()


def test_balanced_placebo_names_its_parts() -> None:
    found = ask(made((-3.0, -2.0, 0.0)), instructed="therapy").effects
    parts = [m.partition(";")[0] for m in found["method"]]
    assert parts == ["pharmacological effect", "effect of the instruction", "drug by instruction"]


def test_moderation_beside_statsmodels() -> None:
    trial = made((-3.0, 0.0, 0.0))
    result = ask(trial, moderators=["hope"], at={"hope": [20.0, 50.0, 2000.0]})
    data = wide(trial)
    (row,) = result.effects.itertuples()
    assert row.term == "arm[drug]:hope"
    names = "C(arm, Treatment('placebo'))[T.drug]"
    rows = table(result, "process_moderation")
    told = rows[rows["what"] == "effect at a value"]
    for value, one in zip((20.0, 50.0), told.itertuples(), strict=False):
        data["x"] = data["hope"] - value
        model = smf.ols("b ~ a + C(arm, Treatment('placebo')) * x", data).fit()
        assert one.estimate == pytest.approx(model.params[names])
        assert one.se == pytest.approx(model.bse[names])
    assert row.estimate == pytest.approx(model.params[f"{names}:x"])
    assert row.p == pytest.approx(model.pvalues[f"{names}:x"])
    beyond = told.iloc[2]
    assert np.isnan(beyond["estimate"])
    assert beyond["status"] == "beyond the values that both arms have"


def test_region_lies_within_what_both_arms_have() -> None:
    trial = made((-3.0, 0.0, 0.0), noise=1.0)
    people = trial.participants
    drug = people["arm"] == "drug"
    hope = np.where(drug, people["hope"].clip(20, 90), people["hope"].clip(5, 70))
    trial = replace(trial, participants=people.assign(hope=hope))
    rows = table(ask(trial, moderators=["hope"]), "process_moderation")
    held = rows[rows["what"] == "region"]
    assert held["low"].min() >= hope[drug].min()
    assert held["high"].max() <= hope[~drug].max()
    x = wide(trial)["hope"]
    for one in held.itertuples():
        assert one.n == ((x >= one.low) & (x <= one.high)).sum()


def test_experience_of_one_arm_is_an_association() -> None:
    result = ask(made((-3.0, 0.0, 0.0)), experience="mystical")
    assert any("one arm alone" in u.reason for u in result.unanswered)
    assert not any(t.name == "process_mediation" for t in result.tables)
    drug = result.effects[result.effects["arm"] == "drug"]
    assert drug["term"].tolist() == ["mystical"]
    data = wide(made((-3.0, 0.0, 0.0)))
    model = smf.ols("b ~ a + mystical", data[data["arm"] == "drug"]).fit()
    assert drug["estimate"].iloc[0] == pytest.approx(model.params["mystical"])
    assert drug["p"].iloc[0] == pytest.approx(model.pvalues["mystical"])


def test_experience_of_both_arms_is_a_mediator_too_and_says_what_it_assumes() -> None:
    trial = made((-3.0, 0.0, 0.0))
    result = ask(trial, experience="depth", draws=200)
    (row,) = table(result, "process_mediation").itertuples()
    data = wide(trial).assign(d=lambda f: (f["arm"] == "drug").astype(float))
    a = smf.ols("depth ~ d + a", data).fit()
    b = smf.ols("b ~ d + depth + a", data).fit()
    assert row.mediated == pytest.approx(a.params["d"] * b.params["depth"])
    assert "not randomised" in row.assumes
    curve = table(result, "process_sensitivity").set_index("rho")["mediated"]
    assert curve[0.0] == pytest.approx(row.mediated)
    again = table(ask(trial, experience="depth", draws=200), "process_mediation")
    pd.testing.assert_frame_equal(again, table(result, "process_mediation"))


def test_what_is_refused_says_why() -> None:
    trial = made()
    assert "max_t" in ask(trial, "max_t", context=["therapy"]).unanswered[0].reason
    crossover = replace(DESIGN, kind="crossover", factor="drug")
    question = replace(QUESTION, options=ProcessOptions(context=("therapy",)))
    found = estimate_effects(trial, {}, [question], crossover, Inference(permutations=0))
    assert "crossover" in found.unanswered[0].reason
    many = ask(trial, context=["hope"])
    assert "a number belongs under moderators" in many.unanswered[0].reason
    assert many.effects.empty
    itself = ask(trial, context=["arm"])
    assert "cannot be its own context" in itself.unanswered[0].reason
    assert itself.effects.empty


def test_options_name_every_fault() -> None:
    with pytest.raises(ValueError, match="name a context") as error:
        ProcessOptions.model_validate({"at": {"age": [1.0]}, "reference": {"sex": "F"}})
    assert "at names age" in str(error.value)
    assert "two or more values of age" in str(error.value)
    assert "reference names sex" in str(error.value)


def test_regions_are_fitted_each_by_itself_and_stand_between_drug_and_score(
    make_measurement: Callable[..., Measurement],
) -> None:
    trial = made((-3.0, 0.0, 0.0))
    rng = np.random.default_rng(9)
    drug = (trial.participants["arm"] == "drug").to_numpy(float)
    before = rng.standard_normal((48, 3))
    after = before + rng.standard_normal((48, 3)) + np.outer(drug, [2.0, 0.0, 0.0])
    after[7, 1] = np.nan
    values = {("ses-a", ""): before, ("ses-b", ""): after}
    measured = make_measurement("amplitude", values, {"region": ("r1", "r2", "r3")})
    options = ProcessOptions(context=("therapy",), moderators=("hope",), draws=200)
    question = replace(QUESTION, measures=("amplitude",), options=options)
    found = estimate_effects(
        trial, {"amplitude": measured}, [question], DESIGN, Inference(permutations=0)
    )
    rows = found.effects[found.effects["measure"] == "amplitude"]
    data = trial.participants.assign(d=drug - 0.5, t=(trial.participants["therapy"] == "yes") - 0.5)
    for i, region in enumerate(("r1", "r2", "r3")):
        own = data.assign(a=before[:, i], b=after[:, i])
        model = smf.ols("b ~ a + d * t", own).fit()
        one = rows[(rows["region"] == region) & (rows["term"] == "arm[drug]:therapy[yes]")]
        assert one["estimate"].item() == pytest.approx(model.params["d:t"])
        assert one["p"].item() == pytest.approx(model.pvalues["d:t"])
        assert one["n"].item() == model.nobs
    regions = table(found, "process_moderation").query("what == 'region' and measure != ''")
    assert set(regions["region"]) == {"r1", "r2", "r3"}
    through = table(found, "process_mediation").set_index("region")
    assert set(through["mediator"]) == {"amplitude"}
    scored = wide(trial).set_index("participant_id")
    own = data.set_index("participant_id").assign(m=after[:, 0], m0=before[:, 0])
    own = own.join(scored[["a", "b"]], how="inner")
    a = smf.ols("m ~ d + a + m0", own).fit().params["d"]
    b = smf.ols("b ~ d + m + a + m0", own).fit().params["m"]
    assert through.loc["r1", "mediated"] == pytest.approx(a * b)
    with pytest.raises(ValueError, match="bounds"):
        ProcessOptions(context=("therapy",), bounds=0.0)


def test_as_treated_the_drug_is_what_people_received() -> None:
    """Naming the column of the arm as the drug is naming the arm."""
    trial = made((-4.0, 0.0, 0.0))
    received = trial.participants["arm"].replace({"drug": "placebo", "placebo": "drug"})
    trial = replace(trial, participants=trial.participants.assign(**{RECEIVED: received}))
    told = {}
    for population in ("as randomised", "as treated"):
        for drug in ("", "arm"):
            options = ProcessOptions(drug=drug, context=("therapy",))
            question = replace(QUESTION, options=options, analysis=population)
            found = estimate_effects(trial, {}, [question], DESIGN, Inference(permutations=0))
            told[population, drug] = found.effects.set_index("term")["estimate"]["arm[drug]"]
    assert told["as treated", "arm"] == told["as treated", ""]
    assert told["as treated", "arm"] == pytest.approx(-told["as randomised", "arm"])
