"""Drug and context drawn: everybody in their cell, effects with bounds, and along a moderator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from rewire.effects.process_factors import CLEAR
from rewire.report import numbers
from rewire.report.figures import theme

_SHADE = "rgba(0, 114, 178, 0.13)"
_BOUND = "rgba(89, 99, 110, 0.10)"


def cell_means(
    identity: str, label: str, context: str, cells: pd.DataFrame, people: pd.DataFrame
) -> theme.Figure:
    """Return the means of drug by context with every participant.

    Parameters
    ----------
    identity
        Unique on the page.
    label, context
        What the response and the context are called.
    cells
        Rows of ``process_cells`` of one response and context.
    people
        Rows of ``process_people`` of the same.
    """
    contexts = list(dict.fromkeys(cells["context_level"]))
    drugs = list(dict.fromkeys(cells["drug_level"]))
    drawing = theme.blank(360, legend=True)
    width = 0.7 / len(drugs)
    for i, drug in enumerate(drugs):
        offset = (i - (len(drugs) - 1) / 2) * width
        _people(drawing, people[people["drug_level"] == drug], contexts, (i, offset, width))
        _means(drawing, cells[cells["drug_level"] == drug], contexts, (i, offset, drug))
    drawing.update_layout(
        xaxis={
            "tickvals": list(range(len(contexts))),
            "ticktext": [theme.safe(c) for c in contexts],
            "range": [-0.5, len(contexts) - 0.5],
            "title": {"text": theme.safe(context)},
        },
        yaxis={"title": {"text": theme.safe(f"{label}, last session")}},
        margin={"t": 44},
    )
    told = [
        f"{row['drug_level']}, {row['context_level']}: {numbers.plain(row['adjusted_mean'])} "
        f"(n = {row['n']})"
        for row in cells.to_dict("records")
    ]
    return theme.Figure(
        identity,
        f"{label} by drug and {context}",
        "Each small mark is a participant as scored; large marks are means at the average "
        "baseline, with intervals. Cells of fewer than three people have none.",
        "Adjusted means. " + "; ".join(told) + ".",
        theme.script_json(drawing),
        360,
    )


def effects_forest(
    identity: str, label: str, rows: pd.DataFrame, unit: str, percent: str
) -> theme.Figure:
    """Return main, interaction and simple effects with the bound within which they count as none.

    Parameters
    ----------
    identity
        Unique on the page.
    label
        What the response is called.
    rows
        Rows of ``process_simple`` of one response and context.
    unit
        Unit of the response.
    percent
        Level of the intervals, as ``95%``.
    """
    drawn = rows[np.isfinite(rows["estimate"])].reset_index(drop=True)
    height = 110 + 30 * len(drawn)
    drawing = theme.blank(height)
    places = np.arange(len(drawn))[::-1]
    texts = [theme.safe(_effect_label(row)) for row in drawn.to_dict("records")]
    strong = ~drawn["part"].str.contains("within").to_numpy(dtype=bool)
    drawing.add_scatter(
        x=drawn["estimate"],
        y=places,
        mode="markers",
        error_x={
            "type": "data",
            "symmetric": False,
            "array": drawn["ci_high"] - drawn["estimate"],
            "arrayminus": drawn["estimate"] - drawn["ci_low"],
            "color": theme.QUIET,
            "thickness": 1.6,
            "width": 0,
        },
        marker={
            "color": [theme.colour(0) if s else theme.QUIET for s in strong],
            "symbol": ["square" if s else "circle-open" for s in strong],
            "size": 9,
        },
        hoverinfo="skip",
        showlegend=False,
    )
    bound = float(drawn["bound"].iloc[0]) if len(drawn) else float("nan")
    if np.isfinite(bound):
        drawing.add_vrect(x0=-bound, x1=bound, fillcolor=_BOUND, line_width=0, layer="below")
    drawing.add_vline(x=0, line={"color": theme.INK, "width": 1})
    drawing.update_layout(
        xaxis={"title": {"text": theme.safe(f"difference, {unit}" if unit else "difference")}},
        yaxis={
            "tickvals": places.tolist(),
            "ticktext": texts,
            "range": [-0.7, len(drawn) - 0.3],
        },
    )
    caption = (
        f"Squares: main effects and interaction; circles: simple effects. Lines are {percent} "
        "intervals. "
    )
    if np.isfinite(bound):
        caption += f"The grey band is what counts as none, within {numbers.plain(bound)} of 0. "
    caption += "Simple effects are no finding of their own where the interaction is not clear."
    return theme.Figure(
        identity,
        f"Effects on {label}",
        caption,
        f"Forest plot of {numbers.count(len(drawn), 'effect')}; the numbers stand in the table.",
        theme.script_json(drawing),
        height,
    )


def along_moderator(
    identity: str,
    labels: tuple[str, str, str],
    curve: pd.DataFrame,
    regions: pd.DataFrame,
    people: pd.DataFrame,
) -> theme.Figure:
    """Return the effect of the drug against a moderator, with band, region and everybody.

    Parameters
    ----------
    identity
        Unique on the page.
    labels
        What the response, the moderator and the contrast are called.
    curve, regions
        Rows of ``process_curve``, and those of ``process_moderation`` that hold the regions.
    people
        Rows of ``process_people`` of the arms compared, in the order of the design's arms.
    """
    response, moderator, contrast = labels
    drawing = theme.blank(360, legend=True)
    x = curve["value"].to_numpy(dtype=float)
    for low, high, fill in (
        ("band_low", "band_high", "rgba(89, 99, 110, 0.14)"),
        ("ci_low", "ci_high", "rgba(89, 99, 110, 0.20)"),
    ):
        around = np.concatenate([curve[high], curve[low][::-1]])
        drawing.add_scatter(
            x=np.concatenate([x, x[::-1]]), y=around, fill="toself", fillcolor=fill,
            line={"width": 0}, mode="lines", hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    drawing.add_scatter(
        x=x, y=curve["estimate"], mode="lines", line={"color": theme.colour(0), "width": 2.5},
        hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    claimed = bool((regions["standing"] == CLEAR).any())
    fill = _SHADE if claimed else _BOUND
    for start, end in zip(regions["low"], regions["high"], strict=True):
        if np.isfinite(start):
            drawing.add_vrect(x0=start, x1=end, fillcolor=fill, line_width=0, layer="below")
    drawing.add_hline(y=0, line={"color": theme.INK, "width": 1})
    _rug(drawing, people, curve)
    drawing.update_layout(
        xaxis={"title": {"text": theme.safe(moderator)}},
        yaxis={"title": {"text": theme.safe(f"{contrast}: {response}")}},
    )
    return theme.Figure(
        identity,
        f"Effect on {response} along {moderator}",
        f"The line is {contrast} at the last session, adjusted for baseline. Dark band: interval "
        "at each value by itself; light band: holds the error over all values, as the shaded "
        "region does. Ticks are participants, one row an arm. Drawn only where both arms have "
        "values." + ("" if claimed else " That the effect differs along it was not shown."),
        f"The effect goes from {numbers.plain(float(curve['estimate'].iloc[0]))} at "
        f"{numbers.plain(float(x[0]))} to {numbers.plain(float(curve['estimate'].iloc[-1]))} at "
        f"{numbers.plain(float(x[-1]))}.",
        theme.script_json(drawing),
        360,
    )


def _people(
    drawing: Any, people: pd.DataFrame, contexts: Sequence[str], where: tuple[int, float, float]
) -> None:
    """Draw everybody of a drug, side by side in a fixed order of their scores."""
    place, offset, width = where
    x, y, who = [], [], []
    for j, context in enumerate(contexts):
        mine = people[people["context_level"] == context].sort_values("after", kind="stable")
        spread = ((np.arange(len(mine)) * 0.618) % 1.0 - 0.5) * width * 0.55
        x += (j + offset + spread).tolist()
        y += mine["after"].tolist()
        who += mine["participant_id"].tolist()
    drawing.add_scatter(
        x=x,
        y=y,
        mode="markers",
        marker={
            "color": theme.colour(place), "symbol": theme.symbol(place), "size": 6, "opacity": 0.4,
        },
        hovertext=[
            f"{theme.safe(str(w))}<br>{numbers.plain(v)}" for w, v in zip(who, y, strict=True)
        ],
        hoverinfo="text",
        showlegend=False,
    )  # fmt: skip


def _means(
    drawing: Any, cells: pd.DataFrame, contexts: Sequence[str], where: tuple[int, float, str]
) -> None:
    place, offset, drug = where
    drawing.add_scatter(
        x=[contexts.index(c) + offset for c in cells["context_level"]],
        y=cells["adjusted_mean"],
        mode="markers",
        name=theme.safe(drug),
        marker={
            "color": theme.colour(place), "symbol": theme.symbol(place), "size": 13,
            "line": {"color": "white", "width": 1.2},
        },
        error_y={
            "type": "data", "array": (cells["ci_high"] - cells["adjusted_mean"]),
            "color": theme.colour(place), "thickness": 2, "width": 5,
        },
        hoverinfo="skip",
    )  # fmt: skip


def _rug(drawing: Any, people: pd.DataFrame, curve: pd.DataFrame) -> None:
    """Draw a tick for each participant at their moderator, below the bands, one row an arm."""
    low = float(min(curve["band_low"].min(), 0.0))
    high = float(max(curve["band_high"].max(), 0.0))
    for i, (arm, mine) in enumerate(people.groupby("drug_level", sort=False)):
        y = low - (0.06 + 0.06 * i) * (high - low)
        drawing.add_scatter(
            x=mine["value"],
            y=np.full(len(mine), y),
            mode="markers",
            name=theme.safe(str(arm)),
            marker={"symbol": "line-ns-open", "size": 9, "color": theme.colour(i)},
            hovertext=[
                f"{theme.safe(str(p))}, {theme.safe(str(arm))}: {numbers.plain(v)}"
                for p, v in zip(mine["participant_id"], mine["value"], strict=True)
            ],
            hoverinfo="text",
        )


def _effect_label(row: dict[Any, Any]) -> str:
    contrast = str(row["contrast"]).replace(" - ", f" {numbers.MINUS} ")
    if row["part"] == "interaction":
        return f"interaction: {contrast}"
    return f"{contrast} in {row['within']}" if row["within"] else contrast
