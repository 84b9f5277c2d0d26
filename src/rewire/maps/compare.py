"""What is told beside annotations: networks that hold the change, and annotations beside others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError
from rewire.core.maps import BrainMap
from rewire.core.types import FloatArray
from rewire.effects.answering import Asking, KindTable
from rewire.effects.responses import Response
from rewire.effects.tables import Piece
from rewire.maps.contrasts import form_contrasts
from rewire.maps.explaining import explain_changes
from rewire.maps.holding import (
    NULL_COLUMNS,
    QUANTILES,
    Held,
    carry_slopes,
    over_tests,
    say_held,
)
from rewire.maps.matching import Matched, match_maps
from rewire.maps.nulls import null_maps
from rewire.maps.slopes import (
    cleared_columns,
    network_excess,
    network_weights,
    partial_slopes,
    scale_columns,
)
from rewire.maps.telling import TOLD, told
from rewire.numerics.map_association import MapTest, assess_products, standardised
from rewire.numerics.map_prediction import clear_maps
from rewire.plan.options.annotation import AnnotationOptions

_BOTH = ("n", "p_participants", "p_participants_max", "p_space", "p_space_max", "holds")
NETWORK_COLUMNS: tuple[str, ...] = (
    *TOLD, "network", "regions", "excess", "ci_low", "ci_high", *NULL_COLUMNS, *_BOTH,
)  # fmt: skip
"""One row a network: ``excess`` is the change there less the mean change of all regions, mean over
participants, with quantiles over null maps."""
PARTIAL_COLUMNS: tuple[str, ...] = (
    *TOLD, "map", "given", "regions", "slope", "ci_low", "ci_high", "r", *NULL_COLUMNS, *_BOTH,
)  # fmt: skip
"""One row an annotation: correlation with the map where ``given`` is held fixed, and the mean of
the participants' slopes in the same way."""


def compare_beside(
    asking: Asking, held: Sequence[Held | None]
) -> tuple[list[KindTable], list[str]]:
    """Return the tables that the option ``beside`` asks for, and why parts of them are missing.

    Parameters
    ----------
    asking
        The question.
    held
        Its tests in order; None where one has no null maps.
    """
    made = {
        "dominance": explain_changes,
        "networks": compare_networks,
        "partial": compare_partial,
    }
    tables: list[KindTable] = []
    reasons: list[str] = []
    if not any(one is not None for one in held):
        return tables, reasons
    for name in dict.fromkeys(asking.options(AnnotationOptions).beside):
        more, why = made[name](asking, held)
        tables += more
        reasons += why
    return tables, reasons


def compare_networks(
    asking: Asking, held: Sequence[Held | None]
) -> tuple[list[KindTable], list[str]]:
    """Ask which networks hold more or less of the change than the rest of the brain.

    Parameters
    ----------
    asking, held
        As for :func:`compare_beside`.

    Returns
    -------
    tables
        ``annotation_networks``: null maps are those of the annotations, over the same regions.
    reasons
        Why a test has none.
    """
    options = asking.options(AnnotationOptions)
    whole = {id(one.contrast.atlas): one for one in held if one is not None}
    if not any(one.contrast.atlas.networks for one in whole.values()):
        return [], ["the atlas names no networks"]

    def excess(response: Response, atlas: Atlas) -> Response:
        looked = match_maps(_wanted(asking), atlas, asking.trial.maps.rules.hemisphere).regions
        return network_excess(response, looked, atlas.network, atlas.networks)

    pieces = carry_slopes(asking, options.of, form_contrasts(asking, options.of, excess).found)
    tables = []
    for one, piece in zip(held, pieces, strict=True):
        if one is not None and one.contrast.atlas.networks:
            frame = _networks(one, piece, len(pieces)).assign(**told(asking, one.contrast))
            about = "Which networks hold each change, over participants and over space."
            frame = frame[list(NETWORK_COLUMNS)]
            tables.append(KindTable("annotation_networks", about, frame))
    return tables, []


def _networks(held: Held, piece: Piece, tests: int) -> pd.DataFrame:
    atlas = held.contrast.atlas
    networks = np.array(atlas.network, dtype=object)[held.nulls.used]
    weights = network_weights(networks, atlas.networks)
    size = float(np.linalg.norm(held.values - held.values.mean()))
    own, nulls = standardised(held.values[None])[0], np.nan_to_num(standardised(held.nulls.maps))
    found = assess_products(own, nulls, weights)
    null = size * np.quantile(nulls @ weights, QUANTILES, axis=0).T
    counts = [int((networks == name).sum()) for name in atlas.networks]
    return pd.DataFrame(
        {
            "network": atlas.networks,
            "regions": counts,
            "excess": piece["estimate"],
            **_both(piece, found, null, tests),
        }
    )


