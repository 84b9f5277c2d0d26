"""Questions about networks of edges, and exchange within sites, from a trial to tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.types import Timepoint
from rewire.effects.answering import KindTable
from rewire.effects.estimate import EffectsResult, estimate_effects
from rewire.effects.inference import generator
from rewire.effects.networks import COMPONENT_COLUMNS
from rewire.numerics.linear import group_model
from rewire.numerics.permute import permute_largest

PARALLEL = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
INFERENCE = Inference(seed=4, permutations=400)
REGIONS = [f"r{i}" for i in range(8)]
N = 24
ARM = np.tile(["drug", "placebo"], N // 2)
SITE = np.repeat(["x", "y"], [10, 14])


def symmetric(values: np.ndarray) -> np.ndarray:
    return (values + values.swapaxes(1, 2)) / 2


@pytest.fixture
def trial_of_edges(make_trial, make_measurement):
    rng = np.random.default_rng(3)
    before = symmetric(rng.normal(size=(N, 8, 8)))
    after = symmetric(rng.normal(size=(N, 8, 8)))
    for a, b in ((0, 1), (1, 2), (2, 3)):  # a path that rises with the drug
        after[ARM == "drug", a, b] += 3.0
        after[ARM == "drug", b, a] += 3.0
    after[ARM == "drug", 5, 6] -= 3.0
    after[ARM == "drug", 6, 5] -= 3.0
    people = {"arm": list(ARM), "site": list(SITE)}
    trial = make_trial(people, {("bdi", s): rng.normal(20, 5, N) for s in ("ses-a", "ses-b")})
    dims = {"region": REGIONS, "region2": REGIONS}
    values = {("ses-a", ""): before, ("ses-b", ""): after}
    return trial, {"m": make_measurement("m", values, dims)}


def question(kind: Kind = Kind.INTERACTION, **changes: object) -> Question:
    base = Question(
        "q", "?", kind, "exploratory", ("m",), (), Timepoint("ses-a"), (Timepoint("ses-b"),),
        outcome_before="ses-a", outcome_after=("ses-b",), correction="nbs",
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def run(given, *questions: Question, inference: Inference = INFERENCE) -> EffectsResult:
    return estimate_effects(*given, questions, PARALLEL, inference)


def components(found: EffectsResult) -> list[KindTable]:
    return [table for table in found.tables if table.name == "components"]


def test_components_by_their_regions(trial_of_edges) -> None:
    found = run(trial_of_edges, question(), inference=replace(INFERENCE, nbs_threshold=4.0))
    (table,) = components(found)
    assert tuple(table.frame.columns) == COMPONENT_COLUMNS
    first, second = table.frame.itertuples(index=False)
    assert (first.sign, first.edges, first.regions) == ("positive", 3, 4)
    assert first.names == "r0, r1, r2, r3"
    assert (second.sign, second.edges, second.names) == ("negative", 1, "r5, r6")
    assert first.contrast == "drug - placebo"
    assert first.p < second.p
    rows = found.effects
    inside = rows["p_adjusted"] < 1
    assert set(zip(rows["region"][inside], rows["region2"][inside], strict=True)) == {
        ("r0", "r1"), ("r1", "r2"), ("r2", "r3"), ("r5", "r6"),
    }  # fmt: skip
    t = rows["statistic"][(rows["p_adjusted"] == first.p)]
    assert first.intensity == pytest.approx((t - 4.0).sum())


def test_every_kind_of_test_can_be_asked_of_networks(trial_of_edges) -> None:
    kinds = (Kind.CHANGE, Kind.ANCOVA, Kind.BASELINE_GROUP)
    linked = (Kind.CHANGE_ASSOCIATION, Kind.AFTER_ASSOCIATION)
    for correction in ("nbs", "tfnbs"):
        asked = [question(k, name=k.value, correction=correction) for k in kinds]
        asked += [
            question(k, name=k.value, correction=correction, outcomes=("bdi",)) for k in linked
        ]
        few = replace(INFERENCE, permutations=40, nbs_threshold=2.0)
        found = run(trial_of_edges, *asked, inference=few)
        assert found.effects["p_adjusted"].between(1 / 41, 1).all()
        assert len(components(found)) == (correction == "nbs")


def test_enhanced_edges_have_p_of_their_own_and_no_components(trial_of_edges) -> None:
    found = run(trial_of_edges, question(correction="tfnbs"))
    assert components(found) == []
    rows = found.effects.set_index(["region", "region2"])
    assert rows.loc[("r1", "r2"), "p_adjusted"] < 0.05
    assert rows.loc[("r0", "r7"), "p_adjusted"] > 0.05


def test_levels_of_a_measure_never_hang_together(make_trial, make_measurement) -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(2, N, 2, 3, 3))
    values = (values + values.swapaxes(3, 4)) / 2
    values[1, ARM == "drug", 0, 0, 1] += 5.0
    values[1, ARM == "drug", 0, 1, 0] += 5.0
    values[1, ARM == "drug", 1, 1, 2] += 5.0
    values[1, ARM == "drug", 1, 2, 1] += 5.0
    dims = {"density": [0.1, 0.2], "region": REGIONS[:3], "region2": REGIONS[:3]}
    held = make_measurement("m", {("ses-a", ""): values[0], ("ses-b", ""): values[1]}, dims)
    trial = make_trial({"arm": list(ARM)})
    (table,) = components(run((trial, {"m": held}), question()))
    assert table.frame["edges"].tolist() == [1, 1]
    assert set(table.frame["level"]) == {"density=0.1", "density=0.2"}


def test_sites_decide_who_is_exchanged(trial_of_edges) -> None:
    inference = replace(INFERENCE, exchange_within="site")
    asked = question(correction="max_t")
    rows = run(trial_of_edges, asked, inference=inference).effects
    values = trial_of_edges[1]["m"].data["value"].to_numpy()
    upper = np.triu_indices(8, 1)
    change = (values[N:] - values[:N])[:, upper[0], upper[1]]
    model = group_model(change, (ARM == "drug").astype(float))
    site = (SITE == "y").astype(np.int64)
    (expected,) = permute_largest([model], 400, generator(4, "q"), exchange=site)
    np.testing.assert_array_equal(rows["p_adjusted"], expected)
    free = run(trial_of_edges, asked).effects
    assert (free["p_adjusted"] != rows["p_adjusted"]).any()
