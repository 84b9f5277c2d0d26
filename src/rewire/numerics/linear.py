"""Linear models of which one term is tested, for many cells at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rewire.numerics.estimates import (
    LEAST_DF,
    NO_VARIANCE,
    OK,
    SINGULAR,
    BoolArray,
    FloatArray,
    IntArray,
    Pattern,
    TextArray,
    patterns,
)

Role = Literal["mean", "group", "slope"]


@dataclass(frozen=True, slots=True, eq=False)
class TermModel:
    """A response, the one term that is tested, and what it is adjusted for.

    A participant with a NaN in anything that a cell needs is left out of that cell alone.

    Parameters
    ----------
    response
        float64, shape (participants, cells).
    term
        What is tested, shape (participants,); 1 and 0 for two groups, all 1 for a mean.
    covariates
        Shared by all cells, shape (participants, k), k may be 0. Each is centred on the people
        who are in a cell, so that a mean is the mean of these people.
    own
        One covariate more that differs from cell to cell, shape (participants, cells), such as
        the baseline of the response; None for none.
    role
        ``mean``: the term is the intercept itself; ``group`` and ``slope``: an intercept is part
        of the model.
    """

    response: FloatArray
    term: FloatArray
    covariates: FloatArray
    own: FloatArray | None
    role: Role

    @property
    def valid(self) -> BoolArray:
        """Who can be used in which cell, shape (participants, cells)."""
        person = np.isfinite(self.term) & np.isfinite(self.covariates).all(axis=1)
        valid: BoolArray = np.isfinite(self.response) & person[:, None]
        if self.own is not None:
            valid &= np.isfinite(self.own)
        return valid


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """A model in the cells of one pattern, after everything but the term has been taken out.

    Parameters
    ----------
    rows, cells
        Participants and cells, as in :class:`~rewire.numerics.estimates.Pattern`.
    basis
        Orthonormal columns that span the centred covariates, shape (n, rank).
    own
        The cell's own covariate, centred, cleared of ``basis`` and of unit length; shape
        (n, cells), or (n, 0) where there is none.
    term
        The term cleared of intercept and ``basis`` (but not of ``own``), shape (n,).
    term_on_own
        Product of ``own`` and ``term``, shape (cells,); 0 where there is no ``own``.
    term_length
        Length of the term cleared of everything, shape (cells,).
    residual
        The response cleared of everything but the term, shape (n, cells).
    df
        Residual degrees of freedom.
    status
        Shape (cells,).
    role
        As in :class:`TermModel`.
    """

    rows: IntArray
    cells: IntArray
    basis: FloatArray
    own: FloatArray
    term: FloatArray
    term_on_own: FloatArray
    term_length: FloatArray
    residual: FloatArray
    df: int
    status: TextArray
    role: Role

    def product(self) -> FloatArray:
        """Return the inner product of the cleared term with the response, shape (cells,)."""
        return np.asarray(self.term @ self.residual, dtype=np.float64)


def reduce_model(model: TermModel) -> tuple[Reduced, ...]:
    """Take everything but the term out of a model, pattern by pattern.

    Patterns in which nothing can be estimated are left out.

    Parameters
    ----------
    model
        Response, term and covariates.

    Returns
    -------
    tuple of Reduced
        One for each pattern of missing data.
    """
    found = (_reduce_pattern(model, pattern) for pattern in patterns(model.valid))
    return tuple(reduced for reduced in found if reduced is not None)


def mean_model(response: FloatArray, covariates: FloatArray | None = None) -> TermModel:
    """Return the model of a mean, such as the mean of after minus before.

    Parameters
    ----------
    response
        Shape (participants, cells).
    covariates
        Shape (participants, k).
    """
    n = len(response)
    return TermModel(response, np.ones(n), _or_none(covariates, n), None, "mean")


def group_model(
    response: FloatArray,
    group: FloatArray,
    covariates: FloatArray | None = None,
    own: FloatArray | None = None,
) -> TermModel:
    """Return the model of a difference between two groups.

    Parameters
    ----------
    response
        Shape (participants, cells).
    group
        1 in the group of interest, 0 in the reference, NaN for those who are in neither.
    covariates
        Shape (participants, k).
    own
        The baseline of each cell for a baseline-adjusted comparison, shape (participants, cells).
    """
    return TermModel(response, group, _or_none(covariates, len(response)), own, "group")


def slope_model(
    response: FloatArray, term: FloatArray, covariates: FloatArray | None = None
) -> TermModel:
    """Return the model of an association between a response and a variable.

    Parameters
    ----------
    response
        Shape (participants, cells).
    term
        Shape (participants,).
    covariates
        Shape (participants, k).
    """
    return TermModel(response, term, _or_none(covariates, len(response)), None, "slope")


def _or_none(covariates: FloatArray | None, n: int) -> FloatArray:
    return np.empty((n, 0)) if covariates is None else covariates


def _centred_basis(columns: FloatArray) -> FloatArray:
    if columns.shape[1] == 0:
        return columns
    centred = columns - columns.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0))
    scaled = centred[:, size > 1e-12 * np.abs(columns).max(axis=0)]
    if scaled.shape[1] == 0:
        return np.empty((len(columns), 0))
    scaled = scaled / np.sqrt((scaled**2).sum(axis=0))
    left, weight, _ = np.linalg.svd(scaled, full_matrices=False)
    return np.asarray(left[:, weight > 1e-9], dtype=np.float64)


def _reduce_pattern(model: TermModel, pattern: Pattern) -> Reduced | None:
    rows, cells = pattern.rows, pattern.cells
    n = len(rows)
    term = model.term[rows]
    alone = 0 if model.own is None else 1
    if n < LEAST_DF + 1:
        return None
    if model.role == "group" and min((term == 1.0).sum(), (term == 0.0).sum()) < 2:
        return None
    basis = _centred_basis(model.covariates[rows])
    df = n - basis.shape[1] - alone - (1 if model.role == "mean" else 2)
    if df < LEAST_DF:
        return None
    response = model.response[rows][:, cells]
    if model.role != "mean":
        response = response - response.mean(axis=0)
        term = term - term.mean()
    size = np.sqrt((term**2).sum())
    term = term - basis @ (basis.T @ term)
    residual = response - basis @ (basis.T @ response)
    status = np.full(len(cells), OK, dtype="<U24")
    own, missing = _own_basis(model, pattern, basis)
    status[missing] = SINGULAR
    term_on_own = own.T @ term if alone else np.zeros(len(cells))
    if alone:
        residual = residual - own * np.einsum("ij,ij->j", own, residual)
    length = np.sqrt(np.maximum((term**2).sum() - term_on_own**2, 0.0))
    status[length <= 1e-8 * size] = NO_VARIANCE if size <= _rounding(model, rows) else SINGULAR
    return Reduced(
        rows, cells, basis, own, term, term_on_own, length, residual, df, status, model.role
    )


def _rounding(model: TermModel, rows: IntArray) -> float:
    return 1e-12 * float(np.abs(model.term[rows]).max(initial=0.0)) * len(rows)


def _own_basis(
    model: TermModel, pattern: Pattern, basis: FloatArray
) -> tuple[FloatArray, BoolArray]:
    rows, cells = pattern.rows, pattern.cells
    if model.own is None:
        return np.empty((len(rows), 0)), np.zeros(len(cells), dtype=np.bool_)
    own = model.own[rows][:, cells]
    cleared = own - own.mean(axis=0)
    cleared = cleared - basis @ (basis.T @ cleared)
    size = np.sqrt((cleared**2).sum(axis=0))
    missing = size <= 1e-10 * np.sqrt((own**2).sum(axis=0))
    return cleared / np.where(missing, 1.0, size), np.asarray(missing, dtype=np.bool_)