def _both(piece: Piece, found: MapTest, null: FloatArray, tests: int) -> dict[str, object]:
    """Return p over participants and over null maps, and which of them hold."""
    people = np.asarray(piece["p_adjusted"], dtype=float)
    space = over_tests(found.p_max, tests)
    agree = np.sign(np.asarray(piece["estimate"], dtype=float)) == np.sign(found.r)
    return {
        "ci_low": piece["ci_low"],
        "ci_high": piece["ci_high"],
        **dict(zip(NULL_COLUMNS, null.T, strict=True)),
        "n": piece["n"],
        "p_participants": piece["p_permutation"],
        "p_participants_max": people,
        "p_space": found.p,
        "p_space_max": space,
        "holds": [
            say_held(a, b, agree=bool(same))
            for a, b, same in zip(people, space, agree, strict=True)
        ],
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """What is held fixed: columns over the regions of an atlas, and annotations without them."""

    columns: FloatArray
    matched: Matched

    @property
    def regions(self) -> npt.NDArray[np.bool_]:
        return np.asarray(np.isfinite(self.columns).all(axis=1) & self.matched.regions)


def compare_partial(
    asking: Asking, held: Sequence[Held | None]
) -> tuple[list[KindTable], list[str]]:
    """Ask whether the change follows an annotation where others are held fixed.

    What is held fixed explains a part of the map. Null maps are made of the rest alone and cleared
    of it again, so that they are as smooth as what is tested (the scheme of Freedman and Lane);
    null maps of the whole map would have the smoothness of what is held fixed.

    Parameters
    ----------
    asking, held
        As for :func:`compare_beside`.

    Returns
    -------
    tables
        ``annotation_partial``; a map that is itself held fixed has no row.
    reasons
        Why a test has none.
    """
    options = asking.options(AnnotationOptions)

    def slopes(response: Response, atlas: Atlas) -> Response:
        given = _given(asking, atlas)
        matched = Matched(
            given.matched.names,
            np.where(given.regions[:, None], given.matched.columns, np.nan),
            (),
        )
        return partial_slopes(response, matched, given.columns, options.statistic)

    pieces = carry_slopes(asking, options.of, form_contrasts(asking, options.of, slopes).found)
    rng = asking.rng().spawn(1)[0]
    tables: list[KindTable] = []
    reasons: list[str] = []
    for one, piece in zip(held, pieces, strict=True):
        if one is None:
            continue
        given = _given(asking, one.contrast.atlas)
        try:
            frame = _partial(asking, one, given, (piece, len(pieces)), rng)
        except DataError as error:
            reasons.append(f"{one.contrast.slopes.response.name}, partial: {error}")
            continue
        frame = frame.assign(**told(asking, one.contrast), given=", ".join(options.given))
        frame = frame[~frame["map"].isin(options.given)][list(PARTIAL_COLUMNS)]
        about = "Each annotation beside each change map, with others held fixed."
        tables.append(KindTable("annotation_partial", about, frame))
    return tables, reasons


def _partial(
    asking: Asking,
    held: Held,
    given: _Given,
    tested: tuple[Piece, int],
    rng: np.random.Generator,
) -> pd.DataFrame:
    piece, tests = tested
    statistic = asking.options(AnnotationOptions).statistic
    if not given.columns.shape[1]:
        raise DataError("nothing that it names can be held fixed.")
    looked = held.nulls.used & given.regions
    fixed = scale_columns(given.columns[looked], statistic)
    columns = cleared_columns(scale_columns(given.matched.columns[looked], statistic), fixed)
    values = held.contrast.estimates[looked]
    values = rankdata(values) if statistic == "spearman" else values
    left = np.full(len(looked), np.nan)
    left[looked] = clear_maps(values[None], fixed)[0]
    nulls = null_maps(left, held.contrast.atlas, asking.trial.maps.rules, rng)
    maps = np.nan_to_num(standardised(clear_maps(nulls.maps, fixed)))
    directions = standardised(columns.T).T
    found = assess_products(standardised(left[looked][None])[0], maps, directions)
    null = np.quantile(maps @ directions, QUANTILES, axis=0).T
    return pd.DataFrame(
        {
            "map": given.matched.names,
            "regions": int(looked.sum()),
            "slope": piece["estimate"],
            "r": found.r,
            **_both(piece, found, null, tests),
        }
    )


def _given(asking: Asking, atlas: Atlas) -> _Given:
    options = asking.options(AnnotationOptions)
    maps = asking.trial.maps
    held = {m.name: m for m in maps.annotations}
    columns: list[FloatArray] = []
    for name in options.given:
        if name == "place":
            columns += [np.abs(atlas.centroid[:, 0]), *atlas.centroid[:, 1:].T]
        elif name in held:
            columns.append(held[name].at(atlas.regions))
    matched = match_maps(_wanted(asking), atlas, maps.rules.hemisphere)
    return _Given(np.array(columns).reshape(-1, len(atlas)).T, matched)


def _wanted(asking: Asking) -> list[BrainMap]:
    names = asking.options(AnnotationOptions).maps
    return [m for m in asking.trial.maps.annotations if m.name in names or not names]
