"""What components of gene expression explain, beside null maps."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from rewire.report import numbers
from rewire.report.figures import theme

_SHOWN = 3


def null_figure(
    identity: str, what: str, components: pd.DataFrame, nulls: pd.DataFrame
) -> theme.Figure:
    """Return histograms of the share in null maps with the observed share as a line.

    Parameters
    ----------
    identity
        Unique on the page.
    what
        Measure, arm and time.
    components
        Rows of ``gene_components`` of one test; the first three are drawn.
    nulls
        Rows of ``gene_component_nulls`` of the same test.
    """
    drawing = theme.blank(280)
    shown = components.head(_SHOWN)
    edges = theme.domains(len(shown))
    for at, (_, row) in enumerate(shown.iterrows()):
        _panel(drawing, at, row, nulls[nulls["component"] == row["component"]])
        _axes(drawing, at, edges[at])
    theme.panel_titles(drawing, [_title(row) for _, row in shown.iterrows()], edges)
    drawing.update_layout(margin={"t": 40}, bargap=0)
    spoken = "; ".join(
        f"{row['component']} explains {row['explained']:.2f}, half of the null maps at least "
        f"{row['null_median']:.2f} and one in twenty at least {row['null_95']:.2f}"
        for _, row in shown.iterrows()
    )
    return theme.Figure(
        f"gene-components-{identity}",
        f"What gene expression explains: {what}",
        "Grey: the share that the same component, fitted anew, explains of each null map. The "
        "coloured line is the map itself. Many genes fit any smooth map well: only a line beyond "
        "the grey says something about this one.",
        f"Histograms with a line each. {spoken}.",
        theme.script_json(drawing),
        280,
    )


def _panel(drawing: go.Figure, at: int, row: pd.Series, mine: pd.DataFrame) -> None:
    """Draw the null maps of one component as bars and the observed share as a line."""
    axes = {"xaxis": theme.axis_name("x", at), "yaxis": theme.axis_name("y", at)}
    drawing.add_bar(
        x=((mine["low"] + mine["high"]) / 2).tolist(),
        y=mine["null_maps"].tolist(),
        width=(mine["high"] - mine["low"]).tolist(),
        marker={"color": theme.RULE},
        hovertemplate="share %{x:.2f}<br>%{y} null maps<extra></extra>",
        showlegend=False,
        **axes,
    )
    drawing.add_scatter(
        x=[float(row["explained"])] * 2,
        y=[0.0, 1.08 * float(mine["null_maps"].max())],
        mode="lines",
        line={"color": theme.colour(1), "width": 2.5},
        hovertemplate="observed %{x:.2f}<extra></extra>",
        showlegend=False,
        **axes,
    )


def _axes(drawing: go.Figure, at: int, edges: tuple[float, float]) -> None:
    x, y = theme.axis_name("x", at), theme.axis_name("y", at)
    across = {
        "domain": list(edges),
        "anchor": y,
        "title": {"text": "Share of variance"},
        "rangemode": "tozero",
    }
    up = {
        "anchor": x,
        "title": {"text": "Null maps" if at == 0 else ""},
        "showticklabels": at == 0,
    }
    drawing.update_layout({f"xaxis{x[1:]}": across, f"yaxis{y[1:]}": up})


def _title(row: pd.Series) -> str:
    return f"{row['component']}: {numbers.p_phrase(float(row['p_space']), 'p over space')}"
