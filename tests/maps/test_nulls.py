"""Which null model an atlas allows, and what its maps hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError
from rewire.core.maps import MapRules
from rewire.maps.nulls import null_maps

RULES = MapRules(draws=150)


def made(regions: int = 40) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(regions)


def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def test_auto_spins_where_there_is_a_sphere(make_atlas: Callable[..., Atlas]) -> None:
    values = made()
    found = null_maps(values, make_atlas(), RULES, rng())
    assert found.method == "150 spins (original)"
    assert found.maps.shape == (150, 40)
    assert np.isin(found.maps[:, :20], values[:20]).all()  # sides keep to themselves
    assert np.isin(found.maps[:, 20:], values[20:]).all()


@pytest.mark.parametrize("gap", ["no sphere", "a region off it", "a region of no side"])
def test_auto_draws_surrogates_otherwise(make_atlas: Callable[..., Atlas], gap: str) -> None:
    atlas = make_atlas(sphere=gap != "no sphere")
    if gap == "a region off it":
        sphere = np.array(atlas.sphere)
        sphere[7] = np.nan
        atlas = replace(atlas, sphere=sphere)
    if gap == "a region of no side":
        atlas = replace(atlas, hemisphere=("", *atlas.hemisphere[1:]))
    found = null_maps(made(), atlas, RULES, rng())
    assert found.method == "150 variogram-matched surrogates, hemispheres folded"
    assert not np.isin(found.maps, made()).any()
    with pytest.raises(DataError, match="sphere"):
        null_maps(made(), atlas, replace(RULES, nulls="spin"), rng())


def test_surrogates_of_a_map_alike_on_both_sides_are_alike_too(
    make_atlas: Callable[..., Atlas],
) -> None:
    """With distances in mm alone the sides of a surrogate would have nothing in common."""
    atlas = make_atlas(sphere=False)
    half = atlas.centroid[:20] * [1.0, 1.0, 1.0]
    half[:, 0] = -np.abs(half[:, 0]) - 30.0
    mirrored = replace(atlas, centroid=np.vstack([half, half * [-1.0, 1.0, 1.0]]))
    smooth = half[:, 1] / 30 + np.sin(half[:, 2] / 20)
    found = null_maps(np.tile(smooth, 2), mirrored, RULES, rng())
    across = [np.corrcoef(m[:20], m[20:])[0, 1] for m in found.maps]
    assert np.median(across) > 0.8


def test_a_region_off_the_sphere_without_a_value_does_not_matter(
    make_atlas: Callable[..., Atlas],
) -> None:
    atlas, values = make_atlas(), made()
    sphere = np.array(atlas.sphere)
    sphere[7], values[7] = np.nan, np.nan
    found = null_maps(values, replace(atlas, sphere=sphere), RULES, rng())
    assert found.method == "150 spins (original)"
    assert np.flatnonzero(~found.used).tolist() == [7]
    assert np.isfinite(found.maps).all()


@pytest.mark.parametrize("method", ["spin hungarian", "spin vasa"])
def test_one_to_one_spins_hold_each_value_once(
    make_atlas: Callable[..., Atlas], method: str
) -> None:
    rules = replace(RULES, nulls=method, draws=100)  # type: ignore[arg-type]
    found = null_maps(made(), make_atlas(), rules, rng())
    np.testing.assert_array_equal(np.sort(found.maps, axis=1), np.tile(np.sort(made()), (100, 1)))


def test_one_hemisphere(make_atlas: Callable[..., Atlas]) -> None:
    found = null_maps(made(), make_atlas(), replace(RULES, hemisphere="L"), rng())
    assert found.used.tolist() == [True] * 20 + [False] * 20
    assert np.isin(found.maps, made()[:20]).all()


def test_too_few_regions_and_regions_of_unknown_place(make_atlas: Callable[..., Atlas]) -> None:
    few = np.where(np.arange(40) < 9, made(), np.nan)
    with pytest.raises(DataError, match="only 9 regions"):
        null_maps(few, make_atlas(), RULES, rng())
    atlas = make_atlas(sphere=False)
    places = atlas.centroid.copy()
    places[3] = np.nan
    with pytest.raises(DataError, match="x, y, z"):
        null_maps(made(), replace(atlas, centroid=places), RULES, rng())


def test_a_region_in_the_midline_does_not_make_surrogates_rougher(
    make_atlas: Callable[..., Atlas],
) -> None:
    """Both sides alike: surrogates are so too, whether or not a brain stem is among the regions."""
    plain = make_atlas(sphere=False)
    half = plain.centroid[:20]
    places = np.vstack([half, half * [-1.0, 1.0, 1.0]])
    paired = replace(plain, centroid=places)
    stem = Atlas(
        "stem", (*plain.regions, "stem"), np.arange(41), (*plain.hemisphere, ""), ("",) * 41,
        np.vstack([places, [0.0, -30.0, -40.0]]),
    )  # fmt: skip
    values = np.tile(places[:20, 1], 2)
    with_stem = null_maps(np.append(values, 0.0), stem, RULES, rng())
    assert with_stem.method.endswith("hemispheres folded")
    for made_of in (null_maps(values, paired, RULES, rng()).maps, with_stem.maps[:, :40]):
        alike = [np.corrcoef(m[:20], m[20:])[0, 1] for m in made_of]
        assert np.mean(alike) > 0.5
