"""Drug, context and whether one depends on the other: fits, and their rows in the tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.core.types import FloatArray
from rewire.effects.answering import Asking
from rewire.effects.inference import place_columns
from rewire.effects.process_design import IntArray, Layout, Panel
from rewire.effects.process_verdict import UNDECIDED, show, verdicts
from rewire.effects.tables import Piece
from rewire.numerics.adjust import adjust_p
from rewire.numerics.clustered_contrasts import fit_clustered
from rewire.numerics.contrasts import (
    LEAST_IN_GROUP,
    ContrastFit,
    cell_means_model,
    fit_contrasts,
    joint_test,
)
from rewire.numerics.equivalence import equivalence_raw

PLACES = ("region", "region2", "network", "network2", "state", "level")
MOST_CLUSTERED = 500
"""Cells of a measure up to which a random effect is fitted."""

CLEAR = "the interaction is clear"
NOT_CLAIMED = "not claimed: no clear interaction"

_WORDS = {
    "drug": "pharmacological effect",
    "context": "effect of the instruction",
    "interaction": "drug by instruction",
    "drug within context": "pharmacological effect within an instruction",
    "context within drug": "effect of the instruction within a drug",
}
_SIZE = "in SD of baseline"
_OLS = "least squares at the last session, adjusted for baseline"


@dataclass(frozen=True, slots=True, eq=False)
class FactorFit:
    """One response in one layout.

    Parameters
    ----------
    panel, layout
        What was compared.
    fit
        The contrasts of the layout, then the adjusted mean of each of its cells.
    bound
        What counts as none, in the unit of the response, shape (cells,).
    spread
        Standard deviation of the baseline, shape (cells,).
    method
        In words, shape (cells,).
    adjusted, equivalence, equivalence_adjusted
        p, shape (contrasts, cells).
    """

    panel: Panel
    layout: Layout
    fit: ContrastFit
    bound: FloatArray
    spread: FloatArray
    method: npt.NDArray[np.object_]
    adjusted: FloatArray
    equivalence: FloatArray
    equivalence_adjusted: FloatArray


def fit_layout(
    panel: Panel, layout: Layout, therapist: IntArray | None, covariates: FloatArray, bounds: float
) -> FactorFit:
    """Fit the contrasts of a layout in every cell of a response.

    Parameters
    ----------
    panel, layout
        What is compared.
    therapist
        Therapist of each person, -1 for none; None where there is no random effect.
    covariates
        Shape (people, k).
    bounds
        In standard deviations of the baseline.
    """
    count = len(layout.cells)
    model = cell_means_model(panel.after, layout.group, covariates, panel.before)
    if model.columns.shape[1] < count:
        wider = np.pad(model.columns, ((0, 0), (0, count - model.columns.shape[1])))
        model = type(model)(
            model.response, model.group, wider, np.arange(count), model.covariates, model.own
        )
    weights = np.vstack([*(c.weights for c in layout.contrasts), np.eye(count)])
    plain = _OLS if panel.before is not None else "least squares of the change"
    method = np.full(panel.after.shape[1], plain, dtype=object)
    if therapist is None:
        fit = fit_contrasts(model, weights)
    else:
        clustered = fit_clustered(model, therapist, weights)
        fit = clustered.fit
        method[:] = "mixed model with a random effect of therapist, REML, Satterthwaite"
        method[clustered.singular] += "; singular"
    asked = len(layout.contrasts)
    spread = panel.baseline_spread(fit.used)
    bound = bounds * spread
    p = equivalence_raw(fit.estimate[:asked], fit.se[:asked], fit.df[:asked], bound)
    blank = np.full_like(p, np.nan)
    return FactorFit(panel, layout, fit, bound, spread, method, blank, p, blank)


def adjust_fits(asking: Asking, fits: Sequence[FactorFit]) -> list[FactorFit]:
    """Adjust p over responses, factors and levels, for each part of the question by itself."""
    adjusted = [np.full_like(f.equivalence, np.nan) for f in fits]
    equivalent = [np.full_like(f.equivalence, np.nan) for f in fits]
    how = asking.question.correction
    if how == "max_t":
        raise ValueError("a process question has no permutations to take the largest statistic of")
    parts = dict.fromkeys(label.part for f in fits for label in f.layout.labels)
    for part in parts:
        rows = [_rows_of(f.layout, part) for f in fits]
        for values, into in (
            ([f.fit.p[r] for f, r in zip(fits, rows, strict=True)], adjusted),
            ([f.equivalence[r] for f, r in zip(fits, rows, strict=True)], equivalent),
        ):
            joined = adjust_p(np.concatenate([v.ravel() for v in values]), how)
            ends = np.cumsum([v.size for v in values])[:-1]
            for at, r, v, q in zip(into, rows, values, np.split(joined, ends), strict=True):
                at[r] = q.reshape(v.shape)
    return [
        FactorFit(
            f.panel, f.layout, f.fit, f.bound, f.spread, f.method, p, f.equivalence, equal
        )
        for f, p, equal in zip(fits, adjusted, equivalent, strict=True)
    ]  # fmt: skip


def effect_pieces(asking: Asking, found: FactorFit) -> Iterator[Piece]:
    """Return the rows of the effects table: main effects and interactions, no simple effects.

    Where the context is nested its contrasts within each drug are what is asked, and are rows.
    """
    for i, label in enumerate(found.layout.labels):
        if label.within and not found.layout.nested:
            continue
        numbers = _numbers(asking, found, i)
        yield {
            "question": asking.question.name,
            "kind": asking.question.kind.value,
            **_response(found.panel),
            "term": label.term,
            "moderator": found.layout.context.name,
            "contrast": label.contrast,
            "acquisition": found.panel.acquisition,
            "alternative": "two-sided",
            "effect_size": found.fit.estimate[i] / found.spread,
            "effect_size_kind": _SIZE,
            **{k: v for k, v in numbers.items() if k != "p_adjusted"},
            "p_adjusted": found.adjusted[i],
            "method": _named(found, label.part),
        }


def simple_pieces(asking: Asking, found: FactorFit) -> Iterator[Piece]:
    """Return every contrast with its bound, and what may be claimed of it."""
    told = verdict(found, 1.0 - asking.inference.confidence)
    clear = _interaction_clear(found, 1.0 - asking.inference.confidence)
    for i, label in enumerate(found.layout.labels):
        whole = label.part == "interaction"
        standing = np.full(len(told), "", dtype=object)
        if label.within and not found.layout.nested:
            standing[:] = np.where(clear, CLEAR, NOT_CLAIMED)
        yield {
            "question": asking.question.name,
            **_response(found.panel),
            "context": found.layout.context.name,
            "part": label.part,
            "term": label.term,
            "within": label.within,
            "contrast": label.contrast,
            **_numbers(asking, found, i),
            "bound": found.bound,
            "p_equivalence": found.equivalence[i],
            "p_equivalence_adjusted": found.equivalence_adjusted[i],
            "standing": standing,
            "verdict": told if whole else np.full(len(told), "", dtype=object),
            "method": _named(found, label.part),
        }


def cell_pieces(asking: Asking, found: FactorFit) -> Iterator[Piece]:
    """Return the means of every cell of drug and context, before, after and adjusted."""
    first = len(found.layout.contrasts)
    layout, fit, panel = found.layout, found.fit, found.panel
    half = fit.half_width(asking.inference.confidence)
    for k, (i, j) in enumerate(layout.cells):
        n = fit.counts[k]
        inside = fit.used & (layout.group == k)[:, None]
        known = n >= LEAST_IN_GROUP
        columns: dict[str, FloatArray] = {}
        for name, values in (("before", panel.before), ("after", panel.after)):
            held = values if values is not None else np.full_like(panel.after, np.nan)
            columns[f"mean_{name}"], columns[f"sd_{name}"] = _moments(held, inside)
        yield {
            "question": asking.question.name,
            **_response(panel),
            "context": layout.context.name,
            "drug_level": layout.drug.levels[i],
            "context_level": layout.context.levels[j],
            "n": n,
            **columns,
            "adjusted_mean": fit.estimate[first + k],
            "se": fit.se[first + k],
            "ci_low": fit.estimate[first + k] - half[first + k],
            "ci_high": fit.estimate[first + k] + half[first + k],
            "status": np.where(known, fit.status[first + k], "too few participants"),
        }


def joint_pieces(asking: Asking, found: FactorFit) -> Iterator[Piece]:
    """Return F tests of all contrasts of a part together: drug, context, interaction."""
    for part in ("drug", "context", "interaction"):
        rows = _rows_of(found.layout, part)
        if not len(rows):
            continue
        joint = joint_test(found.fit, rows)
        yield {
            "question": asking.question.name,
            **_response(found.panel),
            "context": found.layout.context.name,
            "part": part,
            "statistic": joint.statistic,
            "df": np.full(len(joint.p), float(joint.numerator)),
            "df_residual": joint.denominator,
            "p": joint.p,
        }


def verdict(found: FactorFit, alpha: float) -> npt.NDArray[np.object_]:
    """Return whether it was the pill, the process, both or undecided, in each cell."""
    if found.layout.nested:
        return np.full(found.fit.estimate.shape[1], UNDECIDED, dtype=object)
    shown = []
    for part in ("drug", "context", "interaction"):
        rows = _rows_of(found.layout, part)
        shown.append(show(found.adjusted[rows], found.equivalence_adjusted[rows], alpha))
    return verdicts(*shown)


def _interaction_clear(found: FactorFit, alpha: float) -> npt.NDArray[np.bool_]:
    rows = _rows_of(found.layout, "interaction")
    return np.asarray((found.adjusted[rows] < alpha).any(axis=0), dtype=np.bool_)


def _rows_of(layout: Layout, part: str) -> IntArray:
    return np.array([i for i, lab in enumerate(layout.labels) if lab.part == part], dtype=np.int64)


def _named(found: FactorFit, part: str) -> npt.NDArray[np.object_]:
    if not found.layout.instructed:
        return found.method
    return np.array([f"{_WORDS[part]}; {m}" for m in found.method], dtype=object)


def _numbers(asking: Asking, found: FactorFit, i: int) -> dict[str, npt.NDArray[np.generic]]:
    fit = found.fit
    half = fit.half_width(asking.inference.confidence)[i]
    return {
        "n": fit.n,
        "estimate": fit.estimate[i],
        "se": fit.se[i],
        "ci_low": fit.estimate[i] - half,
        "ci_high": fit.estimate[i] + half,
        "statistic": fit.statistic[i],
        "df": fit.df[i],
        "p": fit.p[i],
        "p_adjusted": found.adjusted[i],
        "status": fit.status[i].astype(object),
    }


def _response(panel: Panel) -> dict[str, npt.NDArray[np.generic] | str]:
    return {
        "measure": panel.response.measure,
        "outcome": panel.response.outcome,
        "session": panel.session,
        **place_columns(panel.response, PLACES),
    }


def _moments(values: FloatArray, inside: npt.NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of the people of a cell; NaN for fewer than three."""
    n = inside.sum(axis=0)
    enough = n >= LEAST_IN_GROUP
    total = np.where(inside, values, 0.0).sum(axis=0)
    mean = np.where(enough, total / np.maximum(n, 1), np.nan)
    squares = (np.where(inside, values - mean, 0.0) ** 2).sum(axis=0)
    return mean, np.where(enough, np.sqrt(squares / np.maximum(n - 1, 1)), np.nan)
