"""Both nulls against references written here, and what a reply says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from rewire.core.atlas import Atlas
from rewire.core.maps import BrainMap, MapRules
from rewire.core.questions import Design
from rewire.effects.answering import Asking, Reply
from rewire.maps.annotation import ANNOTATION_COLUMNS, answer_annotation
from rewire.maps.holding import say_held
from rewire.numerics.spins import draw_rotations
from rewire.plan.options.annotation import AnnotationOptions

DRAWS = 200
MIRROR = np.diag([-1.0, 1.0, 1.0])
Values = Mapping[tuple[str, str], np.ndarray]


def table(reply: Reply, name: str = "annotation") -> pd.DataFrame:
    return next(t.frame for t in reply.tables if t.name == name)


def changed(change: np.ndarray, seed: int = 4) -> Values:
    before = np.random.default_rng(seed).standard_normal(change.shape)
    return {("ses-a", ""): before, ("ses-b", ""): before + change}


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.fixture
def maps(make_atlas: Callable[..., Atlas], make_map: Callable[..., BrainMap]) -> list[BrainMap]:
    regions = make_atlas().regions
    return [make_map(n, regions, noise(s, 40)) for n, s in (("a", 1), ("b", 2), ("c", 3))]


def spun(values: np.ndarray, sphere: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn each hemisphere of 20 regions, the right one mirrored; nearest by scipy."""
    found = []
    for turn in draw_rotations(DRAWS, rng):
        left = cdist(sphere[:20], sphere[:20] @ turn.T).argmin(axis=1)
        other = MIRROR @ turn @ MIRROR
        right = cdist(sphere[20:], sphere[20:] @ other.T).argmin(axis=1)
        found.append(np.concatenate([values[:20][left], values[20:][right]]))
    return np.array(found)


@pytest.mark.parametrize("statistic", ["pearson", "spearman"])
def test_spatial_p_is_that_of_spins_counted_one_by_one(
    make_asking: Callable[..., Asking],
    make_atlas: Callable[..., Atlas],
    maps: list[BrainMap],
    statistic: str,
) -> None:
    """Each null map is correlated by scipy, which ranks it anew."""
    atlas, change = make_atlas(), noise(6, 8, 40) + 0.3 * maps[0].values
    options = AnnotationOptions(statistic=statistic)  # type: ignore[arg-type]
    asking = make_asking({"m": changed(change)}, atlas, maps, options)
    found = table(answer_annotation(asking))
    own = change.mean(axis=0)
    one = stats.pearsonr if statistic == "pearson" else stats.spearmanr
    r = np.array([one(own, m.values).statistic for m in maps])
    nulls = spun(own, np.array(atlas.sphere), asking.rng())
    null = np.array([[one(n, m.values).statistic for m in maps] for n in nulls])
    np.testing.assert_allclose(found["r"], r, atol=1e-12)
    p = (1 + (np.abs(null) >= np.abs(r) - 1e-9).sum(axis=0)) / (DRAWS + 1)
    np.testing.assert_allclose(found["p_space"], p)
    away = np.abs(null - null.mean(axis=0)) / null.std(axis=0)
    mine = np.abs(r - null.mean(axis=0)) / null.std(axis=0)
    p_max = (1 + (away.max(axis=1)[:, None] >= mine - 1e-9).sum(axis=0)) / (DRAWS + 1)
    np.testing.assert_allclose(found["p_space_max"], p_max)
    np.testing.assert_allclose(found["null_q25"], np.quantile(null, 0.25, axis=0), atol=1e-12)
    np.testing.assert_allclose(found["null_high"], np.quantile(null, 0.975, axis=0), atol=1e-12)
    assert set(found["nulls"]) == {"200 spins (original)"}


