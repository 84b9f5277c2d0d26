"""Family-wise p for networks of edges: components above a threshold, and without a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rewire.numerics.component_kernel import (
    enhance_edges,
    label_components,
    largest_components,
    largest_enhanced,
)
from rewire.numerics.estimates import Alternative, FloatArray, IntArray
from rewire.numerics.linear import TermModel
from rewire.numerics.rank_association import RankModel
from rewire.numerics.relabel import Block, as_t, movable_blocks, unmoved
from rewire.numerics.relabelling import Relabelling, drawn, exhaustive
from rewire.numerics.welch import WelchModel

_AT_ONCE = 1 << 18
_TIE = 1e-9
_SIDES = {"two-sided": (1, -1), "greater": (1,), "less": (-1,)}
_HIGHEST = 100.0

Size = Literal["extent", "intensity"]


@dataclass(frozen=True, slots=True)
class Thresholded:
    """The network-based statistic (NBS; Zalesky 2010, 10.1016/j.neuroimage.2010.06.041).

    Parameters
    ----------
    threshold
        Edges whose t is further from 0 form components, those of either sign apart.
    size
        ``extent``: the edges of a component. ``intensity``: how far their t pass the threshold,
        added up.
    """

    threshold: float = 3.0
    size: Size = "extent"

    def largest(self, t: FloatArray, ends: IntArray, nodes: int) -> FloatArray:
        """Return the size of the largest component of each map, shape (maps,).

        Parameters
        ----------
        t
            Shape (maps, edges), of the sign that is looked at.
        ends
            Nodes that each edge joins, shape (edges, 2).
        nodes
            How many nodes there are.
        """
        both = largest_components(t, ends, nodes, self.threshold)
        return np.asarray(both[:, 0 if self.size == "extent" else 1], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Enhanced:
    """Threshold-free network-based statistics (TFNBS; Baggio 2018, 10.1002/hbm.24007).

    The score of an edge is the sum over thresholds h of e(h)^E h^H dh, e(h) being the edges of
    the component that it is in when edges with t > h are joined (Smith and Nichols 2009,
    10.1016/j.neuroimage.2008.03.061, for images). The defaults are those of MRtrix3's
    ``connectomestats`` (Vinokur 2015, OHBM 4144).

    Parameters
    ----------
    extent, height
        The exponents E and H.
    step
        dh, in units of t; thresholds are its multiples up to t = 100.
    """

    extent: float = 0.4
    height: float = 3.0
    step: float = 0.1

    def largest(self, t: FloatArray, ends: IntArray, nodes: int) -> FloatArray:
        """Return the highest score of each map, shape (maps,); see :class:`Thresholded`."""
        weights = self._weights(len(ends))
        return np.asarray(largest_enhanced(t, ends, nodes, weights, self.step), dtype=np.float64)

    def scores(self, t: FloatArray, ends: IntArray, nodes: int) -> FloatArray:
        """Return the score of every edge of one map, 0 where t is not above the first threshold.

        Parameters
        ----------
        t
            Shape (edges,), of the sign that is looked at.
        ends, nodes
            As in :meth:`largest`.

        Examples
        --------
        >>> ends = np.array([[0, 1], [1, 2], [3, 4]])
        >>> Enhanced(1, 1, 1).scores(np.array([2.5, 1.5, 1.5]), ends, 5).tolist()
        [4.0, 2.0, 1.0]
        """
        weights = self._weights(len(ends))
        return np.asarray(enhance_edges(t, ends, nodes, weights, self.step), dtype=np.float64)

    def _weights(self, edges: int) -> tuple[FloatArray, FloatArray]:
        levels = self.step * np.arange(int(np.ceil(_HIGHEST / self.step)) + 1)
        heights = np.asarray(levels**self.height * self.step, dtype=np.float64)
        return np.arange(edges + 1.0) ** self.extent, heights


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """Edges above the threshold that hang together.

    Parameters
    ----------
    cells
        The edges, as indices into those of the model.
    sign
        1 or -1: the sign of their t.
    nodes
        The nodes that they join, ascending.
    intensity
        How far their t pass the threshold, added up.
    p
        Share of relabellings in which the largest component of the family is at least as large;
        about the component, and not about any one of its edges.
    """

    cells: IntArray
    sign: int
    nodes: IntArray
    intensity: float
    p: float


@dataclass(frozen=True, slots=True, eq=False)
class NetworkP:
    """What a network statistic says of the edges of one model.

    Parameters
    ----------
    p
        Family-wise p of each edge, shape (cells,): that of its component, 1 for an edge below the
        threshold, or that of its enhanced score; NaN where it has no statistic.
    components
        The largest first; empty where edges are enhanced.
    """

    p: FloatArray
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A model whose cells are edges.

    Parameters
    ----------
    model
        With one cell an edge.
    ends
        Nodes that each edge joins, shape (cells, 2); components never join edges without a node
        in common.
    """

    model: TermModel | WelchModel | RankModel
    ends: IntArray

    @property
    def nodes(self) -> int:
        """One more than the highest node."""
        return int(self.ends.max(initial=-1)) + 1


