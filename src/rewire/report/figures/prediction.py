"""Predictions drawn: everybody, calibration, net benefit and learning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from rewire.report import names
from rewire.report.figures import theme

_LABELS = {
    "clinic": "clinic", "brain": "brain", "both": "both", "everybody": "act on everybody",
    "nobody": "act on nobody",
}  # fmt: skip
_ORDER = tuple(_LABELS)


def prediction_figures(
    identity: str, what: str, tables: Mapping[str, pd.DataFrame], of_classes: bool
) -> tuple[theme.Figure, ...]:
    """Return the figures of one outcome.

    Parameters
    ----------
    identity
        Unique on the page.
    what
        What was predicted.
    tables
        ``people``, ``calibration``, ``net_benefit`` and ``curve``, as far as there are any.
    of_classes
        Whether 1 and 0 were predicted.
    """
    drawn = [
        _people(identity, what, tables["people"], of_classes) if "people" in tables else None,
        _calibration(identity, what, tables["calibration"]) if "calibration" in tables else None,
        _benefit(identity, what, tables["net_benefit"]) if "net_benefit" in tables else None,
        _learning(identity, what, tables["curve"]) if "curve" in tables else None,
    ]
    return tuple(figure for figure in drawn if figure is not None)


def _panels(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(f, frame[frame["features"] == f]) for f in _ORDER if (frame["features"] == f).any()]


def _people(
    identity: str, what: str, people: pd.DataFrame, of_classes: bool
) -> theme.Figure | None:
    panels = _panels(people)
    if not panels:
        return None
    arms = list(dict.fromkeys(people["arm"]))
    drawing = theme.blank(340, legend=len(arms) > 1)
    edges = theme.domains(len(panels))
    for at, (_, part) in enumerate(panels):
        x, y = theme.axis_name("x", at), theme.axis_name("y", at)
        for i, arm in enumerate(arms):
            mine = part[part["arm"] == arm]
            observed = mine["observed"].to_numpy(dtype=float)
            drawing.add_scatter(
                x=mine["predicted"].tolist(),
                y=(_spread(observed) if of_classes else observed).tolist(),
                mode="markers",
                marker={"color": theme.colour(i), "symbol": theme.symbol(i), "size": 7},
                name=theme.safe(str(arm) or "everybody"),
                text=[theme.safe(str(p)) for p in mine["participant_id"]],
                hovertemplate="%{text}<br>predicted %{x:.2f}<br>observed %{y:.2f}<extra></extra>",
                showlegend=at == 0,
                legendgroup=str(i),
                xaxis=x,
                yaxis=y,
            )
        ends = [float(part["predicted"].min()), float(part["predicted"].max())]
        _line(drawing, ends, ends, (x, y))
        _axes(drawing, at, edges, ("Predicted", "Observed"))
    theme.panel_titles(drawing, [_LABELS[f] for f, _ in panels], edges)
    drawing.update_layout(margin={"t": 62}, legend={"y": 1.12})
    spoken = "; ".join(f"{f}: {len(part)} people" for f, part in panels)
    return theme.Figure(
        f"predicted-{identity}",
        f"Predicted and observed: {names.sentence_case(what)}",
        "Each mark is a person, predicted by models that never saw them (mean over repeats). On "
        "the dotted line prediction and observation agree."
        + (" Marks at 0 and 1 are spread a little so that all can be seen." if of_classes else ""),
        f"Scatter plots of observed against predicted values. {spoken}.",
        theme.script_json(drawing),
        340,
    )


def _spread(observed: np.ndarray) -> np.ndarray:
    """Move marks at 0 and 1 apart in the order of the table, by at most .04."""
    return np.asarray(observed + 0.04 * np.sin(2.4 * np.arange(len(observed))))


def _calibration(identity: str, what: str, groups: pd.DataFrame) -> theme.Figure | None:
    panels = _panels(groups)
    if not panels:
        return None
    drawing = theme.blank(320)
    edges = theme.domains(len(panels))
    for at, (_, part) in enumerate(panels):
        axes = theme.axis_name("x", at), theme.axis_name("y", at)
        seen = part["observed"].to_numpy(dtype=float)
        drawing.add_scatter(
            x=part["predicted"].tolist(),
            y=seen.tolist(),
            error_y={
                "type": "data",
                "array": (part["ci_high"].to_numpy(dtype=float) - seen).tolist(),
                "arrayminus": (seen - part["ci_low"].to_numpy(dtype=float)).tolist(),
                "color": theme.QUIET,
                "thickness": 1,
            },
            mode="lines+markers",
            line={"color": theme.colour(0)},
            hovertemplate="predicted %{x:.2f}<br>observed %{y:.2f}<extra></extra>",
            xaxis=axes[0],
            yaxis=axes[1],
        )
        ends = [float(part["predicted"].min()), float(part["predicted"].max())]
        _line(drawing, ends, ends, axes)
        _axes(drawing, at, edges, ("Mean predicted", "Mean observed"))
    theme.panel_titles(drawing, [_LABELS[f] for f, _ in panels], edges)
    drawing.update_layout(margin={"t": 40})
    return theme.Figure(
        f"calibration-{identity}",
        f"Calibration: {names.sentence_case(what)}",
        "People in groups of like predictions: what was predicted and what was observed, with 95% "
        "intervals. On the dotted line predictions mean what they say; a flatter line means that "
        "they are too bold.",
        "Observed against predicted group means; the numbers are in "
        "effects/prediction_calibration.tsv.",
        theme.script_json(drawing),
        320,
    )


def _benefit(identity: str, what: str, gains: pd.DataFrame) -> theme.Figure | None:
    panels = _panels(gains)
    if not panels:
        return None
    drawing = theme.blank(320, legend=True)
    for i, (features, part) in enumerate(panels):
        own = features not in ("everybody", "nobody")
        drawing.add_scatter(
            x=part["threshold"].tolist(),
            y=part["net_benefit"].tolist(),
            mode="lines",
            name=_LABELS[features],
            line={
                "color": theme.colour(i) if own else theme.QUIET,
                "dash": "solid" if own else "dash" if features == "everybody" else "dot",
            },
        )
    highest = float(gains["net_benefit"].max())
    drawing.update_layout(
        xaxis={"title": {"text": "Threshold"}, "range": [0, 1]},
        yaxis={"title": {"text": "Net benefit"}, "range": [-0.15, max(highest, 0.05) * 1.1]},
    )
    return theme.Figure(
        f"benefit-{identity}",
        f"Net benefit: {names.sentence_case(what)}",
        "True positives less false ones weighed by the odds of the threshold, over all people "
        "(Vickers and Elkin 2006). A prediction is of use only where its line lies above both "
        "dashed ones, and only if that held in people of another trial.",
        f"Lines of net benefit for {', '.join(_LABELS[f] for f, _ in panels)}.",
        theme.script_json(drawing),
        320,
    )


def _learning(identity: str, what: str, curve: pd.DataFrame) -> theme.Figure | None:
    panels = _panels(curve)
    if not panels:
        return None
    drawing = theme.blank(320, legend=True)
    for i, (features, part) in enumerate(panels):
        mean = part["r2"].to_numpy(dtype=float)
        drawing.add_scatter(
            x=part["training_people"].tolist(),
            y=mean.tolist(),
            error_y={
                "type": "data",
                "array": (part["r2_highest"].to_numpy(dtype=float) - mean).tolist(),
                "arrayminus": (mean - part["r2_lowest"].to_numpy(dtype=float)).tolist(),
                "thickness": 1,
            },
            mode="lines+markers",
            name=_LABELS[features],
            marker={"symbol": theme.symbol(i)},
            line={"color": theme.colour(i)},
        )
    span = [float(curve["training_people"].min()), float(curve["training_people"].max())]
    _line(drawing, span, [0.0, 0.0], ("x", "y"))
    drawing.update_layout(
        xaxis={"title": {"text": "People learned from"}},
        yaxis={"title": {"text": "R\N{SUPERSCRIPT TWO} in people left out"}},
    )
    return theme.Figure(
        f"learning-{identity}",
        f"Learning curve: {names.sentence_case(what)}",
        "R\N{SUPERSCRIPT TWO} in people left out by how many were learned from; bars span the "
        "repeats. The dotted line is the mean of the training people. A line that still rises "
        "asks for more people.",
        "Lines of R squared by training size; the numbers are in effects/prediction_curve.tsv.",
        theme.script_json(drawing),
        320,
    )


def _line(drawing: Any, x: list[float], y: list[float], axes: tuple[str, str]) -> None:
    drawing.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": theme.QUIET, "dash": "dot", "width": 1},
        hoverinfo="skip",
        showlegend=False,
        xaxis=axes[0],
        yaxis=axes[1],
    )


def _axes(drawing: Any, at: int, edges: list[tuple[float, float]], titles: tuple[str, str]) -> None:
    suffix = "" if at == 0 else str(at + 1)
    drawing.update_layout(
        {
            f"xaxis{suffix}": {
                "domain": edges[at],
                "anchor": theme.axis_name("y", at),
                "title": {"text": titles[0]},
            },
            f"yaxis{suffix}": {
                "anchor": theme.axis_name("x", at),
                "matches": None if at == 0 else "y",
                "showticklabels": at == 0,
                "title": {"text": titles[1] if at == 0 else ""},
            },
        }
    )
