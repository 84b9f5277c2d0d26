"""Kaplan-Meier curves of the days to a first adverse event."""

from __future__ import annotations

import pandas as pd

from rewire.report import names
from rewire.report.figures import theme

_HEIGHT = 340


def event_curves(identity: str, rows: pd.DataFrame, arms: tuple[str, ...]) -> theme.Figure | None:
    """Return one curve an arm, None where no arm has anybody.

    Parameters
    ----------
    identity
        Unique on the page.
    rows
        Of the table ``time_to_event``, one question.
    arms
        Arms in the order of the design, for their colours.
    """
    rows = rows[rows["days"].notna()]
    if rows.empty:
        return None
    drawing = theme.blank(_HEIGHT, legend=True)
    spoken = []
    for arm in dict.fromkeys(rows["arm"]):
        mine = rows[rows["arm"] == arm]
        place = arms.index(arm) if arm in arms else 0
        line = {"color": theme.colour(place), "shape": "hv"}
        known = mine[mine["ci_low"].notna()]
        for column in ("ci_low", "ci_high"):
            drawing.add_scatter(
                x=known["days"].to_numpy(dtype=float),
                y=100.0 * known[column].to_numpy(dtype=float),
                mode="lines",
                line={**line, "width": 1, "dash": "dot"},
                showlegend=False,
                hoverinfo="skip",
            )
        people = float(mine["at_risk"].iloc[0])
        drawing.add_scatter(
            x=mine["days"].to_numpy(dtype=float),
            y=100.0 * mine["free"].to_numpy(dtype=float),
            mode="lines",
            name=theme.safe(f"{names.arm_label(str(arm))} (n = {people:.0f})"),
            line={**line, "width": 2.5},
        )
        spoken.append(f"{arm}: {100 * float(mine['free'].iloc[-1]):.0f}% at the end")
    drawing.update_layout(
        xaxis={"title": {"text": "Days after the first dose"}, "rangemode": "tozero"},
        yaxis={"title": {"text": "Without any adverse event (%)"}, "range": [0, 103]},
    )
    return theme.Figure(
        identity,
        "Days to the first adverse event",
        "Share of people without any adverse event so far (Kaplan-Meier); dotted lines are "
        "pointwise intervals.",
        "Share of people without an adverse event. " + "; ".join(spoken) + ".",
        theme.script_json(drawing),
        _HEIGHT,
    )