def permute_networks(
    graphs: Sequence[Graph],
    rule: Thresholded | Enhanced,
    draws: int,
    rng: np.random.Generator,
    alternative: Alternative = "two-sided",
    exchange: IntArray | None = None,
) -> tuple[NetworkP, ...]:
    """Test networks of edges by the largest of a family, under the same relabellings throughout.

    Components of positive and of negative t are apart; a two-sided test takes the largest of
    both, over all models.

    Parameters
    ----------
    graphs
        All with the same participants in the same rows.
    rule
        What is the size of a network.
    draws, rng, alternative, exchange
        As in :func:`~rewire.numerics.permute.permute_family`.

    Returns
    -------
    tuple of NetworkP
        One for each model; every p is NaN with 0 draws.

    Examples
    --------
    >>> from rewire.numerics.linear import mean_model
    >>> y = np.array([[1.0, 2, 0], [2, 1, -1], [1.5, 2.5, 1], [2.5, 2, 0.5]])
    >>> graph = Graph(mean_model(y), np.array([[0, 1], [1, 2], [0, 2]]))
    >>> found, = permute_networks([graph], Thresholded(3.0), 16, np.random.default_rng(0))
    >>> found.p.tolist(), found.components[0].nodes.tolist()
    ([0.125, 0.125, 1.0], [0, 1, 2])
    """
    seed = int(rng.integers(0, 1 << 62))
    people = len(graphs[0].model.response) if graphs else 0
    among = np.zeros(people, dtype=np.int64) if exchange is None else exchange
    parts = [_Part(graph, movable_blocks(graph.model, among)) for graph in graphs]
    blocks = [block for part in parts for block in part.blocks]
    if draws == 0 or not blocks:
        return tuple(NetworkP(np.full(len(graph.ends), np.nan)) for graph in graphs)
    joint = exhaustive(blocks, among, draws)
    source = joint or drawn(blocks, among, draws, seed)
    sides = _SIDES[alternative]
    largest = np.sort(np.concatenate([_largest(parts, made, rule, sides) for made in source()]))
    null = _Null(largest, 0 if joint else 1)
    return tuple(_judge(part, rule, sides, null) for part in parts)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    graph: Graph
    blocks: tuple[Block, ...]

    def observed(self) -> FloatArray:
        """Return t of every edge, NaN where there is none."""
        t = np.full(len(self.graph.ends), np.nan)
        for block in self.blocks:
            t[block.cells] = as_t(block.statistics(unmoved(block)), block.df)[0]
        return t


@dataclass(frozen=True, slots=True, eq=False)
class _Null:
    largest: FloatArray
    extra: int

    def p(self, size: FloatArray) -> FloatArray:
        below = np.searchsorted(self.largest, size - _TIE * (1.0 + np.abs(size)), side="left")
        made = len(self.largest) + self.extra
        return np.asarray((len(self.largest) - below + self.extra) / made, dtype=np.float64)


def _largest(
    parts: Sequence[_Part],
    made: Relabelling,
    rule: Thresholded | Enhanced,
    sides: tuple[int, ...],
) -> FloatArray:
    """Return the largest network of the family under each relabelling."""
    found = np.zeros(made.made)
    for part in parts:
        ends, nodes = part.graph.ends, part.graph.nodes
        given = [made.of(block) for block in part.blocks]
        step = max(1, _AT_ONCE // max(len(ends), 1))
        for start in range(0, made.made, step):
            some = slice(start, start + step)
            t = np.full((len(found[some]), len(ends)), np.nan)
            for block, relabelled in zip(part.blocks, given, strict=True):
                t[:, block.cells] = as_t(block.statistics(relabelled[some]), block.df)
            for side in sides:
                signed = t if side > 0 else np.negative(t, out=t)
                found[some] = np.maximum(found[some], rule.largest(signed, ends, nodes))
    return found


def _judge(
    part: _Part, rule: Thresholded | Enhanced, sides: tuple[int, ...], null: _Null
) -> NetworkP:
    t = part.observed()
    p = np.where(np.isnan(t), np.nan, 1.0)
    if isinstance(rule, Enhanced):
        for side in sides:
            scores = rule.scores(side * t, part.graph.ends, part.graph.nodes)
            p = np.where(scores > 0, null.p(scores), p)
        return NetworkP(p)
    found = [c for side in sides for c in find_components(t, part.graph, rule, side)]
    judged = tuple(
        Component(
            c.cells,
            c.sign,
            c.nodes,
            c.intensity,
            float(null.p(np.array(len(c.cells) if rule.size == "extent" else c.intensity))),
        )
        for c in found
    )
    for c in judged:
        p[c.cells] = c.p
    return NetworkP(p, tuple(sorted(judged, key=lambda c: (c.p, -len(c.cells), -c.intensity))))


def find_components(
    t: FloatArray, graph: Graph, rule: Thresholded, side: int
) -> tuple[Component, ...]:
    """Return the components of one sign, without a p.

    Parameters
    ----------
    t
        Statistic of each edge, shape (cells,), NaN where there is none.
    graph
        Which nodes the edges join.
    rule
        The threshold.
    side
        1 or -1.
    """
    nodes = graph.nodes
    parent = np.empty(nodes, dtype=np.int64)
    work = (parent, np.empty(nodes), np.empty(nodes))
    label_components(side * t, graph.ends, rule.threshold, work)
    root = np.arange(nodes)
    while (parent[root] != root).any():
        root = parent[root]
    above = np.flatnonzero(side * t > rule.threshold)
    its = root[graph.ends[above, 0]]
    return tuple(
        Component(
            above[its == one],
            side,
            np.unique(graph.ends[above[its == one]]),
            float((side * t[above[its == one]] - rule.threshold).sum()),
            float("nan"),
        )
        for one in np.unique(its)
    )
