"""Entropies of distributions that describe a scan: of degrees, eigenvalues, values, transitions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def shannon_entropy(weights: FloatArray) -> float:
    """Return the entropy of a distribution.

    Parameters
    ----------
    weights
        Counts or probabilities, not negative, any shape; scaled to a sum of 1.

    Returns
    -------
    float
        ``-sum p log2 p``, bits; NaN where nothing was counted or a weight is NaN.

    Examples
    --------
    >>> shannon_entropy(np.array([1.0, 1.0, 2.0]))
    1.5
    """
    total = float(np.sum(weights))
    if not total > 0.0:
        return float("nan")
    p = np.asarray(weights, dtype=np.float64).ravel() / total
    p = p[p > 0.0]
    return max(float(-(p * np.log2(p)).sum()), 0.0)


def eigenvalue_entropy(matrix: FloatArray) -> float:
    """Return the entropy of a matrix's eigenvalues, taken as a distribution.

    Parameters
    ----------
    matrix
        Covariances or correlations, float64, shape (regions, regions), symmetric and, to rounding,
        positive semidefinite.

    Returns
    -------
    float
        Bits; 0 where one pattern explains everything, log2(regions) where none stands out. For a
        correlation matrix this is the von Neumann entropy of ``R / regions``. NaN where a value is
        NaN or there is no variance.

    Examples
    --------
    >>> eigenvalue_entropy(np.eye(4))
    2.0
    """
    values = np.asarray(matrix, dtype=np.float64)
    if not values.size or not np.isfinite(values).all():
        return float("nan")
    return shannon_entropy(np.maximum(np.linalg.eigvalsh(values), 0.0))


def degree_entropy(weights: FloatArray, densities: Sequence[float]) -> FloatArray:
    """Return the entropy of the distribution of degrees, the strongest edges kept.

    Parameters
    ----------
    weights
        Symmetric, float64, shape (nodes, nodes), finite; the diagonal is not read.
    densities
        Shares of possible edges to keep, above 0 and at most 1.

    Returns
    -------
    FloatArray
        Bits, shape (densities,); NaN where fewer edges are positive than are to be kept, and for
        fewer than two nodes.

    Raises
    ------
    ValueError
        If a density is not above 0 and at most 1.

    Notes
    -----
    Viol et al. 2017 (10.1038/s41598-017-06854-0).

    Examples
    --------
    >>> star = np.array([[0.0, 0.9, 0.8], [0.9, 0.0, 0.1], [0.8, 0.1, 0.0]])
    >>> degree_entropy(star, [0.67]).round(4).tolist()  # degrees 2, 1, 1
    [0.9183]
    """
    if any(not 0.0 < density <= 1.0 for density in densities):
        raise ValueError("densities must be above 0 and at most 1")
    matrix = np.asarray(weights, dtype=np.float64)
    rows, columns = np.triu_indices(len(matrix), 1)
    edges = matrix[rows, columns]
    order = np.argsort(-edges, kind="stable")
    positive = int((edges > 0.0).sum())
    found = np.full(len(densities), np.nan)
    for i, density in enumerate(densities):
        kept = round(density * len(edges))
        if 0 < kept <= positive:
            ends = np.concatenate([rows[order[:kept]], columns[order[:kept]]])
            degrees = np.bincount(ends, minlength=len(matrix))
            found[i] = shannon_entropy(np.bincount(degrees).astype(np.float64))
    return found


def histogram_entropy(values: FloatArray, bins: int) -> float:
    """Return the entropy of values sorted into bins between the least and the largest.

    Parameters
    ----------
    values
        Float64, shape (values,), finite.
    bins
        Number of bins of equal width.

    Returns
    -------
    float
        Bits, at most log2(bins) and log2(values); NaN for fewer than two values or values that are
        all the same.

    Examples
    --------
    >>> histogram_entropy(np.array([0.0, 0.1, 0.9, 1.0]), 2)
    1.0
    """
    known = np.asarray(values, dtype=np.float64)
    if known.size < 2 or not np.ptp(known) > 1e-12 * np.abs(known).max():
        return float("nan")
    return shannon_entropy(np.histogram(known, bins)[0].astype(np.float64))


def transition_entropy(labels: IntArray, states: int) -> float:
    """Return how uncertain the next state of a sequence is, given the present one.

    Parameters
    ----------
    labels
        State of each volume from 0, negative where missing; int64, shape (volumes,).
    states
        How many there are.

    Returns
    -------
    float
        ``-sum_a p_a sum_b P_ab log2 P_ab``, bits, with P_ab the share of the steps from a that lead
        to b and p_a the share of steps from a; 0 for a sequence that repeats exactly, log2(states)
        for coin tosses. NaN where no two volumes in a row have a state.

    Notes
    -----
    The entropy rate of a Markov chain (Shannon 1948, 10.1002/j.1538-7305.1948.tb01338.x). Few
    steps bias it downwards.

    Examples
    --------
    >>> transition_entropy(np.array([0, 1, 0, 1, 0]), 2)
    0.0
    """
    before, after = np.asarray(labels)[:-1], np.asarray(labels)[1:]
    both = (before >= 0) & (after >= 0)
    counts = np.zeros((states, states))
    np.add.at(counts, (before[both], after[both]), 1.0)
    return shannon_entropy(counts) - shannon_entropy(counts.sum(axis=1))
