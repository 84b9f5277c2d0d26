"""A mixed model at a glance: its coefficients, and its residuals and groups beside the normal."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from rewire.report import numbers
from rewire.report.figures import theme
from rewire.report.rows import EffectRow

_INTERCEPT = "(Intercept)"
_HEIGHT = 280


def draw_model(
    name: str, label: str, rows: tuple[EffectRow, ...], checks: pd.DataFrame
) -> theme.Figure:
    """Return coefficients with intervals and, beside them, a normal quantile plot.

    Parameters
    ----------
    name
        Unique on the page.
    label
        What the response is called.
    rows
        The terms; the intercept is not drawn.
    checks
        Columns ``of``, ``expected``, ``observed``; no rows where nothing was checked.
    """
    drawn = [r for r in rows if r.term != _INTERCEPT and math.isfinite(r.estimate)]
    edges = [(0.0, 0.52), (0.62, 1.0)] if len(checks) else [(0.0, 1.0)]
    height = max(_HEIGHT, 90 + 26 * len(drawn))
    drawing = theme.blank(height, legend=bool(len(checks)))
    _forest(drawing, drawn, edges[0])
    if len(checks):
        _quantiles(drawing, checks, edges[1])
    parts = "Left: each coefficient with its interval; the line is no effect."
    if len(checks):
        parts += (
            " Right: residuals and predicted groups in standard deviations beside those of a "
            "normal sample; points far off the line are what the model does not describe."
        )
    spoken = "; ".join(
        f"{r.term} {numbers.plain(r.estimate)} "
        f"({numbers.plain(r.ci_low)} to {numbers.plain(r.ci_high)})"
        for r in drawn
    )
    return theme.Figure(
        name,
        f"Coefficients and checks: {label}",
        parts,
        f"Coefficients of the mixed model of {label}. {spoken}.",
        theme.script_json(drawing),
        height,
    )


def _forest(drawing: Any, rows: list[EffectRow], edge: tuple[float, float]) -> None:
    at = list(range(len(rows)))[::-1]
    for row, place in zip(rows, at, strict=True):
        drawing.add_scatter(
            x=[row.ci_low, row.ci_high],
            y=[place, place],
            mode="lines",
            line={"color": theme.INK, "width": 1.5},
            hoverinfo="skip",
            showlegend=False,
        )
    drawing.add_scatter(
        x=[row.estimate for row in rows],
        y=at,
        mode="markers",
        marker={"color": theme.INK, "size": 8, "symbol": "square"},
        text=[theme.safe(row.term) for row in rows],
        hovertemplate="%{text}: %{x:.3g}<extra></extra>",
        showlegend=False,
    )
    drawing.add_vline(x=0.0, line={"color": theme.QUIET, "width": 1, "dash": "dot"})
    drawing.update_layout(
        xaxis={
            "domain": list(edge),
            "title": {"text": "Estimate and interval"},
            "range": _room(rows),
        },
        yaxis={
            "tickmode": "array",
            "tickvals": at,
            "ticktext": [theme.safe(row.term) for row in rows],
            "range": [-0.6, max(len(rows) - 0.4, 0.6)],
        },
    )


def _room(rows: list[EffectRow]) -> list[float]:
    """Return the ends of an axis that holds every interval and 0, with air."""
    ends = [v for r in rows for v in (r.ci_low, r.ci_high, r.estimate) if math.isfinite(v)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    air = 0.05 * (high - low) or 1.0
    return [low - air, high + air]


def _quantiles(drawing: Any, checks: pd.DataFrame, edge: tuple[float, float]) -> None:
    ends = [float(checks["expected"].min()), float(checks["expected"].max())]
    drawing.add_scatter(
        x=ends,
        y=ends,
        mode="lines",
        line={"color": theme.RULE, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
        xaxis="x2",
        yaxis="y2",
    )
    for k, (of, mine) in enumerate(checks.groupby("of", sort=False)):
        drawing.add_scatter(
            x=mine["expected"].tolist(),
            y=mine["observed"].tolist(),
            mode="markers",
            name=theme.safe(str(of)),
            marker={"color": theme.colour(k), "symbol": theme.symbol(k), "size": 5, "opacity": 0.8},
            hovertemplate="%{y:.2f}<extra></extra>",
            xaxis="x2",
            yaxis="y2",
        )
    drawing.update_layout(
        xaxis2={"domain": list(edge), "anchor": "y2", "title": {"text": "Normal quantile"}},
        yaxis2={"anchor": "x2", "title": {"text": "Observed (SD)"}},
    )
