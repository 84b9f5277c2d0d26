"""Regions at their centroids, drawn from above and from both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from rewire.core.types import FloatArray, Trial
from rewire.report import numbers
from rewire.report.figures import theme
from rewire.report.rows import EffectRow

_VIEWS = (("From above", 0, 1, ""), ("Left side", 1, 2, "L"), ("Right side", 1, 2, "R"))


@dataclass(frozen=True, slots=True, eq=False)
class RegionMap:
    """One value a region that has a centroid."""

    title: str
    rows: tuple[EffectRow, ...]
    xyz: FloatArray
    side: tuple[str, ...]

    @property
    def family(self) -> tuple[str, bool]:
        """Maps of one family share their colour scale."""
        return self.rows[0].response, self.rows[0].is_association


def plain_map(
    identity: str, title: str, rows: tuple[EffectRow, ...], trial: Trial
) -> theme.Figure | None:
    """Return a map of estimates that are not tested region by region.

    Parameters
    ----------
    identity
        Unique on the page.
    title
        What is mapped.
    rows
        One a region.
    trial
        Its atlases say where regions lie.

    Returns
    -------
    Figure or None
        None where too few regions have a centroid.
    """
    one = place_rows([row for row in rows if np.isfinite(row.estimate)], trial, title)
    if one is None:
        return None
    limit = max(abs(row.estimate) for row in one.rows) or 1.0
    strongest = max(one.rows, key=lambda row: abs(row.estimate))
    seen = f"The largest estimate is {numbers.plain(strongest.estimate)} ({strongest.region})."
    return theme.Figure(
        identity,
        title,
        "Each disc is a region at its centroid (MNI space; from above, the front is up and left is "
        f"left); colour and size give the estimate. {seen}",
        f"{title}. {len(one.rows)} regions from above and from both sides. {seen}",
        theme.script_json(draw_map(one, np.zeros(len(one.rows), dtype=np.bool_), limit)),
        300,
    )


def place_rows(group: list[EffectRow], trial: Trial, title: str) -> RegionMap | None:
    """Return rows at the centroids of the atlas that has them; None where too few have one."""
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
        return RegionMap(title, tuple(known), xyz, side)
    return None


def draw_map(one: RegionMap, clear: np.ndarray[Any, Any], limit: float) -> Any:
    """Return a map drawn; ``clear`` regions have a ring, ``limit`` ends the colour scale."""
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
    return drawing


def _view_widths(one: RegionMap) -> list[tuple[float, float]]:
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
    one: RegionMap,
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
            f"{theme.safe(r.region)}<br>{numbers.plain(r.estimate)}{_told_p(r)}" for r in rows
        ],
        hoverinfo="text",
        xaxis=axes[0],
        yaxis=axes[1],
    )


def _told_p(row: EffectRow) -> str:
    if np.isnan(row.p):
        return ""
    return f", {theme.safe(numbers.p_phrase(row.p_adjusted, 'adjusted p'))}"


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
