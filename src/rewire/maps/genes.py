"""Which genes and gene sets follow the map of a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError
from rewire.core.maps import Expression
from rewire.core.types import FloatArray
from rewire.effects.answering import Asking, KindTable, Reply
from rewire.effects.responses import Place, Response
from rewire.effects.tables import Piece
from rewire.maps.contrasts import Contrast, form_contrasts
from rewire.maps.gene_collections import Collection, gather_sets
from rewire.maps.hubs import HUB_COLUMNS, hub_genes
from rewire.maps.nulls import NullMaps, null_maps
from rewire.numerics.adjust import adjust_p
from rewire.numerics.gene_sets import assess_gene_sets, assess_random_genes
from rewire.numerics.map_association import (
    MapStatistic,
    assess_maps,
    correlate_maps,
    standardised,
)
from rewire.numerics.partial_least_squares import bootstrap_weights, explain_nulls, fit_pls
from rewire.numerics.permute import PermutationP, permute_family
from rewire.numerics.welch import WelchModel
from rewire.plan.options.genes import GenesOptions

_FEWEST = 20

GENE_COLUMNS: tuple[str, ...] = (
    "question", "measure", "session", "acquisition", "arm", "contrast", "gene", "regions", "r",
    "p_space", "p_space_fdr", "p_space_max", "p_participants", "p_participants_max", "weight", "z",
)  # fmt: skip
"""One row a gene: correlation with the map, p over null maps, p over participants (their own
slopes), weight on the first component and how many bootstrap standard errors it is from 0."""

GENE_SET_COLUMNS: tuple[str, ...] = (
    "question", "measure", "session", "acquisition", "arm", "contrast", "collection", "gene_set",
    "size", "score", "p_space", "p_space_fdr", "p_space_max", "p_participants",
    "p_participants_max", "p_random_genes", "p_random_genes_fdr",
)  # fmt: skip
"""One row a gene set: mean correlation of its genes with the map, p over null maps (the default),
over participants, and against random genes (too small: genes of a set go together)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Matched:
    """What a map is held against, in the regions that have everything.

    Parameters
    ----------
    map
        Shape (regions used,).
    genes
        Expression, shape (regions used, genes).
    nulls
        Null maps of the map.
    rng
        Source of the bootstrap.
    """

    map: FloatArray
    genes: FloatArray
    nulls: NullMaps
    rng: np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    """p over participants of each set and of each gene, alone and against the most extreme."""

    sets: FloatArray
    sets_max: FloatArray
    genes: FloatArray
    genes_max: FloatArray


def answer_genes(asking: Asking) -> Reply:
    """Hold the map of a change against gene expression.

    Parameters
    ----------
    asking
        Its measures have a value per region; expression and gene sets stand in ``trial.maps``.

    Returns
    -------
    Reply
        One row a test and component of partial least squares: the share of the map's variance
        that it explains, with p over null maps. Tables ``genes``, ``gene_sets`` and ``gene_hubs``
        hold the rest. A gene set is held against null maps (the default) and against random
        genes (for comparison; its p is too small), and participants' own slopes are tested too.
    """
    held = asking.trial.maps.expression
    if held is None:
        return Reply((), frozenset(), ("the plan's [maps] names no expression",))
    expression = _complete(held)
    options = asking.options(GenesOptions)
    maps = asking.trial.maps
    sets = gather_sets(maps.gene_sets, expression.genes, options.smallest, options.largest)
    made = form_contrasts(
        asking,
        options.of,
        lambda response, atlas: gene_slopes(response, atlas, expression, sets, options.statistic),
    )
    reasons = list(made.reasons)
    pieces: list[Piece] = []
    tables: list[KindTable] = []
    people: set[str] = set()
    rng = asking.rng()
    for contrast in made.found:
        try:
            matched = _match(asking, contrast, expression, rng)
        except DataError as error:
            reasons.append(f"{contrast.slopes.response.name}: {error}")
            continue
        over = _over_people(asking, contrast, len(sets))
        pieces.append(_components(asking, contrast, matched, options))
        tables += _tables(asking, contrast, (expression, sets, matched, over), options)
        valid = contrast.slopes.model.valid.any(axis=1)
        people |= {contrast.slopes.response.people[i] for i in np.flatnonzero(valid)}
    return Reply(_adjusted(pieces), frozenset(people), tuple(reasons), tuple(tables))


