"""What it is worth to have two nodes in one module: weights against four null models.

Each function returns a symmetric matrix whose sum inside modules is the quality of a partition,
for :func:`rewire.numerics.leiden.leiden` and :func:`rewire.numerics.louvain.maximise_gain`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewire.numerics.graph import modularity_matrix, strengths, without_diagonal

FloatArray = npt.NDArray[np.float64]


def newman_girvan_gains(weights: FloatArray, gamma: float = 1.0) -> FloatArray:
    """Weigh edges against what the nodes' strengths predict.

    Parameters
    ----------
    weights
        Symmetric, non-negative; float64, shape (nodes, nodes); the diagonal is not used.
    gamma
        Resolution: above 1 gives more and smaller modules.

    Returns
    -------
    FloatArray
        ``(W_ij - gamma k_i k_j / s) / s``, shape (nodes, nodes); NaN where there is no weight.

    Raises
    ------
    ValueError
        If the matrix is not symmetric and finite.

    Notes
    -----
    Newman 2006 (10.1073/pnas.0601602103).

    Examples
    --------
    >>> newman_girvan_gains(np.ones((2, 2))).tolist()
    [[-0.25, 0.25], [0.25, -0.25]]
    """
    matrix = _symmetric(weights)
    total = matrix.sum()
    if total <= 0.0:
        return np.full_like(matrix, np.nan)
    return np.asarray(modularity_matrix(matrix, gamma) / total)


def signed_gains(weights: FloatArray, gamma: float = 1.0) -> FloatArray:
    """Weigh positive and negative edges against their own strengths, positive ones first.

    Parameters
    ----------
    weights
        Symmetric, of either sign; float64, shape (nodes, nodes); the diagonal is not used.
    gamma
        Resolution, of both signs.

    Returns
    -------
    FloatArray
        ``(W+ - gamma k+ k+' / v+) / v+ - (W- - gamma k- k-' / v-) / (v+ + v-)``, shape (nodes,
        nodes), where ``W-`` are magnitudes and v sums; NaN where no weight is positive. Without
        negative weights it is :func:`newman_girvan_gains`.

    Raises
    ------
    ValueError
        As :func:`newman_girvan_gains`.

    Notes
    -----
    Rubinov and Sporns 2011 (10.1016/j.neuroimage.2011.03.069): negative edges say only that two
    nodes do not belong together, and count by their share of all weight.

    Examples
    --------
    >>> signed_gains(np.array([[0.0, 1.0, -1.0], [1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]))[0].tolist()
    [-0.125, 0.25, -0.125]
    """
    matrix = _symmetric(weights)
    positive, negative = np.maximum(matrix, 0.0), np.maximum(-matrix, 0.0)
    above, below = positive.sum(), negative.sum()
    if above <= 0.0:
        return np.full_like(matrix, np.nan)
    gains = modularity_matrix(positive, gamma) / above
    if below > 0.0:
        gains -= modularity_matrix(negative, gamma) / (above + below)
    return np.asarray(gains)


def potts_gains(weights: FloatArray, gamma: float = 1.0) -> FloatArray:
    """Weigh every edge against one and the same weight, the mean over all pairs.

    Parameters
    ----------
    weights
        Symmetric, with a positive mean; float64, shape (nodes, nodes); the diagonal is not used.
    gamma
        Resolution, in multiples of the mean.

    Returns
    -------
    FloatArray
        ``(W_ij - gamma <W>) / s`` off the diagonal and 0 on it, shape (nodes, nodes); NaN where
        the mean is not positive.

    Raises
    ------
    ValueError
        As :func:`newman_girvan_gains`.

    Notes
    -----
    Traag, Van Dooren and Nesterov 2011 (10.1103/PhysRevE.84.016114): free of the resolution
    limit; the uniform null that Bazzi et al. 2016 (10.1137/15M1009615) advise for correlations.

    Examples
    --------
    >>> w = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> potts_gains(w).round(3).tolist()
    [[0.0, 0.333, -0.167], [0.333, 0.0, -0.167], [-0.167, -0.167, 0.0]]
    """
    matrix = _symmetric(weights)
    n = len(matrix)
    total = matrix.sum()
    if n < 2 or total <= 0.0:
        return np.full_like(matrix, np.nan)
    return np.asarray(without_diagonal(matrix - gamma * total / (n * (n - 1))) / total)


def distance_gains(
    weights: FloatArray, centroids: FloatArray, gamma: float = 1.0, bins: int = 10
) -> FloatArray:
    """Weigh edges against what strengths and distance predict.

    Parameters
    ----------
    weights
        Symmetric, non-negative; float64, shape (nodes, nodes); the diagonal is not used.
    centroids
        Where the nodes are, float64, shape (nodes, dimensions), mm.
    gamma
        Resolution.
    bins
        Classes of distance, with as many pairs in each.

    Returns
    -------
    FloatArray
        ``(W_ij - gamma k_i k_j f(d_ij)) / s`` off the diagonal and 0 on it, shape (nodes,
        nodes), where f is the weight over the product of strengths of all pairs in one class of
        distance, so that expected and actual weight are equal in each class; NaN where there
        is no weight or a place is not known.

    Raises
    ------
    ValueError
        As :func:`newman_girvan_gains`.

    Notes
    -----
    Expert et al. 2011 (10.1073/pnas.1018962108), with classes of equal counts.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [0.0, 1.0], [5.0, 0.0], [5.0, 1.0]])
    >>> near = np.exp(-np.linalg.norm(square[:, None] - square, axis=2))
    >>> gains = distance_gains(near, square, bins=3)  # distance is all there is
    >>> bool(np.abs(gains).max() < 1e-12)
    True
    """
    matrix = _symmetric(weights)
    n = len(matrix)
    total = matrix.sum()
    places = np.asarray(centroids, dtype=np.float64)
    if n < 2 or total <= 0.0 or not np.isfinite(places).all():
        return np.full_like(matrix, np.nan)
    i, j = np.triu_indices(n, 1)
    apart = np.linalg.norm(places[i] - places[j], axis=1)
    edges = np.quantile(apart, np.arange(1, bins) / bins)
    group = np.searchsorted(edges, apart * (1.0 - 1e-9), side="left")
    k = strengths(matrix)
    product = k[i] * k[j]
    weight = np.bincount(group, matrix[i, j], minlength=bins)
    expected = np.bincount(group, product, minlength=bins)
    share = np.divide(weight, expected, out=np.zeros(bins), where=expected > 0.0)
    gains = np.zeros((n, n))
    gains[i, j] = (matrix[i, j] - gamma * product * share[group]) / total
    return gains + gains.T


def _symmetric(weights: FloatArray) -> FloatArray:
    matrix = without_diagonal(weights)
    if matrix.ndim != 2 or not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T):
        raise ValueError("weights must be finite and symmetric; leave out nodes without data")
    return matrix