def flipped_p(slopes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All sign flips of (people, cells); p of each cell, and over the largest t of all."""

    def t(values: np.ndarray) -> np.ndarray:
        return np.abs(values.mean(axis=0) / values.std(axis=0, ddof=1))

    flips = [t(slopes * np.array(s)[:, None]) for s in product((1, -1), repeat=len(slopes))]
    own, null = t(slopes), np.array(flips)
    alone = (null >= own - 1e-9).mean(axis=0)
    return alone, (null.max(axis=1)[:, None] >= own - 1e-9).mean(axis=0)


def test_p_over_participants_is_that_of_all_sign_flips(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], maps: list[BrainMap]
) -> None:
    """Two measures and three maps are one family of six; over space each measure has its own."""
    changes = [noise(6, 8, 40) + 0.4 * maps[0].values, noise(7, 8, 40)]
    given = {"m": changed(changes[0]), "k": changed(changes[1])}
    asking = make_asking(given, make_atlas(), maps, AnnotationOptions())
    reply = answer_annotation(asking)
    found = table(reply)
    scaled = np.array([stats.zscore(m.values, ddof=1) for m in maps]).T / 39
    slopes = np.hstack([change @ scaled for change in changes])
    alone, largest = flipped_p(slopes)
    np.testing.assert_allclose(found["slope"], slopes.mean(axis=0))
    np.testing.assert_allclose(found["p_participants"], alone)
    np.testing.assert_allclose(found["p_participants_max"], largest)
    one = make_asking({"m": given["m"]}, make_atlas(), maps, AnnotationOptions())
    single = table(answer_annotation(one))["p_space_max"]
    doubled = np.minimum(1.0, 2 * single)
    np.testing.assert_allclose(found["p_space_max"][:3], doubled)
    joined = np.maximum(found["p_participants_max"], found["p_space_max"])
    adjusted = np.concatenate([np.asarray(piece["p_adjusted"]) for piece in reply.pieces])
    np.testing.assert_allclose(adjusted, joined)


def test_which_null_failed(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], maps: list[BrainMap]
) -> None:
    a = maps[0].values
    both = 0.2 * noise(6, 8, 40) + a
    # one person's large change makes the group's map; the others' have no part in it
    alone = np.concatenate([8 * a[None], 0.3 * noise(8, 7, 40) - 0.3 * a])
    neither = noise(9, 8, 40)
    given = {"m": changed(both), "k": changed(alone), "l": changed(neither)}
    found = table(answer_annotation(make_asking(given, make_atlas(), maps, AnnotationOptions())))
    held = found[found["map"] == "a"].set_index("measure")["holds"]
    assert held.to_dict() == {"m": "both", "k": "space alone", "l": "neither"}


def test_participants_alone_where_any_map_as_smooth_does_as_well(
    make_asking: Callable[..., Asking],
    make_atlas: Callable[..., Atlas],
    make_map: Callable[..., BrainMap],
) -> None:
    """A change that everybody shares along one axis follows an annotation along a tilted one."""
    atlas = make_atlas()
    sphere = np.array(atlas.sphere)
    tilted = make_map("tilted", atlas.regions, sphere @ [0.0, 0.8, 0.6])
    change = sphere[:, 2] + 0.05 * noise(6, 8, 40)
    asking = make_asking({"m": changed(change)}, atlas, [tilted], AnnotationOptions())
    reply = answer_annotation(asking)
    found = table(reply).iloc[0]
    assert found["p_participants_max"] == 2 / 256
    assert found["p_space"] > 0.05
    assert found["holds"] == "participants alone"
    assert float(np.asarray(reply.pieces[0]["p_adjusted"])[0]) == found["p_space_max"]


@pytest.mark.parametrize(
    ("people", "space", "agree", "said"),
    [
        (0.01, 0.01, True, "both"),
        (0.01, 0.01, False, "both, in opposite directions"),
        (0.01, 0.05, True, "participants alone"),
        (0.05, 0.01, True, "space alone"),
        (0.05, 0.05, True, "neither"),
        (np.nan, 0.01, True, "not tested"),
    ],
)
def test_words_for_what_holds(people: float, space: float, agree: bool, said: str) -> None:
    assert say_held(people, space, agree=agree) == said


def test_p_is_never_zero(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], maps: list[BrainMap]
) -> None:
    change = maps[0].values + 0.001 * noise(6, 12, 40)
    found = table(
        answer_annotation(
            make_asking({"m": changed(change)}, make_atlas(), maps, AnnotationOptions())
        )
    ).iloc[0]
    assert found["p_space"] == 1 / (DRAWS + 1)
    assert found["p_participants"] > 0
    assert found["r"] == pytest.approx(1.0, abs=1e-4)


def test_parallel_arms_are_compared(
    make_asking: Callable[..., Asking],
    make_atlas: Callable[..., Atlas],
    maps: list[BrainMap],
    designs: dict[str, Design],
) -> None:
    change = noise(6, 12, 40)
    change[::2] += maps[1].values
    options = AnnotationOptions(of="interaction")
    asking = make_asking({"m": changed(change)}, make_atlas(), maps, options, designs["parallel"])
    reply = answer_annotation(asking)
    found = table(reply).iloc[1]
    slopes = change @ stats.zscore(maps[1].values, ddof=1) / 39
    assert found["slope"] == pytest.approx(slopes[::2].mean() - slopes[1::2].mean())
    group = change[::2].mean(axis=0) - change[1::2].mean(axis=0)
    assert found["r"] == pytest.approx(np.corrcoef(group, maps[1].values)[0, 1])
    assert found["holds"] == "both"
    people = table(reply, "annotation_people")
    mine = people[people["map"] == "b"].set_index("participant_id")
    np.testing.assert_allclose(mine["slope"], slopes)
    assert mine["group"].tolist() == ["drug", "placebo"] * 6
    assert np.asarray(reply.pieces[0]["n"]).tolist() == [12, 12, 12]


def test_a_crossover_uses_everybodys_own_difference(
    make_asking: Callable[..., Asking],
    make_atlas: Callable[..., Atlas],
    maps: list[BrainMap],
    designs: dict[str, Design],
) -> None:
    change = noise(6, 8, 40) + maps[2].values
    before = noise(4, 8, 40)
    given = {("ses-p", "placebo"): before, ("ses-d", "drug"): before + change}
    asking = make_asking(
        {"m": given}, make_atlas(), maps, AnnotationOptions(), designs["crossover"]
    )
    reply = answer_annotation(asking)
    found = table(reply)
    scaled = np.array([stats.zscore(m.values, ddof=1) for m in maps]).T / 39
    np.testing.assert_allclose(found["p_participants_max"], flipped_p(change @ scaled)[1])
    assert found["contrast"].tolist() == ["drug - placebo"] * 3
    assert set(table(reply, "annotation_people")["group"]) == {""}
    assert len(reply.people) == 8


def test_one_hemisphere_alone_for_both_nulls(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], maps: list[BrainMap]
) -> None:
    change = noise(6, 8, 40)
    rules = MapRules(draws=DRAWS, hemisphere="L")
    asking = make_asking({"m": changed(change)}, make_atlas(), maps, AnnotationOptions(),
                         rules=rules)  # fmt: skip
    reply = answer_annotation(asking)
    found = table(reply).iloc[0]
    assert found["regions"] == 20
    a = maps[0].values[:20]
    assert found["r"] == pytest.approx(np.corrcoef(change.mean(axis=0)[:20], a)[0, 1])
    own = change[:, :20] @ stats.zscore(a, ddof=1) / 19
    assert found["slope"] == pytest.approx(own.mean())
    used = table(reply, "annotation_maps")["used"]
    assert used.tolist() == ["yes"] * 20 + ["no"] * 20


def test_without_a_sphere_surrogates_and_without_permutations_holm(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], maps: list[BrainMap]
) -> None:
    change = noise(6, 8, 40)
    atlas = make_atlas(sphere=False)
    asking = make_asking({"m": changed(change)}, atlas, maps, AnnotationOptions())
    plain = Asking(
        asking.question, asking.trial, asking.measurements, asking.cohort,
        type(asking.inference)(3, 0),
    )  # fmt: skip
    found = table(answer_annotation(plain))
    assert set(found["nulls"]) == {"200 variogram-matched surrogates, hemispheres folded"}
    p = np.array([stats.ttest_1samp(change @ m.values - change.sum(axis=1) * m.values.mean(), 0)
                  .pvalue for m in maps])  # fmt: skip
    np.testing.assert_allclose(found["p_participants"], p)
    ordered = np.sort(p)
    holm = np.maximum.accumulate(ordered * [3, 2, 1]).clip(max=1.0)[np.argsort(np.argsort(p))]
    np.testing.assert_allclose(found["p_participants_max"], holm)


def test_what_is_missing_is_said_and_stops_nothing(
    make_asking: Callable[..., Asking],
    make_atlas: Callable[..., Atlas],
    make_map: Callable[..., BrainMap],
    maps: list[BrainMap],
) -> None:
    atlas = make_atlas()
    elsewhere = make_map("elsewhere", [f"q{i}" for i in range(40)], noise(1, 40))
    change = noise(6, 8, 40)
    change[:, 4] = np.nan  # a region without signal
    options = AnnotationOptions(maps=("a", "elsewhere", "5HT7"))
    asking = make_asking({"m": changed(change)}, atlas, [*maps, elsewhere], options,
                         measures=("m", "k"))  # fmt: skip
    reply = answer_annotation(asking)
    found = table(reply).set_index("map")
    assert reply.reasons == (
        "no map is called 5HT7",
        "k was not measured",
        "map elsewhere has a value in 0 of 40 regions",
    )
    assert found.loc["elsewhere", "holds"] == "not tested"
    status = dict(zip(found.index, reply.pieces[0]["status"], strict=True))
    assert status == {"a": "ok", "elsewhere": "the map cannot be held against these regions"}
    assert np.isnan(found.loc["elsewhere", "p_space"])
    assert found.loc["a", "regions"] == 39
    kept = np.arange(40) != 4
    r = np.corrcoef(change.mean(axis=0)[kept], maps[0].values[kept])[0, 1]
    assert found.loc["a", "r"] == pytest.approx(r)
    assert list(table(reply).columns) == list(ANNOTATION_COLUMNS)


def test_no_annotation_at_all(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], maps: list[BrainMap]
) -> None:
    given = {"m": changed(noise(6, 8, 40))}
    reply = answer_annotation(make_asking(given, make_atlas(), (), AnnotationOptions()))
    assert reply.pieces == ()
    assert reply.reasons == ("the plan's [maps] names no annotation",)
    few = maps[0].at(make_atlas().regions[:5])
    short = [BrainMap("s", make_atlas().regions[:5], few, "made", maps[0].provenance)]
    reply = answer_annotation(make_asking(given, make_atlas(), short, AnnotationOptions()))
    assert reply.pieces == ()
    assert reply.reasons[-1] == "m: no annotation has enough of its regions."
    assert reply.people == frozenset()


def test_the_same_plan_gives_the_same_numbers(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], maps: list[BrainMap]
) -> None:
    """What is asked beside changes no p of the question itself."""
    given = {"m": changed(noise(6, 8, 40))}
    plain = make_asking(given, make_atlas(), maps, AnnotationOptions())
    more = AnnotationOptions(beside=("dominance", "networks", "partial"))
    beside = make_asking(given, make_atlas(), maps, more)
    pd.testing.assert_frame_equal(table(answer_annotation(plain)), table(answer_annotation(beside)))
