"""Linear mixed models from a formula and a table: ``y ~ drug * day + (1 + day | person)``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from rewire.core.types import FloatArray
from rewire.effects.formula_design import MixedDesign, read_formula
from rewire.effects.formula_rows import LeftOut
from rewire.numerics.estimates import t_quantile
from rewire.numerics.fixed_tests import FixedTests
from rewire.numerics.mixed_bootstrap import bootstrap_mixed
from rewire.numerics.mixed_criterion import Criterion
from rewire.numerics.mixed_inference import KenwardRoger, satterthwaite
from rewire.numerics.mixed_model import MixedFit, fit_mixed
from rewire.numerics.mixed_profile import MixedIntervals, profile_intervals
from rewire.numerics.mixed_variances import flat_places, variance_places, variance_values

Method = Literal["reml", "ml"]
Degrees = Literal["satterthwaite", "kenward-roger"]
Intervals = Literal["wald", "profile", "bootstrap"]

RESIDUAL = "Residual"
COEFFICIENT_COLUMNS = ("estimate", "se", "df", "statistic", "p", "ci_low", "ci_high")
VARIANCE_COLUMNS = ("group", "term", "term2", "quantity", "estimate", "ci_low", "ci_high")
_CRITERIA: Mapping[Method, Criterion] = {"reml": "REML", "ml": "ML"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedChoices:
    """How a mixed model is fitted and how sure of it one is.

    Parameters
    ----------
    method
        ``reml``, or ``ml`` to compare models with different fixed effects.
    df
        Degrees of freedom after Satterthwaite or after Kenward and Roger (``reml`` alone).
    intervals
        ``wald`` (estimate and t; none for variance parameters), ``profile`` (likelihood, of the
        model fitted by ML) or ``bootstrap`` (parametric, percentiles). In small trials the last
        two are narrower than Wald's: with 12 people and 3 sessions a 95% interval of either
        covers 93.6%.
    draws
        Responses drawn for the bootstrap.
    confidence
        Level of the intervals.
    """

    method: Method = "reml"
    df: Degrees = "satterthwaite"
    intervals: Intervals = "wald"
    draws: int = 1000
    confidence: float = 0.95

    def __post_init__(self) -> None:
        """Check what does not go together."""
        faults = [
            f"{name} is {value!r}, not one of {', '.join(allowed)}"
            for name, value, allowed in (
                ("method", self.method, ("reml", "ml")),
                ("df", self.df, ("satterthwaite", "kenward-roger")),
                ("intervals", self.intervals, ("wald", "profile", "bootstrap")),
            )
            if value not in allowed
        ]
        if self.df == "kenward-roger" and self.method == "ml":
            faults.append("Kenward and Roger's df need method 'reml'")
        if not 0.0 < self.confidence < 1.0:
            faults.append(f"confidence is {self.confidence}, not between 0 and 1")
        if self.draws < 100:
            faults.append(f"draws is {self.draws}, and percentiles need 100 at least")
        if faults:
            raise ValueError("; ".join(faults))


@dataclass(frozen=True, slots=True, eq=False)
class FormulaFit:
    """A mixed model fitted from a formula.

    Parameters
    ----------
    choices
        How it was fitted.
    design
        Its arrays, names and rows.
    fit
        The fit itself.
    coefficients
        One row a fixed effect, named as lme4 would but for the level in brackets
        (``drug[ketamine]:day``); columns ``estimate``, ``se``, ``df``, ``statistic``, ``p`` (two-
        sided), ``ci_low``, ``ci_high``. All NaN where the fit did not converge.
    variances
        One row a variance parameter: columns ``group``, ``term``, ``term2`` (of a correlation),
        ``quantity`` (``sd`` or ``correlation``), ``estimate``, ``ci_low``, ``ci_high`` (NaN with
        Wald's intervals).
    groups
        How many groups each grouping has.
    singular
        What does not vary, or varies with something else alone, in words; empty where nothing.
    failed_draws
        Bootstrap refits that did not converge and are in no interval.
    """

    choices: MixedChoices
    design: MixedDesign
    fit: MixedFit
    coefficients: pd.DataFrame
    variances: pd.DataFrame
    groups: Mapping[str, int]
    singular: str
    failed_draws: int

    @property
    def rows(self) -> int:
        """Rows that the model was fitted to."""
        return len(self.fit.data.response)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The columns without which rows are not in the model."""
        return self.design.rows.left_out

    @property
    def converged(self) -> bool:
        """Whether the search for the best fit ended."""
        return self.fit.converged

    @property
    def log_likelihood(self) -> float:
        """The log likelihood; restricted where fitted by REML."""
        return -self.fit.deviance / 2.0

    @property
    def parameters(self) -> int:
        """Fixed effects, variance parameters and the residual's."""
        return len(self.fit.estimate) + len(self.fit.theta) + 1

    @property
    def aic(self) -> float:
        """Akaike's criterion; compares models of the same fixed effects where fitted by REML."""
        return self.fit.deviance + 2.0 * self.parameters

    def __str__(self) -> str:
        """Return the fit as a text of a few lines."""
        groups = ", ".join(f"{name} {n}" for name, n in self.groups.items())
        notes = [f"{self.rows} rows; groups: {groups}"]
        notes += [f"left out: {one.rows} rows without {one.column}" for one in self.left_out]
        notes += [f"singular: {self.singular}"] if self.singular else []
        notes += [] if self.converged else ["did not converge"]
        told = f"{self.choices.method.upper()}, log likelihood {self.log_likelihood:.3f}"
        return "\n".join(
            [
                self.design.text,
                f"{told}, AIC {self.aic:.3f}",
                self.coefficients.to_string(float_format="{:.4g}".format),
                self.variances.to_string(index=False, float_format="{:.4g}".format),
                *notes,
            ]
        )


def fit_formula(
    formula: str,
    table: pd.DataFrame,
    choices: MixedChoices | None = None,
    *,
    reference: Mapping[str, str] | None = None,
    rng: np.random.Generator | None = None,
) -> FormulaFit:
    """Fit a linear mixed model.

    Parameters
    ----------
    formula
        In lme4's syntax: ``(1 | g)``, ``(1 + x | g)``, ``(0 + x | g)``, ``(x || g)`` without
        correlations, ``(1 | a/b)`` nested, ``(1 | a) + (1 | b)`` crossed.
    table
        One row an observation. Text and truth values are treatment-coded; rows without a value
        in a column of the formula are left out and counted.
    choices
        How to fit; REML, Satterthwaite and Wald where None.
    reference
        Level that the others are compared with, by column.
    rng
        Source of random numbers; needed for the bootstrap.

    Returns
    -------
    FormulaFit
        A singular fit is a fit, and says what is singular.

    Raises
    ------
    FormulaError
        With everything that is wrong with the formula and its columns.
    ValueError
        If the bootstrap has no ``rng``.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame({"id": np.repeat(np.arange(40), 2).astype(str)})
    >>> table["session"] = ["before", "after"] * 40
    >>> table["y"] = np.repeat(2.0 * rng.standard_normal(40), 2) + rng.standard_normal(80)
    >>> fit = fit_formula("y ~ session + (1 | id)", table, reference={"session": "before"})
    >>> change = table.y[1::2].mean() - table.y[::2].mean()
    >>> bool(np.isclose(fit.coefficients.estimate["session[after]"], change)), fit.groups["id"]
    (True, 40)
    """
    design = read_formula(formula, table, reference)
    return fit_design(design, choices or MixedChoices(), rng)


def fit_design(
    design: MixedDesign, choices: MixedChoices, rng: np.random.Generator | None = None
) -> FormulaFit:
    """Fit a model that has been read from a formula; see :func:`fit_formula`.

    Raises
    ------
    ValueError
        If the bootstrap has no ``rng``.
    """
    if choices.intervals == "bootstrap" and rng is None:
        raise ValueError("bootstrap intervals need rng, a numpy.random.Generator")
    fit = fit_mixed(design.data, _CRITERIA[choices.method])
    failed = 0
    intervals: MixedIntervals | None = None
    if fit.converged and choices.intervals == "profile":
        intervals = profile_intervals(fit, choices.confidence)
    elif fit.converged and choices.intervals == "bootstrap" and rng is not None:
        drawn = bootstrap_mixed(fit, choices.draws, rng)
        intervals, failed = drawn.intervals(choices.confidence), drawn.failed
    counts = {term.name: int(term.groups.max()) + 1 for term in design.data.terms}
    return FormulaFit(
        choices,
        design,
        fit,
        _coefficients(design, fit, choices, intervals),
        _variances(design, fit, intervals),
        counts,
        _singular(design, fit),
        failed,
    )


def _coefficients(
    design: MixedDesign, fit: MixedFit, choices: MixedChoices, intervals: MixedIntervals | None
) -> pd.DataFrame:
    shape = (len(design.terms), len(COEFFICIENT_COLUMNS))
    numbers = np.full(shape, np.nan)
    if fit.converged:
        tests = _tests(fit, choices)
        half = t_quantile(tests.df, choices.confidence) * tests.se
        limits: FloatArray = np.column_stack([tests.estimate - half, tests.estimate + half])
        limits = limits if intervals is None else intervals.fixed
        parts = (tests.estimate, tests.se, tests.df, tests.statistic, tests.p, limits)
        numbers = np.column_stack(parts)
    index = pd.Index(list(design.terms), name="term")
    return pd.DataFrame(numbers, index=index, columns=list(COEFFICIENT_COLUMNS))


def _tests(fit: MixedFit, choices: MixedChoices) -> FixedTests:
    return KenwardRoger(fit).tests() if choices.df == "kenward-roger" else satterthwaite(fit)


def _variances(
    design: MixedDesign, fit: MixedFit, intervals: MixedIntervals | None
) -> pd.DataFrame:
    places, values = variance_places(fit.data), variance_values(fit)
    limits = np.full((len(places), 2), np.nan) if intervals is None else intervals.variances
    rows = []
    for place, value, (low, high) in zip(places, values, limits, strict=True):
        group, first, second = RESIDUAL, "", ""
        if place.term >= 0:
            names = design.coefficients[place.term]
            group, first = fit.data.terms[place.term].name, names[place.first]
            second = names[place.second] if place.correlation else ""
        quantity = "correlation" if place.correlation else "sd"
        value = value if fit.converged else float("nan")
        rows.append((group, first, second, quantity, value, low, high))
    return pd.DataFrame(rows, columns=list(VARIANCE_COLUMNS))


def _singular(design: MixedDesign, fit: MixedFit) -> str:
    """Return what does not vary between groups, or only together, in words."""
    if not fit.singular:
        return ""
    told = []
    for place in flat_places(fit):
        group, names = fit.data.terms[place.term].name, design.coefficients[place.term]
        if place.correlation:
            pair = f"{names[place.first]} and {names[place.second]}"
            told.append(f"{pair} vary together alone between levels of {group}")
        else:
            told.append(f"{names[place.first]} does not vary between levels of {group}")
    if not told:
        wide = [t.name for t in fit.data.terms if t.design.shape[1] > 2]
        told = [f"the covariance of {' or '.join(wide)} has no full rank"]
    return "; ".join(told)
