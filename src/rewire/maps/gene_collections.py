"""Gene sets as a matrix over the genes that have expression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from rewire.core.maps import GeneSets
from rewire.core.types import FloatArray


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

    def mean_over(self, values: FloatArray, known: npt.NDArray[np.bool_]) -> FloatArray:
        """Return means over the known genes of each set.

        Parameters
        ----------
        values
            Shape (rows, genes), 0 for a gene that is not known.
        known
            Shape (genes,).

        Returns
        -------
        ndarray
            Shape (rows, sets); NaN for a set without a known gene.
        """
        sizes = np.asarray(self.membership @ known.astype(np.float64))
        return np.asarray((self.membership @ values.T).T / np.where(sizes > 0.0, sizes, np.nan))

    def families(self) -> list[npt.NDArray[np.int64]]:
        """Return the sets of each collection, as indices, in order of appearance."""
        source = np.array(self.source, dtype=object)
        return [np.flatnonzero(source == name) for name in dict.fromkeys(self.source)]

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

    Examples
    --------
    >>> from rewire.core.maps import GeneSet, Provenance
    >>> held = GeneSets("mine", (GeneSet("pair", ("B", "C", "Z")),), Provenance("mine"))
    >>> found = gather_sets([held], ["A", "B", "C"], 2, 10)
    >>> found.names, found.sizes, found.membership.toarray().tolist()
    (('pair',), (2,), [[0.0, 1.0, 1.0]])
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
