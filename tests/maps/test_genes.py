"""Genes beside the map of a change: what is planted is found, over participants and over space."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.maps import (
    Expression,
    GeneSet,
    GeneSets,
    Interactions,
    MapLibrary,
    MapRules,
    Provenance,
)
from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.schema import SCORE_COLUMNS, SESSION_COLUMNS, TABULATED_COLUMNS
from rewire.core.types import Measurement, Scan, ScanRecord, Timepoint, Trial
from rewire.effects.estimate import EffectsResult, estimate_effects
from rewire.maps.kinds import MAP_REPLIES
from rewire.plan.options.genes import GenesOptions

PEOPLE, REGIONS, GENES, SET = 16, 40, 120, 12
ARMS = ("drug", "placebo")
QUESTION = Question(
    "genes", "?", Kind.GENES, "primary", ("gbc",), (), Timepoint("ses-a"), (Timepoint("ses-b"),),
    options=GenesOptions(components=2, bootstraps=200, smallest=5, hub_z=2.0),
)  # fmt: skip
NAMES = tuple(f"G{i:03d}" for i in range(GENES))


def _never(record: ScanRecord) -> Scan:
    raise NotImplementedError


def _sphere(n: int) -> np.ndarray:
    angle, height = 2.4 * np.arange(n), np.linspace(-0.95, 0.95, n)
    ring = np.sqrt(1 - height**2)
    return np.column_stack([ring * np.cos(angle), ring * np.sin(angle), height])


def _atlas() -> Atlas:
    half = REGIONS // 2
    sphere = np.vstack([_sphere(half)] * 2)
    return Atlas(
        "made",
        tuple(f"{side}{i:02d}" for side in "LR" for i in range(half)),
        np.arange(REGIONS),
        ("L",) * half + ("R",) * half,
        ("",) * REGIONS,
        sphere * 60.0,
        sphere,
    )


ATLAS = _atlas()


def _patterns(rng: np.random.Generator, n: int) -> np.ndarray:
    """Rough maps: neighbours are alike a little, so that spins differ from the map."""
    apart = np.linalg.norm(ATLAS.centroid[:, None] - ATLAS.centroid[None], axis=2)
    smooth = np.exp(-apart / 15.0) @ rng.standard_normal((REGIONS, n))
    return (smooth - smooth.mean(axis=0)) / smooth.std(axis=0)


def _expression(rng: np.random.Generator) -> tuple[Expression, np.ndarray]:
    """The first genes share a pattern with each other and the last with each other."""
    patterns = _patterns(rng, 2)
    values = rng.standard_normal((REGIONS, GENES))
    values[:, :SET] += 2.0 * patterns[:, [0]]
    values[:, -SET:] += 2.0 * patterns[:, [1]]
    return Expression(ATLAS.regions, NAMES, values, Provenance("made.tsv")), patterns


SETS = (
    GeneSets(
        "terms",
        (GeneSet("planted", NAMES[:SET]), GeneSet("other", NAMES[-SET:]),
         GeneSet("mixed", NAMES[50:60])),
        Provenance("terms.gmt"),
    ),
)  # fmt: skip


def _trial(expression: Expression, nulls: Any = "spin") -> Trial:
    people = [f"sub-{i:02d}" for i in range(PEOPLE)]
    sessions = [
        (p, s, float(i), "", "", np.nan, "", "", np.nan)
        for p in people
        for i, s in enumerate(("ses-a", "ses-b"))
    ]
    pairs = tuple((NAMES[0], name) for name in NAMES[1:SET])
    library = MapLibrary(
        (),
        expression,
        SETS,
        Interactions(pairs, (1.0,) * len(pairs), Provenance("net.tsv")),
        MapRules(nulls, 400),
    )
    return Trial(
        "test",
        pd.DataFrame({"participant_id": people, "arm": [ARMS[i % 2] for i in range(PEOPLE)]}),
        pd.DataFrame(sessions, columns=list(SESSION_COLUMNS)),
        pd.DataFrame(columns=list(SCORE_COLUMNS)),
        pd.DataFrame(columns=list(TABULATED_COLUMNS)),
        (),
        {"made": ATLAS},
        {},
        _never,
        maps=library,
    )


def _measured(change: np.ndarray, rng: np.random.Generator) -> Measurement:
    """Values before and after, whose difference is ``change`` (people, regions)."""
    before = rng.standard_normal(change.shape)
    values = np.concatenate([before, before + change])
    people = [f"sub-{i:02d}" for i in range(PEOPLE)]
    dims = ("scan", "region")
    data = xr.Dataset(
        {"value": (dims, values), "status": (dims, np.full(values.shape, "ok"))},
        {
            "participant_id": ("scan", people * 2),
            "session_id": ("scan", np.repeat(["ses-a", "ses-b"], PEOPLE)),
            "acquisition": ("scan", [""] * (2 * PEOPLE)),
            "run": ("scan", [""] * (2 * PEOPLE)),
            "region": list(ATLAS.regions),
        },
    )
    return Measurement("gbc", "1", "test", data, False, "test")


def _answer(trial: Trial, measured: Measurement, permutations: int = 300, **told: Any) -> Any:
    options = replace(QUESTION, **told) if told else QUESTION
    return estimate_effects(
        trial,
        {"gbc": measured},
        [options],
        Design("parallel", "arm", ARMS, "placebo", True),
        Inference(permutations=permutations),
        replies=MAP_REPLIES,
    )


def _tables(found: EffectsResult) -> dict[str, pd.DataFrame]:
    return {table.name: table.frame for table in found.tables}


@pytest.fixture(scope="module")
def planted() -> EffectsResult:
    """The drug's change follows the first genes; placebo's is noise."""
    rng = np.random.default_rng(7)
    expression, patterns = _expression(rng)
    noise = _patterns(rng, PEOPLE).T
    size = np.where(np.arange(PEOPLE) % 2 == 0, 1.5, 0.0)
    change = size[:, None] * patterns[:, 0] + noise
    found: EffectsResult = _answer(_trial(expression), _measured(change, rng))
    return found


def _arm(frame: pd.DataFrame, arm: str) -> pd.DataFrame:
    return frame[frame["arm"] == arm]


def test_another_collection_costs_a_factor_and_no_more() -> None:
    """p over a collection's sets is doubled by a second collection, whatever that one holds."""
    rng = np.random.default_rng(7)
    expression, patterns = _expression(rng)
    measured = _measured(patterns[:, 0] + _patterns(rng, PEOPLE).T, rng)
    trial = _trial(expression)
    cells = GeneSets("cells", (GeneSet("many", NAMES[:100]),), Provenance("cells.gmt"))
    more = replace(trial, maps=replace(trial.maps, gene_sets=(*SETS, cells)))
    one, two = (_tables(_answer(t, measured, 100))["gene_sets"] for t in (trial, more))
    held = two[two["collection"] == "terms"]
    for name in ("p_space_max", "p_participants_max"):
        np.testing.assert_allclose(held[name], np.minimum(1.0, 2 * one[name]))


