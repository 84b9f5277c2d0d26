"""Expression in the regions of a map, and each record's slope on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError
from rewire.core.maps import Expression, MapRules
from rewire.core.types import FloatArray
from rewire.effects.responses import Place, Response
from rewire.maps.contrasts import Contrast
from rewire.maps.gene_collections import Collection
from rewire.maps.labels import differing_series
from rewire.maps.nulls import NullMaps, null_maps, usable
from rewire.maps.slopes import shared_regions
from rewire.numerics.map_association import MapStatistic, standardised

FEWEST = 20
"""Regions with expression below which nothing is said."""

COVERAGE_COLUMNS: tuple[str, ...] = (
    "question", "measure", "session", "acquisition", "arm", "contrast", "regions",
    "regions_sampled", "regions_used", "genes", "genes_used", "gene_sets", "gene_sets_used",
    "donors_fewest", "donors_most", "source", "nulls",
)  # fmt: skip
"""How much of the map, of the expression and of the gene sets was used: ``regions`` of the map,
``regions_sampled`` of these with expression, ``regions_used`` of these with an estimate in the
hemisphere that is looked at; ``genes`` of the file and ``genes_used`` that have a value in every
sampled region and vary; sets of the files and those of a size asked about; donors of the regions
used, NaN where the file does not say."""


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """What a map is held against, in the regions that have everything.

    Parameters
    ----------
    map
        Shape (regions used,).
    genes
        Expression, shape (regions used, genes).
    nulls
        Null maps of the map, over the regions used.
    """

    map: FloatArray
    genes: FloatArray
    nulls: NullMaps


def complete_expression(expression: Expression) -> Expression:
    """Return the regions that have samples, and the genes that vary and are known in all of these.

    Parameters
    ----------
    expression
        A region counts as sampled where more than half of the genes have a value.
    """
    sampled = np.isfinite(expression.values).mean(axis=1) > 0.5
    values = expression.values[sampled]
    known = np.isfinite(values).all(axis=0)
    if known.any() and sampled.any():
        known &= np.isfinite(standardised(values.T)).all(axis=1)
    return replace(
        expression,
        regions=tuple(r for r, there in zip(expression.regions, sampled, strict=True) if there),
        genes=tuple(g for g, there in zip(expression.genes, known, strict=True) if there),
        values=values[:, known],
        donors=None if expression.donors is None else expression.donors[sampled],
    )


def expression_at(expression: Expression, regions: tuple[str, ...]) -> FloatArray:
    """Return expression in these regions, by name; rows of NaN where it has none."""
    at = {region: i for i, region in enumerate(expression.regions)}
    found = np.full((len(regions), len(expression.genes)), np.nan)
    for row, region in enumerate(regions):
        if region in at:
            found[row] = expression.values[at[region]]
    return found


def match_expression(
    contrast: Contrast, expression: Expression, rules: MapRules, rng: np.random.Generator
) -> Matched:
    """Return a contrast's map, its null maps and expression in the regions that have all of them.

    Parameters
    ----------
    contrast
        Whose map.
    expression
        From :func:`complete_expression`.
    rules
        How null maps are made.
    rng
        Source of the null maps.

    Raises
    ------
    DataError
        If fewer than 20 regions are left, the map does not vary over them, or expression is that
        of another parcellation whose names are the same.
    """
    other = differing_series(expression.regions, contrast.atlas.regions)
    if other:
        raise DataError(f"the expression is of another parcellation ({other}).")
    genes = expression_at(expression, contrast.atlas.regions)
    values = np.where(np.isfinite(genes).all(axis=1), contrast.estimates, np.nan)
    used = usable(values, contrast.atlas, rules)
    if used.sum() < FEWEST:
        raise DataError(
            f"only {int(used.sum())} regions have an estimate and expression; {FEWEST} are wanted."
        )
    if not np.isfinite(standardised(values[used][None])).all():
        raise DataError("the map has the same value in every region.")
    nulls = null_maps(values, contrast.atlas, rules, rng)
    return Matched(values[nulls.used], genes[nulls.used], nulls)


def gene_slopes(
    response: Response,
    atlas: Atlas,
    given: tuple[Expression, Collection],
    rules: MapRules,
    statistic: MapStatistic = "pearson",
) -> Response:
    """Return each record's slope on the mean map of each gene set, and then on each gene.

    A slope is that of least squares on a gene's expression less its mean and over its standard
    deviation in the regions that all scans of the person have, so that the slope of a change is
    the change of slopes; that of a set is the mean over its genes.

    Parameters
    ----------
    response
        Records by regions.
    atlas
        The regions, in the order of the cells.
    given
        Expression without NaN, and sets over its genes.
    rules
        Which hemisphere is looked at.
    statistic
        ``spearman`` ranks expression over regions.

    Returns
    -------
    Response
        NaN for a person with fewer than 20 regions, and for a gene that does not vary in them.
    """
    expression, sets = given
    genes = expression_at(expression, atlas.regions)
    there = np.isfinite(genes).all(axis=1)
    sided = np.where(there, 0.0, np.nan)
    shared = shared_regions(response, usable(sided, atlas, rules), FEWEST)
    slopes = np.full((len(shared), len(sets) + genes.shape[1]), np.nan)
    patterns, which = np.unique(shared, axis=0, return_inverse=True)
    for i, held in enumerate(patterns):
        if held.sum() >= FEWEST:
            rows = which.reshape(-1) == i
            slopes[rows] = _slopes(response.values[rows][:, held], genes[held], sets, statistic)
    places = [*(f"set={name}" for name in sets.names), *(f"gene={g}" for g in expression.genes)]
    return replace(response, values=slopes, places=tuple(Place(level=p) for p in places))


def _slopes(
    values: FloatArray, genes: FloatArray, sets: Collection, statistic: MapStatistic
) -> FloatArray:
    unit = standardised(genes.T, statistic)
    varies = np.asarray(np.isfinite(unit).all(axis=1), dtype=np.bool_)
    own = values @ np.where(varies[:, None], unit, 0.0).T / np.sqrt(len(genes))
    return np.hstack([sets.mean_over(own, varies), np.where(varies, own, np.nan)])


def coverage_row(
    contrast: Contrast, held: Expression, used: Expression, matched: Matched
) -> pd.DataFrame:
    """Return how much of the expression was used, one row.

    Parameters
    ----------
    contrast
        Whose map.
    held
        Expression as read.
    used
        From :func:`complete_expression`.
    matched
        The regions used.
    """
    regions = contrast.atlas.regions
    donors = _donors(used, tuple(r for r, u in zip(regions, matched.nulls.used, strict=True) if u))
    return pd.DataFrame(
        {
            "regions": [len(regions)],
            "regions_sampled": len(set(regions) & set(used.regions)),
            "regions_used": len(matched.map),
            "genes": len(held.genes),
            "genes_used": len(used.genes),
            "donors_fewest": donors.min(),
            "donors_most": donors.max(),
            "source": held.provenance.source,
            "nulls": matched.nulls.method,
        }
    )


def _donors(expression: Expression, regions: tuple[str, ...]) -> npt.NDArray[np.float64]:
    if expression.donors is None:
        return np.array([np.nan])
    held = dict(zip(expression.regions, expression.donors.tolist(), strict=True))
    return np.array([held[region] for region in regions], dtype=np.float64)
