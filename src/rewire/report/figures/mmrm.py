"""Least-squares means over visits, and what it would take to lose a difference between arms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from rewire.core.types import Timepoint
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures import theme
from rewire.report.observed import Series
from rewire.report.rows import ALPHA

_HEIGHT = 340


def visit_label(row: Any) -> str:
    """Return the visit of a row of a table as a reader says it."""
    return names.time_label(str(Timepoint(str(row.session), str(row.acquisition))))


def table_rows(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a table, its columns as attributes."""
    yield from frame.itertuples(index=False)


def means_figure(
    identity: str, title: str, means: pd.DataFrame, own: Series | None, contents: Contents
) -> theme.Figure:
    """Draw the means of a model by arm over visits, everyone's own values faint behind.

    Parameters
    ----------
    identity
        Unique on the page.
    title
        What is drawn.
    means
        Rows of ``mmrm_means`` of one response and cell.
    own
        What was observed of each person, on the scale of the means; None draws nobody.
    contents
        For arms and the level of intervals.
    """
    drawing = theme.blank(_HEIGHT, legend=True)
    visits = list(dict.fromkeys(visit_label(row) for row in table_rows(means)))
    times = list(dict.fromkeys(_time(row) for row in table_rows(means)))
    arms = list(dict.fromkeys(means["arm"].astype(str)))
    for k, arm in enumerate(arms):
        shift = 0.12 * (k - (len(arms) - 1) / 2)
        place = contents.design.arms.index(arm) if arm in contents.design.arms else k
        if own is not None:
            _people(drawing, own.values[own.values["arm"] == arm], times, place, shift)
        _arm(drawing, means[means["arm"] == arm], arm, place, shift)
    drawing.update_layout(
        xaxis={
            "tickmode": "array",
            "tickvals": list(range(len(visits))),
            "ticktext": [theme.safe(v) for v in visits],
            "range": [-0.4, len(visits) - 0.6],
        },
        yaxis={"title": {"text": theme.safe(title)}},
    )
    percent = f"{contents.inference.confidence * 100:g}%"
    faint = " Faint lines: what each participant scored." if own is not None else ""
    spoken = " ".join(
        f"{names.arm_label(str(row.arm))}, {visit_label(row)}: {numbers.plain(row.estimate)}."
        for row in table_rows(means)
    )
    return theme.Figure(
        identity,
        title,
        f"Means of the model at average baseline, with {percent} intervals.{faint}",
        f"{title}: least-squares means by arm and visit. {spoken}",
        theme.script_json(drawing),
        _HEIGHT,
    )


def tipping_figure(
    identity: str, title: str, rows: pd.DataFrame, contents: Contents
) -> theme.Figure:
    """Draw a difference at the last visit over deltas, and p over the same deltas.

    Parameters
    ----------
    identity
        Unique on the page.
    title
        What is drawn.
    rows
        Rows of ``tipping`` of one response, cell and contrast.
    contents
        For the level of intervals.
    """
    drawing = theme.blank(_HEIGHT)
    delta = rows["delta"].to_numpy(dtype=float)
    edges = theme.domains(2, 0.12)
    band = np.concatenate([rows["ci_high"], rows["ci_low"].to_numpy()[::-1]])
    drawing.add_scatter(
        x=np.concatenate([delta, delta[::-1]]),
        y=band,
        fill="toself",
        fillcolor="rgba(0,114,178,0.16)",
        line={"width": 0},
        hoverinfo="skip",
    )
    line = {"color": theme.INK, "width": 2.5}
    drawing.add_scatter(x=delta, y=rows["estimate"], mode="lines", line=line)
    drawing.add_scatter(x=delta, y=rows["p"], mode="lines", line=line, xaxis="x2", yaxis="y2")
    drawing.add_hline(y=0.0, line={"color": theme.QUIET, "width": 1}, row="all", col="all")
    drawing.add_shape(
        type="line", xref="x2 domain", x0=0, x1=1, yref="y2", y0=ALPHA, y1=ALPHA,
        line={"color": theme.QUIET, "dash": "dot", "width": 1.5},
    )  # fmt: skip
    point = float(rows["point"].iloc[0])
    if np.isfinite(point):
        for axis in ("x", "x2"):
            drawing.add_shape(
                type="line", xref=axis, x0=point, x1=point,
                yref=f"{axis.replace('x', 'y')} domain", y0=0, y1=1,
                line={"color": theme.ARM_COLOURS[1], "width": 1.5},
            )  # fmt: skip
    named = {"title": {"text": "added to those who left"}}
    drawing.update_layout(
        xaxis={"domain": edges[0], "anchor": "y", **named},
        xaxis2={"domain": edges[1], "anchor": "y2", **named},
        yaxis={"anchor": "x"},
        yaxis2={"anchor": "x2", "rangemode": "tozero"},
    )
    theme.panel_titles(drawing, ["Difference between arms", "p"], edges)
    percent = f"{contents.inference.confidence * 100:g}%"
    return theme.Figure(
        identity,
        title,
        f"Left: the difference with its {percent} interval. Right: its p; dotted at .05. "
        "A coloured line stands where p crosses .05.",
        f"{title}: the difference goes from {numbers.plain(float(rows['estimate'].iloc[0]))} "
        f"without a delta to {numbers.plain(float(rows['estimate'].iloc[-1]))} at the largest, "
        f"p from {numbers.p_value(float(rows['p'].iloc[0]))} to "
        f"{numbers.p_value(float(rows['p'].iloc[-1]))}.",
        theme.script_json(drawing),
        _HEIGHT,
    )


def _time(row: Any) -> str:
    return str(Timepoint(str(row.session), str(row.acquisition)))


def _people(drawing: Any, own: pd.DataFrame, times: list[str], place: int, shift: float) -> None:
    xs: list[float | None] = []
    ys: list[float | None] = []
    at = {time: i for i, time in enumerate(times)}
    for _, rows in own.groupby("participant", sort=True):
        points = sorted(
            (at[t], float(v))
            for t, v in zip(rows["time"], rows["value"], strict=True)
            if t in at and np.isfinite(v)
        )
        xs += [t + shift for t, _ in points] + [None]
        ys += [v for _, v in points] + [None]
    drawing.add_scatter(
        x=xs,
        y=ys,
        mode="lines+markers",
        line={"color": theme.colour(place), "width": 1},
        marker={"color": theme.colour(place), "size": 3},
        opacity=0.22,
        hoverinfo="skip",
        showlegend=False,
    )


def _arm(drawing: Any, rows: pd.DataFrame, arm: str, place: int, shift: float) -> None:
    drawing.add_scatter(
        x=[i + shift for i in range(len(rows))],
        y=rows["estimate"],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": rows["ci_high"] - rows["estimate"],
            "arrayminus": rows["estimate"] - rows["ci_low"],
            "thickness": 2,
            "width": 5,
            "color": theme.colour(place),
        },
        mode="lines+markers",
        line={"color": theme.colour(place), "width": 2.5},
        marker={"size": 8, "color": theme.colour(place), "symbol": theme.symbol(place)},
        hovertext=[
            f"{numbers.plain(v)}, {s} of {n} seen"
            for v, s, n in zip(rows["estimate"], rows["seen"], rows["n"], strict=True)
        ],
        hoverinfo="text",
        name=theme.safe(names.arm_label(arm)),
    )