def test_planted_component_holds_over_both(planted: EffectsResult) -> None:
    rows = _arm(planted.effects, "drug").set_index("term")
    first = rows.loc["PLS1"]
    assert first["estimate"] > 0.5
    assert first["p"] < 0.02
    assert first["p_permutation"] < 0.02
    assert first["p_adjusted"] < 0.05
    assert first["n"] == PEOPLE / 2
    assert planted.unanswered == ()
    assert len(planted.analysed) == PEOPLE


def test_noise_holds_over_neither(planted: EffectsResult) -> None:
    rows = _arm(planted.effects, "placebo")
    assert rows["p_adjusted"].min() > 0.05
    sets = _arm(_tables(planted)["gene_sets"], "placebo")
    assert np.minimum(sets["p_space_max"], sets["p_participants_max"]).min() > 0.05


def test_adjusted_p_is_holm_of_the_larger(planted: EffectsResult) -> None:
    larger = np.maximum(planted.effects["p"], planted.effects["p_permutation"]).to_numpy()
    order = np.argsort(larger)
    steps = np.minimum(1.0, np.maximum.accumulate(larger[order] * np.arange(4, 0, -1)))
    np.testing.assert_allclose(planted.effects["p_adjusted"].to_numpy()[order], steps)


def test_planted_set_and_genes_hold_over_both(planted: EffectsResult) -> None:
    sets = _arm(_tables(planted)["gene_sets"], "drug").set_index("gene_set")
    assert sets.loc["planted", ["p_space_max", "p_participants_max"]].max() < 0.05
    assert sets.loc["planted", "score"] > 0.5
    assert sets.loc[["other", "mixed"], "p_space_max"].min() > 0.05
    assert sets["size"].tolist() == [SET, SET, 10]
    genes = _arm(_tables(planted)["genes"], "drug")
    both = (genes["p_space_max"] < 0.05) & (genes["p_participants_max"] < 0.05)
    assert set(genes["gene"][both]) <= set(NAMES[:SET])
    assert both.sum() >= SET / 2


