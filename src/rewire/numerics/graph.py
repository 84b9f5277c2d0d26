"""Elementary properties of weighted networks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def without_diagonal(weights: FloatArray) -> FloatArray:
    """Return a copy of a matrix with zeros on its diagonal.

    Parameters
    ----------
    weights
        Float64, shape (nodes, nodes).

    Returns
    -------
    FloatArray
        Shape (nodes, nodes).

    Examples
    --------
    >>> without_diagonal(np.ones((2, 2))).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    copy = np.array(weights, dtype=np.float64)
    np.fill_diagonal(copy, 0.0)
    return copy


def density(weights: FloatArray) -> float:
    """Return the share of possible edges that are there, self loops left out.

    Parameters
    ----------
    weights
        Symmetric weights, float64, shape (nodes, nodes); an edge is a weight other than 0.

    Returns
    -------
    float
        Between 0 and 1; NaN for fewer than two nodes or where a weight is NaN.

    Examples
    --------
    >>> density(np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))  # one edge of three
    0.3333333333333333
    """
    n = len(weights)
    if n < 2 or np.isnan(weights).any():
        return float("nan")
    return float(np.count_nonzero(without_diagonal(weights)) / (n * (n - 1)))


def strengths(weights: FloatArray) -> FloatArray:
    """Return the sum of each node's weights, a self loop counted once.

    Parameters
    ----------
    weights
        Float64, shape (nodes, nodes).

    Returns
    -------
    FloatArray
        Shape (nodes,), in the unit of the weights; NaN where the row holds a NaN.

    Examples
    --------
    >>> strengths(np.array([[0.0, 2.0], [2.0, 0.0]])).tolist()
    [2.0, 2.0]
    """
    sums: FloatArray = np.asarray(weights, dtype=np.float64).sum(axis=1)
    return sums


def modularity_matrix(weights: FloatArray, gamma: float = 1.0) -> FloatArray:
    """Return weights minus what the nodes' strengths alone would predict.

    Parameters
    ----------
    weights
        Non-negative weights, float64, shape (nodes, nodes).
    gamma
        Resolution.

    Returns
    -------
    FloatArray
        ``W_ij - gamma k_i k_j / s``, shape (nodes, nodes), symmetrised; for a matrix that is not
        symmetric k_i are row sums and k_j column sums (Leicht and Newman 2008,
        10.1103/PhysRevLett.100.118703). NaN throughout where there is no weight.

    Examples
    --------
    >>> modularity_matrix(np.array([[0.0, 1.0], [1.0, 0.0]])).tolist()
    [[-0.5, 0.5], [0.5, -0.5]]
    """
    matrix = np.asarray(weights, dtype=np.float64)
    total = matrix.sum()
    if total == 0.0:
        return np.full_like(matrix, np.nan)
    excess = matrix - np.outer(matrix.sum(axis=1), matrix.sum(axis=0) * (gamma / total))
    return (excess + excess.T) / 2.0


def modularity(weights: FloatArray, labels: npt.NDArray[np.int64], gamma: float = 1.0) -> float:
    """Return the modularity Q of a given partition.

    Parameters
    ----------
    weights
        Non-negative weights, float64, shape (nodes, nodes); the diagonal counts as self loops, so
        pass it through :func:`without_diagonal` to leave them out.
    labels
        Module of each node, shape (nodes,).
    gamma
        Resolution.

    Returns
    -------
    float
        ``1/s sum_ij (W_ij - gamma k_i k_j / s) [c_i = c_j]`` with ``s = sum_ij W_ij``, a pure
        number; NaN where there is no weight.

    Notes
    -----
    Newman 2006 (10.1073/pnas.0601602103); gamma as in Reichardt and Bornholdt 2006
    (10.1103/PhysRevE.74.016110).

    Examples
    --------
    >>> pairs = np.kron(np.eye(2), np.ones((2, 2))) - np.eye(4)
    >>> modularity(pairs, np.array([0, 0, 1, 1]))
    0.5
    """
    same = np.equal.outer(labels, labels)
    total = float(np.sum(weights))
    if total == 0.0:
        return float("nan")
    return float(modularity_matrix(weights, gamma)[same].sum() / total)
