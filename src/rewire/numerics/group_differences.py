"""Whether groups differ in the mean of something, by permutation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """F of groups; NaN where people are too few or nothing varies.

    Parameters
    ----------
    f
        Variance ratio of groups and residuals, once what is held has been taken out.
    df, df_residual
        Its degrees of freedom.
    eta_squared
        Share of what was left that the groups explain.
    p
        By permutation of residuals.
    """

    f: float
    df: float
    df_residual: float
    eta_squared: float
    p: float


def assess_difference(
    values: FloatArray, labels: IntArray, held: FloatArray, draws: int, rng: np.random.Generator
) -> GroupDifference:
    """Test whether groups differ in the mean of a quantity.

    Parameters
    ----------
    values
        Shape (people,), all finite.
    labels
        Group of each person, shape (people,).
    held
        What is taken out first, with a column of ones; shape (people, k).
    draws
        Permutations.
    rng
        Source of these.

    Returns
    -------
    GroupDifference
        The p counts the data among the draws.

    Notes
    -----
    Residuals of the reduced model are permuted (Freedman and Lane 1983, 10.2307/1391660).

    Examples
    --------
    >>> found = assess_difference(
    ...     np.array([1.0, 2.0, 3.0, 5.0, 6.0, 7.0]), np.repeat([0, 1], 3), np.ones((6, 1)),
    ...     99, np.random.default_rng(0))
    >>> round(found.f, 6), found.df, found.df_residual
    (24.0, 1.0, 4.0)
    """
    reduced = _basis(held)
    dummies = np.asarray(labels[:, None] == np.unique(labels), dtype=np.float64)
    own = _basis(dummies - reduced @ (reduced.T @ dummies))
    df, rest = own.shape[1], len(values) - reduced.shape[1] - own.shape[1]
    left = values - reduced @ (reduced.T @ values)
    total = float(left @ left)
    if df < 1 or rest < 1 or not total > 1e-20 * max(1.0, float(values @ values)):
        return GroupDifference(np.nan, float(df), float(rest), np.nan, np.nan)
    orders = np.argsort(rng.random((draws, len(values))), axis=1)
    shuffled = np.vstack([left, left[orders]])
    # Shuffled residuals are no longer free of what is held, and lose it again.
    shuffled = shuffled - shuffled @ reduced @ reduced.T
    explained = ((shuffled @ own) ** 2).sum(axis=1)
    share = explained / (shuffled**2).sum(axis=1)
    p = float((share >= share[0] * (1.0 - 1e-12)).mean())
    f = (share[0] / df) / max((1.0 - share[0]) / rest, 1e-300)
    return GroupDifference(float(f), float(df), float(rest), float(share[0]), p)


def _basis(columns: FloatArray) -> FloatArray:
    u, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(u[:, sizes > 1e-8 * max(1.0, float(sizes.max(initial=0.0)))])
