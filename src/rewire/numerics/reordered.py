"""Inner products of reordered columns; compiled, since every cell has columns of its own."""

from __future__ import annotations

import numpy as np
from numba import njit

from rewire.numerics.estimates import FloatArray, IntArray

_CELLS_AT_ONCE = 256


def reordered_products(columns: FloatArray, order: IntArray, others: FloatArray) -> FloatArray:
    """Return, for each order, the product of each reordered column with its fellow.

    out[b, c] = sum over j of columns[order[b, j], c] * others[j, c].

    Parameters
    ----------
    columns, others
        Shape (n, cells).
    order
        Indices into the n rows, shape (orders, n).

    Returns
    -------
    ndarray
        Shape (orders, cells).

    Examples
    --------
    >>> columns, others = np.array([[1.0], [2.0]]), np.array([[3.0], [5.0]])
    >>> reordered_products(columns, np.array([[0, 1], [1, 0]]), others).tolist()
    [[13.0], [11.0]]
    """
    out = np.zeros((len(order), columns.shape[1]))
    _fill(np.ascontiguousarray(columns), order, np.ascontiguousarray(others), out)
    return out


@njit(cache=True)
def _fill(columns: FloatArray, order: IntArray, others: FloatArray, out: FloatArray) -> None:
    cells = columns.shape[1]
    for start in range(0, cells, _CELLS_AT_ONCE):
        stop = min(start + _CELLS_AT_ONCE, cells)
        for b in range(order.shape[0]):
            for j in range(order.shape[1]):
                row = order[b, j]
                # contiguous over cells, so that the processor does several at once
                for c in range(start, stop):
                    out[b, c] += columns[row, c] * others[j, c]
