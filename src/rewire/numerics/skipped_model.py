"""Skipped correlations of a variable with many responses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewire.numerics.estimates import (
    NO_VARIANCE,
    OK,
    TOO_FEW,
    Alternative,
    BoolArray,
    Estimates,
    FloatArray,
    IntArray,
    empty_estimates,
    fill,
)
from rewire.numerics.linear import slope_model
from rewire.numerics.skipped_correlation import LEAST_PEOPLE, correlate_skipped


@dataclass(frozen=True, slots=True, eq=False)
class SkippedModel:
    """Responses and a variable from which bivariate outliers are left out.

    Parameters
    ----------
    response
        Shape (participants, cells).
    term
        Shape (participants,).
    covariates
        Shape (participants, k); taken out of both by least squares before outliers are sought.
    exchange
        Block of each participant, within which values are exchanged; None for one block of all.
    """

    response: FloatArray
    term: FloatArray
    covariates: FloatArray
    exchange: IntArray | None = None

    @property
    def valid(self) -> BoolArray:
        """Who can be used in which cell, outliers included, shape (participants, cells)."""
        return slope_model(self.response, self.term, self.covariates).valid


@dataclass(frozen=True, slots=True, eq=False)
class SkippedEstimates:
    """Skipped correlations of each cell, and who was left out of them.

    Parameters
    ----------
    estimates
        ``n`` counts outliers too; ``se`` is that of the bootstrap; ``statistic`` and ``df`` are
        those of the people kept; ``p`` is by permutation.
    outlier
        Shape (participants, cells).
    """

    estimates: Estimates
    outlier: BoolArray


def estimate_skipped(
    model: SkippedModel,
    rng: np.random.Generator,
    resamples: int,
    alternative: Alternative = "two-sided",
    confidence: float = 0.95,
) -> SkippedEstimates:
    """Return the skipped Spearman correlation of a variable with the response of every cell.

    Parameters
    ----------
    model
        Responses and the variable.
    rng
        Source of relabellings and resamples, cell after cell.
    resamples
        How many of each.
    alternative
        The side of the test.
    confidence
        Level of the interval.

    Examples
    --------
    >>> x = np.arange(12.0)
    >>> y = np.where(x > 10, -40.0, x)[:, None]
    >>> found = estimate_skipped(
    ...     SkippedModel(y, x, np.empty((12, 0))), np.random.default_rng(0), 100
    ... )
    >>> found.outlier.nonzero()[0].tolist()
    [11]
    """
    found = empty_estimates(model.response.shape[1])
    valid = model.valid
    outlier = np.zeros(valid.shape, dtype=np.bool_)
    k = model.covariates.shape[1]
    for cell in range(model.response.shape[1]):
        rows = np.flatnonzero(valid[:, cell])
        found.n[cell] = len(rows)
        if len(rows) < LEAST_PEOPLE + k:
            continue
        x, y = (
            _cleared(v[rows], model.covariates[rows]) for v in (model.term, model.response[:, cell])
        )
        blocks = None if model.exchange is None else model.exchange[rows]
        one = correlate_skipped(x, y, rng, resamples, alternative, confidence, exchange=blocks)
        outlier[rows, cell] = one.outlier
        df = float(len(rows) - one.outlier.sum() - 2 - k)
        known = np.isfinite(one.r) and df >= 2
        t = one.r * np.sqrt(df / max(1.0 - one.r**2, 1e-14)) if known else np.nan
        columns = (one.r, one.se, one.ci_low, one.ci_high, one.r, t, df, one.p)
        why = OK if known else (NO_VARIANCE if np.isnan(one.r) else TOO_FEW)
        status = np.array([why], dtype=found.status.dtype)
        at = np.array([cell])
        fill(found, at, len(rows), status, tuple(np.array([c]) for c in columns))
    return SkippedEstimates(found, outlier)


def _cleared(values: FloatArray, covariates: FloatArray) -> FloatArray:
    if covariates.shape[1] == 0:
        return values
    design = np.column_stack([np.ones(len(values)), covariates])
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return np.asarray(values - fitted, dtype=np.float64)
