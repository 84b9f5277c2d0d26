"""Harmonics of a connectome, and how far activity departs from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.structure_walks import scaled_by_strength

FloatArray = npt.NDArray[np.float64]

_NOTHING = 1e-9
"""A part of the signal below this share of the whole is rounding."""
_EQUAL = 1e-9
"""Harmonics whose frequencies differ by no more have no order, and no shape of their own."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoupling:
    """How activity divides into what follows structure and what does not.

    Parameters
    ----------
    ratio
        Norm of the decoupled over that of the coupled signal of each region, shape (regions,);
        NaN where a part is nothing, and throughout where the cut-off falls among harmonics of one
        frequency: which of them count as smooth would be for rounding to decide.
    coupled
        How many of the smoothest harmonics make up the coupled part.
    regions
        Number of harmonics in all.
    """

    ratio: FloatArray
    coupled: int
    regions: int


def structural_harmonics(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the harmonics of a connectome, smooth ones first.

    Parameters
    ----------
    weights
        Symmetric, not negative, each region connected; float64, shape (regions, regions).

    Returns
    -------
    frequencies, harmonics
        Eigenvalues of ``I - D^-1/2 A D^-1/2``, ascending from 0 to at most 2, shape (regions,);
        eigenvectors in columns, shape (regions, regions).

    Examples
    --------
    >>> structural_harmonics(np.array([[0.0, 9.0], [9.0, 0.0]]))[0].round(9).tolist()
    [0.0, 2.0]
    """
    values, vectors = np.linalg.eigh(np.eye(len(weights)) - scaled_by_strength(weights))
    return np.clip(values, 0.0, None), vectors


def structural_decoupling(series: FloatArray, weights: FloatArray) -> Decoupling:
    """Divide activity into parts that follow the connectome and parts that do not.

    Parameters
    ----------
    series
        float64, shape (volumes, regions), without NaN; every region varies.
    weights
        As for :func:`structural_harmonics`.

    Returns
    -------
    Decoupling
        Ratio of each region.

    Notes
    -----
    Series are standardised and projected on the harmonics; the smoothest harmonics that together
    hold half the energy give the coupled signal, the others the decoupled one. The index is the
    ratio of their norms over time (Preti and Van De Ville 2019, 10.1038/s41467-019-12765-7). Their
    cut-off is one for the group, from the mean spectrum by the trapezoid rule; this one is the
    scan's own: the least number of harmonics whose summed energy is at least half.

    Examples
    --------
    >>> same = np.array([[1.0, 1.0, -2.0], [-1.0, 1.0, 1.0], [0.0, -2.0, 1.0]])
    >>> structural_decoupling(same, np.ones((3, 3)) - np.eye(3)).regions
    3
    """
    scores = (series - series.mean(axis=0)) / series.std(axis=0)
    frequencies, harmonics = structural_harmonics(weights)
    spectrum = scores @ harmonics
    energy = np.cumsum((spectrum**2).mean(axis=0))
    cut = int(np.searchsorted(energy, energy[-1] * (0.5 - 1e-12))) + 1
    low = spectrum[:, :cut] @ harmonics[:, :cut].T
    high = spectrum[:, cut:] @ harmonics[:, cut:].T
    coupled, decoupled = np.linalg.norm(low, axis=0), np.linalg.norm(high, axis=0)
    least = _NOTHING * np.linalg.norm(scores, axis=0)
    ratio = np.full(len(weights), np.nan)
    if cut == len(weights) or frequencies[cut] - frequencies[cut - 1] > _EQUAL:
        np.divide(decoupled, coupled, out=ratio, where=(coupled > least) & (decoupled > least))
    return Decoupling(ratio, cut, len(weights))
