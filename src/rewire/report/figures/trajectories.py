"""Every participant over time, by arm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures import theme
from rewire.report.observed import Series, arms_in_use, measure_series, panel_label, score_series
from rewire.report.suppression import about_suicidality, names_suicidality
from rewire.report.tables import Column, Table, build, number, whole, words

_ONLY_MEANS = (
    "Only means are drawn: this is about suicidality, and no person's is drawn in a shared copy; "
)


def trajectories(contents: Contents) -> tuple[theme.Figure, ...]:
    """Return one figure a score and a whole-brain measure, each showing every participant.

    Parameters
    ----------
    contents
        The report's contents.

    Returns
    -------
    tuple of Figure
        Scores first, then the measures that a question asks about and edge density; a measure
        with values by region or network is not among them.
    """
    series = [score_series(contents, scale) for scale in _scales(contents)]
    asked = {name for question in contents.questions for name in question.measures}
    for name in contents.measurements:
        if name in asked or name.endswith("_density"):
            series += measure_series(contents, name)
    drawn = [one for one in series if one.values["value"].notna().any()]
    return tuple(_figure(one, contents, i) for i, one in enumerate(drawn, 1))


def _scales(contents: Contents) -> list[str]:
    return sorted(set(contents.trial.scores["scale"].astype(str)))


def _figure(series: Series, contents: Contents, index: int) -> theme.Figure:
    arms = _panels(series, contents)
    drawing = theme.blank(330)
    edges = theme.domains(len(arms), 0.03) if len(arms) > 1 else [(0.0, 0.62)]
    rows = []
    for i, arm in enumerate(arms):
        place = _colour_index(contents, arm)
        mine = series.values[series.values["arm"] == arm]
        own = _seen_in(series, mine) if contents.design.kind == "crossover" else series
        people = mine.dropna(subset=["value"])["participant"].nunique()
        x, y = theme.axis_name("x", i), theme.axis_name("y", i)
        if not _withholds_people(series, contents):
            _lines(drawing, own, mine, place, (x, y), shared=contents.shared is not None)
        rows += _means(drawing, own, mine, arm, (x, y, theme.colour(place)), contents)
        _axes(drawing, own, i, edges[i], f"{_panel_name(contents, arm)} (n = {people})")
    title = names.sentence_case(series.label)
    unit = f" ({series.unit})" if series.unit else ""
    drawing.update_layout(yaxis={"title": {"text": theme.safe(title + unit)}})
    table = _table(index, title, rows)
    what = "change of" if series.change else "trajectory of"
    who = "the mean" if _withholds_people(series, contents) else "every participant"
    return theme.Figure(
        f"trajectory-{index}",
        title,
        _caption(series, contents),
        f"{title}: {what} {who} in {numbers.count(len(arms), 'panel')}, one an arm. "
        + " ".join(_spoken(row) for row in rows),
        theme.script_json(drawing),
        330,
        table,
    )


def _panels(series: Series, contents: Contents) -> list[str]:
    """Return the arms, and whatever else people were recorded under, so that nobody is lost."""
    values = series.values.dropna(subset=["value"])
    present = sorted(set(values["arm"]))
    arms = [arm for arm in arms_in_use(contents) if arm in present]
    return [*(arm for arm in present if arm not in arms), *arms]


def _panel_name(contents: Contents, arm: str) -> str:
    if arm or len(contents.design.arms) < 2:
        return panel_label(contents, arm)
    return "outside the arms" if contents.design.kind == "crossover" else "arm unknown"


def _withholds_people(series: Series, contents: Contents) -> bool:
    if contents.shared is None:
        return False
    return names_suicidality(series.name) or (
        series.name in set(contents.trial.scores["scale"])
        and about_suicidality(series.name, series.label)
    )


def _seen_in(series: Series, mine: pd.DataFrame) -> Series:
    times = set(mine.dropna(subset=["value"])["time"])
    return replace(series, times=tuple(time for time in series.times if time in times))


def _caption(series: Series, contents: Contents) -> str:
    percent = f"{contents.inference.confidence * 100:g}%"
    tail = f"thick: mean with its {percent} interval (t, each time point by itself)."
    scale = contents.trial.scales.get(series.name)
    way = f" {names.sentence_case(scale.direction)} on this scale." if scale else ""
    if _withholds_people(series, contents):
        return f"{_ONLY_MEANS}{tail}{way}"
    if series.change:
        return f"Each dot is a participant's change, after minus before; {tail}{way}"
    return f"Each thin line is a participant; {tail}{way}"


def _colour_index(contents: Contents, arm: str) -> int:
    if arm in contents.design.arms:
        return contents.design.arms.index(arm)
    return 0 if len(contents.design.arms) < 2 else 5


def _lines(
    drawing: Any,
    series: Series,
    mine: pd.DataFrame,
    place: int,
    axes: tuple[str, str],
    *,
    shared: bool,
) -> None:
    xs: list[float | None] = []
    ys: list[float | None] = []
    hover: list[str] = []
    for k, (person, points) in enumerate(_courses(series, mine, shared=shared)):
        shift = ((k * 0.618) % 1 - 0.5) * 0.16
        xs += [t + shift for t, _ in points] + [None]
        ys += [v for _, v in points] + [None]
        texts = [
            f"{theme.safe(str(person))}<br>{theme.safe(_tick(series.times[t]))}: {numbers.plain(v)}"
            for t, v in points
        ]
        hover += [*texts, ""]
    alone = series.change or len(series.times) == 1
    drawing.add_scatter(
        x=xs,
        y=ys,
        mode="markers" if alone else "lines+markers",
        line={"color": theme.colour(place), "width": 1},
        marker={
            "color": theme.colour(place),
            "size": 7 if alone else 4,
            "symbol": theme.symbol(place),
        },
        opacity=0.7 if alone else 0.42,
        hovertext=None if shared else hover,
        hoverinfo="skip" if shared else "text",
        xaxis=axes[0],
        yaxis=axes[1],
        name="participants",
    )


def _courses(
    series: Series, mine: pd.DataFrame, *, shared: bool
) -> list[tuple[str, list[tuple[int, float]]]]:
    """Return each person's places in time with the values there; in a shared copy by value."""
    at = {time: i for i, time in enumerate(series.times)}
    courses = []
    for person, own in mine.groupby("participant", sort=True):
        points = sorted(
            (at[t], v) for t, v in zip(own["time"], own["value"], strict=True) if t in at
        )
        courses.append((str(person), [(t, v) for t, v in points if np.isfinite(v)]))
    return sorted(courses, key=lambda course: course[1]) if shared else courses


