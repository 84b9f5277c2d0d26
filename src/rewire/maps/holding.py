"""A map of a change held against null maps, and what both nulls say together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.core.errors import DataError
from rewire.core.types import FloatArray
from rewire.effects.answering import Asking
from rewire.effects.inference import carry_out
from rewire.effects.tables import Piece
from rewire.maps.contrasts import Contrast, Of, inner_question
from rewire.maps.matching import Matched
from rewire.maps.nulls import NullMaps, null_maps
from rewire.numerics.map_association import MapStatistic, MapTest, assess_maps, correlate_maps

BoolArray = npt.NDArray[np.bool_]

LEVEL = 0.05
"""Below which a p is said to hold."""
QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
NULL_COLUMNS = ("null_low", "null_q25", "null_median", "null_q75", "null_high")
"""Where :data:`QUANTILES` of a statistic over null maps stand in a table."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The map of a test, annotations over the same regions, and null maps of it.

    Parameters
    ----------
    contrast
        The test.
    matched
        Annotations at the regions of the atlas.
    nulls
        Null maps over ``nulls.used``: regions with an estimate that every annotation has.
    """

    contrast: Contrast
    matched: Matched
    nulls: NullMaps

    @property
    def values(self) -> FloatArray:
        """The map, shape (regions used,)."""
        return np.asarray(self.contrast.estimates[self.nulls.used])

    @property
    def columns(self) -> FloatArray:
        """The annotations that can be used, shape (regions used, usable)."""
        return np.asarray(self.matched.columns[self.nulls.used][:, self.matched.usable])


def hold(asking: Asking, contrast: Contrast, matched: Matched, rng: np.random.Generator) -> Held:
    """Make null maps of a test's estimates over the regions of the annotations.

    Raises
    ------
    DataError
        If no annotation can be used, too few regions are left, or none can be placed.
    """
    if not matched.usable.any():
        raise DataError("no annotation has enough of its regions.")
    looked = np.where(matched.regions, contrast.estimates, np.nan)
    nulls = null_maps(looked, contrast.atlas, asking.trial.maps.rules, rng)
    return Held(contrast, matched, nulls)


def correlate_held(held: Held, statistic: MapStatistic) -> tuple[MapTest, FloatArray]:
    """Correlate the map with every annotation, and each against null maps.

    Returns
    -------
    MapTest
        One entry an annotation, NaN where it cannot be used.
    ndarray
        Quantiles of the correlation over null maps, shape (annotations, 5).
    """
    maps = held.nulls.maps
    found = assess_maps(held.values, maps, held.columns, statistic)
    null = np.quantile(correlate_maps(maps, held.columns, statistic), QUANTILES, axis=0).T
    usable = held.matched.usable
    parts = (found.r, found.p, found.p_max, found.null_mean, found.null_sd)
    return MapTest(*(spread(part, usable) for part in parts)), spread(null, usable)


def spread(part: FloatArray, usable: BoolArray) -> FloatArray:
    """Return values of what can be used at their places among all, NaN elsewhere."""
    whole = np.full((len(usable), *part.shape[1:]), np.nan)
    whole[usable] = part
    return whole


def carry_slopes(asking: Asking, of: Of, contrasts: tuple[Contrast, ...]) -> tuple[Piece, ...]:
    """Test people's own slopes, all cells of all tests as one family.

    Returns
    -------
    tuple
        One piece a test; ``p_permutation`` is the parametric p where there are no permutations.
    """
    if not contrasts:
        return ()
    tests = [contrast.slopes for contrast in contrasts]
    found = carry_out(inner_question(asking, of), tests, asking.inference)
    return tuple(_with_p(piece) for piece in found.effects)


def _with_p(piece: Piece) -> Piece:
    permuted, other = (np.asarray(piece[name], dtype=float) for name in ("p_permutation", "p"))
    return {**piece, "p_permutation": np.where(np.isfinite(permuted), permuted, other)}


def over_tests(p: FloatArray, tests: int) -> FloatArray:
    """Return p adjusted for several tests by Bonferroni: their maps have null maps of their own."""
    return np.minimum(1.0, p * tests)


def join_both(people: FloatArray, space: FloatArray, agree: BoolArray) -> FloatArray:
    """Return the larger of both p, 1 where the two point in opposite directions.

    A claim needs both nulls to fail, so that the larger p is the p of the claim (an
    intersection-union test: Berger 1982, 10.1080/00401706.1982.10487790).

    Parameters
    ----------
    people, space
        p over participants and over null maps.
    agree
        Whether both have the same sign.
    """
    larger = np.maximum(people, space)
    return np.where(np.isfinite(larger) & ~agree, 1.0, larger)


def say_held(people: float, space: float, *, agree: bool) -> str:
    """Return which of both nulls are rejected at .05.

    Examples
    --------
    >>> say_held(0.01, 0.4, agree=True), say_held(0.01, 0.01, agree=False)
    ('participants alone', 'both, in opposite directions')
    """
    if not (people == people and space == space):
        return "not tested"
    if people < LEVEL and space < LEVEL:
        return "both" if agree else "both, in opposite directions"
    if people < LEVEL:
        return "participants alone"
    return "space alone" if space < LEVEL else "neither"
