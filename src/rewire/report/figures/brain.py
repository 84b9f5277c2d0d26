"""Regional results at the centroids of the atlas, seen from above and from both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewire.core.scales import Scale
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures import theme
from rewire.report.figures.brain_views import RegionMap, draw_map, place_rows
from rewire.report.kinds import wording
from rewire.report.rows import ALPHA, EffectRow
from rewire.report.tables import Column, Table, build, number, p_cell, words

MOST_MAPS = 8
"""Maps that the page draws."""


def brain_maps(contents: Contents, rows: tuple[EffectRow, ...]) -> tuple[theme.Figure, ...]:
    """Return regional results as maps, one a question, measure and arm.

    Parameters
    ----------
    contents
        The report's contents.
    rows
        The effects table.

    Returns
    -------
    tuple of Figure
        Empty where there is no regional result or no centroid.
    """
    groups: dict[tuple[str, ...], list[EffectRow]] = {}
    for row in rows:
        if row.region and not row.region2 and np.isfinite(row.estimate):
            key = (row.question, row.measure, row.outcome, row.session, row.arm, row.level)
            groups.setdefault(key, []).append(row)
    maps = []
    for group in groups.values():
        found = place_rows(group, contents.trial, _title(group[0], contents.trial.scales))
        if found is not None:
            maps.append(found)
    limits: dict[tuple[str, bool], float] = {}
    for one in maps:
        largest = max(abs(row.estimate) for row in one.rows)
        limits[one.family] = max(limits.get(one.family, 0.0), largest)
    return tuple(_figure(i, one, limits[one.family] or 1.0) for i, one in enumerate(maps, 1))


def _title(row: EffectRow, scales: Mapping[str, Scale]) -> str:
    who = names.who_label(row.arm, row.sides)
    parts = [names.sentence_case(names.measure_label(row.measure)), wording(row.kind).label]
    parts += [who] if who else []
    parts += (
        [f"with {names.scale_label(row.outcome, scales)}"] if row.outcome and row.measure else []
    )
    parts += [names.level_label(row.level)] if row.level else []
    return ", ".join(parts)


def _figure(index: int, one: RegionMap, limit: float) -> theme.Figure:
    adjusted = np.array([row.p_adjusted for row in one.rows])
    clear = adjusted < ALPHA
    drawing = draw_map(one, clear, limit)
    seen = _seen(one, clear)
    return theme.Figure(
        f"brain-{index}",
        one.title,
        "Each disc is a region at its centroid (MNI space; from above, the front is up and left is "
        "left); colour and size give the estimate on the scale of all maps of this measure, a "
        f"black ring marks an adjusted p below .05. {seen}",
        f"{one.title}. {len(one.rows)} regions from above and from both sides. {seen}",
        theme.script_json(drawing),
        300,
        _table(index, one),
    )


def _seen(one: RegionMap, clear: np.ndarray[Any, Any]) -> str:
    total = f"{int(clear.sum())} of {len(one.rows)} regions have an adjusted p below .05"
    strongest = max(one.rows, key=lambda row: abs(row.estimate))
    return (
        f"{total}; the largest estimate is {numbers.plain(strongest.estimate)} "
        f"({strongest.region})."
    )


def _table(index: int, one: RegionMap) -> Table:
    columns = [Column("Region")]
    columns += [
        Column(c, numeric=True) for c in ("Estimate", "CI low", "CI high", "p", "p adjusted")
    ]
    ranked = sorted(one.rows, key=lambda row: (np.isnan(row.p), row.p))
    cells = [
        (
            words(row.region),
            number(row.estimate),
            number(row.ci_low),
            number(row.ci_high),
            p_cell(row.p),
            p_cell(row.p_adjusted),
        )
        for row in ranked
    ]
    return build(f"brain-numbers-{index}", f"{one.title}, by p", columns, cells)
