"""The brain against symptoms, every participant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rewire.core.questions import Kind, Question
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures import theme
from rewire.report.observed import Series, arms_in_use, by_person, measure_series, score_series
from rewire.report.rows import EffectRow
from rewire.report.suppression import about_suicidality

_MOST = 16


@dataclass(frozen=True, slots=True, eq=False)
class _Pairing:
    """A measure and a score, at the sessions at which they are related."""

    question: Question
    series: Series
    scale: str
    rows: tuple[EffectRow, ...]

    @property
    def of_change(self) -> bool:
        return self.question.kind is Kind.CHANGE_ASSOCIATION


def associations(contents: Contents, rows: tuple[EffectRow, ...]) -> tuple[theme.Figure, ...]:
    """Return a figure for each measure and score that a question relates, a panel a session.

    Parameters
    ----------
    contents
        The report's contents.
    rows
        The effects table; r, n and p written in the panels come from it.
    """
    pairings: dict[tuple[str, ...], _Pairing] = {}
    for question in contents.questions:
        if question.kind not in (Kind.CHANGE_ASSOCIATION, Kind.AFTER_ASSOCIATION):
            continue
        for measure in question.measures:
            if measure not in contents.measurements:
                continue
            for series in measure_series(contents, measure):
                for scale in question.outcomes:
                    mine = tuple(
                        r
                        for r in rows
                        if (r.question, r.measure, r.outcome, r.level)
                        == (question.name, measure, scale, series.level)
                    )
                    key = (question.kind, measure, series.level, scale)
                    pairings.setdefault(key, _Pairing(question, series, scale, mine))
    drawn = [one for one in pairings.values() if not _withholds_people(one, contents)]
    figures = (_figure(i, one, contents) for i, one in enumerate(drawn, 1))
    return tuple([figure for figure in figures if figure is not None][:_MOST])


def _withholds_people(one: _Pairing, contents: Contents) -> bool:
    label = names.scale_label(one.scale, contents.trial.scales)
    return contents.shared is not None and about_suicidality(one.scale, label)


def _figure(index: int, one: _Pairing, contents: Contents) -> theme.Figure | None:
    sessions = list(dict.fromkeys(r.session for r in one.rows)) or list(one.question.outcome_after)
    drawing = theme.blank(340, legend=len(arms_in_use(contents)) > 1)
    edges = theme.domains(len(sessions), 0.04) if len(sessions) > 1 else [(0.0, 0.62)]
    spoken = []
    for i, session in enumerate(sessions):
        points = _points(one, session, contents)
        spoken += _panel(drawing, (i, session), points, one, contents)
        suffix = "" if i == 0 else str(i + 1)
        drawing.update_layout(
            {
                f"xaxis{suffix}": {"domain": edges[i], "anchor": theme.axis_name("y", i)},
                f"yaxis{suffix}": {
                    "anchor": theme.axis_name("x", i),
                    "matches": None if i == 0 else "y",
                    "showticklabels": i == 0,
                },
            }
        )
    if not spoken:
        return None
    change = "Change in " if one.of_change else ""
    x, y = one.series.label, names.scale_label(one.scale, contents.trial.scales)
    _titles(drawing, (change, x, y), sessions, edges)
    title = f"{change}{x} and {change.lower()}{y}"
    return theme.Figure(
        f"association-{index}",
        names.sentence_case(title),
        "Each mark is a participant; the lines are least-squares fits within an arm. "
        + " ".join(spoken),
        f"Scatter plots in {numbers.count(len(sessions), 'panel')}. " + " ".join(spoken),
        theme.script_json(drawing),
        340,
    )


def _titles(
    drawing: Any,
    labels: tuple[str, str, str],
    sessions: list[str],
    edges: list[tuple[float, float]],
) -> None:
    change, x, y = labels
    for i in range(len(sessions)):
        suffix = "" if i == 0 else str(i + 1)
        text = theme.safe(names.sentence_case(change + x))
        drawing.update_layout({f"xaxis{suffix}": {"title": {"text": text}}})
    drawing.update_layout(
        yaxis={"title": {"text": theme.safe(names.sentence_case(change + y))}},
        margin={"t": 62},
        legend={"y": 1.1},
    )
    theme.panel_titles(drawing, [f"{y}, {names.time_label(s) or 'after'}" for s in sessions], edges)


def _points(one: _Pairing, session: str, contents: Contents) -> pd.DataFrame:
    question = one.question
    after = str(question.after[0]) if question.after else ""
    brain = by_person(one.series, str(question.before), after)
    scores = score_series(contents, one.scale)
    symptom = by_person(scores, question.outcome_before, session)
    keys = ["participant", "arm"] if contents.design.kind == "crossover" else ["participant"]
    column = "change" if one.of_change else "after"
    left = brain[["participant", "arm", column]].rename(columns={column: "x"})
    right = symptom[[*keys, column]].rename(columns={column: "y"})
    return left.merge(right, on=keys).dropna(subset=["x", "y"])


def _panel(
    drawing: Any,
    panel: tuple[int, str],
    points: pd.DataFrame,
    one: _Pairing,
    contents: Contents,
) -> list[str]:
    i, session = panel
    spoken = []
    for arm in arms_in_use(contents):
        mine = points[points["arm"] == arm] if arm else points
        shared = contents.shared
        if mine.empty or (shared and mine["participant"].nunique() < shared.smallest):
            continue
        place = contents.design.arms.index(arm) if arm in contents.design.arms else 0
        mine = mine.sort_values(["x", "y"], kind="stable") if shared else mine
        _marks(drawing, mine, (arm, place), i, named=shared is None)
        row = next(
            (r for r in one.rows if r.session == session and (not arm or r.arm in (arm, ""))), None
        )
        when = names.time_label(session)
        who = ", ".join(p for p in (arm, when) if p)
        if row is not None and row.withheld:
            spoken.append(f"{names.sentence_case(who)}: {row.status}.")
        elif row is not None:
            bound = numbers.unit_bound(row.estimate)
            spoken.append(
                f"{names.sentence_case(who)}: r = {bound}, n = {row.n:.0f}, "
                f"{numbers.p_phrase(row.p)}."
            )
        else:
            spoken.append(f"{names.sentence_case(who)}: n = {len(mine)}, not tested.")
    return list(dict.fromkeys(spoken))


def _marks(
    drawing: Any, mine: pd.DataFrame, arm: tuple[str, int], panel: int, *, named: bool
) -> None:
    name, place = arm
    axes = {"xaxis": theme.axis_name("x", panel), "yaxis": theme.axis_name("y", panel)}
    x, y = mine["x"].to_numpy(dtype=float), mine["y"].to_numpy(dtype=float)
    drawing.add_scatter(
        x=x,
        y=y,
        mode="markers",
        name=theme.safe(names.arm_label(name)),
        legendgroup=str(place),
        showlegend=panel == 0,
        marker={
            "color": theme.colour(place),
            "symbol": theme.symbol(place),
            "size": 8,
            "opacity": 0.75,
            "line": {"color": "white", "width": 0.7},
        },
        hovertext=[
            f"{theme.safe(person)}<br>{numbers.plain(a)}, {numbers.plain(b)}"
            for person, a, b in zip(mine["participant"], x, y, strict=True)
        ]
        if named
        else None,
        hoverinfo="text" if named else "skip",
        **axes,
    )
    if len(x) > 2 and np.ptp(x) > 0:
        slope, start = np.polyfit(x, y, 1)
        ends = np.array([x.min(), x.max()])
        drawing.add_scatter(
            x=ends,
            y=start + slope * ends,
            mode="lines",
            line={"color": theme.colour(place), "width": 2, "dash": _dash(place)},
            showlegend=False,
            hoverinfo="skip",
            **axes,
        )


def _dash(place: int) -> str:
    return ("solid", "dash", "dot", "dashdot")[place % 4]
