"""Shortest paths of a connectome: how long, how hard to find, how well bypassed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics import path_kernel
from rewire.numerics.structure_graph import LengthRule, connection_lengths
from rewire.numerics.structure_path_kernel import follow

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PathMeasures:
    """What shortest paths say of each pair of regions; every array has shape (regions, regions).

    Parameters
    ----------
    length
        Sum of the lengths of its connections; 0 on the diagonal, infinite without a path.
    search_information
        Bits that a random walker from the row's region lacks to stay on the shortest path to the
        column's; not symmetric. NaN on the diagonal and without a path.
    transitivity
        Mean matching of pairs of regions on the path, symmetric; NaN as above.
    """

    length: FloatArray
    search_information: FloatArray
    transitivity: FloatArray


def shortest_lengths(weights: FloatArray, rule: LengthRule = "inverse") -> FloatArray:
    """Return the length of the shortest path between any two regions.

    Parameters
    ----------
    weights
        Symmetric, not negative; float64, shape (regions, regions).
    rule
        See :func:`rewire.numerics.structure_graph.connection_lengths`.

    Returns
    -------
    FloatArray
        Shape (regions, regions); 0 on the diagonal, infinite where there is no path.

    Examples
    --------
    >>> shortest_lengths(np.array([[0.0, 1.0, 0.1], [1.0, 0.0, 0.5], [0.1, 0.5, 0.0]]))[0].tolist()
    [0.0, 1.0, 3.0]
    """
    lengths = connection_lengths(weights, rule)
    path_kernel.shorten(lengths, np.empty(len(lengths)))
    return lengths


def path_measures(weights: FloatArray, rule: LengthRule = "inverse") -> PathMeasures:
    """Follow the shortest paths of a connectome.

    Parameters
    ----------
    weights
        Symmetric, not negative; float64, shape (regions, regions).
    rule
        See :func:`rewire.numerics.structure_graph.connection_lengths`.

    Returns
    -------
    PathMeasures
        Length, search information and path transitivity.

    Notes
    -----
    Search information is ``-log2`` of the chance that a walker who leaves each region in proportion
    to its weights follows the shortest path (Rosvall et al. 2005, 10.1103/PhysRevLett.94.028701,
    who add the chances of equally short paths); path transitivity is the mean of
    :func:`matching` over pairs of regions on the path (both: Goni et al. 2014,
    10.1073/pnas.1315529111). Those papers do not say what path transitivity is where several paths
    are equally short; here it is a mean over them, so that the order of regions plays no part.

    Examples
    --------
    >>> chain = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    >>> path_measures(chain).search_information[0].tolist()  # the middle has two ways to go
    [nan, 0.0, 1.0]
    """
    lengths = connection_lengths(weights, rule)
    distances = shortest_lengths(weights, rule)
    strength = weights.sum(axis=1, keepdims=True)
    steps = np.divide(weights, strength, out=np.zeros(weights.shape), where=strength > 0.0)
    chance, detour = follow(lengths, distances, steps, matching(weights))
    information = np.full(chance.shape, np.nan)
    np.log2(chance, out=information, where=chance > 0.0)
    information = 0.0 - information
    for matrix in (information, detour):
        np.fill_diagonal(matrix, np.nan)
    return PathMeasures(distances, information, (detour + detour.T) / 2.0)


def matching(weights: FloatArray) -> FloatArray:
    """Return how far two regions are connected with the same others.

    Parameters
    ----------
    weights
        Symmetric, not negative, diagonal 0; float64, shape (regions, regions).

    Returns
    -------
    FloatArray
        ``sum_k (w_ik + w_jk) [both > 0] / (s_i + s_j - 2 w_ij)``, 0 to 1, shape (regions,
        regions); 0 on the diagonal and where two regions have no other connection.

    Notes
    -----
    Matching index of Hilgetag et al. 2000 (10.1098/rstb.2000.0551), weighted as Goni et al. 2014
    (10.1073/pnas.1315529111) do.

    Examples
    --------
    >>> matching(np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 4.0], [2.0, 4.0, 0.0]]))[0].tolist()
    [0.0, 1.0, 1.0]
    """
    there = (weights > 0.0).astype(np.float64)
    shared = weights @ there
    strength = weights.sum(axis=1)
    others = strength[:, None] + strength[None, :] - 2.0 * weights
    found = np.zeros(weights.shape)
    some = others > 1e-12 * (strength[:, None] + strength[None, :])
    np.divide(shared + shared.T, others, out=found, where=some)
    np.fill_diagonal(found, 0.0)
    return found
