"""Gene sets as a matrix over the genes that have expression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from rewire.core.maps import FloatArray, GeneSets


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Gene sets of a size that is asked about.

    Parameters
    ----------
    source
        Collection of each set.
    names
        Name of each set.
    sizes
        Genes of each set that have expression.
    membership
        Shape (sets, genes), 1 where a gene is in a set.
    """

    source: tuple[str, ...]
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    membership: csr_array

    def mean_over(self, values: FloatArray) -> FloatArray:
        """Return means over the genes of each set, shape (rows, sets), of (rows, genes)."""
        sizes = np.array(self.sizes, dtype=np.float64)
        return np.asarray((self.membership @ values.T).T / sizes)

    def __len__(self) -> int:
        """Return the number of sets."""
        return len(self.names)


def gather_sets(
    collections: Sequence[GeneSets], genes: Sequence[str], smallest: int, largest: int
) -> Collection:
    """Return every set with enough genes and not too many.

    Parameters
    ----------
    collections
        As read.
    genes
        Genes with expression, in the order of the matrix's columns.
    smallest, largest
        Sizes counted over genes with expression.
    """
    at = {gene: i for i, gene in enumerate(genes)}
    source: list[str] = []
    names: list[str] = []
    sizes: list[int] = []
    rows: list[int] = []
    columns: list[int] = []
    for collection in collections:
        for gene_set in collection.sets:
            held = sorted({at[g] for g in gene_set.genes if g in at})
            if smallest <= len(held) <= largest:
                rows += [len(names)] * len(held)
                columns += held
                source.append(collection.name)
                names.append(gene_set.name)
                sizes.append(len(held))
    shape = (len(names), len(genes))
    matrix = csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    return Collection(tuple(source), tuple(names), tuple(sizes), matrix)
