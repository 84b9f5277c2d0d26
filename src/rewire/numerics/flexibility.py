"""How nodes and modules change over the layers of a partition."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def flexibility(labels: IntArray) -> FloatArray:
    """Return how often each node changes its module.

    Parameters
    ----------
    labels
        Modules, int64, shape (..., layers, nodes).

    Returns
    -------
    FloatArray
        Changes over possible changes (layers - 1), between 0 and 1, shape (..., nodes); NaN for
        fewer than two layers. The published variant divides by the number of layers: multiply by
        ``(layers - 1) / layers``.

    Notes
    -----
    Bassett et al. 2011 (10.1073/pnas.1018985108).

    Examples
    --------
    >>> flexibility(np.array([[0, 0], [0, 1], [0, 0]])).tolist()
    [0.0, 1.0]
    """
    if labels.shape[-2] < 2:
        return np.full((*labels.shape[:-2], labels.shape[-1]), np.nan)
    return np.asarray((labels[..., 1:, :] != labels[..., :-1, :]).mean(axis=-2))


def promiscuity(labels: IntArray) -> FloatArray:
    """Return in what share of all modules each node is at least once.

    Parameters
    ----------
    labels
        Modules of one partition, int64, shape (layers, nodes).

    Returns
    -------
    FloatArray
        Above 0 and up to 1, shape (nodes,).

    Notes
    -----
    Papadopoulos et al. 2016 (10.1103/PhysRevE.94.032908).

    Examples
    --------
    >>> promiscuity(np.array([[0, 0, 1], [0, 1, 1]])).tolist()
    [0.5, 1.0, 0.5]
    """
    _, module = np.unique(labels, return_inverse=True)
    module = module.reshape(labels.shape)
    visited = np.zeros((labels.shape[1], module.max(initial=0) + 1), dtype=bool)
    visited[np.arange(labels.shape[1]), module] = True
    return np.asarray(visited.mean(axis=1))


def cohesion(labels: IntArray) -> FloatArray:
    """Return how often each node changes its module together with another node.

    Parameters
    ----------
    labels
        Modules of one partition, int64, shape (layers, nodes).

    Returns
    -------
    FloatArray
        Changes made from the same module to the same module as at least one other node at the
        same time, over possible changes (layers - 1); shape (nodes,). What is left of
        :func:`flexibility` is disjointedness: changes made alone. NaN for fewer than two layers.

    Notes
    -----
    Telesford et al. 2017 (10.1002/hbm.23403).

    Examples
    --------
    >>> cohesion(np.array([[0, 0, 0, 1], [1, 1, 0, 0]])).tolist()
    [1.0, 1.0, 0.0, 0.0]
    """
    layers, n = labels.shape
    if layers < 2:
        return np.full(n, np.nan)
    before, after = labels[:-1], labels[1:]
    moved = before != after
    same_start = before[:, :, None] == before[:, None, :]
    same_end = after[:, :, None] == after[:, None, :]
    companions = (same_start & same_end).sum(axis=2) - 1
    return np.asarray((moved & (companions > 0)).mean(axis=0))


def stationarity(labels: IntArray) -> float:
    """Return how much of a module stays in it from one layer to the next.

    Parameters
    ----------
    labels
        Modules of one partition, int64, shape (layers, nodes).

    Returns
    -------
    float
        Nodes in a module in both layers over nodes in it in either, averaged over the module's
        life and then over modules; between 0 and 1. NaN where no module lives longer than a
        layer.

    Notes
    -----
    Palla et al. 2007 (10.1038/nature05670), as used by Bassett et al. 2011
    (10.1073/pnas.1018985108). A layer within its life in which a module has no node counts as 0.

    Examples
    --------
    >>> stationarity(np.array([[0, 0, 1], [0, 1, 1]]))
    0.5
    """
    found = []
    for module in np.unique(labels):
        inside = labels == module
        alive = np.flatnonzero(inside.any(axis=1))
        if len(alive) == 1:
            continue
        life = inside[alive[0] : alive[-1] + 1]
        both = (life[1:] & life[:-1]).sum(axis=1)
        either = (life[1:] | life[:-1]).sum(axis=1)
        found.append(float((both / np.maximum(either, 1)).mean()))
    return float(np.mean(found)) if found else float("nan")
