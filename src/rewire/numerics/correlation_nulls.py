"""Random correlation matrices, a null for networks whose edges are correlations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CorrelationNulls:
    """Random correlation matrices and the independent samples behind each.

    Parameters
    ----------
    matrices
        Float64, shape (matrices, regions, regions), unit diagonal; NaN where the input has no two
        regions or no spread to match.
    samples
        Number of columns in the factor whose outer product each is; 0 where there is none.
    """

    matrices: FloatArray
    samples: int


def hqs_null(r: FloatArray, matrices: int, rng: np.random.Generator) -> CorrelationNulls:
    """Draw correlation matrices with the mean and the spread of a given one and no modules.

    Parameters
    ----------
    r
        Correlations, float64, shape (regions, regions), finite.
    matrices
        How many to draw.
    rng
        Source of randomness.

    Returns
    -------
    CorrelationNulls
        Matrices with, in expectation and to first order in 1/samples, the off-diagonal mean and
        variance of ``r``; a negative mean counts as 0, the least the method can do. Treat them as
        the data were treated (positive part, Fisher's z, diagonal).

    Raises
    ------
    ValueError
        If the matrix is not square and finite.

    Notes
    -----
    Hirschberger, Qi and Steuer 2007 (10.1016/j.ejor.2005.10.067; as a network null Zalesky et
    al. 2012, 10.1016/j.neuroimage.2012.02.001): ``X X'`` with X of shape (regions, m), entries
    independent and normal. They choose mean, variance and m so that mean and variance of the
    off-diagonal *covariances* are those wanted; scaling to unit diagonal then narrows the spread,
    by a quarter where the mean correlation is .5. Here they are chosen for the correlations: with
    off-diagonal mean e and variance v, entries have mean sqrt(e) and variance 1 - e, and
    ``m = max(2, round((1 - e)^2 (1 + 2 e - e^2) / v))``, the delta method for the cosine of two
    such rows. Correlations are transitive, which alone makes modules; this null is transitive too.

    Examples
    --------
    >>> r = np.array([[1.0, 0.6, 0.1], [0.6, 1.0, 0.2], [0.1, 0.2, 1.0]])
    >>> drawn = hqs_null(r, 4, np.random.default_rng(0))
    >>> drawn.matrices.shape, drawn.samples
    ((4, 3, 3), 16)
    """
    matrix = np.asarray(r, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
        raise ValueError("correlations must be square and finite; leave out regions without data")
    n = len(matrix)
    off = matrix[~np.eye(n, dtype=bool)]
    if n < 3 or not off.var() > 0.0:
        return CorrelationNulls(np.full((matrices, n, n), np.nan), 0)
    mean = max(float(off.mean()), 0.0)
    spread = (1.0 - mean) ** 2 * (1.0 + 2.0 * mean - mean**2)
    samples = max(2, round(spread / float(off.var())))
    factor = rng.normal(np.sqrt(mean), np.sqrt(1.0 - mean), size=(matrices, n, samples))
    factor /= np.sqrt((factor**2).sum(axis=2, keepdims=True))
    drawn = np.clip(factor @ factor.transpose(0, 2, 1), -1.0, 1.0)
    drawn[:, np.arange(n), np.arange(n)] = 1.0
    return CorrelationNulls(drawn, samples)
