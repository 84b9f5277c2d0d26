"""Which relabellings of participants are allowed: all of them, or a random draw."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, islice, permutations, product
from math import comb, factorial, prod

import numpy as np
import numpy.typing as npt

from rewire.numerics.estimates import FloatArray, IntArray
from rewire.numerics.exchange_kernel import fill_flips, fill_orders

Flips = npt.NDArray[np.int8]
"""Signs, 1 and -1, one row a relabelling."""
Orders = npt.NDArray[np.int16]
"""Whose mark each participant is handed, one row a relabelling."""


def members_of(exchange: IntArray) -> tuple[IntArray, ...]:
    """Return who can be exchanged with whom.

    Parameters
    ----------
    exchange
        Block of each participant, shape (n,); people are exchanged within a block alone.

    Returns
    -------
    tuple of ndarray
        Indices of the people of each block, ascending.

    Examples
    --------
    >>> [m.tolist() for m in members_of(np.array([4, 2, 4]))]
    [[1], [0, 2]]
    """
    return tuple(np.flatnonzero(exchange == code) for code in np.unique(exchange))


def draw_orders(seed: int, made: range, exchange: IntArray) -> Orders:
    """Return random orders of participants within their blocks.

    Parameters
    ----------
    seed
        Below 2^63.
    made
        Which of the seed's orders; each is the same whichever others are asked for.
    exchange
        Block of each participant, shape (n,).

    Returns
    -------
    ndarray
        Shape (orders, n): what participant j is given is that of participant ``out[:, j]``.

    Examples
    --------
    >>> sorted(draw_orders(1, range(1), np.zeros(4, dtype=int))[0].tolist())
    [0, 1, 2, 3]
    """
    place = np.argsort(exchange, kind="stable")
    sizes = np.array([len(m) for m in members_of(exchange)], dtype=np.int64)
    out = np.empty((len(made), len(exchange)), dtype=np.int16)
    fill_orders(np.uint64(seed), made.start, place, sizes, out)
    return out


def draw_flips(seed: int, made: range, people: int) -> Flips:
    """Return random signs, 1 and -1, shape (draws, people); see :func:`draw_orders`."""
    out = np.empty((len(made), people), dtype=np.int8)
    fill_flips(np.uint64(seed), made.start, out)
    return out


def orders_among(orders: Orders, rows: IntArray, exchange: IntArray) -> Orders:
    """Return the orders of some participants that orders of all of them imply.

    Parameters
    ----------
    orders
        Of all participants, within their blocks, shape (orders, people).
    rows
        Those who are looked at, ascending.
    exchange
        Block of each participant.

    Returns
    -------
    ndarray
        Indices into ``rows``, shape (orders, rows); uniform if ``orders`` are.

    Examples
    --------
    >>> orders, together = np.array([[2, 0, 1]], dtype=np.int16), np.zeros(3, dtype=int)
    >>> orders_among(orders, np.array([0, 2]), together).tolist()
    [[1, 0]]
    """
    if len(rows) == orders.shape[1]:
        return orders
    keys = np.argsort(orders, axis=1)[:, rows]
    found = np.empty(keys.shape, dtype=np.int16)
    for part in members_of(exchange[rows]):
        found[:, part] = part[np.argsort(keys[:, part], axis=1)]
    return found


def count_orders(exchange: IntArray) -> int:
    """Return how many orders within blocks there are.

    Examples
    --------
    >>> count_orders(np.array([0, 0, 0, 1, 1]))
    12
    """
    return prod(factorial(len(m)) for m in members_of(exchange))


def count_labellings(marks: FloatArray, exchange: IntArray) -> int:
    """Return how many ways there are to hand out two labels within blocks.

    Examples
    --------
    >>> count_labellings(np.array([1.0, 0, 0, 1, 0]), np.array([0, 0, 0, 1, 1]))
    6
    """
    high = marks == marks.max()
    return prod(comb(len(m), int(high[m].sum())) for m in members_of(exchange))


def all_flips(rows: IntArray, people: int, held: int) -> Iterator[Flips]:
    """Yield all signs of some participants, 1 for the others, ``held`` at a time."""
    bits = np.arange(len(rows))
    for start in range(0, 1 << len(rows), held):
        codes = np.arange(start, min(start + held, 1 << len(rows)))
        flips = np.ones((len(codes), people), dtype=np.int8)
        flips[:, rows] = np.where(codes[:, None] >> bits & 1, -1, 1)
        yield flips


def all_orders(rows: IntArray, people: int, exchange: IntArray, held: int) -> Iterator[Orders]:
    """Yield all orders of some participants within blocks; the others keep their places."""
    parts = members_of(exchange[rows])
    ways = product(*(permutations(part.tolist()) for part in parts))
    return _batches(ways, parts, (rows, people), held)


def all_labellings(
    marks: FloatArray, rows: IntArray, people: int, exchange: IntArray, held: int
) -> Iterator[Orders]:
    """Yield one order for each way to hand out two labels within blocks."""
    parts = members_of(exchange[rows])
    high = marks == marks.max()
    ways = product(*(_labellings(part.tolist(), high[part].tolist()) for part in parts))
    return _batches(ways, parts, (rows, people), held)


def _labellings(part: list[int], high: list[bool]) -> list[tuple[int, ...]]:
    ones = [i for i, is_high in zip(part, high, strict=True) if is_high]
    zeros = [i for i, is_high in zip(part, high, strict=True) if not is_high]
    found = []
    for chosen in combinations(range(len(part)), len(ones)):
        taken, ones_left, zeros_left = set(chosen), iter(ones), iter(zeros)
        found.append(tuple(next(ones_left if i in taken else zeros_left) for i in range(len(part))))
    return found


def _batches(
    ways: Iterator[tuple[tuple[int, ...], ...]],
    parts: tuple[IntArray, ...],
    among: tuple[IntArray, int],
    held: int,
) -> Iterator[Orders]:
    rows, people = among
    place = rows[np.concatenate(parts)]
    while batch := [list(chain.from_iterable(way)) for way in islice(ways, held)]:
        orders = np.tile(np.arange(people, dtype=np.int16), (len(batch), 1))
        orders[:, place] = rows[np.array(batch)]
        yield orders
