"""Figures over all scans: motion, retained minutes, and how connectivity follows motion."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewire.numerics.motion_artefact import MotionArtefact
from rewire.report import names, numbers
from rewire.report.figures import theme
from rewire.report.quality_contents import ScanPage

_BINS = (40, 41)
_GOLDEN = 0.618


@dataclass(frozen=True, slots=True)
class Shown:
    """A number of every scan that is drawn: which, what it is called, and in what unit."""

    id: str
    title: str
    axis: str
    unit: str
    decimals: int
    of: Callable[[ScanPage], float]
    caption: str


MOTION = Shown(
    "all-motion",
    "Motion of every scan",
    "Mean framewise displacement (mm)",
    "mm",
    3,
    lambda scan: scan.displacement,
    "Mean framewise displacement, one mark a scan. Open marks are scans that were excluded.",
)
MINUTES = Shown(
    "all-minutes",
    "Retained minutes of every scan",
    "Minutes retained",
    "min",
    1,
    lambda scan: scan.minutes,
    "What is left after censoring, one mark a scan. Open marks are scans that were excluded.",
)


def every_scan(
    scans: Sequence[ScanPage], shown: Shown, design_arms: Sequence[str] = ()
) -> theme.Figure | None:
    """Return a number of every scan, by arm and time where these are given.

    Parameters
    ----------
    scans
        Those without the number are left out.
    shown
        Which number.
    design_arms
        The arms in the order in which they take their colours.

    Returns
    -------
    Figure
        None where no scan has the number.
    """
    known = [scan for scan in scans if not math.isnan(shown.of(scan))]
    if not known:
        return None
    times = list(dict.fromkeys(sorted((s.time for s in known), key=_first(scans))))
    present = list(dict.fromkeys(s.arm for s in known))
    arms = [a for a in design_arms if a in present]
    arms += [a for a in present if a not in arms]
    drawing = theme.blank(280, legend=len(arms) > 1)
    for k, arm in enumerate(arms):
        mine = [scan for scan in known if scan.arm == arm]
        offset = (k - (len(arms) - 1) / 2) * 0.3
        jitter = [((i * _GOLDEN) % 1 - 0.5) * 0.2 for i in range(len(mine))]
        at = [times.index(s.time) + offset + j for s, j in zip(mine, jitter, strict=True)]
        place = design_arms.index(arm) if arm in design_arms else k
        _dots(drawing, list(zip(at, mine, strict=True)), shown, place)
    ticks = [theme.safe(t or "all scans") for t in times]
    drawing.update_layout(
        xaxis={
            "tickmode": "array",
            "tickvals": list(range(len(times))),
            "ticktext": ticks,
            "range": [-0.5, len(times) - 0.5],
        },
        yaxis={"title": {"text": shown.axis}, "rangemode": "tozero"},
    )
    values = np.array([shown.of(scan) for scan in known])
    low, middle, high = (numbers.fixed(float(v), shown.decimals) for v in _ends(values))
    said = f"{shown.axis} of {len(known)} scans: median {middle}, from {low} to {high}."
    spec = theme.script_json(drawing)
    return theme.Figure(shown.id, shown.title, f"{shown.caption} {said}", said, spec, 280)


def motion_by_distance(found: MotionArtefact) -> theme.Figure | None:
    """Return how the correlation of edges with motion goes with the distance of their regions.

    Parameters
    ----------
    found
        Over all edges.

    Returns
    -------
    Figure
        None where the places of the regions are unknown.
    """
    both = np.isfinite(found.r) & np.isfinite(found.distance)
    if both.sum() < 3 or math.isnan(found.slope):
        return None
    distance, r = found.distance[both], found.r[both]
    width = max(float(np.abs(r).max()), 0.1)
    longest = float(distance.max())
    edges = [(0.0, longest), (-width, width)]
    count, across, along = np.histogram2d(distance, r, bins=_BINS, range=edges)
    drawing = theme.blank(340)
    drawing.add_heatmap(
        x=_centres(across),
        y=_centres(along),
        z=[[cell or None for cell in row] for row in count.T.tolist()],
        colorscale=[[0.0, "#dbe7f1"], [1.0, "#08306b"]],
        colorbar={"title": {"text": "Edges", "side": "right"}, "thickness": 12, "outlinewidth": 0},
        hovertemplate="%{x:.0f} mm<br>r %{y:.2f}<br>%{z} edges<extra></extra>",
    )
    ends = np.array([float(distance.min()), longest])
    drawing.add_scatter(
        x=ends.tolist(),
        y=(found.intercept + found.slope * ends).tolist(),
        mode="lines",
        line={"color": "#D55E00", "width": 2.5},
        hoverinfo="skip",
        showlegend=False,
    )
    drawing.update_layout(
        xaxis={"title": {"text": "Distance between the two regions (mm)"}, "rangemode": "tozero"},
        yaxis={"title": {"text": "Correlation with motion over scans (r)"}, "zeroline": True},
    )
    said = artefact_sentence(found)
    return theme.Figure(
        "motion-distance",
        "Connectivity that follows motion, by distance",
        "Each edge's connectivity (Fisher z) is correlated with mean framewise displacement over "
        "the scans that are kept; darker cells hold more edges, the line is least squares. Motion "
        "that was not removed raises connectivity between near regions more than between far "
        "ones: a line that falls is a warning. Nothing is tested: edges and scans of one person "
        "are not independent.",
        said,
        theme.script_json(drawing),
        340,
    )


def artefact_sentence(found: MotionArtefact) -> str:
    """Return what was found about motion and connectivity, in words."""
    median, chance = (
        numbers.unit_bound(v) for v in (found.median_absolute, found.expected_absolute)
    )
    text = f"Over {found.scans} scans and {np.isfinite(found.r).sum():,} edges the median absolute "
    text += f"correlation with motion is {median}; independent scans without any relation give "
    text += f"{chance}."
    if math.isnan(found.slope):
        return f"{text} Distances between regions are unknown."
    per = numbers.fixed(100.0 * found.slope, 3)
    rank = numbers.unit_bound(found.spearman)
    return f"{text} The correlation changes by {per} for each 100 mm (rank correlation {rank})."


def _dots(drawing: Any, marks: Sequence[tuple[float, ScanPage]], shown: Shown, place: int) -> None:
    """Draw an arm's scans: filled where kept, and open, outside the legend, where not."""
    for decision, end in (("kept", ""), ("excluded", "-open")):
        mine = [(at, scan) for at, scan in marks if scan.decision == decision]
        drawing.add_scatter(
            x=[at for at, _ in mine],
            y=[shown.of(scan) for _, scan in mine],
            mode="markers",
            name=theme.safe(names.arm_label(marks[0][1].arm)),
            showlegend=not end,
            marker={
                "color": theme.colour(place),
                "symbol": f"{theme.symbol(place)}{end}",
                "size": 7,
                "opacity": 0.75,
            },
            hovertext=[_hover(scan, shown) for _, scan in mine],
            hoverinfo="text",
        )


def _hover(scan: ScanPage, shown: Shown) -> str:
    return f"{theme.safe(scan.label)}<br>{shown.of(scan):.{shown.decimals}f} {shown.unit}"


def _first(scans: Sequence[ScanPage]) -> Callable[[str], int]:
    """Return the order in which times are listed."""
    order: dict[str, int] = {}
    for scan in sorted(scans, key=lambda s: s.place):
        order.setdefault(scan.time, len(order))
    return lambda text: order[text]


def _centres(edges: np.ndarray[Any, np.dtype[np.float64]]) -> list[float]:
    return [round(float(v), 4) for v in (edges[:-1] + edges[1:]) / 2]


def _ends(values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float, float]:
    return float(values.min()), float(np.median(values)), float(values.max())