def test_no_p_is_zero_and_the_max_is_never_smaller(planted: EffectsResult) -> None:
    for name in ("genes", "gene_sets"):
        frame = _tables(planted)[name]
        for p in ("p_space", "p_participants"):
            assert frame[p].min() >= 1 / 401
            assert (frame[f"{p}_max"] >= frame[p] - 1e-12).mean() > 0.9
    assert planted.effects[["p", "p_permutation"]].min(axis=None) >= 1 / 401


def test_component_tables(planted: EffectsResult) -> None:
    tables = _tables(planted)
    nulls = tables["gene_component_nulls"]
    assert (nulls.groupby(["arm", "component"])["null_maps"].sum() == 400).all()
    rows = tables["gene_components"]
    assert rows["component"].tolist() == ["PLS1", "PLS2"] * 2
    assert (rows["null_median"] < rows["null_95"]).all()
    coverage = tables["gene_coverage"]
    assert coverage[["regions", "regions_sampled", "regions_used"]].eq(REGIONS).all(axis=None)
    assert coverage["donors_fewest"].isna().all()
    assert coverage["gene_sets_used"].eq(3).all()


def test_hubs_are_among_genes_that_weigh_most(planted: EffectsResult) -> None:
    hubs = _arm(_tables(planted)["gene_hubs"], "drug")
    genes = _arm(_tables(planted)["genes"], "drug").set_index("gene")
    assert (genes.loc[hubs["gene"], "z"].abs() > 2.0).all()
    assert hubs["gene"].iloc[0] == NAMES[0]


def test_a_change_alike_in_all_people_is_no_accident_of_participants() -> None:
    """Relabelled maps then have the observed share of variance and less variance."""
    rng = np.random.default_rng(11)
    expression, patterns = _expression(rng)
    change = np.tile(patterns[:, 0], (PEOPLE, 1)) * rng.uniform(0.9, 1.1, (PEOPLE, 1))
    found = _answer(_trial(expression), _measured(change, rng))
    first = found.effects[found.effects["term"] == "PLS1"]
    assert first["p_permutation"].max() < 0.05


def test_the_two_nulls_can_disagree() -> None:
    """Everybody changes alike, in a pattern that no gene follows: participants hold, space not."""
    rng = np.random.default_rng(5)
    expression, _ = _expression(rng)
    change = 3.0 * _patterns(rng, 1).T + 0.5 * _patterns(rng, PEOPLE).T
    found = _answer(_trial(expression), _measured(change, rng))
    first = found.effects[found.effects["term"] == "PLS1"]
    assert first["p_permutation"].max() < 0.05
    assert first["p"].min() > 0.05
    assert first["p_adjusted"].min() > 0.05


def test_regions_are_matched_by_name() -> None:
    """Expression in another order, with a region that the atlas lacks, gives the same numbers."""
    rng = np.random.default_rng(7)
    expression, patterns = _expression(rng)
    measured = _measured(patterns[:, 0] + _patterns(rng, PEOPLE).T, rng)
    order = rng.permutation(REGIONS)
    other = Expression(
        (*(ATLAS.regions[i] for i in order), "elsewhere"),
        NAMES,
        np.vstack([expression.values[order], rng.standard_normal(GENES)]),
        expression.provenance,
    )
    one, two = (_answer(_trial(e), measured) for e in (expression, other))
    columns = ["estimate", "p", "p_permutation"]
    np.testing.assert_allclose(one.effects[columns], two.effects[columns], atol=1e-12)
    np.testing.assert_allclose(_tables(one)["genes"]["r"], _tables(two)["genes"]["r"], atol=1e-12)


def test_missing_samples_and_genes_are_left_out_and_counted() -> None:
    rng = np.random.default_rng(7)
    expression, patterns = _expression(rng)
    values = expression.values.copy()
    values[3] = np.nan
    values[5, 4] = np.nan
    values[:, 7] = 1.0
    donors = np.arange(REGIONS) % 5 + 2
    held = replace(expression, values=values, donors=donors)
    measured = _measured(patterns[:, 0] + _patterns(rng, PEOPLE).T, rng)
    found = _answer(_trial(held), measured)
    tables = _tables(found)
    coverage = tables["gene_coverage"].iloc[0]
    assert (coverage["regions_sampled"], coverage["regions_used"]) == (39, 39)
    assert (coverage["genes"], coverage["genes_used"]) == (GENES, GENES - 2)
    assert (coverage["donors_fewest"], coverage["donors_most"]) == (2, 6)
    genes = tables["genes"]
    assert not {NAMES[4], NAMES[7]} & set(genes["gene"])
    assert genes["regions"].eq(39).all()
    used = np.arange(REGIONS) != 3
    drug = measured.data["value"].to_numpy()
    change = (drug[PEOPLE:] - drug[:PEOPLE])[::2].mean(axis=0)
    r = np.corrcoef(change[used], values[used, 0])[0, 1]
    assert _arm(genes, "drug")["r"].iloc[0] == pytest.approx(r, abs=1e-12)
    assert _tables(found)["gene_sets"]["size"].iloc[0] == SET - 2


