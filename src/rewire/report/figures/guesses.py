"""What people guessed, how far guesses follow the arms, and what that does to the arm effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from rewire.report import names, numbers
from rewire.report.figures import theme
from rewire.report.rows import EffectRow

_OTHER = ("#b8bec6", "#e4e7ea")


def guess_bars(identity: str, guesses: pd.DataFrame, arms: Sequence[str]) -> theme.Figure:
    """Return stacked bars of guesses, one bar an arm, with the counts in them.

    Parameters
    ----------
    identity
        Unique on the page.
    guesses
        One question's rows of the table ``blinding_guesses``.
    arms
        In the order of the design, so that arms keep their colours.
    """
    counted = guesses.groupby(["arm", "counts_as"], sort=False)["n"].sum()
    given = list(dict.fromkeys(guesses["arm"]))
    meanings = list(dict.fromkeys(guesses["counts_as"]))
    ordered = [*(m for m in arms if m in meanings), *(m for m in meanings if m not in arms)]
    height = 96 + 46 * len(given)
    drawing = theme.blank(height, legend=True)
    others = [m for m in ordered if m not in arms]
    spoken = []
    for meaning in ordered:
        n = [int(counted.get((arm, meaning), 0)) for arm in given]
        own = meaning in arms
        shade = _OTHER[min(others.index(meaning), 1)] if not own else ""
        drawing.add_bar(
            y=[theme.safe(arm) for arm in given],
            x=n,
            orientation="h",
            name=theme.safe(f"guessed {meaning}" if own else meaning),
            text=[str(count) if count else "" for count in n],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            marker={"color": shade or theme.colour(arms.index(meaning))},
            hoverinfo="skip",
        )
    for arm in given:
        parts = [f"{int(counted.get((arm, m), 0))} {m}" for m in ordered if (arm, m) in counted]
        spoken.append(f"{names.sentence_case(arm)}: {numbers.listing(parts)}.")
    drawing.update_layout(
        barmode="stack",
        bargap=0.35,
        xaxis={"title": {"text": "people"}},
        yaxis={"autorange": "reversed"},
        legend={"traceorder": "normal"},
    )
    told = " ".join(spoken)
    return theme.Figure(
        identity,
        "What people guessed",
        f"One bar an arm; colours are what people guessed. {told}",
        f"Stacked bars of guesses in {numbers.count(len(given), 'arm')}. {told}",
        theme.script_json(drawing),
        height,
    )


def index_marks(identity: str, rows: Sequence[EffectRow], percent: str) -> theme.Figure:
    """Return the indices of blinding with their intervals, James's and Bang's side by side.

    Parameters
    ----------
    identity
        Unique on the page.
    rows
        Rows with measure ``james_index`` or ``bang_index``.
    percent
        Level of the intervals, such as ``95%``.
    """
    james = [row for row in rows if not row.arm]
    bang = [row for row in rows if row.arm]
    height = 110 + 34 * max(len(bang), 1)
    drawing = theme.blank(height)
    edges = [(0.0, 0.4), (0.58, 1.0)]
    _index_panel(drawing, 0, james, (0.0, 0.5, 1.0))
    _index_panel(drawing, 1, bang, (-1.0, 0.0, 1.0))
    for i, suffix in enumerate(("", "2")):
        drawing.update_layout({f"xaxis{suffix}": {"domain": edges[i]}})
    theme.panel_titles(drawing, ("James's index (chance .5)", "Bang's index (chance 0)"), edges)
    spoken = " ".join(
        f"{names.sentence_case(row.arm or 'everybody')}: {numbers.unit_bound(row.estimate)} "
        f"({numbers.interval(row.ci_low, row.ci_high, bounded=True, decimals=2)})."
        for row in rows
        if np.isfinite(row.estimate)
    )
    return theme.Figure(
        identity,
        "Indices of blinding",
        f"Marks are indices with {percent} intervals; the dotted lines are guesses at random. "
        f"Towards James's 0 and Bang's 1 guesses are right. {spoken}",
        f"Indices with intervals. {spoken}",
        theme.script_json(drawing),
        height,
    )


def _index_panel(
    drawing: Any, panel: int, rows: Sequence[EffectRow], marks: tuple[float, float, float]
) -> None:
    """Draw indices with intervals; ``marks`` are the lowest index, chance and the highest."""
    lowest, chance, highest = marks
    x, y = theme.axis_name("x", panel), theme.axis_name("y", panel)
    drawing.add_scatter(
        x=[row.estimate for row in rows],
        y=[theme.safe(row.arm or "everybody") for row in rows],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [row.ci_high - row.estimate for row in rows],
            "arrayminus": [row.estimate - row.ci_low for row in rows],
            "color": theme.INK,
        },
        mode="markers",
        marker={"color": theme.INK, "size": 9},
        showlegend=False,
        hoverinfo="skip",
        xaxis=x,
        yaxis=y,
    )
    line = {"color": theme.QUIET, "dash": "dot", "width": 1}
    drawing.add_shape(
        type="line", x0=chance, x1=chance, y0=0, y1=1, line=line, xref=x, yref=f"{y} domain"
    )
    suffix = "" if panel == 0 else str(panel + 1)
    drawing.update_layout(
        {
            f"xaxis{suffix}": {"range": (lowest, highest), "anchor": y},
            f"yaxis{suffix}": {"autorange": "reversed", "anchor": x},
        }
    )


def rate_curves(identity: str, curves: pd.DataFrame, label: str, percent: str) -> theme.Figure:
    """Return the arm effect over the rate of right guesses, a panel a session.

    Parameters
    ----------
    identity
        Unique on the page.
    curves
        Rows of the table ``blinding_cgr`` of one outcome and contrast.
    label
        What the outcome is called.
    percent
        Level of the intervals, such as ``95%``.
    """
    sessions = list(dict.fromkeys(curves["session"]))
    edges = theme.domains(len(sessions), 0.05) if len(sessions) > 1 else [(0.0, 0.62)]
    drawing = theme.blank(320)
    spoken: list[str] = []
    for i, session in enumerate(sessions):
        spoken += _rate_panel(drawing, i, curves[curves["session"] == session], session)
        _rate_axes(drawing, i, edges[i])
    contrast = str(curves["contrast"].iloc[0]).replace(" - ", f" {numbers.MINUS} ")
    drawing.update_layout(yaxis={"title": {"text": theme.safe(f"arm effect, {label}")}})
    theme.panel_titles(drawing, [names.time_label(s) for s in sessions], edges)
    told = " ".join(spoken)
    return theme.Figure(
        identity,
        f"{label}, {contrast}: the effect if fewer had guessed right",
        f"The line is the arm effect on the change if that share had guessed right ({percent} "
        f"interval), from the share observed down to a half; the circle is the effect as it was, "
        f"the square the effect beside the guess. {told}",
        f"Curves in {numbers.count(len(sessions), 'panel')}. {told}",
        theme.script_json(drawing),
        320,
    )


_RATE = "at a rate of right guesses"
_MARKS = (("as it was", "circle"), ("beside the guess", "square-open"))


def _rate_panel(drawing: Any, panel: int, mine: pd.DataFrame, session: str) -> list[str]:
    """Draw one session's curve, band and marks; return them in words."""
    axes = {
        "xaxis": theme.axis_name("x", panel),
        "yaxis": theme.axis_name("y", panel),
        "showlegend": False,
        "hoverinfo": "skip",
    }
    curve = mine[mine["effect"] == _RATE].dropna(subset=["estimate"])
    x, y, low, high = (curve[c].to_numpy(dtype=float) for c in ("rate", "estimate", "low", "high"))
    drawing.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([low, high[::-1]]),
        fill="toself",
        mode="lines",
        line={"width": 0},
        fillcolor="rgba(0,114,178,0.15)",
        **axes,
    )
    drawing.add_scatter(x=x, y=y, mode="lines", line={"color": theme.colour(0), "width": 2}, **axes)
    spoken = []
    for name, marker in _MARKS:
        part = mine[mine["effect"] == name].dropna(subset=["estimate"])
        drawing.add_scatter(
            x=part["rate"].fillna(0.5).to_numpy(dtype=float),
            y=part["estimate"].to_numpy(dtype=float),
            mode="markers",
            marker={"color": theme.colour(1), "symbol": marker, "size": 10},
            **axes,
        )
        spoken += [_told(session, name, e) for e in part["estimate"]]
    return [*spoken, *(_told(session, "at a rate of .5", e) for e in y[-1:])]


def _rate_axes(drawing: Any, panel: int, edges: tuple[float, float]) -> None:
    suffix = "" if panel == 0 else str(panel + 1)
    drawing.update_layout(
        {
            f"xaxis{suffix}": {
                "domain": edges,
                "anchor": theme.axis_name("y", panel),
                "autorange": "reversed",
                "title": {"text": "share who guess right"},
            },
            f"yaxis{suffix}": {
                "anchor": theme.axis_name("x", panel),
                "matches": None if panel == 0 else "y",
                "showticklabels": panel == 0,
            },
        }
    )


def _told(session: str, what: str, estimate: float) -> str:
    when = names.sentence_case(names.time_label(session))
    return f"{when}, {what}: {numbers.plain(float(estimate))}."
