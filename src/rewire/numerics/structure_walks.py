"""Communication over a connectome that does not keep to shortest paths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components

FloatArray = npt.NDArray[np.float64]


def scaled_by_strength(weights: FloatArray) -> FloatArray:
    """Return weights over the square roots of both strengths, D^-1/2 A D^-1/2.

    Parameters
    ----------
    weights
        Symmetric, not negative; float64, shape (regions, regions).

    Returns
    -------
    FloatArray
        Symmetric, shape (regions, regions), with eigenvalues from -1 to 1; 0 for a region without
        a connection.

    Examples
    --------
    >>> scaled_by_strength(np.array([[0.0, 9.0], [9.0, 0.0]])).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    root = np.sqrt(weights.sum(axis=1))
    both = np.outer(root, root)
    return np.divide(weights, both, out=np.zeros(weights.shape), where=both > 0.0)


def communicability(weights: FloatArray) -> FloatArray:
    """Return how well each pair of regions communicates over walks of all lengths.

    Parameters
    ----------
    weights
        Symmetric, not negative; float64, shape (regions, regions).

    Returns
    -------
    FloatArray
        ``exp(D^-1/2 A D^-1/2)``, shape (regions, regions): a walk of k steps counts 1/k!; weights
        are divided by strengths so that no strong region carries all.

    Notes
    -----
    Crofts and Higham 2009 (10.1098/rsif.2008.0484).

    Examples
    --------
    >>> communicability(np.array([[0.0, 9.0], [9.0, 0.0]]))[0].round(4).tolist()  # cosh 1, sinh 1
    [1.5431, 1.1752]
    """
    values, vectors = np.linalg.eigh(scaled_by_strength(weights))
    found: FloatArray = (vectors * np.exp(values)) @ vectors.T
    return (found + found.T) / 2.0


def first_passage_times(weights: FloatArray) -> FloatArray:
    """Return how many steps a random walker takes to reach a region for the first time.

    Parameters
    ----------
    weights
        Symmetric, not negative; float64, shape (regions, regions).

    Returns
    -------
    FloatArray
        Mean steps from the row's region to the column's, shape (regions, regions), not symmetric;
        0 on the diagonal, NaN between regions that no path connects.

    Notes
    -----
    ``(Z_jj - Z_ij) / p_j`` with Z the inverse of I - P + 1 p', P the walker's steps and p where he
    is in the long run, which is in proportion to strength (Kemeny and Snell 1960, Finite Markov
    Chains; Goni et al. 2013, 10.1371/journal.pone.0058070). Each piece of the network by itself.

    Examples
    --------
    >>> first_passage_times(np.array([[0.0, 1, 0], [1, 0, 1], [0, 1, 0]])).round(9).tolist()
    [[0.0, 1.0, 4.0], [3.0, 0.0, 3.0], [4.0, 1.0, 0.0]]
    """
    found = np.full(weights.shape, np.nan)
    number, piece = connected_components(weights > 0.0, directed=False)
    for own in range(number):
        here = np.flatnonzero(piece == own)
        if len(here) == 1:
            found[here, here] = 0.0
            continue
        part = weights[np.ix_(here, here)]
        strength = part.sum(axis=1)
        stationary = strength / strength.sum()
        inverse = np.linalg.inv(np.eye(len(here)) - part / strength[:, None] + stationary)
        found[np.ix_(here, here)] = (np.diag(inverse) - inverse) / stationary
    return found


def cosine_similarity(weights: FloatArray) -> FloatArray:
    """Return how alike two regions' connections are.

    Parameters
    ----------
    weights
        Symmetric, not negative; float64, shape (regions, regions).

    Returns
    -------
    FloatArray
        Cosine of the angle of two rows, 0 to 1, shape (regions, regions); NaN for a region without
        a connection.

    Examples
    --------
    >>> cosine_similarity(np.array([[0.0, 3, 4], [3, 0, 0], [4, 0, 0]])).round(9).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]]
    """
    size = np.sqrt((weights**2).sum(axis=1))
    unit = np.divide(
        weights, size[:, None], out=np.full(weights.shape, np.nan), where=size[:, None] > 0.0
    )
    return np.asarray(unit @ unit.T)
