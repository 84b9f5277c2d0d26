"""Null maps: as smooth as the map, and anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError
from rewire.core.maps import MapRules, NullModel
from rewire.core.types import FloatArray
from rewire.numerics.folding import fold_distances
from rewire.numerics.spins import SpinMethod, draw_rotations, spin_regions
from rewire.numerics.variogram import variogram_surrogates

_FEWEST = 10
_SPINS: dict[str, SpinMethod] = {
    "spin": "original",
    "spin hungarian": "hungarian",
    "spin vasa": "vasa",
}


@dataclass(frozen=True, slots=True, eq=False)
class NullMaps:
    """Null maps of one map over some regions.

    Parameters
    ----------
    maps
        Shape (draws, regions used).
    used
        Which regions of the atlas the map and its nulls have, shape (regions,).
    method
        In words, with the number of draws.
    """

    maps: FloatArray
    used: npt.NDArray[np.bool_]
    method: str


def null_maps(
    values: FloatArray, atlas: Atlas, rules: MapRules, rng: np.random.Generator
) -> NullMaps:
    """Return null maps of a map, by the method that the plan names and the atlas allows.

    Parameters
    ----------
    values
        The map, shape (regions,); regions without a value are left out before anything is
        turned, so that each null map has a value for every region of the map.
    atlas
        Where the regions lie.
    rules
        Method, number of draws and hemisphere.
    rng
        Source of the random numbers.

    Returns
    -------
    NullMaps
        Spins hold the map's own values; variogram-matched surrogates hold values of their own.

    Raises
    ------
    DataError
        If the atlas does not say where the regions lie, or too few have a value.
    """
    used = usable(values, atlas, rules)
    method = null_model(used, atlas, rules.nulls)
    if used.sum() < _FEWEST:
        raise DataError(
            f"only {int(used.sum())} regions have a value; null maps need {_FEWEST} or more."
        )
    if method == "variogram":
        places = atlas.centroid[used]
        if not np.isfinite(places).all():
            raise DataError(
                f"atlas {atlas.name} does not say where every region lies (columns x, y, z), and "
                "no null map can be made; add them to its table."
            )
        sides = np.array(atlas.hemisphere)[used]
        apart, how = _distances(values[used], places, sides)
        made = variogram_surrogates(values[used], apart, rules.draws, rng)
        return NullMaps(made, used, f"{rules.draws:,} variogram-matched surrogates{how}")
    orders = spin_orders(used, atlas, rules, rng)
    return NullMaps(values[used][orders], used, f"{rules.draws:,} spins ({_SPINS[method]})")


def _distances(
    values: FloatArray, places: FloatArray, sides: npt.NDArray[np.str_]
) -> tuple[FloatArray, str]:
    """Return distances between regions, and how they were taken where both sides are known.

    Counterparts on both sides are alike and far apart: with distances in mm alone surrogates are
    rougher than the map, and three times too many null effects pass (``docs/maps.md``). Regions
    in the midline (brain stem, vermis) lie on neither side.
    """
    left, right = sides == "L", sides == "R"
    if min(left.sum(), right.sum()) >= 3:
        return fold_distances(values, places, left, right), ", hemispheres folded"
    return np.linalg.norm(places[:, None] - places[None], axis=2), ""


def spin_orders(
    used: npt.NDArray[np.bool_], atlas: Atlas, rules: MapRules, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return spins of the regions used, as indices among them; shape (draws, regions used).

    Raises
    ------
    DataError
        If the atlas has no sphere.
    """
    if atlas.sphere is None:
        raise DataError(
            f"atlas {atlas.name} has no sphere (columns sphere_x, sphere_y, sphere_z): add it, or "
            'say nulls = "variogram".'
        )
    model = null_model(used, atlas, rules.nulls)
    left = np.array([side == "L" for side in atlas.hemisphere])[used]
    turns = draw_rotations(rules.draws, rng)
    return spin_regions(atlas.sphere[used], left, turns, _SPINS[model])


def usable(values: FloatArray, atlas: Atlas, rules: MapRules) -> npt.NDArray[np.bool_]:
    """Return the regions that have a value and lie in the hemisphere that is looked at."""
    sides = np.array([rules.hemisphere in ("both", side) for side in atlas.hemisphere])
    return np.asarray(np.isfinite(values) & sides)


def null_model(
    used: npt.NDArray[np.bool_], atlas: Atlas, wanted: NullModel
) -> Literal["spin", "spin hungarian", "spin vasa", "variogram"]:
    """Return which null model is used: spins need every region to lie on a sphere.

    Raises
    ------
    DataError
        If the plan asks for spins and a region lies on no sphere.
    """
    sphere = atlas.sphere
    sided = all(side in ("L", "R") for side, u in zip(atlas.hemisphere, used, strict=True) if u)
    on_sphere = sphere is not None and bool(np.isfinite(sphere[used]).all()) and sided
    if wanted == "auto":
        return "spin" if on_sphere else "variogram"
    if wanted != "variogram" and not on_sphere:
        raise DataError(
            f"atlas {atlas.name} does not place every region on a hemisphere's sphere (columns "
            'sphere_x, sphere_y, sphere_z, hemisphere); say nulls = "variogram".'
        )
    return wanted
