"""Gradients: the slow directions of a walk between regions that connect alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_CONNECTED = 1.0 - 1e-9
"""A second eigenvalue beyond this means a walk that cannot reach every region."""


@dataclass(frozen=True, slots=True, eq=False)
class DiffusionMap:
    """Where regions lie along the slowest directions.

    Parameters
    ----------
    gradients
        Float64, shape (gradients, regions), a pure number; NaN throughout where there are none.
    eigenvalues
        Of the walk, one a gradient, largest first; shape (gradients,).
    """

    gradients: FloatArray
    eigenvalues: FloatArray


def profile_affinity(r: FloatArray, share: float = 0.1) -> FloatArray:
    """Tell how alike the strongest connections of every two regions are.

    Parameters
    ----------
    r
        Correlations, float64, shape (regions, regions); the diagonal is not read.
    share
        Share of each region's connections that is kept, the largest; above 0 and at most 1. Those
        that are not positive are dropped in any case.

    Returns
    -------
    FloatArray
        ``1 - arccos(c) / pi`` with c the cosine of the two regions' profiles, shape (regions,
        regions), symmetric: 1 for the same profile, 1/2 for nothing in common (so that every
        region can be reached). NaN throughout where a correlation is NaN or nothing is positive.

    Raises
    ------
    ValueError
        If the share is not above 0 and at most 1.

    Notes
    -----
    Kept connections as in Margulies et al. 2016 (10.1073/pnas.1608282113), normalised angle as in
    Vos de Wael et al. 2020 (10.1038/s42003-020-0794-7). A region has no connection with itself.

    Examples
    --------
    >>> r = np.array([[1.0, 0.2, 0.9], [0.2, 1.0, 0.9], [0.9, 0.9, 1.0]])
    >>> profile_affinity(r, 0.5).round(4).tolist()  # 0 and 1 both lead to 2
    [[1.0, 1.0, 0.5], [1.0, 1.0, 0.5], [0.5, 0.5, 1.0]]
    """
    if not 0.0 < share <= 1.0:
        raise ValueError("share must be above 0 and at most 1")
    values = np.array(r, dtype=np.float64)
    n = len(values)
    np.fill_diagonal(values, 0.0)
    if n < 2 or np.isnan(values).any() or not (values > 0.0).any():
        return np.full((n, n), np.nan)
    kept = max(1, round(share * (n - 1)))
    least = np.partition(values, n - kept, axis=1)[:, [n - kept]]
    profiles = np.where((values >= least) & (values > 0.0), values, 0.0)
    norms = np.sqrt((profiles**2).sum(axis=1))
    profiles[norms > 0.0] /= norms[norms > 0.0, None]
    cosine = np.clip(profiles @ profiles.T, 0.0, 1.0)
    np.fill_diagonal(cosine, 1.0)
    return np.asarray(1.0 - np.arccos((cosine + cosine.T) / 2.0) / np.pi)


def diffusion_map(affinity: FloatArray, gradients: int, alpha: float = 0.5) -> DiffusionMap:
    """Find the slowest directions of a walk between regions.

    Parameters
    ----------
    affinity
        Not negative, symmetric, float64, shape (regions, regions).
    gradients
        How many directions.
    alpha
        How far the density of regions is divided out: 0 not at all, 1 altogether.

    Returns
    -------
    DiffusionMap
        Each with the sum of its cubes positive, since eigenvectors have no sign of their own. NaN
        with fewer than ``gradients + 2`` regions, where a value is NaN, and where some regions
        cannot be reached from others.

    Notes
    -----
    Coifman and Lafon 2006 (10.1016/j.acha.2006.04.006): ``W = A / (d d')^alpha``, rows scaled to
    a sum of 1, right eigenvectors psi_k (psi_0 = 1), gradients ``psi_k l_k / (1 - l_k)``, the sum
    over walks of every length.

    Examples
    --------
    >>> chain = np.eye(5) + np.eye(5, k=1) + np.eye(5, k=-1)
    >>> found = diffusion_map(chain, 1).gradients[0]
    >>> bool((np.diff(np.sort(found)) > 0).all() and abs(found[2]) < 1e-9)
    True
    """
    values = np.asarray(affinity, dtype=np.float64)
    n = len(values)
    nothing = DiffusionMap(np.full((gradients, n), np.nan), np.full(gradients, np.nan))
    if n < gradients + 2 or not np.isfinite(values).all() or not (values.sum(axis=1) > 0.0).all():
        return nothing
    density = values.sum(axis=1) ** alpha
    weights = values / np.outer(density, density)
    root = np.sqrt(weights.sum(axis=1))
    eigenvalues, vectors = np.linalg.eigh(weights / np.outer(root, root))
    chosen = slice(-2, -2 - gradients, -1)
    found, vectors = eigenvalues[chosen], vectors[:, chosen]
    if found[0] > _CONNECTED:
        return nothing
    stationary = root / np.sqrt((root**2).sum())
    made = (vectors / stationary[:, None] * (found / (1.0 - found))).T
    sign = np.where((made**3).sum(axis=1) < 0.0, -1.0, 1.0)
    return DiffusionMap(made * sign[:, None], found)


def procrustes(gradients: FloatArray, template: FloatArray) -> FloatArray:
    """Turn gradients so that they come as near as they can to a template.

    Parameters
    ----------
    gradients, template
        Float64, shape (gradients, regions), finite.

    Returns
    -------
    FloatArray
        Shape (gradients, regions): rotated and reflected, neither moved nor stretched, so that
        distances between regions are kept.

    Notes
    -----
    Schönemann 1966 (10.1007/BF02289451).

    Examples
    --------
    >>> template = np.array([[1.0, 2.0, -3.0], [1.0, -1.0, 0.0]])
    >>> bool(np.allclose(procrustes(-template[::-1], template), template))
    True
    """
    left, _, right = np.linalg.svd(template @ gradients.T)
    return np.asarray(left @ right @ gradients)
