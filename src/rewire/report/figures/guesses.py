"""What people guessed, how far guesses follow the arms, and what that does to the arm effect."""

from __future__ import annotations

from collections.abc import Sequence

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
        drawing.add_bar(
            y=[theme.safe(arm) for arm in given],
            x=n,
            orientation="h",
            name=theme.safe(f"guessed {meaning}" if own else meaning),
            text=[str(count) if count else "" for count in n],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            marker={
                "color": theme.colour(arms.index(meaning))
                if own
                else _OTHER[min(others.index(meaning), 1)]
            },
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
    for i, (group, ends, chance) in enumerate(((james, (0.0, 1.0), 0.5), (bang, (-1.0, 1.0), 0.0))):
        drawing.add_scatter(
            x=[row.estimate for row in group],
            y=[theme.safe(row.arm or "everybody") for row in group],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [row.ci_high - row.estimate for row in group],
                "arrayminus": [row.estimate - row.ci_low for row in group],
                "color": theme.INK,
            },
            mode="markers",
            marker={"color": theme.INK, "size": 9},
            showlegend=False,
            hoverinfo="skip",
            xaxis=theme.axis_name("x", i),
            yaxis=theme.axis_name("y", i),
        )
        axes = {"xref": theme.axis_name("x", i), "yref": "paper"}
        line = {"color": theme.QUIET, "dash": "dot", "width": 1}
        drawing.add_shape(type="line", x0=chance, x1=chance, y0=0, y1=1, line=line, **axes)
        suffix = "" if i == 0 else "2"
        drawing.update_layout(
            {
                f"xaxis{suffix}": {
                    "range": ends,
                    "domain": edges[i],
                    "anchor": theme.axis_name("y", i),
                },
                f"yaxis{suffix}": {"autorange": "reversed", "anchor": theme.axis_name("x", i)},
            }
        )
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
    spoken = []
    for i, session in enumerate(sessions):
        mine = curves[curves["session"] == session]
        rates = mine[mine["effect"] == "at a rate of right guesses"].dropna(subset=["estimate"])
        axes = {"xaxis": theme.axis_name("x", i), "yaxis": theme.axis_name("y", i)}
        x = rates["rate"].to_numpy(dtype=float)
        low, high = (rates[c].to_numpy(dtype=float) for c in ("low", "high"))
        drawing.add_scatter(
            x=np.concatenate([x, x[::-1]]),
            y=np.concatenate([low, high[::-1]]),
            fill="toself",
            mode="lines",
            line={"width": 0},
            fillcolor="rgba(0,114,178,0.15)",
            showlegend=False,
            hoverinfo="skip",
            **axes,
        )
        for name, style in (("at a rate of right guesses", "lines"), *_MARKS):
            part = mine[mine["effect"] == name].dropna(subset=["estimate"])
            at = part["rate"].fillna(0.5).to_numpy(dtype=float)
            drawing.add_scatter(
                x=at,
                y=part["estimate"].to_numpy(dtype=float),
                mode="lines" if style == "lines" else "markers",
                line={"color": theme.colour(0), "width": 2},
                marker={
                    "color": theme.colour(1),
                    "symbol": "circle" if style == "lines" else style,
                    "size": 10,
                },
                showlegend=False,
                hoverinfo="skip",
                **axes,
            )
            if style != "lines":
                spoken += [_told(session, name, e) for e in part["estimate"]]
        spoken += [_told(session, "at a rate of .5", e) for e in rates["estimate"].tail(1)]
        suffix = "" if i == 0 else str(i + 1)
        drawing.update_layout(
            {
                f"xaxis{suffix}": {
                    "domain": edges[i],
                    "anchor": theme.axis_name("y", i),
                    "autorange": "reversed",
                    "title": {"text": "share who guess right"},
                },
                f"yaxis{suffix}": {
                    "anchor": theme.axis_name("x", i),
                    "matches": None if i == 0 else "y",
                    "showticklabels": i == 0,
                },
            }
        )
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


_MARKS = (("as it was", "circle"), ("beside the guess", "square-open"))


def _told(session: str, what: str, estimate: float) -> str:
    when = names.sentence_case(names.time_label(session))
    return f"{when}, {what}: {numbers.plain(float(estimate))}."
