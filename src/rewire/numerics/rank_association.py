"""Spearman correlations, partial or not, with ties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from rewire.numerics.estimates import (
    Alternative,
    BoolArray,
    Estimates,
    FloatArray,
    IntArray,
    empty_estimates,
    fill,
    p_of_t,
    patterns,
)
from rewire.numerics.linear import TermModel, slope_model
from rewire.numerics.terms import fit_term


@dataclass(frozen=True, slots=True, eq=False)
class RankModel:
    """Responses and a variable of which only the order counts.

    Parameters
    ----------
    response
        Shape (participants, cells).
    term
        Shape (participants,).
    covariates
        Shape (participants, k); ranked too.
    """

    response: FloatArray
    term: FloatArray
    covariates: FloatArray

    @property
    def valid(self) -> BoolArray:
        """Who can be used in which cell, shape (participants, cells)."""
        return slope_model(self.response, self.term, self.covariates).valid


@dataclass(frozen=True, slots=True, eq=False)
class RankedCells:
    """The cells of one pattern of missing data as a linear model of ranks.

    Parameters
    ----------
    cells
        Indices into the cells of the whole model.
    model
        Mid-ranks among the people of these cells; NaN for everybody else.
    """

    cells: IntArray
    model: TermModel


def ranked_models(model: RankModel) -> tuple[RankedCells, ...]:
    """Return a linear model of mid-ranks for each pattern of missing data.

    Ranks are among the people who are in a cell, so that cells with other people have other
    ranks. The models have all participants as rows: they can be relabelled together
    (:func:`~rewire.numerics.permute.permute_family`), which without covariates is Spearman's
    exact test, ties included, where all orders are made.

    Parameters
    ----------
    model
        Responses and the variable.

    Examples
    --------
    >>> y = np.array([[1.0], [9.0], [9.0], [np.nan]])
    >>> only, = ranked_models(RankModel(y, np.array([5.0, 7.0, 6.0, 1.0]), np.empty((4, 0))))
    >>> only.model.response[:, 0].tolist(), only.model.term.tolist()
    ([1.0, 2.5, 2.5, nan], [1.0, 3.0, 2.0, nan])
    """
    found = []
    for pattern in patterns(model.valid):
        rows, cells = pattern.rows, pattern.cells
        ranked = slope_model(
            _ranked(model.response[:, cells], rows),
            _ranked(model.term[:, None], rows)[:, 0],
            _ranked(model.covariates, rows),
        )
        found.append(RankedCells(cells, ranked))
    return tuple(found)


def estimate_rank_association(
    model: RankModel, alternative: Alternative = "two-sided", confidence: float = 0.95
) -> Estimates:
    """Return Spearman's correlation of a variable with the response of every cell.

    It is Pearson's r of mid-ranks, partial where there are covariates; p is from t with n - 2 - k
    degrees of freedom. Interval: tanh(atanh r -+ z sqrt((1 + r^2 / 2) / (n - 3 - k))) (Bonett and
    Wright 2000, 10.1007/BF02294183).

    Parameters
    ----------
    model
        Responses and the variable.
    alternative
        The side of the test.
    confidence
        Level of the interval, which is two-sided in any case.

    Returns
    -------
    Estimates
        ``estimate`` and ``effect_size`` are the correlation; NaN with a status where there is
        none.

    Examples
    --------
    >>> y = np.array([[1.0], [3.0], [2.0], [50.0], [5.0]])
    >>> model = RankModel(y, np.arange(5.0), np.empty((5, 0)))
    >>> estimate_rank_association(model).estimate.round(3).tolist()
    [0.8]
    """
    found = empty_estimates(model.response.shape[1])
    found.n[:] = model.valid.sum(axis=0)
    for part in ranked_models(model):
        fit = fit_term(part.model)
        r, df = fit.r, fit.df
        se = np.sqrt((1.0 - r**2) / df)
        low, high = rank_interval(r, df + 2.0, confidence)
        p = p_of_t(fit.statistic, df, alternative)
        status = np.where(np.abs(r) > 1.0 - 1e-12, "no variance", fit.status)
        columns = (r, se, low, high, r, fit.statistic, df, p)
        n = int(np.isfinite(part.model.term).sum())
        fill(found, part.cells, n, status.astype(found.status.dtype), columns)
    return found


def rank_interval(
    r: FloatArray, n: FloatArray, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return Bonett and Wright's interval of a Spearman correlation.

    Parameters
    ----------
    r
        Shape (cells,).
    n
        Pairs, less one for each covariate; NaN below 4.
    confidence
        Level.

    Examples
    --------
    >>> low, high = rank_interval(np.array([0.5]), np.array([28.0]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.133], [0.747])
    """
    usable = np.where((n >= 4.0) & (np.abs(r) < 1.0), n, np.nan)
    half = special.ndtri(0.5 + confidence / 2.0) * np.sqrt((1.0 + r**2 / 2.0) / (usable - 3.0))
    z = np.arctanh(np.where(np.isfinite(usable), r, np.nan))
    return np.asarray(np.tanh(z - half)), np.asarray(np.tanh(z + half))


def _ranked(values: FloatArray, rows: IntArray) -> FloatArray:
    ranks = np.full(values.shape, np.nan)
    if len(rows) and values.shape[1]:
        ranks[rows] = stats.rankdata(values[rows], axis=0)
    return ranks
