"""Relabellings of all participants at once, drawn at random or all that there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rewire.numerics.estimates import IntArray
from rewire.numerics.exchange import (
    Flips,
    Orders,
    all_flips,
    all_labellings,
    all_orders,
    draw_flips,
    draw_orders,
    orders_among,
)
from rewire.numerics.relabel import Block, count_relabellings

_HELD = 1 << 13
_NO_FLIPS: Flips = np.empty((0, 0), dtype=np.int8)
_NO_ORDERS: Orders = np.empty((0, 0), dtype=np.int16)


@dataclass(frozen=True, slots=True, eq=False)
class Relabelling:
    """Several relabellings of all participants.

    Parameters
    ----------
    made
        How many there are.
    flips
        Signs, shape (made, people); shape (0, 0) where no block asks for them.
    orders
        Whose mark each is handed, shape (made, people); shape (0, 0) where no block asks for it.
    exchange
        Within what people are exchanged, shape (people,).
    """

    made: int
    flips: Flips
    orders: Orders
    exchange: IntArray

    def of(self, block: Block) -> Flips | Orders:
        """Return what they are for the participants of a block.

        Parameters
        ----------
        block
            Cells with the same participants.
        """
        if block.scheme == "signs":
            every = len(block.rows) == self.flips.shape[1]
            return self.flips if every else self.flips[:, block.rows]
        return orders_among(self.orders, block.rows, self.exchange)


Source = Callable[[], Iterator[Relabelling]]
"""Gives the same relabellings whenever it is asked."""


def drawn(blocks: Sequence[Block], exchange: IntArray, draws: int, seed: int) -> Source:
    """Return a source of random relabellings, the same for all blocks.

    Parameters
    ----------
    blocks
        What is to be relabelled; decides whether signs or orders are drawn.
    exchange
        Within what people are exchanged, shape (people,).
    draws
        How many.
    seed
        Below 2^63; decides them all.
    """
    people = len(exchange)
    signs = any(block.scheme == "signs" for block in blocks)
    others = any(block.scheme != "signs" for block in blocks)

    def yielded() -> Iterator[Relabelling]:
        for start in range(0, draws, _HELD):
            which = range(start, min(start + _HELD, draws))
            flips = draw_flips(seed, which, people) if signs else _NO_FLIPS
            orders = draw_orders(seed, which, exchange) if others else _NO_ORDERS
            yield Relabelling(len(which), flips, orders, exchange)

    return yielded


def exhaustive(blocks: Sequence[Block], exchange: IntArray, most: int) -> Source | None:
    """Return a source of all relabellings that the blocks share.

    Parameters
    ----------
    blocks
        What is to be relabelled.
    exchange
        Within what people are exchanged, shape (people,).
    most
        Above so many there is no source.

    Returns
    -------
    Source or None
        None where they are too many, or blocks differ in what they exchange.
    """
    if all(block.scheme == "signs" for block in blocks):
        rows = np.unique(np.concatenate([block.rows for block in blocks]))
        if len(rows) >= 62 or 1 << len(rows) > most:
            return None
        return lambda: (
            Relabelling(len(flips), flips, _NO_ORDERS, exchange)
            for flips in all_flips(rows, len(exchange), _HELD)
        )
    first = blocks[0]
    alike = all(_same(first, block) for block in blocks)
    if not alike or count_relabellings(first, exchange) > most:
        return None
    return lambda: (
        Relabelling(len(orders), _NO_FLIPS, orders, exchange)
        for orders in _orders_of(first, exchange)
    )


def _same(first: Block, block: Block) -> bool:
    return (
        block.scheme == first.scheme
        and np.array_equal(block.rows, first.rows)
        and (block.scheme == "orders" or np.array_equal(block.marks, first.marks))
    )


def _orders_of(block: Block, exchange: IntArray) -> Iterator[Orders]:
    people = len(exchange)
    if block.scheme == "labels":
        return all_labellings(block.marks, block.rows, people, exchange, _HELD)
    return all_orders(block.rows, people, exchange, _HELD)
