"""Whether the map of a change follows annotations: over participants and over space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError
from rewire.core.maps import BrainMap
from rewire.core.types import FloatArray
from rewire.effects.answering import Asking, KindTable, Reply, join_tables
from rewire.effects.responses import Response
from rewire.effects.tables import Piece
from rewire.maps.compare import compare_beside
from rewire.maps.contrasts import Contrast, form_contrasts
from rewire.maps.holding import (
    NULL_COLUMNS,
    Held,
    carry_slopes,
    correlate_held,
    hold,
    join_both,
    over_tests,
    say_held,
)
from rewire.maps.matching import Matched, match_maps
from rewire.maps.slopes import map_slopes
from rewire.maps.telling import describe_maps, describe_people, told
from rewire.numerics.map_association import MapTest
from rewire.plan.options.annotation import AnnotationOptions

ANNOTATION_COLUMNS: tuple[str, ...] = (
    "question", "measure", "session", "acquisition", "arm", "contrast", "map", "source", "regions",
    "n", "slope", "ci_low", "ci_high", "p_participants", "p_participants_max", "r", "null_mean",
    "null_sd", *NULL_COLUMNS, "p_space", "p_space_max", "holds", "nulls",
)  # fmt: skip
"""One row a map and test: ``slope`` per SD of the annotation, mean over participants; ``r`` of the
group's map with the annotation, with quantiles of r over null maps; p over participants (sign flips
or labels) and over null maps, each also against the most extreme of all maps (that over null maps
by Bonferroni over tests); ``holds`` says which of both hold at .05."""

_UNUSABLE = "the map cannot be held against these regions"


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
        the treatment did it, the second whether it is this map rather than any as smooth. Tables
        ``annotation``, ``annotation_maps`` and ``annotation_people`` hold the rest, and one table
        each what the option ``beside`` asks for.
    """
    options = asking.options(AnnotationOptions)
    annotations = asking.trial.maps.annotations
    known = {m.name for m in annotations}
    wanted = [m for m in annotations if m.name in options.maps or not options.maps]
    asked = (*options.maps, *(name for name in options.given if name != "place"))
    reasons = [f"no map is called {name}" for name in dict.fromkeys(asked) if name not in known]
    if not wanted:
        return Reply((), frozenset(), (*reasons, "the plan's [maps] names no annotation"))
    side = asking.trial.maps.rules.hemisphere

    def slopes(response: Response, atlas: Atlas) -> Response:
        return map_slopes(response, match_maps(wanted, atlas, side), options.statistic)

    made = form_contrasts(asking, options.of, slopes)
    reasons += made.reasons
    matched = [match_maps(wanted, contrast.atlas, side) for contrast in made.found]
    reasons += dict.fromkeys(reason for one in matched for reason in one.reasons)
    held = _held(asking, made.found, matched, reasons)
    pieces = carry_slopes(asking, options.of, made.found)
    rows, tables = [], []
    for one, piece in zip(held, pieces, strict=True):
        if one is not None:
            row, told_of = _answered(asking, one, piece, (wanted, len(pieces)))
            rows.append(row)
            tables += told_of
    beside, more = compare_beside(asking, held)
    people = frozenset(p for one in held if one is not None for p in _analysed(one.contrast))
    return Reply(tuple(rows), people, (*reasons, *more), join_tables((*tables, *beside)))


def _held(
    asking: Asking,
    contrasts: Sequence[Contrast],
    matched: Sequence[Matched],
    reasons: list[str],
) -> list[Held | None]:
    """Return each contrast with its null maps; None, and a reason, where it has none."""
    rng = asking.rng()
    found: list[Held | None] = []
    for contrast, maps in zip(contrasts, matched, strict=True):
        try:
            found.append(hold(asking, contrast, maps, rng))
        except DataError as error:
            found.append(None)
            reasons.append(f"{contrast.slopes.response.name}: {error}")
    return found


def _answered(
    asking: Asking, held: Held, piece: Piece, given: tuple[Sequence[BrainMap], int]
) -> tuple[Piece, list[KindTable]]:
    wanted, tests = given
    options = asking.options(AnnotationOptions)
    space, null = correlate_held(held, options.statistic)
    over_space = over_tests(space.p_max, tests)
    agree = np.sign(np.asarray(piece["estimate"], dtype=float)) == np.sign(space.r)
    people = np.asarray(piece["p_adjusted"], dtype=float)
    row = {
        **piece,
        "kind": asking.question.kind.value,
        "term": f"{held.contrast.slopes.term}:map",
        "p_adjusted": join_both(people, over_space, agree),
        "method": f"{options.statistic} slopes of participants; {held.nulls.method}",
        "status": np.where(held.matched.usable, piece["status"], _UNUSABLE).astype(object),
    }
    frame = _table(held, piece, (space, null, over_space), wanted)
    frame["holds"] = [
        say_held(a, b, agree=bool(same))
        for a, b, same in zip(people, over_space, agree, strict=True)
    ]
    frame = frame.assign(**told(asking, held.contrast))[list(ANNOTATION_COLUMNS)]
    about = "Each change map beside each annotation, over participants and over space."
    tables = [KindTable("annotation", about, frame)]
    tables += [describe_maps(asking, held), describe_people(asking, held)]
    return row, tables


def _table(
    held: Held,
    piece: Piece,
    space: tuple[MapTest, FloatArray, FloatArray],
    wanted: Sequence[BrainMap],
) -> pd.DataFrame:
    found, null, over_space = space
    return pd.DataFrame(
        {
            "map": [m.name for m in wanted],
            "source": [m.provenance.source for m in wanted],
            "regions": np.where(held.matched.usable, int(held.nulls.used.sum()), 0),
            "n": piece["n"],
            "slope": piece["estimate"],
            "ci_low": piece["ci_low"],
            "ci_high": piece["ci_high"],
            "p_participants": piece["p_permutation"],
            "p_participants_max": piece["p_adjusted"],
            "r": found.r,
            "null_mean": found.null_mean,
            "null_sd": found.null_sd,
            **dict(zip(NULL_COLUMNS, null.T, strict=True)),
            "p_space": found.p,
            "p_space_max": over_space,
            "nulls": held.nulls.method,
        }
    )


def _analysed(contrast: Contrast) -> list[str]:
    """Return who is in at least one test of slopes."""
    used = contrast.slopes.model.valid.any(axis=1)
    return [contrast.slopes.response.people[i] for i in np.flatnonzero(used)]