def _complete(expression: Expression) -> Expression:
    """Return the regions that have samples and the genes that have a value in all of these."""
    sampled = np.isfinite(expression.values).mean(axis=1) > 0.5
    known = np.isfinite(expression.values[sampled]).all(axis=0)
    return replace(
        expression,
        regions=tuple(r for r, there in zip(expression.regions, sampled, strict=True) if there),
        genes=tuple(g for g, there in zip(expression.genes, known, strict=True) if there),
        values=expression.values[sampled][:, known],
        donors=None if expression.donors is None else expression.donors[sampled],
    )


def _at(expression: Expression, regions: tuple[str, ...]) -> FloatArray:
    """Return expression in these regions, by name; rows of NaN where it has none."""
    at = {region: i for i, region in enumerate(expression.regions)}
    found = np.full((len(regions), len(expression.genes)), np.nan)
    for row, region in enumerate(regions):
        if region in at:
            found[row] = expression.values[at[region]]
    return found


def _match(
    asking: Asking, contrast: Contrast, expression: Expression, rng: np.random.Generator
) -> _Matched:
    genes = _at(expression, contrast.atlas.regions)
    shared = np.isfinite(contrast.estimates) & np.isfinite(genes[:, :1]).all(axis=1)
    if shared.sum() < _FEWEST:
        raise DataError(f"only {int(shared.sum())} regions have expression, too few to say much.")
    values = np.where(shared, contrast.estimates, np.nan)
    nulls = null_maps(values, contrast.atlas, asking.trial.maps.rules, rng)
    return _Matched(values[nulls.used], genes[nulls.used], nulls, rng)


def gene_slopes(
    response: Response,
    atlas: Atlas,
    expression: Expression,
    sets: Collection,
    statistic: MapStatistic = "pearson",
) -> Response:
    """Return each record's slope on the mean map of each gene set, and then on each gene.

    Parameters
    ----------
    response
        Records by regions.
    atlas
        The regions, in the order of the cells.
    expression
        Without NaN.
    sets
        Over the genes of the expression.
    statistic
        ``spearman`` ranks expression over regions.
    """
    genes = _at(expression, atlas.regions)
    shared = np.isfinite(response.values) & np.isfinite(genes[:, 0])
    slopes = np.full((len(shared), len(sets) + genes.shape[1]), np.nan)
    patterns, which = np.unique(shared, axis=0, return_inverse=True)
    for i, there in enumerate(patterns):
        if there.sum() < _FEWEST:
            continue
        unit = np.nan_to_num(standardised(genes[there].T, statistic))
        rows = which.reshape(-1) == i
        own = response.values[rows][:, there] @ unit.T / np.sqrt(there.sum())
        slopes[rows] = np.hstack([sets.mean_over(own), own])
    places = [*(f"set={name}" for name in sets.names), *(f"gene={g}" for g in expression.genes)]
    return replace(response, values=slopes, places=tuple(Place(level=p) for p in places))


def _over_people(asking: Asking, contrast: Contrast, sets: int) -> _People:
    """Test sets and genes over participants, each family by itself."""
    model = contrast.slopes.model
    if isinstance(model, WelchModel):
        raise DataError("a comparison of groups before treatment has no slopes of a change.")
    found: list[PermutationP] = []
    for part in (slice(0, sets), slice(sets, None)):
        own = None if model.own is None else model.own[:, part]
        family = [replace(model, response=model.response[:, part], own=own)]
        found += permute_family(family, asking.inference.permutations, asking.rng())
    return _People(found[0].p, found[0].p_max, found[1].p, found[1].p_max)


def _components(
    asking: Asking, contrast: Contrast, matched: _Matched, options: GenesOptions
) -> Piece:
    """Return the rows of the components of partial least squares."""
    genes = _scaled(matched.genes)
    components = min(options.components, len(matched.map) - 2)
    found = fit_pls(genes, matched.map, components)
    null = explain_nulls(genes, matched.nulls.maps, components)
    reached = (null >= found.explained - 1e-9).sum(axis=0)
    p = (1.0 + reached) / (1.0 + len(null))
    labels = contrast.slopes.labels
    return {
        "question": asking.question.name,
        "kind": asking.question.kind.value,
        "measure": contrast.slopes.response.measure,
        "term": np.array([f"PLS{a + 1}" for a in range(components)], dtype=object),
        "session": labels.session,
        "acquisition": labels.acquisition,
        "arm": labels.arm,
        "contrast": labels.contrast,
        "alternative": "greater",
        "n": np.full(components, int(contrast.slopes.model.valid.any(axis=1).sum())),
        "estimate": found.explained,
        "p": np.where(np.isfinite(found.explained), p, np.nan),
        "method": f"partial least squares; {matched.nulls.method}",
        "status": np.where(np.isfinite(found.explained), "ok", "no such component").astype(object),
    }


