"""Gene sets held against a map: the mean correlation of their genes, under two nulls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special
from scipy.sparse import csr_array

from rewire.numerics.map_association import (
    FloatArray,
    MapStatistic,
    MapTest,
    assess_products,
    standardised,
)


@dataclass(frozen=True, slots=True, eq=False)
class RandomGeneTest:
    """Sets against sets of as many genes drawn at random; shapes (sets,).

    Parameters
    ----------
    score
        Mean correlation of the set's genes with the map.
    z
        Score less the mean of all genes, over its standard deviation under random drawing without
        replacement.
    p
        Two-sided, from the normal distribution. Genes of a set go together over the brain, which
        random ones do not, so that this p is too small (Fulcher et al. 2021).
    """

    score: FloatArray
    z: FloatArray
    p: FloatArray


def assess_gene_sets(
    values: FloatArray,
    nulls: FloatArray,
    genes: FloatArray,
    membership: csr_array,
    statistic: MapStatistic = "pearson",
) -> MapTest:
    """Hold each set's mean correlation with a map against that with null maps.

    The ensemble null of gene-category enrichment analysis (Fulcher et al. 2021,
    10.1038/s41467-021-22862-1): genes stay as they are, and the map is replaced by maps as
    smooth. The mean of correlations is the product of a map with the mean of the set's unit
    genes, so that no correlation of a single gene is formed.

    Parameters
    ----------
    values
        The map, shape (regions,), without NaN.
    nulls
        Null maps, shape (draws, regions).
    genes
        Shape (regions, genes), without NaN.
    membership
        1 where a gene is in a set, shape (sets, genes).
    statistic
        Which correlation.

    Returns
    -------
    MapTest
        One for each set; NaN for a set without a gene that varies.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> genes, values = rng.standard_normal((20, 6)), rng.standard_normal(20)
    >>> nulls = rng.permuted(np.tile(values, (99, 1)), axis=1)
    >>> found = assess_gene_sets(values, nulls, genes, csr_array([[1, 1, 0, 0, 0, 0]]))
    >>> r = [np.corrcoef(values, genes[:, i])[0, 1] for i in (0, 1)]
    >>> bool(np.isclose(found.r[0], np.mean(r)))
    True
    """
    unit = standardised(genes.T, statistic)
    return assess_products(
        standardised(values[None], statistic)[0],
        np.nan_to_num(standardised(nulls, statistic)),
        _mean_directions(unit, membership),
    )


def _mean_directions(unit: FloatArray, membership: csr_array) -> FloatArray:
    varies = np.asarray(np.isfinite(unit).all(axis=1))
    sizes = np.asarray(membership @ varies.astype(np.float64))
    sums = membership @ np.where(varies[:, None], unit, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((sums / np.where(sizes > 0.0, sizes, np.nan)[:, None]).T)


def assess_random_genes(correlations: FloatArray, membership: csr_array) -> RandomGeneTest:
    """Hold each set's mean correlation against that of random genes.

    Parameters
    ----------
    correlations
        Of each gene with the map, shape (genes,); NaN for a gene that does not vary.
    membership
        Shape (sets, genes).

    Returns
    -------
    RandomGeneTest
        Of sets without a gene NaN.
    """
    known = np.isfinite(correlations)
    r = np.where(known, correlations, 0.0)
    total = int(known.sum())
    sizes = np.asarray(membership @ known.astype(np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (membership @ r) / np.where(sizes > 0.0, sizes, np.nan)
        centre = r[known].mean()
        spread = r[known].std(ddof=1)
        left = np.sqrt(np.maximum(1.0 - sizes / total, 0.0))
        z = (score - centre) / (spread * left / np.sqrt(sizes))
    return RandomGeneTest(score, z, np.asarray(2.0 * special.ndtr(-np.abs(z))))
