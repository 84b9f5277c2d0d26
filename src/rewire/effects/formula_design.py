"""From a formula and a table to the arrays of a mixed model, with the names of its columns."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import Formula, model_matrix
from formulaic.errors import FormulaicError
from formulaic.parser.types import Factor
from scipy import linalg

from rewire.core.errors import FormulaError
from rewire.core.formula import FUNCTIONS, MixedFormula, RandomPart, parse_formula
from rewire.core.types import FloatArray
from rewire.effects.formula_rows import FormulaRows, formula_rows, group_codes
from rewire.numerics.mixed_criterion import MixedData, RandomTerm

INTERCEPT = "(Intercept)"

_NODES = (
    ast.Expression, ast.Call, ast.Name, ast.Load, ast.Constant, ast.BinOp, ast.UnaryOp, ast.USub,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow,
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class MixedDesign:
    """The arrays of a model and what they are called.

    Parameters
    ----------
    text
        What was written.
    formula
        The same, taken apart.
    rows
        The rows that are used, and what was left out.
    data
        Response, fixed effects and random terms.
    terms
        Name of each fixed effect: ``session[week6]:arm[psilocybin]:x``.
    coefficients
        Names of the coefficients of each random term.
    """

    text: str
    formula: MixedFormula
    rows: FormulaRows
    data: MixedData
    terms: tuple[str, ...]
    coefficients: tuple[tuple[str, ...], ...]


def read_formula(
    text: str, table: pd.DataFrame, reference: Mapping[str, str] | None = None
) -> MixedDesign:
    """Return the model that a formula describes.

    Parameters
    ----------
    text
        As :func:`rewire.core.formula.parse_formula` reads it.
    table
        One row an observation.
    reference
        Level that the others are compared with, by column.

    Raises
    ------
    FormulaError
        With every fault of the formula and of the columns that it names.

    Examples
    --------
    >>> table = pd.DataFrame({"y": [1.0, 2, 4, 3, 5, 9], "arm": list("aabbab")})
    >>> table["g"] = list("xyxyxy")
    >>> design = read_formula("y ~ arm + (1 | g)", table, {"arm": "b"})
    >>> design.terms, design.data.fixed[:, 1].tolist()
    (('(Intercept)', 'arm[a]'), [1.0, 1.0, 0.0, 0.0, 1.0, 0.0])
    """
    formula, faults = parse_formula(text), list[str]()
    rows = formula_rows(formula, table, reference or {}, faults)
    parsed = {}
    for part in (formula.fixed, *(p.coefficients for p in formula.random)):
        try:
            parsed[part] = Formula(part)
            faults += _calls(parsed[part])
        except (FormulaicError, SyntaxError, ValueError):
            faults.append(f"{part!r} cannot be read: an operator or a term is missing")
    if faults:
        raise FormulaError(list(dict.fromkeys(faults)))
    terms, fixed = _matrix(parsed[formula.fixed], rows.frame, faults)
    faults += _dependence(terms, fixed, faults)
    random, names = [], []
    for term in formula.random:
        for expression in _independent(term, parsed[term.coefficients]):
            columns, design = _matrix(expression, rows.frame, faults)
            random.append(RandomTerm(term.name, group_codes(rows.frame, term.groups), design))
            names.append(columns)
    faults += [f for one in random for f in _unidentified(one)]
    if faults:
        raise FormulaError(list(dict.fromkeys(faults)))
    response = rows.frame[formula.response].to_numpy(dtype=np.float64)
    data = MixedData(response, fixed, tuple(random))
    return MixedDesign(text.strip(), formula, rows, data, terms, tuple(names))


def _calls(formula: Formula) -> Iterator[str]:
    """Look at every expression that would be evaluated: names, numbers and known functions."""
    for factor in (factor for term in formula for factor in term.factors):
        if factor.eval_method is not Factor.EvalMethod.PYTHON:
            continue
        nodes = list(ast.walk(ast.parse(factor.expr, mode="eval")))
        odd = any(not isinstance(node, _NODES) for node in nodes)
        called = [node.func for node in nodes if isinstance(node, ast.Call)]
        if odd or any(not isinstance(f, ast.Name) or f.id not in FUNCTIONS for f in called):
            yield f"{factor.expr!r} cannot be computed in a formula"


def _matrix(
    formula: Formula, frame: pd.DataFrame, faults: list[str]
) -> tuple[tuple[str, ...], FloatArray]:
    try:
        with np.errstate(all="ignore"):
            made = model_matrix(formula, frame, context={}, na_action="ignore")
    except (FormulaicError, ValueError, TypeError, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        faults.append(f"{str(formula)!r} cannot be computed: {reason}")
        return (), np.empty((len(frame), 0))
    names = tuple(INTERCEPT if c == "Intercept" else str(c).replace("[T.", "[") for c in made)
    values = made.to_numpy(dtype=np.float64)
    if not values.shape[1]:
        faults.append(f"{str(formula)!r} has no term")
    wrong = [n for n, v in zip(names, values.T, strict=True) if not np.isfinite(v).all()]
    faults += [f"{name} has values that are not finite" for name in wrong]
    return names, values


def _dependence(names: tuple[str, ...], fixed: FloatArray, faults: list[str]) -> list[str]:
    """Name the terms that others determine, and say where there are too few rows."""
    if faults or not len(names):
        return []
    if len(fixed) <= len(names):
        return [f"{len(fixed)} rows are too few for {len(names)} fixed effects"]
    size = np.linalg.norm(fixed, axis=0)
    scaled = fixed / np.where(size > 0.0, size, 1.0)
    kept: list[int] = []
    determined = []
    for at, column in enumerate(scaled.T):
        left = column
        if kept:
            basis = linalg.qr(scaled[:, kept], mode="economic")[0]
            left = column - basis @ (basis.T @ column)
        if np.linalg.norm(left) < 1e-7:
            determined.append(names[at])
        else:
            kept.append(at)
    return [f"{name} cannot be told from the terms before it" for name in determined]


def _independent(part: RandomPart, parsed: Formula) -> list[Formula]:
    """Return one expression, or with ``||`` one for each term, as lme4 splits them."""
    if not part.independent:
        return [parsed]
    return [Formula(str(t) if str(t) == "1" else f"0 + {_quoted(t)}") for t in parsed]


def _quoted(term: object) -> str:
    factors = getattr(term, "factors", ())
    lookups = (f.eval_method is Factor.EvalMethod.LOOKUP for f in factors)
    return ":".join(
        f"`{f.expr}`" if own else f.expr for f, own in zip(factors, lookups, strict=True)
    )


def _unidentified(term: RandomTerm) -> Iterator[str]:
    rows, q = term.design.shape
    effects = q * (int(term.groups.max()) + 1)
    if q > 1 and effects >= rows:
        yield (
            f"the random term of {term.name} has {effects} effects ({q} for each group) and "
            f"there are {rows} rows: the covariance cannot be told from the residuals"
        )