def _adjusted(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Adjust p over the components of all tests."""
    if not pieces:
        return ()
    sizes = np.cumsum([len(np.asarray(piece["p"])) for piece in pieces])[:-1]
    together = adjust_p(np.concatenate([np.asarray(piece["p"]) for piece in pieces]), "holm")
    parts = np.split(together, sizes)
    return tuple({**piece, "p_adjusted": q} for piece, q in zip(pieces, parts, strict=True))


def _scaled(genes: FloatArray) -> FloatArray:
    """Return genes that vary, each less its mean over its standard deviation; others are 0."""
    return np.asarray(np.nan_to_num(standardised(genes.T)).T)


def _tables(
    asking: Asking,
    contrast: Contrast,
    given: tuple[Expression, Collection, _Matched, _People],
    options: GenesOptions,
) -> list[KindTable]:
    expression, sets, matched, people = given
    labels = contrast.slopes.labels
    told = {
        "question": asking.question.name,
        "measure": contrast.slopes.response.measure,
        "session": labels.session,
        "acquisition": labels.acquisition,
        "arm": labels.arm,
        "contrast": labels.contrast,
    }
    genes = _gene_table(expression, matched, people, options).assign(**told)
    made = [KindTable("genes", "Each gene beside the map of a change.", genes[list(GENE_COLUMNS)])]
    if len(sets):
        frame = _set_table(sets, matched, people, options).assign(**told)
        about = "Each gene set beside the map of a change; p_random_genes is too small."
        made.append(KindTable("gene_sets", about, frame[list(GENE_SET_COLUMNS)]))
    interactions = asking.trial.maps.interactions
    if interactions is not None and options.bootstraps:
        strong = genes["gene"][(genes["z"].abs() > options.hub_z).to_numpy()]
        hubs = hub_genes(strong, interactions).assign(**told)
        columns = [*told, *HUB_COLUMNS]
        made.append(KindTable("gene_hubs", "Hubs among genes that weigh most.", hubs[columns]))
    return made


def _gene_table(
    expression: Expression, matched: _Matched, people: _People, options: GenesOptions
) -> pd.DataFrame:
    found = assess_maps(matched.map, matched.nulls.maps, matched.genes, options.statistic)
    scaled = _scaled(matched.genes)
    weight = fit_pls(scaled, matched.map, 1).weights[:, 0]
    z = np.full(len(weight), np.nan)
    if options.bootstraps:
        drawn = bootstrap_weights(scaled, matched.map, 1, options.bootstraps, matched.rng)
        z = drawn.z[:, 0]
    return pd.DataFrame(
        {
            "gene": expression.genes,
            "regions": len(matched.map),
            "r": found.r,
            "p_space": found.p,
            "p_space_fdr": adjust_p(found.p, "fdr_bh"),
            "p_space_max": found.p_max,
            "p_participants": people.genes,
            "p_participants_max": people.genes_max,
            "weight": weight,
            "z": z,
        }
    )


def _set_table(
    sets: Collection, matched: _Matched, people: _People, options: GenesOptions
) -> pd.DataFrame:
    given = (matched.map, matched.nulls.maps, matched.genes, sets.membership)
    found = assess_gene_sets(*given, options.statistic)
    correlations = correlate_maps(matched.map[None], matched.genes, options.statistic)[0]
    random = assess_random_genes(correlations, sets.membership)
    return pd.DataFrame(
        {
            "collection": sets.source,
            "gene_set": sets.names,
            "size": sets.sizes,
            "score": found.r,
            "p_space": found.p,
            "p_space_fdr": adjust_p(found.p, "fdr_bh"),
            "p_space_max": found.p_max,
            "p_participants": people.sets,
            "p_participants_max": people.sets_max,
            "p_random_genes": random.p,
            "p_random_genes_fdr": adjust_p(random.p, "fdr_bh"),
        }
    )
