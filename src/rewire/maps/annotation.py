"""Whether the map of a change follows annotations: over participants and over space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.errors import DataError
from rewire.core.maps import BrainMap
from rewire.core.questions import Question
from rewire.core.types import FloatArray
from rewire.effects.answering import Asking, KindTable, Reply
from rewire.effects.inference import carry_out
from rewire.effects.tables import Piece
from rewire.maps.contrasts import Contrast, form_contrasts, inner_question
from rewire.maps.nulls import null_maps
from rewire.maps.slopes import map_slopes
from rewire.numerics.map_association import MapStatistic, MapTest, assess_maps
from rewire.plan.options.annotation import AnnotationOptions

_LEVEL = 0.05

ANNOTATION_COLUMNS: tuple[str, ...] = (
    "question",
    "measure",
    "session",
    "acquisition",
    "arm",
    "contrast",
    "map",
    "source",
    "regions",
    "n",
    "slope",
    "p_participants",
    "p_participants_max",
    "r",
    "null_mean",
    "null_sd",
    "p_space",
    "p_space_max",
    "holds",
    "nulls",
)
"""One row a map and test: ``slope`` per SD of the annotation, mean over participants; ``r`` of the
group's map with the annotation; p over participants (sign flips or labels) and over null maps, each
also against the most extreme of all maps; ``holds`` says which of both hold at .05."""


def answer_annotation(asking: Asking) -> Reply:
    """Hold the map of a change against annotations, once over participants and once over space.

    Parameters
    ----------
    asking
        Its measures have a value per region; annotations stand in ``trial.maps``.

    Returns
    -------
    Reply
        One row a test and annotation: the mean of the participants' own slopes on the annotation,
        with their t and permutation p. ``p_adjusted`` is the larger of the two p over the most
        extreme of all maps, so that a row is clear only where both hold: the first asks whether
        the treatment did it, the second whether it is this map rather than any as smooth.
    """
    options = asking.options(AnnotationOptions)
    held = asking.trial.maps.annotations
    known = {m.name for m in held}
    wanted = [m for m in held if m.name in options.maps or not options.maps]
    reasons = [f"no map is called {name}" for name in options.maps if name not in known]
    if not wanted:
        return Reply((), frozenset(), (*reasons, "the plan's [maps] names no annotation"))
    made = form_contrasts(
        asking,
        options.of,
        lambda response, atlas: map_slopes(response, atlas.regions, wanted, options.statistic),
    )
    return _answered(asking, options, wanted, made.found, [*reasons, *made.reasons])


def _answered(
    asking: Asking,
    options: AnnotationOptions,
    wanted: Sequence[BrainMap],
    contrasts: Sequence[Contrast],
    reasons: list[str],
) -> Reply:
    if not contrasts:
        return Reply((), frozenset(), tuple(reasons))
    tests = [contrast.slopes for contrast in contrasts]
    carried = carry_out(inner_question(asking, options.of), tests, asking.inference)
    pieces: list[Piece] = []
    rows: list[pd.DataFrame] = []
    rng = asking.rng()
    for contrast, piece in zip(contrasts, carried.effects, strict=True):
        try:
            space = _space(asking, contrast, wanted, options.statistic, rng)
        except DataError as error:
            reasons.append(f"{contrast.slopes.response.name}: {error}")
            continue
        # the chance of a false map among all tests: over maps by max-T, over tests by Bonferroni
        over_space = np.minimum(1.0, space.test.p_max * len(contrasts))
        both = np.maximum(np.asarray(piece["p_adjusted"]), over_space)
        pieces.append(
            {
                **piece,
                "kind": asking.question.kind.value,
                "term": f"{contrast.slopes.term}:map",
                "p_adjusted": both,
                "method": f"{options.statistic} slopes of participants; {space.nulls}",
            }
        )
        rows.append(_table(asking.question, piece, space, over_space, wanted))
    table = KindTable(
        "annotation",
        "Each change map beside each annotation, over participants and over space.",
        pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=ANNOTATION_COLUMNS),
    )
    return Reply(tuple(pieces), carried.analysed, tuple(reasons), (table,))


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """A map of estimates held against annotations; arrays as long as there are annotations."""

    test: MapTest
    regions: npt.NDArray[np.int64]
    nulls: str


def _space(
    asking: Asking,
    contrast: Contrast,
    wanted: Sequence[BrainMap],
    statistic: MapStatistic,
    rng: np.random.Generator,
) -> _Space:
    """Correlate the map of a test's estimates with each annotation and with null maps."""
    estimate = contrast.estimates
    columns = np.column_stack([m.at(contrast.atlas.regions) for m in wanted])
    shared = np.isfinite(estimate) & np.isfinite(columns).all(axis=1)
    rules = asking.trial.maps.rules
    nulls = null_maps(np.where(shared, estimate, np.nan), contrast.atlas, rules, rng)
    found = assess_maps(estimate[nulls.used], nulls.maps, columns[nulls.used], statistic)
    count = np.full(len(wanted), int(nulls.used.sum()), dtype=np.int64)
    return _Space(found, count, nulls.method)


def _table(
    question: Question,
    piece: Piece,
    space: _Space,
    over_space: FloatArray,
    wanted: Sequence[BrainMap],
) -> pd.DataFrame:
    people = np.asarray(piece["p_adjusted"], dtype=np.float64)
    told = {name: piece[name] for name in ("measure", "session", "acquisition", "arm", "contrast")}
    held = [_holds(a, b) for a, b in zip(people, over_space, strict=True)]
    return pd.DataFrame(
        {
            "question": question.name,
            **told,
            "map": [m.name for m in wanted],
            "source": [m.provenance.source for m in wanted],
            "regions": space.regions,
            "n": piece["n"],
            "slope": piece["estimate"],
            "p_participants": piece["p_permutation"],
            "p_participants_max": people,
            "r": space.test.r,
            "null_mean": space.test.null_mean,
            "null_sd": space.test.null_sd,
            "p_space": space.test.p,
            "p_space_max": over_space,
            "holds": held,
            "nulls": space.nulls,
        }
    )[list(ANNOTATION_COLUMNS)]


def _holds(people: float, space: float) -> str:
    if not (people == people and space == space):
        return "not tested"
    if people < _LEVEL and space < _LEVEL:
        return "both"
    if people < _LEVEL:
        return "participants alone"
    return "space alone" if space < _LEVEL else "neither"