def test_one_hemisphere_is_looked_at_over_participants_too() -> None:
    """What the other hemisphere does changes nothing."""
    rng = np.random.default_rng(7)
    expression, patterns = _expression(rng)
    change = patterns[:, 0] + _patterns(rng, PEOPLE).T
    trial = _trial(expression)
    trial = replace(trial, maps=replace(trial.maps, rules=MapRules("spin", 200, "L")))
    other = change.copy()
    other[:, REGIONS // 2 :] = 5.0 * rng.standard_normal((PEOPLE, REGIONS // 2))
    made = [_answer(trial, _measured(c, np.random.default_rng(1)), 100) for c in (change, other)]
    one, two = (_tables(found)["genes"] for found in made)
    columns = ["r", "p_space", "p_participants"]
    np.testing.assert_allclose(one[columns], two[columns], atol=1e-12)
    assert one["regions"].eq(REGIONS // 2).all()


@pytest.mark.parametrize("of", ["interaction", "ancova"])
def test_arms_compared(of: Any) -> None:
    rng = np.random.default_rng(7)
    expression, patterns = _expression(rng)
    size = np.where(np.arange(PEOPLE) % 2 == 0, 2.0, 0.0)
    change = size[:, None] * patterns[:, 0] + 0.5 * _patterns(rng, PEOPLE).T
    options = QUESTION.options.model_copy(update={"of": of, "bootstraps": 0})  # type: ignore[union-attr]
    found = _answer(_trial(expression), _measured(change, rng), options=options)
    first = found.effects.set_index("term").loc["PLS1"]
    assert first["contrast"] == "drug - placebo"
    assert first["p_adjusted"] < 0.05
    assert "gene_hubs" not in _tables(found)
    assert _tables(found)["genes"]["z"].isna().all()


def test_without_permutations_nothing_is_claimed() -> None:
    rng = np.random.default_rng(7)
    expression, patterns = _expression(rng)
    measured = _measured(2.0 * patterns[:, 0] + _patterns(rng, PEOPLE).T, rng)
    found = _answer(_trial(expression), measured, 0)
    assert found.effects[["p", "p_adjusted"]].isna().all(axis=None)
    assert found.effects["estimate"].notna().all()
    assert set(found.effects["status"]) == {"participants not permuted"}
    assert _tables(found)["gene_components"]["p_space"].notna().all()
    assert _tables(found)["gene_sets"]["p_participants"].isna().all()


def test_what_cannot_be_answered_is_said() -> None:
    rng = np.random.default_rng(7)
    expression, _ = _expression(rng)
    measured = _measured(_patterns(rng, PEOPLE).T, rng)
    few = np.full_like(expression.values, np.nan)
    few[:15] = expression.values[:15]
    flat = _measured(np.repeat(np.arange(PEOPLE)[:, None] + 1.0, REGIONS, axis=1), rng)
    without = replace(_trial(expression), maps=MapLibrary())
    cases = [
        (without, measured, "no expression"),
        (_trial(replace(expression, values=few)), measured, "15 regions have samples"),
        (_trial(expression), flat, "same value in every region"),
    ]
    for trial, given, told in cases:
        found = _answer(trial, given, 50)
        assert found.effects.empty
        assert told in " ".join(u.reason for u in found.unanswered)


def test_too_few_regions_with_an_estimate() -> None:
    rng = np.random.default_rng(7)
    expression, _ = _expression(rng)
    change = _patterns(rng, PEOPLE).T
    change[:, 18:] = np.nan
    found = _answer(_trial(expression), _measured(change, rng), 50)
    assert "only 18 regions have an estimate and expression" in found.unanswered[0].reason
    assert found.effects.empty


def test_regions_without_estimate_leave_too_few() -> None:
    """People have slopes, and only 18 regions have an estimate: each misses other people."""
    rng = np.random.default_rng(7)
    expression, _ = _expression(rng)
    change = _patterns(rng, PEOPLE).T
    lost = np.where(np.arange(PEOPLE) < PEOPLE / 2, 0, 1)[:, None]
    change[:, 18:] = np.where((np.arange(18, REGIONS) + lost) % 2, np.nan, change[:, 18:])
    change[1:, 18:] = np.where(np.arange(1, PEOPLE)[:, None] % 8 < 6, np.nan, change[1:, 18:])
    found = _answer(_trial(expression), _measured(change, rng), 50)
    assert "regions have an estimate and expression" in found.unanswered[0].reason
