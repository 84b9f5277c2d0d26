"""Modules of a network, refined: the Leiden method on a dense matrix of gains.

The gains are those of :func:`rewire.numerics.louvain.maximise_gain`, so that any null model of
:mod:`rewire.numerics.module_gains` serves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics import leiden_kernel as kernel
from rewire.numerics.partition import in_order

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Partitions:
    """What the restarts of the Leiden method found.

    Parameters
    ----------
    quality
        Quality reached by each restart; float64, shape (runs,).
    labels
        Module of each node in each restart, numbered from 0 in order of first appearance; int64,
        shape (runs, nodes).
    """

    quality: FloatArray
    labels: IntArray

    @property
    def best(self) -> IntArray:
        """The labels of the first restart that reached the highest quality, shape (nodes,)."""
        return np.asarray(self.labels[int(self.quality.argmax())])


def leiden(gains: FloatArray, runs: int, rng: np.random.Generator) -> Partitions:
    """Find partitions with a large sum of gains inside modules, none of them badly connected.

    Parameters
    ----------
    gains
        What it is worth to have two nodes in one module; float64, shape (nodes, nodes), symmetric
        and finite. The diagonal counts whatever the partition.
    runs
        Number of restarts, each with random orders of its own.
    rng
        Source of the orders.

    Returns
    -------
    Partitions
        ``quality`` is the sum of ``gains[i, j]`` over ordered pairs in one module, the diagonal
        included.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric and finite, or there is no restart.

    Notes
    -----
    Traag, Waltman and van Eck 2019 (10.1038/s41598-019-41695-z). Nodes move to the module that
    gains most; each module is taken apart and its parts are merged again where they are well
    connected; the parts become nodes, which start in the modules found; rounds are repeated
    until one moves nothing. Merges are greedy, where the original draws among those that gain;
    the restarts bring the variety.

    Examples
    --------
    >>> gains = np.array([[0.0, 1.0, -1.0], [1.0, 0.0, -1.0], [-1.0, -1.0, 0.0]])
    >>> found = leiden(gains, 2, np.random.default_rng(0))
    >>> found.quality.tolist(), found.best.tolist()
    ([2.0, 2.0], [0, 0, 1])
    """
    matrix = np.array(gains, dtype=np.float64, order="C")
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or runs < 1:
        raise ValueError(f"gains are {matrix.shape}, runs {runs}; need a square matrix and a run")
    scale = float(np.abs(matrix).max(initial=0.0))
    if not np.isfinite(scale) or not np.allclose(matrix, matrix.T, atol=1e-12 * scale):
        raise ValueError("gains must be finite and symmetric; leave out nodes without data")
    alone = float(np.trace(matrix))
    np.fill_diagonal(matrix, 0.0)
    seeds = rng.integers(0, 2**64, size=runs, dtype=np.uint64)
    totals, labels = kernel.restarts(matrix, seeds, kernel.TOLERANCE * scale * len(matrix))
    return Partitions(totals + alone, np.stack([in_order(row) for row in labels]))
