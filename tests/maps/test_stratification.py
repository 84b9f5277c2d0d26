"""Groups of people: found where they were planted, refused with reasons where they were not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.maps import BrainMap, MapLibrary, Provenance
from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.scales import SCALES
from rewire.core.schema import SCORE_COLUMNS
from rewire.core.types import Measurement, Timepoint, Trial
from rewire.effects.answering import Asking, Reply
from rewire.effects.design import form_cohort
from rewire.maps.stratification import GROUPS, UNHELD, answer_stratification
from rewire.plan.options.stratification import StratificationOptions
from rewire.trial.synthetic import TrialSpec, simulate_trial

DESIGN = Design("parallel", "arm", ("psilocybin", "escitalopram"), "escitalopram", True)
QUICK = StratificationOptions(draws=100, subsamples=30, k_max=3)
PEOPLE = 60


def _trial() -> Trial:
    trial = simulate_trial(TrialSpec(per_arm=PEOPLE // 2, volumes=20, gaps="none"))
    return replace(trial, scales={"bdi": SCALES["bdi"]})


def _measured(trial: Trial, change: np.ndarray) -> Measurement:
    people = trial.participants["participant_id"].tolist()
    atlas = next(iter(trial.atlases.values()))
    before = np.random.default_rng(8).normal(size=change.shape)
    n = len(people)
    data = xr.Dataset(
        {
            "value": (("scan", "region"), np.vstack([before, before + change])),
            "status": (("scan", "region"), np.full((2 * n, change.shape[1]), "ok")),
        },
        coords={
            "participant_id": ("scan", [*people, *people]),
            "session_id": ("scan", ["ses-baseline"] * n + ["ses-week6"] * n),
            "acquisition": ("scan", [""] * 2 * n),
            "run": ("scan", [""] * 2 * n),
            "region": list(atlas.regions[: change.shape[1]]),
        },
    )
    return Measurement("strength", "1", "here", data, False, "table")


def _ask(trial: Trial, change: np.ndarray, options: StratificationOptions, **more: object) -> Reply:
    given = {
        "name": "q", "text": "?", "kind": Kind.STRATIFICATION, "standing": "primary",
        "measures": ("strength",), "outcomes": (), "before": Timepoint("ses-baseline"),
        "after": (Timepoint("ses-week6"),), "options": options,
    }  # fmt: skip
    question = Question(**{**given, **more})  # type: ignore[arg-type]
    return answer_stratification(
        Asking(
            question,
            trial,
            {"strength": _measured(trial, change)},
            form_cohort(trial, question, DESIGN),
            Inference(seed=1, permutations=999),
        )
    )


def _tables(reply: Reply) -> dict[str, pd.DataFrame]:
    return {table.name: table.frame for table in reply.tables}


def _cloud(cells: int = 12) -> np.ndarray:
    return np.random.default_rng(2).normal(size=(PEOPLE, cells))


def test_planted_groups_are_found_and_written_with_their_scores() -> None:
    trial = _trial()
    member = np.random.default_rng(5).permutation(np.repeat([0, 1], [36, 24]))
    change = _cloud()
    change[:, :6] += 3.0 * member[:, None]
    rows = [
        (p, s, "bdi", v, "bdi")
        for p, m in zip(trial.participants["participant_id"], member, strict=True)
        for s, v in (("ses-baseline", 30.0), ("ses-week6", 30.0 - 9.0 * m))
    ]
    scores = pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
    scores["value"] += np.random.default_rng(6).normal(size=len(scores))
    reply = _ask(replace(trial, scores=scores), change, QUICK, outcomes=("bdi",))
    tables = _tables(reply)
    assert reply.pieces[0]["term"] == GROUPS
    verdict = tables["stratification"].iloc[0]
    assert (verdict["held"], verdict["groups"], verdict["smallest_group"]) == ("yes", 2, 24)
    people = tables["stratification_people"]
    assert (people["group"] == member + 1).all()
    assert people["membership"].min() > 0.9
    profiles = tables["stratification_profiles"]
    second = profiles[profiles["group"] == 2]
    np.testing.assert_allclose(second["mean"], change[member == 1].mean(axis=0))
    np.testing.assert_allclose(second["mean_of_others"], change[member == 0].mean(axis=0))
    score = tables["stratification_scores"].iloc[0]
    assert score["p"] == pytest.approx(1 / 1000)
    assert (score["df"], score["df_residual"], score["people"]) == (1.0, 57.0, 60)


def test_a_long_cloud_is_not_called_groups_and_nothing_is_written() -> None:
    change = _cloud() + 6.0 * np.random.default_rng(9).normal(size=(PEOPLE, 1))
    reply = _ask(_trial(), change, QUICK)
    tables = _tables(reply)
    verdict = tables["stratification"].iloc[0]
    assert verdict["held"] == "no"
    assert verdict["reason"].startswith(
        "one cloud of people would look at least as grouped (adjusted p "
    )
    # stable as can be: each subsample cuts a long cloud in the same place
    assert tables["stratification_numbers"]["rand"].iloc[0] > 0.7
    for name in ("people", "profiles", "scores"):
        assert tables[f"stratification_{name}"].empty
    assert reply.pieces[0]["term"] == UNHELD


def test_arms_that_differ_are_no_groups() -> None:
    trial = _trial()
    arm = (trial.participants["arm"] == "psilocybin").to_numpy(dtype=float)
    reply = _ask(trial, _cloud() + 8.0 * arm[:, None], QUICK)
    assert _tables(reply)["stratification"]["held"].tolist() == ["no"]


def test_a_few_people_far_out_are_no_group() -> None:
    change = _cloud()
    change[:3, :6] += 12.0
    verdict = _tables(_ask(_trial(), change, QUICK))["stratification"].iloc[0]
    assert verdict["held"] == "no"


def test_too_few_people_are_told() -> None:
    change = _cloud()
    change[25:] = np.nan
    reply = _ask(_trial(), change, QUICK)
    assert reply.pieces == ()
    assert reply.reasons == (
        "strength: only 25 people of whom enough is known; groups are looked for in 40 or more",
    )


def test_people_are_grouped_by_their_slopes_on_annotations() -> None:
    trial = _trial()
    regions = next(iter(trial.atlases.values())).regions[:40]
    rng = np.random.default_rng(1)
    columns = np.linalg.qr(rng.normal(size=(40, 3)))[0] * 6.0
    maps = tuple(
        BrainMap(name, regions, column, "Simulated100", Provenance("made here"))
        for name, column in zip("abc", columns.T, strict=True)
    )
    member = np.arange(PEOPLE) % 2
    change = rng.normal(size=(PEOPLE, 40)) + 2.0 * member[:, None] * columns[:, 0]
    held = replace(trial, maps=MapLibrary(annotations=maps))
    options = QUICK.model_copy(update={"space": "annotations"})
    tables = _tables(_ask(held, change, options))
    assert tables["stratification"]["held"].tolist() == ["yes"]
    assert set(tables["stratification_profiles"]["map"]) == {"a", "b", "c"}
    without = _ask(replace(trial, maps=MapLibrary()), change, options)
    assert without.reasons == ("the plan's [maps] names fewer than two annotations",)


def test_a_baseline_is_grouped_without_its_arms() -> None:
    options = QUICK.model_copy(update={"of": "baseline"})
    reply = _ask(_trial(), _cloud(), options)
    assert reply.pieces[0]["session"] == "ses-baseline"
    assert _tables(reply)["stratification"]["held"].tolist() == ["no"]
