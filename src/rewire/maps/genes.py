"""Which genes and gene sets follow the map of a change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rewire.core.errors import DataError
from rewire.core.maps import Expression
from rewire.effects.answering import Asking, KindTable, Reply
from rewire.effects.tables import Piece
from rewire.maps.contrasts import Contrast, form_contrasts
from rewire.maps.gene_collections import Collection, gather_sets
from rewire.maps.gene_components import (
    COMPONENT_COLUMNS,
    NULL_COLUMNS,
    Components,
    adjust_components,
    component_frame,
    component_piece,
    fit_components,
    null_frame,
)
from rewire.maps.gene_expression import (
    COVERAGE_COLUMNS,
    FEWEST,
    Matched,
    complete_expression,
    coverage_row,
    gene_slopes,
    match_expression,
)
from rewire.maps.gene_tables import (
    GENE_COLUMNS,
    GENE_SET_COLUMNS,
    gene_frame,
    hub_frame,
    set_frame,
    slopes_p,
)
from rewire.maps.hubs import HUB_COLUMNS
from rewire.plan.options.genes import GenesOptions

_OF = ("question", "measure", "session", "acquisition", "arm", "contrast")


@dataclass(frozen=True, slots=True, eq=False)
class _Library:
    """Expression as read and as it can be used, and sets over the genes that are left."""

    held: Expression
    used: Expression
    sets: Collection


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A test with what its map was held against."""

    contrast: Contrast
    matched: Matched
    components: Components


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
        that it explains, ``p`` over null maps and ``p_permutation`` over participants;
        ``p_adjusted`` is the larger of both, adjusted by Holm. Tables ``genes``, ``gene_sets``,
        ``gene_hubs``, ``gene_components``, ``gene_component_nulls`` and ``gene_coverage`` hold
        the rest. A gene set is held against null maps (the default) and against random genes
        (for comparison; its p is too small), and participants' own slopes are tested too.
    """
    library = _library(asking)
    if isinstance(library, str):
        return Reply((), frozenset(), (library,))
    options = asking.options(GenesOptions)
    rules = asking.trial.maps.rules
    given = (library.used, library.sets)
    made = form_contrasts(
        asking,
        options.of,
        lambda response, atlas: gene_slopes(response, atlas, given, rules, options.statistic),
    )
    reasons = list(made.reasons)
    found: list[_Held] = []
    rng = asking.rng()
    for contrast in made.found:
        try:
            matched = match_expression(contrast, library.used, rules, rng)
        except DataError as error:
            reasons.append(f"{contrast.regional.response.name}: {error}")
            continue
        components = fit_components(asking, contrast, matched, options.components)
        found.append(_Held(contrast, matched, components))
    return _reply(asking, library, found, reasons, rng)


def _library(asking: Asking) -> _Library | str:
    """Return what the plan names, or why it cannot be used."""
    maps = asking.trial.maps
    if maps.expression is None:
        return "the plan's [maps] names no expression"
    used = complete_expression(maps.expression)
    if len(used.regions) < FEWEST or not used.genes:
        return (
            f"{maps.expression.provenance.source}: {len(used.regions)} regions have samples and "
            f"{len(used.genes)} genes are known in all of them; at least {FEWEST} regions and one "
            "gene are wanted"
        )
    options = asking.options(GenesOptions)
    sets = gather_sets(maps.gene_sets, used.genes, options.smallest, options.largest)
    return _Library(maps.expression, used, sets)


def _reply(
    asking: Asking,
    library: _Library,
    found: list[_Held],
    reasons: list[str],
    rng: np.random.Generator,
) -> Reply:
    pieces: list[Piece] = []
    tables: list[KindTable] = []
    people: set[str] = set()
    adjusted = adjust_components([one.components for one in found])
    for one, q in zip(found, adjusted, strict=True):
        test = one.contrast.regional
        piece = component_piece(asking, one.contrast, one.matched, one.components)
        pieces.append({**piece, "p_adjusted": q})
        of = component_frame(one.components, q, one.matched)
        tables += [
            _table(asking, one, ("gene_components", COMPONENT_COLUMNS), of),
            _table(asking, one, ("gene_component_nulls", NULL_COLUMNS), null_frame(one.components)),
            *_gene_tables(asking, library, one, (len(found), rng)),
        ]
        people |= {test.response.people[i] for i in np.flatnonzero(test.model.valid.any(axis=1))}
    return Reply(tuple(pieces), frozenset(people), tuple(reasons), tuple(tables))


def _gene_tables(
    asking: Asking, library: _Library, one: _Held, given: tuple[int, np.random.Generator]
) -> list[KindTable]:
    options = asking.options(GenesOptions)
    used, sets = library.used, library.sets
    people = slopes_p(asking, one.contrast, sets)
    genes = gene_frame(one.matched, used.genes, people, options, given)
    made = [_table(asking, one, ("genes", GENE_COLUMNS), genes)]
    if len(sets):
        frame = set_frame(one.matched, sets, people, options, given[0])
        made.append(_table(asking, one, ("gene_sets", GENE_SET_COLUMNS), frame))
    interactions = asking.trial.maps.interactions
    if interactions is not None and options.bootstraps:
        hubs = hub_frame(genes, used, interactions, options.hub_z)
        made.append(_table(asking, one, ("gene_hubs", (*_OF, *HUB_COLUMNS)), hubs))
    coverage = coverage_row(one.contrast, library.held, used, one.matched).assign(
        gene_sets=sum(len(c.sets) for c in asking.trial.maps.gene_sets), gene_sets_used=len(sets)
    )
    made.append(_table(asking, one, ("gene_coverage", COVERAGE_COLUMNS), coverage))
    return made


_ABOUT = {
    "genes": "Each gene beside the map of a change.",
    "gene_sets": "Each gene set beside the map of a change; p_random_genes is too small.",
    "gene_hubs": "Hubs among genes that weigh most.",
    "gene_components": "Components of partial least squares over space and over participants.",
    "gene_component_nulls": "What components explain of null maps, as counts to be drawn.",
    "gene_coverage": "How much of map, expression and gene sets was used.",
}


def _table(
    asking: Asking, one: _Held, told: tuple[str, tuple[str, ...]], frame: pd.DataFrame
) -> KindTable:
    name, columns = told
    test = one.contrast.regional
    labels = test.labels
    of = (
        asking.question.name,
        test.response.measure,
        labels.session,
        labels.acquisition,
        labels.arm,
        labels.contrast,
    )
    full = frame.assign(**dict(zip(_OF, of, strict=True)))
    return KindTable(name, _ABOUT[name], full[list(columns)])
