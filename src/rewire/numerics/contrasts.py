"""Contrasts of the coefficients of a linear model with groups, for many responses at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from rewire.numerics.estimates import (
    LEAST_DF,
    NO_VARIANCE,
    OK,
    SINGULAR,
    TOO_FEW,
    BoolArray,
    FloatArray,
    IntArray,
    Pattern,
    TextArray,
    no_spread,
    p_of_t,
    patterns,
    t_quantile,
)

LEAST_IN_GROUP = 3
"""People below which a group has no estimate."""

_STATUS_TYPE = "<U24"


@dataclass(frozen=True, slots=True, eq=False)
class GroupModel:
    """Responses, the columns that are asked about, and what they are adjusted for.

    Parameters
    ----------
    response
        float64, shape (participants, cells).
    group
        Group of each participant from 0, int64, shape (participants,); -1 for none.
    columns
        Columns that contrasts are taken of, shape (participants, columns): the indicators of the
        groups, and slopes within groups, 0 for everybody outside of its group. Finite.
    owner
        The group that each column belongs to, int64, shape (columns,).
    covariates
        Shared by all cells, shape (participants, k), k may be 0; centred on who is in a cell.
    own
        One covariate more that differs from cell to cell, such as the baseline of the response,
        shape (participants, cells); None for none.
    """

    response: FloatArray
    group: IntArray
    columns: FloatArray
    owner: IntArray
    covariates: FloatArray
    own: FloatArray | None

    @property
    def valid(self) -> BoolArray:
        """Who can be used in which cell, shape (participants, cells)."""
        person = (self.group >= 0) & np.isfinite(self.covariates).all(axis=1)
        valid: BoolArray = np.isfinite(self.response) & person[:, None]
        if self.own is not None:
            valid &= np.isfinite(self.own)
        return valid


@dataclass(frozen=True, slots=True, eq=False)
class ContrastFit:
    """Contrasts in each cell.

    Parameters
    ----------
    estimate, se, status
        Shape (contrasts, cells); NaN where a group that the contrast needs has fewer than three
        people, or the model cannot be fitted.
    covariance
        Of the contrasts, shape (cells, contrasts, contrasts).
    df
        Degrees of freedom, shape (contrasts, cells).
    sigma
        Residual standard deviation, shape (cells,).
    n
        Participants in the model, int64, shape (cells,).
    counts
        Participants by group with what a cell needs, also of groups too small; int64, shape
        (groups, cells).
    used
        Who is in the model of a cell, shape (participants, cells).
    """

    estimate: FloatArray
    se: FloatArray
    status: TextArray
    covariance: FloatArray
    df: FloatArray
    sigma: FloatArray
    n: IntArray
    counts: IntArray
    used: BoolArray

    @property
    def statistic(self) -> FloatArray:
        """T of each contrast."""
        return np.asarray(self.estimate / self.se, dtype=np.float64)

    @property
    def p(self) -> FloatArray:
        """Two-sided p of each contrast."""
        return p_of_t(self.statistic, self.df, "two-sided")

    def half_width(self, confidence: float) -> FloatArray:
        """Return half the width of each interval, shape (contrasts, cells)."""
        return np.asarray(t_quantile(self.df, confidence) * self.se, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class JointF:
    """An F test of several contrasts together in each cell; arrays of shape (cells,)."""

    statistic: FloatArray
    numerator: int
    denominator: FloatArray
    p: FloatArray


def cell_means_model(
    response: FloatArray, group: IntArray, covariates: FloatArray, own: FloatArray | None
) -> GroupModel:
    """Return the model with one mean a group, at the average of what it is adjusted for.

    Parameters
    ----------
    response, group, covariates, own
        As in :class:`GroupModel`; groups are 0 up to the largest.
    """
    count = int(group.max(initial=-1)) + 1
    columns = (group[:, None] == np.arange(count)).astype(np.float64)
    return GroupModel(response, group, columns, np.arange(count), covariates, own)


def fit_contrasts(model: GroupModel, contrasts: FloatArray) -> ContrastFit:
    """Fit a model by ordinary least squares in every cell and return contrasts of its columns.

    Groups with fewer than three people in a cell are left out of it, and contrasts that need
    them are NaN; the others stand.

    Parameters
    ----------
    model
        Response, columns and covariates.
    contrasts
        Weights of the columns, float64, shape (contrasts, columns).

    Returns
    -------
    ContrastFit
        NaN with a status where there is no estimate.

    Notes
    -----
    ``own`` enters after the columns, so that the many cells of a measure share one inverse: with
    v its regression on the columns and s its residual length, the covariance of the columns is
    ``sigma^2 (V + v v' / s^2)`` (the inverse of a partitioned matrix).

    Examples
    --------
    >>> y = np.array([[1.0], [2.0], [3.0], [4.0], [6.0], [5.0]])
    >>> group = np.array([0, 0, 0, 1, 1, 1])
    >>> model = cell_means_model(y, group, np.empty((6, 0)), None)
    >>> fit_contrasts(model, np.array([[-1.0, 1.0]])).estimate.tolist()
    [[3.0]]
    """
    found = blank_fit(model, len(contrasts))
    for pattern in patterns(model.valid):
        groups = np.arange(len(found.counts))
        counts = (model.group[pattern.rows][:, None] == groups).sum(axis=0)
        found.counts[:, pattern.cells] = counts[:, None]
        large = counts >= LEAST_IN_GROUP
        rows = pattern.rows[large[model.group[pattern.rows]]]
        if len(rows):
            _fit_pattern(model, contrasts, Pattern(rows, pattern.cells), large, found)
    return found


def joint_test(fit: ContrastFit, rows: IntArray) -> JointF:
    """Test several contrasts together in each cell, by F.

    Parameters
    ----------
    fit
        From :func:`fit_contrasts`.
    rows
        Which of its contrasts, linearly independent.

    Returns
    -------
    JointF
        NaN in cells in which one of them has no estimate. Where the contrasts differ in their
        degrees of freedom, the smallest stands for all.
    """
    estimate = fit.estimate[rows].T
    covariance = fit.covariance[:, rows][:, :, rows]
    statistic = np.full(len(estimate), np.nan)
    good = np.isfinite(estimate).all(axis=1) & np.isfinite(covariance).all(axis=(1, 2))
    if good.any():
        solved = np.linalg.solve(covariance[good], estimate[good][:, :, None])[:, :, 0]
        statistic[good] = (estimate[good] * solved).sum(axis=1) / len(rows)
    df = fit.df[rows].min(axis=0)
    p = np.asarray(special.fdtrc(float(len(rows)), df, statistic), dtype=np.float64)
    tiny = float(np.finfo(np.float64).tiny)
    return JointF(statistic, len(rows), df, np.where(np.isnan(p), p, np.maximum(p, tiny)))


def blank_fit(model: GroupModel, contrasts: int) -> ContrastFit:
    """Return a fit of NaN, ``too few participants`` throughout, for a fit to be written into."""
    people, cells = model.response.shape
    groups = int(max(model.group.max(initial=-1), model.owner.max(initial=-1))) + 1
    return ContrastFit(
        np.full((contrasts, cells), np.nan),
        np.full((contrasts, cells), np.nan),
        np.full((contrasts, cells), TOO_FEW, dtype=_STATUS_TYPE),
        np.full((cells, contrasts, contrasts), np.nan),
        np.full((contrasts, cells), np.nan),
        np.full(cells, np.nan),
        np.zeros(cells, dtype=np.int64),
        np.zeros((groups, cells), dtype=np.int64),
        np.zeros((people, cells), dtype=np.bool_),
    )


def _fit_pattern(
    model: GroupModel,
    contrasts: FloatArray,
    pattern: Pattern,
    large: BoolArray,
    found: ContrastFit,
) -> None:
    rows, cells = pattern.rows, pattern.cells
    there = large[model.owner]
    askable = np.flatnonzero(~(contrasts[:, ~there] != 0.0).any(axis=1))
    weights = contrasts[askable][:, there]
    columns = model.columns[rows][:, there]
    basis = np.column_stack([columns, centred_basis(model.covariates[rows])])
    df = len(rows) - basis.shape[1] - (0 if model.own is None else 1)
    at = np.ix_(askable, cells)
    if df < LEAST_DF:
        return
    if _dependent(basis):
        found.status[at] = SINGULAR
        return
    own = None if model.own is None else model.own[rows][:, cells]
    solved = _solve(basis, model.response[rows][:, cells], own)
    good = solved.status == OK
    variance = np.where(good, solved.left / df, np.nan)
    kept = columns.shape[1]
    shared = weights @ solved.inverse[:kept, :kept] @ weights.T
    moved = weights @ solved.moved[:kept]
    covariance = variance[:, None, None] * (shared + np.einsum("ic,jc->cij", moved, moved))
    found.estimate[at] = np.where(good, weights @ solved.beta[:kept], np.nan)
    found.se[at] = np.sqrt(np.einsum("cii->ic", covariance))
    found.status[at] = solved.status
    found.covariance[np.ix_(cells, askable, askable)] = covariance
    found.df[at] = np.where(good, float(df), np.nan)
    found.sigma[cells] = np.sqrt(variance)
    found.n[cells] = len(rows)
    found.used[np.ix_(rows, cells)] = True


@dataclass(frozen=True, slots=True, eq=False)
class _Solved:
    """Coefficients at the mean of ``own``, their shared inverse, and what ``own`` adds to it."""

    beta: FloatArray
    inverse: FloatArray
    moved: FloatArray
    left: FloatArray
    status: TextArray


def _solve(basis: FloatArray, response: FloatArray, own: FloatArray | None) -> _Solved:
    inverse = np.linalg.inv(basis.T @ basis)
    beta = inverse @ (basis.T @ response)
    residual = response - basis @ beta
    moved = np.zeros_like(beta)
    status = np.full(response.shape[1], OK, dtype=_STATUS_TYPE)
    if own is not None:
        centred = own - own.mean(axis=0)
        on = inverse @ (basis.T @ centred)
        rest = centred - basis @ on
        length = np.sqrt((rest**2).sum(axis=0))
        flat = length <= 1e-10 * np.abs(own).max(axis=0)
        status[flat] = SINGULAR
        length = np.where(flat, 1.0, length)
        slope = (rest * residual).sum(axis=0) / length**2
        beta = beta - on * slope
        residual = residual - rest * slope
        moved = on / length
    left = np.asarray((residual**2).sum(axis=0), dtype=np.float64)
    status[no_spread(left, response) & (status == OK)] = NO_VARIANCE
    return _Solved(beta, np.asarray(inverse, dtype=np.float64), moved, left, status)


def centred_basis(covariates: FloatArray) -> FloatArray:
    """Return orthonormal columns that span the covariates less their means."""
    centred = covariates - covariates.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0))
    varying = size > 1e-12 * np.abs(covariates).max(axis=0, initial=0.0) * len(covariates)
    if not varying.any():
        return np.empty((len(covariates), 0))
    left, weight, _ = np.linalg.svd(centred[:, varying] / size[varying], full_matrices=False)
    return np.asarray(left[:, weight > 1e-9], dtype=np.float64)


def _dependent(basis: FloatArray) -> bool:
    """Return whether columns depend on one another, each taken at its own length."""
    size = np.sqrt((basis**2).sum(axis=0))
    if not (size > 0.0).all():
        return True
    return bool(np.linalg.svd(basis / size, compute_uv=False).min() < 1e-9)
