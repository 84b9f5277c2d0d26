"""Connectivity before, after, and its change, regions in the order of their networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rewire.core.atlas import Atlas
from rewire.core.types import FloatArray, Measurement, Timepoint
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures import theme
from rewire.report.observed import arms_in_use, mean_over_people, panel_label

_HEIGHT = 400
_PAIRS = (("connectivity", "region", "region2"), ("connectivity_network", "network", "network2"))


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """Rows of a matrix in drawing order, with the blocks that lines are drawn around."""

    order: npt.NDArray[np.intp]
    labels: tuple[str, ...]
    blocks: tuple[tuple[str, int, int], ...]


def matrices(contents: Contents) -> tuple[theme.Figure, ...]:
    """Return one figure an arm: mean connectivity before, after, and after minus before.

    Regions are ordered by network where the trial has region-by-region values; else the
    network-by-network means are drawn.

    Parameters
    ----------
    contents
        The report's contents.

    Returns
    -------
    tuple of Figure
        Empty where the trial has no connectivity at two time points.
    """
    chosen = [
        (contents.measurements[name], row)
        for name, row, column in _PAIRS
        if name in contents.measurements and contents.measurements[name].dims == (row, column)
    ]
    points = _before_after(contents)
    if not chosen or points is None:
        return ()
    measurement, dim = chosen[0]
    layout = _layout(measurement, dim, tuple(contents.trial.atlases.values()))
    means = {}
    for arm in arms_in_use(contents):
        before, after = (mean_over_people(contents, measurement, arm, p) for p in points)
        if np.isfinite(before).any() and np.isfinite(after).any():
            ordered = np.ix_(layout.order, layout.order)
            means[arm] = (before[ordered], after[ordered])
    limits = _limits(list(means.values()))
    return tuple(
        _figure(i, panel_label(contents, arm), pair, layout, (measurement, points, limits))
        for i, (arm, pair) in enumerate(means.items(), 1)
    )


def _before_after(contents: Contents) -> tuple[Timepoint, Timepoint] | None:
    for question in contents.questions:
        about = any(name.startswith("connectivity") for name in question.measures)
        if about and question.after:
            return question.before, question.after[0]
    for question in contents.questions:
        if question.measures and question.after:
            return question.before, question.after[0]
    return None


def _layout(measurement: Measurement, dim: str, atlases: tuple[Atlas, ...]) -> _Layout:
    labels = [str(v) for v in measurement.data[dim].to_numpy()]
    network = dict.fromkeys(labels, "")
    for atlas in atlases:
        network.update(
            {r: n for r, n in zip(atlas.regions, atlas.network, strict=True) if r in network}
        )
    first = {n: i for i, n in enumerate(dict.fromkeys(network[label] for label in labels))}
    order = np.array(sorted(range(len(labels)), key=lambda i: (first[network[labels[i]]], i)))
    sorted_labels = tuple(labels[i] for i in order)
    blocks: list[tuple[str, int, int]] = []
    for i, label in enumerate(sorted_labels):
        block = network[label] or (label if dim == "network" else "")
        if blocks and blocks[-1][0] == block:
            blocks[-1] = (block, blocks[-1][1], i + 1)
        else:
            blocks.append((block, i, i + 1))
    return _Layout(order, sorted_labels, tuple(blocks))


def _limits(pairs: list[tuple[FloatArray, FloatArray]]) -> tuple[float, float]:
    levels = [np.abs(m[np.isfinite(m)]) for pair in pairs for m in pair]
    changes = [np.abs((a - b)[np.isfinite(a - b)]) for b, a in pairs]
    both = []
    for parts in (levels, changes):
        values = np.concatenate(parts) if parts else np.zeros(0)
        both.append(float(np.quantile(values, 0.99)) if len(values) else 1.0)
    return both[0] or 1.0, both[1] or 1.0


def _figure(
    index: int,
    arm: str,
    pair: tuple[FloatArray, FloatArray],
    layout: _Layout,
    shared: tuple[Measurement, tuple[Timepoint, Timepoint], tuple[float, float]],
) -> theme.Figure:
    measurement, points, limits = shared
    before, after = (names.time_label(str(p)) for p in points)
    drawing = theme.blank(_HEIGHT)
    edges = theme.domains(3, 0.035)
    panels = (pair[0], pair[1], pair[1] - pair[0])
    for i, values in enumerate(panels):
        _panel(drawing, i, values, layout, limits[1 if i == 2 else 0])
        _axes(drawing, i, layout, edges[i])
    theme.panel_titles(drawing, (before, after, f"{after} \N{MINUS SIGN} {before}"), edges)
    drawing.update_layout(
        coloraxis=_bar(limits[0], 0.32),
        coloraxis2=_bar(limits[1], 0.84),
        margin={"b": 120, "l": 74},
    )
    title = f"{names.sentence_case(names.measure_label(measurement.name))}: {arm}"
    return theme.Figure(
        f"matrix-{index}",
        title,
        f"Mean over participants, {before}, {after}, and their difference; the colour scales are "
        "the same in every arm and end at the 99th percentile of all arms. Lines divide networks.",
        (
            f"{title}. Three matrices of {len(layout.labels)} by {len(layout.labels)}. "
            f"{_seen(panels, layout)}"
        ),
        theme.script_json(drawing),
        _HEIGHT,
    )


def _panel(drawing: Any, i: int, values: FloatArray, layout: _Layout, limit: float) -> None:
    safe = [theme.safe(label) for label in layout.labels]
    drawing.add_heatmap(
        x=safe,
        y=safe,
        z=values.astype(np.float32),
        coloraxis="coloraxis2" if i == 2 else "coloraxis",
        xaxis=theme.axis_name("x", i),
        yaxis=theme.axis_name("y", i),
        hovertemplate="%{y}<br>%{x}<br>%{z:.3f}<extra></extra>",
    )


def _axes(drawing: Any, i: int, layout: _Layout, edge: tuple[float, float]) -> None:
    suffix = "" if i == 0 else str(i + 1)
    n = len(layout.labels)
    ticks = {
        "type": "category",
        "tickmode": "array",
        "tickvals": [(start + stop - 1) / 2 for _, start, stop in layout.blocks],
        "ticktext": [theme.safe(name) for name, _, _ in layout.blocks],
        "ticks": "",
        "showline": False,
        "tickfont": {"size": 10},
    }
    drawing.update_layout(
        {
            f"xaxis{suffix}": ticks
            | {
                "domain": edge,
                "anchor": theme.axis_name("y", i),
                "tickangle": -60,
                "constrain": "domain",
                "constraintoward": "left",
            },
            f"yaxis{suffix}": ticks
            | {
                "anchor": theme.axis_name("x", i),
                "autorange": "reversed",
                "scaleanchor": theme.axis_name("x", i),
                "constrain": "domain",
                "constraintoward": "top",
                "showticklabels": i == 0,
            },
        }
    )
    x, y = theme.axis_name("x", i), theme.axis_name("y", i)
    line = {"color": "#333", "width": 0.6}
    for stop in [0, *(stop for _, _, stop in layout.blocks)]:
        across = {"x0": -0.5, "x1": n - 0.5, "y0": stop - 0.5, "y1": stop - 0.5}
        down = {"y0": -0.5, "y1": n - 0.5, "x0": stop - 0.5, "x1": stop - 0.5}
        for ends in (across, down):
            drawing.add_shape(type="line", xref=x, yref=y, line=line, **ends)


def _bar(limit: float, centre: float) -> dict[str, Any]:
    return {
        "cmin": -limit,
        "cmax": limit,
        "colorscale": [list(stop) for stop in theme.DIVERGING],
        "colorbar": {
            "orientation": "h",
            "x": centre,
            "xanchor": "center",
            "y": -0.28,
            "yanchor": "top",
            "len": 0.3,
            "thickness": 9,
            "outlinewidth": 0,
            "nticks": 5,
        },
    }


def _seen(panels: tuple[FloatArray, ...], layout: _Layout) -> str:
    lines = []
    same = np.zeros((len(layout.labels), len(layout.labels)), dtype=bool)
    for _, start, stop in layout.blocks:
        same[start:stop, start:stop] = True
    for word, values in zip(("Before", "After", "Change"), panels, strict=True):
        inside, outside = values[same], values[~same]
        parts = []
        for place, some in (("within networks", inside), ("between networks", outside)):
            finite = some[np.isfinite(some)]
            if len(finite):
                parts.append(f"mean {numbers.plain(float(finite.mean()))} {place}")
        lines.append(f"{word}: {', '.join(parts)}.")
    return " ".join(lines)
