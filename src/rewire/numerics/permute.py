"""Permutation p, for each cell and over a family of cells (max-T)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, permutations

import numpy as np

from rewire.numerics.estimates import Alternative, FloatArray, IntArray
from rewire.numerics.linear import TermModel
from rewire.numerics.rank_association import RankModel
from rewire.numerics.relabel import Block, count_relabellings, relabel_blocks
from rewire.numerics.welch import WelchModel

_HELD = 1 << 22
_TIE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class PermutationP:
    """Permutation p of the cells of one model; each array has shape (cells,).

    Parameters
    ----------
    p
        Share of relabellings with a statistic at least as extreme; never 0, NaN where the cell
        has no statistic.
    p_max
        The same against the most extreme cell of the whole family (single-step max-T, Westfall
        and Young 1993), which holds the chance of any false positive in the family.
    """

    p: FloatArray
    p_max: FloatArray


@dataclass(slots=True, eq=False)
class _Tally:
    block: Block
    observed: FloatArray
    beyond: IntArray
    beyond_max: IntArray


def permute_family(
    models: Sequence[TermModel | WelchModel | RankModel],
    draws: int,
    rng: np.random.Generator,
    alternative: Alternative = "two-sided",
) -> tuple[PermutationP, ...]:
    """Test a family of models by relabelling the same participants in the same way throughout.

    Means are tested by flipping signs, groups by exchanging labels, associations by exchanging
    values, and whatever is adjusted for covariates by Freedman and Lane's procedure. Where there
    are no more than ``draws`` relabellings all are made, and p = b / m counts the observed one;
    otherwise p = (1 + b) / (1 + draws) (Phipson and Smyth 2010, 10.2202/1544-6115.1585). Ties
    count as extreme, within 1e-9. If cells of the family miss different people, max-T draws at
    random although single cells are exhaustive.

    Parameters
    ----------
    models
        All with the same participants in the same rows.
    draws
        Relabellings asked for; with 0 every p is NaN.
    rng
        Source of the relabellings; (draws, participants) uniform numbers are taken from it, or
        none where all relabellings are made.
    alternative
        The side of the tests.

    Returns
    -------
    tuple of PermutationP
        One for each model.

    Examples
    --------
    >>> from rewire.numerics.linear import mean_model
    >>> change = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> found, = permute_family([mean_model(change)], 100, np.random.default_rng(0))
    >>> found.p.tolist()
    [0.125]
    """
    results = tuple(
        PermutationP(np.full(m.response.shape[1], np.nan), np.full(m.response.shape[1], np.nan))
        for m in models
    )
    found = [(i, block) for i, model in enumerate(models) for block in relabel_blocks(model)]
    if draws == 0 or not found:
        return results
    people = len(models[0].response)
    sign = {"two-sided": 0.0, "greater": 1.0, "less": -1.0}[alternative]
    tallies = [_tally(block, sign) for _, block in found]
    joint = _joint_keys([block for _, block in found], people, draws)
    source = joint or (lambda held: _drawn_keys(rng, draws, people, held))
    made = _count(tallies, source, sign)
    for (i, _), tally in zip(found, tallies, strict=True):
        cells = tally.block.cells
        extra = 0 if joint else 1
        results[i].p_max[cells] = (tally.beyond_max + extra) / (made + extra)
        results[i].p[cells] = (tally.beyond + extra) / (made + extra)
        if not joint and count_relabellings(tally.block) <= draws:
            results[i].p[cells] = _exhaustive(tally.block, people, sign)
    return results


def _exhaustive(block: Block, people: int, sign: float) -> FloatArray:
    tally = _tally(block, sign)
    made = _count([tally], lambda held: _all_keys(block, people, held), sign)
    return np.asarray(tally.beyond / made, dtype=np.float64)


def _tally(block: Block, sign: float) -> _Tally:
    still = 1.0 + np.arange(len(block.rows), dtype=np.float64)
    observed = _directed(block.statistics(still[None, :])[0], sign)
    zeros = np.zeros((2, len(observed)), dtype=np.int64)
    return _Tally(block, observed, zeros[0], zeros[1])


def _directed(r: FloatArray, sign: float) -> FloatArray:
    return np.abs(r) if sign == 0.0 else sign * r


def _as_t(r: FloatArray, df: float) -> FloatArray:
    return np.asarray(r * np.sqrt(df / np.maximum(1.0 - r**2, 1e-14)), dtype=np.float64)


def _count(
    tallies: Sequence[_Tally], source: Callable[[int], Iterator[FloatArray]], sign: float
) -> int:
    """Add up how often relabelled statistics reach the observed; return how many were made."""
    observed_t = [_as_t(tally.observed, tally.block.df) for tally in tallies]
    held = max(1, _HELD // max(tally.block.width for tally in tallies))
    made = 0
    for keys in source(held):
        highest = np.full(len(keys), -np.inf)
        for tally in tallies:
            r = _directed(tally.block.statistics(keys[:, tally.block.rows]), sign)
            tally.beyond += (r >= tally.observed - _TIE).sum(axis=0)
            highest = np.maximum(highest, _as_t(r, tally.block.df).max(axis=1))
        highest.sort()
        for tally, t in zip(tallies, observed_t, strict=True):
            bound = t - _TIE * (1.0 + t**2)
            tally.beyond_max += len(keys) - np.searchsorted(highest, bound, side="left")
        made += len(keys)
    return made


def _drawn_keys(
    rng: np.random.Generator, draws: int, people: int, held: int
) -> Iterator[FloatArray]:
    for start in range(0, draws, held):
        yield rng.random((min(held, draws - start), people))


def _joint_keys(
    blocks: Sequence[Block], people: int, draws: int
) -> Callable[[int], Iterator[FloatArray]] | None:
    """Return all relabellings that the blocks share, or None where they are too many."""
    if all(block.scheme == "signs" for block in blocks):
        rows = np.unique(np.concatenate([block.rows for block in blocks]))
        few = len(rows) < 62 and 1 << len(rows) <= draws
        return (lambda held: _sign_keys(rows, people, held)) if few else None
    first = blocks[0]
    alike = all(
        block.scheme == first.scheme
        and np.array_equal(block.rows, first.rows)
        and (block.scheme == "orders" or np.array_equal(block.marks, first.marks))
        for block in blocks
    )
    if alike and count_relabellings(first) <= draws:
        return lambda held: _all_keys(first, people, held)
    return None


def _all_keys(block: Block, people: int, held: int) -> Iterator[FloatArray]:
    if block.scheme == "signs":
        return _sign_keys(block.rows, people, held)
    orders = (
        _label_orders(block.marks)
        if block.scheme == "labels"
        else permutations(range(len(block.rows)))
    )
    return _order_keys(orders, block.rows, people, held)


def _sign_keys(rows: IntArray, people: int, held: int) -> Iterator[FloatArray]:
    bits = np.arange(len(rows))
    for start in range(0, 1 << len(rows), held):
        codes = np.arange(start, min(start + held, 1 << len(rows)))
        keys = np.full((len(codes), people), np.nan)
        keys[:, rows] = np.where(codes[:, None] >> bits & 1, 0.0, 1.0)
        yield keys


def _label_orders(marks: FloatArray) -> Iterator[tuple[int, ...]]:
    high = marks == marks.max()
    ones, zeros = np.flatnonzero(high).tolist(), np.flatnonzero(~high).tolist()
    for chosen in combinations(range(len(marks)), len(ones)):
        taken, ones_left, zeros_left = set(chosen), iter(ones), iter(zeros)
        yield tuple(next(ones_left if i in taken else zeros_left) for i in range(len(marks)))


def _order_keys(
    orders: Iterator[tuple[int, ...]], rows: IntArray, people: int, held: int
) -> Iterator[FloatArray]:
    while batch := list(islice(orders, held)):
        order = np.array(batch)
        keys = np.full((len(order), people), np.nan)
        # the keys that these orders sort are their inverses
        keys[:, rows] = np.argsort(order, axis=1).astype(np.float64)
        yield keys
