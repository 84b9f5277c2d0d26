"""Motion of every scan, by arm and time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures import theme
from rewire.report.observed import arm_lookup, arms_in_use


def with_arm(contents: Contents) -> pd.DataFrame:
    """Return the quality table with the columns ``arm`` and ``time`` in front."""
    arms = arm_lookup(contents.trial, contents.design)
    crossover = contents.design.kind == "crossover"
    quality = contents.quality.reset_index(drop=True)
    people, sessions = quality["participant_id"].astype(str), quality["session_id"].astype(str)
    arm = [arms.get((p, s if crossover else ""), "") for p, s in zip(people, sessions, strict=True)]
    acquisition = quality["acquisition"].fillna("").astype(str)
    time = [
        "_".join(x for x in (s, f"acq-{a}" if a else "") if x)
        for s, a in zip(sessions, acquisition, strict=True)
    ]
    order = {str(t): i for i, t in enumerate(_sessions(contents))}
    rank = [order.get(s, len(order)) for s in sessions]
    later = {t.acquisition for q in contents.questions for t in q.after}
    frame = quality.assign(arm=arm, time=time, rank=rank, later=acquisition.isin(later - {""}))
    return frame.sort_values(["rank", "later"], kind="stable").drop(columns=["rank", "later"])


def _sessions(contents: Contents) -> list[str]:
    ranked = contents.trial.sessions.sort_values("order")
    return [str(session) for session in ranked["session_id"].unique()]


def motion(contents: Contents) -> theme.Figure | None:
    """Return mean framewise displacement of every scan, None where no scan has it.

    Parameters
    ----------
    contents
        The report's contents.
    """
    if contents.quality.empty:
        return None
    frame = with_arm(contents).dropna(subset=["mean_framewise_displacement"])
    if contents.shared is not None:
        sizes = frame.groupby(["arm", "time"])["participant_id"].transform("nunique")
        frame = frame[sizes >= contents.shared.smallest]
        frame = frame.sort_values("mean_framewise_displacement", kind="stable")
    if frame.empty:
        return None
    times = [t for t in dict.fromkeys(with_arm(contents)["time"]) if t in set(frame["time"])]
    arms = [a for a in arms_in_use(contents) if (frame["arm"] == a).any()] or [""]
    drawing = theme.blank(280, legend=len(arms) > 1)
    for k, arm in enumerate(arms):
        place = contents.design.arms.index(arm) if arm in contents.design.arms else 0
        offset = (k - (len(arms) - 1) / 2) * 0.3
        mine = frame[frame["arm"] == arm] if arm else frame
        centre = np.array([times.index(t) + offset for t in mine["time"]])
        _dots(drawing, mine, (arm, place), centre, named=contents.shared is None)
    drawing.update_layout(
        xaxis={
            "tickmode": "array",
            "tickvals": list(range(len(times))),
            "ticktext": [theme.safe(names.time_label(t) or "all scans") for t in times],
            "range": [-0.5, len(times) - 0.5],
        },
        yaxis={"title": {"text": "Mean framewise displacement (mm)"}, "rangemode": "tozero"},
    )
    return theme.Figure(
        "motion",
        "Motion by arm and time",
        "Mean framewise displacement of every scan. Connectivity follows motion, so arms or "
        "sessions that differ here may differ below for that reason alone.",
        "Mean framewise displacement. " + "; ".join(_spoken(frame, arms, times)) + ".",
        theme.script_json(drawing),
        280,
    )


def _dots(
    drawing: Any,
    mine: pd.DataFrame,
    arm: tuple[str, int],
    centre: npt.NDArray[np.float64],
    *,
    named: bool,
) -> None:
    name, place = arm
    jitter = np.array([((i * 0.618) % 1 - 0.5) * 0.18 for i in range(len(mine))])
    y = mine["mean_framewise_displacement"].to_numpy(dtype=float)
    drawing.add_scatter(
        x=centre + jitter,
        y=y,
        mode="markers",
        name=theme.safe(names.arm_label(name)),
        marker={
            "color": theme.colour(place),
            "symbol": theme.symbol(place),
            "size": 7,
            "opacity": 0.7,
        },
        hovertext=[
            f"{theme.safe(str(person))}<br>{value:.3f} mm"
            for person, value in zip(mine["participant_id"], y, strict=True)
        ]
        if named
        else None,
        hoverinfo="text" if named else "skip",
    )


def _spoken(frame: pd.DataFrame, arms: list[str], times: list[str]) -> list[str]:
    lines = []
    for arm in arms:
        for time in times:
            chosen = (frame["time"] == time) & ((frame["arm"] == arm) | (arm == ""))
            some = frame.loc[chosen, "mean_framewise_displacement"]
            if len(some):
                who = ", ".join(part for part in (arm, names.time_label(time)) if part)
                median = numbers.fixed(float(some.median()), 3)
                lines.append(f"{who}: median {median} mm over {len(some)} scans")
    return lines
