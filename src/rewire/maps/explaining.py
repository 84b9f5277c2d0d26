"""What several annotations explain together of the map of a change, and what each one adds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rewire.core.atlas import Atlas
from rewire.core.types import FloatArray
from rewire.effects.answering import Asking, KindTable
from rewire.effects.responses import Response
from rewire.effects.tables import Piece
from rewire.maps.contrasts import form_contrasts
from rewire.maps.holding import Held, carry_slopes, over_tests, spread
from rewire.maps.matching import match_maps
from rewire.maps.slopes import joint_slopes
from rewire.maps.telling import TOLD, told
from rewire.numerics.dominance import DominanceTest, assess_dominance
from rewire.numerics.map_association import standardised
from rewire.numerics.map_prediction import FarPrediction, predict_far
from rewire.plan.options.annotation import AnnotationOptions

DOMINANCE_COLUMNS: tuple[str, ...] = (
    *TOLD, "map", "regions", "n", "dominance", "share", "null_median", "null_high", "p_space",
    "p_space_max", "joint_slope", "p_participants", "p_participants_max", "r2", "r2_null_median",
    "r2_null_high", "p_r2", "far_r", "far_low", "far_high", "far_null_high", "p_far", "status",
)  # fmt: skip
"""One row an annotation: ``dominance`` is what it adds to all subsets of the others, ``share`` that
over ``r2``, which all explain together; ``null_high`` is the 95th percentile over null maps.
``joint_slope`` is the mean of the participants' slopes in a regression on all annotations at once.
``far_r`` is the median over regions of how well the map far from each is predicted from what was
learnt near it, ``far_low`` and ``far_high`` the quartiles."""


def explain_changes(
    asking: Asking, held: Sequence[Held | None]
) -> tuple[list[KindTable], list[str]]:
    """Explain the map of each test by all annotations at once.

    Parameters
    ----------
    asking
        The question.
    held
        Its tests in order; None where one has no null maps.

    Returns
    -------
    tables
        ``annotation_dominance``.
    reasons
        Why a test has none.
    """
    options = asking.options(AnnotationOptions)
    maps = asking.trial.maps
    wanted = [m for m in maps.annotations if m.name in options.maps or not options.maps]

    def slopes(response: Response, atlas: Atlas) -> Response:
        matched = match_maps(wanted, atlas, maps.rules.hemisphere)
        return joint_slopes(response, matched, options.statistic)

    pieces = carry_slopes(asking, options.of, form_contrasts(asking, options.of, slopes).found)
    tables: list[KindTable] = []
    reasons: list[str] = []
    for one, piece in zip(held, pieces, strict=True):
        if one is None:
            continue
        frame = _people(one, piece)
        try:
            frame = frame.assign(**_space(asking, one, len(pieces)), status="ok")
        except ValueError as error:
            reasons.append(f"{one.contrast.slopes.response.name}, dominance: {error}")
            frame = frame.assign(status=str(error))
        frame = frame.assign(**told(asking, one.contrast)).reindex(columns=list(DOMINANCE_COLUMNS))
        about = "What annotations explain together of each change map, and what each adds."
        tables.append(KindTable("annotation_dominance", about, frame))
    return tables, reasons


def _people(held: Held, piece: Piece) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "map": held.matched.names,
            "regions": int(held.nulls.used.sum()),
            "n": piece["n"],
            "joint_slope": piece["estimate"],
            "p_participants": piece["p_permutation"],
            "p_participants_max": piece["p_adjusted"],
        }
    )


def _space(asking: Asking, held: Held, tests: int) -> dict[str, FloatArray | float]:
    statistic = asking.options(AnnotationOptions).statistic
    found = assess_dominance(held.values, held.nulls.maps, held.columns, statistic)
    columns: dict[str, FloatArray | float] = dict(_added(held, found, tests))
    columns |= {
        "r2": found.found.r2,
        "r2_null_median": float(np.median(found.null_r2)),
        "r2_null_high": float(np.quantile(found.null_r2, 0.95)),
        "p_r2": min(1.0, found.p_r2 * tests),
    }
    far = _far(held, statistic)
    if far is not None:
        low, high = np.quantile(far.r, (0.25, 0.75))
        columns |= {
            "far_r": far.median,
            "far_low": float(low),
            "far_high": float(high),
            "far_null_high": float(np.quantile(far.null_median, 0.95)),
            "p_far": min(1.0, far.p * tests),
        }
    return columns


def _added(held: Held, found: DominanceTest, tests: int) -> dict[str, FloatArray]:
    usable, general = held.matched.usable, found.found.general
    return {
        "dominance": spread(general, usable),
        "share": spread(general / found.found.r2, usable),
        "null_median": spread(np.median(found.null_general, axis=0), usable),
        "null_high": spread(np.quantile(found.null_general, 0.95, axis=0), usable),
        "p_space": spread(found.p, usable),
        "p_space_max": spread(over_tests(found.p_max, tests), usable),
    }


def _far(held: Held, statistic: str) -> FarPrediction | None:
    """Predict far regions; None where a region has no place or regions are too few."""
    places = held.contrast.atlas.centroid[held.nulls.used]
    if not np.isfinite(places).all():
        return None
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    maps = np.vstack([held.values, held.nulls.maps])
    columns = held.columns
    if statistic == "spearman":
        maps, columns = standardised(maps, "spearman"), standardised(columns.T, "spearman").T
    try:
        return predict_far(maps[0], np.nan_to_num(maps[1:]), columns, apart)
    except ValueError:
        return None
