"""Annotations drawn: each beside its null maps and everybody's slopes, dominance, networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rewire.report import numbers
from rewire.report.figures import theme

_NULL, _INNER = "#e3e6ea", "#c3c9d0"
_CLEAR, _OTHER = "#0072B2", "#59636e"


def both_nulls(identity: str, title: str, rows: pd.DataFrame, people: pd.DataFrame) -> theme.Figure:
    """Return correlations over null maps beside the slopes of every participant.

    Parameters
    ----------
    identity
        Unique on the page.
    title
        Of what change.
    rows
        Rows of ``annotation`` of one test.
    people
        Rows of ``annotation_people`` of the same.
    """
    drawn = rows[np.isfinite(rows["r"])].reset_index(drop=True)
    height = 120 + 46 * len(drawn)
    drawing = theme.blank(height)
    edges = [(0.0, 0.46), (0.54, 1.0)]
    places = np.arange(len(drawn))[::-1].astype(float)
    space, over = drawn["p_space_max"] < 0.05, drawn["p_participants_max"] < 0.05
    _null_bands(drawing, drawn, places)
    _points(drawing, drawn["r"], places, space.to_numpy(), ("x", "y"))
    groups = [str(g) for g in dict.fromkeys(people["group"])]
    for i, group in enumerate(groups):
        _slopes(drawing, people[people["group"] == group], drawn, (places, i, len(groups), group))
    _points(drawing, drawn["slope"], places, over.to_numpy(), ("x2", "y2"), _interval(drawn))
    names = [theme.safe(str(m)) for m in drawn["map"]]
    axis = {"tickvals": places.tolist(), "range": [-0.6, len(drawn) - 0.4]}
    zero = {"zeroline": True, "zerolinecolor": theme.INK, "zerolinewidth": 1}
    drawing.update_layout(
        xaxis={"domain": edges[0], "title": {"text": "r over regions"}, **zero},
        yaxis={**axis, "ticktext": names, "anchor": "x"},
        xaxis2={"domain": edges[1], "title": {"text": "slope per SD of the map"}, **zero},
        yaxis2={**axis, "showticklabels": False, "anchor": "x2", "showline": False, "ticks": ""},
    )
    theme.panel_titles(drawing, ["Over space", "Over participants"], edges)
    n = int(drawn["n"].max()) if len(drawn) else 0
    arms = f" ({', '.join(groups)} from above)" if len(groups) > 1 else ""
    return theme.Figure(
        identity,
        title,
        "Left: correlation of the group's map with each annotation, over where it lies in 50% "
        "(dark) and 95% (light) of null maps, each annotation by itself. Right: every small circle "
        f"is a participant (n = {n}){arms}, the large mark their mean"
        f"{' difference' if len(groups) > 1 else ''} with its interval. Filled marks: p below .05 "
        "against the most extreme of all maps. A claim needs both sides filled.",
        " ".join(_told(row) for row in drawn.to_dict("records")),
        theme.script_json(drawing),
        height,
    )


def dominance_wheel(identity: str, title: str, rows: pd.DataFrame) -> theme.Figure:
    """Return what each annotation adds to the others as a wheel of bars.

    Parameters
    ----------
    identity
        Unique on the page.
    title
        Of what change.
    rows
        Rows of ``annotation_dominance`` of one test.
    """
    drawn = rows[np.isfinite(rows["dominance"])].reset_index(drop=True)
    drawing = theme.blank(380)
    names = [theme.safe(str(m)) for m in drawn["map"]]
    clear = (drawn["p_space_max"] < 0.05).to_numpy()
    drawing.add_barpolar(
        theta=names, r=drawn["null_high"], marker={"color": _NULL, "line": {"width": 0}},
        width=0.86, hoverinfo="skip",
    )  # fmt: skip
    drawing.add_barpolar(
        theta=names,
        r=drawn["dominance"],
        width=0.5,
        marker={"color": [_CLEAR if c else _OTHER for c in clear], "line": {"width": 0}},
        hovertext=[
            f"{n}: {numbers.plain(v)} of R2" for n, v in zip(names, drawn["dominance"], strict=True)
        ],
        hoverinfo="text",
    )
    drawing.update_layout(
        polar={
            "barmode": "overlay",
            "radialaxis": {
                "tickfont": {"size": 10}, "angle": 45, "gridcolor": theme.RULE, "nticks": 4,
            },
            "angularaxis": {"direction": "clockwise", "rotation": 90, "gridcolor": theme.RULE},
        },
        margin={"l": 60, "r": 60, "t": 40, "b": 40},
    )  # fmt: skip
    first = drawn.iloc[0]
    return theme.Figure(
        identity,
        title,
        "Length of a bar: what the annotation adds to R2, on average over all subsets of the "
        "others. Pale bars reach to the 95th percentile over null maps, each by itself; blue: p "
        "below .05 against the most extreme of all maps.",
        f"R2 {numbers.plain(first['r2'])}; " + ", ".join(
            f"{row['map']} {numbers.plain(row['dominance'])}" for row in drawn.to_dict("records")
        ) + ".",
        theme.script_json(drawing),
        380,
    )  # fmt: skip


def network_bars(identity: str, title: str, rows: pd.DataFrame) -> theme.Figure:
    """Return which networks hold a change, over null maps and with intervals over participants.

    Parameters
    ----------
    identity
        Unique on the page.
    title
        Of what change.
    rows
        Rows of ``annotation_networks`` of one test.
    """
    drawn = rows[np.isfinite(rows["excess"])].reset_index(drop=True)
    height = 100 + 34 * len(drawn)
    drawing = theme.blank(height)
    places = np.arange(len(drawn))[::-1].astype(float)
    _null_bands(drawing, drawn, places)
    clear = (drawn["holds"] == "both").to_numpy()
    spans = _interval(drawn)
    _points(drawing, drawn["excess"], places, clear, ("x", "y"), spans)
    drawing.update_layout(
        xaxis={
            "title": {"text": "change there less the mean change of all regions"},
            "zeroline": True, "zerolinecolor": theme.INK, "zerolinewidth": 1,
        },
        yaxis={
            "tickvals": places.tolist(),
            "ticktext": [theme.safe(str(n)) for n in drawn["network"]],
            "range": [-0.6, len(drawn) - 0.4],
        },
    )  # fmt: skip
    told = [
        f"{row['network']}: {numbers.plain(row['excess'])}, holds: {row['holds']}."
        for row in drawn.to_dict("records")
    ]
    return theme.Figure(
        identity,
        title,
        "Marks: mean over participants with its interval. Grey: where 50% (dark) and 95% (light) "
        "of null maps lie. Filled: both p below .05 against the most extreme of all networks.",
        " ".join(told),
        theme.script_json(drawing),
        height,
    )


def _null_bands(drawing: Any, rows: pd.DataFrame, places: np.ndarray[Any, Any]) -> None:
    """Draw where null maps lie, behind everything else."""
    for low, high, fill, half in (
        ("null_low", "null_high", _NULL, 0.30),
        ("null_q25", "null_q75", _INNER, 0.30),
    ):
        for start, end, at in zip(rows[low], rows[high], places, strict=True):
            if np.isfinite(start):
                drawing.add_shape(
                    type="rect", x0=float(start), x1=float(end), y0=at - half, y1=at + half,
                    fillcolor=fill, line={"width": 0}, layer="below", xref="x", yref="y",
                )  # fmt: skip


def _interval(rows: pd.DataFrame) -> tuple[pd.Series[Any], pd.Series[Any]]:
    middle = rows["slope"] if "slope" in rows else rows["excess"]
    return rows["ci_high"] - middle, middle - rows["ci_low"]


def _points(
    drawing: Any,
    values: pd.Series[Any],
    places: np.ndarray[Any, Any],
    clear: np.ndarray[Any, Any],
    axes: tuple[str, str],
    spans: tuple[pd.Series[Any], pd.Series[Any]] | None = None,
) -> None:
    error = None
    if spans is not None:
        error = {
            "type": "data", "symmetric": False, "array": spans[0], "arrayminus": spans[1],
            "color": theme.INK, "thickness": 1.6, "width": 0,
        }  # fmt: skip
    drawing.add_scatter(
        x=values,
        y=places,
        mode="markers",
        error_x=error,
        marker={
            "size": 11,
            "color": [_CLEAR if c else "white" for c in clear],
            "line": {"color": [_CLEAR if c else theme.INK for c in clear], "width": 1.8},
        },
        hoverinfo="x",
        xaxis=axes[0],
        yaxis=axes[1],
    )


def _slopes(
    drawing: Any,
    people: pd.DataFrame,
    rows: pd.DataFrame,
    where: tuple[np.ndarray[Any, Any], int, int, str],
) -> None:
    """Draw every participant, in a fixed order of their slopes, arms one above the other."""
    places, place, groups, group = where
    x, y, who = [], [], []
    shift = 0.0 if groups == 1 else 0.22 * (1 - 2 * place / (groups - 1))
    for name, at in zip(rows["map"], places, strict=True):
        mine = people[people["map"] == name].sort_values("slope", kind="stable")
        spread = ((np.arange(len(mine)) * 0.618) % 1.0 - 0.5) * (0.5 if groups == 1 else 0.24)
        x += mine["slope"].tolist()
        y += (at + shift + spread).tolist()
        who += mine["participant_id"].tolist()
    drawing.add_scatter(
        x=x,
        y=y,
        mode="markers",
        marker={
            "size": 6, "opacity": 0.55, "symbol": f"{theme.symbol(place)}-open",
            "color": theme.colour(place) if groups > 1 else theme.QUIET,
        },
        hovertext=[
            f"{theme.safe(str(w))}{', ' + theme.safe(group) if group else ''}<br>{numbers.plain(v)}"
            for w, v in zip(who, x, strict=True)
        ],
        hoverinfo="text",
        xaxis="x2",
        yaxis="y2",
    )  # fmt: skip


def _told(row: dict[Any, Any]) -> str:
    return (
        f"{row['map']}: r {numbers.plain(row['r'])}, slope {numbers.plain(row['slope'])}, "
        f"holds: {row['holds']}."
    )
