"""What all figures share: colours safe for colour-blind readers, type, and safe text."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rewire.report.tables import Table

ARM_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's colours, in the order in which arms take them."""
ARM_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "triangle-down", "pentagon")
DIVERGING = (
    (0.0, "#08519c"),
    (0.25, "#6baed6"),
    (0.5, "#f7f7f7"),
    (0.75, "#fdae6b"),
    (1.0, "#a63603"),
)
"""Blue below zero, brown-orange above: distinct to readers with any colour vision."""
INK, QUIET, RULE = "#1f2328", "#59636e", "#d4d8dd"
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, 'Liberation Sans', sans-serif"


def _nine_digits(text: str) -> float:
    """Return a number as tables write it, so that the last bits of a sum change no drawing.

    Kernels that were compiled in this process and the same ones out of numba's cache may round
    differently there.
    """
    return float(f"{float(text):.9g}")


def _nine_digit_array(value: dict[str, Any]) -> dict[str, Any]:
    """Do the same to an array that plotly packed."""
    if value.get("dtype") != "f8" or not isinstance(value.get("bdata"), str):
        return value
    numbers = np.frombuffer(base64.b64decode(value["bdata"]), dtype="<f8")
    rounded = np.array([float(f"{number:.9g}") for number in numbers], dtype="<f8")
    return {**value, "bdata": base64.b64encode(rounded.tobytes()).decode()}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the page.

    Parameters
    ----------
    id
        Unique on the page.
    title
        A short heading.
    caption
        What is drawn and how to read it.
    description
        What is seen, for readers who cannot see it.
    spec
        The drawing as JSON, safe inside a script element.
    height
        In CSS pixels.
    table
        The numbers drawn or their summary, None where the caption says all.
    """

    id: str
    title: str
    caption: str
    description: str
    spec: str
    height: int
    table: Table | None = None


def safe(text: str) -> str:
    """Return text that plotly draws as it stands; plotly reads a subset of HTML.

    Examples
    --------
    >>> safe("<b>a & b</b>")
    '&lt;b&gt;a &amp; b&lt;/b&gt;'
    """
    return html.escape(text, quote=False)


def script_json(drawing: go.Figure) -> str:
    """Return a drawing as JSON that cannot end the script element that holds it."""
    text = json.dumps(
        json.loads(
            drawing.to_json(engine="json"), parse_float=_nine_digits, object_hook=_nine_digit_array
        ),
        separators=(",", ":"),
        ensure_ascii=True,
    )
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def colour(index: int) -> str:
    """Return the colour of the arm at this place in the design."""
    return ARM_COLOURS[index % len(ARM_COLOURS)]


def symbol(index: int) -> str:
    """Return the marker of the arm at this place in the design."""
    return ARM_SYMBOLS[index % len(ARM_SYMBOLS)]


@cache
def _template() -> Any:
    axis = {
        "showgrid": False,
        "zeroline": False,
        "linecolor": QUIET,
        "linewidth": 1,
        "showline": True,
        "ticks": "outside",
        "tickcolor": QUIET,
        "ticklen": 4,
        "title": {"standoff": 8, "font": {"size": 12.5}},
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 12, "color": INK},
            "paper_bgcolor": "white",
            "plot_bgcolor": "white",
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {"bgcolor": "white", "font": {"family": FONT, "size": 12}},
            "margin": {"l": 60, "r": 16, "t": 34, "b": 46},
            "dragmode": False,
        }
    )


def blank(height: int, *, legend: bool = False) -> go.Figure:
    """Return an empty drawing in the style of the page."""
    drawing = go.Figure()
    drawing.update_layout(
        template=_template(),
        height=height,
        autosize=True,
        showlegend=legend,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "title": {"text": ""}},
    )
    return drawing


def domains(columns: int, gap: float = 0.06) -> list[tuple[float, float]]:
    """Return the left and right edges of equal panels side by side, as shares of the width.

    Examples
    --------
    >>> domains(2, 0.1)
    [(0.0, 0.45), (0.55, 1.0)]
    """
    width = (1 - gap * (columns - 1)) / columns
    return [
        (round(i * (width + gap), 4), round(i * (width + gap) + width, 4)) for i in range(columns)
    ]


def axis_name(letter: str, index: int) -> str:
    """Return what plotly calls the axis of a panel: ``x``, ``x2``, ``x3``."""
    return letter if index == 0 else f"{letter}{index + 1}"


def panel_titles(
    drawing: go.Figure, titles: Sequence[str], edges: Sequence[tuple[float, float]]
) -> None:
    """Write a title above each panel, at its left edge; the text is made safe here."""
    for title, (left, _) in zip(titles, edges, strict=True):
        drawing.add_annotation(
            text=f"<b>{safe(title)}</b>",
            x=left,
            y=1.0,
            yshift=8,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font={"size": 12.5},
        )