def _means(
    drawing: Any,
    series: Series,
    mine: pd.DataFrame,
    arm: str,
    style: tuple[str, str, str],
    contents: Contents,
) -> list[tuple[str, str, int, float, float, float]]:
    rows = []
    for time in series.times:
        values = mine.loc[mine["time"] == time, "value"].dropna().to_numpy(dtype=float)
        if not len(values):
            continue
        n = len(values)
        sd = float(values.std(ddof=1)) if n > 1 else np.nan
        quantile = stats.t.ppf((1 + contents.inference.confidence) / 2, n - 1) if n > 1 else np.nan
        rows.append((arm, time, n, float(values.mean()), sd, float(quantile * sd / np.sqrt(n))))
    shift = 0.2 if series.change or len(series.times) == 1 else 0.0
    drawing.add_scatter(
        x=[series.times.index(row[1]) + shift for row in rows],
        y=[row[3] for row in rows],
        error_y={
            "type": "data",
            "array": [None if np.isnan(row[5]) else row[5] for row in rows],
            "thickness": 2,
            "width": 5,
            "color": theme.INK,
        },
        mode="lines+markers",
        line={"color": theme.INK, "width": 2.5},
        marker={"size": 7, "color": theme.INK},
        hovertext=[f"mean {numbers.plain(row[3])}, n = {row[2]}" for row in rows],
        hoverinfo="text",
        xaxis=style[0],
        yaxis=style[1],
        name="mean",
    )
    return rows


def _axes(drawing: Any, series: Series, i: int, edge: tuple[float, float], title: str) -> None:
    suffix = "" if i == 0 else str(i + 1)
    drawing.update_layout(
        {
            f"xaxis{suffix}": {
                "domain": edge,
                "tickmode": "array",
                "tickvals": list(range(len(series.times))),
                "ticktext": [theme.safe(_tick(t)) for t in series.times],
                "range": [-0.4, len(series.times) - 0.6],
                "anchor": theme.axis_name("y", i),
            },
            f"yaxis{suffix}": {
                "anchor": theme.axis_name("x", i),
                "matches": None if i == 0 else "y",
                "showticklabels": i == 0,
                "zeroline": series.change,
                "zerolinecolor": theme.QUIET,
            },
        }
    )
    theme.panel_titles(drawing, [title], [edge])


def _tick(time: str) -> str:
    return names.time_label(time) or time or "scan"


def _spoken(row: tuple[str, str, int, float, float, float]) -> str:
    return (
        f"{names.arm_label(row[0])}, {_tick(row[1])}: mean {numbers.plain(row[3])}, n = {row[2]}."
    )


def _table(index: int, title: str, rows: list[tuple[str, str, int, float, float, float]]) -> Table:
    columns = [Column("Arm"), Column("Time")]
    columns += [Column(c, numeric=True) for c in ("n", "Mean", "SD", "Half-width of interval")]
    cells = [
        (words(names.arm_label(a)), words(_tick(t)), whole(n), number(m), number(s), number(h))
        for a, t, n, m, s, h in rows
    ]
    return build(f"trajectory-numbers-{index}", f"{title} by arm and time", columns, cells)
