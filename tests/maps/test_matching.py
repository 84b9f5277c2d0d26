"""Annotations matched to regions by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

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


def _parcels(each: int, skip: tuple[str, ...] = ()) -> tuple[str, ...]:
    stems = [f"{side}H_{name}" for side in "LR" for name in ("Vis", "SomMot", "Default_PFC")]
    named = (f"{stem}_{i}" for stem in stems for i in range(1, each + 1))
    return tuple(name for name in named if name not in skip)


def _atlas(regions: tuple[str, ...]) -> Atlas:
    n = len(regions)
    sides = tuple(name[0] for name in regions)
    return Atlas("P", regions, np.arange(1, n + 1), sides, ("",) * n, np.zeros((n, 3)))


@pytest.mark.parametrize(("of_map", "of_atlas"), [(4, 8), (8, 4), (7, 8)])
def test_the_same_names_in_another_parcellation_are_other_regions(
    make_map: Callable[..., BrainMap], of_map: int, of_atlas: int
) -> None:
    """Every name of the coarser one stands in the finer one, for another place."""
    names = _parcels(of_map)
    found = match_maps([make_map("m", names, np.arange(len(names)))], _atlas(_parcels(of_atlas)))
    assert not found.usable.any()
    assert found.reasons == (
        f"map m is of another parcellation (LH_Vis_1 to {of_map} in place of {of_atlas})",
    )


def test_lost_regions_and_measures_of_some_regions_are_no_other_parcellation(
    make_map: Callable[..., BrainMap],
) -> None:
    whole = _parcels(8)
    holes = _parcels(8, ("LH_Vis_8", "RH_Vis_8", "LH_SomMot_2", "RH_SomMot_3"))
    left = tuple(name for name in whole if name.startswith("L"))
    for regions, atlas in ((holes, whole), (whole, holes), (whole, left)):
        found = match_maps([make_map("m", regions, np.arange(len(regions)))], _atlas(atlas))
        assert found.usable.all()
