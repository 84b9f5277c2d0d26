"""What stands beside the coefficients of mixed models: variances, fits, and what to check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from rewire.core.types import FloatArray
from rewire.effects.answering import KindTable
from rewire.effects.formula import VARIANCE_COLUMNS, FormulaFit
from rewire.effects.responses import Response
from rewire.numerics.mixed_variances import random_modes, random_part

_PLACES = ("region", "region2", "network", "network2", "state", "level")
_WHAT = ("question", "measure", "outcome", *_PLACES)
_MODEL = (
    "formula", "rows", "people", "groups", "left_out", "log_likelihood", "aic", "singular",
    "converged", "failed_draws",
)  # fmt: skip
_MOST_CHECKED = 12


@dataclass(frozen=True, slots=True, eq=False)
class FittedCell:
    """A cell of a response with its model.

    Parameters
    ----------
    response
        What was looked at.
    cell
        Its index.
    fit
        The model.
    people
        Whose rows are in it.
    """

    response: Response
    cell: int
    fit: FormulaFit
    people: frozenset[str]


def mixed_tables(question: str, cells: Sequence[FittedCell]) -> tuple[KindTable, ...]:
    """Return the tables of a question's mixed models.

    ``mixed_variances`` has a row a standard deviation or correlation, ``mixed_models`` one a
    model, and ``mixed_checks`` one a residual or predicted group of a whole-brain response: its
    value in standard deviations beside that of a normal sample of the same size.
    """
    variances = [
        {**_what(question, one), **row}
        for one in cells
        for row in one.fit.variances.to_dict("records")
    ]
    models = [{**_what(question, one), **_model(one)} for one in cells]
    whole = [one for one in cells if not one.response.places[one.cell].label][:_MOST_CHECKED]
    checks = [{**_what(question, one), **row} for one in whole for row in _checks(one)]
    frames = (
        ("mixed_variances", "Variance parameters of mixed models.", variances, VARIANCE_COLUMNS),
        ("mixed_models", "Mixed models: rows, groups, fit.", models, _MODEL),
        (
            "mixed_checks",
            "Residuals and predicted groups of mixed models beside normal quantiles.",
            checks,
            ("of", "expected", "observed"),
        ),
    )
    return tuple(
        KindTable(name, about, pd.DataFrame(rows, columns=[*_WHAT, *columns]))
        for name, about, rows, columns in frames
    )


def _what(question: str, one: FittedCell) -> dict[str, object]:
    place = one.response.places[one.cell]
    names = {name: getattr(place, name) for name in _PLACES}
    own = {"measure": one.response.measure, "outcome": one.response.outcome}
    return {"question": question, **own, **names}


def _model(one: FittedCell) -> dict[str, object]:
    fit = one.fit
    return {
        "formula": fit.design.text,
        "rows": fit.rows,
        "people": len(one.people),
        "groups": "; ".join(f"{name} {n}" for name, n in fit.groups.items()),
        "left_out": "; ".join(f"{o.rows} without {o.column}" for o in fit.left_out),
        "log_likelihood": fit.log_likelihood,
        "aic": fit.aic,
        "singular": fit.singular,
        "converged": fit.converged,
        "failed_draws": fit.failed_draws,
    }


def _checks(one: FittedCell) -> Iterator[dict[str, object]]:
    fit = one.fit.fit
    if not one.fit.converged:
        return
    left = fit.data.response - fit.data.fixed @ fit.estimate - random_part(fit)
    yield from _quantiles("residual", left)
    modes, names = random_modes(fit), one.fit.design.coefficients
    for term, found, own in zip(fit.data.terms, modes, names, strict=True):
        for name, column in zip(own, found.T, strict=True):
            yield from _quantiles(f"{term.name}: {name}", column)


def _quantiles(of: str, values: FloatArray) -> Iterator[dict[str, object]]:
    """Return values in standard deviations beside normal quantiles, smallest first."""
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    if not spread > 1e-12 * max(float(np.abs(values).max()), 1e-300):
        return
    observed = np.sort((values - values.mean()) / spread)
    expected = special.ndtri((np.arange(len(values)) + 0.5) / len(values))
    for at, value in zip(expected, observed, strict=True):
        yield {"of": of, "expected": float(at), "observed": float(value)}
