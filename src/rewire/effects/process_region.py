"""Where along a moderator the drug has an effect, and the people who lie there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rewire.effects.answering import Asking
from rewire.effects.inference import place_columns
from rewire.effects.process_factors import PLACES
from rewire.effects.process_slopes import Moderation, line_of, shared_range
from rewire.effects.tables import Piece
from rewire.numerics.johnson_neyman import RegionRule, count_inside, critical_t, region

CURVE_POINTS = 61
"""Values at which the effect along a moderator is written for drawing."""

NO_REGION = "no value at which the effect is clear"
NOBODY = "nobody has such values in both arms"


def region_pieces(
    asking: Asking,
    found: Moderation,
    where: tuple[int, int],
    rule: RegionRule,
    named: Piece,
) -> Iterator[Piece]:
    """Return one row an interval in which the effect differs from zero; one that says none."""
    row, level = where
    low, high = shared_range(found, level)
    people = np.isin(found.drug.codes, [level, found.drug.reference])
    columns: dict[str, list[float]] = {k: [] for k in ("cell", "low", "high", "n", "critical")}
    for cell in range(len(low)):
        line = line_of(found, level, cell)
        x = found.x[found.fit.used[:, cell] & people]
        inside = x[(x >= low[cell]) & (x <= high[cell])]
        critical = critical_t(line, inside, asking.inference.confidence, rule)
        intervals = region(line, critical, low[cell], high[cell]) or ((np.nan, np.nan),)
        for start, end in intervals:
            held = count_inside(x, ((start, end),))
            values = (cell, start, end, held, critical)
            for key, value in zip(columns, values, strict=True):
                columns[key].append(float(value))
    cells = np.array(columns.pop("cell"), dtype=np.int64)
    arrays = {k: np.array(v) for k, v in columns.items()}
    status = np.where(
        found.fit.status[row][cells] != "ok",
        found.fit.status[row][cells],
        np.where(
            np.isfinite(arrays["critical"]),
            np.where(np.isfinite(arrays["low"]), "ok", NO_REGION),
            NOBODY,
        ),
    )
    placed = {k: np.asarray(v)[cells] for k, v in named.items() if isinstance(v, np.ndarray)}
    yield {**named, **placed, "what": "region", **arrays, "rule": rule, "status": status}


def curve_pieces(asking: Asking, found: Moderation, rule: RegionRule) -> Iterator[Piece]:
    """Return the effect along the moderator with its band, of responses with a single cell.

    The band holds the error as the region does: the effect is clear exactly where it excludes 0.
    """
    if len(found.panel.response.places) > 1:
        return
    base = {k: v for k, v in response_columns(asking, found).items() if isinstance(v, str)}
    for level in found.others:
        (low,), (high,) = shared_range(found, level)
        line = line_of(found, level, 0)
        people = found.fit.used[:, 0] & np.isin(found.drug.codes, [level, found.drug.reference])
        x = found.x[people & (found.x >= low) & (found.x <= high)]
        critical = critical_t(line, x, asking.inference.confidence, rule)
        if not np.isfinite(critical):
            continue
        at = np.linspace(low, high, CURVE_POINTS)
        plain = critical_t(line, x, asking.inference.confidence, "pointwise")
        estimate, se = line.at(at), line.se(at)
        yield {
            **base,
            "contrast": found.drug.against(level),
            "value": at,
            "estimate": estimate,
            "ci_low": estimate - plain * se,
            "ci_high": estimate + plain * se,
            "band_low": estimate - critical * se,
            "band_high": estimate + critical * se,
            "rule": rule,
        }


def response_columns(asking: Asking, found: Moderation) -> dict[str, np.ndarray | str]:
    """Return what a response is called in the tables of moderation."""
    return {
        "question": asking.question.name,
        "measure": found.panel.response.measure,
        "outcome": found.panel.response.outcome,
        "session": found.panel.session,
        **place_columns(found.panel.response, PLACES),
        "moderator": found.name,
    }
