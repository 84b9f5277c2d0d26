"""Hub genes: those with most partners, or most shortest paths, among genes that interact."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from rewire.core.maps import Interactions

HUB_COLUMNS: tuple[str, ...] = ("gene", "degree", "betweenness")
"""``degree``: partners among the genes; ``betweenness``: share of the shortest paths between other
pairs that lead through the gene."""


def hub_genes(genes: Collection[str], interactions: Interactions) -> pd.DataFrame:
    """Return degree and betweenness of genes in the network of their own interactions.

    Parameters
    ----------
    genes
        The genes that are looked at; interactions with others do not count.
    interactions
        The network that the user gave.

    Returns
    -------
    pandas.DataFrame
        Columns of :data:`HUB_COLUMNS`, most partners first; genes without a partner are left
        out. Which genes are well studied decides much of both.

    Examples
    --------
    >>> from rewire.core.maps import Provenance
    >>> star = Interactions((("A", "B"), ("A", "C"), ("A", "D")), (1.0,) * 3, Provenance("mine"))
    >>> hub_genes(["A", "B", "C", "D"], star)["betweenness"].tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    wanted = set(genes)
    pairs = {tuple(sorted(p)) for p in interactions.pairs if set(p) <= wanted and p[0] != p[1]}
    held = sorted({gene for pair in pairs for gene in pair})
    if not held:
        return pd.DataFrame(columns=list(HUB_COLUMNS))
    at = {gene: i for i, gene in enumerate(held)}
    ends = np.array([[at[a], at[b]] for a, b in sorted(pairs)])
    rows, columns = np.concatenate([ends, ends[:, ::-1]]).T
    adjacency = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(held), len(held)))
    degree = np.asarray(adjacency.sum(axis=1)).astype(np.int64)
    frame = pd.DataFrame(
        {"gene": held, "degree": degree, "betweenness": _betweenness(adjacency)},
        columns=list(HUB_COLUMNS),
    )
    return frame.sort_values(
        ["degree", "betweenness", "gene"], ascending=[False, False, True], ignore_index=True
    )


def _betweenness(adjacency: csr_array) -> np.ndarray:
    """Return betweenness of each node over unordered pairs, as a share of the other pairs.

    Brandes 2001 (10.1080/0022250X.2001.9990249), one source after another, layer by layer.
    """
    n = adjacency.shape[0]
    distance = shortest_path(adjacency, unweighted=True)
    dense = adjacency.toarray()
    total = np.zeros(n)
    for source in range(n):
        steps = distance[source]
        deepest = int(steps[np.isfinite(steps)].max())
        paths = np.zeros(n)
        paths[source] = 1.0
        layers = [np.flatnonzero(steps == d) for d in range(deepest + 1)]
        for above, below in pairwise(layers):
            paths[below] = dense[np.ix_(below, above)] @ paths[above]
        through = np.zeros(n)
        for above, below in zip(layers[-2::-1], layers[:0:-1], strict=False):
            share = (1.0 + through[below]) / paths[below]
            through[above] += paths[above] * (dense[np.ix_(above, below)] @ share)
        through[source] = 0.0
        total += through
    pairs = (n - 1) * (n - 2)
    return np.asarray(total / pairs) if pairs else total
