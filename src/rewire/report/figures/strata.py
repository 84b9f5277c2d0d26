"""Groups of people drawn: people in two components, and how stable each number of groups is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rewire.report.figures import theme


def people_figure(identity: str, what: str, people: pd.DataFrame) -> theme.Figure:
    """Draw people in the first two principal components, coloured by group.

    Parameters
    ----------
    identity
        Unique on the page.
    what
        What they were grouped by.
    people
        Rows of ``stratification_people`` of one test.
    """
    drawing = theme.blank(380, legend=True)
    sizes = []
    for i, (group, mine) in enumerate(people.groupby("group")):
        sizes.append(f"{len(mine)} in group {group}")
        drawing.add_scatter(
            x=mine["component_1"].tolist(),
            y=mine["component_2"].tolist(),
            mode="markers",
            marker={
                "color": theme.colour(i),
                "symbol": theme.symbol(i),
                "size": 9,
                "opacity": np.clip(mine["membership"].fillna(0.0), 0.25, 1.0).tolist(),
            },
            name=f"group {group}",
            text=[
                theme.safe(f"{p} ({arm})" if arm else str(p))
                for p, arm in zip(mine["participant_id"], mine["in_arm"], strict=True)
            ],
            customdata=mine["membership"].tolist(),
            hovertemplate="%{text}<br>same group in %{customdata:.0%} of subsamples<extra></extra>",
        )
    drawing.update_layout(
        xaxis={"title": {"text": "First component"}}, yaxis={"title": {"text": "Second component"}}
    )
    return theme.Figure(
        f"strata-{identity}",
        f"Groups of people by {what}",
        "Each mark is a person; the fainter, the more seldom they fell to the same group when a "
        "fifth of the people were left out. Components were made from the same values as the "
        "groups, so that groups look apart here whether or not they are.",
        f"Scatter plot of people in two components: {', '.join(sizes)}.",
        theme.script_json(drawing),
        380,
    )


def stability_figure(identity: str, what: str, numbers: pd.DataFrame) -> theme.Figure:
    """Draw gap and agreement over subsamples for each number of groups, with the null.

    Parameters
    ----------
    identity
        Unique on the page.
    what
        What people were grouped by.
    numbers
        Rows of ``stratification_numbers`` of one test.
    """
    drawing = theme.blank(320, legend=True)
    edges = theme.domains(2, 0.12)
    k = numbers["groups"].tolist()
    band = [*numbers["null_high"].tolist(), *numbers["null_low"].tolist()[::-1]]
    drawing.add_scatter(
        x=[*k, *k[::-1]], y=band, fill="toself", mode="lines", line={"width": 0},
        fillcolor=theme.RULE, name="one cloud (90%)", hoverinfo="skip",
    )  # fmt: skip
    drawing.add_scatter(
        x=k, y=numbers["rand"].tolist(), mode="lines+markers", name="people",
        line={"color": theme.colour(0)},
        hovertemplate="%{x} groups: %{y:.2f}<extra></extra>",
    )  # fmt: skip
    drawing.add_scatter(
        x=k, y=numbers["gap"].tolist(), mode="lines+markers", showlegend=False,
        line={"color": theme.colour(0)}, xaxis="x2", yaxis="y2",
        error_y={"type": "data", "array": numbers["gap_se"].tolist()},
        hovertemplate="%{x} groups: %{y:.3f}<extra></extra>",
    )  # fmt: skip
    theme.panel_titles(drawing, ["Same groups in subsamples", "Gap"], edges)
    ticks = {"tickvals": k, "title": {"text": "Groups"}}
    drawing.update_layout(
        xaxis={**ticks, "domain": edges[0]},
        xaxis2={**ticks, "domain": edges[1], "anchor": "y2"},
        yaxis={"title": {"text": "Adjusted Rand index"}},
        yaxis2={"anchor": "x2", "title": {"text": "Log spread, null less people"}},
        margin={"t": 62},
        legend={"y": 1.12},
    )
    told = ", ".join(
        f"{row.groups}: {row.rand:.2f} (one cloud {row.null_rand:.2f})"
        for row in numbers.itertuples()
    )
    return theme.Figure(
        f"strata-stability-{identity}",
        f"How stable groups are by {what}",
        "Left: agreement of groups made from four fifths of the people with those of everybody, "
        "and where 90% of single clouds of the same shape lie. A long cloud is cut in the same "
        "place each time, so that stable groups alone are no evidence. Right: how much closer "
        "people lie to the middle of their group than those of one cloud do; bars are one standard "
        "error.",
        f"Two line charts over the number of groups. Adjusted Rand index by groups: {told}.",
        theme.script_json(drawing),
        320,
    )
