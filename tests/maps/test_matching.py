"""Annotations matched to regions by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rewire.core.atlas import Atlas
from rewire.core.maps import BrainMap
from rewire.maps.matching import match_maps


def test_values_go_with_names_whatever_their_order(
    make_atlas: Callable[..., Atlas], make_map: Callable[..., BrainMap]
) -> None:
    atlas = make_atlas(20)
    values = np.arange(22.0)
    other = [*reversed(atlas.regions), "elsewhere", "nowhere"]
    found = match_maps([make_map("a", other, values)], atlas)
    np.testing.assert_array_equal(found.columns[:, 0], values[:20][::-1])
    assert found.reasons == ()


def test_a_region_that_one_map_lacks_is_left_out_for_all(
    make_atlas: Callable[..., Atlas], make_map: Callable[..., BrainMap]
) -> None:
    atlas = make_atlas(20)
    a = make_map("a", atlas.regions[1:], np.arange(19.0))
    b = make_map("b", atlas.regions, np.where(np.arange(20) == 5, np.nan, np.arange(20.0)))
    found = match_maps([a, b], atlas)
    assert np.flatnonzero(~found.regions).tolist() == [0, 5]
    assert np.isnan(found.columns[[0, 5]]).all()
    assert found.reasons == ("2 regions without a value in every map are left out (r00, r05)",)


def test_a_map_with_few_regions_leaves_the_others_alone(
    make_atlas: Callable[..., Atlas], make_map: Callable[..., BrainMap]
) -> None:
    atlas = make_atlas(20)
    a = make_map("a", atlas.regions[:9], np.arange(9.0))
    b = make_map("b", atlas.regions, np.arange(20.0))
    flat = make_map("c", atlas.regions, np.full(20, 3.0))
    found = match_maps([a, b, flat], atlas)
    assert found.usable.tolist() == [False, True, False]
    assert found.regions.all()
    assert found.reasons == ("map a has a value in 9 of 20 regions", "map c does not vary")


def test_one_hemisphere(
    make_atlas: Callable[..., Atlas], make_map: Callable[..., BrainMap]
) -> None:
    atlas = make_atlas(40)
    found = match_maps([make_map("a", atlas.regions[:20], np.arange(20.0))], atlas, "L")
    assert found.regions.tolist() == [True] * 20 + [False] * 20
    assert found.reasons == ()
    none = match_maps([make_map("a", atlas.regions[:20], np.arange(20.0))], atlas, "R")
    assert not none.usable.any()
    assert not none.regions.any()
