"""Permutation p, for each cell and over a family of cells (max-T)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rewire.numerics.estimates import Alternative, FloatArray, IntArray
from rewire.numerics.exchange import Flips, Orders
from rewire.numerics.largest import largest_r
from rewire.numerics.linear import TermModel
from rewire.numerics.rank_association import RankModel
from rewire.numerics.relabel import Block, as_t, movable_blocks, unmoved
from rewire.numerics.relabel_kernel import count_sizes
from rewire.numerics.relabelling import Source, drawn, exhaustive
from rewire.numerics.welch import WelchModel

_AT_ONCE = 1 << 18
_TIE = 1e-9
_SIGN = {"two-sided": 0.0, "greater": 1.0, "less": -1.0}

Models = Sequence[TermModel | WelchModel | RankModel]


@dataclass(frozen=True, slots=True, eq=False)
class PermutationP:
    """Permutation p of the cells of one model; each array has shape (cells,).

    Parameters
    ----------
    p
        Share of relabellings with a statistic at least as extreme; never 0, NaN where the cell
        has no statistic or nothing of it can be exchanged.
    p_max
        The same against the most extreme cell of the whole family (single-step max-T, Westfall
        and Young 1993), which holds the chance of any false positive in the family.
    """

    p: FloatArray
    p_max: FloatArray


@dataclass(slots=True, eq=False)
class _Tally:
    model: int
    block: Block
    bound: FloatArray
    bound_t: FloatArray
    beyond: IntArray
    beyond_max: IntArray


_Pass = Callable[[_Tally, Flips | Orders], FloatArray]


def permute_family(
    models: Models,
    draws: int,
    rng: np.random.Generator,
    alternative: Alternative = "two-sided",
    exchange: IntArray | None = None,
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
        Source of the relabellings; one number is taken from it.
    alternative
        The side of the tests.
    exchange
        Block of each participant, within which labels and values are exchanged, shape (people,);
        the test is then exact also where blocks differ in mean or spread (Winkler 2015,
        10.1016/j.neuroimage.2015.05.092). None for one block of all. Signs are flipped within
        people in any case.

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
    results = tuple(PermutationP(_nan(m), _nan(m)) for m in models)
    seed = int(rng.integers(0, 1 << 62))
    if draws == 0 or not models:
        return results
    among = np.zeros(len(models[0].response), dtype=np.int64) if exchange is None else exchange
    sign = _SIGN[alternative]
    tallies = _tallies(models, among, sign)
    if not tallies:
        return results
    blocks = [tally.block for tally in tallies]
    joint = exhaustive(blocks, among, draws)
    made = _count(tallies, joint or drawn(blocks, among, draws, seed), _each_cell(sign))
    extra = 0 if joint else 1
    for tally in tallies:
        cells = tally.block.cells
        results[tally.model].p_max[cells] = (tally.beyond_max + extra) / (made + extra)
        results[tally.model].p[cells] = (tally.beyond + extra) / (made + extra)
        own = None if joint else exhaustive([tally.block], among, draws)
        if own:
            tally.beyond[:] = 0
            results[tally.model].p[cells] = tally.beyond / _count([tally], own, _each_cell(sign))
    return results


def permute_largest(
    models: Models,
    draws: int,
    rng: np.random.Generator,
    alternative: Alternative = "two-sided",
    exchange: IntArray | None = None,
) -> tuple[FloatArray, ...]:
    """Test a family by max-T alone: the ``p_max`` of :func:`permute_family`, sooner.

    Parameters
    ----------
    models, draws, rng, alternative, exchange
        As in :func:`permute_family`.

    Returns
    -------
    tuple of ndarray
        For each model shape (cells,); the same as that function gives for the same ``rng``.

    Examples
    --------
    >>> from rewire.numerics.linear import mean_model
    >>> change = np.array([[1.0, 0.0], [2.0, 1.0], [3.0, -1.0], [4.0, 0.5]])
    >>> permute_largest([mean_model(change)], 100, np.random.default_rng(0))[0].tolist()
    [0.125, 1.0]
    """
    results = tuple(_nan(m) for m in models)
    seed = int(rng.integers(0, 1 << 62))
    if draws == 0 or not models:
        return results
    among = np.zeros(len(models[0].response), dtype=np.int64) if exchange is None else exchange
    sign = _SIGN[alternative]
    tallies = _tallies(models, among, sign)
    if not tallies:
        return results
    blocks = [tally.block for tally in tallies]
    joint = exhaustive(blocks, among, draws)
    one = _each_cell(sign) if sign else _largest(np.sort(_joined_bounds(tallies)))
    made = _count(tallies, joint or drawn(blocks, among, draws, seed), one)
    extra = 0 if joint else 1
    for tally in tallies:
        results[tally.model][tally.block.cells] = (tally.beyond_max + extra) / (made + extra)
    return results


def _nan(model: TermModel | WelchModel | RankModel) -> FloatArray:
    return np.full(model.response.shape[1], np.nan)


def _tallies(models: Models, exchange: IntArray, sign: float) -> list[_Tally]:
    return [
        _tally(i, block, sign)
        for i, model in enumerate(models)
        for block in movable_blocks(model, exchange)
    ]


def _tally(model: int, block: Block, sign: float) -> _Tally:
    observed = block.statistics(unmoved(block))[0]
    observed = np.abs(observed) if sign == 0.0 else sign * observed
    t = as_t(observed, block.df)
    beyond, beyond_max = np.zeros((2, len(observed)), dtype=np.int64)
    return _Tally(model, block, observed - _TIE, t - _TIE * (1.0 + t**2), beyond, beyond_max)


def _joined_bounds(tallies: Sequence[_Tally]) -> FloatArray:
    return np.concatenate([tally.bound_t for tally in tallies])


def _count(tallies: Sequence[_Tally], source: Source, one: _Pass) -> int:
    """Add up how often relabelled statistics reach the observed; return how many were made."""
    made = 0
    for relabelling in source():
        highest = np.full(relabelling.made, -np.inf)
        for tally in tallies:
            r = one(tally, relabelling.of(tally.block))
            np.maximum(highest, as_t(r, tally.block.df), out=highest)
        highest.sort()
        for tally in tallies:
            below = np.searchsorted(highest, tally.bound_t, side="left")
            tally.beyond_max += relabelling.made - below
        made += relabelling.made
    return made


def _each_cell(sign: float) -> _Pass:
    """Return a pass that counts in every cell and gives the largest of each relabelling."""

    def count(tally: _Tally, relabelled: Flips | Orders) -> FloatArray:
        largest = np.empty(len(relabelled))
        step = max(1, _AT_ONCE // len(tally.block.cells))
        for start in range(0, len(relabelled), step):
            r = tally.block.statistics(relabelled[start : start + step])
            if sign == 0.0:
                count_sizes(r, tally.bound, tally.beyond, largest[start : start + step])
            else:
                r *= sign
                tally.beyond += (r >= tally.bound).sum(axis=0)
                largest[start : start + step] = r.max(axis=1)
        return largest

    return count


def _largest(bounds_t: FloatArray) -> _Pass:
    """Return a pass that gives the largest of each relabelling, exact beside the bounds."""

    def find(tally: _Tally, relabelled: Flips | Orders) -> FloatArray:
        bounds = bounds_t / np.sqrt(bounds_t**2 + tally.block.df)
        return largest_r(tally.block, relabelled, bounds)

    return find
