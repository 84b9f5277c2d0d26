"""The largest statistic of each relabelling, exact wherever it decides about a p."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewire.numerics.estimates import BoolArray, FloatArray
from rewire.numerics.exchange import Flips, Orders
from rewire.numerics.relabel import Block, TermBlock
from rewire.numerics.relabel_kernel import (
    MOST_PEOPLE,
    SUM_ERROR,
    SUM_UNIT,
    largest_sizes,
    largest_sums,
    pack_flips,
    pack_orders,
    settle_sums,
)

_GROUPS, _LANES = 12, 32
_LINE = 64
_AT_ONCE = 1 << 18
_SINGLE = float(np.finfo(np.float32).eps)


def largest_r(block: Block, relabelled: Flips | Orders, bounds: FloatArray) -> FloatArray:
    """Return the largest |r| over the cells of a block under each relabelling.

    Where nothing but a mean or two groups is modelled, sums are first made in 16-bit fixed point,
    with one shared set of covariates in single precision; each has a known largest error. A
    relabelling with a bound within that error is done again in double precision, so that
    comparison with any bound comes out as if all had been.

    Parameters
    ----------
    block
        Cells with the same participants.
    relabelled
        As in :meth:`~rewire.numerics.relabel.Block.statistics`.
    bounds
        What the result is to be compared with, in the unit of r, ascending.

    Returns
    -------
    ndarray
        Shape (relabellings,); on the same side of every bound as the largest |r| itself.
    """
    if not isinstance(block, TermBlock) or block.reduced.own.shape[1]:
        return _exactly(block, relabelled)
    if block.plain and block.scheme != "orders" and len(block.rows) <= MOST_PEOPLE:
        return _of_choices(block, relabelled, bounds)
    found, error = _in_single(block, relabelled)
    near = _near(found, error, bounds)
    if near.any():
        found[near] = _exactly(block, relabelled[near])
    return found


def _near(found: FloatArray, error: FloatArray | float, bounds: FloatArray) -> BoolArray:
    """Return where a bound lies within the error."""
    low = np.searchsorted(bounds, found - error)
    return np.asarray(low != np.searchsorted(bounds, found + error, "right"), dtype=np.bool_)


def _exactly(block: Block, relabelled: Flips | Orders) -> FloatArray:
    found = np.empty(len(relabelled))
    step = max(1, _AT_ONCE // len(block.cells))
    for start in range(0, len(relabelled), step):
        r = block.statistics(relabelled[start : start + step])
        found[start : start + step] = np.maximum(r.max(axis=1), -r.min(axis=1))
    return found


def _of_choices(block: TermBlock, relabelled: Flips | Orders, bounds: FloatArray) -> FloatArray:
    """Tabulate sums: every person counts with one of two values in each relabelling."""
    low, high = float(block.term.min()), float(block.term.max())
    size = max(1, -(-len(block.rows) // _GROUPS))
    codes = np.empty((len(relabelled), _GROUPS), dtype=np.uint32)
    if block.scheme == "signs":
        low = -high
        pack_flips(relabelled, size, codes)
    else:
        pack_orders(relabelled, (block.term > (low + high) / 2).astype(np.int64), size, codes)
    table = _aligned((_GROUPS << size) * _LANES)
    levels = np.array([low, high])
    most = largest_sums(block.unit, levels, codes, size, table)
    found = np.asarray(most.max(axis=0) * SUM_UNIT, dtype=np.float64)
    near = np.flatnonzero(_near(found, SUM_ERROR, bounds))
    settled = np.empty(len(near))
    given = block.hand_out(block.term, relabelled[near])
    settle_sums(block.unit, given, np.ascontiguousarray(most[:, near]), settled)
    found[near] = settled
    return found


def _aligned(count: int) -> npt.NDArray[np.int16]:
    """Return 16-bit zeros that begin where a line of the cache does."""
    held = np.zeros(2 * count + _LINE, dtype=np.uint8)
    start = -held.ctypes.data % _LINE
    return held[start : start + 2 * count].view(np.int16)


def _in_single(block: TermBlock, relabelled: Flips | Orders) -> tuple[FloatArray, FloatArray]:
    """Multiply in single precision; return the largest |r| and how far off each may be.

    A product of unit vectors of n elements is off by no more than d = (n + 2) eps, and what is
    left after k covariates by 2 k d. So |product| / sqrt(left) is off by less than
    d (left^-1/2 + k / left), which is doubled; where next to nothing is left it is unknown.
    """
    unit = block.unit.astype(np.float32)
    columns = [block.term, *block.reduced.basis.T]
    given = np.stack([block.hand_out(c.astype(np.float32), relabelled) for c in columns])
    found, left = np.empty((2, len(relabelled)), dtype=np.float32)
    step = max(1, _AT_ONCE // (len(block.cells) * len(columns)))
    room = np.empty((len(columns), step, len(block.cells)), dtype=np.float32)
    for start in range(0, len(relabelled), step):
        some = slice(start, start + step)
        products = room[:, : len(found[some])]
        for column, product in zip(given, products, strict=True):
            np.matmul(column[some], unit, out=product)
        largest_sizes(products, found[some], left[some])
    off = (len(block.rows) + 2) * _SINGLE
    rest = np.maximum(left.astype(np.float64), 1e-12)
    error = 2 * off * (rest**-0.5 + (len(columns) - 1) / rest)
    return found.astype(np.float64), np.where(rest > 0.01, error, np.inf)
