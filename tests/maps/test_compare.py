"""What is told beside annotations, against formulas and scipy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rewire.core.atlas import Atlas
from rewire.core.maps import BrainMap, MapRules
from rewire.effects.answering import Asking, Reply
from rewire.maps.annotation import answer_annotation
from rewire.numerics.folding import fold_distances
from rewire.numerics.variogram import variogram_surrogates
from rewire.plan.options.annotation import AnnotationOptions

BOTH = ("p_participants", "p_participants_max", "p_space", "p_space_max")


def table(reply: Reply, name: str) -> pd.DataFrame:
    return next(t.frame for t in reply.tables if t.name == name)


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.fixture
def maps(make_atlas: Callable[..., Atlas], make_map: Callable[..., BrainMap]) -> list[BrainMap]:
    """Two maps that share a part, and a third that is their common part."""
    shared, names = noise(9, 40), make_atlas().regions
    made = {"a": shared + noise(1, 40), "b": shared + noise(2, 40), "c": shared}
    return [make_map(name, names, values) for name, values in made.items()]


@pytest.fixture
def answer(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], maps: list[BrainMap]
) -> Callable[..., tuple[Reply, Asking]]:
    def build(
        change: np.ndarray, options: AnnotationOptions, **more: object
    ) -> tuple[Reply, Asking]:
        before = noise(4, *change.shape)
        values = {("ses-a", ""): before, ("ses-b", ""): before + change}
        asking = make_asking({"m": values}, make_atlas(), maps, options, **more)
        return answer_annotation(asking), asking

    return build


Answer = Callable[..., tuple[Reply, Asking]]


def test_partial_correlation_by_its_formula_and_null_maps_of_the_rest(
    answer: Answer, maps: list[BrainMap], make_atlas: Callable[..., Atlas]
) -> None:
    """r_xy.z by the formula; null maps are surrogates of the residual, cleared again."""
    change = noise(6, 8, 40) + maps[2].values
    options = AnnotationOptions(beside=("partial",), given=("c",))
    rules = MapRules(draws=200, nulls="variogram")
    reply, asking = answer(change, options, rules=rules)
    found = table(reply, "annotation_partial").set_index("map")
    assert found.index.tolist() == ["a", "b"]  # what is held fixed has no row
    y, x, z = change.mean(axis=0), maps[0].values, maps[2].values
    r = np.corrcoef([x, y, z])
    expected = (r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    assert found.loc["a", "r"] == pytest.approx(expected)

    def rest(values: np.ndarray) -> np.ndarray:
        line = stats.linregress(z, values)
        return np.asarray(values - line.slope * z - line.intercept)

    places = make_atlas().centroid
    apart = fold_distances(rest(y), places, np.arange(40) < 20)
    nulls = variogram_surrogates(rest(y), apart, 200, asking.rng().spawn(1)[0])
    null = np.array([np.corrcoef(rest(n), rest(x))[0, 1] for n in nulls])
    reached = (np.abs(null) >= abs(expected) - 1e-9).sum()
    assert found.loc["a", "p_space"] == pytest.approx((1 + reached) / 201)
    # everybody's own partial slope, per SD of the map before it was cleared
    own = [
        np.linalg.lstsq(np.column_stack([np.ones(40), x, z]), c, rcond=None)[0][1] for c in change
    ]
    assert found.loc["a", "slope"] == pytest.approx(np.mean(own) * x.std(ddof=1))


def test_place_holds_three_coordinates_fixed(
    answer: Answer, maps: list[BrainMap], make_atlas: Callable[..., Atlas]
) -> None:
    change = noise(6, 8, 40)
    reply, _ = answer(change, AnnotationOptions(beside=("partial",)))
    found = table(reply, "annotation_partial")
    places = make_atlas().centroid
    design = np.column_stack([np.ones(40), np.abs(places[:, 0]), places[:, 1:]])
    clear = np.eye(40) - design @ np.linalg.pinv(design)
    expected = [np.corrcoef(clear @ change.mean(axis=0), clear @ m.values)[0, 1] for m in maps]
    np.testing.assert_allclose(found["r"], expected)
    assert set(found["given"]) == {"place"}


def test_partial_rank_correlation_is_of_ranks(answer: Answer, maps: list[BrainMap]) -> None:
    change = np.exp(noise(6, 8, 40))
    options = AnnotationOptions(beside=("partial",), given=("c",), statistic="spearman")
    reply, _ = answer(change, options)
    found = table(reply, "annotation_partial").set_index("map")
    r = stats.spearmanr(np.array([maps[0].values, change.mean(axis=0), maps[2].values]).T).statistic
    expected = (r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    assert found.loc["a", "r"] == pytest.approx(expected)


def test_nothing_to_hold_fixed_is_said(answer: Answer) -> None:
    options = AnnotationOptions(beside=("partial",), given=("5HT9",))
    reply, _ = answer(noise(6, 8, 40), options)
    assert reply.reasons == (
        "no map is called 5HT9", "m, partial: nothing that it names can be held fixed."
    )  # fmt: skip
    assert [t.name for t in reply.tables] == [
        "annotation", "annotation_maps", "annotation_people"
    ]  # fmt: skip


def test_excess_of_networks(answer: Answer) -> None:
    """Regions of odd number are one network: two networks are one question, asked twice."""
    change = noise(6, 8, 40)
    change[:, 1::2] += 1.0
    reply, _ = answer(change, AnnotationOptions(beside=("networks",)))
    found = table(reply, "annotation_networks").set_index("network")
    excess = change[:, 1::2].mean(axis=1) - change.mean(axis=1)
    assert found.loc["odd", "excess"] == pytest.approx(excess.mean())
    assert found.loc["even", "excess"] == pytest.approx(-excess.mean())
    # the t test's interval, and the smallest p of all 256 flips of signs
    low, high = stats.t.interval(0.95, 7, excess.mean(), stats.sem(excess))
    assert found.loc["odd", ["ci_low", "ci_high"]].tolist() == pytest.approx([low, high])
    assert found.loc["odd", "p_participants"] == 2 / 256
    assert found.loc["odd", "holds"] == "both"
    for name in BOTH:
        assert found.loc["odd", name] == pytest.approx(found.loc["even", name])
    assert abs(found.loc["odd", "null_median"]) < 0.1
    assert found.loc["odd", "null_high"] < found.loc["odd", "excess"]
    assert found["regions"].tolist() == [20, 20]


def test_dominance_of_the_maps(answer: Answer, maps: list[BrainMap]) -> None:
    """For two predictors: half of r^2 and of what is left of R^2 without the other."""
    change = noise(6, 8, 40) + maps[0].values
    options = AnnotationOptions(beside=("dominance",), maps=("a", "b"))
    reply, _ = answer(change, options)
    found = table(reply, "annotation_dominance").set_index("map")
    x = np.column_stack([m.values for m in maps[:2]])
    y = change.mean(axis=0)
    r = np.corrcoef(np.column_stack([y, x]).T)[0, 1:]
    fit = np.column_stack([np.ones(40), x])
    left = y - fit @ np.linalg.lstsq(fit, y, rcond=None)[0]
    r2 = 1 - left @ left / ((y - y.mean()) ** 2).sum()
    assert found["r2"].tolist() == pytest.approx([r2, r2])
    assert found.loc["a", "dominance"] == pytest.approx((r[0] ** 2 + r2 - r[1] ** 2) / 2)
    assert found["share"].sum() == pytest.approx(1.0)
    own = np.array([np.linalg.lstsq(fit, c, rcond=None)[0][1:] for c in change])
    expected = own.mean(axis=0) * x.std(axis=0, ddof=1)
    np.testing.assert_allclose(found["joint_slope"], expected)
    assert found.loc["a", "p_r2"] == 1 / 201
    assert found.loc["a", "p_far"] == 1 / 201
    assert found.loc["a", "far_low"] <= found.loc["a", "far_r"] <= found.loc["a", "far_high"]


def test_annotations_that_repeat_one_another(
    answer: Answer, maps: list[BrainMap], make_map: Callable[..., BrainMap]
) -> None:
    maps.append(make_map("d", maps[0].regions, 2 * maps[0].values + 1))
    reply, _ = answer(noise(6, 8, 40), AnnotationOptions(beside=("dominance",)))
    found = table(reply, "annotation_dominance")
    assert set(found["status"]) == {"maps repeat one another"}
    assert found["dominance"].isna().all()
    assert reply.reasons == ("m, dominance: maps repeat one another",)
    assert np.isfinite(table(reply, "annotation")["p_space"]).all()


def test_more_than_fifteen_annotations(
    answer: Answer, maps: list[BrainMap], make_map: Callable[..., BrainMap]
) -> None:
    maps += [make_map(f"x{i}", maps[0].regions, noise(20 + i, 40)) for i in range(13)]
    reply, _ = answer(noise(6, 8, 40), AnnotationOptions(beside=("dominance",)))
    assert "16 predictors; all subsets are fitted of 15 at most" in reply.reasons[0]
