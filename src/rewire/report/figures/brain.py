"""Regional results at the centroids of the atlas, seen from above and from both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from rewire.core.scales import Scale
from rewire.core.types import FloatArray, Trial
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures import theme
from rewire.report.kinds import wording
from rewire.report.rows import ALPHA, EffectRow
from rewire.report.tables import Column, Table, build, number, p_cell, words

MOST_MAPS = 8
"""Maps that the page draws."""
_VIEWS = (("From above", 0, 1, ""), ("Left side", 1, 2, "L"), ("Right side", 1, 2, "R"))


@dataclass(frozen=True, slots=True, eq=False)
class _Map:
    """One value a region that has a centroid."""

    title: str
    rows: tuple[EffectRow, ...]
    xyz: FloatArray
    side: tuple[str, ...]

    @property
    def family(self) -> tuple[str, bool]:
        """Maps of one family share their colour scale."""
        return self.rows[0].response, self.rows[0].is_association


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
        found = _place(group, contents.trial)
        if found is not None:
            maps.append(found)
    limits: dict[tuple[str, bool], float] = {}
    for one in maps:
        largest = max(abs(row.estimate) for row in one.rows)
        limits[one.family] = max(limits.get(one.family, 0.0), largest)
    return tuple(_figure(i, one, limits[one.family] or 1.0) for i, one in enumerate(maps, 1))


def _place(group: list[EffectRow], trial: Trial) -> _Map | None:
    regions = {row.region for row in group}
    for atlas in trial.atlases.values():
        if not regions <= set(atlas.regions):
            continue
        at = {name: i for i, name in enumerate(atlas.regions)}
        known = [row for row in group if np.isfinite(atlas.centroid[at[row.region]]).all()]
        if len(known) < 4:
            return None
        index = [at[row.region] for row in known]
        xyz = atlas.centroid[index]
        side = tuple(
            atlas.hemisphere[i] or ("L" if x < 0 else "R")
            for i, x in zip(index, xyz[:, 0], strict=True)
        )
        return _Map(_title(known[0], trial.scales), tuple(known), xyz, side)
    return None


def _title(row: EffectRow, scales: Mapping[str, Scale]) -> str:
    who = names.who_label(row.arm, row.sides)
    parts = [names.sentence_case(names.measure_label(row.measure)), wording(row.kind).label]
    parts += [who] if who else []
    parts += (
        [f"with {names.scale_label(row.outcome, scales)}"] if row.outcome and row.measure else []
    )
    parts += [names.level_label(row.level)] if row.level else []
    return ", ".join(parts)


def _figure(index: int, one: _Map, limit: float) -> theme.Figure:
    adjusted = np.array([row.p_adjusted for row in one.rows])
    clear = adjusted < ALPHA
    drawing = theme.blank(300)
    widths = _view_widths(one)
    for i, (title, across, up, side) in enumerate(_VIEWS):
        shown = np.array([side in ("", s) for s in one.side])
        plane = one.xyz[:, [across, up]] * (np.array([-1.0, 1.0]) if side == "L" else 1.0)
        x, y = theme.axis_name("x", i), theme.axis_name("y", i)
        _outline(drawing, plane[shown], (x, y))
        _dots(drawing, one, plane, (shown, clear, limit), (x, y))
        _view_axes(drawing, i, widths[i], plane)
        theme.panel_titles(drawing, [title], [widths[i]])
    drawing.update_layout(coloraxis=_scale(limit), margin={"l": 8, "r": 8, "b": 8, "t": 30})
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


def _view_widths(one: _Map) -> list[tuple[float, float]]:
    spans = np.ptp(one.xyz, axis=0) + 30.0
    need = np.array([spans[0] / spans[1] * 1.3, 1.35, 1.35])
    share = need / need.sum() * 0.86
    left = np.array([0.0, share[0] + 0.02, share[0] + share[1] + 0.04])
    return [(round(float(a), 4), round(float(a + w), 4)) for a, w in zip(left, share, strict=True)]


def _outline(drawing: Any, points: FloatArray, axes: tuple[str, str]) -> None:
    try:
        hull = points[ConvexHull(points).vertices]
    except (QhullError, ValueError):
        return
    centre = hull.mean(axis=0)
    away = hull - centre
    hull = centre + away * (1 + 9 / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9))
    closed = np.vstack([hull, hull[:1]])
    drawing.add_scatter(
        x=closed[:, 0],
        y=closed[:, 1],
        mode="lines",
        line={"shape": "spline", "smoothing": 1.0, "color": theme.RULE, "width": 1.5},
        fill="toself",
        fillcolor="#fafafa",
        hoverinfo="skip",
        xaxis=axes[0],
        yaxis=axes[1],
    )


def _dots(
    drawing: Any,
    one: _Map,
    plane: FloatArray,
    look: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], float],
    axes: tuple[str, str],
) -> None:
    shown, clear, limit = look
    order = [int(i) for i in np.argsort(np.abs([r.estimate for r in one.rows]), kind="stable")]
    order = [i for i in order if shown[i]]
    rows = [one.rows[i] for i in order]
    drawing.add_scatter(
        x=plane[order, 0],
        y=plane[order, 1],
        mode="markers",
        marker={
            "size": [5 + 11 * abs(row.estimate) / limit for row in rows],
            "color": [row.estimate for row in rows],
            "coloraxis": "coloraxis",
            "opacity": 1,
            "line": {
                "color": [theme.INK if clear[i] else "#b8bec5" for i in order],
                "width": [2 if clear[i] else 0.5 for i in order],
            },
        },
        hovertext=[
            f"{theme.safe(r.region)}<br>{numbers.plain(r.estimate)}, "
            f"{theme.safe(numbers.p_phrase(r.p_adjusted, 'adjusted p'))}"
            for r in rows
        ],
        hoverinfo="text",
        xaxis=axes[0],
        yaxis=axes[1],
    )


def _view_axes(drawing: Any, i: int, edge: tuple[float, float], plane: FloatArray) -> None:
    suffix = "" if i == 0 else str(i + 1)
    low, high = plane.min(axis=0) - 14, plane.max(axis=0) + 14
    drawing.update_layout(
        {
            f"xaxis{suffix}": {
                "domain": edge,
                "range": [float(low[0]), float(high[0])],
                "visible": False,
                "anchor": theme.axis_name("y", i),
                "constrain": "domain",
            },
            f"yaxis{suffix}": {
                "range": [float(low[1]), float(high[1])],
                "visible": False,
                "anchor": theme.axis_name("x", i),
                "scaleanchor": theme.axis_name("x", i),
            },
        }
    )


def _scale(limit: float) -> dict[str, Any]:
    return {
        "cmin": -limit,
        "cmax": limit,
        "colorscale": [list(stop) for stop in theme.DIVERGING],
        "colorbar": {"thickness": 9, "len": 0.7, "outlinewidth": 0, "nticks": 5, "x": 0.93},
    }


def _seen(one: _Map, clear: np.ndarray[Any, Any]) -> str:
    total = f"{int(clear.sum())} of {len(one.rows)} regions have an adjusted p below .05"
    strongest = max(one.rows, key=lambda row: abs(row.estimate))
    return (
        f"{total}; the largest estimate is {numbers.plain(strongest.estimate)} "
        f"({strongest.region})."
    )


def _table(index: int, one: _Map) -> Table:
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
