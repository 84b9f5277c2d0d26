"""Differences of risks as dots: benefit and harm on one axis, with their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.report import names
from rewire.report.figures import theme

_ROW, _FRAME = 30, 110
_MOST = 40
_SIDES = (("benefit", 0), ("harm", 1))


def risk_differences(identity: str, rows: pd.DataFrame, percent: str) -> theme.Figure | None:
    """Return the dots of one contrast, None without any difference.

    Parameters
    ----------
    identity
        Unique on the page.
    rows
        Of the table ``harm_differences``, one contrast; the first forty are drawn.
    percent
        Level of the intervals, as ``95%``.
    """
    rows = rows[rows["difference"].notna()].head(_MOST)
    if rows.empty:
        return None
    arm, reference = str(rows["arm"].iloc[0]), str(rows["reference"].iloc[0])
    labels = [row_label(r) for _, r in rows.iterrows()]
    height = _FRAME + _ROW * len(rows)
    drawing = theme.blank(height, legend=True)
    place = np.arange(len(rows))[::-1]
    _dots(drawing, rows, place)
    counts = [_counts(r) for _, r in rows.iterrows()]
    drawing.update_layout(
        xaxis={
            "title": {"text": f"Difference of risks, {theme.safe(arm)} \N{MINUS SIGN} "
                      f"{theme.safe(reference)} (percentage points)"},
            "zeroline": True,
            "zerolinecolor": theme.QUIET,
        },
        yaxis={
            "tickmode": "array",
            "tickvals": place.tolist(),
            "ticktext": [
                f"{theme.safe(name)}  {theme.safe(count)}"
                for name, count in zip(labels, counts, strict=True)
            ],
            "range": [-0.6, len(rows) - 0.4],
            "showline": False,
            "ticks": "",
        },
    )  # fmt: skip
    spoken = "; ".join(
        f"{name}: {100 * r['difference']:.0f} points ({100 * r['ci_low']:.0f} to "
        f"{100 * r['ci_high']:.0f})"
        for name, (_, r) in zip(labels, rows.iterrows(), strict=True)
    )
    return theme.Figure(
        identity,
        f"{arm} against {reference}: benefit and harm on one axis",
        f"Points are differences of risks, lines their {percent} intervals; to the right it "
        f"happened more often in {arm}. For a benefit that is good, for a harm it is not. Beside "
        f"each name: how many of how many in {arm}, then in {reference}.",
        f"Differences of risks. {spoken}.",
        theme.script_json(drawing),
        height,
    )


def _dots(drawing: Any, rows: pd.DataFrame, place: npt.NDArray[np.int64]) -> None:
    for side, index in _SIDES:
        mine = (rows["side"] == side).to_numpy(dtype=bool)
        if not mine.any():
            continue
        part, at = rows[mine], 100.0 * rows["difference"][mine].to_numpy(dtype=float)
        low, high = (100.0 * part[c].to_numpy(dtype=float) for c in ("ci_low", "ci_high"))
        drawing.add_scatter(
            x=at,
            y=place[mine],
            mode="markers",
            name=side,
            marker={"color": theme.colour(index), "symbol": theme.symbol(index), "size": 9},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": high - at,
                "arrayminus": at - low,
                "color": theme.colour(index),
                "thickness": 1.5,
            },
            hoverinfo="skip",
        )


def row_label(row: pd.Series) -> str:
    """Return what a row is about: the occurrence, with scale and time where it has them."""
    scored = ", ".join(p for p in (row["scale"], names.time_label(str(row["session"]))) if p)
    return f"{row['occurrence']} ({scored})" if scored else str(row["occurrence"])


def _counts(row: pd.Series) -> str:
    own = f"{row['events']:.0f}/{row['people']:.0f}"
    return f"{own} against {row['reference_events']:.0f}/{row['reference_people']:.0f}"
