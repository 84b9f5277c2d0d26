"""A test's statistic under many relabellings of its participants at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from rewire.numerics.estimates import OK, BoolArray, FloatArray, IntArray, no_spread
from rewire.numerics.estimates import patterns as find_patterns
from rewire.numerics.exchange import Flips, Orders, count_labellings, count_orders
from rewire.numerics.linear import Reduced, TermModel, reduce_model
from rewire.numerics.rank_association import RankModel, ranked_models
from rewire.numerics.relabel_kernel import scale_products
from rewire.numerics.reordered import reordered_products
from rewire.numerics.terms import fit_parts
from rewire.numerics.welch import WelchModel

Scheme = Literal["signs", "labels", "orders"]
Numbers = TypeVar("Numbers", npt.NDArray[np.float64], npt.NDArray[np.float32])


class Block(Protocol):
    """Cells with the same participants, and the statistic of each under relabelling."""

    @property
    def rows(self) -> IntArray:
        """Participants, as indices into all of them."""

    @property
    def cells(self) -> IntArray:
        """Cells, as indices into those of the model."""

    @property
    def df(self) -> float:
        """Degrees of freedom that turn r into t."""

    @property
    def scheme(self) -> Scheme:
        """What is exchanged: signs, two labels, or the order of values."""

    @property
    def marks(self) -> FloatArray:
        """What is relabelled, shape (rows,)."""

    def statistics(self, relabelled: Flips | Orders) -> FloatArray:
        """Return r = t / sqrt(t^2 + df) under each relabelling.

        Parameters
        ----------
        relabelled
            One row a relabelling, one column a participant of the block: signs, or the
            participant whose mark is handed to this one.

        Returns
        -------
        ndarray
            Shape (relabellings, cells).
        """


@dataclass(frozen=True, slots=True, eq=False)
class TermBlock:
    """Relabelling of a linear model's residuals under the null (Freedman and Lane 1983).

    With no covariates this is the plain exchange of signs, labels or values, which is exact.
    Writing e for the residuals of the response on the covariates and x for the cleared term,
    the statistic after relabelling P is x.Pe / (|x| |M Pe|), M clearing the covariates again
    (Freedman and Lane, 10.1080/07350015.1983.10509354; Winkler 2014,
    10.1016/j.neuroimage.2014.01.060). Both products are those of relabelled x and covariates
    with e, so that all cells are done by one matrix product.

    Parameters
    ----------
    reduced
        The model without what is adjusted for.
    scheme
        What is exchanged.
    term
        The cleared term, of unit length where no cell has a covariate of its own.
    unit
        Residuals of unit length, shape (rows, cells).
    """

    reduced: Reduced
    scheme: Scheme
    term: FloatArray
    unit: FloatArray

    @property
    def rows(self) -> IntArray:
        """Participants, as indices into all of them."""
        return self.reduced.rows

    @property
    def cells(self) -> IntArray:
        """Cells, as indices into those of the model."""
        return self.reduced.cells

    @property
    def df(self) -> float:
        """Residual degrees of freedom."""
        return float(self.reduced.df)

    @property
    def marks(self) -> FloatArray:
        """The cleared term."""
        return self.reduced.term

    @property
    def plain(self) -> bool:
        """Whether nothing is adjusted for, so that r is the product of ``term`` and ``unit``."""
        return not (self.reduced.basis.size or self.reduced.own.size)

    def statistics(self, relabelled: Flips | Orders) -> FloatArray:
        """Return r under each relabelling, shape (relabellings, cells); see :class:`Block`."""
        part = self.reduced
        product = self.hand_out(self.term, relabelled) @ self.unit
        if self.plain:
            return product
        lost = np.zeros_like(product)
        for q in part.basis.T:
            alone = self.hand_out(q, relabelled) @ self.unit
            lost += np.square(alone, out=alone)
        if part.own.shape[1]:
            order = np.asarray(relabelled, dtype=np.int64)
            alone = reordered_products(part.own, order, self.unit)
            product -= part.term_on_own * alone
            product /= part.term_length
            lost += np.square(alone, out=alone)
        scale_products(product, lost)
        return product

    def hand_out(self, marks: Numbers, relabelled: Flips | Orders) -> Numbers:
        """Return marks as relabelled, in their own precision, shape (relabellings, rows)."""
        if self.scheme == "signs":
            return np.multiply(marks, relabelled, dtype=marks.dtype)
        return marks[relabelled]


@dataclass(frozen=True, slots=True, eq=False)
class WelchBlock:
    """Relabelling of two groups with Welch's t, valid too where the variances differ.

    Janssen 1997 (10.1016/S0167-7152(97)00043-6).
    """

    rows: IntArray
    cells: IntArray
    values: FloatArray
    marks: FloatArray
    scheme: Scheme = "labels"

    @property
    def df(self) -> float:
        """Participants less two."""
        return len(self.rows) - 2.0

    def statistics(self, relabelled: Flips | Orders) -> FloatArray:
        """Return r under each relabelling, shape (relabellings, cells); see :class:`Block`."""
        ones = self.marks[relabelled]
        n, n1 = len(self.rows), self.marks.sum()
        n0 = n - n1
        sum1 = ones @ self.values
        square1 = ones @ self.values**2
        sum0 = self.values.sum(axis=0) - sum1
        square0 = (self.values**2).sum(axis=0) - square1
        v1 = np.maximum(square1 - sum1**2 / n1, 0.0) / ((n1 - 1) * n1)
        v0 = np.maximum(square0 - sum0**2 / n0, 0.0) / ((n0 - 1) * n0)
        gap = sum1 / n1 - sum0 / n0
        size2 = gap**2 + self.df * (v1 + v0)
        return np.asarray(gap / np.sqrt(np.where(size2 > 0, size2, np.inf)), dtype=np.float64)


def count_relabellings(block: Block, exchange: IntArray) -> int:
    """Return how many relabellings of a block differ: 2^n, n choose k, or n!.

    Parameters
    ----------
    block
        Cells with the same participants.
    exchange
        Within what all participants are exchanged, shape (people,); signs do not heed it.
    """
    among = exchange[block.rows]
    if block.scheme == "signs":
        return 1 << len(among)
    return count_labellings(block.marks, among) if block.scheme == "labels" else count_orders(among)


def relabel_blocks(model: TermModel | WelchModel | RankModel) -> tuple[Block, ...]:
    """Return the blocks of a model whose cells can be tested.

    Parameters
    ----------
    model
        A term or Welch model, or one of ranks.
    """
    if isinstance(model, WelchModel):
        return _welch_blocks(model)
    if isinstance(model, RankModel):
        return _rank_blocks(model)
    return _term_blocks(model)


def _rank_blocks(model: RankModel) -> tuple[TermBlock, ...]:
    return tuple(
        replace(block, reduced=replace(block.reduced, cells=part.cells[block.cells]))
        for part in ranked_models(model)
        for block in _term_blocks(part.model)
    )


def _term_blocks(model: TermModel) -> tuple[TermBlock, ...]:
    parts = reduce_model(model)
    fitted = fit_parts(model, parts).status == OK
    return tuple(
        _term_block(_keep(reduced, fitted[reduced.cells]))
        for reduced in parts
        if fitted[reduced.cells].any()
    )


def movable_blocks(
    model: TermModel | WelchModel | RankModel, exchange: IntArray
) -> tuple[Block, ...]:
    """Return the blocks of a model in which something can be exchanged.

    Parameters
    ----------
    model
        A term or Welch model, or one of ranks.
    exchange
        Within what people are exchanged, shape (people,).
    """
    found = relabel_blocks(model)
    return tuple(block for block in found if count_relabellings(block, exchange) > 1)


def unmoved(block: Block) -> Flips | Orders:
    """Return the one relabelling that leaves everybody as observed, shape (1, rows)."""
    people = len(block.rows)
    if block.scheme == "signs":
        return np.ones((1, people), dtype=np.int8)
    return np.arange(people, dtype=np.int16)[None, :]


def as_t(r: FloatArray, df: float) -> FloatArray:
    """Return t for r = t / sqrt(t^2 + df), finite also where r is 1.

    Examples
    --------
    >>> as_t(np.array([0.6]), 16.0).round(12).tolist()
    [3.0]
    """
    return np.asarray(r * np.sqrt(df / np.maximum(1.0 - r**2, 1e-14)), dtype=np.float64)


def _term_block(part: Reduced) -> TermBlock:
    length = np.sqrt(np.einsum("ij,ij->j", part.residual, part.residual))
    term = part.term if part.own.shape[1] else part.term / np.sqrt(part.term @ part.term)
    return TermBlock(part, _scheme(part), term, part.residual / length)


def _scheme(reduced: Reduced) -> Scheme:
    if reduced.role == "mean":
        return "signs"
    plain = reduced.basis.shape[1] == 0 and reduced.own.shape[1] == 0
    return "labels" if plain and len(np.unique(reduced.term)) == 2 else "orders"


def _keep(reduced: Reduced, keep: BoolArray) -> Reduced:
    return Reduced(
        reduced.rows,
        reduced.cells[keep],
        reduced.basis,
        reduced.own[:, keep] if reduced.own.shape[1] else reduced.own,
        reduced.term,
        reduced.term_on_own[keep],
        reduced.term_length[keep],
        reduced.residual[:, keep],
        reduced.df,
        reduced.status[keep],
        reduced.role,
    )


def _welch_blocks(model: WelchModel) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for pattern in find_patterns(model.valid):
        group = model.group[pattern.rows]
        if min(group.sum(), (1.0 - group).sum()) < 2:
            continue
        values = model.response[pattern.rows][:, pattern.cells]
        centred = values - values.mean(axis=0)
        keep = _spread_within(centred, values, group)
        if keep.any():
            cells = pattern.cells[keep]
            blocks.append(WelchBlock(pattern.rows, cells, centred[:, keep], group))
    return tuple(blocks)


def _spread_within(centred: FloatArray, values: FloatArray, group: FloatArray) -> BoolArray:
    within = np.zeros(values.shape[1])
    for level in (0.0, 1.0):
        part = centred[group == level]
        within += ((part - part.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(~no_spread(within, values), dtype=np.bool_)
