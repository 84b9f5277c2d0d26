"""A forest of links: one correlation a line, with its interval and both p."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures import theme
from rewire.report.rows import EffectRow
from rewire.report.tables import Table

_LINE = 26


def link_forest(
    identity: str, rows: Sequence[EffectRow], contents: Contents, table: Table
) -> theme.Figure:
    """Return correlations of a measure with several scores, each with its interval.

    Parameters
    ----------
    identity
        Unique on the page.
    rows
        Correlations, in the order in which they are drawn from the top.
    contents
        The report's contents.
    table
        The numbers drawn.
    """
    height = 110 + _LINE * len(rows)
    drawing = theme.blank(height, legend=len({row.arm for row in rows}) > 1)
    for i, arm in enumerate(dict.fromkeys(row.arm for row in rows)):
        mine = [(at, row) for at, row in enumerate(rows) if row.arm == arm]
        drawing.add_trace(
            go.Scatter(
                x=[row.estimate for _, row in mine],
                y=[-at for at, _ in mine],
                mode="markers",
                name=theme.safe(arm or "everybody"),
                marker={"color": theme.colour(i), "symbol": theme.symbol(i), "size": 9},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [row.ci_high - row.estimate for _, row in mine],
                    "arrayminus": [row.estimate - row.ci_low for _, row in mine],
                    "color": theme.colour(i),
                    "thickness": 1.5,
                    "width": 0,
                },
                hoverinfo="skip",
            )
        )
    drawing.add_vline(x=0, line={"color": theme.RULE, "width": 1})
    ticks = [theme.safe(_label(row, contents)) for row in rows]
    drawing.update_yaxes(tickvals=[-i for i in range(len(rows))], ticktext=ticks)
    drawing.update_xaxes(range=[-1.02, 1.02], title={"text": "correlation"})
    for at, row in enumerate(rows):
        drawing.add_annotation(
            x=1.02,
            y=-at,
            xanchor="left",
            xref="paper",
            showarrow=False,
            text=" | ".join(numbers.p_value(p) for p in both_sides(row)),
            font={"size": 12, "color": theme.QUIET},
        )
    drawing.add_annotation(
        x=1.02, y=1.0, yshift=18, xanchor="left", xref="paper", yref="paper", showarrow=False,
        text="p one- | two-sided", font={"size": 12, "color": theme.QUIET},
    )  # fmt: skip
    drawing.update_layout(margin={"r": 150, "l": 190})
    caption = (
        "Each line is one correlation with its interval. The one-sided p is on the side of the "
        "estimate, which is the smallest that a direction chosen afterwards can give."
    )
    spoken = "; ".join(
        f"{_label(row, contents)}, {row.arm or 'everybody'}: {numbers.unit_bound(row.estimate)}"
        for row in rows
    )
    title = "The link on each score"
    return theme.Figure(identity, title, caption, spoken, theme.script_json(drawing), height, table)


def both_sides(row: EffectRow) -> tuple[float, float]:
    """Return p on the side of the estimate, and two-sided p.

    Parameters
    ----------
    row
        Tested on either side.
    """
    smaller = min(row.p, 1.0 - row.p)
    two = row.p if row.alternative in ("", "two-sided") else 2.0 * smaller
    return two / 2.0, two


def _label(row: EffectRow, contents: Contents) -> str:
    scale = names.scale_label(row.outcome, contents.trial.scales)
    when = names.time_label(row.session)
    return f"{scale}, {when}" if when else scale
