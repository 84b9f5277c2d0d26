"""Random networks with positive and negative edges that keep both kinds of degree and strength."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.graph import without_diagonal
from rewire.numerics.paths import checked
from rewire.numerics.signed_kernel import swap_signs
from rewire.numerics.strength_kernel import reassign_weights

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SignedNetworks:
    """Signed networks with edges exchanged and weights dealt out anew.

    Parameters
    ----------
    weights
        Float64, shape (networks, nodes, nodes), symmetric with a zero diagonal.
    swaps_per_edge
        Exchanges made over pairs of nodes whose sign (absent being one) is not the commonest,
        shape (networks,); near 0 the signs are where they were, NaN where all pairs have one
        sign.
    positive_correlation, negative_correlation
        Pearson correlation of each network's positive (negative) strengths with the original
        ones, shape (networks,); NaN where these do not vary or there is no such edge.
    """

    weights: FloatArray
    swaps_per_edge: FloatArray
    positive_correlation: FloatArray
    negative_correlation: FloatArray


def signed_strength_preserving(
    weights: FloatArray, networks: int, rng: np.random.Generator, rounds: int = 10
) -> SignedNetworks:
    """Make random networks with each node's positive and negative edges, and nearly its strengths.

    Parameters
    ----------
    weights
        Symmetric, of either sign; float64, shape (nodes, nodes), finite; the diagonal is not
        used.
    networks
        How many to make.
    rng
        Source of randomness.
    rounds
        Exchanges of places to try for each edge, and of weights.

    Returns
    -------
    SignedNetworks
        The same positive and the same negative weights as in the data.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric and finite.

    Notes
    -----
    The aim of Rubinov and Sporns 2011 (10.1016/j.neuroimage.2011.03.069): signs are exchanged
    around squares of nodes, then the weights of either sign are permuted over its edges towards
    the strengths, as in :func:`rewire.numerics.network_nulls.strength_preserving`.

    Examples
    --------
    >>> r = np.corrcoef(np.random.default_rng(0).standard_normal((20, 40)))
    >>> made = signed_strength_preserving((r + r.T) / 2, 2, np.random.default_rng(0)).weights
    >>> bool(((made < 0).sum(axis=1) == (r < 0).sum(axis=1)).all())
    True
    """
    matrix = without_diagonal(checked(weights))
    stack = np.repeat(matrix[None], networks, axis=0)
    swaps = np.full(networks, np.nan)
    for m in range(networks):
        made, edges = swap_signs(stack[m], rounds, rng)
        swaps[m] = made / edges if edges else np.nan
    parts, correlations = [], []
    for sign in (1.0, -1.0):
        part = np.maximum(sign * stack, 0.0)
        target = np.maximum(sign * matrix, 0.0).sum(axis=1)
        reassign_weights(part, target, rounds, rng)
        parts.append(sign * part)
        correlations.append(_correlation(part.sum(axis=2), target))
    return SignedNetworks(parts[0] + parts[1], swaps, correlations[0], correlations[1])


def _correlation(reached: FloatArray, target: FloatArray) -> FloatArray:
    found = np.full(len(reached), np.nan)
    if len(target) > 1 and np.ptp(target) > 0.0:
        centred = reached - reached.mean(axis=1, keepdims=True)
        aim = target - target.mean()
        scale = np.sqrt((centred**2).sum(axis=1) * (aim**2).sum())
        np.divide(centred @ aim, scale, out=found, where=scale > 0.0)
    return found
