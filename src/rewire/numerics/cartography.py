"""Where each node stands among the modules of its network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.graph import without_diagonal

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Segregation:
    """How much stronger connections are within systems than between them.

    Parameters
    ----------
    whole
        Over all pairs of nodes; a pure number, at most 1.
    system
        Each system against all others, in ascending order of label; shape (systems,).
    """

    whole: float
    system: FloatArray


def participation(weights: FloatArray, labels: IntArray) -> FloatArray:
    """Return how evenly each node's strength is spread over the modules.

    Parameters
    ----------
    weights
        Symmetric, non-negative; float64, shape (nodes, nodes); the diagonal is not used. For
        negative weights pass their magnitudes alone.
    labels
        Module of each node, shape (nodes,).

    Returns
    -------
    FloatArray
        ``1 - sum_m (k_im / k_i)^2``, shape (nodes,); 0 for a node with all its strength in one
        module, NaN for a node without strength.

    Raises
    ------
    ValueError
        If a weight is NaN or negative.

    Notes
    -----
    Guimera and Amaral 2005 (10.1038/nature03288).

    Examples
    --------
    >>> star = np.zeros((3, 3))
    >>> star[0, 1:] = star[1:, 0] = 1.0
    >>> participation(star, np.array([0, 0, 1])).tolist()
    [0.5, 0.0, 0.0]
    """
    towards, _ = _by_module(weights, labels)
    return np.asarray(1.0 - (_shares(towards) ** 2).sum(axis=1))


def diversity(weights: FloatArray, labels: IntArray) -> FloatArray:
    """Return the entropy of each node's strength over the modules.

    Parameters
    ----------
    weights, labels
        As in :func:`participation`.

    Returns
    -------
    FloatArray
        ``-sum_m p log p / log M`` with ``p = k_im / k_i`` and M modules, between 0 and 1, shape
        (nodes,); NaN for a node without strength, and throughout where there is one module.

    Raises
    ------
    ValueError
        As :func:`participation`.

    Notes
    -----
    Rubinov and Sporns 2011 (10.1016/j.neuroimage.2011.03.069).

    Examples
    --------
    >>> star = np.zeros((3, 3))
    >>> star[0, 1:] = star[1:, 0] = 1.0
    >>> diversity(star, np.array([0, 0, 1])).tolist()
    [1.0, 0.0, 0.0]
    """
    towards, _ = _by_module(weights, labels)
    share = _shares(towards)
    modules = share.shape[1]
    if modules < 2:
        return np.full(len(share), np.nan)
    logs = np.zeros_like(share)
    np.log(share, out=logs, where=share > 0.0)
    return np.asarray(np.abs((share * logs).sum(axis=1) / np.log(modules)))


def within_module_z(weights: FloatArray, labels: IntArray) -> FloatArray:
    """Return how strongly each node is connected within its module, next to the other members.

    Parameters
    ----------
    weights, labels
        As in :func:`participation`.

    Returns
    -------
    FloatArray
        ``(k - mean k) / sd k`` over the strengths within the module (population sd), shape
        (nodes,); NaN where all members are alike, as in modules of one or two nodes.

    Raises
    ------
    ValueError
        As :func:`participation`.

    Notes
    -----
    Guimera and Amaral 2005 (10.1038/nature03288).

    Examples
    --------
    >>> path = np.diag([1.0, 1.0], 1) + np.diag([1.0, 1.0], -1)
    >>> within_module_z(path, np.zeros(3, dtype=int)).round(3).tolist()
    [-0.707, 1.414, -0.707]
    """
    towards, own = _by_module(weights, labels)
    inside = towards[np.arange(len(own)), own]
    z = np.full(len(own), np.nan)
    for module in np.unique(own):
        members = own == module
        spread = inside[members].std()
        if spread > 1e-12 * np.abs(inside[members]).max():
            z[members] = (inside[members] - inside[members].mean()) / spread
    return z


def segregation(weights: FloatArray, labels: IntArray) -> Segregation:
    """Compare connections within systems with those between them.

    Parameters
    ----------
    weights, labels
        As in :func:`participation`; Fisher's z with negative values set to 0.

    Returns
    -------
    Segregation
        ``(W - B) / W``, where W is the mean over pairs in one system and B over pairs in two,
        absent edges included. NaN where W is not positive or there is no pair of either kind:
        one system only, or systems of one node.

    Raises
    ------
    ValueError
        As :func:`participation`.

    Notes
    -----
    Chan et al. 2014 (10.1073/pnas.1415122111).

    Examples
    --------
    >>> w = np.array([[0, 4, 1, 1], [4, 0, 1, 1], [1, 1, 0, 4], [1, 1, 4, 0]], dtype=float)
    >>> segregation(w, np.array([0, 0, 1, 1])).whole
    0.75
    """
    towards, own = _by_module(weights, labels)
    size = np.bincount(own).astype(np.float64)
    block = np.zeros((len(size), len(size)))
    np.add.at(block, own, towards)
    within = np.stack([np.diag(block), size * (size - 1.0)])
    between = np.stack([block.sum(axis=1) - within[0], size * (size.sum() - size)])
    whole = _relative(within.sum(axis=1), between.sum(axis=1))
    return Segregation(float(whole), _relative(within, between))


def _by_module(weights: FloatArray, labels: IntArray) -> tuple[FloatArray, IntArray]:
    """Return each node's strength towards each module, and its own module's column."""
    matrix = without_diagonal(weights)
    if np.isnan(matrix).any() or (matrix < 0.0).any():
        raise ValueError("weights must be finite and not negative; pass one sign at a time")
    modules, own = np.unique(labels, return_inverse=True)
    member = np.zeros((len(matrix), len(modules)))
    member[np.arange(len(matrix)), own] = 1.0
    return matrix @ member, own.astype(np.int64)


def _shares(towards: FloatArray) -> FloatArray:
    total = towards.sum(axis=1, keepdims=True)
    share = np.full(towards.shape, np.nan)
    np.divide(towards, total, out=share, where=total > 0.0)
    return share


def _relative(within: FloatArray, between: FloatArray) -> FloatArray:
    """Return (W - B) / W from sums (first row) and numbers of pairs (second row)."""
    mean_within, mean_between, found = (np.full(within[0].shape, np.nan) for _ in range(3))
    np.divide(within[0], within[1], out=mean_within, where=within[1] > 0.0)
    np.divide(between[0], between[1], out=mean_between, where=between[1] > 0.0)
    known = (mean_within > 0.0) & np.isfinite(mean_between)
    np.divide(mean_within - mean_between, mean_within, out=found, where=known)
    return found
